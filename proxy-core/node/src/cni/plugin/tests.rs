//! One call of the plugin, without API server and agent.

use super::*;
use serde_json::Value;

fn call(command: &str, arguments: &str, input: &Value) -> Call {
    let environment = [
        ("CNI_COMMAND", command),
        ("CNI_ARGS", arguments),
        ("CNI_NETNS", "/proc/7/ns/net"),
    ];
    Call {
        environment: environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        input: input.to_string().into_bytes(),
    }
}

fn configuration(run: &Path) -> Value {
    json!({"cniVersion": "1.0.0", "name": "n", "type": "istio-cni", "cni_agent_run_dir": run, "ambient_enabled": true,
        "exclude_namespaces": ["kube-system"], "pod_namespace": "istio-system", "agent_daemon_set": "istio-cni-node",
        "prevResult": {"cniVersion": "1.0.0", "ips": []}})
}

const POD: &str = "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=a";

#[tokio::test]
async fn cni_c06_pods_that_must_not_wait_pass_without_credentials() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        "K8S_POD_NAMESPACE=istio-system;K8S_POD_NAME=istio-cni-node-x2x4z",
        "K8S_POD_NAMESPACE=kube-system;K8S_POD_NAME=coredns-1",
        "",
    ] {
        let answer = call("ADD", arguments, &configuration(folder.path()))
            .answer()
            .await;
        assert_eq!(
            answer.unwrap(),
            r#"{"cniVersion":"1.0.0","ips":[]}"#,
            "{arguments}"
        );
    }
}

#[tokio::test]
async fn names_that_only_look_like_the_agents_do_not_pass() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=istio-cni-node-x2x4z",
        "K8S_POD_NAMESPACE=istio-system;K8S_POD_NAME=istio-cni-nodes",
        POD,
    ] {
        let (failure, _) = call("ADD", arguments, &configuration(folder.path()))
            .answer()
            .await
            .unwrap_err();
        assert!(failure.message.contains("istio-cni-kubeconfig"), "{failure:?}");
    }
}

#[tokio::test]
async fn security_n7_other_commands_need_nobody() {
    for command in ["DEL", "CHECK", "GC", "STATUS"] {
        let nothing = Call {
            environment: BTreeMap::from([("CNI_COMMAND".to_owned(), command.to_owned())]),
            input: Vec::new(),
        };
        assert_eq!(nothing.answer().await.unwrap(), "");
    }
}

#[tokio::test]
async fn versions_are_told() {
    let answer = call("VERSION", "", &json!({"cniVersion": "0.4.0"}))
        .answer()
        .await
        .unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["cniVersion"], "0.4.0");
    assert!(
        answer["supportedVersions"]
            .as_array()
            .unwrap()
            .contains(&json!("1.1.0"))
    );
}

#[tokio::test]
async fn cni_c28_malformed_input_is_an_error_object() {
    // security N8
    let folder = tempfile::tempdir().unwrap();
    let broken = Call {
        environment: call("ADD", POD, &json!({})).environment,
        input: b"{".to_vec(),
    };
    let (failure, version) = broken.answer().await.unwrap_err();
    let object: Value = serde_json::from_str(&failure.render(&version)).unwrap();
    assert_eq!(
        (object["code"].as_u64(), object["cniVersion"].as_str()),
        (Some(7), Some("1.0.0"))
    );
    let odd = call(
        "ADD",
        "K8S_POD_NAMESPACE=../x;K8S_POD_NAME=a",
        &configuration(folder.path()),
    );
    assert_eq!(odd.answer().await.unwrap_err().0.code, 7);
    assert_eq!(
        call("DANCE", "", &json!({})).answer().await.unwrap_err().0.code,
        4
    );
}

/// How long the plugin asks an API server that nobody has, and what it says then.
async fn undecided(retries: bool) -> (Duration, Failure) {
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = json!({"apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "t"}}]});
    std::fs::write(
        folder.path().join(path::PLUGIN_KUBECONFIG),
        kubeconfig.to_string(),
    )
    .unwrap();
    let mut input = configuration(folder.path());
    input["enable_ambient_detection_retry"] = json!(retries);
    let begin = Instant::now();
    let (failure, _) = call("ADD", POD, &input).answer().await.unwrap_err();
    (begin.elapsed(), failure)
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_cannot_be_decided_waits_with_retries_and_without() {
    // cni-agent 6 step 7
    let (patient, impatient) = (undecided(true).await, undecided(false).await);
    for (_, failure) in [&patient, &impatient] {
        assert_eq!(failure.code, TRY_AGAIN, "{failure:?}");
        assert!(failure.message.contains("cannot tell"), "{failure:?}");
    }
    assert!(
        patient.0 > Duration::from_secs(15) && patient.0 <= ADD,
        "{patient:?}"
    );
    assert!(impatient.0 < Duration::from_secs(12), "{impatient:?}");
}

#[tokio::test]
async fn cni_c10_an_agent_that_is_away_is_named() {
    // cni-agent 6 step 10
    let folder = tempfile::tempdir().unwrap();
    let failure = post(folder.path(), &AddRequest::default()).await.unwrap_err();
    assert!(
        failure.message.contains("istio-cni-node") && failure.details.contains("pluginevent.sock"),
        "{failure:?}"
    );
}
