//! The node proxy as a process: what it gives up, what it keeps to itself, what happens when another one takes over
//! or its descriptors run out, and every recorded decision on the wire. One pod in a namespace of its own, whose addresses are all on `lo`;
//! the certificate authority and the node agent are the tests'.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "proxy/authority.rs"]
mod authority;
#[path = "../proxy-core/tests/recordings/base64.rs"]
mod base64;
#[path = "proxy/decisions.rs"]
mod decisions;
#[path = "proxy/discovery.rs"]
mod discovery;
#[path = "harness.rs"]
mod harness;
#[allow(dead_code, reason = "not every user signs all kinds of certificates")]
#[path = "../proxy-core/tests/shared/root.rs"]
mod root;
#[path = "proxy/scarcity.rs"]
mod scarcity;
#[path = "proxy/secrets.rs"]
mod secrets;
#[path = "proxy/succession.rs"]
mod succession;
#[path = "proxy/world.rs"]
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use harness::{Need, Suite};
use libtest_mimic::Failed;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    let needs = [Need::Root, Need::Other(ip)];
    let tests: [(&str, fn()); 6] = [
        (
            "zds_c07_a_proxy_that_another_one_replaces_loses_no_call",
            succession::calls_go_on,
        ),
        (
            "security_p6_the_proxy_keeps_two_capabilities_and_makes_known_calls_alone",
            secrets::confined,
        ),
        (
            "a_confined_proxy_takes_a_profile_that_pprof_reads",
            secrets::profiled,
        ),
        (
            "security_p1_keys_that_were_replaced_are_not_in_memory",
            secrets::keys_are_wiped,
        ),
        (
            "security_l1_the_log_holds_no_secret_at_any_level",
            secrets::nothing_is_logged,
        ),
        (
            "security_9_every_listener_goes_on_after_descriptors_ran_out",
            scarcity::listeners_go_on,
        ),
    ];
    for (name, body) in tests {
        suite.test(name, &needs, move || outcome(body));
    }
    suite.test(
        "cli_c31_a_running_proxy_decides_every_recorded_case_alike_or_stricter",
        &[Need::Root, Need::Other(ip), Need::Nft],
        || outcome(decisions::recorded),
    );
    suite.run()
}

/// What a test that panics says, without ending the suite.
fn outcome(body: fn()) -> Result<(), Failed> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        text.unwrap_or_else(|| "it panicked".to_owned()).into()
    })
}

fn ip() -> Option<String> {
    let found = std::process::Command::new("ip").arg("-V").output();
    found.is_err().then(|| "needs the program ip".to_owned())
}
