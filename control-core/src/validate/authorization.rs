//! AuthorizationPolicy. Every error is collected. (pure)

use serde_json::{Map, Value};

use super::fields::{Findings, is_block, is_host, is_port};

type Object = Map<String, Value>;

const SOURCE: [&str; 7] = [
    "principals",
    "requestPrincipals",
    "namespaces",
    "ipBlocks",
    "remoteIpBlocks",
    "serviceAccounts",
    "trustDomains",
];
const OPERATION: [&str; 4] = ["hosts", "ports", "methods", "paths"];
/// What a node proxy, or a gateway, sees of a source besides HTTP.
const L4_SOURCE: [&str; 5] = [
    "principals",
    "namespaces",
    "serviceAccounts",
    "ipBlocks",
    "remoteIpBlocks",
];
const MAX_ACCOUNTS: usize = 16;
const MAX_ACCOUNT: usize = 320;

/// `ipBlocks` → `notIpBlocks`.
fn negated(field: &str) -> String {
    let mut letters = field.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("not{first}{}", letters.as_str())
}

/// A field and its negated form.
fn both(field: &str) -> [String; 2] {
    [field.to_owned(), negated(field)]
}

fn is_filled(of: &Object, field: &str) -> bool {
    of.get(field)
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty())
}

fn has_any(of: &Object, fields: &[&str]) -> bool {
    fields
        .iter()
        .flat_map(|field| both(field))
        .any(|field| is_filled(of, &field))
}

/// Checks a `spec`.
pub(super) fn check(spec: &Object, findings: &mut Findings) {
    check_attachment(spec, findings);
    let action = spec.get("action").and_then(Value::as_str).unwrap_or("ALLOW");
    let has_rules = is_filled(spec, "rules");
    match action {
        "DENY" if !has_rules => {
            findings.refuse("a policy with action DENY needs rules: without any it denies nothing");
        }
        "" | "ALLOW" | "AUDIT" | "DENY" => {}
        "CUSTOM" => check_custom(spec, has_rules, findings),
        other => findings.refuse(format!("unknown action {other}")),
    }
    if action != "CUSTOM" && spec.get("provider").is_some_and(|provider| !provider.is_null()) {
        findings.refuse("`provider` is only for action CUSTOM");
    }
    for (path, rule) in findings.objects(spec, "rules", "") {
        check_rule(rule, &path, action, findings);
    }
}

fn check_attachment(spec: &Object, findings: &mut Findings) {
    let has = |key: &str| spec.get(key).is_some_and(|value| !value.is_null());
    let refs = is_filled(spec, "targetRefs");
    let count = usize::from(has("selector")) + usize::from(has("targetRef")) + usize::from(refs);
    if count > 1 {
        findings.refuse("only one of `selector`, `targetRef`, `targetRefs` may be set");
    }
    if has("selector") && !findings.selector(spec) {
        findings.warn("an empty selector selects no workload of a node proxy; leave `selector` out to cover the namespace");
    }
    let single = spec.get("targetRef").and_then(Value::as_object);
    let mut targets: Vec<(String, &Object)> = single
        .map(|one| ("targetRef".to_owned(), one))
        .into_iter()
        .collect();
    targets.extend(findings.objects(spec, "targetRefs", ""));
    for (path, target) in targets {
        check_target(target, &path, findings);
    }
}

fn check_target(target: &Object, path: &str, findings: &mut Findings) {
    let text = |key| target.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("name").is_empty() {
        findings.refuse(format!("{path} has no name"));
    }
    if !text("namespace").is_empty() {
        findings.refuse(format!(
            "{path} may not name a namespace: references stay within their own"
        ));
    }
    let known = matches!(
        (text("group"), text("kind")),
        ("" | "core", "Service")
            | ("networking.istio.io", "ServiceEntry")
            | ("gateway.networking.k8s.io", "Gateway" | "GatewayClass")
    );
    if !known {
        let (group, kind) = (text("group"), text("kind"));
        findings.refuse(format!(
            "{path} is of {group}/{kind}; Service, ServiceEntry, Gateway and GatewayClass can be targets"
        ));
    }
}

fn check_custom(spec: &Object, has_rules: bool, findings: &mut Findings) {
    if !has_rules {
        findings.refuse("a policy with action CUSTOM needs rules");
    }
    let provider = spec
        .get("provider")
        .and_then(|provider| provider.get("name"))
        .and_then(Value::as_str);
    if has_rules && provider.unwrap_or_default().is_empty() {
        findings.refuse("a policy with action CUSTOM needs provider.name");
    }
}

