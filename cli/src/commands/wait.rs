//! `meshctl wait`: until what was applied has reached every node proxy.

use super::input::Prepared;
use super::install::duration;
use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::ztunnel::lag::{self, Table};
use clap::{Args, ValueEnum};
use futures::{StreamExt, stream};
use mesh_wire::well_known::port;
use serde_json::Value;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(250);
/// How many proxies are asked at once.
const CONCURRENCY: usize = 16;
const EXAMPLES: &str = "Examples:
  kubectl apply -f deny.yaml && meshctl wait policy deny-till.localstack
  meshctl wait service api.shop --timeout 10s
  meshctl wait --for delete policy old.shop
  meshctl wait workload web-1.shop --threshold 0.9";

/// Arguments of `meshctl wait`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Wait {
    /// What kind of thing
    #[arg(value_enum)]
    kind: Kind,
    /// Its name, as NAME or NAME.NAMESPACE
    name: String,
    /// What to wait for
    #[arg(long = "for", value_enum, value_name = "WHAT", default_value = "delivery")]
    what: What,
    /// How long
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = duration)]
    timeout: Duration,
    /// The share of node proxies that suffices, from 0 to 1
    #[arg(long, default_value_t = 1.0, value_name = "SHARE", value_parser = share)]
    threshold: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// An `AuthorizationPolicy`
    #[value(alias = "authorizationpolicy", alias = "authorizationpolicies", alias = "ap")]
    Policy,
    /// A Service
    #[value(alias = "svc")]
    Service,
    /// A pod
    #[value(alias = "pod")]
    Workload,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Every proxy holds it as it is now
    Delivery,
    /// No proxy holds it
    Delete,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("not a share: a number from 0 to 1".to_owned()),
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Service => "service",
            Self::Workload => "workload",
        }
    }

    /// Whether a resource is the one that is meant.
    fn is_meant(self, (kind, key): &(&'static str, String), name: &str, namespace: &str) -> bool {
        *kind == self.word()
            && match self {
                Self::Policy => *key == format!("{namespace}/{name}"),
                Self::Service => key.starts_with(&format!("{namespace}/{name}.{namespace}.svc.")),
                Self::Workload => key.ends_with(&format!("//Pod/{namespace}/{name}")),
            }
    }
}

impl Wait {
    /// Runs the command; exit 124 when a proxy lags behind for too long.
    ///
    /// # Errors
    /// The cluster cannot be asked, or the control plane sends no such thing.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let default = context.globals.namespace.clone();
        let default = default.unwrap_or_else(|| cluster.default_namespace().to_owned());
        let (name, namespace) = self
            .name
            .rsplit_once('.')
            .map_or((self.name.clone(), default), |(name, namespace)| {
                (name.to_owned(), namespace.to_owned())
            });
        let title = format!("{} {namespace}/{name}", self.kind.word());
        let begin = Instant::now();
        loop {
            let expected = self.expected(context, &cluster, &name, &namespace).await?;
            let (total, behind) = self
                .ask(context, &cluster, &expected, (&name, &namespace))
                .await?;
            let done = total - behind.len();
            #[expect(clippy::cast_precision_loss, reason = "numbers of nodes are small")]
            let is_enough = done as f64 >= self.threshold * total as f64;
            if is_enough {
                context
                    .messages
                    .done(&format!("{title}: {done} of {total} node proxies"));
                return Ok(Exit::Ok);
            }
            if begin.elapsed() + PAUSE > self.timeout {
                return Err(Failure::timed_out(format!(
                    "{title}: {done} of {total} node proxies after {:?}",
                    self.timeout
                ))
                .because(format!("waiting for {}", behind.join(", ")))
                .hint("`meshctl proxy-status POD` shows what a proxy lacks"));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What every proxy should hold of it.
    async fn expected(
        &self,
        context: &Context,
        cluster: &Cluster,
        name: &str,
        namespace: &str,
    ) -> Result<Table, Failure> {
        let mut table = fetch_expected(context, cluster).await?;
        table.retain(|key, _| self.kind.is_meant(key, name, namespace));
        match (self.what, table.is_empty()) {
            (What::Delivery, true) => Err(Failure::new(format!(
                "the control plane sends no {} `{namespace}/{name}`",
                self.kind.word()
            ))
            .hint("is it there, and meant for node proxies? `meshctl analyze` and `meshctl xds dump` tell")),
            (What::Delete, false) => Err(Failure::new(format!(
                "the {} `{namespace}/{name}` still exists",
                self.kind.word()
            ))),
            _ => Ok(table),
        }
    }

    /// How many proxies there are, and which are behind.
    async fn ask(
        &self,
        context: &Context,
        cluster: &Cluster,
        expected: &Table,
        (name, namespace): (&str, &str),
    ) -> Result<(usize, Vec<String>), Failure> {
        let dumps = fetch_dumps(context, cluster).await?;
        let total = dumps.len();
        let is_behind = |held: &Table| match self.what {
            What::Delivery => expected.iter().any(|(key, value)| held.get(key) != Some(value)),
            What::Delete => held.keys().any(|key| self.kind.is_meant(key, name, namespace)),
        };
        let behind = dumps
            .into_iter()
            .filter(|(_, held)| held.as_ref().is_none_or(is_behind));
        Ok((total, behind.map(|(pod, _)| pod).collect()))
    }
}

/// What every proxy should hold, by the control plane's own translation of the live objects.
pub(super) async fn fetch_expected(context: &Context, cluster: &Cluster) -> Result<Table, Failure> {
    let objects = Box::pin(cluster.fetch_mesh_objects(&context.istio_namespace())).await?;
    let prepared = Prepared::of(context, objects)?;
    lag::expected(prepared.mesh().state)
        .map_err(|error| Failure::new("cannot write what proxies should hold").caused_by(&error))
}

/// What each node proxy holds; nothing for one that does not answer.
async fn fetch_dumps(context: &Context, cluster: &Cluster) -> Result<Vec<(String, Option<Table>)>, Failure> {
    let system = context.istio_namespace();
    let selector = crate::install::wait::encode("app=ztunnel");
    let path = format!("/api/v1/namespaces/{system}/pods?labelSelector={selector}");
    let pods = cluster.list(&path).await?;
    if pods.is_empty() {
        return Err(
            Failure::new(format!("no node proxy runs in namespace `{system}`"))
                .hint("is the mesh installed? `meshctl check` tells"),
        );
    }
    let answers = stream::iter(pods).map(|pod| {
        let system = system.clone();
        async move {
            let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let held = fetch_held(cluster, &system, &name).await.ok();
            (name, held)
        }
    });
    Ok(Box::pin(answers.buffered(CONCURRENCY).collect::<Vec<_>>()).await)
}

/// What one node proxy holds.
pub(super) async fn fetch_held(cluster: &Cluster, namespace: &str, pod: &str) -> Result<Table, Failure> {
    let ask = PodRequest {
        namespace,
        pod,
        port: port::ADMIN,
        path: "/config_dump",
    };
    let body = Box::pin(cluster.fetch_from_pod(&ask)).await?;
    let dump: Value = serde_json::from_slice(&body).map_err(|error| {
        Failure::unparsable(format!("cannot read the dump of `{namespace}/{pod}`")).caused_by(&error)
    })?;
    Ok(lag::held(&dump))
}
