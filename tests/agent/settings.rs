//! Every setting that changes what happens to pods or to the node does so (cni-agent.md 3).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use kube::api::DeleteParams;
use libtest_mimic::Failed;
use mesh_node::redirect::{self, Dns, Families, PodCapture, ProbeAddresses, nft};
use mesh_sys::netns::NetNamespace;
use serde_json::{Value, json};

use crate::bench::{Bench, block, exists, get, has_rules, is_captured, until};
use crate::harness::{Need, Suite};
use crate::world::{POD, lonely};

type Test = fn() -> Result<(), Failed>;

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    let tests: [(&str, Test); 9] = [
        ("settings_without_capture_the_plugin_is_still_installed", || {
            block(disabled)
        }),
        ("settings_selectors_decide_who_joins", || block(selectors)),
        ("cni_c11_settings_excluded_namespaces_stay_out", || {
            block(excluded)
        }),
        ("settings_the_system_namespace_holds_the_proxy", || block(system)),
        ("settings_shape_the_rules_of_pods", || block(rules)),
        ("settings_ports_and_the_nodes_namespace", || block(places)),
        ("settings_say_what_an_ending_agent_leaves", || block(endings)),
        ("cni_c03_settings_name_and_mode_of_configurations", || {
            block(configurations)
        }),
        ("settings_of_the_plugins_credentials", || block(credentials)),
    ];
    for (name, test) in tests {
        suite.test(name, needs, test);
    }
}

async fn disabled() {
    let mut bench = Bench::new().await;
    bench.start_with(&[("AMBIENT_ENABLED", "false")]).await;
    bench.enrol().await;
    bench.run_pod("a").await;
    assert_eq!(bench.conflist()["plugins"][1]["ambient_enabled"], false);
    assert!(!exists(&bench.path("run/pluginevent.sock")) && !exists(&bench.path("ztunnel/ztunnel.sock")));
    // a plugin that is told so lets every pod pass
    let output = bench.plug(("shop", "a"), &bench.netns_path("a"), POD).await;
    assert!(output.status.success() && !has_rules(&bench.world.pod));
    bench.stop().await;
}

/// Two pods, of which the second joins with these settings and the first does not.
async fn second_joins(settings: &[(&str, &str)], first: &Value, second: &Value) {
    let mut bench = Bench::new().await;
    bench.start_with(settings).await;
    let proxy = bench.proxy();
    let out = lonely("10.9.1.1").unwrap();
    bench.run_pod_in("out", &out, &["10.9.1.1"], first).await;
    let space = bench.world.pod.clone();
    bench.run_pod_in("in", &space, &[POD], second).await;
    bench.until_annotated("in", Some("enabled")).await;
    assert!(is_captured(&space) && !has_rules(&out));
    assert_eq!((bench.annotation("out").await, proxy.adds()), (None, 1));
    bench.stop().await;
}

async fn selectors() {
    const SELECTOR: &str = "- podSelector: {matchLabels: {mesh: 'yes'}}";
    let ambient = json!({"metadata": {"labels": {"istio.io/dataplane-mode": "ambient"}}});
    let chosen = json!({"metadata": {"labels": {"mesh": "yes"}}});
    second_joins(&[("AMBIENT_ENABLEMENT_SELECTOR", SELECTOR)], &ambient, &chosen).await;
}

async fn excluded() {
    let mut bench = Bench::new().await;
    bench
        .start_with(&[("EXCLUDE_NAMESPACES", "kube-system, shop")])
        .await;
    let _proxy = bench.proxy();
    bench.enrol().await;
    let ambient = json!({"metadata": {"labels": {"istio.io/dataplane-mode": "ambient"}}});
    let space = bench.world.pod.clone();
    bench.run_pod_in("a", &space, &[POD], &ambient).await;
    until("the agent has seen the pod", async || {
        let (_, metrics) = get("127.0.0.1:15014", "/metrics").await;
        metrics.contains("nodeagent_reconcile_events_total{type=\"update\"}")
    })
    .await;
    let output = bench.plug(("shop", "a"), &bench.netns_path("a"), POD).await;
    assert!(output.status.success() && !has_rules(&space));
    assert_eq!(bench.annotation("a").await, None);
    bench.stop().await;
}

async fn system() {
    let ambient = json!({"metadata": {"labels": {"istio.io/dataplane-mode": "ambient"}}});
    let proxy = json!({"metadata": {"labels": {"istio.io/dataplane-mode": "ambient", "app": "ztunnel"}}});
    second_joins(&[("SYSTEM_NAMESPACE", "shop")], &proxy, &ambient).await;
}

