//! What the kernel shows after our encoder must be what it shows after the `nft` program has read our text.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;
use mesh_node::redirect::{
    self, Dns, Families, Flow, Inbound, PodCapture, ProbeAddresses, RuleSet, nft, probes,
};
use mesh_sys::netns::NetNamespace;

use crate::harness::{Need, Suite};
use crate::world::{World, same};

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    let needs = [needs, &[Need::Nft]].concat();
    suite.test("zds_c09_nft_shows_the_same_rules_for_a_pod", &needs, || {
        check(&redirect::pod(&PodCapture::default()))
    });
    suite.test("nft_shows_the_same_rules_for_every_variant", &needs, || {
        check(&redirect::pod(&PodCapture {
            dns: Dns::Untouched,
            families: Families::V4,
            inbound: Inbound::Bypassed,
            rerouted: vec!["net1".to_owned()],
            preserved: flows()?,
            ..PodCapture::default()
        }))
    });
    suite.test("nft_shows_the_same_rules_for_the_host", &needs, || {
        check(&redirect::host(&ProbeAddresses::default(), Families::Both, 0))
    });
    suite.test("nft_shows_the_owner_of_a_probe_address", &needs, || {
        let space = NetNamespace::create()?;
        space.run(|| nft::apply(&redirect::host(&ProbeAddresses::default(), Families::Both, 0)))??;
        let addresses = ["10.0.0.1".parse()?, "fd00::1".parse()?];
        space.run(|| probes::upsert("uid-1", &addresses))??;
        let shown = list(&space)?;
        let complete =
            shown.contains("10.0.0.1 comment \"uid-1\"") && shown.contains("fd00::1 comment \"uid-1\"");
        complete.then_some(()).ok_or_else(|| shown.into())
    });
}

fn flows() -> Result<BTreeSet<Flow>, Failed> {
    let ends = [
        ("10.0.0.1:5000", "10.0.0.2:80"),
        ("[fd00::1]:5000", "[fd00::2]:80"),
    ];
    let mut flows = BTreeSet::new();
    for (source, destination) in ends {
        let (source, destination) = (source.parse()?, destination.parse()?);
        flows.insert(Flow { source, destination });
    }
    Ok(flows)
}

fn check(rules: &RuleSet) -> Result<(), Failed> {
    let (ours, theirs) = (World::new()?.pod, World::new()?.pod);
    same(ours.run(|| nft::apply(rules))??, nft::Applied::Written)?;
    load(&theirs, &rules.to_string())?;
    same(list(&ours)?, list(&theirs)?)?;
    // and our reader recognises what the other one wrote, which is not the routes
    let tables = RuleSet {
        routed: Vec::new(),
        ..rules.clone()
    };
    same(theirs.run(|| nft::apply(&tables))??, nft::Applied::Unchanged)
}

fn load(inside: &NetNamespace, text: &str) -> Result<(), Failed> {
    let status = inside.run(|| {
        let mut child = Command::new("nft")
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(text.as_bytes())?;
        }
        child.wait()
    })??;
    status
        .success()
        .then_some(())
        .ok_or_else(|| "nft refuses our text".into())
}

fn list(inside: &NetNamespace) -> Result<String, Failed> {
    let output = inside.run(|| {
        Command::new("nft")
            .args(["--stateless", "list", "ruleset"])
            .output()
    })??;
    Ok(String::from_utf8(output.stdout)?)
}
