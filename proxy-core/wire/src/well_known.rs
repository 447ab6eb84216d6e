//! Names and numbers that the field agrees on: ports, marks, addresses, labels, annotations, paths. (pure)

use std::net::{Ipv4Addr, Ipv6Addr};

/// The product's version.
pub const PRODUCT_VERSION: &str = env!("CARGO_PKG_VERSION");
/// The version of Istio that this product stands in for, reported where Istio's version is expected.
pub const COMPAT_VERSION: &str = "1.31.0";
/// The source revision that a release is built from; `unknown` in a build by hand.
pub const GIT_REVISION: &str = match option_env!("MESHCTL_GIT_REVISION") {
    Some(revision) => revision,
    None => "unknown",
};

/// What the programs of one build have in common: `VERSION+REVISION`. Every program prints it for the
/// argument `build-id`, so that a caller never mixes builds (decision 4).
#[must_use]
pub fn build_id() -> String {
    format!("{PRODUCT_VERSION}+{GIT_REVISION}")
}
/// The minor version of Istio that this product stands in for.
pub const COMPAT_MINOR: &str = "1.31";

/// TCP and UDP ports.
pub mod port {
    /// Admin interface of the node proxy, loopback only.
    pub const ADMIN: u16 = 15000;
    /// Captured outbound connections.
    pub const OUTBOUND: u16 = 15001;
    /// Captured inbound plain text.
    pub const INBOUND_PLAINTEXT: u16 = 15006;
    /// HBONE.
    pub const HBONE: u16 = 15008;
    /// Plain-text xDS; not listened on unless asked for.
    pub const XDS_PLAINTEXT: u16 = 15010;
    /// xDS and certificate signing over TLS.
    pub const XDS: u16 = 15012;
    /// Metrics of control plane and node agent.
    pub const MONITORING: u16 = 15014;
    /// Admission webhooks.
    pub const WEBHOOK: u16 = 15017;
    /// Metrics of the node proxy.
    pub const STATS: u16 = 15020;
    /// Readiness of the node proxy.
    pub const READINESS: u16 = 15021;
    /// Captured DNS.
    pub const DNS: u16 = 15053;
    /// SOCKS5, where switched on.
    pub const SOCKS5: u16 = 15080;
    /// Where applications behind a PROXY-protocol tunnel usually listen.
    pub const APPLICATION_TUNNEL: u16 = 15088;
    /// Debug interface and readiness of the control plane.
    pub const CONTROL_HTTP: u16 = 8080;
    /// Health of the node agent.
    pub const AGENT_HEALTH: u16 = 8000;
    /// Enrolment state of the node agent, loopback of its pod.
    pub const AGENT_ENROLMENT: u16 = 9876;
}

/// Packet and connection marks of redirected traffic (inpod-zds.md C).
pub mod mark {
    /// "Sent by the proxy."
    pub const PROXY: u32 = 0x539;
    /// "The proxy talks to the application here."
    pub const CONNECTION: u32 = 0x111;
    /// Which bits of a mark are ours.
    pub const MASK: u32 = 0xfff;
    /// The routing table that delivers replies to the proxy's transparent sockets.
    pub const ROUTE_TABLE: u32 = 100;
    /// The priority of the rule that selects it.
    pub const RULE_PRIORITY: u32 = 32764;
}

/// The source address of the kubelet's probes after rewriting.
pub const PROBE_IPV4: Ipv4Addr = Ipv4Addr::new(169, 254, 7, 127);
/// The same for IPv6.
pub const PROBE_IPV6: Ipv6Addr =
    Ipv6Addr::new(0xfd16, 0x9254, 0x7127, 0x1337, 0xffff, 0xffff, 0xffff, 0xffff);

