//! What the mesh knows of a name. (pure)

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;

use crate::state::MeshState;
use crate::state::service::{IpFamilies, Service};
use crate::state::workload::Workload;

/// The family asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A.
    V4,
    /// AAAA.
    V6,
}

impl Family {
    fn holds(self, address: &IpAddr) -> bool {
        (self == Self::V4) == address.is_ipv4()
    }
}

/// What is asked, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Lower-case name without the final dot.
    pub name: &'a str,
    /// Family.
    pub family: Family,
    /// The pod that asks.
    pub client: &'a Workload,
    /// DNS domain of the cluster.
    pub domain: &'a str,
    /// Tie-break between services.
    pub preferred_namespace: Option<&'a str>,
    /// Whether AAAA may have records at all.
    pub ipv6: bool,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Not ours: ask the name servers.
    Forward,
    /// A service of the mesh.
    Records {
        /// The name the addresses belong to, when it is not the one asked for.
        alias: Option<String>,
        /// Addresses of the family, in no order; may be none.
        addresses: Vec<IpAddr>,
    },
}

/// Answers one question.
#[must_use]
pub fn answer(mesh: &MeshState, question: &Question<'_>) -> Answer {
    for candidate in candidates(question) {
        let Some((service, is_wildcard)) = find(mesh, question, &candidate.name) else {
            continue;
        };
        let alias = candidate.stripped.filter(|_| !is_wildcard);
        return Answer::Records {
            alias,
            addresses: addresses(mesh, question, &service),
        };
    }
    Answer::Forward
}

struct Candidate {
    name: String,
    /// The name below which the addresses stand, if a search domain was taken off.
    stripped: Option<String>,
}

fn candidates(question: &Question<'_>) -> Vec<Candidate> {
    let (namespace, domain) = (question.client.namespace(), question.domain);
    let mut all: Vec<Candidate> = Vec::new();
    let mut add = |base: &str, stripped: Option<&str>| {
        let stripped = stripped.map(str::to_owned);
        all.push(Candidate {
            name: base.to_owned(),
            stripped: stripped.clone(),
        });
        for name in expansions(base, namespace, domain) {
            all.push(Candidate {
                name,
                stripped: stripped.clone(),
            });
        }
    };
    add(question.name, None);
    for search in [
        format!("{namespace}.svc.{domain}"),
        format!("svc.{domain}"),
        domain.to_owned(),
    ] {
        let stripped = question
            .name
            .strip_suffix(search.as_str())
            .and_then(|rest| rest.strip_suffix('.'));
        if let Some(stripped) = stripped {
            add(stripped, Some(stripped));
        }
    }
    all
}

/// The names that Kubernetes would make of a short one.
fn expansions(name: &str, namespace: &str, domain: &str) -> Vec<String> {
    let is_service = name.rsplit('.').next() == Some("svc");
    match name.split('.').count() {
        1 => vec![format!("{name}.{namespace}.svc.{domain}")],
        2 => vec![
            format!("{name}.svc.{domain}"),
            format!("{name}.{namespace}.svc.{domain}"),
        ],
        3 if is_service => vec![format!("{name}.{domain}"), format!("{name}.svc.{domain}")],
        3 => vec![format!("{name}.svc.{domain}")],
        4 if is_service => vec![format!("{name}.{domain}")],
        _ => Vec::new(),
    }
}

fn find(mesh: &MeshState, question: &Question<'_>, name: &str) -> Option<(Arc<Service>, bool)> {
    if let Some(service) = best(mesh, question, name) {
        return Some((service, false));
    }
    let mut rest = name;
    while let Some((_, parent)) = rest.split_once('.') {
        if let Some(service) = best(mesh, question, &format!("*.{parent}")) {
            return Some((service, true));
        }
        rest = parent;
    }
    None
}

fn best(mesh: &MeshState, question: &Question<'_>, hostname: &str) -> Option<Arc<Service>> {
    let client = question.client.namespace();
    let suffix = format!(".svc.{}", question.domain);
    mesh.services_of_hostname(hostname)
        .filter(|service| service.is_visible_to(client))
        .filter(|service| !service.vips.is_empty() || service.key.hostname.ends_with(&suffix))
        .min_by_key(|service| {
            let namespace = service.key.namespace.as_str();
            (
                namespace != client,
                !service.canonical,
                question.preferred_namespace != Some(namespace),
            )
        })
        .cloned()
}

fn addresses(mesh: &MeshState, question: &Question<'_>, service: &Service) -> Vec<IpAddr> {
    let allowed = match service.ip_families {
        Some(IpFamilies::V4) => question.family == Family::V4,
        Some(IpFamilies::V6) => question.family == Family::V6,
        Some(IpFamilies::Dual) | None => true,
    };
    if !allowed || (question.family == Family::V6 && !question.ipv6) {
        return Vec::new();
    }
    let network = &question.client.network;
    if service.vips.is_empty() {
        let of = |workload: &Arc<Workload>| {
            workload
                .addresses
                .iter()
                .find(|one| question.family.holds(one))
                .copied()
        };
        return mesh
            .endpoints_of(service)
            .filter(|workload| workload.network == *network)
            .filter_map(of)
            .collect();
    }
    let vips = service
        .vips
        .iter()
        .filter(|vip| vip.network == *network)
        .map(|vip| vip.address);
    vips.filter(|address| question.family.holds(address)).collect()
}
