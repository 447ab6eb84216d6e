//! Shapes of configuration that are met in the field.

use super::*;
use proptest::prelude::*;

fn ours() -> Json {
    entry(&Config::default())
}

fn types(conf: &Conf) -> Vec<String> {
    let plugins = conf.list().unwrap().iter();
    plugins
        .map(|plugin| plugin.text("type").unwrap().to_owned())
        .collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let conf = Conf::parse("10-x.conflist", text.as_bytes()).unwrap();
    let edited = conf.with(&ours());
    assert_eq!(types(&edited), expected);
    assert!(edited.holds(&ours()) && edited.is_copy_of(&conf));
    // writing it and editing again changes nothing
    let again = Conf::parse("10-x.conflist", edited.render().as_bytes()).unwrap();
    assert_eq!(again.with(&ours()), edited);
    assert_eq!(again.without().as_list(), conf.without().as_list());
}

#[test]
fn zds_c19_ours_is_last_once_and_all_else_stays() {
    let calico = r#"{"name":"k8s-pod-network","cniVersion":"0.3.1","plugins":[
        {"type":"calico","log_level":"info","mtu":0,"ipam":{"type":"calico-ipam"},"kubernetes":{"kubeconfig":"/x"}},
        {"type":"portmap","snat":true,"capabilities":{"portMappings":true}}]}"#;
    check(calico, &["calico", "portmap", "istio-cni"]);
    check(
        r#"{"name":"n","plugins":[{"type":"istio-cni","old":1},{"type":"a"},{"type":"istio-cni"}],"disableCheck":true}"#,
        &["a", "istio-cni"],
    );
}

/// Lists as network plugins and distributions write them.
const FIELD: [(&str, &[&str]); 10] = [
    (
        r#"{"cniVersion":"0.3.1","name":"cilium","plugins":[{"type":"cilium-cni","enable-debug":false,"log-file":"/var/run/cilium/cilium-cni.log"}]}"#,
        &["cilium-cni", "istio-cni"],
    ),
    (
        r#"{"cniVersion":"0.3.1","name":"generic-veth","plugins":[{"type":"aws-cni","vethPrefix":"eni","mtu":"9001","podSGEnforcingMode":"strict"},{"type":"cilium-cni","chaining-mode":"aws-cni"}]}"#,
        &["aws-cni", "cilium-cni", "istio-cni"],
    ),
    (
        r#"{"name":"cbr0","cniVersion":"0.3.1","plugins":[{"type":"flannel","delegate":{"hairpinMode":true,"isDefaultGateway":true}},{"type":"portmap","capabilities":{"portMappings":true}}]}"#,
        &["flannel", "portmap", "istio-cni"],
    ),
    (
        r#"{"cniVersion":"0.3.1","name":"kindnet","plugins":[{"type":"ptp","ipMasq":false,"ipam":{"type":"host-local","dataDir":"/run/cni-ipam-state","routes":[{"dst":"0.0.0.0/0"}],"ranges":[[{"subnet":"10.244.0.0/24"}]]},"mtu":1500},{"type":"portmap","capabilities":{"portMappings":true}}]}"#,
        &["ptp", "portmap", "istio-cni"],
    ),
    (
        r#"{"cniVersion":"0.4.0","name":"bridge","plugins":[{"type":"bridge","bridge":"bridge","addIf":"true","isDefaultGateway":true,"forceAddress":false,"ipMasq":true,"hairpinMode":true,"ipam":{"type":"host-local","subnet":"10.244.0.0/16"}},{"type":"portmap","capabilities":{"portMappings":true}},{"type":"firewall"}]}"#,
        &["bridge", "portmap", "firewall", "istio-cni"],
    ),
    (
        r#"{"cniVersion":"0.3.0","name":"azure","adapterName":"","plugins":[{"type":"azure-vnet","mode":"transparent","ipsToRouteViaHost":["169.254.20.10"],"ipam":{"type":"azure-vnet-ipam"}},{"type":"portmap","capabilities":{"portMappings":true},"snat":true}]}"#,
        &["azure-vnet", "portmap", "istio-cni"],
    ),
    (
        r#"{"cniVersion":"0.4.0","name":"aws-cni","disableCheck":true,"plugins":[{"name":"aws-cni","type":"aws-cni","vethPrefix":"eni"},{"name":"egress-cni","type":"egress-cni","enabled":"true","ipam":{"type":"host-local","ranges":[[{"subnet":"fd00::ac:00/118"}]]}},{"type":"portmap","capabilities":{"portMappings":true},"snat":true}]}"#,
        &["aws-cni", "egress-cni", "portmap", "istio-cni"],
    ),
    (
        r#"{"capabilities":{"portMappings":true},"cniVersion":"0.3.1","logLevel":"verbose","name":"multus-cni-network","clusterNetwork":"/host/etc/cni/net.d/10-flannel.conflist","type":"multus-shim"}"#,
        &["multus-shim", "istio-cni"],
    ),
    (
        r#"{"cniVersion":"0.4.0","name":"ovn-kubernetes","type":"ovn-k8s-cni-overlay","ipam":{},"dns":{},"logFile":"/var/log/ovn-kubernetes/x.log"}"#,
        &["ovn-k8s-cni-overlay", "istio-cni"],
    ),
    (
        // by hand: other indentation, other order, a key of its own, another mesh's plugin behind ours
        "{\n\t\"plugins\" : [ { \"type\":\"macvlan\" , \"master\":\"eth0\" },\n{\"type\":\"istio-cni\"},{\"type\":\"linkerd-cni\"} ],\n \"x\":null,\"name\":\"lab\",\"cniVersion\":\"1.1.0\"}",
        &["macvlan", "linkerd-cni", "istio-cni"],
    ),
];