async fn rules() {
    let probes = ProbeAddresses {
        v4: "169.254.9.9".parse().unwrap(),
        v6: "fd16::9".parse().unwrap(),
    };
    let both = PodCapture {
        families: Families::Both,
        ..PodCapture::default()
    };
    let cases: [(&[(&str, &str)], PodCapture); 3] = [
        (
            &[("AMBIENT_DNS_CAPTURE", "false")],
            PodCapture {
                dns: Dns::Untouched,
                ..both.clone()
            },
        ),
        (
            &[("AMBIENT_IPV6", "false")],
            PodCapture {
                families: Families::V4,
                ..both.clone()
            },
        ),
        (
            &[
                ("HOST_PROBE_SNAT_IP", "169.254.9.9"),
                ("HOST_PROBE_SNAT_IPV6", "fd16::9"),
            ],
            PodCapture {
                probes,
                ..both.clone()
            },
        ),
    ];
    for (settings, expected) in cases {
        let mut bench = Bench::new().await;
        bench.start_with(settings).await;
        let _proxy = bench.proxy();
        bench.enrol().await;
        bench.run_pod("a").await;
        bench.until_annotated("a", Some("enabled")).await;
        let wanted = redirect::pod(&expected);
        let holds = bench.world.pod.run(|| nft::holds(&wanted)).unwrap().unwrap();
        assert!(holds, "{settings:?}");
        let host = redirect::host(&expected.probes, expected.families, 0);
        let holds = bench.world.node.run(|| nft::holds(&host)).unwrap().unwrap();
        assert!(holds, "{settings:?}");
        bench.stop().await;
    }
}

async fn places() {
    let mut bench = Bench::new().await;
    bench
        .start_with(&[
            ("HEALTH_PORT", "18000"),
            ("MONITORING_PORT", "18001"),
            ("ENROLMENT_PORT", "18002"),
            ("ALLOW_SWITCH_TO_HOST_NS", "false"),
        ])
        .await;
    for (address, path) in [
        ("127.0.0.1:18000", "/healthz"),
        ("127.0.0.1:18001", "/metrics"),
        ("127.0.0.1:18002", "/enrolment"),
    ] {
        assert_eq!(get(address, path).await.0, 200, "{address}");
    }
    // the agent takes the namespace that it is in for the node's
    let own = NetNamespace::current().unwrap();
    assert!(has_rules(&own) && !has_rules(&bench.world.node));
    bench.stop().await;
    own.run(nft::remove).unwrap().unwrap();
}

async fn endings() {
    // cleaned though it will be back, and nobody is released
    let mut bench = Bench::new().await;
    bench
        .start_with(&[("AMBIENT_DISABLE_SAFE_UPGRADE", "true")])
        .await;
    let _proxy = bench.proxy();
    bench.enrol().await;
    bench.run_pod("a").await;
    bench.until_annotated("a", Some("enabled")).await;
    bench.stop().await;
    assert_eq!(bench.conflist()["plugins"].as_array().unwrap().len(), 1);
    assert!(is_captured(&bench.world.pod) && !has_rules(&bench.world.node));
    // gone for good, and pods stay as they are
    let mut bench = Bench::new().await;
    bench
        .start_with(&[("AMBIENT_RELEASE_ON_UNINSTALL", "false")])
        .await;
    let _proxy = bench.proxy();
    bench.enrol().await;
    bench.run_pod("a").await;
    bench.until_annotated("a", Some("enabled")).await;
    bench
        .daemon_sets()
        .delete("istio-cni-node", &DeleteParams::default())
        .await
        .unwrap();
    bench.stop().await;
    assert!(is_captured(&bench.world.pod) && !has_rules(&bench.world.node));
    assert_eq!(bench.annotation("a").await.as_deref(), Some("enabled"));
}

fn plugins(bench: &Bench, file: &str) -> Vec<String> {
    let text = fs::read(bench.path(file)).unwrap();
    let list: Value = serde_json::from_slice(&text).unwrap();
    let types = |list: &Value| {
        let all = list["plugins"].as_array().unwrap().iter();
        all.map(|plugin| plugin["type"].as_str().unwrap().to_owned())
            .collect()
    };
    list["type"]
        .as_str()
        .map_or_else(|| types(&list), |alone| vec![alone.to_owned()])
}

