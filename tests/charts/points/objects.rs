//! What objects are rendered, and what they hold.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every point has the type of those that can fail"
)]

use super::{all, container, find, key, render, variables};
use libtest_mimic::Failed;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Plural, short name, versions; the stored one first.
const DEFINITIONS: [(&str, &str, &str); 15] = [
    ("authorizationpolicies.security.istio.io", "ap", "v1 v1beta1"),
    ("peerauthentications.security.istio.io", "pa", "v1 v1beta1"),
    ("requestauthentications.security.istio.io", "ra", "v1 v1beta1"),
    ("serviceentries.networking.istio.io", "se", "v1 v1alpha3 v1beta1"),
    ("workloadentries.networking.istio.io", "we", "v1 v1alpha3 v1beta1"),
    ("workloadgroups.networking.istio.io", "wg", "v1 v1alpha3 v1beta1"),
    (
        "destinationrules.networking.istio.io",
        "dr",
        "v1 v1alpha3 v1beta1",
    ),
    ("virtualservices.networking.istio.io", "vs", "v1 v1alpha3 v1beta1"),
    ("gateways.networking.istio.io", "gw", "v1 v1alpha3 v1beta1"),
    ("sidecars.networking.istio.io", "", "v1 v1alpha3 v1beta1"),
    ("envoyfilters.networking.istio.io", "", "v1alpha3"),
    ("proxyconfigs.networking.istio.io", "", "v1beta1"),
    ("wasmplugins.extensions.istio.io", "", "v1alpha1"),
    ("trafficextensions.extensions.istio.io", "", "v1alpha1"),
    ("telemetries.telemetry.istio.io", "telemetry", "v1alpha1 v1"),
];

pub(super) fn definitions() -> Result<(), Failed> {
    let objects = render("base", &json!({}));
    let is_definition = |object: &&Value| object["kind"] == "CustomResourceDefinition";
    assert_eq!(objects.iter().filter(is_definition).count(), DEFINITIONS.len());
    for (name, short, versions) in DEFINITIONS {
        let one = find(&objects, "CustomResourceDefinition", name);
        assert_eq!(
            one["metadata"]["annotations"]["helm.sh/resource-policy"], "keep",
            "{name}"
        );
        let found = one["spec"]["names"]["shortNames"][0].as_str().unwrap_or_default();
        assert_eq!(found, short, "{name}");
        let listed: Vec<&Value> = one["spec"]["versions"].as_array().into_iter().flatten().collect();
        let stored: Vec<&Value> = listed
            .iter()
            .filter(|one| one["storage"] == true)
            .copied()
            .collect();
        let wanted: Vec<&str> = versions.split(' ').collect();
        assert_eq!(stored.len(), 1, "{name}");
        assert_eq!(stored[0]["name"], wanted[0], "{name}");
        let names: BTreeSet<&str> = listed.iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, wanted.into_iter().collect(), "{name}");
        assert!(listed.iter().all(|one| one["served"] == true), "{name}");
    }
    Ok(())
}

fn ports(object: &Value) -> BTreeMap<&str, i64> {
    let list = object["ports"].as_array().into_iter().flatten();
    list.filter_map(|port| {
        let number = port["port"].as_i64().or_else(|| port["containerPort"].as_i64())?;
        Some((port["name"].as_str()?, number))
    })
    .collect()
}

pub(super) fn service() -> Result<(), Failed> {
    let objects = render("istiod", &json!({}));
    let service = &find(&objects, "Service", "istiod")["spec"];
    let wanted = [
        ("grpc-xds", 15010),
        ("https-dns", 15012),
        ("https-webhook", 443),
        ("http-monitoring", 15014),
    ];
    assert_eq!(ports(service), wanted.into());
    let webhook = service["ports"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|port| port["port"] == 443);
    assert_eq!(webhook.ok_or("no port 443")?["targetPort"], 15017);
    Ok(())
}

pub(super) fn selectors() -> Result<(), Failed> {
    let objects = all(&json!({}));
    for (name, selector, port) in [
        (
            "istio-cni-node",
            json!({"k8s-app": "istio-cni-node"}),
            ("metrics", 15014),
        ),
        ("ztunnel", json!({"app": "ztunnel"}), ("ztunnel-stats", 15020)),
    ] {
        let one = find(&objects, "DaemonSet", name);
        assert_eq!(one["spec"]["selector"]["matchLabels"], selector, "{name}");
        assert_eq!(ports(container(one)).get(port.0), Some(&port.1), "{name}");
    }
    let istiod = find(&objects, "Deployment", "istiod");
    assert_eq!(
        istiod["spec"]["selector"]["matchLabels"],
        json!({"istio": "pilot"})
    );
    Ok(())
}

pub(super) fn trusted() -> Result<(), Failed> {
    let accounts = |values: &Value| {
        let objects = render("istiod", values);
        variables(find(&objects, "Deployment", "istiod"))
            .get("CA_TRUSTED_NODE_ACCOUNTS")
            .map(|text| (*text).to_owned())
    };
    assert_eq!(accounts(&json!({})).as_deref(), Some("istio-system/ztunnel"));
    let moved = json!({"trustedZtunnelNamespace": "kube-system", "trustedZtunnelName": "mine"});
    assert_eq!(accounts(&moved).as_deref(), Some("kube-system/mine"));
    Ok(())
}

