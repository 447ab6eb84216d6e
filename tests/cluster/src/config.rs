//! What every program is told: arguments and configuration files, as text. (pure)

use crate::addresses::{self, API_PORT, DNS_VIP, DOMAIN, SUPERVISOR};
use serde_json::{Value, json};
use std::path::Path;

/// The image that holds a pod's namespaces.
pub(crate) const PAUSE_IMAGE: &str = "localhost/meshctl-tests/pause:1";
/// Where containerd is reached inside a node.
pub(crate) const CONTAINERD_SOCKET: &str = "/run/containerd/containerd.sock";
/// A node counts as lost after this; short, so that tests of power loss are.
const NODE_GRACE: &str = "12s";
/// How long a node's lease is; it is renewed every quarter.
const NODE_LEASE_SECONDS: u32 = 8;

/// One or two families, as the programs spell it.
pub(crate) fn families(first: &str, second: &str, is_dual: bool) -> String {
    if is_dual {
        format!("{first},{second}")
    } else {
        first.to_owned()
    }
}

fn flags(pairs: &[(&str, String)]) -> Vec<String> {
    pairs
        .iter()
        .map(|(name, value)| format!("--{name}={value}"))
        .collect()
}

/// etcd, in the fabric.
pub(crate) fn etcd(work: &Path) -> Vec<String> {
    flags(&[("data-dir", work.join("etcd").display().to_string())])
}

/// The API server, in the fabric.
pub(crate) fn api_server(work: &Path, is_dual: bool) -> Vec<String> {
    let file = |name: &str| work.join("pki").join(name).display().to_string();
    let fixed = |text: &str| text.to_owned();
    let mut arguments = flags(&[
        ("etcd-servers", fixed("http://127.0.0.1:2379")),
        // without it a namespace that has no default route makes the server exit
        ("advertise-address", SUPERVISOR.to_string()),
        ("bind-address", fixed(if is_dual { "::" } else { "0.0.0.0" })),
        ("secure-port", API_PORT.to_string()),
        (
            "service-cluster-ip-range",
            families(addresses::SERVICES, addresses::SERVICES6, is_dual),
        ),
        (
            "service-account-issuer",
            format!("https://kubernetes.default.svc.{DOMAIN}"),
        ),
        ("service-account-key-file", file("accounts.pub")),
        ("service-account-signing-key-file", file("accounts.key")),
        ("client-ca-file", file("ca.crt")),
        ("tls-cert-file", file("api.crt")),
        ("tls-private-key-file", file("api.key")),
        ("kubelet-client-certificate", file("admin.crt")),
        ("kubelet-client-key", file("admin.key")),
        ("kubelet-certificate-authority", file("ca.crt")),
        ("kubelet-preferred-address-types", fixed("InternalIP")),
        ("authorization-mode", fixed("Node,RBAC")),
        ("enable-admission-plugins", fixed("NodeRestriction")),
        ("allow-privileged", fixed("true")),
        // webhooks and aggregated APIs are dialled by endpoint: the fabric has no service addresses
        ("enable-aggregator-routing", fixed("true")),
    ]);
    arguments.extend(flags(&[
        ("requestheader-client-ca-file", file("ca.crt")),
        ("requestheader-allowed-names", fixed("front-proxy-client")),
        ("requestheader-extra-headers-prefix", fixed("X-Remote-Extra-")),
        ("requestheader-group-headers", fixed("X-Remote-Group")),
        ("requestheader-username-headers", fixed("X-Remote-User")),
        ("proxy-client-cert-file", file("front-proxy.crt")),
        ("proxy-client-key-file", file("front-proxy.key")),
        ("profiling", fixed("false")),
    ]));
    arguments
}

