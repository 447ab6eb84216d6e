//! Is the mesh well? Facts in, findings out (`spec/cli.md` 6.1).
//!
//! [`facts`] asks the cluster once; each category of [`judge`] is a pure function of what came back; [`report`] prints.

pub mod facts;
pub mod judge;
pub mod report;
