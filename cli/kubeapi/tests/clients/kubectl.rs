//! `kubectl`: typed creates, patches, applies of both kinds, custom resources, explain.

use crate::cluster::Cluster;
use crate::harness::{Need, Suite};
use serde_json::Value;

pub(crate) fn add(suite: &mut Suite) {
    let mut test = |name: &str, body: fn(&Cluster)| {
        suite.test(name, &[Need::Kubectl], move || {
            body(&Cluster::start());
            Ok(())
        });
    };
    test(
        "typed_creates_are_read_from_protobuf",
        typed_creates_are_read_from_protobuf,
    );
    test(
        "reviews_and_tokens_are_read_from_protobuf",
        reviews_and_tokens_are_read_from_protobuf,
    );
    test(
        "client_side_apply_merges_by_key_and_removes",
        client_side_apply_merges_by_key_and_removes,
    );
    test(
        "server_side_apply_refuses_and_forces",
        server_side_apply_refuses_and_forces,
    );
    test(
        "a_client_side_apply_becomes_a_server_side_one",
        a_client_side_apply_becomes_a_server_side_one,
    );
    test("a_misspelt_field_is_refused", a_misspelt_field_is_refused);
    test(
        "custom_objects_are_defaulted_and_validated",
        custom_objects_are_defaulted_and_validated,
    );
    test("every_patch_format_works", every_patch_format_works);
    test(
        "explain_knows_built_in_and_custom_kinds",
        explain_knows_built_in_and_custom_kinds,
    );
    test(
        "objects_are_labelled_scaled_restarted_and_deleted",
        objects_are_labelled_scaled_restarted_and_deleted,
    );
}

const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: main
        image: web
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
        ports: [{containerPort: 80}]
"#;

const WIDGETS: &str = r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets, singular: widget, shortNames: [wg]}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, description: how big}
              mode: {type: string, enum: [A, B], default: A}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
";

const WIDGET: &str = "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: {size: 3}}";

fn json(cluster: &Cluster, line: &str) -> Value {
    serde_json::from_str(&cluster.ok(line, "")).unwrap()
}

fn typed_creates_are_read_from_protobuf(cluster: &Cluster) {
    for line in [
        "namespace demo",
        "configmap c --from-literal=a=b",
        "secret generic s --from-literal=p=q",
        "serviceaccount bob",
        "deployment web --image=web --replicas=2 --port=80",
        "service clusterip web --tcp=80:8080",
        "role r --verb=get --resource=pods",
        "rolebinding r --role=r --serviceaccount=default:bob",
        "clusterrole c --verb=get,list --resource=nodes",
        "clusterrolebinding c --clusterrole=c --serviceaccount=default:bob",
        "job j --image=job",
        "quota q --hard=pods=10",
        "poddisruptionbudget p --selector=app=web --min-available=1",
        "priorityclass p --value=10",
        "ingress i --rule=example.com/path=web:80",
    ] {
        cluster.ok(&format!("kubectl create {line}"), "");
    }
    let web = json(cluster, "kubectl get deployment web -o json");
    assert_eq!(web["spec"]["replicas"], 2);
    assert_eq!(
        web["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"],
        80
    );
    let service = json(cluster, "kubectl get service web -o json");
    assert_eq!(service["spec"]["ports"][0]["targetPort"], 8080);
    assert_eq!(json(cluster, "kubectl get secret s -o json")["data"]["p"], "cQ==");
    assert_eq!(
        json(cluster, "kubectl get quota q -o json")["spec"]["hard"]["pods"],
        "10"
    );
    assert_eq!(
        json(cluster, "kubectl get pdb p -o json")["spec"]["minAvailable"],
        1
    );
}

fn reviews_and_tokens_are_read_from_protobuf(cluster: &Cluster) {
    cluster.ok("kubectl create serviceaccount bob", "");
    cluster.ok("kubectl create role r --verb=get --resource=pods", "");
    cluster.ok(
        "kubectl create rolebinding r --role=r --serviceaccount=default:bob",
        "",
    );
    let token = cluster.ok("kubectl create token bob --audience=here --duration=20m", "");
    assert_eq!(token.trim().split('.').count(), 3, "{token}");
    let bob = "--as=system:serviceaccount:default:bob";
    assert_eq!(
        cluster
            .ok(&format!("kubectl auth can-i get pods {bob}"), "")
            .trim(),
        "yes"
    );
    let refused = cluster.run(&format!("kubectl auth can-i delete pods {bob}"), "");
    assert_eq!(String::from_utf8(refused.stdout).unwrap().trim(), "no");
    assert!(cluster.ok("kubectl auth whoami", "").contains("kubernetes-admin"));
}

