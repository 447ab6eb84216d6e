//! Which waypoint stands before a service or workload, and what to say about it (`control-plane.md` 9.2 to 9.4, 13).

use arcstr::ArcStr;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::gateway::{self, Allowed, Waypoint};
use super::lookup::Lookup;
use super::text;
use crate::model::condition::{Condition, WAYPOINT_BOUND};
use crate::model::{ApplicationTunnel, GatewayAddress, Labels, ObjectName};

const USE: &str = "istio.io/use-waypoint";
const USE_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
const CANARY: &str = "istio.io/use-waypoint-canary";
const CANARY_NAMESPACE: &str = "istio.io/use-waypoint-canary-namespace";
const CANARY_WEIGHT: &str = "istio.io/use-waypoint-canary-weight";
const INGRESS: &str = "istio.io/ingress-use-waypoint";
const MANAGED: &str = "gateway.istio.io/managed";
/// Label of the pods that run a Gateway.
pub(super) const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
const OPT_OUT: &str = "none";
/// Services of gateways never get a waypoint.
const OF_GATEWAYS: [&str; 2] = ["istio.io-mesh-controller", "istio.io-eastwest-controller"];

/// What an object or namespace asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    waypoint: Option<String>,
    waypoint_namespace: Option<String>,
    canary: Option<String>,
    canary_namespace: Option<String>,
    canary_weight: Option<String>,
    ingress: Option<String>,
    is_of_gateway: bool,
}

impl Asks {
    /// Reads an object's labels and annotations.
    pub(crate) fn of(meta: &ObjectMeta) -> Option<Box<Self>> {
        let nothing = Labels::new();
        let mut asks = Self::of_labels(meta.labels.as_ref().unwrap_or(&nothing));
        asks.canary_weight = text::annotation(meta, CANARY_WEIGHT).map(str::to_owned);
        (asks != Self::default()).then(|| Box::new(asks))
    }

    /// Reads labels alone.
    pub(crate) fn of_labels(labels: &Labels) -> Self {
        let label = |key| labels.get(key).filter(|value| !value.is_empty()).cloned();
        Self {
            waypoint: label(USE),
            waypoint_namespace: label(USE_NAMESPACE),
            canary: label(CANARY),
            canary_namespace: label(CANARY_NAMESPACE),
            canary_weight: None,
            ingress: label(INGRESS),
            is_of_gateway: label(MANAGED).is_some_and(|by| OF_GATEWAYS.contains(&by.as_str())),
        }
    }
}

/// Where the primary came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Object,
    Namespace,
}

/// Why nothing is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    NotReady,
    Denied,
    UnsupportedTraffic,
    CrossNamespace,
}

/// What wants a waypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wants {
    Service,
    Workload,
}

struct Refusal {
    waypoint: ObjectName,
    why: Why,
    wants: Wants,
}

impl Refusal {
    fn reason(&self) -> &'static str {
        match self.why {
            Why::NotReady => "WaypointIsNotReady",
            Why::Denied => "AttachmentDenied",
            Why::UnsupportedTraffic => "UnsupportedTrafficType",
            Why::CrossNamespace => "CrossNamespaceWaypointForbidden",
        }
    }

    fn message(&self) -> String {
        let name = &self.waypoint;
        let kind = match self.wants {
            Wants::Service => "service",
            Wants::Workload => "workload",
        };
        match self.why {
            Why::NotReady => format!("waypoint \"{name}\" is not ready"),
            Why::Denied => format!(
                "not permitted to attach to waypoint \"{name}\"; check allowedRoutes of its listener for HBONE"
            ),
            Why::UnsupportedTraffic => {
                format!(
                    "waypoint \"{name}\" does not take traffic of type `{kind}`; see label istio.io/waypoint-for"
                )
            }
            Why::CrossNamespace => {
                format!("waypoint \"{name}\" is in another namespace, which visibility NAMESPACE forbids")
            }
        }
    }
}

/// The waypoint asked for; `None` for none, or opted out.
fn asked(own: Option<&Asks>, namespace: &ArcStr, lookup: &Lookup<'_>) -> Option<(ObjectName, Level)> {
    let name = |asks: &Asks, waypoint: &str| {
        let place = asks
            .waypoint_namespace
            .as_deref()
            .map_or_else(|| namespace.clone(), ArcStr::from);
        ObjectName::new(place, waypoint)
    };
    if let Some((asks, waypoint)) = own.and_then(|asks| Some((asks, asks.waypoint.as_deref()?))) {
        return (waypoint != OPT_OUT).then(|| (name(asks, waypoint), Level::Object));
    }
    let asks = lookup.namespace(namespace)?.asks.as_deref()?;
    let waypoint = asks.waypoint.as_deref().filter(|waypoint| *waypoint != OPT_OUT)?;
    Some((name(asks, waypoint), Level::Namespace))
}