/// The controllers, in the fabric.
pub(crate) fn controllers(work: &Path) -> Vec<String> {
    let file = |name: &str| work.join("pki").join(name).display().to_string();
    let fixed = |text: &str| text.to_owned();
    flags(&[
        ("kubeconfig", file("controllers.conf")),
        ("bind-address", fixed("127.0.0.1")),
        ("leader-elect", fixed("false")),
        ("root-ca-file", file("ca.crt")),
        ("service-account-private-key-file", file("accounts.key")),
        ("cluster-signing-cert-file", file("ca.crt")),
        ("cluster-signing-key-file", file("ca.key")),
        ("use-service-account-credentials", fixed("true")),
        ("node-monitor-grace-period", fixed(NODE_GRACE)),
        ("node-monitor-period", fixed("2s")),
        ("profiling", fixed("false")),
    ])
}

/// The scheduler, in the fabric.
pub(crate) fn scheduler(work: &Path) -> Vec<String> {
    flags(&[
        (
            "kubeconfig",
            work.join("pki/scheduler.conf").display().to_string(),
        ),
        ("bind-address", "127.0.0.1".to_owned()),
        ("leader-elect", "false".to_owned()),
        ("profiling", "false".to_owned()),
    ])
}

/// What a node's own files say about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeFacts<'a> {
    pub(crate) index: u8,
    /// The cluster's control groups.
    pub(crate) cgroup: &'a str,
    pub(crate) is_dual: bool,
}

impl NodeFacts<'_> {
    fn node_ip(&self) -> String {
        families(
            &addresses::node(self.index).to_string(),
            &addresses::node6(self.index).to_string(),
            self.is_dual,
        )
    }

    /// Path in the node → content, without keys and kubeconfigs.
    pub(crate) fn files(&self) -> Vec<(&'static str, String)> {
        vec![
            ("/etc/containerd/config.toml", containerd()),
            ("/etc/cni/net.d/10-cluster.conflist", self.conflist().to_string()),
            ("/etc/kubernetes/kubelet.yaml", self.kubelet().to_string()),
            ("/etc/kubernetes/proxy.yaml", self.kube_proxy().to_string()),
            // nothing of the machine's resolver reaches a pod
            ("/etc/kubernetes/resolv.conf", String::new()),
            ("/etc/hostname", format!("{}\n", addresses::node_name(self.index))),
        ]
    }

    /// The kubelet's arguments.
    pub(crate) fn kubelet_arguments(&self) -> Vec<String> {
        flags(&[
            ("config", "/etc/kubernetes/kubelet.yaml".to_owned()),
            ("kubeconfig", "/etc/kubernetes/kubelet.conf".to_owned()),
            ("hostname-override", addresses::node_name(self.index)),
            ("node-ip", self.node_ip()),
            ("cert-dir", "/var/lib/kubelet/pki".to_owned()),
        ])
    }

    /// kube-proxy's arguments.
    pub(crate) fn proxy_arguments() -> Vec<String> {
        flags(&[("config", "/etc/kubernetes/proxy.yaml".to_owned())])
    }

    fn kubelet(&self) -> Value {
        json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "containerRuntimeEndpoint": format!("unix://{CONTAINERD_SOCKET}"),
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": format!("{}/{}", self.cgroup, addresses::node_name(self.index)),
            "failCgroupV1": false,
            "failSwapOn": false,
            "enforceNodeAllocatable": [],
            "oomScoreAdj": 0,
            "maxOpenFiles": 20000,
            "evictionHard": {"memory.available": "50Mi", "nodefs.available": "0%", "nodefs.inodesFree": "0%",
                             "imagefs.available": "0%", "imagefs.inodesFree": "0%"},
            "imageGCHighThresholdPercent": 100,
            "clusterDNS": [DNS_VIP.to_string()],
            "clusterDomain": DOMAIN,
            "resolvConf": "/etc/kubernetes/resolv.conf",
            "authentication": {"anonymous": {"enabled": false}, "webhook": {"enabled": true},
                               "x509": {"clientCAFile": "/etc/kubernetes/ca.crt"}},
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": "/etc/kubernetes/kubelet.crt",
            "tlsPrivateKeyFile": "/etc/kubernetes/kubelet.key",
            "podLogsDir": "/var/log/pods",
            "volumePluginDir": "/var/lib/kubelet/volumeplugins",
            "nodeLeaseDurationSeconds": NODE_LEASE_SECONDS,
            "serializeImagePulls": false,
            "registerWithTaints": [],
            "shutdownGracePeriod": "0s",
        })
    }

    fn kube_proxy(&self) -> Value {
        json!({
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "clientConnection": {"kubeconfig": "/etc/kubernetes/proxy.conf"},
            "mode": "nftables",
            "clusterCIDR": families(addresses::PODS, addresses::PODS6, self.is_dual),
            "hostnameOverride": addresses::node_name(self.index),
            "oomScoreAdj": 0,
            "healthzBindAddress": "0.0.0.0:10256",
            "metricsBindAddress": "127.0.0.1:10249",
            // limits that only the machine's own network namespace may write
            "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s",
                          "udpTimeout": "0s", "udpStreamTimeout": "0s"},
            "nftables": {"minSyncPeriod": "100ms", "syncPeriod": "30s"},
        })
    }

    /// The primary plugin; the mesh's plugin is chained behind it by the node agent.
    fn conflist(&self) -> Value {
        let mut ranges = vec![json!([{"subnet": addresses::pod_cidr(self.index)}])];
        let mut routes = vec![json!({"dst": "0.0.0.0/0"})];
        if self.is_dual {
            ranges.push(json!([{"subnet": addresses::pod_cidr6(self.index)}]));
            routes.push(json!({"dst": "::/0"}));
        }
        json!({
            "cniVersion": "1.0.0",
            "name": "cluster",
            "plugins": [
                // routed, not bridged: every packet of a pod passes the node's own rules
                {"type": "ptp", "mtu": 1500,
                 "ipam": {"type": "host-local", "ranges": ranges, "routes": routes}},
                {"type": "portmap", "capabilities": {"portMappings": true}},
            ],
        })
    }
}

