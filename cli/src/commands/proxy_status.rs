//! `meshctl proxy-status`: which proxies are connected to which control plane, and whether they are up to date
//! (`spec/cli.md` 9).

use super::wait;
use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::context::Context;
use crate::drift;
use crate::exit::{Exit, Failure};
use crate::install::component::meta;
use crate::render::table::Table;
use crate::render::{self, data};
use clap::{Args, ValueEnum};
use mesh_wire::well_known::port;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Arguments of `meshctl proxy-status`.
#[derive(Debug, Args)]
pub struct ProxyStatus {
    /// Only this proxy, as NAME or NAME.NAMESPACE; shows what it lacks of what it should hold
    proxy: Option<String>,
    /// 1 shows the state of each type
    #[arg(short, long, value_name = "LEVEL", default_value_t = 0)]
    verbosity: u8,
    /// Output format
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    #[value(alias = "short")]
    Table,
    Json,
    Yaml,
}

/// One connected proxy.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
struct Row {
    name: String,
    cluster: String,
    istiod: String,
    version: String,
    types: BTreeMap<String, String>,
}

impl ProxyStatus {
    /// Runs the command.
    ///
    /// # Errors
    /// No control plane answers.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let selector = crate::install::wait::encode("app=istiod");
        let mut pods = cluster
            .list(&format!(
                "/api/v1/namespaces/{system}/pods?labelSelector={selector}"
            ))
            .await?;
        pods.retain(|pod| pod["status"]["phase"] == "Running");
        if pods.is_empty() {
            return Err(
                Failure::new(format!("no control plane runs in namespace `{system}`"))
                    .hint("is the mesh installed? `meshctl check` tells"),
            );
        }
        let (mut rows, mut failed) = (Vec::new(), None);
        for pod in &pods {
            let ask = PodRequest {
                namespace: &system,
                pod: meta(pod, "name"),
                port: port::MONITORING,
                path: "/debug/syncz",
            };
            match cluster.fetch_from_pod(&ask).await {
                Ok(body) => rows.append(&mut read(&body, meta(pod, "name"))?),
                Err(failure) => {
                    context.messages.warn(&failure.message);
                    failed = Some(failure);
                }
            }
        }
        rows.retain(|row| self.wants(row, context.globals.namespace.as_deref()));
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        if let (Some(proxy), true) = (&self.proxy, rows.is_empty()) {
            return Err(Failure::new(format!(
                "proxy `{proxy}` is not connected to any control plane"
            )));
        }
        let mut text = match self.output {
            Format::Json => data::json(&rows)?,
            Format::Yaml => data::yaml(&rows)?,
            Format::Table if self.verbosity == 0 => short(&rows),
            Format::Table => verbose(&rows),
        };
        if let (Some(_), Format::Table) = (&self.proxy, self.output) {
            for row in &rows {
                text.push_str(&differences(context, &cluster, row).await?);
            }
        }
        render::print(&text)?;
        failed.map_or(Ok(Exit::Ok), Err)
    }

    fn wants(&self, row: &Row, namespace: Option<&str>) -> bool {
        let named = self.proxy.as_deref().is_none_or(|proxy| {
            row.name == proxy
                || row
                    .name
                    .strip_prefix(proxy)
                    .is_some_and(|rest| rest.starts_with('.'))
        });
        let inside = namespace.is_none_or(|namespace| row.name.ends_with(&format!(".{namespace}")));
        named && inside
    }
}

/// What a node proxy holds against what it should hold; each resource that differs.
async fn differences(context: &Context, cluster: &Cluster, row: &Row) -> Result<String, Failure> {
    let Some((pod, namespace)) = row.name.rsplit_once('.') else {
        return Ok(String::new());
    };
    let expected = wait::fetch_expected(context, cluster).await?;
    let held = wait::fetch_held(cluster, namespace, pod).await?;
    let found = drift::differences(&expected, &held);
    if found.is_empty() {
        return Ok(format!(
            "\n{pod} holds exactly what the control plane sends: {} resources\n",
            expected.len()
        ));
    }
    let mut table = Table::new(3, &["TYPE", "NAME", "DIFFERENCE"]);
    for one in &found {
        table.row(vec![
            one.kind.to_owned(),
            one.name.clone(),
            one.how.text().to_owned(),
        ]);
    }
    Ok(format!("\n{}", table.render()))
}

