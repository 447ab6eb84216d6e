//! What an object is told about itself: status conditions, each with one owner (`control-plane.md` 13).

use super::ObjectName;

/// Bound to a waypoint, or why not.
pub const WAYPOINT_BOUND: &str = "istio.io/WaypointBound";
/// Without effect until a waypoint is bound.
pub const WAYPOINT_MISSING: &str = "istio.io/WaypointMissing";
/// How far an entry is visible.
pub const VISIBILITY_APPLIED: &str = "istio.io/VisibilityApplied";
/// Whether node proxies enforce a policy.
pub const ZTUNNEL_ACCEPTED: &str = "ZtunnelAccepted";
/// Whether a policy's targets have waypoints.
pub const WAYPOINT_ACCEPTED: &str = "WaypointAccepted";

/// Whether a waypoint is run for a Gateway of the waypoint class. The condition is our own: types of the
/// Gateway API belong to whoever runs the Gateway.
pub const PROVISIONED: &str = "meshctl.dev/Provisioned";

/// All of ours.
pub const OURS: [&str; 6] = [
    WAYPOINT_BOUND,
    WAYPOINT_MISSING,
    VISIBILITY_APPLIED,
    ZTUNNEL_ACCEPTED,
    WAYPOINT_ACCEPTED,
    PROVISIONED,
];

/// One condition, without its times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// One of [`OURS`].
    pub kind: &'static str,
    /// `True` or `False`.
    pub is_true: bool,
    /// Why, in one word.
    pub reason: String,
    /// Why, in a sentence.
    pub message: String,
    /// The generation it speaks of, where generations count.
    pub generation: Option<i64>,
}

impl Condition {
    /// A condition of an object without generations.
    pub fn new(kind: &'static str, is_true: bool, reason: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            is_true,
            reason: reason.to_owned(),
            message: message.into(),
            generation: None,
        }
    }
}

/// An object with conditions of ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusOf {
    /// core/v1
    Service(ObjectName),
    /// networking.istio.io/v1
    ServiceEntry(ObjectName),
    /// networking.istio.io/v1
    WorkloadEntry(ObjectName),
    /// security.istio.io/v1
    Policy(ObjectName),
    /// gateway.networking.k8s.io/v1
    Gateway(ObjectName),
}

impl StatusOf {
    /// The object's name.
    #[must_use]
    pub fn name(&self) -> &ObjectName {
        match self {
            Self::Service(name)
            | Self::ServiceEntry(name)
            | Self::WorkloadEntry(name)
            | Self::Policy(name)
            | Self::Gateway(name) => name,
        }
    }
}
