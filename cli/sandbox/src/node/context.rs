//! What every part of a node's pod runner shares.

use crate::addresses;
use crate::node::NodeConfig;
use crate::node::events::Recorder;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client, ResourceExt};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// This program as the node sees it.
pub(crate) const MESHCTL: &str = "/run/meshctl/bin/meshctl";
/// The mesh's other programs as the node sees them.
pub(crate) const PROGRAMS: &str = "/run/meshctl/programs";

/// The node.
#[derive(Debug, Clone)]
pub(crate) struct NodeContext {
    pub(crate) config: NodeConfig,
    pub(crate) client: DebugClient,
    pub(crate) events: Recorder,
}

/// A [`Client`] in structs that can be printed.
#[derive(Clone)]
pub(crate) struct DebugClient(pub(crate) Client);

impl std::fmt::Debug for DebugClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl NodeContext {
    pub(crate) fn address(&self) -> Ipv4Addr {
        addresses::node(self.config.index)
    }

    pub(crate) fn client(&self) -> Client {
        self.client.0.clone()
    }

    pub(crate) fn pods(&self, namespace: &str) -> Api<Pod> {
        Api::namespaced(self.client(), namespace)
    }
}

/// The folder of a pod's volumes.
pub(crate) fn volumes_dir(uid: &str) -> PathBuf {
    Path::new("/var/lib/kubelet/pods").join(uid).join("volumes")
}

/// The folder of a pod's containers.
pub(crate) fn pod_dir(uid: &str) -> PathBuf {
    Path::new("/run/meshctl/pods").join(uid)
}

/// The log of a container's run.
pub(crate) fn log_file(pod: &Pod, container: &str, attempt: u32) -> PathBuf {
    logs_dir(&pod.namespace().unwrap_or_default(), &pod.name_any(), &uid(pod))
        .join(container)
        .join(format!("{attempt}.log"))
}

/// The folder of a pod's logs.
pub(crate) fn logs_dir(namespace: &str, name: &str, uid: &str) -> PathBuf {
    Path::new("/var/log/pods").join(format!("{namespace}_{name}_{uid}"))
}

/// The pod's uid; every stored pod has one.
pub(crate) fn uid(pod: &Pod) -> String {
    pod.metadata.uid.clone().unwrap_or_default()
}
