//! What every cluster starts with, and when it is ready.

use crate::addresses;
use crate::pki::base64;
use crate::role::LaunchConfig;
use k8s_openapi::api::core::v1::{Node, ServiceAccount};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::{Api, Client, ResourceExt};
use mesh_sandbox::error::{Failure, Named, Result};
use mesh_sandbox::life::Report;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const SYSTEM: &str = include_str!("../system.yaml");
const POLL: Duration = Duration::from_millis(50);

/// Makes the objects of `system.yaml`.
pub(crate) async fn create(client: &Client, config: &LaunchConfig, ca: &str) -> Result<()> {
    let what = || "cannot make the cluster's own objects".to_owned();
    let text = SYSTEM
        .replace("VERSION", env!("CARGO_PKG_VERSION"))
        .replace("CA_BUNDLE", &base64(ca.as_bytes()));
    let objects: Vec<DynamicObject> = serde_saphyr::from_multiple(&text).named(what)?;
    for mut object in objects {
        let subject = format!(
            "{} {}",
            object.types.as_ref().map_or("", |types| &types.kind),
            object.name_any()
        );
        let what = || format!("cannot make {subject}");
        if subject == "Service kube-dns" && config.is_dual {
            object.data["spec"]["ipFamilyPolicy"] = json!("PreferDualStack");
        }
        let types = object.types.clone().ok_or_else(|| Failure::new(what()))?;
        let kind = GroupVersionKind::try_from(types).named(what)?;
        let resource = ApiResource::from_gvk(&kind);
        let api: Api<DynamicObject> = match object.namespace() {
            Some(namespace) => Api::namespaced_with(client.clone(), &namespace, &resource),
            None => Api::all_with(client.clone(), &resource),
        };
        api.create(&PostParams::default(), &object).await.named(what)?;
    }
    Ok(())
}

/// Waits until nodes, cluster DNS and accounts are there.
pub(crate) async fn until_ready(client: &Client, config: &LaunchConfig, patience: Duration) -> Result<()> {
    let nodes = config.nodes;
    let deadline = Instant::now() + patience;
    let late = |state: &str| Failure::new(format!("{state} after {} s", patience.as_secs()));
    let api: Api<Node> = Api::all(client.clone());
    let mut named = 0;
    while named < nodes {
        named = 0;
        for index in 1..=nodes {
            let name = addresses::node_name(index);
            let found = api.get_opt(&name).await.named(|| format!("cannot read {name}"))?;
            if found.as_ref().is_some_and(is_ready) {
                named += 1;
            }
        }
        if Instant::now() > deadline {
            return Err(late("not every node is ready"));
        }
        sleep(POLL).await;
    }
    Report::progress("the nodes are ready");
    for index in 1..=nodes {
        let name = addresses::node_name(index);
        let mut ranges = vec![addresses::pod_cidr(index)];
        if config.is_dual {
            ranges.push(addresses::pod_cidr6(index));
        }
        let range = json!({"spec": {"podCIDR": ranges[0], "podCIDRs": ranges}});
        api.patch(&name, &PatchParams::default(), &Patch::Merge(range))
            .await
            .named(|| format!("cannot give {name} its pod network"))?;
    }
    while !dns_answers(client).await? || !has_account(client).await? {
        if Instant::now() > deadline {
            return Err(late("cluster DNS does not answer"));
        }
        sleep(POLL).await;
    }
    Report::progress("cluster DNS answers");
    Ok(())
}

fn is_ready(node: &Node) -> bool {
    let conditions = node
        .status
        .iter()
        .filter_map(|status| status.conditions.as_ref())
        .flatten();
    conditions
        .into_iter()
        .any(|one| one.type_ == "Ready" && one.status == "True")
}

async fn dns_answers(client: &Client) -> Result<bool> {
    let slices: Api<EndpointSlice> = Api::namespaced(client.clone(), "kube-system");
    let params = ListParams::default().labels("kubernetes.io/service-name=kube-dns");
    let list = slices
        .list(&params)
        .await
        .named(|| "cannot list the endpoints of cluster DNS".to_owned())?;
    Ok(list
        .items
        .iter()
        .flat_map(|slice| &slice.endpoints)
        .any(|endpoint| {
            endpoint
                .conditions
                .as_ref()
                .is_some_and(|state| state.ready == Some(true))
        }))
}

/// A pod that comes before its account is refused.
async fn has_account(client: &Client) -> Result<bool> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "default");
    let found = accounts
        .get_opt("default")
        .await
        .named(|| "cannot read the default account".to_owned())?;
    Ok(found.is_some())
}
