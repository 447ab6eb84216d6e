//! Who is in the mesh, who should be, and is it true? (`spec/cli.md` 8)
//!
//! [`facts`] gathers from the API, the node proxies and the node agents; [`judge`] decides, one pod at a time, from four
//! signals that must agree; [`change`] puts a namespace in or takes it out;
//! [`diagnose`] asks why a pod is not in, and [`repair`] what to try.

pub mod change;
pub mod diagnose;
pub mod facts;
pub mod judge;
pub mod repair;