fn containerd() -> String {
    format!(
        r#"version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
# negative scores need a capability that containers of CI lack
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
]
[grpc]
  address = "{CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  disable_hugetlb_controller = true
  max_concurrent_downloads = 1
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
"#
    )
}

/// Kernel settings a kubelet writes on its machine: with these files over them it finds what it wants, and writes nothing.
pub(crate) const SHIELDED_SYSCTLS: [(&str, &str); 6] = [
    ("vm/overcommit_memory", "1\n"),
    ("vm/panic_on_oom", "0\n"),
    ("kernel/panic", "10\n"),
    ("kernel/panic_on_oops", "1\n"),
    ("kernel/keys/root_maxkeys", "1000000\n"),
    ("kernel/keys/root_maxbytes", "25000000\n"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(is_dual: bool) -> NodeFacts<'static> {
        NodeFacts {
            index: 2,
            cgroup: "/group",
            is_dual,
        }
    }

    #[test]
    fn a_node_is_told_its_own_addresses_in_each_family() {
        let single = facts(false).kubelet_arguments().join(" ");
        assert!(single.contains("--node-ip=172.30.0.12 "), "{single}");
        let dual = facts(true);
        assert!(
            dual.kubelet_arguments()
                .contains(&"--node-ip=172.30.0.12,fd00:172:30::12".to_owned())
        );
        let ranges = &dual.conflist()["plugins"][0]["ipam"]["ranges"];
        assert_eq!(ranges[0][0]["subnet"], "10.244.2.0/24");
        assert_eq!(ranges[1][0]["subnet"], "fd00:10:244:2::/64");
    }

    #[test]
    fn everything_that_two_nodes_could_share_is_inside_a_node() {
        for (path, _) in facts(false).files() {
            assert!(path.starts_with("/etc/"), "{path}");
        }
        assert_eq!(facts(false).kubelet()["cgroupRoot"], "/group/node-2");
    }
}
