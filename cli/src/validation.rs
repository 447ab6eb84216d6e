//! Objects against the definitions that the mesh installs, without a cluster. (pure)
//!
//! The schemas are those of the chart `base`, so this says what the API server will say: unknown fields, wrong types,
//! values out of bounds. Rules that a schema cannot state are in `rules`. Kinds that are not the mesh's pass.

use crate::install::chart::{Chart, ChartError, Release};
use crate::install::component::meta;
use crate::install::plan::Target;
use mesh_kubeapi::schema::node::TypeSchema;
use mesh_kubeapi::schema::{builtin, prune, validate};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Protocols that a Service's port name may begin with.
const PROTOCOLS: [&str; 12] = [
    "http", "http2", "https", "grpc", "grpc-web", "tcp", "tls", "mongo", "mysql", "redis", "udp", "gateway",
];

/// What is said about one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why it is wrong.
    pub errors: Vec<String>,
    /// What is odd about it.
    pub warnings: Vec<String>,
}

/// The schemas of the mesh's kinds, by `apiVersion` and kind.
pub struct Schemas(BTreeMap<(String, String), TypeSchema>);

impl Schemas {
    /// Those of the embedded chart.
    ///
    /// # Errors
    /// The chart does not render, which a test holds.
    pub fn embedded() -> Result<Self, ChartError> {
        let target = Target::default();
        let release = Release {
            name: "istio-base".to_owned(),
            namespace: "istio-system".to_owned(),
            is_upgrade: false,
            kubernetes: target.kubernetes,
            api_versions: target.api_versions,
        };
        let rendered = Chart::embedded("base")?.render(&json!({}), &release)?;
        let mut schemas = BTreeMap::new();
        for definition in rendered
            .iter()
            .map(|one| &one.object)
            .filter(|one| one["kind"] == "CustomResourceDefinition")
        {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (group, kind) = (
                text(&definition["spec"]["group"]),
                text(&definition["spec"]["names"]["kind"]),
            );
            for version in definition["spec"]["versions"].as_array().into_iter().flatten() {
                let api_version = format!("{group}/{}", text(&version["name"]));
                let schema = version["schema"]["openAPIV3Schema"].clone();
                schemas.insert((api_version, kind.clone()), type_schema(schema));
            }
        }
        Ok(Self(schemas))
    }

    /// Judges one object.
    #[must_use]
    pub fn judge(&self, object: &Value, system: &str) -> Verdict {
        let text = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
        let mut verdict = Verdict::default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if api_version.is_empty() || kind.is_empty() {
            verdict.errors.push("it has no apiVersion or no kind".to_owned());
            return verdict;
        }
        if kind == "List" || kind.ends_with("List") && object["items"].is_array() {
            for item in object["items"].as_array().into_iter().flatten() {
                let inner = self.judge(item, system);
                verdict.errors.extend(inner.errors);
                verdict.warnings.extend(inner.warnings);
            }
            return verdict;
        }
        let title = format!("{kind} {}", meta(object, "name"));
        let mut found = match self.0.get(&(api_version.clone(), kind.clone())) {
            Some(schema) => check_schema(schema, object),
            None if is_ours(&api_version) => Verdict {
                errors: vec![format!("`{api_version}` has no kind `{kind}`")],
                ..Verdict::default()
            },
            None => Verdict::default(),
        };
        rules(&kind, object, system, &mut found);
        verdict
            .errors
            .extend(found.errors.into_iter().map(|error| format!("{title}: {error}")));
        verdict.warnings.extend(
            found
                .warnings
                .into_iter()
                .map(|warning| format!("{title}: {warning}")),
        );
        verdict
    }
}

fn is_ours(api_version: &str) -> bool {
    let group = api_version.split('/').next().unwrap_or_default();
    [
        "security.istio.io",
        "networking.istio.io",
        "telemetry.istio.io",
        "extensions.istio.io",
    ]
    .contains(&group)
}

