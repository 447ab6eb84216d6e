//! The node's own objects: the Node, its status, its Lease.

use crate::error::{Named, Result};
use crate::node::context::NodeContext;
use crate::node::payload;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;
use tracing::warn;

/// How many pods a node takes.
const PODS: &str = "110";
const LEASES: &str = "kube-node-lease";
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Makes or renews the Node object and says that it is ready.
pub(crate) async fn register(node: &NodeContext) -> Result<()> {
    let api: Api<Node> = Api::all(node.client());
    let name = &node.config.name;
    let object: Node =
        serde_json::from_value(object(node)).named(|| "cannot describe the node".to_owned())?;
    match api.create(&PostParams::default(), &object).await {
        Err(kube::Error::Api(refused)) if refused.code == 409 => {}
        other => drop(other.named(|| format!("cannot register the node `{name}`"))?),
    }
    let patch = json!({"status": status(node)});
    let patched = api
        .patch_status(name, &PatchParams::default(), &Patch::Merge(patch))
        .await;
    patched
        .map(drop)
        .named(|| format!("cannot write the status of the node `{name}`"))
}

/// Renews the Lease, and the status once in a while, until it is dropped.
pub(crate) async fn beat(node: &NodeContext) {
    let mut beats = 0_u32;
    loop {
        if let Err(failure) = renew(node).await {
            warn!(reason = failure.chain(), "cannot renew the node's lease");
        }
        beats += 1;
        if beats.is_multiple_of(30)
            && let Err(failure) = register(node).await
        {
            warn!(reason = failure.chain(), "cannot renew the node's status");
        }
        sleep(HEARTBEAT).await;
    }
}

async fn renew(node: &NodeContext) -> Result<()> {
    let api: Api<Lease> = Api::namespaced(node.client(), LEASES);
    let name = &node.config.name;
    let now = format!("{:.6}", Timestamp::now());
    let patch = json!({"spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now}});
    match api
        .patch(name, &PatchParams::default(), &Patch::Merge(&patch))
        .await
    {
        Err(kube::Error::Api(refused)) if refused.code == 404 => {}
        other => {
            return other
                .map(drop)
                .named(|| format!("cannot renew the lease `{name}`"));
        }
    }
    let mut lease = patch;
    lease["metadata"] = json!({"name": name, "namespace": LEASES});
    let lease: Lease = serde_json::from_value(lease).named(|| "cannot describe the lease".to_owned())?;
    api.create(&PostParams::default(), &lease)
        .await
        .map(drop)
        .named(|| format!("cannot make the lease `{name}`"))
}

fn object(node: &NodeContext) -> Value {
    let name = &node.config.name;
    let cidr = crate::addresses::pod_cidr(node.config.index);
    json!({
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": architecture(),
                "beta.kubernetes.io/os": "linux",
                "beta.kubernetes.io/arch": architecture(),
            },
        },
        "spec": {"podCIDR": cidr, "podCIDRs": [cidr]},
    })
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn status(node: &NodeContext) -> Value {
    let capacity = json!({
        "cpu": payload::cpus().to_string(),
        "memory": format!("{}Ki", payload::memory_bytes() / 1024),
        "pods": PODS,
        "ephemeral-storage": "10Gi",
    });
    let now = Timestamp::now();
    let condition = |kind: &str, holds: bool, reason: &str, message: &str| {
        json!({"type": kind, "status": if holds { "True" } else { "False" }, "reason": reason, "message": message,
               "lastHeartbeatTime": now, "lastTransitionTime": now})
    };
    let read = |path: &str| {
        std::fs::read_to_string(path)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    json!({
        "addresses": [
            {"type": "InternalIP", "address": node.address().to_string()},
            {"type": "Hostname", "address": node.config.name},
        ],
        "capacity": capacity,
        "allocatable": capacity,
        "conditions": [
            condition("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            condition("Ready", true, "KubeletReady", "the sandbox node runs pods as processes"),
        ],
        "nodeInfo": {
            "architecture": architecture(),
            "bootID": read("/proc/sys/kernel/random/boot_id"),
            "containerRuntimeVersion": format!("meshctl://{}", env!("CARGO_PKG_VERSION")),
            "kernelVersion": read("/proc/sys/kernel/osrelease"),
            "kubeProxyVersion": "v1.33.0",
            "kubeletVersion": "v1.33.0",
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": "meshctl sandbox",
            "systemUUID": "",
        },
    })
}