/// Labels.
pub mod label {
    /// `ambient` or `none`, on pods and namespaces.
    pub const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
    /// Which waypoint to use; `none` is none.
    pub const USE_WAYPOINT: &str = "istio.io/use-waypoint";
    /// The namespace of that waypoint.
    pub const USE_WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
    /// Whether ingress traverses the waypoint too.
    pub const INGRESS_USE_WAYPOINT: &str = "istio.io/ingress-use-waypoint";
    /// What a waypoint is for.
    pub const WAYPOINT_FOR: &str = "istio.io/waypoint-for";
    /// The control plane revision.
    pub const REVISION: &str = "istio.io/rev";
    /// Another name of a revision, on the Service that has it.
    pub const TAG: &str = "istio.io/tag";
    /// Marks a service as one across clusters.
    pub const GLOBAL: &str = "istio.io/global";
    /// Marks each ConfigMap written by the control plane.
    pub const CONFIG: &str = "istio.io/config";
    /// The network an object is in.
    pub const NETWORK: &str = "topology.istio.io/network";
    /// The Gateway a pod or service belongs to.
    pub const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
    /// Which controller manages a gateway's objects.
    pub const GATEWAY_MANAGED: &str = "gateway.istio.io/managed";
    /// Overrides the canonical name.
    pub const CANONICAL_NAME: &str = "service.istio.io/canonical-name";
    /// Overrides the canonical revision.
    pub const CANONICAL_REVISION: &str = "service.istio.io/canonical-revision";
    /// Overrides the workload's name.
    pub const WORKLOAD_NAME: &str = "service.istio.io/workload-name";
    /// `http` where a workload takes HBONE itself.
    pub const TUNNEL: &str = "networking.istio.io/tunnel";
    /// Whether the sidecar injector is wanted.
    pub const SIDECAR_INJECT: &str = "sidecar.istio.io/inject";
    /// The recommended name of an application.
    pub const APP_NAME: &str = "app.kubernetes.io/name";
    /// The recommended version of an application.
    pub const APP_VERSION: &str = "app.kubernetes.io/version";
    /// Who manages an object.
    pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
    /// What an object is part of.
    pub const PART_OF: &str = "app.kubernetes.io/part-of";
    /// The component of an installed object.
    pub const OPERATOR_COMPONENT: &str = "operator.istio.io/component";
    /// The installation that owns an object.
    pub const OPERATOR_OWNER: &str = "install.operator.istio.io/owning-resource";
    /// Whether an object is reconciled by an installer.
    pub const OPERATOR_MANAGED: &str = "operator.istio.io/managed";
    /// The version that installed an object.
    pub const OPERATOR_VERSION: &str = "operator.istio.io/version";
    /// The region of a node.
    pub const REGION: &str = "topology.kubernetes.io/region";
    /// The zone of a node.
    pub const ZONE: &str = "topology.kubernetes.io/zone";
    /// The part of a zone of a node.
    pub const SUBZONE: &str = "topology.istio.io/subzone";
    /// The service of an `EndpointSlice`.
    pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
    /// The name of a namespace, on the namespace.
    pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";
    /// The value of [`DATAPLANE_MODE`] that enrols.
    pub const AMBIENT: &str = "ambient";
    /// The value of several labels that opts out.
    pub const NONE: &str = "none";
}

/// Annotations.
pub mod annotation {
    /// `enabled` or `pending`; written by the node agent.
    pub const REDIRECTION: &str = "ambient.istio.io/redirection";
    /// Rules are in place and the proxy serves the pod.
    pub const REDIRECTION_ENABLED: &str = "enabled";
    /// Rules are in place, the proxy does not serve the pod yet.
    pub const REDIRECTION_PENDING: &str = "pending";
    /// Inbound traffic is not captured.
    pub const BYPASS_INBOUND: &str = "ambient.istio.io/bypass-inbound-capture";
    /// Overrides DNS capture for a pod.
    pub const DNS_CAPTURE: &str = "ambient.istio.io/dns-capture";
    /// Interfaces whose traffic counts as outbound.
    pub const REROUTE_INTERFACES: &str = "istio.io/reroute-virtual-interfaces";
    /// Present on pods with a sidecar.
    pub const SIDECAR_STATUS: &str = "sidecar.istio.io/status";
    /// A policy is only evaluated, not enforced.
    pub const DRY_RUN: &str = "istio.io/dry-run";
    /// How a waypoint takes inbound connections.
    pub const WAYPOINT_INBOUND_BINDING: &str = "ambient.istio.io/waypoint-inbound-binding";
    /// How a service's endpoints are preferred.
    pub const TRAFFIC_DISTRIBUTION: &str = "networking.istio.io/traffic-distribution";
    /// Which namespaces may see a service.
    pub const EXPORT_TO: &str = "networking.istio.io/exportTo";
    /// When somebody last wanted the node agent to look at the pod again.
    pub const LOOK_AGAIN: &str = "meshctl.dev/look-again";
    /// What ran in the sandbox: `program`, `host` or `stub`.
    pub const SANDBOX_RAN: &str = "sandbox.meshctl.dev/ran";
}

