//! Pods and their namespaces as the cluster and a container runtime would handle them.

use std::process::{Output, Stdio};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Event, Namespace};
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use mesh_sys::netns::NetNamespace;
use mesh_wire::well_known::annotation::REDIRECTION;
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;

use crate::bench::{Bench, NODE_NAME, until};
use crate::world::POD;

impl Bench {
    /// A running pod in the world's pod namespace; returns its uid.
    pub(crate) async fn run_pod(&mut self, name: &str) -> String {
        let space = self.world.pod.clone();
        self.run_pod_in(name, &space, &[POD], &json!({})).await
    }

    /// A running pod; `more` is merged into its object.
    pub(crate) async fn run_pod_in(
        &mut self,
        name: &str,
        space: &NetNamespace,
        addresses: &[&str],
        more: &Value,
    ) -> String {
        self.hold(name, space);
        let uid = self.create_pod(name, more).await;
        self.set_addresses(name, addresses).await;
        uid
    }

    /// The object of a pod that does not run yet; returns its uid.
    pub(crate) async fn create_pod(&self, name: &str, more: &Value) -> String {
        let mut object = json!({"metadata": {"name": name},
            "spec": {"nodeName": NODE_NAME, "containers": [{"name": "c", "image": "localhost/any:1"}]}});
        merge(&mut object, more);
        self.create(&self.pods(), &object).await.metadata.uid.unwrap()
    }

    /// What the kubelet says once the sandbox is there.
    pub(crate) async fn set_addresses(&self, name: &str, addresses: &[&str]) {
        let list: Vec<Value> = addresses.iter().map(|address| json!({"ip": address})).collect();
        let status = json!({"status": {"phase": "Running", "podIP": addresses[0], "podIPs": list}});
        self.patch_status(name, &status).await;
    }

    /// Changes a pod's status.
    pub(crate) async fn patch_status(&self, name: &str, patch: &Value) {
        self.pods()
            .patch_status(name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap();
    }

    /// Labels a namespace, or takes the label away.
    pub(crate) async fn label(&self, namespace: &str, mode: Option<&str>) {
        let patch = json!({"metadata": {"labels": {DATAPLANE_MODE: mode}}});
        let api = Api::<Namespace>::all(self.client.clone());
        api.patch(namespace, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap();
    }

    /// Enrols the namespace `shop`.
    pub(crate) async fn enrol(&self) {
        self.label("shop", Some(AMBIENT)).await;
    }

    /// The annotation of a pod.
    pub(crate) async fn annotation(&self, name: &str) -> Option<String> {
        let pod = self.pods().get_opt(name).await.unwrap()?;
        pod.metadata.annotations?.remove(REDIRECTION)
    }

    /// Waits for an annotation, or for its end.
    pub(crate) async fn until_annotated(&self, name: &str, value: Option<&str>) -> Duration {
        until(&format!("annotation {value:?}"), async || {
            self.annotation(name).await.as_deref() == value
        })
        .await
    }

    /// Reasons of the events about pods of `shop`.
    pub(crate) async fn events(&self) -> Vec<String> {
        let api = Api::<Event>::namespaced(self.client.clone(), "shop");
        let found = api.list(&ListParams::default()).await.unwrap();
        found.items.into_iter().filter_map(|event| event.reason).collect()
    }

    /// Deletes a pod.
    pub(crate) async fn delete_pod(&self, name: &str) {
        self.pods()
            .delete(name, &DeleteParams::default().grace_period(0))
            .await
            .unwrap();
    }

    /// Runs the plugin as a container runtime does.
    pub(crate) async fn plug(&self, pod: (&str, &str), space: &str, address: &str) -> Output {
        self.plugging(pod, space, address).await.unwrap()
    }

    /// The same beside everything else.
    pub(crate) fn plugging(&self, pod: (&str, &str), space: &str, address: &str) -> JoinHandle<Output> {
        let mut input = self.conflist()["plugins"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .clone();
        input["name"] = json!("n");
        input["cniVersion"] = json!("1.0.0");
        input["prevResult"] = json!({"cniVersion": "1.0.0", "ips": [{"address": format!("{address}/32")}]});
        let arguments = format!(
            "IgnoreUnknown=1;K8S_POD_NAMESPACE={};K8S_POD_NAME={}",
            pod.0, pod.1
        );
        let mut child = tokio::process::Command::new(self.path("bin/istio-cni"))
            .env_clear()
            .envs([
                ("CNI_COMMAND", "ADD"),
                ("CNI_NETNS", space),
                ("CNI_ARGS", arguments.as_str()),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "whoever called holds the task and awaits it"
        )]
        tokio::spawn(async move {
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(input.to_string().as_bytes()).await.unwrap();
            drop(stdin);
            child.wait_with_output().await.unwrap()
        })
    }
}

fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more.clone(),
    }
}
