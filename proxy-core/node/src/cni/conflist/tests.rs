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
