//! What clients rely on: conflicts, removal, idempotence, the books of updates.

use super::*;
use crate::schema::builtin;
use crate::schema::node::TypeSchema;
use serde_json::json;

fn writer(manager: &str) -> Writer<'_> {
    Writer {
        manager,
        api_version: "apps/v1",
        subresource: "",
        time: "2026-01-01T00:00:00Z",
    }
}

fn deployment() -> TypeSchema {
    builtin::type_schema("apps/v1", "Deployment").unwrap()
}

fn config(spec: &Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
}

fn applied(live: Option<&Value>, manager: &str, spec: &Value) -> Result<Value, ApplyError> {
    apply(
        live,
        &config(spec),
        deployment().node(),
        writer(manager),
        Conflicts::Refuse,
    )
}

fn container(name: &str, image: &str) -> Value {
    json!({"name": name, "image": image})
}

fn with_containers(containers: &Value) -> Value {
    json!({"template": {"spec": {"containers": containers}}})
}

#[test]
fn applying_twice_changes_nothing() {
    let first = applied(None, "helm", &json!({"replicas": 2})).unwrap();
    let later = Writer {
        time: "2027-01-01T00:00:00Z",
        ..writer("helm")
    };
    let again = apply(
        Some(&first),
        &config(&json!({"replicas": 2})),
        deployment().node(),
        later,
        Conflicts::Refuse,
    );
    assert_eq!(again.unwrap(), first);
}

#[test]
fn an_owner_is_listed_as_clients_read_it() {
    let object = applied(None, "helm", &with_containers(&json!([container("a", "x")]))).unwrap();
    let fields = &object["metadata"]["managedFields"][0]["fieldsV1"];
    let expected = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {
        "k:{\"name\":\"a\"}": {".": {}, "f:image": {}, "f:name": {}}}}}}});
    assert_eq!(*fields, expected);
}

#[test]
fn another_managers_field_is_a_conflict_that_names_both() {
    let live = applied(None, "one", &json!({"replicas": 2})).unwrap();
    let refused = applied(Some(&live), "two", &json!({"replicas": 3})).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Apply failed with 1 conflict: conflict with \"one\" using apps/v1: .spec.replicas"
    );
}

#[test]
fn the_same_value_is_shared_and_force_takes_over() {
    let live = applied(None, "one", &json!({"replicas": 2})).unwrap();
    let shared = applied(Some(&live), "two", &json!({"replicas": 2})).unwrap();
    assert_eq!(shared["metadata"]["managedFields"].as_array().unwrap().len(), 2);
    let node = deployment();
    let taken = apply(
        Some(&live),
        &config(&json!({"replicas": 3})),
        node.node(),
        writer("two"),
        Conflicts::Force,
    )
    .unwrap();
    assert_eq!(taken["spec"]["replicas"], 3);
    assert_eq!(taken["metadata"]["managedFields"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_no_longer_applied_goes_unless_another_holds_it() {
    let live = applied(None, "one", &json!({"replicas": 2, "paused": true})).unwrap();
    let live = applied(Some(&live), "two", &json!({"paused": true})).unwrap();
    let live = applied(Some(&live), "one", &json!({"minReadySeconds": 1})).unwrap();
    assert_eq!(live["spec"], json!({"minReadySeconds": 1, "paused": true}));
}

#[test]
fn items_merge_by_key_and_go_with_their_last_owner() {
    let live = applied(
        None,
        "one",
        &with_containers(&json!([container("a", "x"), container("b", "y")])),
    )
    .unwrap();
    let live = applied(
        Some(&live),
        "two",
        &with_containers(&json!([container("c", "z")])),
    )
    .unwrap();
    let live = applied(
        Some(&live),
        "one",
        &with_containers(&json!([container("b", "y")])),
    )
    .unwrap();
    let containers = &live["spec"]["template"]["spec"]["containers"];
    assert_eq!(*containers, json!([container("b", "y"), container("c", "z")]));
}

#[test]
fn a_repeated_key_is_refused() {
    let twice = with_containers(&json!([container("a", "x"), container("a", "y")]));
    assert!(matches!(
        applied(None, "one", &twice),
        Err(ApplyError::MalformedList(_))
    ));
}

#[test]
fn an_update_takes_the_fields_it_changed() {
    let live = applied(None, "helm", &json!({"replicas": 2, "paused": true})).unwrap();
    let mut scaled = live.clone();
    scaled["spec"]["replicas"] = json!(5);
    record_update(Some(&live), &mut scaled, deployment().node(), writer("kubectl"));
    let refused = applied(Some(&scaled), "helm", &json!({"replicas": 2, "paused": true})).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("conflict with \"kubectl\" using apps/v1: .spec.replicas"),
        "{refused}"
    );
}

#[test]
fn an_object_without_books_belongs_to_before_first_apply() {
    let live = config(&json!({"replicas": 2}));
    let refused = applied(Some(&live), "helm", &json!({"replicas": 3})).unwrap_err();
    assert!(refused.to_string().contains("before-first-apply"), "{refused}");
}

#[test]
fn an_empty_list_of_owners_forgets_them_all() {
    let live = applied(None, "helm", &json!({"replicas": 2})).unwrap();
    let mut reset = live.clone();
    reset["metadata"]["managedFields"] = json!([]);
    record_update(Some(&live), &mut reset, deployment().node(), writer("kubectl"));
    assert_eq!(reset["metadata"].get("managedFields"), None);
}

proptest::proptest! {
    #[test]
    fn disjoint_managers_never_conflict(one in 0..3_i64, two in proptest::bool::ANY) {
        let live = applied(None, "one", &json!({"replicas": one})).unwrap();
        let live = applied(Some(&live), "two", &json!({"paused": two})).unwrap();
        let live = applied(Some(&live), "one", &json!({"replicas": one + 1})).unwrap();
        let spec = json!({"replicas": one + 1, "paused": two});
        proptest::prop_assert_eq!(&live["spec"], &spec);
    }

    #[test]
    fn field_sets_survive_writing(names in proptest::collection::vec("[a-c]{1,2}", 1..5)) {
        let object: Value = names.iter().map(|name| (name.clone(), json!({"x": 1}))).collect::<serde_json::Map<_, _>>().into();
        let set = fields::FieldSet::of(&object, TypeSchema::untyped().node()).unwrap();
        proptest::prop_assert_eq!(fields::FieldSet::read(&set.write()), set);
    }
}

#[test]
fn what_kubectl_applied_on_its_own_side_is_no_conflict_to_it() {
    let mut live = config(&json!({"replicas": 1, "paused": true}));
    record_update(
        None,
        &mut live,
        deployment().node(),
        writer("kubectl-client-side-apply"),
    );
    let before = config(&json!({"replicas": 1})).to_string();
    live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": before});
    let took = applied(Some(&live), "kubectl", &json!({"replicas": 2})).unwrap();
    assert_eq!(took["spec"]["replicas"], 2);
    assert!(
        applied(Some(&live), "helm", &json!({"replicas": 2})).is_err(),
        "another applier"
    );
    let other_field = json!({"replicas": 2, "paused": false});
    assert!(
        applied(Some(&live), "kubectl", &other_field).is_err(),
        "not in the annotation"
    );
}