fn check_rule(rule: &Object, path: &str, action: &str, findings: &mut Findings) {
    let (mut sources, mut operations) = (Vec::new(), Vec::new());
    for (holder, key, into) in [
        ("from", "source", &mut sources),
        ("to", "operation", &mut operations),
    ] {
        if rule
            .get(holder)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
        {
            findings.warn(format!("{path}.{holder} is empty and restricts nothing"));
        }
        for (path, one) in findings.objects(rule, holder, &format!("{path}.")) {
            match one.get(key) {
                Some(Value::Object(inner)) => into.push((format!("{path}.{key}"), inner)),
                _ => findings.refuse(format!("{path}.{key} cannot be empty")),
            }
        }
    }
    for (path, source) in &sources {
        check_source(source, path, action, findings);
    }
    for (path, operation) in &operations {
        check_operation(operation, path, findings);
    }
    for (path, when) in findings.objects(rule, "when", &format!("{path}.")) {
        check_when(when, &path, action, findings);
    }
    if action == "DENY" && is_http_only(&sources, &operations) {
        findings.warn(format!(
            "{path} uses HTTP attributes only: node proxies deny nothing by it, a waypoint is needed"
        ));
    }
}

type Rows<'a> = Vec<(String, &'a Object)>;

fn is_http_only(sources: &Rows<'_>, operations: &Rows<'_>) -> bool {
    if !operations.is_empty() {
        return !operations.iter().any(|(_, one)| has_any(one, &["ports"]));
    }
    !sources.is_empty() && !sources.iter().any(|(_, one)| has_any(one, &L4_SOURCE))
}

/// Each list of a source or operation with its field; empty texts are errors.
fn lists<'a>(
    of: &'a Object,
    fields: &[&str],
    path: &str,
    findings: &mut Findings,
) -> Vec<(String, Vec<&'a str>)> {
    let mut found = Vec::new();
    for field in fields.iter().flat_map(|field| both(field)) {
        let values = findings.texts(of, &field, &format!("{path}."));
        if values.iter().any(|value| value.is_empty()) {
            findings.refuse(format!("{path}.{field} holds an empty value"));
        }
        if !values.is_empty() {
            found.push((field, values));
        }
    }
    if found.is_empty() {
        findings.refuse(format!("{path} sets no field"));
    }
    found
}

fn check_source(source: &Object, path: &str, action: &str, findings: &mut Findings) {
    for (field, values) in lists(source, &SOURCE, path, findings) {
        let place = format!("{path}.{field}");
        let bad = |is_good: &dyn Fn(&str) -> bool| {
            values
                .iter()
                .copied()
                .find(|value| !is_good(value))
                .map(str::to_owned)
        };
        match field.as_str() {
            "ipBlocks" | "notIpBlocks" | "remoteIpBlocks" | "notRemoteIpBlocks" => {
                if let Some(value) = bad(&is_block) {
                    findings.refuse(format!("{place}: `{value}` is no address or CIDR"));
                }
            }
            "serviceAccounts" | "notServiceAccounts" => check_accounts(&values, &place, findings),
            "trustDomains" | "notTrustDomains" => {
                if let Some(value) = bad(&is_domain_pattern) {
                    findings.refuse(format!(
                        "{place}: `{value}` is no trust domain with at most one `*` at an end"
                    ));
                }
            }
            _ => {}
        }
        if action == "CUSTOM"
            && !matches!(
                field.as_str(),
                "ipBlocks" | "notIpBlocks" | "remoteIpBlocks" | "notRemoteIpBlocks"
            )
        {
            findings.refuse(format!("{place} cannot be used with action CUSTOM"));
        }
    }
    if has_any(source, &["serviceAccounts"]) && has_any(source, &["principals", "namespaces"]) {
        findings.refuse(format!(
            "{path}: serviceAccounts cannot be combined with principals or namespaces"
        ));
    }
}

fn check_accounts(values: &[&str], place: &str, findings: &mut Findings) {
    if values.len() > MAX_ACCOUNTS {
        findings.refuse(format!("{place} has more than {MAX_ACCOUNTS} entries"));
    }
    for value in values.iter().filter(|value| !value.is_empty()) {
        let parts: Vec<&str> = value.split('/').collect();
        if value.contains('*') {
            findings.refuse(format!("{place}: `{value}`: wildcards are not supported"));
        } else if value.len() > MAX_ACCOUNT {
            findings.refuse(format!(
                "{place} has an entry of more than {MAX_ACCOUNT} characters"
            ));
        } else if parts.len() > 2 || parts.iter().any(|part| part.is_empty()) {
            findings.refuse(format!(
                "{place}: `{value}` is not `account` or `namespace/account`"
            ));
        }
    }
}

