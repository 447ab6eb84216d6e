//! What a process of the mesh asks of the operating system.
//!
//! All `unsafe` of the product is here, each block with its reason; every other crate forbids it.

pub mod caps;
mod fd;
pub mod netlink;
pub mod netns;
pub mod seqpacket;
pub mod socket;
