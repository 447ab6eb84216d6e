//! `meshctl sandbox sniff`: counts what travels on the links of a sandbox.

use crate::exit::{Exit, Failure};
use clap::Args;
use mesh_sandbox::sniff;
use std::io::Write;
use std::time::Duration;

/// Count what travels between the nodes, until standard input ends
#[derive(Debug, Args)]
pub struct Sniff {
    /// The sandbox
    #[arg(long, default_value = mesh_sandbox::state::DEFAULT_NAME)]
    name: String,
    /// The word to look for in readable form
    #[arg(long, default_value = "")]
    marker: String,
    /// Only this link
    #[arg(long)]
    interface: Option<String>,
    /// Seconds after which the count ends in any case
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

impl Sniff {
    /// Prints `ready` once it counts, and a JSON report at the end.
    ///
    /// # Errors
    /// No such sandbox, or its network cannot be entered.
    pub fn run(self) -> Result<Exit, Failure> {
        mesh_sandbox::enter::enter_network(&self.name).map_err(|error| Failure::new(error.chain()))?;
        let say = |line: &str| {
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        };
        let at_most = Duration::from_secs(self.seconds);
        let tally = sniff::sniff(self.interface.as_deref(), self.marker.as_bytes(), at_most, || {
            say("ready");
        })
        .map_err(|error| Failure::new("cannot watch the links of the sandbox").caused_by(&error))?;
        let report = serde_json::to_string(&tally)
            .map_err(|error| Failure::new("cannot write the report").caused_by(&error))?;
        say(&report);
        Ok(Exit::Ok)
    }
}