/// The waypoint of this name, if it takes this object. Nothing falls back to the namespace's.
fn attach(name: &ObjectName, wants: Wants, namespace: &ArcStr, lookup: &Lookup<'_>) -> Result<Waypoint, Why> {
    let waypoint = gateway::waypoint(name, lookup).ok_or(Why::NotReady)?;
    let is_allowed = match &waypoint.allowed {
        Allowed::All => true,
        Allowed::Same => name.namespace == *namespace,
        Allowed::Selected(selector) => lookup
            .namespace(namespace)
            .is_some_and(|facts| selector.matches(&facts.labels)),
    };
    let takes = match wants {
        Wants::Service => waypoint.traffic.services,
        Wants::Workload => waypoint.traffic.workloads,
    };
    match (is_allowed, takes) {
        (false, _) => Err(Why::Denied),
        (true, false) => Err(Why::UnsupportedTraffic),
        (true, true) => Ok(waypoint),
    }
}

/// What a service gets.
#[derive(Debug, Default)]
pub(crate) struct Binding {
    pub(crate) name: Option<ObjectName>,
    pub(crate) waypoint: Option<GatewayAddress>,
    pub(crate) weighted: Vec<(GatewayAddress, u32)>,
    /// The second waypoint of `weighted`.
    pub(crate) canary: Option<ObjectName>,
    pub(crate) ingress: bool,
    /// What to say, if a waypoint was asked for.
    pub(crate) condition: Option<Condition>,
}

/// A service and what of it decides.
pub(crate) struct Candidate<'a> {
    pub(crate) namespace: &'a ArcStr,
    pub(crate) asks: Option<&'a Asks>,
    /// Only its own namespace sees it.
    pub(crate) is_namespaced: bool,
}

/// The waypoint of a service, with its canary and what ingress does.
pub(crate) fn of_service(service: &Candidate<'_>, lookup: &Lookup<'_>) -> Binding {
    if service.asks.is_some_and(|asks| asks.is_of_gateway) || !lookup.settings().has_waypoints {
        return Binding::default();
    }
    let Some((name, level)) = asked(service.asks, service.namespace, lookup) else {
        return Binding::default();
    };
    let attached = if service.is_namespaced && name.namespace != *service.namespace {
        Err(Why::CrossNamespace)
    } else {
        attach(&name, Wants::Service, service.namespace, lookup)
    };
    match attached {
        Ok(waypoint) => bind(service, &waypoint, level, lookup),
        Err(why) => {
            let refusal = Refusal {
                waypoint: name,
                why,
                wants: Wants::Service,
            };
            Binding {
                condition: Some(Condition::new(
                    WAYPOINT_BOUND,
                    false,
                    refusal.reason(),
                    refusal.message(),
                )),
                ..Binding::default()
            }
        }
    }
}

fn bind(service: &Candidate<'_>, primary: &Waypoint, level: Level, lookup: &Lookup<'_>) -> Binding {
    let (weighted, canary, flaw) = match canary(service, primary, level, lookup) {
        Some(Ok((name, weighted))) => (weighted, Some(name), None),
        Some(Err(flaw)) => (Vec::new(), None, Some(flaw)),
        None => (Vec::new(), None, None),
    };
    let ingress = ingress(service, lookup);
    let mut message = format!("Successfully attached to waypoint {}", primary.name);
    match &ingress {
        Some(value) if is_true(value) => message.push_str("; ingress traffic traverses it too"),
        Some(_) => message.push_str(
            "; ingress traffic does not traverse it, which label istio.io/ingress-use-waypoint=true would change",
        ),
        None => {}
    }
    if let Some(flaw) = flaw {
        message = format!("{message}. Canary waypoint not attached: {flaw}");
    }
    Binding {
        name: Some(primary.name.clone()),
        waypoint: Some(primary.address.clone()),
        weighted,
        canary,
        ingress: ingress.is_some_and(|value| is_true(&value)) && lookup.settings().has_ingress_waypoints,
        condition: Some(Condition::new(WAYPOINT_BOUND, true, "WaypointAccepted", message)),
    }
}

fn is_true(value: &str) -> bool {
    crate::config::parse::boolean(value).unwrap_or(false)
}

/// The label on the service, else on its namespace.
fn ingress(service: &Candidate<'_>, lookup: &Lookup<'_>) -> Option<String> {
    let own = service.asks.and_then(|asks| asks.ingress.clone());
    own.or_else(|| {
        lookup
            .namespace(service.namespace)?
            .asks
            .as_ref()?
            .ingress
            .clone()
    })
}