fn is_domain_pattern(text: &str) -> bool {
    let inner = text
        .strip_prefix('*')
        .or_else(|| text.strip_suffix('*'))
        .unwrap_or(text);
    !inner.contains('*') && !inner.contains('/')
}

fn check_operation(operation: &Object, path: &str, findings: &mut Findings) {
    for (field, values) in lists(operation, &OPERATION, path, findings) {
        for value in values.iter().filter(|value| !value.is_empty()) {
            match field.as_str() {
                "ports" | "notPorts" if !is_port(value) => {
                    findings.refuse(format!("{path}.{field}: `{value}` is no port from 0 to 65535"));
                }
                "paths" | "notPaths" => {
                    if let Some(flaw) = template_flaw(value) {
                        findings.refuse(format!("{path}.{field}: `{value}`: {flaw}"));
                    }
                }
                _ => {}
            }
        }
    }
}

/// What is wrong with a path template; other paths are free.
fn template_flaw(path: &str) -> Option<&'static str> {
    if !path.contains(['{', '}']) {
        return None;
    }
    let is_pchar = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()+,;=:@%".contains(&byte);
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    for (at, segment) in segments.iter().enumerate() {
        let is_last = at + 1 == segments.len();
        match *segment {
            "{*}" => {}
            "{**}" if is_last => {}
            "{**}" => return Some("`{**}` must be last"),
            literal if literal.contains(['{', '}', '*']) => {
                return Some("only `{*}` and `{**}` as whole segments are templates");
            }
            literal if !literal.bytes().all(is_pchar) => return Some("a segment has an unusable character"),
            _ => {}
        }
    }
    None
}

/// How the values of a `when` key are checked.
enum Values {
    Free,
    Blocks,
    Ports,
    Accounts,
    Domains,
}

fn known_key(key: &str) -> Option<Values> {
    let is_map = |name: &str| {
        let inner = key
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'));
        inner.is_some_and(|inner| !inner.is_empty())
    };
    match key {
        "source.ip" | "remote.ip" | "destination.ip" => Some(Values::Blocks),
        "destination.port" => Some(Values::Ports),
        "source.serviceAccount" => Some(Values::Accounts),
        "source.trustDomain" => Some(Values::Domains),
        "source.namespace"
        | "source.principal"
        | "request.auth.principal"
        | "request.auth.audiences"
        | "request.auth.presenter"
        | "connection.sni" => Some(Values::Free),
        _ if is_map("request.headers") || is_map("request.auth.claims") => Some(Values::Free),
        _ if key.starts_with("experimental.envoy.filters.") && key.ends_with(']') && key.contains('[') => {
            Some(Values::Free)
        }
        _ => None,
    }
}

fn check_when(when: &Object, path: &str, action: &str, findings: &mut Findings) {
    let key = when.get("key").and_then(Value::as_str).unwrap_or_default();
    if key.is_empty() {
        return findings.refuse(format!("{path} has no key"));
    }
    let mut values = findings.texts(when, "values", &format!("{path}."));
    values.extend(findings.texts(when, "notValues", &format!("{path}.")));
    if values.is_empty() {
        findings.refuse(format!("{path} ({key}) has neither values nor notValues"));
    }
    if values.iter().any(|value| value.is_empty()) {
        findings.refuse(format!("{path} ({key}) holds an empty value"));
    }
    let Some(form) = known_key(key) else {
        return findings.refuse(format!("{path} has the unknown key `{key}`"));
    };
    let is_good: &dyn Fn(&str) -> bool = match form {
        Values::Free => &|_| true,
        Values::Blocks => &is_block,
        Values::Ports => &is_port,
        Values::Accounts => &|text| !text.contains('*') && text.split('/').count() <= 2,
        Values::Domains => &is_domain_pattern,
    };
    if let Some(value) = values.iter().find(|value| !value.is_empty() && !is_good(value)) {
        findings.refuse(format!("{path} ({key}): `{value}` cannot be used"));
    }
    let is_identity = matches!(
        key,
        "source.namespace" | "source.serviceAccount" | "source.trustDomain" | "source.principal"
    );
    if action == "CUSTOM" && (is_identity || key.starts_with("request.auth.")) {
        findings.refuse(format!("{path}: key `{key}` cannot be used with action CUSTOM"));
    }
    if key == "connection.sni" {
        let bad = values
            .iter()
            .find(|value| !value.is_empty() && !is_host(value.trim_matches('*'), true) && *value != &"*");
        if let Some(value) = bad {
            findings.warn(format!("{path} ({key}): `{value}` is no host name"));
        }
    }
}
