//! Logs, exec and port-forward as the kube crate and the real `kubectl` speak them, over processes of this machine.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod local;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, AttachParams, LogParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config as ClientConfig};
use local::LocalBackend;
use mesh_kubeapi::Config;
use mesh_kubeapi::testing::TestServer;
use serde_json::json;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn server() -> (TestServer, Api<Pod>) {
    let config = Config {
        backend: Some(Arc::new(LocalBackend)),
        ..Config::default()
    };
    let server = TestServer::start_with(config).await.unwrap();
    let kubeconfig = Kubeconfig::from_yaml(&server.kubeconfig).unwrap();
    let config = ClientConfig::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .unwrap();
    let client = Client::try_from(config).unwrap();
    let accounts: Api<k8s_openapi::api::core::v1::ServiceAccount> =
        Api::namespaced(client.clone(), "default");
    // made by a controller in a whole cluster; already there is fine
    let _ = accounts
        .create(
            &PostParams::default(),
            &serde_json::from_value(json!({"metadata": {"name": "default"}})).unwrap(),
        )
        .await;
    let pods: Api<Pod> = Api::namespaced(client, "default");
    let pod = json!({
        "metadata": {"name": "web"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "web"}]},
    });
    pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap())
        .await
        .unwrap();
    let status = json!({"status": {"phase": "Running", "containerStatuses": [
        {"name": "main", "ready": true, "restartCount": 0, "image": "web", "imageID": "", "state": {"running": {}}}]}});
    pods.patch_status(
        "web",
        &kube::api::PatchParams::default(),
        &kube::api::Patch::Merge(status),
    )
    .await
    .unwrap();
    (server, pods)
}

#[tokio::test(flavor = "multi_thread")]
async fn exec_carries_input_output_and_the_exit_code() {
    let (_server, pods) = server().await;
    let script = "read line; echo got $line; echo oops >&2; exit 3";
    let params = AttachParams::default().stdin(true).stderr(true);
    let mut session = pods.exec("web", ["sh", "-c", script], &params).await.unwrap();
    session.stdin().unwrap().write_all(b"a word\n").await.unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    session.stdout().unwrap().read_to_string(&mut out).await.unwrap();
    session.stderr().unwrap().read_to_string(&mut err).await.unwrap();
    assert_eq!((out.as_str(), err.as_str()), ("got a word\n", "oops\n"));
    let status = session.take_status().unwrap().await.unwrap();
    assert_eq!(status.reason.as_deref(), Some("NonZeroExitCode"));
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_cut_as_asked() {
    let (_server, pods) = server().await;
    let all = pods.logs("web", &LogParams::default()).await.unwrap();
    assert_eq!(all, "one\ntwo\nthree\n");
    let last = pods
        .logs(
            "web",
            &LogParams {
                tail_lines: Some(1),
                ..LogParams::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(last, "three\n");
    let wrong = pods
        .logs(
            "web",
            &LogParams {
                container: Some("nope".into()),
                ..LogParams::default()
            },
        )
        .await;
    assert!(
        wrong
            .unwrap_err()
            .to_string()
            .contains("container nope is not valid for pod web")
    );
}

async fn echo_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
    tokio::task::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut word = [0; 5];
            stream.read_exact(&mut word).await.unwrap();
            stream.write_all(&word).await.unwrap();
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_is_forwarded_over_the_channel_protocol() {
    let (_server, pods) = server().await;
    let port = echo_server().await;
    let mut forward = pods.portforward("web", &[port]).await.unwrap();
    let mut stream = forward.take_stream(port).unwrap();
    stream.write_all(b"hello").await.unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"hello");
}

/// `kubectl` speaks SPDY inside a WebSocket; suites over a sandbox run it in any case, so that here it may be absent.
#[tokio::test(flavor = "multi_thread")]
async fn a_port_is_forwarded_over_spdy_by_kubectl() {
    let (server, _pods) = server().await;
    let port = echo_server().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::write(&kubeconfig, &server.kubeconfig).unwrap();
    let mut command = tokio::process::Command::new("kubectl");
    command
        .args(["port-forward", "pod/web", &format!(":{port}")])
        .env("KUBECONFIG", &kubeconfig)
        .kill_on_drop(true);
    let Ok(mut child) = command.stdout(std::process::Stdio::piped()).spawn() else {
        assert!(
            std::env::var_os("MESHCTL_TESTS_MUST_RUN").is_none(),
            "kubectl is needed"
        );
        return;
    };
    let mut lines = tokio::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut line)
        .await
        .unwrap();
    // "Forwarding from 127.0.0.1:45678 -> 80"
    let local = line
        .split_whitespace()
        .nth(2)
        .unwrap_or_else(|| panic!("kubectl said {line:?}"))
        .to_owned();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(&local).await.unwrap();
        stream.write_all(b"hello").await.unwrap();
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"hello");
    }
}
