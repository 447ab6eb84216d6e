//! Differences, causes and proposals, on objects that are no more than what a test needs.

use super::*;
use serde_json::json;

fn daemon_set(image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "ztunnel", "namespace": "istio-system", "labels": {"app": "ztunnel"}},
        "spec": {"template": {"spec": {"containers": [
            {"name": "istio-proxy", "image": image, "env": [{"name": "A", "value": "1"}]},
        ]}}},
    })
}

fn managed(object: &mut Value, manager: &str, time: &str, fields: &Value) {
    let entry = json!({"manager": manager, "operation": "Update", "time": time, "fieldsV1": fields});
    let metadata = object["metadata"].as_object_mut().unwrap();
    let entries = metadata.entry("managedFields").or_insert_with(|| json!([]));
    entries.as_array_mut().unwrap().push(entry);
}

fn image_fields() -> Value {
    json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"istio-proxy\"}": {"f:image": {}}}}}}})
}

#[test]
fn a_change_by_hand_is_named_with_who_and_when() {
    let mut live = daemon_set("other");
    managed(
        &mut live,
        "meshctl",
        "2026-01-01T00:00:00Z",
        &json!({"f:spec": {}}),
    );
    managed(&mut live, "kubectl-edit", "2026-01-02T00:00:00Z", &image_fields());
    let found = fields(&live, &daemon_set("ours"), "meshctl");
    assert_eq!(found.len(), 1);
    let one = &found[0];
    assert_eq!(one.object, "DaemonSet/istio-system/ztunnel");
    assert_eq!(one.cause, Cause::Manual);
    assert_eq!(
        one.field.as_deref(),
        Some(".spec.template.spec.containers[istio-proxy].image")
    );
    assert_eq!(
        (&one.live, &one.wanted),
        (&Some(json!("other")), &Some(json!("ours")))
    );
    assert_eq!(one.manager.as_deref(), Some("kubectl-edit"));
    assert_eq!(one.time.as_deref(), Some("2026-01-02T00:00:00Z"));
    assert_eq!(
        one.proposal,
        "kubectl patch -n istio-system daemonset ztunnel --type json -p \
         '[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/image\",\"value\":\"ours\"}]'"
    );
}

#[test]
fn what_controllers_and_other_tools_write_is_to_be_ignored() {
    for (manager, cause) in [
        ("istiod", Cause::Controller),
        ("kube-controller-manager", Cause::Controller),
        ("argocd-controller", Cause::OtherManager),
        ("kubectl-client-side-apply", Cause::Manual),
        ("k9s", Cause::Manual),
        ("meshctl", Cause::Outdated),
    ] {
        let mut live = daemon_set("other");
        managed(&mut live, manager, "2026-01-02T00:00:00Z", &image_fields());
        let found = fields(&live, &daemon_set("ours"), "meshctl");
        assert_eq!(found[0].cause, cause, "{manager}");
        let is_ignored = matches!(cause, Cause::Controller | Cause::OtherManager);
        assert_eq!(found[0].proposal.starts_with("ignore "), is_ignored, "{manager}");
    }
}

#[test]
fn what_was_removed_is_blamed_on_who_wrote_after_the_applier() {
    let mut live = daemon_set("ours");
    live["metadata"]["labels"] = json!({});
    managed(&mut live, "meshctl", "2026-01-01T00:00:00Z", &json!({}));
    managed(
        &mut live,
        "kubectl-label",
        "2026-01-03T00:00:00Z",
        &json!({"f:metadata": {"f:labels": {}}}),
    );
    managed(
        &mut live,
        "kube-controller-manager",
        "2025-01-03T00:00:00Z",
        &json!({"f:metadata": {}}),
    );
    let found = fields(&live, &daemon_set("ours"), "meshctl");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].cause, found[0].live.clone()), (Cause::Manual, None));
    assert_eq!(found[0].manager.as_deref(), Some("kubectl-label"));
    assert!(
        found[0]
            .proposal
            .contains("\"op\":\"add\",\"path\":\"/metadata/labels/app\"")
    );
}

#[test]
fn elements_are_told_apart_by_name_and_the_servers_own_fields_are_left_out() {
    let mut live = daemon_set("ours");
    live["metadata"]["resourceVersion"] = json!("7");
    live["status"] = json!({"x": 1});
    live["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "B", "value": "2"}, {"name": "A", "value": "3"}]);
    let shown: Vec<String> = paths::changes(&live, &daemon_set("ours"))
        .iter()
        .map(|change| paths::shown(&change.path))
        .collect();
    let env = ".spec.template.spec.containers[istio-proxy].env";
    assert_eq!(shown, [format!("{env}[B]"), format!("{env}[A].value")]);
    assert_eq!(fields(&live, &live.clone(), "meshctl"), []);
}

#[test]
fn lists_without_names_are_compared_by_place_or_as_a_whole() {
    let (a, b, c) = (json!({"a": [1, 2]}), json!({"a": [1, 3]}), json!({"a": [1]}));
    let shown = |x: &Value, y: &Value| {
        let found = paths::changes(x, y);
        found
            .iter()
            .map(|change| paths::shown(&change.path))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&a, &b), [".a[1]"]);
    assert_eq!(shown(&a, &c), [".a"]);
}

#[test]
fn paths_are_quoted_where_they_must_be() {
    let path = [
        Step::Key("metadata".to_owned()),
        Step::Key("labels".to_owned()),
        Step::Key("app.kubernetes.io/version".to_owned()),
    ];
    let live = json!({"metadata": {"labels": {"app.kubernetes.io/version": "1"}}});
    assert_eq!(
        paths::shown(&path),
        r#".metadata.labels["app.kubernetes.io/version"]"#
    );
    assert_eq!(jq(&path), r#".metadata.labels."app.kubernetes.io/version""#);
    assert_eq!(
        paths::pointer(&live, &path),
        "/metadata/labels/app.kubernetes.io~1version"
    );
    let bundle = [
        Step::Key("webhooks".to_owned()),
        Step::Named("name", "a.b".to_owned()),
        Step::Key("failurePolicy".to_owned()),
    ];
    assert_eq!(
        jq(&bundle),
        r#".webhooks[]? | select(.name == "a.b").failurePolicy"#
    );
}
