//! The generated modules, nested as their packages are, because generated code names its siblings by
//! `super::` paths. Nothing here is edited: change `proto/` and run the test `generated` with
//! `UPDATE_GENERATED=1`.
#![allow(
    clippy::pedantic,
    clippy::large_enum_variant,
    clippy::allow_attributes_without_reason,
    missing_docs,
    unreachable_pub,
    reason = "written by a generator that has its own taste"
)]

pub mod envoy {
    pub mod config {
        pub mod core {
            pub mod v3 {
                include!("gen/envoy.config.core.v3.rs");
            }
        }
    }
    pub mod service {
        pub mod discovery {
            pub mod v3 {
                include!("gen/envoy.service.discovery.v3.rs");
            }
        }
    }
}

pub mod google {
    pub mod rpc {
        include!("gen/google.rpc.rs");
    }
}

pub mod istio {
    pub mod security {
        include!("gen/istio.security.rs");
    }
    pub mod v1 {
        pub mod auth {
            include!("gen/istio.v1.auth.rs");
        }
    }
    pub mod workload {
        include!("gen/istio.workload.rs");

        pub mod zds {
            include!("gen/istio.workload.zds.rs");
        }
    }
}
