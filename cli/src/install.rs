//! Installing: charts, values, objects, and what the cluster makes of them.
//!
//! [`values`] layers what the operator gave, [`plan`] renders it, [`apply`] compares and writes ([`diff`] shows it), [`wait`] watches until
//! everything is ready ([`ready`] judges), [`prune`] removes what is rendered no more, [`remove`] takes all
//! off again, [`export`] writes files instead.

pub mod apply;
pub mod chart;
pub mod component;
pub mod diff;
mod embedded;
pub mod export;
pub mod kinds;
pub mod leftovers;
pub mod plan;
pub mod platform;
pub mod prune;
pub mod ready;
pub mod remove;
pub mod run;
pub mod values;
pub mod wait;

#[cfg(test)]
mod tests;
