//! `meshctl proxy-status`: which proxies are connected to which control plane, and whether they are up to date
//! (`spec/cli.md` 9).

use super::wait;
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::meta;
use crate::render;
use crate::render::list::{List, ListArgs, SelectArgs, WatchArgs};
use crate::render::output::Output;
use crate::render::table::Table;
use crate::ztunnel::lag;
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Arguments of `meshctl proxy-status`.
#[derive(Debug, Args)]
pub struct ProxyStatus {
    /// Only this proxy, as NAME or NAME.NAMESPACE; shows what it lacks of what it should hold
    #[arg(add = crate::completers::pods())]
    proxy: Option<String>,
    /// 1 shows the state of each type
    #[arg(short, long, value_name = "LEVEL", default_value_t = 0)]
    verbosity: u8,
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    select: SelectArgs,
}

/// One connected proxy.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, JsonSchema)]
struct Row {
    name: String,
    cluster: String,
    istiod: String,
    version: String,
    types: BTreeMap<String, String>,
}

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("proxy-status", super::schema::of::<Vec<Row>>)];

impl ProxyStatus {
    /// Runs the command.
    ///
    /// # Errors
    /// No control plane answers.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let mut failed = None;
        let mut asked = Vec::new();
        let fetch = async || {
            let (rows, failure) = self.fetch(context, &cluster).await?;
            failed = failure;
            asked.clone_from(&rows);
            Ok(self.list(rows))
        };
        self.list.show(context, self.watch, fetch).await?;
        if self.proxy.is_some() && self.list.output == Output::Table {
            let mut text = String::new();
            for row in &asked {
                text.push_str(&differences(context, &cluster, row).await?);
            }
            render::print(&text)?;
        }
        failed.map_or(Ok(Exit::Ok), Err)
    }

    /// What each control plane says of its clients, and why one of them said nothing.
    async fn fetch(
        &self,
        context: &Context,
        cluster: &Cluster,
    ) -> Result<(Vec<Row>, Option<Failure>), Failure> {
        let system = context.istio_namespace();
        let (said, failed) = cluster
            .fetch_from_control_planes(&system, "/debug/syncz", context.messages)
            .await?;
        let mut rows = Vec::new();
        for one in &said {
            rows.append(&mut read(&one.body, meta(&one.pod, "name"))?);
        }
        rows.retain(|row| self.wants(row, context.globals.namespace.as_deref()));
        if let Some(selector) = &self.select.selector {
            let labelled: Vec<String> = cluster
                .list("/api/v1/pods")
                .await?
                .iter()
                .filter(|pod| selector.wants(pod))
                .map(|pod| format!("{}.{}", meta(pod, "name"), meta(pod, "namespace")))
                .collect();
            rows.retain(|row| labelled.contains(&row.name));
        }
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        match &self.proxy {
            Some(proxy) if rows.is_empty() => Err(Failure::new(format!(
                "proxy `{proxy}` is not connected to any control plane"
            ))),
            _ => Ok((rows, failed)),
        }
    }

    /// One row for each proxy; with `-v 1` one column for each type.
    fn list(&self, rows: Vec<Row>) -> List<Row> {
        let list = if self.verbosity == 0 {
            short(rows)
        } else {
            verbose(rows)
        };
        list.gap(5).named(|row| format!("proxy/{}", row.name))
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
    let found = lag::differences(&expected, &held);
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

fn short(rows: Vec<Row>) -> List<Row> {
    let header = ["NAME", "CLUSTER", "ISTIOD", "VERSION", "SUBSCRIBED TYPES"];
    let cells = |row: &Row| {
        let kinds: Vec<&str> = row.types.keys().map(String::as_str).collect();
        let kinds = match kinds.len() {
            0 => "0".to_owned(),
            count => format!("{count} ({})", kinds.join(",")),
        };
        let states: Vec<String> = row
            .types
            .iter()
            .map(|(kind, state)| format!("{kind}={state}"))
            .collect();
        vec![
            row.name.clone(),
            row.cluster.clone(),
            row.istiod.clone(),
            row.version.clone(),
            kinds,
            states.join(", "),
        ]
    };
    List::new(&header, rows, cells).wide(&["STATES"])
}

fn verbose(rows: Vec<Row>) -> List<Row> {
    let kinds: BTreeSet<String> = rows.iter().flat_map(|row| row.types.keys().cloned()).collect();
    let mut header = vec!["NAME", "CLUSTER"];
    header.extend(kinds.iter().map(String::as_str));
    header.extend(["ISTIOD", "VERSION"]);
    let columns: Vec<String> = kinds.iter().cloned().collect();
    let cells = move |row: &Row| {
        let mut cells = vec![row.name.clone(), row.cluster.clone()];
        cells.extend(columns.iter().map(|kind| {
            row.types
                .get(kind)
                .cloned()
                .unwrap_or_else(|| "IGNORED".to_owned())
        }));
        cells.extend([row.istiod.clone(), row.version.clone()]);
        cells
    };
    List::new(&header, rows, cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        list: ListArgs,
    }

    const BODY: &str = r#"[
        {"proxy": "ztunnel~10.244.1.2~ztunnel-a.istio-system~istio-system.svc.cluster.local", "types": {
            "address": {"sent": "n2", "acked": "n2"}, "authorization": {"sent": "n3", "acked": "n1"}}},
        {"proxy": "odd", "cluster": "east", "version": "1.31.0", "types": {"WDS": {"sent": "", "acked": ""}}}
    ]"#;

    #[test]
    fn each_proxy_is_a_row_and_each_type_a_column() {
        let rows = read(BODY.as_bytes(), "istiod-1").unwrap();
        let print = |list: List<Row>| {
            Line::try_parse_from(["x"])
                .unwrap()
                .list
                .render(list.gap(5))
                .unwrap()
        };
        let text = print(short(rows.clone()));
        assert!(
            text.contains(
                "ztunnel-a.istio-system     <unknown>     istiod-1     <unknown>     2 (WADS,WDS)\n"
            ),
            "{text}"
        );
        let text = print(verbose(rows));
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
