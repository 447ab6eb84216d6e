//! Probes of pods behind a branch interface, whose answers would leave the node another way (cni-agent.md 10.3).

use std::process::Command;

use mesh_sys::netns::NetNamespace;
use mesh_wire::well_known::PROBE_IPV4;

use crate::bench::{Bench, block, until};
use crate::harness::{Need, Suite};
use crate::world::{POD, accept, connect, listen, talk};

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    let needs = [needs, &[Need::Other(no_ip)]].concat();
    suite.test(
        "probes_of_a_pod_behind_a_branch_interface_stay_on_its_pair",
        &needs,
        || block(|| probed(true)),
    );
    suite.test("branch_interfaces_are_left_alone_on_request", &needs, || {
        block(|| probed(false))
    });
}

fn no_ip() -> Option<String> {
    let found = Command::new("ip").arg("-V").output();
    found.is_err().then(|| "needs the program ip".to_owned())
}

/// Runs `ip` inside a namespace; what it prints.
fn ip(inside: &NetNamespace, words: &str) -> String {
    let output = inside.run(|| Command::new("ip").args(words.split(' ')).output());
    let output = output.unwrap().unwrap();
    assert!(
        output.status.success(),
        "ip {words}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The node as the network plugin of AWS leaves it for a pod with a security group of its own: a table for the branch, to
/// which everything that comes from the pod is sent before the node's own addresses are looked at.
fn branch(node: &NetNamespace) {
    for words in [
        "link add vlan7 type veth peer name outside",
        "link set outside up",
        "link set vlan7 up",
        &format!("route add {POD}/32 dev pod0 scope link table 107"),
        "route add default via 10.9.0.254 dev vlan7 onlink table 107",
        "rule add priority 10 iif vlan7 lookup 107",
        "rule add priority 10 iif pod0 lookup 107",
        "rule add priority 20 lookup local",
        "rule del priority 0",
    ] {
        ip(node, words);
    }
}

async fn probed(found: bool) {
    let mut bench = Bench::new().await;
    let node = bench.world.node.clone();
    branch(&node);
    let before = ip(&node, "rule list");
    let wanted = if found { "true" } else { "false" };
    bench
        .start_with(&[("AMBIENT_ENABLE_AWS_BRANCH_ENI_PROBE", wanted)])
        .await;
    let _proxy = bench.proxy();
    bench.enrol().await;
    bench.run_pod("a").await;
    bench.until_annotated("a", Some("enabled")).await;
    if found {
        let server = listen(&bench.world.pod, "0.0.0.0", 8080).unwrap();
        let mut probe = connect(&node, POD, 8080).unwrap();
        let (mut seen, peer) = accept(&server).unwrap();
        assert_eq!(peer.ip(), PROBE_IPV4);
        talk(&mut probe, &mut seen).unwrap();
        assert_ne!(ip(&node, "rule list"), before);
    } else {
        assert_eq!(ip(&node, "rule list"), before);
        assert!(connect(&node, POD, 8080).is_err(), "its answers leave the node");
    }
    bench.label("shop", None).await;
    until("its entry is gone", async || bench.probed().is_empty()).await;
    until("its rules are gone", async || ip(&node, "rule list") == before).await;
    bench.stop().await;
}
