//! Namespace → what its objects inherit from it.

use k8s_openapi::api::core::v1::{Namespace, Node};

use super::text;
use super::waypoint::Asks;
use crate::model::{Labels, Locality};

const CONTROL_PLANES: &str = "topology.istio.io/controlPlaneClusters";

/// What of a namespace matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceFacts {
    /// For selectors, network and inherited settings.
    pub labels: Labels,
    /// Annotation `networking.istio.io/traffic-distribution`.
    pub traffic_distribution: Option<String>,
    /// Waypoint labels that its objects inherit.
    pub asks: Option<Box<Asks>>,
    /// Clusters whose control planes distribute roots here, as the system namespace of another cluster names them.
    pub control_planes: Option<Box<str>>,
    /// No root bundle is written into a namespace that is going away.
    pub is_terminating: bool,
}

impl NamespaceFacts {
    /// Trims the object.
    #[must_use]
    pub fn of(object: &Namespace) -> Self {
        let meta = &object.metadata;
        Self {
            labels: meta.labels.clone().unwrap_or_default(),
            traffic_distribution: text::annotation(meta, text::TRAFFIC_DISTRIBUTION).map(str::to_owned),
            asks: Asks::of(meta),
            control_planes: text::annotation(meta, CONTROL_PLANES).map(Box::from),
            is_terminating: meta.deletion_timestamp.is_some(),
        }
    }
}

/// What of a node matters: only its locality, so that heartbeats change nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeFacts {
    /// What its labels give to its pods.
    pub locality: Option<Locality>,
}

impl NodeFacts {
    /// Trims the object.
    #[must_use]
    pub fn of(node: &Node) -> Self {
        Self {
            locality: locality(node),
        }
    }
}

fn locality(node: &Node) -> Option<Locality> {
    let part = |key| text::label(&node.metadata, key).unwrap_or_default().to_owned();
    Locality {
        region: part("topology.kubernetes.io/region"),
        zone: part("topology.kubernetes.io/zone"),
        subzone: part("topology.istio.io/subzone"),
    }
    .known()
}
