//! What an agent may do and take: privileges, ports, time, events.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use kube::api::ListParams;
use libtest_mimic::Failed;
use mesh_node::redirect::established;
use mesh_wire::well_known::annotation::REDIRECTION;
use mesh_wire::well_known::path;
use serde_json::json;

use crate::bench::{Bench, block, get, until};
use crate::harness::Suite;
use crate::world::lonely;

type Test = fn() -> Result<(), Failed>;

/// Pods that join at once.
const MANY: u8 = 100;
/// A user who owns nothing.
const NOBODY: u32 = 65534;

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[crate::harness::Need]) {
    let tests: [(&str, Test); 4] = [
        ("enrolment_c02_a_hundred_pods_join_within_five_seconds", || {
            block(many)
        }),
        ("enrolment_c25_each_change_of_a_pod_is_one_event", || {
            block(events)
        }),
        ("security_n1_sockets_are_roots_alone", || block(strangers)),
        ("security_p7_no_ports_but_health_metrics_and_the_report", || {
            block(ports)
        }),
    ];
    for (name, test) in tests {
        suite.test(name, needs, test);
    }
    suite.test("cni_c30_five_capabilities_and_no_privileges", &[], privileges);
}

async fn many() {
    let mut bench = Bench::started().await;
    let _proxy = bench.proxy();
    for number in 1..=MANY {
        let address = format!("10.9.0.{number}");
        let space = lonely(&address).unwrap();
        bench
            .run_pod_in(&format!("p{number}"), &space, &[&address], &json!({}))
            .await;
    }
    bench.enrol().await;
    let took = until("all are captured", async || {
        let pods = bench.pods().list(&ListParams::default()).await.unwrap();
        let captured = pods.items.iter().filter(|pod| {
            let annotations = pod.metadata.annotations.as_ref();
            annotations
                .and_then(|all| all.get(REDIRECTION))
                .map(String::as_str)
                == Some("enabled")
        });
        captured.count() == usize::from(MANY)
    })
    .await;
    assert!(took.as_secs() < 5, "{took:?}");
    assert_eq!(bench.probed().len(), usize::from(MANY));
    bench.stop().await;
}

async fn events() {
    let mut bench = Bench::started().await;
    let _proxy = bench.proxy();
    bench.run_pod("a").await;
    let mut expected = Vec::new();
    for _ in 0..2 {
        bench.enrol().await;
        bench.until_annotated("a", Some("enabled")).await;
        // looked at again for no reason, it says nothing
        bench.set_addresses("a", &[crate::world::POD]).await;
        bench.label("shop", None).await;
        bench.until_annotated("a", None).await;
        expected.extend(["MeshCaptured", "MeshReleased"]);
        until("the last change is told", async || {
            bench.events().await.len() >= expected.len()
        })
        .await;
    }
    let mut told = bench.events().await;
    told.sort();
    expected.sort_unstable();
    assert_eq!(told, expected);
    bench.stop().await;
}

/// Who is not root finds closed doors; where somebody has opened them, nobody answers.
async fn strangers() {
    let mut bench = Bench::started().await;
    let sockets = [
        (bench.path("ztunnel/ztunnel.sock"), "SOCK_SEQPACKET"),
        (bench.path("run").join(path::PLUGIN_SOCKET), "SOCK_STREAM"),
        (bench.path("run").join(path::PLUGIN_LOG_SOCKET), "SOCK_STREAM"),
    ];
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for (socket, kind) in &sockets {
        let modes = (mode(socket), mode(socket.parent().unwrap()));
        assert_eq!(modes, (0o600, 0o700), "{}", socket.display());
        assert_eq!(stranger(socket, kind), "PermissionError");
    }
    for (socket, kind) in &sockets {
        let folder = socket.parent().unwrap();
        for (path, mode) in [(bench.folder.path(), 0o711), (folder, 0o711), (socket, 0o666)] {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        assert_eq!(stranger(socket, kind), "b''", "{}", socket.display());
    }
    let (_, metrics) = get("127.0.0.1:15014", "/metrics").await;
    let refused = r#"mesh_rejected_total{boundary="zds",reason="peer_uid"} 1"#;
    assert!(metrics.contains(refused), "{metrics}");
    bench.stop().await;
}

/// What somebody else hears who connects, or why he cannot.
fn stranger(socket: &Path, kind: &str) -> String {
    const ASKS: &str = "
import socket, sys
try:
    s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2]))
    s.settimeout(10)
    s.connect(sys.argv[1])
    print(s.recv(1000))
except Exception as error:
    print(type(error).__name__)";
    let output = Command::new("python3")
        .args(["-c", ASKS])
        .arg(socket)
        .arg(kind)
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

async fn ports() {
    let mut bench = Bench::new().await;
    let before = established::read().unwrap().listening;
    bench.start().await;
    let during = established::read().unwrap().listening;
    let opened: BTreeSet<u16> = during.difference(&before).copied().collect();
    assert_eq!(opened, BTreeSet::from([8000, 9876, 15014]));
    bench.stop().await;
}

/// The chart decides; what it renders is compared with the field's renderer elsewhere.
fn privileges() -> Result<(), Failed> {
    let chart =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manifests/charts/cni/templates/daemonset.yaml");
    let text = std::fs::read_to_string(chart)?;
    for line in [
        "privileged: false",
        "drop: [ALL]",
        "add: [NET_ADMIN, NET_RAW, SYS_PTRACE, SYS_ADMIN, DAC_OVERRIDE]",
    ] {
        let found = text.lines().filter(|found| found.trim() == line).count();
        if found != 1 {
            return Err(format!("`{line}` stands {found} times in the chart").into());
        }
    }
    Ok(())
}
