//! `helm`: a small chart is installed, upgraded, rolled back and uninstalled.

use crate::cluster::Cluster;
use crate::harness::{Need, Suite};

pub(crate) fn add(suite: &mut Suite) {
    suite.test(
        "helm_installs_upgrades_and_uninstalls",
        &[Need::Helm, Need::Kubectl],
        || {
            helm_installs_upgrades_and_uninstalls(&Cluster::start());
            Ok(())
        },
    );
}

const TEMPLATE: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
  word: {{ .Values.word | quote }}
  {{- if .Values.extra }}
  extra: "yes"
  {{- end }}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: small}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: small}}
  template:
    metadata: {labels: {app: small}}
    spec:
      containers: [{name: main, image: small}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: {{ .Release.Name }}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
"#;

fn helm_installs_upgrades_and_uninstalls(cluster: &Cluster) {
    let chart = cluster.folder().join("chart");
    std::fs::create_dir_all(chart.join("templates")).unwrap();
    std::fs::write(
        chart.join("Chart.yaml"),
        "{apiVersion: v2, name: small, version: 0.1.0}",
    )
    .unwrap();
    std::fs::write(
        chart.join("values.yaml"),
        "{replicas: 1, word: hello, extra: true}",
    )
    .unwrap();
    std::fs::write(chart.join("templates/all.yaml"), TEMPLATE).unwrap();

    cluster.ok("helm install rel chart -n apps --create-namespace", "");
    let data = || cluster.ok("kubectl get configmap rel -n apps -o jsonpath={.data}", "");
    assert_eq!(data(), r#"{"extra":"yes","word":"hello"}"#);
    cluster.ok(
        "helm upgrade rel chart -n apps --set word=bye,extra=false,replicas=2",
        "",
    );
    assert_eq!(
        data(),
        r#"{"word":"bye"}"#,
        "what the chart no longer has is gone"
    );
    let replicas = "kubectl get deployment rel -n apps -o jsonpath={.spec.replicas}";
    assert_eq!(cluster.ok(replicas, ""), "2");
    // somebody else's field survives upgrades
    cluster.ok("kubectl annotate configmap rel -n apps note=mine", "");
    cluster.ok("helm rollback rel 1 -n apps", "");
    assert_eq!(data(), r#"{"extra":"yes","word":"hello"}"#);
    let note = cluster.ok(
        "kubectl get configmap rel -n apps -o jsonpath={.metadata.annotations.note}",
        "",
    );
    assert_eq!(note, "mine");
    assert!(cluster.ok("helm list -n apps", "").contains("deployed"));
    cluster.ok("helm uninstall rel -n apps --wait", "");
    let left = cluster.ok(
        "kubectl get deployment,service,configmap,secret,clusterrole -A -o name",
        "",
    );
    assert!(
        !left
            .lines()
            .any(|name| name.ends_with("/rel") || name.contains("sh.helm")),
        "{left}"
    );
}
