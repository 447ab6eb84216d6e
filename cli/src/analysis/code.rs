//! The codes of findings. (pure)

use super::Level;

/// One kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// As it is written.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How bad it is.
    pub level: Level,
}

impl Code {
    /// Where to read about it.
    #[must_use]
    pub fn url(&self) -> String {
        crate::checks::report::documentation(&format!("finding-{}", self.code.to_ascii_lowercase()))
    }
}

macro_rules! codes {
    ($($name:ident = $code:literal $level:ident;)*) => {
        $(
            #[doc = concat!("`", $code, "`")]
            pub(super) const $name: &Code = &Code { code: $code, name: stringify!($name), level: Level::$level };
        )*

        /// Every code that can be emitted.
        pub const ALL: &[&Code] = &[$($name),*];
    };
}

codes! {
    REFERENCED_RESOURCE_NOT_FOUND = "IST0101" Error;
    SCHEMA_ERROR = "IST0106" Error;
    NO_MATCHING_WORKLOADS = "IST0127" Warning;
    SCHEMA_WARNING = "IST0133" Warning;
    INEFFECTIVE_SELECTOR = "IST0166" Warning;
    INEFFECTIVE_POLICY = "IST0167" Warning;
    NEGATIVE_CONDITION = "IST0171" Warning;
    WAYPOINT_MISSING = "MESH0001" Error;
    WAYPOINT_UNUSED = "MESH0002" Info;
    L7_RULE_WITHOUT_WAYPOINT = "MESH0003" Warning;
    NETWORK_POLICY_BLOCKS_HBONE = "MESH0004" Error;
    ROUTE_WITHOUT_WAYPOINT = "MESH0005" Warning;
    CONFLICTING_LABELS = "MESH0006" Error;
    HOST_NETWORK_POD = "MESH0007" Info;
    UNKNOWN_DATAPLANE_MODE = "MESH0008" Warning;
    LABEL_NOT_ON_TEMPLATE = "MESH0009" Warning;
    SIDECAR_IN_AMBIENT_NAMESPACE = "MESH0010" Warning;
}
