//! What people set. Every set goes to every chart: one values file serves all four.

use serde_json::{Value, json};

/// A name and values.
type Set = (&'static str, Value);

/// All of them.
pub(crate) fn value_sets() -> Vec<Set> {
    [
        profiles(),
        platforms(),
        images(),
        control_plane(),
        control_plane_pods(),
        scaling(),
        node_agent(),
        node_proxy(),
        cluster(),
        refused(),
    ]
    .concat()
}

fn profiles() -> Vec<Set> {
    vec![
        ("nothing", json!({})),
        ("the_ambient_profile", json!({"profile": "ambient"})),
        (
            "the_ambient_profile_below_global",
            json!({"global": {"profile": "ambient"}}),
        ),
        ("the_demo_profile", json!({"profile": "demo"})),
        ("the_stable_profile", json!({"profile": "stable"})),
        ("the_openshift_profile", json!({"profile": "openshift-ambient"})),
        (
            "an_old_compatibility_version",
            json!({"compatibilityVersion": "1.25"}),
        ),
        (
            "a_newer_compatibility_version",
            json!({"global": {"compatibilityVersion": "1.28"}}),
        ),
        (
            "a_profile_a_platform_and_a_version",
            json!({"profile": "demo", "platform": "gke", "compatibilityVersion": "1.30"}),
        ),
        (
            "null_values",
            json!({"profile": null, "global": {"hub": null}, "podAnnotations": null}),
        ),
    ]
}

fn platforms() -> Vec<Set> {
    vec![
        ("platform_k3s", json!({"global": {"platform": "k3s"}})),
        ("platform_k3d", json!({"platform": "k3d"})),
        ("platform_gke", json!({"global": {"platform": "gke"}})),
        ("platform_microk8s", json!({"platform": "microk8s"})),
        ("platform_minikube", json!({"platform": "minikube"})),
        ("platform_openshift", json!({"global": {"platform": "openshift"}})),
        ("platform_eks", json!({"platform": "eks"})),
        (
            "plain_values_over_a_platform",
            json!({"global": {"platform": "k3s"}, "cniBinDir": "/x", "cniConfDir": "/y"}),
        ),
        (
            "prefixed_values_over_a_platform",
            json!({"global": {"platform": "k3s"}, "cni": {"cniBinDir": "/x"}}),
        ),
        (
            "both_spellings_over_a_platform",
            json!({"platform": "k3s", "cniBinDir": "/plain", "cni": {"cniBinDir": "/prefixed"}}),
        ),
    ]
}

fn images() -> Vec<Set> {
    vec![
        (
            "a_hub_and_tag",
            json!({"global": {"hub": "example.org/mesh", "tag": "1.2.3", "variant": "debug"}}),
        ),
        (
            "a_plain_hub_and_tag",
            json!({"hub": "example.org/other", "tag": "9", "variant": "distroless"}),
        ),
        (
            "a_whole_image",
            json!({"image": "example.org/other:9", "pilot": {"image": "example.org/pilot:8"}}),
        ),
        (
            "a_digest",
            json!({"global": {"tag": "sha256@abc"}, "cni": {"image": "example.org/cni@sha256:1234"}}),
        ),
        ("a_numeric_tag", json!({"global": {"tag": "1"}, "tag": "2"})),
        (
            "pull_policies",
            json!({"global": {"imagePullPolicy": "Always"}, "pullPolicy": "Never", "imagePullPolicy": "Never"}),
        ),
        (
            "pull_secrets",
            json!({"global": {"imagePullSecrets": ["one", "two"]}, "imagePullSecrets": ["three"]}),
        ),
    ]
}

fn control_plane() -> Vec<Set> {
    vec![
        (
            "a_revision",
            json!({"revision": "canary", "defaultRevision": "canary"}),
        ),
        (
            "revision_tags",
            json!({"revision": "r1", "revisionTags": ["prod", "stable"]}),
        ),
        ("no_default_revision", json!({"defaultRevision": ""})),
        (
            "mesh_config",
            json!({"meshConfig": {"trustDomain": "td", "defaultConfig": {"proxyMetadata": {"K": "v"}}}}),
        ),
        (
            "discovery_selectors",
            json!({"meshConfig": {"discoverySelectors": [{"matchLabels": {"a": "b"}}, {"matchExpressions": [{"key": "k", "operator": "In", "values": ["x"]}]}]}}),
        ),
        ("no_mesh_config_map", json!({"configMap": false})),
        (
            "mesh_networks",
            json!({"global": {"meshID": "m", "network": "n1", "meshNetworks": {"n1": {"endpoints": [{"fromRegistry": "c"}], "gateways": [{"address": "1.1.1.1", "port": 15443}]}}}}),
        ),
        (
            "a_cluster_name",
            json!({"global": {"multiCluster": {"clusterName": "east"}}, "multiCluster": {"clusterName": "east"}}),
        ),
        (
            "a_cluster_domain",
            json!({"global": {"proxy": {"clusterDomain": "example.local"}}}),
        ),
        ("no_validation", json!({"global": {"configValidation": false}})),
        (
            "a_lenient_validation",
            json!({"base": {"validationFailurePolicy": "Ignore"}}),
        ),
        (
            "an_external_validation",
            json!({"base": {"validationURL": "https://example.org/validate", "validationCABundle": "QUJD"}}),
        ),
        ("cluster_secrets", json!({"rbac": {"clusterSecrets": true}})),
        ("no_reader", json!({"global": {"enableReaderRBAC": false}})),
        (
            "another_reader",
            json!({"global": {"readerServiceAccount": {"name": "reader", "namespace": "ops"}}}),
        ),
    ]
}

fn control_plane_pods() -> Vec<Set> {
    vec![
        (
            "a_taint",
            json!({"taint": {"enabled": true, "namespace": "istio-system"}}),
        ),
        (
            "environment",
            json!({"env": {"A": "b", "N": 5, "T": true, "E": ""}, "pilot": {"env": {"PILOT_X": "y", "REVISION": "other"}}}),
        ),
        (
            "environment_from_elsewhere",
            json!({"pilot": {"envVarFrom": [{"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}}),
        ),
        (
            "extra_arguments",
            json!({"pilot": {"extraContainerArgs": ["--a", "--b=c"]}}),
        ),
        (
            "gateway_classes",
            json!({"gatewayClasses": {"istio-waypoint": {"deployment": {"spec": {"replicas": 2}}}}}),
        ),
        (
            "service_settings",
            json!({"pilot": {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4", "IPv6"], "trafficDistribution": "PreferClose", "serviceAnnotations": {"a": "b"}}}),
        ),
        (
            "a_trusted_proxy_elsewhere",
            json!({"pilot": {"trustedZtunnelNamespace": "kube-system", "trustedZtunnelName": "zt"}}),
        ),
    ]
}

fn scaling() -> Vec<Set> {
    vec![
        (
            "no_autoscaling",
            json!({"pilot": {"autoscaleEnabled": false, "replicaCount": 3}}),
        ),
        (
            "plain_values",
            json!({"autoscaleEnabled": false, "replicaCount": 3, "cniBinDir": "/y", "network": "n2"}),
        ),
        (
            "two_at_least",
            json!({"pilot": {"autoscaleMin": 2, "autoscaleMax": 8}}),
        ),
        (
            "memory_scaling",
            json!({"pilot": {"memory": {"targetAverageUtilization": 70}, "cpu": {"targetAverageUtilization": 50}}}),
        ),
        (
            "scaling_behaviour",
            json!({"pilot": {"autoscaleBehavior": {"scaleDown": {"stabilizationWindowSeconds": 60}}}}),
        ),
        (
            "a_disruption_budget",
            json!({"pilot": {"autoscaleMin": 2, "pdb": {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}}}),
        ),
        (
            "no_disruption_budget",
            json!({"pilot": {"autoscaleMin": 2}, "global": {"defaultPodDisruptionBudget": {"enabled": false}}}),
        ),
        (
            "rolling_bounds",
            json!({"pilot": {"rollingMaxSurge": 1, "rollingMaxUnavailable": 0}}),
        ),
        (
            "resources",
            json!({"resources": {"requests": {"cpu": "1m", "memory": "2Mi"}, "limits": {"cpu": 2, "memory": "64Mi"}}}),
        ),
        (
            "priority",
            json!({"global": {"priorityClassName": "system-cluster-critical"}}),
        ),
    ]
}

fn node_agent() -> Vec<Set> {
    vec![
        (
            "prefixed_values",
            json!({"pilot": {"autoscaleMin": 2}, "cni": {"cniBinDir": "/x"}, "global": {"network": "n1"}}),
        ),
        (
            "no_ambient_on_the_agent",
            json!({"cni": {"ambient": {"enabled": false}}}),
        ),
        (
            "other_enablement_selectors",
            json!({"cni": {"ambient": {"enablementSelectors": [{"podSelector": {"matchLabels": {"mesh": "yes"}}}]}}}),
        ),
        (
            "excluded_namespaces",
            json!({"cni": {"excludeNamespaces": ["kube-system", "ops"]}}),
        ),
        (
            "no_dns_capture_and_no_ipv6",
            json!({"cni": {"ambient": {"dnsCapture": false, "ipv6": false}}}),
        ),
        (
            "the_host_network",
            json!({"cni": {"ambient": {"shareHostNetworkNamespace": true}}}),
        ),
        (
            "a_configuration_file_of_its_own",
            json!({"cni": {"istioOwnedCNIConfig": true, "istioOwnedCNIConfigFileName": "02-istio.conflist", "cniConfFileName": "10-x.conflist"}}),
        ),
        ("multus", json!({"cni": {"provider": "multus", "chained": false}})),
        (
            "an_apparmor_annotation",
            json!({"cni": {"useAppArmorAnnotation": true}}),
        ),
        (
            "security_options",
            json!({"cni": {"seccompProfile": {"type": "RuntimeDefault"}, "seLinuxOptions": {"level": "s0"}}, "pilot": {"seccompProfile": {"type": "RuntimeDefault"}}}),
        ),
        (
            "agent_logging",
            json!({"cni": {"logging": {"level": "all:debug"}}, "global": {"logAsJson": true}}),
        ),
        (
            "agent_environment",
            json!({"cni": {"env": {"AMBIENT_ENABLED": "false", "OTHER": 1}}}),
        ),
    ]
}

fn node_proxy() -> Vec<Set> {
    vec![
        (
            "another_name",
            json!({"resourceName": "zt", "revision": "canary"}),
        ),
        (
            "addresses",
            json!({"caAddress": "ca.example:443", "xdsAddress": "xds.example:443", "istioNamespace": "mesh"}),
        ),
        ("a_revocation_list", json!({"peerCaCrl": {"enabled": true}})),
        (
            "updates_on_delete",
            json!({"updateStrategy": {"type": "OnDelete"}}),
        ),
        (
            "a_longer_grace_period",
            json!({"terminationGracePeriodSeconds": 3600}),
        ),
        (
            "dns_settings",
            json!({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1"]}}),
        ),
        (
            "volumes",
            json!({"volumes": [{"name": "v", "emptyDir": {}}], "volumeMounts": [{"name": "v", "mountPath": "/v"}]}),
        ),
        (
            "proxy_metadata",
            json!({"meshConfig": {"defaultConfig": {"proxyMetadata": {"A": "1", "RUST_LOG": "debug"}}}}),
        ),
    ]
}

fn cluster() -> Vec<Set> {
    vec![
        (
            "network_policies",
            json!({"global": {"networkPolicy": {"enabled": true}}, "revision": "canary"}),
        ),
        (
            "cluster_scope",
            json!({"global": {"resourceScope": "cluster"}, "resourceScope": "cluster"}),
        ),
        (
            "namespace_scope",
            json!({"global": {"resourceScope": "namespace"}, "resourceScope": "namespace"}),
        ),
        (
            "placement",
            json!({"nodeSelector": {"a": "b"}, "tolerations": [{"key": "k", "operator": "Exists"}], "affinity": {"nodeAffinity": {}}, "topologySpreadConstraints": [{"maxSkew": 1}]}),
        ),
        (
            "labels_and_annotations",
            json!({"podLabels": {"l": "1"}, "podAnnotations": {"a": "yes"}, "labels": {"x": "on"}, "annotations": {"y": "1_000"}, "deploymentLabels": {"d": "e"}, "daemonSetLabels": {"f": "g"}, "deploymentAnnotations": {"h": "i"}, "serviceAccountAnnotations": {"j": "k"}}),
        ),
        (
            "logging",
            json!({"global": {"logging": {"level": "default:debug"}, "logAsJson": true}, "logLevel": "debug", "logAsJson": true}),
        ),
        (
            "quotas",
            json!({"resourceQuotas": {"enabled": true, "pods": 10}, "cni": {"resourceQuotas": {"enabled": true}}}),
        ),
        ("fewer_definitions", json!({"base": {"crdSet": "ambient"}})),
        (
            "excluded_definitions",
            json!({"base": {"excludedCRDs": ["virtualservices.networking.istio.io"]}}),
        ),
        ("no_definitions", json!({"base": {"enableCRDTemplates": false}})),
        ("an_owner", json!({"ownerName": "installed-state"})),
        (
            "values_without_meaning",
            json!({"gateways": {"a": 1}, "sidecarInjectorWebhook": {"enableNamespacesByDefault": true}, "telemetry": {"enabled": true}, "global": {"proxy_init": {"image": "x"}, "sts": {"servicePort": 1}}, "istio_cni": {"enabled": true}}),
        ),
    ]
}

/// What a chart must refuse, in both renderers.
fn refused() -> Vec<Set> {
    vec![
        ("an_unknown_profile", json!({"profile": "nope"})),
        ("an_unknown_platform", json!({"platform": "nope"})),
        ("an_unknown_version", json!({"compatibilityVersion": "0.1"})),
        ("values_below_defaults", json!({"defaults": {"x": 1}})),
        (
            "an_unknown_scope",
            json!({"global": {"resourceScope": "some"}, "resourceScope": "some"}),
        ),
        // the schemas refuse these
        ("text_where_a_mapping_belongs", json!({"global": "x"})),
        (
            "text_where_a_switch_belongs",
            json!({"global": {"networkPolicy": {"enabled": "false"}}, "networkPolicy": {"enabled": "no"}}),
        ),
        (
            "a_mapping_where_a_list_belongs",
            json!({"tolerations": {"operator": "Exists"}, "global": {"imagePullSecrets": {"name": "x"}}}),
        ),
    ]
}