fn client_side_apply_merges_by_key_and_removes(cluster: &Cluster) {
    cluster.ok("kubectl apply -f -", DEPLOYMENT);
    assert!(cluster.ok("kubectl apply -f -", DEPLOYMENT).contains("unchanged"));
    cluster.ok("kubectl set env deployment/web C=3", "");
    let changed = DEPLOYMENT
        .replace(r#", {name: B, value: "2"}"#, "")
        .replace("replicas: 1", "replicas: 2");
    assert!(cluster.ok("kubectl apply -f -", &changed).contains("configured"));
    let web = json(cluster, "kubectl get deployment web -o json");
    let env = &web["spec"]["template"]["spec"]["containers"][0]["env"];
    let names: Vec<&str> = env
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["A", "C"],
        "B was applied and is no longer; C is another's"
    );
    assert_eq!(web["spec"]["replicas"], 2);
    // says "configured" because of the foreign list item, but nothing was written
    cluster.ok("kubectl apply -f -", &changed);
    let again = json(cluster, "kubectl get deployment web -o json");
    assert_eq!(
        again["metadata"]["resourceVersion"],
        web["metadata"]["resourceVersion"]
    );
}

fn server_side_apply_refuses_and_forces(cluster: &Cluster) {
    cluster.ok("kubectl apply --server-side -f -", DEPLOYMENT);
    let other = DEPLOYMENT.replace("replicas: 1", "replicas: 5");
    let refused = cluster.fails("kubectl apply --server-side --field-manager=other -f -", &other);
    assert!(
        refused.contains(
            r#"Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas"#
        ),
        "{refused}"
    );
    cluster.ok(
        "kubectl apply --server-side --force-conflicts --field-manager=other -f -",
        &other,
    );
    // the first owner gives up the field it lost; its new owner keeps it
    let without = DEPLOYMENT
        .replace("  replicas: 1\n", "")
        .replace(r#", {name: B, value: "2"}"#, "");
    cluster.ok("kubectl apply --server-side -f -", &without);
    let web = json(cluster, "kubectl get deployment web -o json");
    assert_eq!(web["spec"]["replicas"], 5);
    let env = &web["spec"]["template"]["spec"]["containers"][0]["env"];
    assert_eq!(
        env.as_array().unwrap().len(),
        2,
        "the other manager applies B too"
    );
}

fn a_client_side_apply_becomes_a_server_side_one(cluster: &Cluster) {
    cluster.ok("kubectl apply -f -", DEPLOYMENT);
    let changed = DEPLOYMENT
        .replace("image: web", "image: web2")
        .replace(r#", {name: B, value: "2"}"#, "");
    cluster.ok("kubectl apply --server-side -f -", &changed);
    let web = json(
        cluster,
        "kubectl get deployment web -o json --show-managed-fields",
    );
    let container = &web["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "web2");
    assert_eq!(container["env"].as_array().unwrap().len(), 1);
    let managers = web["metadata"]["managedFields"].as_array().unwrap();
    assert!(
        managers
            .iter()
            .any(|one| one["manager"] == "kubectl" && one["operation"] == "Apply")
    );
}

fn a_misspelt_field_is_refused(cluster: &Cluster) {
    let wrong = DEPLOYMENT.replace("replicas:", "replica:");
    for line in [
        "kubectl apply -f -",
        "kubectl create -f -",
        "kubectl apply --server-side -f -",
    ] {
        let text = cluster.fails(line, &wrong);
        assert!(
            text.contains("unknown field \"spec.replica\"") || text.contains(".spec.replica:"),
            "{text}"
        );
    }
    let text = cluster.fails(
        "kubectl create -f -",
        &DEPLOYMENT.replace("replicas: 1", "replicas: many"),
    );
    assert!(text.contains("spec.replicas"), "{text}");
    let lenient = cluster.run("kubectl create --validate=warn -f -", &wrong);
    assert!(lenient.status.success());
    assert!(
        String::from_utf8(lenient.stderr)
            .unwrap()
            .contains("Warning: unknown field \"spec.replica\"")
    );
}

fn custom_objects_are_defaulted_and_validated(cluster: &Cluster) {
    cluster.ok("kubectl apply -f -", WIDGETS);
    cluster.ok(
        "kubectl wait --for=condition=Established crd/widgets.example.com --timeout=10s",
        "",
    );
    cluster.ok("kubectl apply -f -", WIDGET);
    assert_eq!(json(cluster, "kubectl get wg w -o json")["spec"]["mode"], "A");
    assert!(cluster.ok("kubectl get widgets", "").contains("SIZE"));
    let text = cluster.fails(
        "kubectl apply -f -",
        &WIDGET.replace("size: 3", "size: 0, mode: C"),
    );
    assert!(text.contains("The Widget \"w\" is invalid"), "{text}");
    assert!(
        text.contains("spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1")
    );
    assert!(
        text.contains(r#"spec.mode: Unsupported value: "C": supported values: "A", "B""#),
        "{text}"
    );
    let text = cluster.fails("kubectl apply -f -", &WIDGET.replace("size: 3", "mode: A"));
    assert!(text.contains("spec.size: Required value"), "{text}");
    let broken = WIDGETS.replace("type: object\n            required", "required");
    let text = cluster.fails("kubectl apply -f -", &broken);
    assert!(
        text.contains("must not be empty for specified object fields"),
        "{text}"
    );
}

fn every_patch_format_works(cluster: &Cluster) {
    cluster.ok("kubectl apply -f -", DEPLOYMENT);
    let container = r#"{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"s"}]}}}}"#;
    cluster.ok(&format!("kubectl patch deployment web -p {container}"), "");
    let remove = r#"[{"op":"remove","path":"/spec/template/spec/containers/0"}]"#;
    cluster.ok(
        &format!("kubectl patch deployment web --type=json -p {remove}"),
        "",
    );
    cluster.ok(
        r#"kubectl patch deployment web --type=merge -p {"spec":{"paused":true}}"#,
        "",
    );
    let web = json(cluster, "kubectl get deployment web -o json");
    assert_eq!(
        web["spec"]["template"]["spec"]["containers"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(web["spec"]["paused"], true);
    let text = cluster.fails(
        r#"kubectl patch deployment web --type=json -p [{"op":"remove","path":"/no"}]"#,
        "",
    );
    assert!(text.contains("doc is missing path: /no"), "{text}");
    cluster.ok("kubectl apply -f -", WIDGETS);
    cluster.ok("kubectl apply -f -", WIDGET);
    let text = cluster.fails("kubectl patch wg w --type=strategic -p {}", "");
    assert!(text.contains("strategic"), "{text}");
}

fn explain_knows_built_in_and_custom_kinds(cluster: &Cluster) {
    cluster.ok("kubectl apply -f -", WIDGETS);
    assert!(
        cluster
            .ok("kubectl explain deployment.spec.strategy", "")
            .contains("DeploymentStrategy")
    );
    assert!(
        cluster
            .ok("kubectl explain pod.spec.containers.ports", "")
            .contains("containerPort")
    );
    assert!(cluster.ok("kubectl explain widget.spec", "").contains("how big"));
}

fn objects_are_labelled_scaled_restarted_and_deleted(cluster: &Cluster) {
    cluster.ok("kubectl create namespace demo", "");
    cluster.ok("kubectl label namespace demo istio.io/dataplane-mode=ambient", "");
    let labels = cluster.ok("kubectl get namespace demo -o jsonpath={.metadata.labels}", "");
    assert!(
        labels.contains(r#""istio.io/dataplane-mode":"ambient""#),
        "{labels}"
    );
    cluster.ok("kubectl label namespace demo istio.io/dataplane-mode-", "");
    cluster.ok("kubectl -n demo apply -f -", DEPLOYMENT);
    cluster.ok("kubectl -n demo scale deployment web --replicas=3", "");
    cluster.ok("kubectl -n demo annotate deployment web a=b", "");
    cluster.ok("kubectl -n demo rollout restart deployment", "");
    let web = json(cluster, "kubectl -n demo get deployment web -o json");
    assert_eq!(web["spec"]["replicas"], 3);
    assert_eq!(web["metadata"]["annotations"]["a"], "b");
    let restarted = &web["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"];
    assert!(restarted.is_string());
    assert!(
        cluster
            .ok("kubectl -n demo describe deployment web", "")
            .contains("RollingUpdate")
    );
    cluster.ok("kubectl -n demo delete deployment web", "");
    cluster.ok("kubectl delete namespace demo --timeout=20s", "");
    assert!(
        cluster
            .fails("kubectl get namespace demo", "")
            .contains("namespaces \"demo\" not found")
    );
}
