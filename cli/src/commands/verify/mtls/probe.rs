//! The pod that makes the marked connection and watches it leave.

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::Failure;
use crate::install::component::meta;
use crate::ztunnel::select::Places;
use mesh_sandbox::load::Marked;
use mesh_wire::well_known::PRODUCT_VERSION;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How often the pod is looked at.
const PAUSE: Duration = Duration::from_millis(250);
/// After so long the cluster ends it, whatever became of this command, in seconds.
const DEADLINE: u64 = 120;
/// Our images' hub, where no node proxy tells another.
const HUB: &str = mesh_sandbox::programs::HUB;

/// The pod.
pub(super) struct Probe {
    pub(super) namespace: String,
    account: Option<String>,
    image: String,
    name: String,
    marker: String,
}

impl Probe {
    /// Decides what the pod is to be.
    ///
    /// # Errors
    /// The namespace or the service account is not there.
    pub(super) async fn prepare(
        context: &Context,
        cluster: &Cluster,
        from: &str,
        image: Option<&str>,
    ) -> Result<Self, Failure> {
        let (namespace, account) = match from.split_once('/') {
            Some((namespace, account)) => (namespace, Some(account)),
            None => (from, None),
        };
        let place = format!("/api/v1/namespaces/{namespace}");
        if cluster.get(&place).await?.is_none() {
            return Err(Failure::new(format!("there is no namespace `{namespace}`")));
        }
        if let Some(account) = account
            && cluster
                .get(&format!("{place}/serviceaccounts/{account}"))
                .await?
                .is_none()
        {
            return Err(Failure::new(format!(
                "there is no service account `{account}` in namespace `{namespace}`"
            )));
        }
        let image = match image {
            Some(image) => image.to_owned(),
            None => fetch_image(context, cluster).await?,
        };
        let word: u64 = rand::random();
        Ok(Self {
            namespace: namespace.to_owned(),
            account: account.map(str::to_owned),
            image,
            name: format!("meshctl-verify-mtls-{:08x}", word & 0xffff_ffff),
            marker: format!("opensesame-{word:016x}"),
        })
    }

    /// Where the pod is.
    pub(super) fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/pods/{}", self.namespace, self.name)
    }

    fn pod(&self, target: &str) -> Value {
        let mut spec = json!({
            "restartPolicy": "Never",
            "activeDeadlineSeconds": DEADLINE,
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": false,
            "containers": [{
                "name": "probe",
                "image": self.image,
                "args": ["sandbox", "load", "marked", "--target", target, "--marker", self.marker],
                "securityContext": {
                    "runAsUser": 0,
                    "allowPrivilegeEscalation": false,
                    "readOnlyRootFilesystem": true,
                    // a packet socket, in this pod alone
                    "capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]},
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
            }],
        });
        if let Some(account) = &self.account {
            spec["serviceAccountName"] = json!(account);
        }
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": self.name,
                "namespace": self.namespace,
                "labels": {"app": "meshctl-verify-mtls", "sidecar.istio.io/inject": "false"},
            },
            "spec": spec,
        })
    }

    /// Runs it and reads what it saw.
    ///
    /// # Errors
    /// The pod is refused, does not come to an end in time (124), or cannot watch its way out.
    pub(super) async fn run(
        &self,
        cluster: &Cluster,
        target: &str,
        limit: Duration,
    ) -> Result<Marked, Failure> {
        let doing = format!("cannot run a pod in namespace `{}`", self.namespace);
        let collection = format!("/api/v1/namespaces/{}/pods", self.namespace);
        let body = ("application/json", &self.pod(target));
        let made = cluster.send(&doing, "POST", &collection, body).await;
        made.map_err(|failure| Failure {
            hint: failure.hint.or_else(|| {
                Some("it needs the capability NET_RAW, which baseline pod security forbids: name another namespace".to_owned())
            }),
            ..failure
        })?;
        let begin = Instant::now();
        loop {
            let pod = cluster.get(&self.path()).await?;
            let pod = pod.ok_or_else(|| Failure::new(&doing).because("somebody removed it"))?;
            match pod["status"]["phase"].as_str() {
                Some("Succeeded" | "Failed") => break,
                _ if begin.elapsed() > limit => {
                    return Err(Failure::timed_out(format!(
                        "pod `{}/{}` did not end within {limit:?}",
                        self.namespace, self.name
                    ))
                    .because(why_it_waits(&pod)));
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
        let said = cluster.fetch_text(&format!("{}/log", self.path())).await?;
        let line = said.lines().find(|line| line.starts_with('{'));
        line.and_then(|line| serde_json::from_str(line).ok())
            .ok_or_else(|| {
                Failure::new("the pod did not see how its connection leaves it").because(said.trim())
            })
    }
}

/// What a pod that does not end waits for.
fn why_it_waits(pod: &Value) -> String {
    let waiting = &pod["status"]["containerStatuses"][0]["state"]["waiting"];
    let reason = waiting["reason"].as_str();
    match (reason, waiting["message"].as_str()) {
        (Some(reason), Some(message)) => format!("{reason}: {message}"),
        (Some(reason), None) => reason.to_owned(),
        _ => format!(
            "its phase is {}",
            pod["status"]["phase"].as_str().unwrap_or("unknown")
        ),
    }
}

/// The image `meshctl` of the hub that the node proxies are from.
async fn fetch_image(context: &Context, cluster: &Cluster) -> Result<String, Failure> {
    let places = Places {
        system: context.istio_namespace(),
        given: None,
    };
    let proxies = cluster.ztunnels(&places).await?;
    let image = proxies
        .iter()
        .filter(|pod| !meta(pod, "name").is_empty())
        .find_map(|pod| pod["spec"]["containers"][0]["image"].as_str());
    let beside = image.and_then(beside);
    Ok(beside.unwrap_or_else(|| format!("{HUB}meshctl:{PRODUCT_VERSION}")))
}

/// `HUB/meshctl:TAG` of `HUB/ztunnel:TAG`.
fn beside(image: &str) -> Option<String> {
    let (hub, rest) = image.rsplit_once('/')?;
    let tag = rest.strip_prefix("ztunnel").filter(|tag| tag.starts_with(':'))?;
    Some(format!("{hub}/meshctl{tag}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_is_beside_that_of_the_node_proxy() {
        assert_eq!(
            beside("mirror.example/mesh/ztunnel:0.1.0").as_deref(),
            Some("mirror.example/mesh/meshctl:0.1.0")
        );
        assert_eq!(beside("mirror.example/mesh/ztunnel@sha256:ab"), None);
        assert_eq!(beside("mirror.example/mesh/other:1"), None);
    }

    #[test]
    fn the_pod_has_one_capability_and_ends_by_itself() {
        let probe = Probe {
            namespace: "shop".to_owned(),
            account: Some("web".to_owned()),
            image: "i".to_owned(),
            name: "p".to_owned(),
            marker: "m".to_owned(),
        };
        let pod = probe.pod("api.shop.svc:80");
        let spec = &pod["spec"];
        assert_eq!(spec["serviceAccountName"], "web");
        assert_eq!(spec["activeDeadlineSeconds"], DEADLINE);
        let capabilities = &spec["containers"][0]["securityContext"]["capabilities"];
        assert_eq!(*capabilities, json!({"drop": ["ALL"], "add": ["NET_RAW"]}));
    }
}
