//! Finds the network namespace of a pod among the node's processes (cni-agent.md 8.3).
//!
//! First by the control groups of its processes; where those do not tell, by the pod's address: the one namespace that
//! holds it. Nothing is kept open but what is returned.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use mesh_sys::netns::{NamespaceId, NetNamespace, NetnsError};

/// Why there is no namespace for a pod.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The process file system cannot be read.
    #[error("cannot read the node's processes in {}", path.display())]
    Processes {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No process and no address belong to it.
    #[error("no network namespace belongs to the pod")]
    None,
    /// The address is not enough to tell.
    #[error("{0} network namespaces hold the pod's address")]
    Ambiguous(usize),
    /// The namespace cannot be used.
    #[error("cannot use the network namespace that was found")]
    Open(#[source] NetnsError),
    /// It is the node's, or the agent's.
    #[error("the network namespace is not the pod's but that of the {0}")]
    NotPods(&'static str),
    /// It holds none of the pod's addresses (security.md N4).
    #[error("the network namespace {id} holds none of the pod's addresses")]
    Foreign {
        /// Which one.
        id: NamespaceId,
    },
}

/// Where to look, and what never counts.
#[derive(Debug, Clone)]
pub struct Finder {
    /// The node's process file system.
    pub proc: PathBuf,
    /// The folder where runtimes mount namespaces.
    pub mounts: PathBuf,
    /// The node's own namespace.
    pub host: NamespaceId,
    /// The agent's own namespace.
    pub own: NamespaceId,
}

/// A namespace as seen through one process or mount.
#[derive(Debug, Clone)]
struct Candidate {
    path: PathBuf,
    pods: BTreeSet<String>,
    started: u64,
    addresses: BTreeSet<IpAddr>,
}

/// The node's namespaces at one moment.
#[derive(Debug, Clone, Default)]
pub struct Census(BTreeMap<(u64, u64), Candidate>);

impl Finder {
    /// Looks at every process and mount once.
    pub fn census(&self) -> Result<Census, FindError> {
        let mut found: BTreeMap<(u64, u64), Candidate> = BTreeMap::new();
        let processes = fs::read_dir(&self.proc).map_err(|source| FindError::Processes {
            path: self.proc.clone(),
            source,
        })?;
        for folder in processes
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| is_process(path))
        {
            // processes end while we look
            let _ = self.process(&folder, &mut found);
        }
        for mount in fs::read_dir(&self.mounts).into_iter().flatten().flatten() {
            self.mount(&mount.path(), &mut found);
        }
        Ok(Census(found))
    }

    fn process(&self, folder: &Path, found: &mut BTreeMap<(u64, u64), Candidate>) -> Option<()> {
        let path = folder.join("ns/net");
        let meta = fs::metadata(&path).ok()?;
        if meta.ino() == self.host.inode || meta.ino() == self.own.inode {
            return None;
        }
        let cgroups = fs::read_to_string(folder.join("cgroup")).unwrap_or_default();
        let started = started(&fs::read_to_string(folder.join("stat")).ok()?)?;
        let known = found
            .entry((meta.dev(), meta.ino()))
            .or_insert_with(|| Candidate {
                addresses: addresses(&folder.join("net")),
                path: path.clone(),
                pods: BTreeSet::new(),
                started,
            });
        known.pods.extend(pods_in(&cgroups));
        if started < known.started {
            // the older process speaks for the namespace
            known.started = started;
            known.path = path;
        }
        Some(())
    }

    /// A namespace that only a mount holds; its addresses are read from inside.
    fn mount(&self, path: &Path, found: &mut BTreeMap<(u64, u64), Candidate>) {
        let Ok(namespace) = NetNamespace::open(path) else {
            return;
        };
        let id = namespace.id();
        if id == self.host || id == self.own || found.contains_key(&(id.device, id.inode)) {
            return;
        }
        let addresses = namespace.run(own_addresses).unwrap_or_default();
        let candidate = Candidate {
            path: path.to_owned(),
            pods: BTreeSet::new(),
            started: 0,
            addresses,
        };
        found.insert((id.device, id.inode), candidate);
    }

    /// The namespace of a pod.
    pub fn find(&self, census: &Census, uid: &str, addresses: &[IpAddr]) -> Result<NetNamespace, FindError> {
        let (_, chosen) = census.choose(uid, addresses)?;
        let namespace = NetNamespace::open(&chosen.path).map_err(FindError::Open)?;
        self.check(&namespace, addresses)?;
        Ok(namespace)
    }

    /// Whether a namespace may be the pod's at all; blocks for a moment.
    pub fn check(&self, namespace: &NetNamespace, addresses: &[IpAddr]) -> Result<(), FindError> {
        if namespace.id() == self.host {
            return Err(FindError::NotPods("node"));
        }
        if namespace.id() == self.own {
            return Err(FindError::NotPods("node agent"));
        }
        if addresses.is_empty() {
            return Ok(());
        }
        let present = namespace.run(own_addresses).map_err(FindError::Open)?;
        if addresses.iter().any(|address| present.contains(address)) {
            return Ok(());
        }
        Err(FindError::Foreign { id: namespace.id() })
    }
}

impl Candidate {
    fn holds(&self, addresses: &[IpAddr]) -> bool {
        addresses.iter().any(|address| self.addresses.contains(address))
    }
}

impl Census {
    /// Which namespace is the pod's, if that can be told.
    #[must_use]
    pub fn locate(&self, uid: &str, addresses: &[IpAddr]) -> Option<NamespaceId> {
        let ((device, inode), _) = self.choose(uid, addresses).ok()?;
        Some(NamespaceId { device, inode })
    }

    fn choose(&self, uid: &str, addresses: &[IpAddr]) -> Result<((u64, u64), &Candidate), FindError> {
        let all = || self.0.iter().map(|(id, one)| (*id, one));
        let fits = |one: &Candidate| addresses.is_empty() || one.holds(addresses);
        let named = all().filter(|(_, one)| one.pods.contains(uid) && fits(one));
        if let Some(oldest) = named.min_by_key(|(_, one)| one.started) {
            return Ok(oldest);
        }
        // a namespace whose processes name other pods belongs to those
        let holds = |one: &Candidate| one.holds(addresses) && one.pods.iter().all(|pod| pod == uid);
        let holders: Vec<_> = all().filter(|(_, one)| holds(one)).collect();
        match holders.as_slice() {
            [] => Err(FindError::None),
            [only] => Ok(*only),
            several => Err(FindError::Ambiguous(several.len())),
        }
    }
}

fn is_process(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The pods that a process's control groups name: `pod` and a uid, its dashes kept or made underscores.
fn pods_in(cgroups: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let is_uid = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'_');
    for (index, _) in cgroups.match_indices("pod") {
        let rest = &cgroups[index + 3..];
        let length = rest.bytes().take_while(|byte| is_uid(byte)).count();
        if length == 36 || length == 32 {
            found.insert(rest[..length].replace('_', "-"));
        }
    }
    found
}

/// When a process started, in ticks since boot: the twenty-second field, the twentieth after the name.
fn started(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// The addresses of the calling thread's network namespace.
#[must_use]
pub fn own_addresses() -> BTreeSet<IpAddr> {
    addresses(Path::new("/proc/thread-self/net"))
}

/// The local addresses that a `net` folder of the process file system shows; loopback does not count.
fn addresses(folder: &Path) -> BTreeSet<IpAddr> {
    let tree = fs::read_to_string(folder.join("fib_trie")).unwrap_or_default();
    let list = fs::read_to_string(folder.join("if_inet6")).unwrap_or_default();
    let v4 = local_v4(&tree).into_iter().map(IpAddr::V4);
    let v6 = list.lines().filter_map(interface_v6).map(IpAddr::V6);
    v4.chain(v6).filter(|address| !address.is_loopback()).collect()
}

/// Leaves of the tree that are the host's own.
fn local_v4(tree: &str) -> BTreeSet<Ipv4Addr> {
    let mut found = BTreeSet::new();
    let mut leaf: Option<Ipv4Addr> = None;
    for line in tree.lines().map(str::trim_start) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse().ok();
        } else if line.starts_with("/32 host LOCAL") {
            found.extend(leaf);
        }
    }
    found
}

