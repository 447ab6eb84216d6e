//! Whom a connection is about: a pod, a namespace, the pods of a Deployment, a service, an address. (pure)

use super::{End, Event};
use crate::exit::Failure;
use crate::ztunnel::select::ObjectName;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// Kinds whose pods are found by their selector: every spelling, the plural in paths, and the API.
const CONTROLLERS: [(&[&str], &str, &str); 5] = [
    (
        &["deployment", "deployments", "deploy"],
        "deployments",
        "/apis/apps/v1",
    ),
    (&["daemonset", "daemonsets", "ds"], "daemonsets", "/apis/apps/v1"),
    (
        &["statefulset", "statefulsets", "sts"],
        "statefulsets",
        "/apis/apps/v1",
    ),
    (
        &["replicaset", "replicasets", "rs"],
        "replicasets",
        "/apis/apps/v1",
    ),
    (&["job", "jobs"], "jobs", "/apis/batch/v1"),
];

/// Who stands at an end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// Any pod of a namespace.
    Namespace(String),
    /// One pod.
    Pod(Name),
    /// The pods of a Deployment or its like.
    Group(Group),
    /// Who asks for a service by its name or address, or serves as it.
    Service(Name),
    /// Who runs as a service account.
    Account(Name),
    /// An address, or any of a range.
    Address(IpNet),
}

/// A name in a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// Pods that the API is asked for, since only it knows whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Their namespace.
    pub namespace: String,
    /// Where their selector stands: a path in the API; none when the selector itself was given.
    pub owner: Option<String>,
    /// The label selector, once it is known.
    pub selector: String,
    /// Those that belong to it.
    members: BTreeSet<String>,
    /// Those that do not.
    others: BTreeSet<String>,
}

impl Group {
    fn owned(namespace: String, owner: String) -> Self {
        Self {
            owner: Some(owner),
            ..Self::selected(namespace, String::new())
        }
    }

    /// Pods with these labels.
    #[must_use]
    pub fn selected(namespace: String, selector: String) -> Self {
        Self {
            namespace,
            owner: None,
            selector,
            members: BTreeSet::new(),
            others: BTreeSet::new(),
        }
    }

    /// A pod of whom it is not known yet whether it belongs here.
    fn stranger<'a>(&self, end: &'a End) -> Option<&'a str> {
        let name = end.workload.as_deref()?;
        let is_new = end.namespace.as_deref() == Some(&*self.namespace)
            && !self.members.contains(name)
            && !self.others.contains(name);
        is_new.then_some(name)
    }

    /// Takes over what the API says. Pods that are gone stay members: their last events are still to come.
    pub fn learn(&mut self, members: impl IntoIterator<Item = String>, stranger: Option<&str>) {
        for member in members {
            self.others.remove(&member);
            self.members.insert(member);
        }
        if let Some(name) = stranger.filter(|name| !self.members.contains(*name)) {
            self.others.insert(name.to_owned());
        }
    }
}

impl Party {
    /// Reads `NAME`, `NAME.NAMESPACE`, `TYPE/NAME[.NAMESPACE]`, `ns/NAME`, an address or a range.
    ///
    /// # Errors
    /// The type is unknown, or the name is empty (64); the message names the word.
    pub fn parse(word: &str, namespace: &str) -> Result<Self, Failure> {
        if let Some(range) = range(word) {
            return Ok(Self::Address(range));
        }
        let asked = ObjectName::parse(word);
        if asked.name.is_empty() {
            return Err(Failure::usage(format!("`{word}` names nobody")).hint(FORMS));
        }
        let kind = asked.kind.as_deref().unwrap_or("pod").to_ascii_lowercase();
        if matches!(kind.as_str(), "ns" | "namespace" | "namespaces") {
            let (_, name) = word.rsplit_once('/').unwrap_or(("", word));
            return Ok(Self::Namespace(name.to_owned()));
        }
        let namespace = asked.namespace.unwrap_or_else(|| namespace.to_owned());
        let name = Name {
            namespace,
            name: asked.name,
        };
        match kind.as_str() {
            "pod" | "pods" | "po" => Ok(Self::Pod(name)),
            "service" | "services" | "svc" => Ok(Self::Service(name)),
            "serviceaccount" | "serviceaccounts" | "sa" => Ok(Self::Account(name)),
            kind => {
                let known = CONTROLLERS.iter().find(|(words, ..)| words.contains(&kind));
                let (_, plural, api) = known.ok_or_else(|| {
                    Failure::usage(format!("unknown type `{kind}` in `{word}`")).hint(FORMS)
                })?;
                let owner = format!("{api}/namespaces/{}/{plural}/{}", name.namespace, name.name);
                Ok(Self::Group(Group::owned(name.namespace, owner)))
            }
        }
    }

