//! What an installation was made with, kept in the cluster, so that the next one can begin from it.

use super::component::Component;
use super::plan::{self, Plan, Target};
use super::values::{self, Given, Settings};
use crate::base64;
use crate::cluster::Cluster;
use crate::exit::Failure;
use crate::yaml;
use mesh_wire::well_known::PRODUCT_VERSION;
use mesh_wire::well_known::label::{
    OPERATOR_COMPONENT, OPERATOR_MANAGED, OPERATOR_OWNER, OPERATOR_VERSION, REVISION,
};
use serde_json::{Map, Value, json};
use std::io::Read;
use std::path::PathBuf;

/// The key of the document in the `ConfigMap`.
const KEY: &str = "operator.yaml";
/// A Helm release that decompresses to more is not read.
const MAX_RELEASE: u64 = 64 << 20;

/// The operator document that gives these settings again. (pure)
#[must_use]
pub fn document(settings: &Settings) -> Value {
    let mut values = settings.values.clone();
    if let Some(map) = values.as_object_mut() {
        // what the other fields of the document say
        for key in ["ownerName", "istioNamespace", "profile", "revision"] {
            map.remove(key);
        }
        let global = map.get_mut("global").and_then(Value::as_object_mut);
        if let Some(global) = global {
            global.remove("istioNamespace");
        }
        if map["global"].as_object().is_some_and(Map::is_empty) {
            map.remove("global");
        }
    }
    let components: Map<String, Value> = Component::ALL
        .into_iter()
        .map(|one| {
            let is_chosen = settings.components.contains(&one);
            (one.key().to_owned(), json!({ "enabled": is_chosen }))
        })
        .collect();
    let mut document = json!({
        "apiVersion": "install.istio.io/v1alpha1",
        "kind": values::KIND,
        "spec": {
            "profile": settings.profile,
            "namespace": settings.namespace,
            "components": components,
            "values": values,
        },
    });
    if !settings.revision.is_empty() {
        document["spec"]["revision"] = json!(settings.revision);
    }
    document
}

/// The `ConfigMap` that keeps it. (pure)
fn object(settings: &Settings, owner: &str, component: Component) -> Value {
    let revision = match settings.revision.as_str() {
        "" => "default",
        revision => revision,
    };
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name(owner),
            "namespace": settings.namespace,
            "labels": {
                OPERATOR_COMPONENT: component.label(),
                OPERATOR_OWNER: owner,
                OPERATOR_MANAGED: "Reconcile",
                OPERATOR_VERSION: PRODUCT_VERSION,
                REVISION: revision,
            },
        },
        "data": { KEY: yaml::to_string(&document(settings)) },
    })
}

/// Whether an object is the record of an owner. (pure)
#[must_use]
pub fn is_record(object: &Value, owner: &str) -> bool {
    object["kind"] == "ConfigMap" && object["metadata"]["name"] == name(owner)
}

fn name(owner: &str) -> String {
    format!("meshctl-{owner}")
}

/// What these settings install, and its record.
///
/// # Errors
/// As [`plan::render`].
pub fn render(settings: &Settings, target: &Target, folder: Option<&PathBuf>) -> Result<Plan, Failure> {
    let mut plan = plan::render(settings, target, folder)?;
    add(&mut plan, settings);
    Ok(plan)
}

/// Adds the record to what is installed; an installation of nothing has none. (pure)
fn add(plan: &mut Plan, settings: &Settings) {
    let owner = plan.owner.clone();
    if let Some(part) = plan.parts.first_mut() {
        part.objects.push(object(settings, &owner, part.component));
    }
}

/// The document that the last `install` of an owner kept.
///
/// # Errors
/// The API cannot be asked, or the record is no YAML.
pub async fn fetch(cluster: &Cluster, namespace: &str, owner: &str) -> Result<Option<Value>, Failure> {
    let name = name(owner);
    let path = format!("/api/v1/namespaces/{namespace}/configmaps/{name}");
    let Some(live) = cluster.get(&path).await? else {
        return Ok(None);
    };
    let text = live["data"][KEY].as_str().unwrap_or_default();
    let document = yaml::from_str(text).map_err(|error| {
        Failure::unparsable(format!("cannot read `ConfigMap/{namespace}/{name}`")).caused_by(&error)
    })?;
    Ok(Some(document))
}

