//! What the mesh made while it ran, and no chart knows: found by name, removed with `--purge`.

use super::component::{label, meta};
use super::kinds::Kind;
use super::plan::CREATED_LABEL;
use super::prune;
use crate::cluster::Cluster;
use crate::exit::Failure;
use mesh_wire::well_known::{field_manager, label as labels, name};
use serde_json::{Value, json};

const GATEWAY_API: &str = "gateway.networking.k8s.io/v1";
/// What Helm stores releases in is not ours to touch; these are.
const LEASE_PREFIXES: [&str; 2] = ["istio", "mesh-"];

/// How the names of `ConfigMaps` end by which replicas of the control plane agree who writes.
const LOCK_SUFFIXES: [&str; 3] = ["-election", "-leader", "-autoallocate"];

/// Gateways of the waypoint class, in every namespace.
///
/// # Errors
/// The API cannot be asked.
pub async fn fetch_waypoints(cluster: &Cluster) -> Result<Vec<Value>, Failure> {
    let mut gateways = fetch(cluster, GATEWAY_API, "Gateway").await?;
    gateways.retain(|gateway| gateway["spec"]["gatewayClassName"] == name::WAYPOINT_CLASS);
    Ok(gateways)
}

/// Root bundles, the authority's key, leases, gateway classes.
///
/// # Errors
/// The API cannot be asked.
pub async fn fetch_runtime(cluster: &Cluster, system: &str) -> Result<Vec<Value>, Failure> {
    let mut found = fetch(cluster, "v1", "ConfigMap").await?;
    found.retain(|map| {
        let title = meta(map, "name");
        let is_lock = title.starts_with("istio-") && LOCK_SUFFIXES.iter().any(|end| title.ends_with(end));
        // the first two are in every namespace
        [name::ROOT_CONFIG_MAP, name::CRL_CONFIG_MAP].contains(&title)
            || (meta(map, "namespace") == system && is_lock)
    });
    let mut secrets = fetch(cluster, "v1", "Secret").await?;
    secrets.retain(|secret| meta(secret, "namespace") == system && meta(secret, "name") == name::CA_SECRET);
    found.append(&mut secrets);
    let mut leases = fetch(cluster, "coordination.k8s.io/v1", "Lease").await?;
    leases.retain(|lease| {
        meta(lease, "namespace") == system
            && LEASE_PREFIXES
                .iter()
                .any(|prefix| meta(lease, "name").starts_with(prefix))
    });
    found.append(&mut leases);
    let mut classes = fetch(cluster, GATEWAY_API, "GatewayClass").await?;
    classes.retain(|class| {
        class["spec"]["controllerName"]
            .as_str()
            .is_some_and(|name| name.starts_with("istio.io/"))
    });
    found.append(&mut classes);
    Ok(found)
}

async fn fetch(
    cluster: &Cluster,
    api_version: &'static str,
    kind: &'static str,
) -> Result<Vec<Value>, Failure> {
    prune::fetch_labelled(cluster, &[Kind { api_version, kind }], "").await
}

/// What becomes of the system namespace.
#[derive(Debug, PartialEq)]
pub enum Fate {
    /// There is none.
    Gone,
    /// It was made by `install` and nothing else lives in it.
    Remove(Value),
    /// It stays, for this reason.
    Keep(String),
}

/// Decides about the system namespace.
///
/// # Errors
/// The API cannot be asked.
pub async fn fetch_namespace_fate(cluster: &Cluster, system: &str) -> Result<Fate, Failure> {
    let path = format!("/api/v1/namespaces/{system}");
    let Some(mut namespace) = cluster.get(&path).await? else {
        return Ok(Fate::Gone);
    };
    if label(&namespace, CREATED_LABEL) != Some(field_manager::CLI) {
        return Ok(Fate::Keep("`meshctl install` did not make it".to_owned()));
    }
    let pods = cluster.list(&format!("{path}/pods")).await?;
    let foreign: Vec<&Value> = pods
        .iter()
        .filter(|pod| label(pod, labels::PART_OF) != Some("istio"))
        .collect();
    if !foreign.is_empty() {
        return Ok(Fate::Keep(format!(
            "it holds pods that are not the mesh's: {}",
            prune::names(&foreign, 3)
        )));
    }
    namespace["apiVersion"] = json!("v1");
    namespace["kind"] = json!("Namespace");
    Ok(Fate::Remove(namespace))
}
