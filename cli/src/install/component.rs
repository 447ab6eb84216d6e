//! The parts that are installed, in their order. (pure)

use serde_json::Value;

/// One part of the mesh: a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// Definitions and the default validation.
    Base,
    /// The control plane.
    Pilot,
    /// Node agent and CNI plugin.
    Cni,
    /// The node proxy.
    Ztunnel,
}

impl Component {
    /// All of them, in the order they are applied.
    pub const ALL: [Self; 4] = [Self::Base, Self::Pilot, Self::Cni, Self::Ztunnel];

    /// The chart's name.
    #[must_use]
    pub fn chart(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Pilot => "istiod",
            Self::Cni => "cni",
            Self::Ztunnel => "ztunnel",
        }
    }

    /// The component of a chart of this name.
    #[must_use]
    pub fn of_chart(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.chart() == name)
    }

    /// The name of the Helm release and of the Argo application.
    #[must_use]
    pub fn release(self) -> &'static str {
        match self {
            Self::Base => "istio-base",
            Self::Pilot => "istiod",
            Self::Cni => "istio-cni",
            Self::Ztunnel => "ztunnel",
        }
    }

    /// The value of the label `operator.istio.io/component`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Base => "Base",
            Self::Pilot => "Pilot",
            Self::Cni => "Cni",
            Self::Ztunnel => "Ztunnel",
        }
    }

    /// The name in an operator document's `components`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Pilot => "pilot",
            Self::Cni => "cni",
            Self::Ztunnel => "ztunnel",
        }
    }

    /// The name in progress lines; scripts look for `TITLE installed`.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Base => "Istio core",
            Self::Pilot => "Istiod",
            Self::Cni => "CNI",
            Self::Ztunnel => "Ztunnel",
        }
    }
}

/// A text below `metadata`.
#[must_use]
pub fn meta<'a>(object: &'a Value, key: &str) -> &'a str {
    object["metadata"][key].as_str().unwrap_or_default()
}

/// A label's value.
#[must_use]
pub fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object["metadata"]["labels"].get(key).and_then(Value::as_str)
}

/// `Kind/namespace/name`, or `Kind/name` for what has no namespace.
#[must_use]
pub fn title_of(object: &Value) -> String {
    let kind = object["kind"].as_str().unwrap_or("?");
    match meta(object, "namespace") {
        "" => format!("{kind}/{}", meta(object, "name")),
        namespace => format!("{kind}/{namespace}/{}", meta(object, "name")),
    }
}