async fn configurations() {
    let mode = |bench: &Bench, file: &str| {
        let meta = fs::metadata(bench.path(file)).unwrap();
        meta.permissions().mode() & 0o777
    };
    // another file than the first, by the name it had as a single configuration
    let mut bench = Bench::new().await;
    let single = json!({"cniVersion": "0.4.0", "name": "n", "type": "macvlan"}).to_string();
    fs::write(bench.path("net.d/20-other.conf"), single).unwrap();
    bench.start_with(&[("CNI_CONF_NAME", "20-other.conflist")]).await;
    assert_eq!(
        plugins(&bench, "net.d/20-other.conflist"),
        ["macvlan", "istio-cni"]
    );
    assert_eq!(plugins(&bench, "net.d/10-primary.conflist"), ["bridge"]);
    assert!(!exists(&bench.path("net.d/20-other.conf")));
    bench.stop().await;
    // an own copy, which follows the primary and leaves it alone
    let mut bench = Bench::new().await;
    bench
        .start_with(&[
            ("ISTIO_OWNED_CNI_CONFIG", "true"),
            ("ISTIO_OWNED_CNI_CONF_FILENAME", "00-older-name.conflist"),
            ("ISTIO_OWNED_CNI_CONFIG_FILENAME", "01-own.conflist"),
            ("CNI_CONF_GROUP_READ", "true"),
        ])
        .await;
    assert_eq!(plugins(&bench, "net.d/01-own.conflist"), ["bridge", "istio-cni"]);
    assert_eq!(plugins(&bench, "net.d/10-primary.conflist"), ["bridge"]);
    assert_eq!(mode(&bench, "net.d/01-own.conflist"), 0o640);
    assert!(!exists(&bench.path("net.d/00-older-name.conflist")));
    let changed = json!({"cniVersion": "1.0.0", "name": "n", "plugins": [{"type": "bridge", "mtu": 9000}, {"type": "portmap"}]});
    fs::write(bench.path("net.d/10-primary.conflist"), changed.to_string()).unwrap();
    until("the copy follows", async || {
        plugins(&bench, "net.d/01-own.conflist") == ["bridge", "portmap", "istio-cni"]
    })
    .await;
    bench.stop().await;
    // alone, for a meta-plugin
    let mut bench = Bench::new().await;
    bench.start_with(&[("CHAINED_CNI_PLUGIN", "false")]).await;
    assert_eq!(plugins(&bench, "net.d/YYY-istio-cni.conf"), ["istio-cni"]);
    assert_eq!(plugins(&bench, "net.d/10-primary.conflist"), ["bridge"]);
    assert_eq!(mode(&bench, "net.d/YYY-istio-cni.conf"), 0o600);
    bench.stop().await;
}

async fn credentials() {
    let mut bench = Bench::new().await;
    let other = bench.path("other.crt").to_string_lossy().into_owned();
    let roots = fs::read(bench.path("account/ca.crt")).unwrap();
    fs::write(&other, [b"# by hand\n".as_slice(), &roots].concat()).unwrap();
    let cluster = |bench: &Bench| {
        let text = fs::read_to_string(bench.path("run/istio-cni-kubeconfig")).unwrap();
        let read = kube::config::Kubeconfig::from_yaml(&text).unwrap();
        read.clusters[0].cluster.clone().unwrap()
    };
    bench
        .start_with(&[
            ("KUBECONFIG_MODE", "0640"),
            ("KUBE_CA_FILE", &other),
            ("KUBERNETES_SERVICE_PROTOCOL", "http"),
            ("KUBERNETES_SERVICE_HOST", "fd00::1"),
            ("KUBERNETES_SERVICE_PORT", "6443"),
        ])
        .await;
    let first = cluster(&bench);
    let meta = fs::metadata(bench.path("run/istio-cni-kubeconfig")).unwrap();
    assert_eq!(meta.permissions().mode() & 0o777, 0o640);
    assert_eq!(first.server.as_deref(), Some("http://[fd00::1]:6443"));
    bench.stop().await;
    bench.start_with(&[("SKIP_TLS_VERIFY", "true")]).await;
    let second = cluster(&bench);
    assert_eq!(second.insecure_skip_tls_verify, Some(true));
    assert!(first.certificate_authority_data.is_some() && second.certificate_authority_data.is_none());
    bench.stop().await;
    bench.start().await;
    assert_ne!(
        cluster(&bench).certificate_authority_data,
        first.certificate_authority_data
    );
    bench.stop().await;
}
