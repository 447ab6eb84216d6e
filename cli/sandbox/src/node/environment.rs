//! A container's environment: literal values, references into the pod, config maps and secrets, and `$(NAME)`.

use crate::addresses;
use crate::node::context::NodeContext;
use crate::node::payload;
use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVar, EnvVarSource, Pod, Secret};
use kube::{Api, ResourceExt};
use std::collections::BTreeMap;

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Gathers the environment, in the order in which later values win.
///
/// # Errors
/// The text for the container's waiting state: something it needs is missing.
pub(crate) async fn gather(
    node: &NodeContext,
    pod: &Pod,
    container: &Container,
) -> Result<Vec<(String, String)>, String> {
    let mut env: BTreeMap<String, String> = base(node, pod);
    for source in container.env_from.iter().flatten() {
        let prefix = source.prefix.as_deref().unwrap_or_default();
        let mut values = BTreeMap::new();
        if let Some(wanted) = &source.config_map_ref {
            values = config_map(node, pod, &wanted.name, wanted.optional == Some(true)).await?;
        }
        if let Some(wanted) = &source.secret_ref {
            values.extend(secret(node, pod, &wanted.name, wanted.optional == Some(true)).await?);
        }
        env.extend(
            values
                .into_iter()
                .map(|(key, value)| (format!("{prefix}{key}"), value)),
        );
    }
    for variable in container.env.iter().flatten() {
        if let Some(value) = value(node, pod, container, variable).await? {
            let value = expand(&value, &env);
            env.insert(variable.name.clone(), value);
        }
    }
    Ok(env.into_iter().collect())
}

fn base(node: &NodeContext, pod: &Pod) -> BTreeMap<String, String> {
    let host = pod
        .spec
        .as_ref()
        .is_some_and(|spec| spec.host_network == Some(true));
    let hostname = if host {
        node.config.name.clone()
    } else {
        pod.name_any()
    };
    let api = addresses::API_VIP.to_string();
    let pairs = [
        ("PATH", PATH.to_owned()),
        ("HOME", "/root".to_owned()),
        ("HOSTNAME", hostname),
        ("KUBERNETES_SERVICE_HOST", api.clone()),
        ("KUBERNETES_SERVICE_PORT", "443".to_owned()),
        ("KUBERNETES_SERVICE_PORT_HTTPS", "443".to_owned()),
        ("KUBERNETES_PORT", format!("tcp://{api}:443")),
    ];
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

async fn value(
    node: &NodeContext,
    pod: &Pod,
    container: &Container,
    variable: &EnvVar,
) -> Result<Option<String>, String> {
    let Some(from) = &variable.value_from else {
        return Ok(Some(variable.value.clone().unwrap_or_default()));
    };
    let EnvVarSource {
        config_map_key_ref,
        field_ref,
        resource_field_ref,
        secret_key_ref,
        ..
    } = from;
    if let Some(field) = field_ref {
        return payload::field(node, pod, &field.field_path).map(Some);
    }
    if let Some(resource) = resource_field_ref {
        let divisor = resource
            .divisor
            .as_ref()
            .map_or("1", |divisor| divisor.0.as_str());
        return payload::resource(container, &resource.resource, divisor).map(Some);
    }
    if let Some(key) = config_map_key_ref {
        let optional = key.optional == Some(true);
        let found = config_map(node, pod, &key.name, optional).await?.remove(&key.key);
        return required(found, optional, "configmap", &key.name, &key.key);
    }
    if let Some(key) = secret_key_ref {
        let optional = key.optional == Some(true);
        let found = secret(node, pod, &key.name, optional).await?.remove(&key.key);
        return required(found, optional, "secret", &key.name, &key.key);
    }
    Err(format!(
        "the source of the variable {} is not supported here",
        variable.name
    ))
}

fn required(
    found: Option<String>,
    optional: bool,
    kind: &str,
    name: &str,
    key: &str,
) -> Result<Option<String>, String> {
    if found.is_none() && !optional {
        return Err(format!("couldn't find key {key} in {kind} {name}"));
    }
    Ok(found)
}

async fn config_map(
    node: &NodeContext,
    pod: &Pod,
    name: &str,
    optional: bool,
) -> Result<BTreeMap<String, String>, String> {
    let api: Api<ConfigMap> = Api::namespaced(node.client(), &pod.namespace().unwrap_or_default());
    match api.get_opt(name).await {
        Ok(Some(found)) => Ok(found.data.unwrap_or_default()),
        Ok(None) if optional => Ok(BTreeMap::new()),
        Ok(None) => Err(format!("configmap \"{name}\" not found")),
        Err(error) => Err(error.to_string()),
    }
}

async fn secret(
    node: &NodeContext,
    pod: &Pod,
    name: &str,
    optional: bool,
) -> Result<BTreeMap<String, String>, String> {
    let api: Api<Secret> = Api::namespaced(node.client(), &pod.namespace().unwrap_or_default());
    match api.get_opt(name).await {
        Ok(Some(found)) => {
            let text = |(key, value): (String, k8s_openapi::ByteString)| {
                (key, String::from_utf8_lossy(&value.0).into_owned())
            };
            Ok(found.data.unwrap_or_default().into_iter().map(text).collect())
        }
        Ok(None) if optional => Ok(BTreeMap::new()),
        Ok(None) => Err(format!("secret \"{name}\" not found")),
        Err(error) => Err(error.to_string()),
    }
}

/// Replaces `$(NAME)` by the variable; unknown names stay as they are, `$$` is one dollar sign.
pub(crate) fn expand(text: &str, env: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match env.get(name) {
                Some(value) => out.push_str(value),
                None => out.extend(["$(", name, ")"]),
            }
            rest = after;
        } else {
            out.push('$');
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_and_unknown_ones_stay() {
        let env = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        assert_eq!(expand("x$(A)y$(B)z$$(A) $5", &env), "x1y$(B)z$(A) $5");
    }
}
