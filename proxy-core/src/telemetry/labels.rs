//! Label sets of connections and queries, in the field's order (`spec/proxy-ops.md` §6).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arcstr::ArcStr;
use mesh_wire::identity::Identity;
use prometheus_client::encoding::{EncodeLabel, EncodeLabelSet, LabelSetEncoder};

use crate::telemetry::{Facts, Flag, Side};

/// Stands for all that there is no room for.
const OTHER: ArcStr = arcstr::literal!("other");

/// The labels of one kind of traffic, without the final flag. Cheap to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficLabels {
    pairs: Arc<[(&'static str, ArcStr)]>,
    hash: u64,
    flag: Flag,
}

impl Hash for TrafficLabels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
        self.flag.hash(state);
    }
}

struct SideLabels {
    workload: ArcStr,
    service: ArcStr,
    revision: ArcStr,
    namespace: ArcStr,
    app: ArcStr,
    cluster: ArcStr,
    region: ArcStr,
    zone: ArcStr,
}

fn or_unknown(text: &str) -> ArcStr {
    if text.is_empty() {
        arcstr::literal!("unknown")
    } else {
        ArcStr::from(text)
    }
}

fn side(side: &Side) -> SideLabels {
    match side {
        Side::Known(workload) => SideLabels {
            workload: or_unknown(&workload.labels.workload_name),
            service: or_unknown(&workload.labels.canonical_name),
            revision: or_unknown(&workload.labels.canonical_revision),
            namespace: or_unknown(workload.namespace()),
            app: or_unknown(&workload.labels.canonical_name),
            cluster: or_unknown(&workload.cluster_id),
            region: or_unknown(&workload.locality.region),
            zone: or_unknown(&workload.locality.zone),
        },
        Side::Told(baggage) => SideLabels {
            workload: or_unknown(&baggage.workload_name),
            service: or_unknown(&baggage.service_name),
            revision: or_unknown(&baggage.service_version),
            namespace: or_unknown(&baggage.namespace),
            app: or_unknown(&baggage.workload_name),
            cluster: or_unknown(&baggage.cluster),
            region: or_unknown(&baggage.region),
            zone: or_unknown(&baggage.zone),
        },
        Side::Unknown => side_unknown(),
    }
}

fn side_unknown() -> SideLabels {
    let unknown = || arcstr::literal!("unknown");
    SideLabels {
        workload: unknown(),
        service: unknown(),
        revision: unknown(),
        namespace: unknown(),
        app: unknown(),
        cluster: unknown(),
        region: unknown(),
        zone: unknown(),
    }
}

impl TrafficLabels {
    /// The labels of a connection, in the order of the field.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        let (from, to) = (side(&facts.source), side(&facts.destination));
        let text =
            |identity: Option<&Identity>| identity.map_or_else(|| or_unknown(""), |id| id.uri().clone());
        let owner = match &facts.destination {
            Side::Known(workload) => Some(&workload.identity),
            _ => facts.destination_identity.as_ref(),
        };
        let service = facts.service.as_deref();
        let mut pairs: Vec<(&'static str, ArcStr)> = vec![
            ("reporter", facts.reporter.as_str().into()),
            ("source_workload", from.workload),
            ("source_canonical_service", from.service),
            ("source_canonical_revision", from.revision.clone()),
            ("source_workload_namespace", from.namespace),
            ("source_principal", text(facts.source_identity.as_ref())),
            ("source_app", from.app),
            ("source_version", from.revision),
            ("source_cluster", from.cluster),
            (
                "destination_service",
                or_unknown(service.map_or("", |one| &one.key.hostname)),
            ),
            (
                "destination_service_namespace",
                or_unknown(service.map_or("", |one| &one.key.namespace)),
            ),
            (
                "destination_service_name",
                or_unknown(service.map_or("", |one| &one.name)),
            ),
            ("destination_workload", to.workload),
            ("destination_canonical_service", to.service),
            ("destination_canonical_revision", to.revision.clone()),
            ("destination_workload_namespace", to.namespace),
            ("destination_principal", text(owner)),
            ("destination_app", to.app),
            ("destination_version", to.revision),
            ("destination_cluster", to.cluster),
        ];
        let security = if facts.is_mutual_tls() {
            "mutual_tls"
        } else {
            "unknown"
        };
        pairs.extend([("request_protocol", "tcp".into()), ("response_flags", "-".into())]);
        pairs.push(("connection_security_policy", security.into()));
        let known = |side: &Side| !matches!(side, Side::Unknown);
        if known(&facts.source) || known(&facts.destination) {
            pairs.extend([("source_region", from.region), ("source_zone", from.zone)]);
            pairs.extend([("destination_region", to.region), ("destination_zone", to.zone)]);
        }
        Self::from_pairs(pairs, Flag::Ok)
    }

    /// The one set for all traffic that there is no room for (`security.md` M5); it keeps what has few values.
    pub(super) fn other(&self) -> Self {
        const FEW_VALUES: [&str; 4] = [
            "reporter",
            "request_protocol",
            "response_flags",
            "connection_security_policy",
        ];
        let blurred = |(name, value): &(&'static str, ArcStr)| {
            let few = FEW_VALUES.contains(name);
            (*name, if few { value.clone() } else { OTHER })
        };
        Self::from_pairs(self.pairs.iter().map(blurred).collect(), self.flag)
    }

    fn from_pairs(pairs: Vec<(&'static str, ArcStr)>, flag: Flag) -> Self {
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        pairs.hash(&mut hasher);
        Self {
            pairs: pairs.into(),
            hash: hasher.finish(),
            flag,
        }
    }

    pub(super) fn with(&self, flag: Flag) -> Self {
        Self { flag, ..self.clone() }
    }
}

impl EncodeLabelSet for TrafficLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        for (name, value) in self.pairs.iter() {
            let value = if *name == "response_flags" {
                self.flag.as_str()
            } else {
                value.as_str()
            };
            (*name, value).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}

/// Labels of one DNS query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DnsLabels {
    /// Query type, lower case.
    pub query_type: String,
    /// `udp` or `tcp`.
    pub protocol: &'static str,
    /// The client.
    pub service: ArcStr,
    /// The client's revision.
    pub revision: ArcStr,
}

impl DnsLabels {
    /// The one set for all questions that there is no room for.
    pub(super) fn other(&self) -> Self {
        Self {
            query_type: OTHER.to_string(),
            protocol: self.protocol,
            service: OTHER,
            revision: OTHER,
        }
    }
}

impl EncodeLabelSet for DnsLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        ("request_query_type", self.query_type.as_str()).encode(encoder.encode_label())?;
        ("request_protocol", self.protocol).encode(encoder.encode_label())?;
        ("source_canonical_service", or_unknown(&self.service).as_str()).encode(encoder.encode_label())?;
        ("source_canonical_revision", or_unknown(&self.revision).as_str()).encode(encoder.encode_label())
    }
}
