//! `meshctl waypoint status`: the condition, the pods, and what uses it.

use super::{fetch, key, limit, namespace};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::list::{self, ListArgs, SelectArgs, WatchArgs};
use crate::waypoint;
use clap::Args;
use mesh_wire::well_known::label::GATEWAY_NAME;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How often the state is looked at.
const PAUSE: Duration = Duration::from_secs(1);

/// Arguments of `meshctl waypoint status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Only this one; all unless given
    #[arg(value_name = "NAME")]
    only: Option<String>,
    /// Every namespace
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Wait until all are programmed
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    wait: bool,
    /// How long to wait
    #[arg(long, default_value = "90s", value_name = "DURATION", value_parser = limit)]
    waypoint_timeout: Duration,
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    select: SelectArgs,
    /// After the list, a row for each change, until interrupted
    #[arg(long, conflicts_with = "wait")]
    watch: bool,
}

/// One waypoint.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Row {
    namespace: String,
    name: String,
    status: String,
    #[serde(rename = "type")]
    kind: String,
    reason: String,
    message: String,
    bound: Bound,
    pods: Pods,
}

/// What asks for a waypoint.
#[derive(Debug, Default, Serialize, PartialEq, Eq, JsonSchema)]
struct Bound {
    namespaces: usize,
    services: usize,
    pods: usize,
}

/// The pods that serve it.
#[derive(Debug, Default, Serialize, PartialEq, Eq, JsonSchema)]
struct Pods {
    ready: usize,
    total: usize,
}

/// What may ask for a waypoint or serve it.
struct World {
    namespaces: Vec<Value>,
    services: Vec<Value>,
    pods: Vec<Value>,
}

impl Status {
    /// Runs the command; exit 124 when one is not programmed in time.
    ///
    /// # Errors
    /// The cluster cannot be asked, or does not know Gateways.
    pub async fn run(self, context: &Context, name: &str) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let namespace = namespace(context, &cluster);
        let place = (!self.all_namespaces).then_some(namespace.as_str());
        let only = self.only.clone().or_else(|| {
            let is_named = name != waypoint::DEFAULT_NAME;
            is_named.then(|| name.to_owned())
        });
        if self.watch {
            let watch = WatchArgs { watch: true };
            let fetch = async || Ok(self.list(self.look(&cluster, place, only.as_deref()).await?));
            self.list.show(context, watch, fetch).await?;
            return Ok(Exit::Ok);
        }
        let begin = Instant::now();
        let rows = loop {
            let rows = self.look(&cluster, place, only.as_deref()).await?;
            let is_done = rows.iter().all(|row| row.status == "True");
            if is_done || !self.wait || begin.elapsed() + PAUSE > self.waypoint_timeout {
                break rows;
            }
            tokio::time::sleep(PAUSE).await;
        };
        let missing: Vec<String> = rows
            .iter()
            .filter(|row| row.status != "True")
            .map(|row| format!("{}/{}", row.namespace, row.name))
            .collect();
        self.list.print(context, self.list(rows))?;
        if self.wait && !missing.is_empty() {
            return Err(Failure::timed_out(format!(
                "not programmed: {}",
                missing.join(", ")
            )));
        }
        Ok(Exit::Ok)
    }

    async fn look(
        &self,
        cluster: &Cluster,
        place: Option<&str>,
        only: Option<&str>,
    ) -> Result<Vec<Row>, Failure> {
        let mut gateways = fetch(cluster, place).await?;
        let selector = self.select.selector.as_ref();
        gateways.retain(|one| {
            only.is_none_or(|only| key(one).1 == only) && selector.is_none_or(|selector| selector.wants(one))
        });
        let world = World {
            namespaces: cluster.list("/api/v1/namespaces").await?,
            services: cluster.list("/api/v1/services").await?,
            pods: cluster.list("/api/v1/pods").await?,
        };
        Ok(gateways.iter().map(|gateway| row(gateway, &world)).collect())
    }

    fn list(&self, rows: Vec<Row>) -> list::List<Row> {
        let header = [
            "NAMESPACE",
            "NAME",
            "STATUS",
            "TYPE",
            "REASON",
            "MESSAGE",
            "BOUND",
            "PODS",
        ];
        list::List::new(&header, rows, cells)
            .gap(5)
            .without_first(!self.all_namespaces)
            .named(|row| format!("gateway/{}", row.name))
            .or_say("No waypoints found.")
    }
}