    /// The namespace that the proxies may look for, if there is but one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Namespace(namespace) => Some(namespace),
            Self::Pod(name) => Some(&name.namespace),
            Self::Group(group) => Some(&group.namespace),
            // ends that only bear an identity or an address may be outside of every namespace that proxies know
            Self::Service(_) | Self::Account(_) | Self::Address(_) => None,
        }
    }

    /// The pod that the proxies may look for, if there is but one.
    #[must_use]
    pub fn workload(&self) -> Option<&str> {
        match self {
            Self::Pod(name) => Some(&name.name),
            _ => None,
        }
    }

    /// The pod at an end of the connection of whom the API has to be asked first.
    #[must_use]
    pub fn stranger(&self, event: &Event) -> Option<String> {
        let Self::Group(group) = self else { return None };
        let ends = [&event.source, &event.destination];
        ends.into_iter()
            .find_map(|end| group.stranger(end))
            .map(str::to_owned)
    }

    /// Whether this is the client.
    #[must_use]
    pub fn is_source(&self, event: &Event) -> bool {
        self.is_at(&event.source)
    }

    /// Whether this is the server, or the service that was asked for.
    #[must_use]
    pub fn is_destination(&self, event: &Event) -> bool {
        match self {
            Self::Service(name) => event.service.as_deref().is_some_and(|host| {
                host.strip_prefix(&format!("{}.{}", name.name, name.namespace))
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(".svc."))
            }),
            Self::Address(range) => {
                let target = event.target.as_deref().and_then(ip);
                self.is_at(&event.destination) || target.is_some_and(|ip| range.contains(&ip))
            }
            _ => self.is_at(&event.destination),
        }
    }

    fn is_at(&self, end: &End) -> bool {
        match self {
            Self::Namespace(namespace) => end.namespace.as_deref() == Some(namespace.as_str()),
            Self::Pod(name) => {
                end.namespace.as_deref() == Some(&*name.namespace)
                    && end.workload.as_deref() == Some(&*name.name)
            }
            Self::Group(group) => {
                end.namespace.as_deref() == Some(&*group.namespace)
                    && end
                        .workload
                        .as_deref()
                        .is_some_and(|name| group.members.contains(name))
            }
            Self::Service(_) => false,
            Self::Account(name) => end.identity.as_deref().is_some_and(|identity| {
                identity.ends_with(&format!("/ns/{}/sa/{}", name.namespace, name.name))
            }),
            Self::Address(range) => ip(&end.address).is_some_and(|ip| range.contains(&ip)),
        }
    }
}

const FORMS: &str =
    "write NAME, NAME.NAMESPACE, ns/NAME, deployment/NAME, service/NAME, sa/NAME, or an address";

/// An address or a range of addresses; names never look like one.
fn range(word: &str) -> Option<IpNet> {
    let alone = word.parse::<IpAddr>().ok().map(IpNet::from);
    alone.or_else(|| word.parse().ok())
}

fn ip(address: &str) -> Option<IpAddr> {
    address.parse::<SocketAddr>().ok().map(|address| address.ip())
}