type Split = Result<(ObjectName, Vec<(GatewayAddress, u32)>), String>;

/// The split that a canary asks for, or why there is none; `None` if none is asked for (9.3).
fn canary(service: &Candidate<'_>, primary: &Waypoint, level: Level, lookup: &Lookup<'_>) -> Option<Split> {
    let inherited = lookup
        .namespace(service.namespace)
        .and_then(|facts| facts.asks.as_deref());
    let own = service.asks.filter(|asks| asks.canary.is_some());
    let asks = match level {
        Level::Object => own,
        Level::Namespace => own.or_else(|| inherited.filter(|asks| asks.canary.is_some())),
    }?;
    let canary = asks.canary.as_deref().filter(|canary| *canary != OPT_OUT)?;
    let place = asks
        .canary_namespace
        .as_deref()
        .map_or_else(|| service.namespace.clone(), ArcStr::from);
    let name = ObjectName::new(place, canary);
    if name == primary.name {
        return Some(Err(format!("CanarySameAsPrimary: {name} is the primary")));
    }
    let weight = asks.canary_weight.as_deref().unwrap_or("0");
    let Some(weight) = weight.parse::<u32>().ok().filter(|weight| *weight <= 100) else {
        let flaw = format!(
            "CanaryInvalidWeight: the weight of {name} is \"{weight}\", not an integer from 0 to 100"
        );
        return Some(Err(flaw));
    };
    if service.is_namespaced && name.namespace != *service.namespace {
        return Some(Err(format!(
            "CrossNamespaceWaypointForbidden: {name} is in another namespace"
        )));
    }
    let attached = attach(&name, Wants::Service, service.namespace, lookup).map_err(|why| {
        let refusal = Refusal {
            waypoint: name,
            why,
            wants: Wants::Service,
        };
        format!("{}: {}", refusal.reason(), refusal.message())
    });
    Some(attached.map(|canary| {
        let weighted = vec![(primary.address.clone(), 100 - weight), (canary.address, weight)];
        (canary.name, weighted)
    }))
}

/// What a workload gets.
#[derive(Debug, Default)]
pub(crate) struct WorkloadBinding {
    pub(crate) name: Option<ObjectName>,
    /// It runs a gateway itself, which never stands behind another.
    pub(crate) is_instance: bool,
    pub(crate) waypoint: Option<GatewayAddress>,
    pub(crate) tunnel: Option<ApplicationTunnel>,
    /// What to say, if a waypoint was asked for.
    pub(crate) condition: Option<Condition>,
}

/// The waypoint of a workload, or what it gets as an instance of one.
pub(crate) fn of_workload(namespace: &ArcStr, labels: &Labels, lookup: &Lookup<'_>) -> WorkloadBinding {
    if !lookup.settings().has_waypoints {
        return WorkloadBinding::default();
    }
    if let Some(gateway) = labels.get(GATEWAY_NAME) {
        let name = ObjectName::new(namespace.clone(), gateway.as_str());
        if let Some(waypoint) = gateway::waypoint(&name, lookup) {
            return WorkloadBinding {
                tunnel: waypoint.tunnel,
                is_instance: true,
                ..WorkloadBinding::default()
            };
        }
    }
    let asks = Asks::of_labels(labels);
    if asks.is_of_gateway {
        return WorkloadBinding {
            is_instance: true,
            ..WorkloadBinding::default()
        };
    }
    let Some((name, level)) = asked(Some(&asks), namespace, lookup) else {
        return WorkloadBinding::default();
    };
    match attach(&name, Wants::Workload, namespace, lookup) {
        Ok(waypoint) => {
            let message = format!("Successfully attached to waypoint {}", waypoint.name);
            WorkloadBinding {
                name: Some(waypoint.name),
                waypoint: Some(waypoint.address),
                tunnel: None,
                is_instance: false,
                condition: Some(Condition::new(WAYPOINT_BOUND, true, "WaypointAccepted", message)),
            }
        }
        // an inherited waypoint for services alone is no error of the workload (point 11)
        Err(Why::UnsupportedTraffic) if level == Level::Namespace => WorkloadBinding::default(),
        Err(why) => {
            let refusal = Refusal {
                waypoint: name,
                why,
                wants: Wants::Workload,
            };
            WorkloadBinding {
                condition: Some(Condition::new(
                    WAYPOINT_BOUND,
                    false,
                    refusal.reason(),
                    refusal.message(),
                )),
                ..WorkloadBinding::default()
            }
        }
    }
}

/// Whether a Gateway is a waypoint, for policies that target it.
pub(crate) fn is_waypoint(name: &ObjectName, lookup: &Lookup<'_>) -> bool {
    gateway::waypoint(name, lookup).is_some()
}
