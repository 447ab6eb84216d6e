//! Installing: charts, values, objects, and what the cluster makes of them.

pub mod chart;
mod embedded;
