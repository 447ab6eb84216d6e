//! Label selectors and NetworkPolicy peers over plain objects. (pure)

use serde_json::Value;

/// Whether a label selector matches these labels; an absent one matches everything.
#[must_use]
pub fn matches(selector: &Value, labels: &Value) -> bool {
    let wanted = selector["matchLabels"].as_object().into_iter().flatten();
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    wanted
        .into_iter()
        .all(|(key, value)| labels.get(key) == Some(value))
        && expressions.into_iter().all(|one| holds(one, labels))
}

fn holds(expression: &Value, labels: &Value) -> bool {
    let label = expression["key"].as_str().and_then(|key| labels.get(key));
    let is_listed = label.is_some_and(|label| {
        expression["values"]
            .as_array()
            .is_some_and(|values| values.contains(label))
    });
    match expression["operator"].as_str().unwrap_or_default() {
        "In" => is_listed,
        "NotIn" => !is_listed,
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        _ => false,
    }
}

/// The directions in which a policy isolates what it selects.
#[must_use]
pub fn directions(policy: &Value) -> (bool, bool) {
    match policy["spec"]["policyTypes"]
        .as_array()
        .filter(|kinds| !kinds.is_empty())
    {
        Some(kinds) => (
            kinds.iter().any(|kind| kind == "Ingress"),
            kinds.iter().any(|kind| kind == "Egress"),
        ),
        None => (
            true,
            policy["spec"]["egress"]
                .as_array()
                .is_some_and(|rules| !rules.is_empty()),
        ),
    }
}

/// The port items of a rule; empty means all.
#[must_use]
pub fn ports(rule: &Value) -> &[Value] {
    rule["ports"].as_array().map_or(&[], Vec::as_slice)
}

/// The peers of a rule; none means everybody.
#[must_use]
pub fn peers<'a>(rule: &'a Value, key: &str) -> Option<&'a [Value]> {
    rule[key]
        .as_array()
        .filter(|peers| !peers.is_empty())
        .map(Vec::as_slice)
}

/// Whether a port item is about TCP.
#[must_use]
pub fn is_tcp(port: &Value) -> bool {
    port["protocol"].as_str().is_none_or(|protocol| protocol == "TCP")
}

/// Whether a rule is about TCP at all.
#[must_use]
pub fn has_tcp(rule: &Value) -> bool {
    ports(rule).is_empty() || ports(rule).iter().any(is_tcp)
}

/// Whether a rule covers a TCP port by number; a named port never does.
#[must_use]
pub fn covers(rule: &Value, number: u64) -> bool {
    let ports = ports(rule);
    ports.is_empty()
        || ports.iter().filter(|port| is_tcp(port)).any(|port| {
            match (&port["port"], port["endPort"].as_u64()) {
                (Value::Null, _) => true,
                (first, end) => first
                    .as_u64()
                    .is_some_and(|first| first <= number && number <= end.unwrap_or(first)),
            }
        })
}