/// Reads what one control plane says of its clients.
fn read(body: &[u8], istiod: &str) -> Result<Vec<Row>, Failure> {
    let clients: Vec<Value> = serde_json::from_slice(body).map_err(|error| {
        Failure::new(format!("cannot read what `{istiod}` says of its clients")).caused_by(&error)
    })?;
    let text = |client: &Value, keys: [&str; 2]| {
        let mut found = keys.iter().filter_map(|key| client[*key].as_str());
        found.next().unwrap_or("<unknown>").to_owned()
    };
    Ok(clients
        .iter()
        .map(|client| {
            let types = client["types"].as_object().into_iter().flatten();
            Row {
                name: name_of(client["proxy"].as_str().unwrap_or_default()),
                cluster: text(client, ["cluster", "cluster_id"]),
                istiod: istiod.to_owned(),
                version: text(client, ["version", "istio_version"]),
                types: types
                    .map(|(kind, status)| (short_name(kind), state(status)))
                    .collect(),
            }
        })
        .collect())
}

/// The field's abbreviation of a type.
fn short_name(kind: &str) -> String {
    match kind {
        "address" => "WDS".to_owned(),
        "authorization" => "WADS".to_owned(),
        other => other.to_owned(),
    }
}

/// `ztunnel~10.0.0.1~ztunnel-x.istio-system~…` is `ztunnel-x.istio-system`.
fn name_of(id: &str) -> String {
    id.split('~').nth(2).unwrap_or(id).to_owned()
}

fn state(status: &Value) -> String {
    let text = |key: &str| status[key].as_str().unwrap_or_default();
    if !text("error").is_empty() {
        return format!("ERROR ({})", text("error"));
    }
    if text("sent").is_empty() {
        return "NOT SENT".to_owned();
    }
    if text("sent") == text("acked") {
        "SYNCED".to_owned()
    } else {
        "STALE".to_owned()
    }
}

fn short(rows: &[Row]) -> String {
    let mut table = Table::new(5, &["NAME", "CLUSTER", "ISTIOD", "VERSION", "SUBSCRIBED TYPES"]);
    for row in rows {
        let kinds: Vec<&str> = row.types.keys().map(String::as_str).collect();
        let kinds = match kinds.len() {
            0 => "0".to_owned(),
            count => format!("{count} ({})", kinds.join(",")),
        };
        table.row(vec![
            row.name.clone(),
            row.cluster.clone(),
            row.istiod.clone(),
            row.version.clone(),
            kinds,
        ]);
    }
    table.render()
}

fn verbose(rows: &[Row]) -> String {
    let kinds: BTreeSet<&String> = rows.iter().flat_map(|row| row.types.keys()).collect();
    let mut header = vec!["NAME", "CLUSTER"];
    header.extend(kinds.iter().map(|kind| kind.as_str()));
    header.extend(["ISTIOD", "VERSION"]);
    let mut table = Table::new(5, &header);
    for row in rows {
        let mut cells = vec![row.name.clone(), row.cluster.clone()];
        cells.extend(kinds.iter().map(|kind| {
            row.types
                .get(*kind)
                .cloned()
                .unwrap_or_else(|| "IGNORED".to_owned())
        }));
        cells.extend([row.istiod.clone(), row.version.clone()]);
        table.row(cells);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"[
        {"proxy": "ztunnel~10.244.1.2~ztunnel-a.istio-system~istio-system.svc.cluster.local", "types": {
            "address": {"sent": "n2", "acked": "n2"}, "authorization": {"sent": "n3", "acked": "n1"}}},
        {"proxy": "odd", "cluster": "east", "version": "1.31.0", "types": {"WDS": {"sent": "", "acked": ""}}}
    ]"#;

    #[test]
    fn each_proxy_is_a_row_and_each_type_a_column() {
        let rows = read(BODY.as_bytes(), "istiod-1").unwrap();
        assert!(
            short(&rows).contains(
                "ztunnel-a.istio-system     <unknown>     istiod-1     <unknown>     2 (WADS,WDS)\n"
            ),
            "{}",
            short(&rows)
        );
        let text = verbose(&rows);
        assert!(
            text.starts_with("NAME                       CLUSTER       WADS        WDS"),
            "{text}"
        );
        assert!(
            text.contains("STALE       SYNCED") && text.contains("IGNORED     NOT SENT"),
            "{text}"
        );
        assert!(read(b"not json", "istiod-1").is_err());
    }
}