fn interface_v6(line: &str) -> Option<Ipv6Addr> {
    let digits = line
        .split_ascii_whitespace()
        .next()
        .filter(|digits| digits.len() == 32)?;
    u128::from_str_radix(digits, 16).ok().map(Ipv6Addr::from_bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UID: &str = "0f2c1d3e-1111-2222-3333-444455556666";

    #[test]
    fn uids_are_found_in_every_form_of_control_group() {
        for line in [
            format!("0::/kubepods/besteffort/pod{UID}/abc"),
            format!(
                "0::/kubepods.slice/kubepods-pod{}.slice/cri-1.scope",
                UID.replace('-', "_")
            ),
            format!("5:cpu:/kubepods/pod{UID}\n4:memory:/kubepods/pod{UID}"),
        ] {
            assert_eq!(pods_in(&line), [UID.to_owned()].into(), "{line}");
        }
        assert!(pods_in("0::/kubepods.slice/podman-12.scope").is_empty());
    }

    #[test]
    fn local_addresses_are_the_leaves_of_the_host() {
        let tree = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n\
                    \x20    |-- 10.244.1.2\n        /32 host LOCAL\n     |-- 10.244.1.0\n        /24 link UNICAST\n\
                    \x20    |-- 127.0.0.1\n        /32 host LOCAL\n";
        assert_eq!(
            local_v4(tree),
            ["10.244.1.2".parse().unwrap(), "127.0.0.1".parse().unwrap()].into()
        );
        let line = "fd000000000000000000000000000002 02 40 00 80     eth0";
        assert_eq!(interface_v6(line), Some("fd00::2".parse().unwrap()));
    }

    fn candidate(path: &str, pods: &[&str], started: u64, addresses: &[&str]) -> Candidate {
        Candidate {
            path: path.into(),
            pods: pods.iter().map(|pod| (*pod).to_owned()).collect(),
            started,
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        }
    }

    #[track_caller]
    fn check(candidates: &[Candidate], addresses: &[&str], expected: Result<&str, &str>) {
        let census = Census(
            candidates
                .iter()
                .cloned()
                .enumerate()
                .map(|(index, one)| ((0, index as u64), one))
                .collect(),
        );
        let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let chosen = census.choose(UID, &addresses).map_err(|error| error.to_string());
        assert_eq!(
            chosen.map(|(_, one)| one.path.to_str().unwrap()),
            expected.map_err(str::to_owned)
        );
    }

    #[test]
    fn control_groups_decide_and_the_oldest_process_wins() {
        let old = candidate("/proc/7", &[UID], 10, &["10.0.0.2"]);
        let young = candidate("/proc/9", &[UID], 20, &["10.0.0.2"]);
        check(&[young.clone(), old.clone()], &["10.0.0.2"], Ok("/proc/7"));
        check(&[young, old], &[], Ok("/proc/7"));
    }

    #[test]
    fn a_namespace_without_the_pods_address_is_not_the_pods() {
        // security N4
        let other = candidate("/proc/7", &[UID], 10, &["10.0.0.9"]);
        check(
            std::slice::from_ref(&other),
            &["10.0.0.2"],
            Err("no network namespace belongs to the pod"),
        );
        let bare = candidate("/proc/9", &[], 20, &["10.0.0.2"]);
        check(&[other, bare], &["10.0.0.2"], Ok("/proc/9"));
    }

    #[test]
    fn an_address_alone_decides_only_when_it_is_unique_and_nobody_elses() {
        // decision 14
        let bare = candidate("/proc/9", &[], 20, &["10.0.0.2", "fd00::2"]);
        check(std::slice::from_ref(&bare), &["fd00::2"], Ok("/proc/9"));
        check(
            &[bare.clone(), bare],
            &["10.0.0.2"],
            Err("2 network namespaces hold the pod's address"),
        );
        let others = candidate("/proc/8", &["another-pod"], 20, &["10.0.0.2"]);
        check(
            &[others],
            &["10.0.0.2"],
            Err("no network namespace belongs to the pod"),
        );
    }

    proptest! {
        #[test]
        fn foreign_text_never_panics(text in "\\PC{0,200}") {
            let _ = (pods_in(&text), started(&text), local_v4(&text), interface_v6(&text));
        }
    }
}
