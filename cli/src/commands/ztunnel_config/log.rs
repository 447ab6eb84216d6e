//! `meshctl ztunnel-config log`: read and change the log levels of node proxies (`spec/cli.md` 2.3).

use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;
use crate::render::output::{Formats, Output};
use crate::ztunnel::levels;
use crate::ztunnel::select::{Choice, Chosen, Places};
use clap::Args;
use std::fmt::Write as _;

/// Arguments of `meshctl ztunnel-config log`.
#[derive(Debug, Args)]
pub struct Log {
    /// A ztunnel pod, or an ordinary pod whose node's ztunnel is meant; all of them unless given
    #[arg(conflicts_with = "node", add = crate::completers::pods())]
    pod: Option<String>,
    /// The ztunnel of this node
    #[arg(long, add = crate::completers::nodes())]
    node: Option<String>,
    /// LEVEL, or a list of SCOPE:LEVEL
    #[arg(long, conflicts_with = "reset")]
    level: Option<String>,
    /// Back to `info`
    #[arg(short, long)]
    reset: bool,
    /// Output format
    #[arg(short, long, default_value = "short", value_parser = Formats(&["short", "json", "yaml"]))]
    output: Output,
    /// The admin port inside the pod
    #[arg(long, default_value_t = 15000, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    proxy_admin_port: u16,
}

impl Log {
    /// Runs the command.
    ///
    /// # Errors
    /// An unknown level, or a proxy that does not answer.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        if self.output != Output::Table {
            return Err(Failure::usage("--output is not applicable for this command").hint("only `short` is"));
        }
        let path = self.path()?;
        let cluster = Cluster::connect(context).await?;
        let places = Places {
            system: context.istio_namespace(),
            given: context.globals.namespace.clone(),
        };
        let (mut text, mut failed) = (String::new(), None);
        for chosen in self.choose(&cluster, &places).await? {
            let ask = PodRequest {
                namespace: &chosen.namespace,
                pod: &chosen.pod,
                port: self.proxy_admin_port,
                path: &path,
            };
            let answer = cluster.post_to_pod(&ask).await;
            if let Some(body) = context.messages.answered(answer, &mut failed) {
                let body = String::from_utf8_lossy(&body);
                _ = writeln!(
                    text,
                    "{}.{}:\n{}\n",
                    chosen.pod,
                    chosen.namespace,
                    body.trim_end()
                );
            }
        }
        render::print(&text)?;
        failed.map_or(Ok(Exit::Ok), Err)
    }

    fn path(&self) -> Result<String, Failure> {
        if self.reset {
            return Ok("/logging?level=info&reset".to_owned());
        }
        let Some(level) = &self.level else {
            return Ok("/logging?level=".to_owned());
        };
        let level = levels::directives(level).map_err(Failure::usage)?;
        Ok(format!("/logging?level={}", crate::install::wait::encode(&level)))
    }

    async fn choose(&self, cluster: &Cluster, places: &Places) -> Result<Vec<Chosen>, Failure> {
        if self.pod.is_none() && self.node.is_none() {
            return cluster.all_ztunnels(places).await;
        }
        let choice = Choice {
            pod: self.pod.clone(),
            node: self.node.clone(),
            is_per_node: false,
        };
        Ok(vec![cluster.choose_ztunnel(&choice, places).await?])
    }
}
