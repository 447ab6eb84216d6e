//! The content of volumes and variables: fields of the pod, quantities of a container, config maps, secrets, tokens.

use crate::node::context::{NodeContext, uid};
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, DownwardAPIVolumeFile, KeyToPath, Pod, Secret, ServiceAccount,
    ServiceAccountTokenProjection, VolumeProjection,
};
use kube::api::PostParams;
use kube::{Api, ResourceExt};
use std::collections::BTreeMap;

/// Path below the volume → content and mode.
pub(crate) type Files = BTreeMap<String, (Vec<u8>, u32)>;

/// Tokens already asked for, so that a refresh does not ask for new ones before they are due.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    held: BTreeMap<(String, i64), Held>,
}

#[derive(Debug)]
struct Held {
    token: Vec<u8>,
    renew: Timestamp,
}

/// The value of a field path of the downward API.
pub(crate) fn field(node: &NodeContext, pod: &Pod, path: &str) -> Result<String, String> {
    let spec = pod.spec.clone().unwrap_or_default();
    let status = pod.status.clone().unwrap_or_default();
    let address = node.address().to_string();
    let keyed = |prefix: &str| {
        path.strip_prefix(prefix)?
            .strip_prefix("['")?
            .strip_suffix("']")
            .map(str::to_owned)
    };
    if let Some(key) = keyed("metadata.labels") {
        return Ok(pod.labels().get(&key).cloned().unwrap_or_default());
    }
    if let Some(key) = keyed("metadata.annotations") {
        return Ok(pod.annotations().get(&key).cloned().unwrap_or_default());
    }
    Ok(match path {
        "metadata.name" => pod.name_any(),
        "metadata.namespace" => pod.namespace().unwrap_or_default(),
        "metadata.uid" => uid(pod),
        "metadata.labels" => lines(pod.labels()),
        "metadata.annotations" => lines(pod.annotations()),
        "spec.nodeName" => spec.node_name.unwrap_or_default(),
        "spec.serviceAccountName" => spec.service_account_name.unwrap_or_else(|| "default".into()),
        "status.hostIP" | "status.hostIPs" => address,
        "status.podIP" => status.pod_ip.unwrap_or_default(),
        "status.podIPs" => {
            let ips = status.pod_ips.unwrap_or_default();
            ips.into_iter().map(|ip| ip.ip).collect::<Vec<_>>().join(",")
        }
        other => return Err(format!("fieldPath {other} is not supported")),
    })
}

fn lines(map: &BTreeMap<String, String>) -> String {
    let line = |(key, value): (&String, &String)| format!("{key}={value:?}");
    map.iter().map(line).collect::<Vec<_>>().join(
        "
",
    )
}

/// A container's request or limit in units of the divisor, rounded up; without a limit, what the machine has.
pub(crate) fn resource(container: &Container, name: &str, divisor: &str) -> Result<String, String> {
    let resources = container.resources.clone().unwrap_or_default();
    let (list, key) = match name.split_once('.') {
        Some(("limits", key)) => (resources.limits, key),
        Some(("requests", key)) => (resources.requests, key),
        _ => return Err(format!("resource {name} is not supported")),
    };
    let asked = list
        .and_then(|mut list| list.remove(key))
        .map(|quantity| quantity.0);
    let millis = match (&asked, key) {
        (Some(text), _) => milli_units(text).ok_or_else(|| format!("`{text}` is not a quantity"))?,
        (None, _) if name.starts_with("requests") => 0,
        (None, "cpu") => u128::try_from(cpus()).unwrap_or(1) * 1000,
        (None, "memory") => u128::from(memory_bytes()) * 1000,
        (None, _) => 0,
    };
    let unit = match divisor {
        "" | "0" => 1000,
        text => milli_units(text)
            .filter(|unit| *unit > 0)
            .ok_or_else(|| format!("`{text}` is not a divisor"))?,
    };
    Ok(millis.div_ceil(unit).to_string())
}

/// The machine's processors.
pub(crate) fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The machine's memory.
pub(crate) fn memory_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text
        .lines()
        .find(|line| line.starts_with("MemTotal:"))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|kilobytes| kilobytes.parse::<u64>().ok())
        .unwrap_or_default()
        * 1024
}