/// The schema of a whole object: what every object has, and what the definition adds.
fn type_schema(schema: Value) -> TypeSchema {
    let mut schema = schema;
    if schema["properties"].is_null() {
        schema["properties"] = Value::Object(Map::new());
    }
    schema["properties"]["apiVersion"] = json!({"type": "string"});
    schema["properties"]["kind"] = json!({"type": "string"});
    schema["properties"]["metadata"] =
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    TypeSchema::new(Arc::clone(&builtin::meta_components()), schema)
}

fn check_schema(schema: &TypeSchema, object: &Value) -> Verdict {
    let mut pruned = object.clone();
    let unknown = prune::prune(schema.node(), &mut pruned);
    let causes = validate::validate(schema.node(), &pruned);
    let mut errors: Vec<String> = unknown
        .iter()
        .map(|path| format!("unknown field `{path}`"))
        .collect();
    errors.extend(causes.iter().map(mesh_kubeapi::schema::Cause::text));
    Verdict {
        errors,
        warnings: Vec::new(),
    }
}

/// What a schema cannot say (`spec/charts.md` 2.2).
fn rules(kind: &str, object: &Value, system: &str, verdict: &mut Verdict) {
    let spec = &object["spec"];
    match kind {
        "AuthorizationPolicy" => {
            let targets = ["selector", "targetRef", "targetRefs"]
                .iter()
                .filter(|key| !spec[**key].is_null())
                .count();
            if targets > 1 {
                verdict
                    .errors
                    .push("at most one of selector, targetRef and targetRefs may be set".to_owned());
            }
            if spec["action"] == "DENY" && spec["rules"].as_array().is_none_or(Vec::is_empty) {
                verdict
                    .warnings
                    .push("a DENY policy without rules never matches".to_owned());
            }
            for source in sources(spec) {
                let has = |keys: &[&str]| keys.iter().any(|key| !source[*key].is_null());
                if has(&["serviceAccounts", "notServiceAccounts"])
                    && has(&["principals", "notPrincipals", "namespaces", "notNamespaces"])
                {
                    verdict
                        .errors
                        .push("serviceAccounts excludes principals and namespaces".to_owned());
                }
            }
            if targets == 0 || !spec["selector"].is_null() {
                l7_fields(spec, verdict);
            }
        }
        "PeerAuthentication" => {
            let has_ports = spec["portLevelMtls"]
                .as_object()
                .is_some_and(|ports| !ports.is_empty());
            let selects = spec["selector"]["matchLabels"]
                .as_object()
                .is_some_and(|labels| !labels.is_empty());
            if has_ports && !selects {
                verdict.errors.push("portLevelMtls needs a selector".to_owned());
            }
        }
        "Service" if meta(object, "namespace") != system => service(spec, verdict),
        _ => {}
    }
    let labels = spec["selector"]["matchLabels"].as_object().into_iter().flatten();
    for (key, value) in labels {
        if key.contains('*') || value.as_str().is_some_and(|value| value.contains('*')) {
            verdict.errors.push(format!(
                "the selector `{key}` has a wildcard, which labels do not know"
            ));
        }
    }
}

fn sources(spec: &Value) -> impl Iterator<Item = &Value> {
    let rules = spec["rules"].as_array().into_iter().flatten();
    let from = rules.flat_map(|rule| rule["from"].as_array().into_iter().flatten());
    from.map(|from| &from["source"])
}

/// Fields that only a waypoint can enforce: on node proxies such a rule never allows, and always denies.
fn l7_fields(spec: &Value, verdict: &mut Verdict) {
    let mut seen = BTreeSet::new();
    for rule in spec["rules"].as_array().into_iter().flatten() {
        for to in rule["to"].as_array().into_iter().flatten() {
            for key in ["hosts", "notHosts", "methods", "notMethods", "paths", "notPaths"] {
                if !to["operation"][key].is_null() {
                    seen.insert(key);
                }
            }
        }
        for from in rule["from"].as_array().into_iter().flatten() {
            for key in ["requestPrincipals", "notRequestPrincipals"] {
                if !from["source"][key].is_null() {
                    seen.insert(key);
                }
            }
        }
    }
    if !seen.is_empty() {
        let fields = seen.into_iter().collect::<Vec<_>>().join(", ");
        verdict.warnings.push(format!(
            "{fields}: only a waypoint can enforce this; use targetRefs"
        ));
    }
}