#[test]
fn every_shape_of_the_field_keeps_its_plugins_and_their_order() {
    for (text, expected) in FIELD {
        check(text, expected);
        let before = Conf::parse("x", text.as_bytes()).unwrap();
        let after = before.with(&ours());
        // each plugin of others stands there as it was written
        let plugins = before.without().as_list();
        assert_eq!(after.without(), plugins, "{text}");
    }
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    for text in [
        r#"{"name":"n","plugins":[{"type":"a"}],"plugins":[{"type":"b"}]}"#,
        r#"{"name":"n","type":"a","type":"b"}"#,
        r#"{"name":"n","name":"m","plugins":[{"type":"a"}]}"#,
    ] {
        let error = Conf::parse("10-x.conflist", text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("twice"), "{error}");
    }
}

#[test]
fn cni_c02_a_single_configuration_becomes_a_list() {
    let text = r#"{"cniVersion":"0.2.0","name":"podman","type":"bridge","ipam":{"type":"host-local"}}"#;
    check(text, &["bridge", "istio-cni"]);
    let edited = Conf::parse("10-x.conf", text.as_bytes()).unwrap().with(&ours());
    let rendered = edited.render();
    assert!(
        rendered.starts_with("{\n  \"name\": \"k8s-pod-network\",\n  \"cniVersion\": \"0.3.1\""),
        "{rendered}"
    );
    assert!(!rendered.contains("0.2.0"));
    assert_eq!(list_name("10-x.conf"), "10-x.conflist");
}

#[test]
fn order_of_keys_stays() {
    let text = r#"{"plugins":[{"zeta":1,"type":"a","alpha":2}],"name":"n","cniVersion":"1.0.0"}"#;
    let rendered = Conf::parse("x.conflist", text.as_bytes())
        .unwrap()
        .with(&ours())
        .render();
    let at = |key: &str| rendered.find(&format!("\"{key}\"")).unwrap();
    assert!(at("zeta") < at("alpha") && at("alpha") < at("cniVersion") && at("plugins") < at("zeta"));
}

#[test]
fn what_is_no_configuration_is_refused() {
    for text in [
        "",
        "[]",
        "7",
        "{}",
        r#"{"plugins":[]}"#,
        r#"{"plugins":{}}"#,
        r#"{"plugins":[{}]}"#,
        r#"{"plugins":[1]}"#,
        // a comment, a comma too many, a file cut off, a byte order mark
        "// by hand\n{\"type\":\"a\"}",
        r#"{"plugins":[{"type":"a"},]}"#,
        r#"{"plugins":[{"type":"a"}"#,
        "\u{feff}{\"type\":\"a\"}",
    ] {
        let error = Conf::parse("10-x.conflist", text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("10-x.conflist"), "{error}");
    }
}

#[test]
fn an_entry_that_somebody_changed_is_not_ours() {
    // cni-agent 4.5
    let conf = Conf::parse("x.conflist", br#"{"name":"n","plugins":[{"type":"a"}]}"#).unwrap();
    assert!(!conf.holds(&ours()));
    let mut other = Config::default();
    other.ambient.enabled = true;
    assert!(!conf.with(&entry(&other)).holds(&ours()));
}

#[test]
fn a_copy_follows_every_change_of_the_primary() {
    // cni-agent 4.4: entries are compared whole
    let conf = |mtu: u32| {
        let text = format!(r#"{{"name":"n","plugins":[{{"type":"a","mtu":{mtu}}}]}}"#);
        Conf::parse("x.conflist", text.as_bytes()).unwrap()
    };
    assert!(conf(1500).with(&ours()).is_copy_of(&conf(1500)));
    assert!(!conf(1500).with(&ours()).is_copy_of(&conf(9000)));
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(text in "[{}\\[\\]\":,a-z0-9 ]{0,80}") {
        if let Ok(conf) = Conf::parse("x", text.as_bytes()) {
            let _ = conf.with(&ours()).render();
        }
    }
}
