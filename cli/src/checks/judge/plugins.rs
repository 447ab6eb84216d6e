//! Settings of network plugins that are known to break the mesh (`spec/cli.md` 4). (pure)

use crate::checks::facts::Plugins;
use crate::checks::report::Category;
use serde_json::Value;

/// One check for each setting.
#[must_use]
pub fn plugins(plugins: &Plugins) -> Category {
    let mut category = Category::new("network-plugin");
    let setting = |key: &str| {
        let map = plugins.cilium.as_ref();
        map.and_then(|map| map["data"].get(key)).and_then(Value::as_str)
    };
    let set = |key: &str, wrong: &str, why: &str| {
        (setting(key) == Some(wrong)).then(|| format!("kube-system/cilium-config has {key}={wrong}: {why}"))
    };
    category.check(
        "cilium-exclusive",
        "no network plugin removes the node agent's chained plugin",
        set(
            "cni-exclusive",
            "true",
            "it would remove the plugin again and again; set cni.exclusive=false",
        ),
    );
    category.check(
        "cilium-masquerade",
        "probes reach captured pods",
        set(
            "enable-bpf-masquerade",
            "true",
            "it drops probes from 169.254.7.127; set bpf.masquerade=false",
        ),
    );
    let is_strict =
        setting("kube-proxy-replacement") == Some("strict") || setting("bpf-lb-sock") == Some("true");
    let is_host_only = setting("bpf-lb-sock-hostns-only") == Some("true");
    category.check(
        "cilium-socket-lb",
        "service addresses reach the node proxy",
        (is_strict && !is_host_only).then(|| "the network plugin translates service addresses inside pods; set socketLB.hostNamespaceOnly=true".to_owned()),
    );
    category.check(
        "calico-connect-time-lb",
        "Calico leaves service addresses to the node proxy",
        plugins.calico.as_ref().and_then(calico),
    );
    category
}

/// Calico's balancing at connect time, which is on by default where its eBPF data plane is.
fn calico(felix: &Value) -> Option<String> {
    let spec = &felix["spec"];
    let has_ebpf = spec["bpfEnabled"].as_bool();
    let found = match (
        spec["bpfConnectTimeLoadBalancing"].as_str(),
        spec["bpfConnectTimeLoadBalancingEnabled"].as_bool(),
    ) {
        _ if has_ebpf == Some(false) => return None,
        (Some("Disabled"), _) | (None, Some(false)) => return None,
        (Some(mode), _) => format!("bpfConnectTimeLoadBalancing={mode}"),
        (None, Some(true)) => "bpfConnectTimeLoadBalancingEnabled=true".to_owned(),
        (None, None) if has_ebpf == Some(true) => {
            "bpfEnabled=true and no bpfConnectTimeLoadBalancing".to_owned()
        }
        (None, None) => return None,
    };
    Some(format!(
        "FelixConfiguration/default has {found}: addresses of services are translated inside pods; set bpfConnectTimeLoadBalancing=Disabled"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::report::Outcome;
    use serde_json::json;

    fn errors(plugins: &Plugins) -> Vec<&'static str> {
        let category = super::plugins(plugins);
        let failed = category
            .checks
            .iter()
            .filter(|check| check.result == Outcome::Error);
        failed.map(|check| check.id).collect()
    }

    #[track_caller]
    fn check_cilium(data: &Value, expected: &[&str]) {
        let plugins = Plugins {
            cilium: Some(json!({ "data": data })),
            calico: None,
        };
        assert_eq!(errors(&plugins), expected);
    }

    #[track_caller]
    fn check_calico(spec: &Value, is_wrong: bool) {
        let shown = spec.to_string();
        let plugins = Plugins {
            cilium: None,
            calico: Some(json!({ "spec": spec })),
        };
        assert_eq!(
            errors(&plugins).contains(&"calico-connect-time-lb"),
            is_wrong,
            "{shown}"
        );
    }

    #[test]
    fn ciliums_settings_of_the_field_are_found() {
        check_cilium(&json!({}), &[]);
        check_cilium(&json!({"cni-exclusive": "true"}), &["cilium-exclusive"]);
        check_cilium(&json!({"enable-bpf-masquerade": "true"}), &["cilium-masquerade"]);
        check_cilium(&json!({"bpf-lb-sock": "true"}), &["cilium-socket-lb"]);
        check_cilium(
            &json!({"kube-proxy-replacement": "strict"}),
            &["cilium-socket-lb"],
        );
        check_cilium(
            &json!({"kube-proxy-replacement": "strict", "bpf-lb-sock-hostns-only": "true"}),
            &[],
        );
    }

    #[test]
    fn calicos_balancing_at_connect_time_is_found() {
        check_calico(&json!({}), false);
        check_calico(&json!({"bpfEnabled": true}), true);
        check_calico(&json!({"bpfConnectTimeLoadBalancing": "TCP"}), true);
        check_calico(
            &json!({"bpfConnectTimeLoadBalancing": "Enabled", "bpfEnabled": true}),
            true,
        );
        check_calico(
            &json!({"bpfConnectTimeLoadBalancing": "TCP", "bpfEnabled": false}),
            false,
        );
        check_calico(
            &json!({"bpfConnectTimeLoadBalancing": "Disabled", "bpfEnabled": true}),
            false,
        );
        check_calico(&json!({"bpfConnectTimeLoadBalancingEnabled": true}), true);
        check_calico(
            &json!({"bpfConnectTimeLoadBalancingEnabled": false, "bpfEnabled": true}),
            false,
        );
    }
}
