//! The rules and address sets of the node itself: kubelet probes pass uncaptured (inpod-zds.md C.3).

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use mesh_sys::netlink::Protocol;
use mesh_sys::netns::{NamespaceId, NetNamespace, NetnsError};

use crate::inside::{InsideError, inside};
use crate::redirect::netlink::{Netlink, NetlinkError};
use crate::redirect::nft::{self, Applied};
use crate::redirect::writer::WriteError;
use crate::redirect::{self, Families, ProbeAddresses, RuleSet, branch, probes};

/// The node's network namespace and what it is to hold.
///
/// One socket serves for its whole life: the kernel makes whoever closes one wait after elements were removed, and
/// everybody else of this namespace with him.
#[derive(Debug, Clone)]
pub struct Host {
    namespace: NetNamespace,
    rules: RuleSet,
    /// The user that the kubelet runs as, and whether pods behind branch interfaces are looked for.
    kubelet: (u32, Branches),
    kernel: Arc<Mutex<Option<Sockets>>>,
}

/// Whether pods may be behind a branch interface (cni-agent.md 10.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branches {
    /// Their probes are kept on the pair of interfaces.
    Found,
    /// Nobody looks.
    Ignored,
}

/// What the kernel is asked over.
#[derive(Debug)]
struct Sockets {
    filter: Netlink,
    routing: Netlink,
}

impl Sockets {
    fn open() -> Result<Self, NetlinkError> {
        Ok(Self {
            filter: nft::open()?,
            routing: Netlink::open(Protocol::Route)?,
        })
    }
}

impl Host {
    /// The rules for probes of a kubelet that runs as this user.
    #[must_use]
    pub fn new(
        namespace: NetNamespace,
        probes: &ProbeAddresses,
        families: Families,
        kubelet: (u32, Branches),
    ) -> Self {
        Self {
            namespace,
            rules: redirect::host(probes, families, kubelet.0),
            kubelet,
            kernel: Arc::default(),
        }
    }

    /// Asks the kernel, over the socket that is there. After a failure nobody knows what still comes over it.
    async fn ask<T, F>(&self, job: F) -> Result<T, InsideError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Sockets) -> Result<T, NetlinkError> + Send + 'static,
    {
        let (namespace, kernel) = (self.namespace.clone(), self.kernel.clone());
        let asked = tokio::task::spawn_blocking(move || {
            let mut kept = kernel.lock().unwrap_or_else(PoisonError::into_inner);
            let mut kernel = match kept.take() {
                Some(kernel) => kernel,
                None => namespace
                    .run(Sockets::open)
                    .map_err(InsideError::Enter)?
                    .map_err(WriteError::from)?,
            };
            let answer = job(&mut kernel).map_err(WriteError::from)?;
            *kept = Some(kernel);
            Ok(answer)
        });
        asked.await.map_err(|_| InsideError::Stopping)?
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
        self.ask(move |kernel| nft::apply_host_over(&mut kernel.filter, &rules))
            .await
    }

    /// Enters a pod's addresses.
    pub async fn admit(&self, uid: &str, addresses: &[IpAddr]) -> Result<(), InsideError> {
        let (uid, addresses) = (uid.to_owned(), addresses.to_vec());
        let (kubelet, branches) = self.kubelet;
        self.ask(move |kernel| {
            probes::upsert_over(&mut kernel.filter, &uid, &addresses)?;
            if branches == Branches::Found {
                for address in addresses {
                    branch::keep(&mut kernel.routing, address, kubelet)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Takes a pod's addresses out, unless another pod has taken them over.
    pub async fn dismiss(&self, uid: &str) -> Result<(), InsideError> {
        let uid = uid.to_owned();
        self.ask(move |kernel| {
            let gone = probes::remove_over(&mut kernel.filter, &uid)?;
            forget_branches(kernel, &gone)
        })
        .await
    }

    /// Takes these addresses out, of a pod that has no others there.
    pub async fn dismiss_known(&self, uid: &str, addresses: &[IpAddr]) -> Result<(), InsideError> {
        let (uid, addresses) = (uid.to_owned(), addresses.to_vec());
        self.ask(move |kernel| {
            let gone = probes::remove_some(&mut kernel.filter, &uid, &addresses)?;
            forget_branches(kernel, &gone)
        })
        .await
    }

    /// What the sets hold.
    pub async fn entries(&self) -> Result<BTreeMap<IpAddr, String>, InsideError> {
        self.ask(|kernel| probes::list_over(&mut kernel.filter)).await
    }

    /// Takes out every entry whose pod is not among `wanted`.
    pub async fn prune(&self, wanted: std::collections::BTreeSet<String>) -> Result<usize, InsideError> {
        self.ask(move |kernel| {
            let gone = probes::prune_over(&mut kernel.filter, |uid| wanted.contains(uid))?;
            forget_branches(kernel, &gone)?;
            Ok(gone.len())
        })
        .await
    }

    /// Takes rules and sets away.
    pub async fn remove(&self) -> Result<(), InsideError> {
        self.ask(|kernel| branch::clear(&mut kernel.routing)).await?;
        inside(&self.namespace, nft::remove).await
    }
}

/// An address that is not exempt any more needs no way of its own.
fn forget_branches(kernel: &mut Sockets, gone: &[IpAddr]) -> Result<(), NetlinkError> {
    gone.iter()
        .try_for_each(|address| branch::forget(&mut kernel.routing, *address))
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
