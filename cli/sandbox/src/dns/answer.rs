//! What a DNS question about the cluster has as its answer (pure).

use crate::addresses::DOMAIN;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME, PTR, SOA, SRV};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::ResourceExt;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::str::FromStr;

/// Short, since services change.
const TTL: u32 = 5;

/// The cluster's names.
#[derive(Debug, Default)]
pub(super) struct Zone {
    addresses: BTreeMap<String, BTreeSet<Ipv4Addr>>,
    aliases: BTreeMap<String, String>,
    ports: BTreeMap<String, BTreeSet<(u16, String)>>,
    names: BTreeMap<Ipv4Addr, String>,
    /// Every name that exists, names above others included.
    existing: BTreeSet<String>,
}

impl Zone {
    /// The zone of these services.
    pub(super) fn new<'a>(
        services: impl Iterator<Item = &'a Service>,
        slices: impl Iterator<Item = &'a EndpointSlice>,
    ) -> Self {
        let mut zone = Self::default();
        let slices: Vec<_> = slices.collect();
        for service in services {
            zone.add(service, &slices);
        }
        let mut existing: BTreeSet<String> = [DOMAIN, &format!("svc.{DOMAIN}"), &format!("pod.{DOMAIN}")]
            .map(str::to_owned)
            .into();
        for name in zone
            .addresses
            .keys()
            .chain(zone.aliases.keys())
            .chain(zone.ports.keys())
        {
            let mut rest = name.as_str();
            while rest.len() > DOMAIN.len() {
                existing.insert(rest.to_owned());
                rest = rest.split_once('.').map_or("", |(_, parent)| parent);
            }
        }
        zone.existing = existing;
        zone
    }

    fn add(&mut self, service: &Service, slices: &[&EndpointSlice]) {
        let (namespace, name) = (service.namespace().unwrap_or_default(), service.name_any());
        let full = format!("{name}.{namespace}.svc.{DOMAIN}");
        let spec = service.spec.clone().unwrap_or_default();
        if let Some(external) = spec
            .external_name
            .filter(|_| spec.type_.as_deref() == Some("ExternalName"))
        {
            self.aliases.insert(full, external);
            return;
        }
        let address = spec.cluster_ip.as_deref().unwrap_or_default();
        if let Ok(address) = address.parse::<Ipv4Addr>() {
            self.addresses.entry(full.clone()).or_default().insert(address);
            self.names.insert(address, full.clone());
            for port in spec.ports.iter().flatten() {
                self.add_port(
                    &full,
                    port.name.as_deref(),
                    port.protocol.as_deref(),
                    (port.port, full.clone()),
                );
            }
            return;
        }
        let own = slices.iter().filter(|slice| {
            slice.namespace().as_deref() == Some(namespace.as_str())
                && slice.labels().get("kubernetes.io/service-name") == Some(&name)
        });
        // a headless service exists also while it has no endpoints
        self.addresses.entry(full.clone()).or_default();
        for slice in own {
            self.add_slice(&full, slice);
        }
    }

    /// The endpoints of a headless service, each with a name of its own.
    fn add_slice(&mut self, service: &str, slice: &EndpointSlice) {
        for endpoint in &slice.endpoints {
            if endpoint
                .conditions
                .as_ref()
                .is_some_and(|conditions| conditions.ready == Some(false))
            {
                continue;
            }
            for address in endpoint
                .addresses
                .iter()
                .filter_map(|text| text.parse::<Ipv4Addr>().ok())
            {
                let host = endpoint
                    .hostname
                    .clone()
                    .unwrap_or_else(|| address.to_string().replace('.', "-"));
                let host = format!("{host}.{service}");
                for name in [service, &host] {
                    self.addresses.entry(name.to_owned()).or_default().insert(address);
                }
                self.names.insert(address, host.clone());
                for port in slice.ports.iter().flatten() {
                    let target = (port.port.unwrap_or(0), host.clone());
                    self.add_port(service, port.name.as_deref(), port.protocol.as_deref(), target);
                }
            }
        }
    }

    fn add_port(&mut self, service: &str, name: Option<&str>, protocol: Option<&str>, target: (i32, String)) {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return;
        };
        let protocol = protocol.unwrap_or("TCP").to_lowercase();
        if let Ok(number) = u16::try_from(target.0) {
            self.ports
                .entry(format!("_{name}._{protocol}.{service}"))
                .or_default()
                .insert((number, target.1));
        }
    }

    /// The whole answer to a query.
    pub(super) fn answer(&self, query: &Message) -> Message {
        let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
        answer.metadata.recursion_desired = query.metadata.recursion_desired;
        answer.metadata.recursion_available = true;
        answer.metadata.authoritative = true;
        let Some(question) = query.queries.first() else {
            answer.metadata.response_code = ResponseCode::FormErr;
            return answer;
        };
        answer.add_query(question.clone());
        let name = question
            .name()
            .to_ascii()
            .trim_end_matches('.')
            .to_ascii_lowercase();
        let records = self.find(&name, question.query_type());
        match records {
            Some(records) => {
                for data in records {
                    answer.add_answer(Record::from_rdata(question.name().clone(), TTL, data));
                }
            }
            None => answer.metadata.response_code = ResponseCode::NXDomain,
        }
        if answer.answers.is_empty() {
            answer.authorities.extend(authority());
        }
        answer
    }

    /// The records of a name; `None` when there is no such name.
    fn find(&self, name: &str, kind: RecordType) -> Option<Vec<RData>> {
        if let Some(reverse) = name.strip_suffix(".in-addr.arpa") {
            let parts: Vec<_> = reverse.split('.').rev().collect();
            let address: Ipv4Addr = parts.join(".").parse().ok()?;
            let target = Name::from_str(&format!("{}.", self.names.get(&address)?)).ok()?;
            return Some(if kind == RecordType::PTR {
                vec![RData::PTR(PTR(target))]
            } else {
                Vec::new()
            });
        }
        if let Some(external) = self.aliases.get(name) {
            let target = Name::from_str(&format!("{}.", external.trim_end_matches('.'))).ok()?;
            return Some(vec![RData::CNAME(CNAME(target))]);
        }
        if let Some(address) = pod_address(name) {
            return Some(if kind == RecordType::A {
                vec![RData::A(A(address))]
            } else {
                Vec::new()
            });
        }
        if !self.existing.contains(name) {
            return None;
        }
        Some(match kind {
            RecordType::A => self
                .addresses
                .get(name)
                .into_iter()
                .flatten()
                .map(|address| RData::A(A(*address)))
                .collect(),
            RecordType::SRV => {
                let target = |(port, host): &(u16, String)| {
                    Some(RData::SRV(SRV::new(
                        0,
                        100,
                        *port,
                        Name::from_str(&format!("{host}.")).ok()?,
                    )))
                };
                self.ports
                    .get(name)
                    .into_iter()
                    .flatten()
                    .filter_map(target)
                    .collect()
            }
            _ => Vec::new(),
        })
    }
}

