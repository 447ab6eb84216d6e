//! Installing: charts, values, objects, and what the cluster makes of them.
//!
//! [`values`] layers what the operator gave, [`plan`] renders it, [`apply`] compares and writes
//! ([`diff`] shows it), [`wait`] watches until everything is ready ([`ready`] judges), [`atomic`] puts back what failed,
//! [`prune`] removes what is rendered no more, [`record`] keeps the input, [`meant`] finds it again and [`drift`] says
//! what differs and who made it so, [`remove`] takes all off again, [`export`] writes files instead.

pub mod apply;
pub mod atomic;
pub mod chart;
pub mod component;
pub mod diff;
pub mod drift;
mod embedded;
pub mod export;
pub mod kinds;
pub mod leftovers;
pub mod meant;
pub mod plan;
pub mod platform;
pub mod prune;
pub mod ready;
pub mod record;
pub mod remove;
pub mod run;
pub mod values;
pub mod wait;

#[cfg(test)]
mod tests;
