//! `meshctl create-remote-secret`: what another cluster's control plane needs to follow this one (`spec/cli.md` 9,
//! `spec/control-plane.md` 11.4).

use super::install::duration;
use crate::base64;
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::{render, yaml};
use clap::Args;
use serde_json::{Value, json};
use std::time::Duration;

const EXAMPLES: &str = "Examples:
  meshctl create-remote-secret --context west --name west | kubectl apply --context east -f -
  meshctl create-remote-secret --name west --server https://10.0.0.1:6443

The token in it ends: make the secret anew before it does, and the control plane takes the new one without a gap.";

/// Arguments of `meshctl create-remote-secret`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CreateRemoteSecret {
    /// The cluster's id in the mesh [default: the uid of the namespace kube-system]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The account that the other control plane reads as
    #[arg(long, value_name = "NAME", default_value = "istio-reader-service-account")]
    service_account: String,
    /// The API's address as the other cluster reaches it [default: that of the kubeconfig]
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// How long the token is good for; an API server may shorten it
    #[arg(long, value_name = "DURATION", default_value = "8760h", value_parser = duration)]
    duration: Duration,
}

impl CreateRemoteSecret {
    /// Runs the command: prints a secret, changes nothing.
    ///
    /// # Errors
    /// The account is not there, or makes no token.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let server = self.server.clone();
        if server.as_deref().is_some_and(|url| !url.starts_with("https://")) {
            return Err(
                Failure::usage("invalid value for --server: it must begin with https://")
                    .hint("a control plane follows no cluster without TLS"),
            );
        }
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let name = match &self.name {
            Some(name) => name.clone(),
            None => fetch_uid(&cluster).await?,
        };
        let path = format!(
            "/api/v1/namespaces/{system}/serviceaccounts/{}/token",
            self.service_account
        );
        let seconds = self.duration.as_secs();
        let body = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"expirationSeconds": seconds},
        });
        let doing = format!("cannot make a token of `{system}/{}`", self.service_account);
        let answer = cluster
            .send(&doing, "POST", &path, ("application/json", &body))
            .await;
        let answer = answer.map_err(|failure| {
            failure.hint("the account comes with the chart `base`: is the mesh, or that chart, installed in this cluster?")
        })?;
        let token = answer["status"]["token"].as_str();
        let token = token.ok_or_else(|| Failure::new(doing).because("the API answered without one"))?;
        if let Some(end) = answer["status"]["expirationTimestamp"].as_str() {
            context.messages.line(&format!("the token is good until {end}"));
        }
        let server = server.unwrap_or_else(|| cluster.url().to_owned());
        let kubeconfig = kubeconfig(&name, &server, &cluster.authorities(), token);
        render::print(&yaml::to_string(&secret(&name, &system, &kubeconfig)))?;
        Ok(Exit::Ok)
    }
}

async fn fetch_uid(cluster: &Cluster) -> Result<String, Failure> {
    let namespace = cluster.get("/api/v1/namespaces/kube-system").await?;
    let uid = namespace.and_then(|one| one["metadata"]["uid"].as_str().map(str::to_owned));
    uid.ok_or_else(|| Failure::new("the cluster has no name").hint("give it one with --name"))
}

/// All that is needed is in its text: programs and files are refused by the control plane that reads it. (pure)
fn kubeconfig(name: &str, server: &str, authorities: &str, token: &str) -> Value {
    let mut place = json!({"server": server});
    if !authorities.is_empty() {
        place["certificate-authority-data"] = json!(base64::encode(authorities.as_bytes()));
    }
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": name,
        "clusters": [{"name": name, "cluster": place}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "users": [{"name": name, "user": {"token": token}}],
    })
}

fn secret(name: &str, system: &str, kubeconfig: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": format!("istio-remote-secret-{name}"),
            "namespace": system,
            "labels": {"istio/multiCluster": "true"},
            "annotations": {"networking.istio.io/cluster": name},
        },
        "stringData": { name: yaml::to_string(kubeconfig) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;

    #[tokio::test]
    async fn the_secret_is_a_kubeconfig_with_which_the_reader_reads() {
        let world = World::start().await;
        world
            .create(
                "/api/v1/namespaces",
                &json!({"metadata": {"name": "istio-system"}}),
            )
            .await;
        let account = json!({"metadata": {"name": "istio-reader-service-account"}});
        world
            .create("/api/v1/namespaces/istio-system/serviceaccounts", &account)
            .await;
        let path = "/api/v1/namespaces/istio-system/serviceaccounts/istio-reader-service-account/token";
        let body = json!({"spec": {"expirationSeconds": 3600}});
        let answer = world
            .cluster
            .send("token", "POST", path, ("application/json", &body))
            .await
            .unwrap();
        let token = answer["status"]["token"].as_str().unwrap();
        let kubeconfig = kubeconfig("west", world.cluster.url(), &world.cluster.authorities(), token);
        let secret = secret("west", "istio-system", &kubeconfig);
        assert_eq!(secret["metadata"]["labels"]["istio/multiCluster"], "true");
        // with nothing but that text the API knows who asks
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), secret["stringData"]["west"].as_str().unwrap()).unwrap();
        let words = [std::ffi::OsStr::new("--kubeconfig"), file.path().as_os_str()];
        let reader = Cluster::connect(&crate::testing::context(&words)).await.unwrap();
        let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let answer = reader
            .send("who", "POST", path, ("application/json", &review))
            .await
            .unwrap();
        assert_eq!(
            answer["status"]["userInfo"]["username"],
            "system:serviceaccount:istio-system:istio-reader-service-account"
        );
    }
}