/// Names of objects that an installation consists of (charts.md).
pub mod name {
    /// The namespace of the mesh's own parts.
    pub const SYSTEM_NAMESPACE: &str = "istio-system";
    /// The control plane's Deployment, Service and label.
    pub const CONTROL_PLANE: &str = "istiod";
    /// The node agent's DaemonSet.
    pub const NODE_AGENT: &str = "istio-cni-node";
    /// The node proxy's DaemonSet, account and label.
    pub const NODE_PROXY: &str = "ztunnel";
    /// The ConfigMap with the roots, in every namespace.
    pub const ROOT_CONFIG_MAP: &str = "istio-ca-root-cert";
    /// The key of the roots in it.
    pub const ROOT_KEY: &str = "root-cert.pem";
    /// The Secret with the self-signed CA.
    pub const CA_SECRET: &str = "istio-ca-secret";
    /// The ConfigMap with revocations.
    pub const CRL_CONFIG_MAP: &str = "istio-ca-crl";
    /// The ConfigMap with the mesh configuration.
    pub const MESH_CONFIG_MAP: &str = "istio";
    /// The audience of tokens for control plane and CA.
    pub const TOKEN_AUDIENCE: &str = "istio-ca";
    /// The default trust domain.
    pub const TRUST_DOMAIN: &str = "cluster.local";
    /// The default cluster domain.
    pub const CLUSTER_DOMAIN: &str = "cluster.local";
    /// The default cluster id.
    pub const CLUSTER_ID: &str = "Kubernetes";
    /// The service account where none is named.
    pub const DEFAULT_ACCOUNT: &str = "default";
    /// The policy that stands for STRICT peer authentication.
    pub const STATIC_STRICT_POLICY: &str = "istio_converted_static_strict";
    /// The name of the plugin within a conflist.
    pub const CNI_PLUGIN: &str = "istio-cni";
    /// The class of waypoints.
    pub const WAYPOINT_CLASS: &str = "istio-waypoint";
}

/// Field managers of server-side apply.
pub mod field_manager {
    /// The CLI.
    pub const CLI: &str = "meshctl";
    /// The control plane where no other is named.
    pub const CONTROL_PLANE: &str = "istiod";
    /// Conditions of a Service or ServiceEntry.
    pub const SERVICE_STATUS: &str = "istio-ambient-service";
    /// Conditions of a WorkloadEntry.
    pub const WORKLOAD_ENTRY_STATUS: &str = "istio-ambient-workloadentry";
    /// Conditions of policies that node proxies enforce.
    pub const POLICY_STATUS: &str = "istio-ambient-ztunnel-policy";
    /// Conditions of policies that waypoints enforce.
    pub const WAYPOINT_POLICY_STATUS: &str = "istio-ambient-waypoint-policy";
}

/// Paths in the containers and on nodes.
pub mod path {
    /// The socket between node agent and node proxy.
    pub const ZDS_SOCKET: &str = "/var/run/ztunnel/ztunnel.sock";
    /// The run directory of the node agent: sockets and kubeconfig.
    pub const AGENT_RUN: &str = "/var/run/istio-cni";
    /// The plugin's socket within the run directory.
    pub const PLUGIN_SOCKET: &str = "pluginevent.sock";
    /// The plugin's log relay within the run directory.
    pub const PLUGIN_LOG_SOCKET: &str = "log.sock";
    /// The plugin's credentials within the run directory.
    pub const PLUGIN_KUBECONFIG: &str = "istio-cni-kubeconfig";
    /// The token for control plane and CA, relative to the working directory as in the field.
    pub const TOKEN: &str = "./var/run/secrets/tokens/istio-token";
    /// The mesh configuration, relative likewise.
    pub const MESH_CONFIG: &str = "./etc/istio/config/mesh";
    /// The roots of control plane and CA, relative likewise.
    pub const ROOT_CERT: &str = "./var/run/secrets/istio/root-cert.pem";
    /// Where runtimes look for plugins.
    pub const CNI_BIN: &str = "/opt/cni/bin";
    /// Where runtimes look for plugin configuration.
    pub const CNI_CONF: &str = "/etc/cni/net.d";
    /// Where pods find their account's token, namespace and roots.
    pub const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
    /// Readiness of the node proxy.
    pub const READY: &str = "/healthz/ready";
}