/// A quantity in thousandths.
fn milli_units(text: &str) -> Option<u128> {
    const SUFFIXES: [(&str, u128); 11] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("Pi", 1 << 50),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
        ("P", 1_000_000_000_000_000),
        ("", 1),
    ];
    if let Some(number) = text.strip_suffix('m') {
        return number.parse().ok();
    }
    let (number, factor) = SUFFIXES
        .iter()
        .find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, factor)))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction: u128 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some((whole.parse::<u128>().ok()? * 1000 + fraction) * factor)
}

/// The files of a ConfigMap.
pub(crate) async fn config_map(
    node: &NodeContext,
    pod: &Pod,
    name: &str,
    pick: Pick<'_>,
) -> Result<Files, String> {
    let api: Api<ConfigMap> = Api::namespaced(node.client(), &pod.namespace().unwrap_or_default());
    let found = api.get_opt(name).await.map_err(|error| error.to_string())?;
    let content = found.map(|found| {
        let texts = found
            .data
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| (key, value.into_bytes()));
        let bytes = found
            .binary_data
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| (key, value.0));
        texts.chain(bytes).collect()
    });
    select(content, pick, &format!("configmap \"{name}\""))
}

/// The files of a Secret.
pub(crate) async fn secret(
    node: &NodeContext,
    pod: &Pod,
    name: &str,
    pick: Pick<'_>,
) -> Result<Files, String> {
    let api: Api<Secret> = Api::namespaced(node.client(), &pod.namespace().unwrap_or_default());
    let found = api.get_opt(name).await.map_err(|error| error.to_string())?;
    let content = found.map(|found| {
        found
            .data
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| (key, value.0))
            .collect()
    });
    select(content, pick, &format!("secret \"{name}\""))
}

/// Which keys become which files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pick<'a> {
    pub(crate) items: &'a Option<Vec<KeyToPath>>,
    pub(crate) mode: u32,
    pub(crate) optional: bool,
}

fn select(content: Option<BTreeMap<String, Vec<u8>>>, pick: Pick<'_>, what: &str) -> Result<Files, String> {
    let Some(mut content) = content else {
        return if pick.optional {
            Ok(Files::new())
        } else {
            Err(format!("{what} not found"))
        };
    };
    let Some(items) = pick.items else {
        return Ok(content
            .into_iter()
            .map(|(key, value)| (key, (value, pick.mode)))
            .collect());
    };
    let mut files = Files::new();
    for item in items {
        let mode = item
            .mode
            .and_then(|mode| u32::try_from(mode).ok())
            .unwrap_or(pick.mode);
        match content.remove(&item.key) {
            Some(value) => drop(files.insert(item.path.clone(), (value, mode))),
            None if pick.optional => {}
            None => return Err(format!("{what} has no key {}", item.key)),
        }
    }
    Ok(files)
}

/// The files of the downward API.
pub(crate) fn downward(
    node: &NodeContext,
    pod: &Pod,
    items: &[DownwardAPIVolumeFile],
    mode: u32,
) -> Result<Files, String> {
    let mut files = Files::new();
    for item in items {
        let mode = item
            .mode
            .and_then(|mode| u32::try_from(mode).ok())
            .unwrap_or(mode);
        let value = match (&item.field_ref, &item.resource_field_ref) {
            (Some(wanted), _) => field(node, pod, &wanted.field_path)?,
            (None, Some(wanted)) => {
                let containers = pod.spec.clone().unwrap_or_default().containers;
                let name = wanted.container_name.clone().unwrap_or_default();
                let container = containers.iter().find(|container| container.name == name);
                let divisor = wanted.divisor.as_ref().map_or("1", |divisor| divisor.0.as_str());
                resource(
                    container.ok_or_else(|| format!("no container {name}"))?,
                    &wanted.resource,
                    divisor,
                )?
            }
            (None, None) => return Err(format!("the file {} has no source", item.path)),
        };
        files.insert(item.path.clone(), (value.into_bytes(), mode));
    }
    Ok(files)
}