/// `10-244-1-2.shop.pod.cluster.local` is what it says.
fn pod_address(name: &str) -> Option<Ipv4Addr> {
    let rest = name.strip_suffix(DOMAIN)?.strip_suffix(".pod.")?;
    rest.split_once('.')?.0.replace('-', ".").parse().ok()
}

/// The record that says how long "does not exist" holds.
fn authority() -> Option<Record> {
    let zone = Name::from_str(&format!("{DOMAIN}.")).ok()?;
    let server = Name::from_str(&format!("ns.dns.{DOMAIN}.")).ok()?;
    let mail = Name::from_str(&format!("hostmaster.{DOMAIN}.")).ok()?;
    Some(Record::from_rdata(
        zone,
        TTL,
        RData::SOA(SOA::new(server, mail, 1, 7200, 1800, 86400, TTL)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn zone() -> Zone {
        let service = |value| serde_json::from_value::<Service>(value).unwrap();
        let services = [
            service(json!({"metadata": {"name": "web", "namespace": "shop"},
                "spec": {"clusterIP": "10.96.1.1", "ports": [{"name": "http", "port": 80}]}})),
            service(json!({"metadata": {"name": "db", "namespace": "shop"}, "spec": {"clusterIP": "None"}})),
            service(json!({"metadata": {"name": "out", "namespace": "shop"},
                "spec": {"type": "ExternalName", "externalName": "example.org"}})),
        ];
        let slice: EndpointSlice = serde_json::from_value(json!({
            "metadata": {"name": "db-0", "namespace": "shop", "labels": {"kubernetes.io/service-name": "db"}},
            "addressType": "IPv4", "endpoints": [{"addresses": ["10.244.1.5"], "hostname": "db-0"}], "ports": [],
        }))
        .unwrap();
        Zone::new(services.iter(), std::iter::once(&slice))
    }

    #[track_caller]
    fn check(name: &str, kind: RecordType, expected: Option<&[&str]>) {
        let found = zone()
            .find(name, kind)
            .map(|records| records.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(
            found,
            expected.map(|list| list.iter().map(|text| (*text).to_owned()).collect())
        );
    }

    #[test]
    fn services_headless_ones_and_pods_have_addresses() {
        check("web.shop.svc.cluster.local", RecordType::A, Some(&["10.96.1.1"]));
        check("db.shop.svc.cluster.local", RecordType::A, Some(&["10.244.1.5"]));
        check(
            "db-0.db.shop.svc.cluster.local",
            RecordType::A,
            Some(&["10.244.1.5"]),
        );
        check(
            "10-244-1-9.shop.pod.cluster.local",
            RecordType::A,
            Some(&["10.244.1.9"]),
        );
        check(
            "_http._tcp.web.shop.svc.cluster.local",
            RecordType::SRV,
            Some(&["0 100 80 web.shop.svc.cluster.local."]),
        );
        check(
            "1.1.96.10.in-addr.arpa",
            RecordType::PTR,
            Some(&["web.shop.svc.cluster.local."]),
        );
        check(
            "out.shop.svc.cluster.local",
            RecordType::A,
            Some(&["example.org."]),
        );
    }

    #[test]
    fn a_name_without_such_a_record_is_empty_and_any_other_does_not_exist() {
        check("web.shop.svc.cluster.local", RecordType::AAAA, Some(&[]));
        check("shop.svc.cluster.local", RecordType::A, Some(&[]));
        check("nobody.shop.svc.cluster.local", RecordType::A, None);
        check("example.org", RecordType::A, None);
    }
}