pub(super) fn scaling() -> Result<(), Failed> {
    let has = |objects: &[Value], kind: &str| objects.iter().any(|object| object["kind"] == kind);
    let replicas = |objects: &[Value]| {
        find(objects, "Deployment", "istiod")["spec"]
            .get("replicas")
            .cloned()
    };
    let one = render("istiod", &json!({"autoscaleEnabled": true, "autoscaleMin": 1}));
    assert_eq!(replicas(&one), None);
    assert!(has(&one, "HorizontalPodAutoscaler") && !has(&one, "PodDisruptionBudget"));
    let two = render("istiod", &json!({"autoscaleEnabled": true, "autoscaleMin": 2}));
    assert_eq!(
        find(&two, "PodDisruptionBudget", "istiod")["spec"]["minAvailable"],
        1
    );
    let fixed = render("istiod", &json!({"autoscaleEnabled": false, "replicaCount": 3}));
    assert_eq!(replicas(&fixed), Some(json!(3)));
    assert!(!has(&fixed, "HorizontalPodAutoscaler"));
    Ok(())
}

pub(super) fn capabilities() -> Result<(), Failed> {
    let objects = all(&json!({}));
    let added = |kind: &str, name: &str| -> BTreeSet<String> {
        let context = &container(find(&objects, kind, name))["securityContext"];
        assert_ne!(context["privileged"], true, "{name}");
        let list = context["capabilities"]["add"].as_array().into_iter().flatten();
        list.filter_map(|one| one.as_str().map(str::to_owned)).collect()
    };
    let ours = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        added("DaemonSet", "ztunnel"),
        ours(&["NET_ADMIN", "SYS_ADMIN", "NET_RAW"])
    );
    assert_eq!(added("DaemonSet", "istio-cni-node").len(), 5);
    assert_eq!(added("Deployment", "istiod"), ours(&[]));
    Ok(())
}

pub(super) fn policies() -> Result<(), Failed> {
    let count = |values: &Value| {
        all(values)
            .iter()
            .filter(|object| object["kind"] == "NetworkPolicy")
            .count()
    };
    assert_eq!(count(&json!({"global": {"networkPolicy": {"enabled": true}}})), 3);
    assert_eq!(count(&json!({})), 0);
    Ok(())
}

pub(super) fn labels() -> Result<(), Failed> {
    let values =
        json!({"global": {"networkPolicy": {"enabled": true}, "platform": "gke"}, "autoscaleMin": 2});
    for object in all(&values) {
        let labels = &object["metadata"]["labels"];
        assert_eq!(labels["app.kubernetes.io/part-of"], "istio", "{}", key(&object));
        assert_eq!(labels["app.kubernetes.io/managed-by"], "Helm", "{}", key(&object));
        assert_eq!(labels["app.kubernetes.io/instance"], "r", "{}", key(&object));
        for label in [
            "app.kubernetes.io/name",
            "app.kubernetes.io/version",
            "helm.sh/chart",
        ] {
            assert!(labels[label].is_string(), "{} has no {label}", key(&object));
        }
    }
    Ok(())
}

pub(super) fn revision() -> Result<(), Failed> {
    let objects = all(&json!({"revision": "canary"}));
    let istiod = find(&objects, "Deployment", "istiod-canary");
    let selector = &find(&objects, "Service", "istiod-canary")["spec"]["selector"];
    for selector in [&istiod["spec"]["selector"]["matchLabels"], selector] {
        assert_eq!(*selector, json!({"app": "istiod", "istio.io/rev": "canary"}));
    }
    find(
        &objects,
        "ValidatingWebhookConfiguration",
        "istio-validator-canary-istio-system",
    );
    find(&objects, "ConfigMap", "istio-canary");
    find(&objects, "DaemonSet", "istio-cni-node");
    find(&objects, "DaemonSet", "ztunnel");
    Ok(())
}

/// What the roles allow, read as the API server reads them; that it does so is for the suites of the API.
pub(super) fn secrets() -> Result<(), Failed> {
    for object in all(&json!({}))
        .iter()
        .filter(|object| object["kind"] == "ClusterRole")
    {
        for rule in object["rules"].as_array().into_iter().flatten() {
            let holds = |field: &str, words: &[&str]| {
                let list = rule[field].as_array().into_iter().flatten();
                list.filter_map(Value::as_str).any(|word| words.contains(&word))
            };
            let is_everything = holds("resources", &["secrets", "*"]) && holds("apiGroups", &["", "*"]);
            let is_reading = holds("verbs", &["get", "list", "watch", "*"]);
            assert!(!(is_everything && is_reading), "{}: {rule}", key(object));
        }
    }
    let open = all(&json!({"rbac": {"clusterSecrets": true}}));
    let reads = |object: &Value| object["rules"].to_string().contains("\"secrets\"");
    assert!(
        open.iter()
            .any(|object| object["kind"] == "ClusterRole" && reads(object))
    );
    Ok(())
}
