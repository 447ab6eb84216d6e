//! `meshctl version`: client, control plane and data plane (`spec/cli.md` 9).

use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::meta;
use crate::render;
use crate::render::output::{Formats, Output};
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Arguments of `meshctl version`.
#[derive(Debug, Args)]
pub struct Version {
    /// Ask the cluster too
    #[arg(long, action = clap::ArgAction::Set, default_value_t = true, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    remote: bool,
    /// Only the version numbers
    #[arg(short, long, action = clap::ArgAction::Set, default_value_t = true, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    short: bool,
    /// Output format
    #[arg(short, long, value_parser = Formats(&["table", "json", "yaml", "jsonpath="]))]
    output: Option<Output>,
}

/// What is reported; the keys are the reference's.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the reference's")]
struct Report {
    client_version: Info,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mesh_version: Vec<Component>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    data_plane_version: Vec<Proxy>,
}

/// One build.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
struct Info {
    version: String,
}

/// One control plane server.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Component {
    component: String,
    info: Info,
}

/// One node proxy.
#[derive(Debug, Serialize, JsonSchema)]
struct Proxy {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "IstioVersion")]
    version: String,
}

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("version", super::schema::of::<Report>)];

impl Version {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster was to be asked and cannot be.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let client_version = Info {
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let mut report = Report {
            client_version,
            ..Report::default()
        };
        let asked = if self.remote {
            ask(context, &mut report).await
        } else {
            Ok(())
        };
        let output = self.output.unwrap_or(Output::Table);
        let text = || lines(&report, self.remote && asked.is_ok());
        render::print(&output.render(&report, text)?)?;
        asked?;
        if self.remote && report.mesh_version.is_empty() && report.data_plane_version.is_empty() {
            context.messages.line(&format!(
                "no running mesh in namespace `{}`",
                context.istio_namespace()
            ));
        }
        Ok(Exit::Ok)
    }
}

async fn ask(context: &Context, report: &mut Report) -> Result<(), Failure> {
    let cluster = Cluster::connect(context).await?;
    let namespace = context.istio_namespace();
    for pod in cluster.fetch_running(&namespace, "app=istiod").await? {
        let ask = PodRequest {
            namespace: &namespace,
            pod: meta(&pod, "name"),
            port: 15014,
            path: "/version",
        };
        match cluster.fetch_from_pod(&ask).await {
            Ok(body) => report.mesh_version.push(Component {
                component: "pilot".to_owned(),
                info: Info {
                    version: read_version(&String::from_utf8_lossy(&body)),
                },
            }),
            Err(failure) => context.messages.warn(&failure.message),
        }
    }
    for pod in cluster.fetch_running(&namespace, "app=ztunnel").await? {
        let ask = PodRequest {
            namespace: &namespace,
            pod: meta(&pod, "name"),
            port: 15000,
            path: "/config_dump",
        };
        match cluster.fetch_from_pod(&ask).await {
            Ok(body) => {
                let dump: Value = serde_json::from_slice(&body).unwrap_or_default();
                let version = dump["version"]["version"]
                    .as_str()
                    .unwrap_or("unknown")
                    .to_owned();
                report.data_plane_version.push(Proxy {
                    id: format!("{}.{namespace}", ask.pod),
                    version,
                });
            }
            Err(failure) => context.messages.warn(&failure.message),
        }
    }
    Ok(())
}

/// A server answers with JSON that has a version, or with the version as text.
fn read_version(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let found = json["version"].as_str().or_else(|| json["Version"].as_str());
    found
        .unwrap_or_else(|| body.lines().next().unwrap_or("unknown").trim())
        .to_owned()
}

fn lines(report: &Report, has_asked: bool) -> String {
    let mut text = format!("client version: {}\n", report.client_version.version);
    if !has_asked || (report.mesh_version.is_empty() && report.data_plane_version.is_empty()) {
        return text;
    }
    let servers = &report.mesh_version;
    match servers.first() {
        Some(first)
            if servers
                .iter()
                .all(|server| server.info.version == first.info.version) =>
        {
            _ = writeln!(text, "control plane version: {}", first.info.version);
        }
        Some(_) => {
            for server in servers {
                _ = writeln!(text, "{} version: {}", server.component, server.info.version);
            }
        }
        None => text.push_str("control plane version: none\n"),
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for proxy in &report.data_plane_version {
        *counts.entry(&proxy.version).or_default() += 1;
    }
    let versions: Vec<_> = counts
        .iter()
        .map(|(version, count)| format!("{version} ({count} proxies)"))
        .collect();
    let versions = if versions.is_empty() {
        "none".to_owned()
    } else {
        versions.join(", ")
    };
    _ = writeln!(text, "data plane version: {versions}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_c21_short_lines_name_each_side_once() {
        let server = || Component {
            component: "pilot".into(),
            info: Info { version: "1".into() },
        };
        let proxy = |version: &str| Proxy {
            id: String::new(),
            version: version.into(),
        };
        let report = Report {
            client_version: Info { version: "2".into() },
            mesh_version: vec![server(), server()],
            data_plane_version: vec![proxy("1"), proxy("2"), proxy("1")],
        };
        let expected = "client version: 2\ncontrol plane version: 1\n\
                        data plane version: 1 (2 proxies), 2 (1 proxies)\n";
        assert_eq!(lines(&report, true), expected);
        assert_eq!(lines(&report, false), "client version: 2\n");
    }

    #[test]
    fn versions_are_read_from_json_and_from_text() {
        assert_eq!(read_version(r#"{"version":"0.1.0"}"#), "0.1.0");
        assert_eq!(read_version("1.31.0-abc\n"), "1.31.0-abc");
    }
}