/// The files of a projected volume.
pub(crate) async fn projected(
    node: &NodeContext,
    pod: &Pod,
    sources: &[VolumeProjection],
    mode: u32,
    tokens: &mut Tokens,
) -> Result<Files, String> {
    let mut files = Files::new();
    for source in sources {
        if let Some(wanted) = &source.config_map {
            let pick = Pick {
                items: &wanted.items,
                mode,
                optional: wanted.optional == Some(true),
            };
            files.extend(config_map(node, pod, &wanted.name, pick).await?);
        } else if let Some(wanted) = &source.secret {
            let pick = Pick {
                items: &wanted.items,
                mode,
                optional: wanted.optional == Some(true),
            };
            files.extend(secret(node, pod, &wanted.name, pick).await?);
        } else if let Some(wanted) = &source.downward_api {
            files.extend(downward(
                node,
                pod,
                wanted.items.as_deref().unwrap_or_default(),
                mode,
            )?);
        } else if let Some(wanted) = &source.service_account_token {
            let token = tokens.fetch(node, pod, wanted).await?;
            files.insert(wanted.path.clone(), (token, mode));
        } else {
            return Err("a projected source of this kind is not supported here".to_owned());
        }
    }
    Ok(files)
}

impl Tokens {
    /// The token for an audience; asked for anew when 80 % of its life is over (decisions 7).
    async fn fetch(
        &mut self,
        node: &NodeContext,
        pod: &Pod,
        wanted: &ServiceAccountTokenProjection,
    ) -> Result<Vec<u8>, String> {
        let audience = wanted.audience.clone().unwrap_or_default();
        let life = wanted.expiration_seconds.unwrap_or(3600);
        let key = (audience.clone(), life);
        let now = Timestamp::now();
        if let Some(held) = self.held.get(&key).filter(|held| held.renew > now) {
            return Ok(held.token.clone());
        }
        let spec = pod.spec.clone().unwrap_or_default();
        let account = spec.service_account_name.unwrap_or_else(|| "default".to_owned());
        let api: Api<ServiceAccount> = Api::namespaced(node.client(), &pod.namespace().unwrap_or_default());
        let request = TokenRequest {
            spec: TokenRequestSpec {
                audiences: if audience.is_empty() {
                    Vec::new()
                } else {
                    vec![audience]
                },
                expiration_seconds: Some(life),
                bound_object_ref: Some(BoundObjectReference {
                    api_version: Some("v1".into()),
                    kind: Some("Pod".into()),
                    name: Some(pod.name_any()),
                    uid: Some(uid(pod)),
                }),
            },
            ..TokenRequest::default()
        };
        let answer = api
            .create_token_request(&account, &PostParams::default(), &request)
            .await;
        let status = answer
            .map_err(|error| error.to_string())?
            .status
            .ok_or("the API gave no token")?;
        let token = status.token.into_bytes();
        let rest = status.expiration_timestamp.0.as_second() - now.as_second();
        let renew = Timestamp::from_second(now.as_second() + rest * 4 / 5).unwrap_or(now);
        self.held.insert(
            key,
            Held {
                token: token.clone(),
                renew,
            },
        );
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn resources_come_in_units_of_the_divisor_rounded_up() {
        let container: Container = serde_json::from_value(
            json!({"name": "c", "resources": {"limits": {"cpu": "1500m", "memory": "1Gi"}}}),
        )
        .unwrap();
        assert_eq!(resource(&container, "limits.cpu", "1").unwrap(), "2");
        assert_eq!(resource(&container, "limits.cpu", "1m").unwrap(), "1500");
        assert_eq!(resource(&container, "limits.memory", "1Mi").unwrap(), "1024");
        assert_eq!(resource(&container, "requests.cpu", "1").unwrap(), "0");
    }

    #[test]
    fn a_missing_key_is_an_error_unless_optional() {
        let items = Some(vec![KeyToPath {
            key: "a".into(),
            path: "b".into(),
            mode: None,
        }]);
        let pick = |optional| Pick {
            items: &items,
            mode: 0o644,
            optional,
        };
        assert!(select(Some(BTreeMap::new()), pick(false), "configmap \"x\"").is_err());
        assert_eq!(
            select(Some(BTreeMap::new()), pick(true), "configmap \"x\""),
            Ok(Files::new())
        );
        assert!(select(None, pick(false), "configmap \"x\"").is_err());
    }
}
