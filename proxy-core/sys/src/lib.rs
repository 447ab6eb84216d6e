//! What a process of the mesh asks of the operating system.
//!
//! All `unsafe` of the product is here, each block with its reason; every other crate forbids it.

pub mod allocator;
pub mod caps;
pub mod confine;
mod fd;
pub mod footprint;
pub mod http;
pub mod inotify;
pub mod logging;
pub mod metrics;
pub mod netlink;
pub mod netns;
pub mod patience;
pub mod process;
pub mod program;
pub mod readiness;
pub mod sampler;
pub mod seqpacket;
pub mod shutdown;
pub mod socket;
pub mod terminal;