fn service(spec: &Value, verdict: &mut Verdict) {
    for port in spec["ports"].as_array().into_iter().flatten() {
        if port["protocol"] == "UDP" || !port["appProtocol"].is_null() {
            continue;
        }
        let number = port["port"].as_u64().unwrap_or(0);
        match port["name"].as_str() {
            None => verdict.errors.push(format!("port {number} has no name")),
            Some(name) if !is_protocol(name) => {
                verdict.errors.push(format!(
                    "port name `{name}` does not begin with a protocol, such as http or tcp"
                ));
            }
            Some(_) => {}
        }
    }
}

fn is_protocol(name: &str) -> bool {
    PROTOCOLS.iter().any(|protocol| {
        name.strip_prefix(protocol)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Verdict {
        let schemas = Schemas::embedded().unwrap();
        let objects = crate::yaml::all_from_str(text).unwrap();
        let mut all = Verdict::default();
        for object in &objects {
            let verdict = schemas.judge(object, "istio-system");
            all.errors.extend(verdict.errors);
            all.warnings.extend(verdict.warnings);
        }
        all
    }

    const HEAD: &str = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p}\n";

    #[test]
    fn cli_c20_good_objects_and_foreign_kinds_pass() {
        assert_eq!(
            judge(include_str!("../../manifests/examples/deny-till.yaml")),
            Verdict::default()
        );
        assert_eq!(
            judge("apiVersion: apps/v1\nkind: Deployment\nwhatever: 1\n"),
            Verdict::default()
        );
    }

    #[track_caller]
    fn check(spec: &str, expected: &str) {
        let verdict = judge(&format!("{HEAD}{spec}"));
        assert!(
            verdict.errors.iter().any(|error| error.contains(expected)),
            "{spec}: {verdict:?}"
        );
    }

    #[test]
    fn cli_c20_what_the_api_server_would_refuse_is_an_error() {
        check("spec: {rules: [{form: []}]}", "unknown field");
        check("spec: {action: REFUSE}", "action");
        check(
            "spec: {selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: x}]}",
            "at most one",
        );
        check("spec: {selector: {matchLabels: {app: 'x*'}}}", "");
        check(
            "spec: {rules: [{from: [{source: {serviceAccounts: [a], namespaces: [b]}}]}]}",
            "excludes",
        );
        let unknown =
            judge("apiVersion: security.istio.io/v1\nkind: AuthorisationPolicy\nmetadata: {name: p}\n");
        assert!(unknown.errors[0].contains("AuthorisationPolicy"));
        let ports = judge(
            "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: p}\nspec: {portLevelMtls: {80: {mode: DISABLE}}}\n",
        );
        assert!(
            ports.errors.iter().any(|error| error.contains("selector")),
            "{ports:?}"
        );
    }

    #[test]
    fn cli_c20_rules_that_cannot_work_are_warned_of() {
        let verdict = judge(&format!(
            "{HEAD}spec: {{rules: [{{to: [{{operation: {{methods: [GET]}}}}]}}]}}"
        ));
        assert!(
            verdict.errors.is_empty() && verdict.warnings[0].contains("waypoint"),
            "{verdict:?}"
        );
    }

    #[test]
    fn cli_c20_ports_of_services_are_named_after_protocols() {
        let service = |ports: &str| {
            judge(&format!(
                "apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{ports}]}}\n"
            ))
        };
        assert!(service("{port: 80, name: http-web}").errors.is_empty());
        assert!(
            service("{port: 80, appProtocol: http}, {port: 53, protocol: UDP}")
                .errors
                .is_empty()
        );
        assert_eq!(service("{port: 80}").errors.len(), 1);
        assert_eq!(service("{port: 80, name: web}").errors.len(), 1);
    }
}
