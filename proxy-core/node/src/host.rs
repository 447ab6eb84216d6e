//! The rules and address sets of the node itself: kubelet probes pass uncaptured (inpod-zds.md C.3).

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use mesh_sys::netns::{NamespaceId, NetNamespace, NetnsError};

use crate::inside::{InsideError, inside};
use crate::redirect::nft::{self, Applied};
use crate::redirect::{self, Families, ProbeAddresses, RuleSet, probes};

/// The node's network namespace and what it is to hold.
#[derive(Debug, Clone)]
pub struct Host {
    namespace: NetNamespace,
    rules: RuleSet,
}

impl Host {
    /// The rules for probes of a kubelet that runs as `uid`.
    #[must_use]
    pub fn new(namespace: NetNamespace, probes: &ProbeAddresses, families: Families, uid: u32) -> Self {
        Self {
            namespace,
            rules: redirect::host(probes, families, uid),
        }
    }

    /// Which namespace it is.
    #[must_use]
    pub fn id(&self) -> NamespaceId {
        self.namespace.id()
    }

    /// Its handle.
    #[must_use]
    pub fn namespace(&self) -> &NetNamespace {
        &self.namespace
    }

    /// Writes rules and sets where they are missing; entries of the sets stay.
    pub async fn apply(&self) -> Result<Applied, InsideError> {
        let rules = self.rules.clone();
        inside(&self.namespace, move || nft::apply_host(&rules)).await
    }

    /// Enters a pod's addresses.
    pub async fn admit(&self, uid: &str, addresses: &[IpAddr]) -> Result<(), InsideError> {
        let (uid, addresses) = (uid.to_owned(), addresses.to_vec());
        inside(&self.namespace, move || probes::upsert(&uid, &addresses)).await
    }

    /// Takes a pod's addresses out, unless another pod has taken them over.
    pub async fn dismiss(&self, uid: &str) -> Result<(), InsideError> {
        let uid = uid.to_owned();
        inside(&self.namespace, move || probes::remove(&uid)).await
    }

    /// What the sets hold.
    pub async fn entries(&self) -> Result<BTreeMap<IpAddr, String>, InsideError> {
        inside(&self.namespace, probes::list).await
    }

    /// Takes out every entry whose pod is not among `wanted`.
    pub async fn prune(&self, wanted: std::collections::BTreeSet<String>) -> Result<usize, InsideError> {
        inside(&self.namespace, move || probes::prune(|uid| wanted.contains(uid))).await
    }

    /// Takes rules and sets away.
    pub async fn remove(&self) -> Result<(), InsideError> {
        inside(&self.namespace, nft::remove).await
    }
}

/// The network namespace that the node's first process is in.
pub fn namespace(proc: &Path, is_entered: bool) -> Result<NetNamespace, NetnsError> {
    if is_entered {
        NetNamespace::open(proc.join("1/ns/net"))
    } else {
        NetNamespace::current()
    }
}

/// The user that the kubelet runs as; 0 where no process has its name (it may be a thread of another one).
#[must_use]
pub fn kubelet_user(proc: &Path) -> u32 {
    let processes = fs::read_dir(proc).into_iter().flatten().flatten();
    for folder in processes.map(|entry| entry.path()) {
        let name = fs::read_to_string(folder.join("comm")).unwrap_or_default();
        if !matches!(name.trim_end(), "kubelet" | "kubelite") {
            continue;
        }
        let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
        if let Some(uid) = line.and_then(|rest| rest.split_ascii_whitespace().nth(1)?.parse().ok()) {
            return uid;
        }
    }
    0
}