fn cells(row: &Row) -> Vec<String> {
    let Bound {
        namespaces,
        services,
        pods,
    } = row.bound;
    vec![
        row.namespace.clone(),
        row.name.clone(),
        row.status.clone(),
        row.kind.clone(),
        row.reason.clone(),
        row.message.clone(),
        format!("{namespaces} namespaces, {services} services, {pods} pods"),
        format!("{}/{} ready", row.pods.ready, row.pods.total),
    ]
}

fn row(gateway: &Value, world: &World) -> Row {
    let (namespace, name) = key(gateway);
    let condition = waypoint::programmed(gateway);
    let text = |key: &str, default: &str| {
        let held = condition.and_then(|one| one[key].as_str());
        held.unwrap_or(default).to_owned()
    };
    Row {
        status: text("status", "False"),
        kind: text("type", "Programmed"),
        reason: text("reason", "NoController"),
        message: text("message", "no controller has taken it"),
        bound: bound(&namespace, &name, world),
        pods: pods(&namespace, &name, world),
        namespace,
        name,
    }
}

/// Objects with a label of their own, and services that inherit their namespace's.
fn bound(namespace: &str, name: &str, world: &World) -> Bound {
    let wanted = Some((namespace.to_owned(), name.to_owned()));
    let own = |object: &Value| {
        let home = object["metadata"]["namespace"].as_str().unwrap_or_default();
        waypoint::asked(&object["metadata"]["labels"], home)
    };
    let of_namespace = |one: &Value| {
        let home = one["metadata"]["name"].as_str().unwrap_or_default();
        waypoint::asked(&one["metadata"]["labels"], home)
    };
    let inherits = |object: &Value| {
        let labels = &object["metadata"]["labels"];
        let has_own = !labels[mesh_wire::well_known::label::USE_WAYPOINT].is_null();
        let is_gateway = !labels[GATEWAY_NAME].is_null();
        let home = &object["metadata"]["namespace"];
        let of_home = world
            .namespaces
            .iter()
            .find(|one| one["metadata"]["name"] == *home)
            .and_then(of_namespace);
        !has_own && !is_gateway && of_home == wanted
    };
    Bound {
        namespaces: world
            .namespaces
            .iter()
            .filter(|one| of_namespace(one) == wanted)
            .count(),
        services: world
            .services
            .iter()
            .filter(|one| own(one) == wanted || inherits(one))
            .count(),
        pods: world.pods.iter().filter(|one| own(one) == wanted).count(),
    }
}

fn pods(namespace: &str, name: &str, world: &World) -> Pods {
    let mut counted = Pods::default();
    let serving = world.pods.iter().filter(|pod| {
        pod["metadata"]["namespace"] == namespace && pod["metadata"]["labels"][GATEWAY_NAME] == name
    });
    for pod in serving {
        counted.total += 1;
        let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
        let mut ready = conditions.filter(|one| one["type"] == "Ready" && one["status"] == "True");
        counted.ready += usize::from(ready.next().is_some());
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_uses_it_and_who_serves_it() {
        let label = |name: &str| json!({ "istio.io/use-waypoint": name });
        let world = World {
            namespaces: vec![json!({"metadata": {"name": "shop", "labels": label("wp")}})],
            services: vec![
                json!({"metadata": {"name": "a", "namespace": "shop"}}),
                json!({"metadata": {"name": "b", "namespace": "shop", "labels": label("none")}}),
                json!({"metadata": {"name": "c", "namespace": "shop", "labels": label("wp")}}),
                json!({"metadata": {"name": "d", "namespace": "other"}}),
                json!({"metadata": {"name": "wp", "namespace": "shop", "labels": {GATEWAY_NAME: "wp"}}}),
            ],
            pods: vec![
                json!({"metadata": {"name": "wp-1", "namespace": "shop", "labels": {GATEWAY_NAME: "wp"}},
                       "status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
                json!({"metadata": {"name": "wp-2", "namespace": "shop", "labels": {GATEWAY_NAME: "wp"}}}),
            ],
        };
        let gateway = waypoint::gateway(&waypoint::Wanted {
            name: "wp",
            namespace: Some("shop"),
            ..waypoint::Wanted::default()
        });
        let row = row(&gateway, &world);
        let expected = Bound {
            namespaces: 1,
            services: 2,
            pods: 0,
        };
        assert_eq!((row.bound, row.pods), (expected, Pods { ready: 1, total: 2 }));
        assert_eq!(
            (row.status.as_str(), row.reason.as_str()),
            ("False", "NoController")
        );
    }
}