/// The settings that the last `install` of an owner kept.
///
/// # Errors
/// As [`fetch`], and settings that this program does not know.
pub async fn fetch_settings(
    cluster: &Cluster,
    namespace: &str,
    owner: &str,
) -> Result<Option<Settings>, Failure> {
    let Some(document) = fetch(cluster, namespace, owner).await? else {
        return Ok(None);
    };
    values::settle(&Given {
        files: vec![(
            "the record of the last install".to_owned(),
            yaml::to_string(&document),
        )],
        namespace: namespace.to_owned(),
        ..Given::default()
    })
    .map(Some)
}

/// Values that Helm was given.
#[derive(Debug, Clone, PartialEq)]
pub struct HelmRelease {
    /// The release's name.
    pub name: String,
    /// What its chart is of.
    pub component: Component,
    /// The values.
    pub values: Value,
}

/// The releases of our charts in a namespace, in the charts' order.
///
/// # Errors
/// The API cannot be asked, or a release is damaged.
pub async fn fetch_releases(cluster: &Cluster, namespace: &str) -> Result<Vec<HelmRelease>, Failure> {
    let path =
        format!("/api/v1/namespaces/{namespace}/secrets?labelSelector=owner%3Dhelm%2Cstatus%3Ddeployed");
    let mut releases: Vec<HelmRelease> = Vec::new();
    for secret in cluster.list(&path).await? {
        let broken = |error: &dyn std::error::Error| {
            let name = secret["metadata"]["name"].as_str().unwrap_or_default();
            Failure::unparsable(format!("cannot read the Helm release `{name}`")).caused_by(error)
        };
        releases.extend(release(&secret["data"]["release"]).map_err(|error| broken(error.as_ref()))?);
    }
    releases.sort_by_key(|release| release.component);
    Ok(releases)
}

/// Reads a release as Helm keeps it: gzip in base64, and base64 again as every secret's value; `None` for a chart that is none
/// of ours. (pure)
fn release(data: &Value) -> Result<Option<HelmRelease>, Box<dyn std::error::Error>> {
    let text = base64::decode(data.as_str().ok_or("it has no data")?)?;
    let packed = base64::decode(&String::from_utf8(text)?)?;
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .take(MAX_RELEASE)
        .read_to_end(&mut plain)?;
    let release: Value = serde_json::from_slice(&plain)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let chart = text(&release["chart"]["metadata"]["name"]);
    Ok(Component::of_chart(&chart).map(|component| HelmRelease {
        component,
        name: text(&release["name"]),
        values: match &release["config"] {
            Value::Null => json!({}),
            values => values.clone(),
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::super::plan::render;
    use super::super::values::settle;
    use super::*;

    fn given(sets: &[&str]) -> Given {
        Given {
            sets: sets.iter().map(|set| (*set).to_owned()).collect(),
            namespace: "istio-system".to_owned(),
            ..Given::default()
        }
    }

    #[test]
    fn the_record_gives_the_same_settings_again() {
        for sets in [
            &[][..],
            &["revision=canary", "global.hub=registry.example/mesh"],
            &["profile=minimal", "components.cni.enabled=true", "pilot.env.A=b"],
            &["namespace=mesh", "meshConfig.trustDomain=example", "platform=k3s"],
        ] {
            let settings = settle(&given(sets)).unwrap();
            let text = yaml::to_string(&document(&settings));
            let again = Given {
                files: vec![("record".to_owned(), text)],
                ..given(&[])
            };
            assert_eq!(settle(&again).unwrap(), settings, "{sets:?}");
        }
    }

    #[test]
    fn the_record_is_one_more_object_of_the_installation() {
        let settings = settle(&given(&["revision=canary"])).unwrap();
        let mut plan = render(&settings, &Target::default(), None).unwrap();
        let before = plan.objects().count();
        add(&mut plan, &settings);
        assert_eq!(plan.objects().count(), before + 1);
        let empty = settle(&given(&["profile=empty"])).unwrap();
        let mut plan = render(&empty, &Target::default(), None).unwrap();
        add(&mut plan, &empty);
        assert_eq!(plan.objects().count(), 0);
    }

    #[test]
    fn a_release_that_is_none_is_an_error_and_no_panic() {
        for data in [
            json!(null),
            json!(1),
            json!("%"),
            json!("bm90IGd6aXA="),
            json!(""),
        ] {
            assert!(release(&data).is_err(), "{data}");
        }
    }
}
