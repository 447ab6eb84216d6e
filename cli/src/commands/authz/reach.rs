//! `meshctl authz who-can-reach` and `reach-from`: all verdicts of one destination or one source.

use super::{namespace, unknown};
use crate::commands::input::{Input, Prepared};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::list::{List, ListArgs};
use crate::simulate::blast;
use crate::simulate::names::Target;
use crate::simulate::pairs::{self, Reach, Server, Terms};
use crate::simulate::{Source, target_ports};
use clap::Args;
use proxy_core::state::workload::Workload;
use std::sync::Arc;

const EXAMPLES_TO: &str = "Examples:
  meshctl authz who-can-reach api.shop              every source and port
  meshctl authz who-can-reach api.shop:80 -f manifests/
  meshctl authz who-can-reach pod/api-1.shop:8080 --all -o json";
const EXAMPLES_FROM: &str = "Examples:
  meshctl authz reach-from shop/web                 everything that this account may connect to
  meshctl authz reach-from unmeshed -f manifests/   what is open to plain text
  meshctl authz reach-from --if-compromised shop/web  and what its victims reach in turn, step by step";

/// What both commands take.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    input: Input,
    /// Also what is denied
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    list: ListArgs,
}

/// Arguments of `meshctl authz who-can-reach`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES_TO)]
pub struct WhoCanReach {
    /// A service or pod, with :PORT for one port alone
    destination: String,
    #[command(flatten)]
    common: Common,
}

/// Arguments of `meshctl authz reach-from`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES_FROM)]
pub struct ReachFrom {
    /// NAMESPACE/ACCOUNT, a pod, an address, or unmeshed
    #[arg(value_name = "SOURCE", required_unless_present = "if_compromised")]
    source: Option<String>,
    /// Suppose that whoever runs as this account is hostile: what falls, and what those reach in turn
    #[arg(long, value_name = "NAMESPACE/ACCOUNT", conflicts_with_all = ["source", "all"])]
    if_compromised: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// A port as rows show it.
pub(super) fn port(port: Option<u16>) -> String {
    port.map_or_else(|| "any other".to_owned(), |port| port.to_string())
}

impl Common {
    fn print(&self, context: &Context, mut rows: Vec<Reach>) -> Result<Exit, Failure> {
        rows.retain(|row| self.all || row.verdict == "allow");
        let list = List::new(&["FROM", "TO", "PORT", "VERDICT"], rows, cells)
            .named(|row| format!("way/{}->{}:{}", row.from, row.to, port(row.port)))
            .or_say("nobody");
        self.list.print(context, list)?;
        Ok(Exit::Ok)
    }
}

fn cells(row: &Reach) -> Vec<String> {
    vec![
        row.from.clone(),
        row.to.clone(),
        port(row.port),
        row.verdict.to_owned(),
    ]
}

fn server(workload: &Arc<Workload>) -> Option<Server> {
    Some(Server {
        name: format!("{}/{}", workload.namespace(), workload.name),
        address: *workload.addresses.first()?,
        workload: workload.clone(),
    })
}

impl WhoCanReach {
    /// Runs the command.
    ///
    /// # Errors
    /// Objects cannot be read, or nothing is called so.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let prepared = Prepared::fetch(&self.common.input, context).await?;
        let mesh = prepared.mesh();
        let (target, asked) = mesh
            .find_target(&self.destination, &namespace(context))
            .map_err(|error| unknown(&error))?;
        let terms = Terms::of(&mesh);
        let clients = terms.clients(&mesh);
        // a service's port leads to a port of each endpoint
        let ends: Vec<(Server, Option<u16>)> = match &target {
            Target::Workload(workload) => server(workload).map(|one| (one, asked)).into_iter().collect(),
            Target::Service(service) => mesh
                .state
                .endpoints_of(service)
                .filter_map(|workload| {
                    let ports = workload.ports_of(&service.key);
                    let port = asked.map(|asked| ports.and_then(|ports| ports.find(asked)).unwrap_or(asked));
                    Some((server(workload)?, port))
                })
                .collect(),
            Target::Address(address) => {
                let owner = mesh.state.workloads().find(|one| one.owns(*address));
                owner
                    .and_then(server)
                    .map(|one| (one, asked))
                    .into_iter()
                    .collect()
            }
        };
        let mut rows = Vec::new();
        for (server, port) in &ends {
            if !server.workload.needs_certificate() {
                context.messages.warn(&format!(
                    "`{}` is not captured: everybody reaches it, whatever policies say",
                    server.name
                ));
                continue;
            }
            rows.extend(pairs::reach(&mesh, &terms, &clients, &[server], *port));
        }
        self.common.print(context, rows)
    }
}

impl ReachFrom {
    /// Runs the command.
    ///
    /// # Errors
    /// Objects cannot be read, or nobody is called so.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let prepared = Prepared::fetch(&self.common.input, context).await?;
        let mesh = prepared.mesh();
        let name = self.if_compromised.as_ref().or(self.source.as_ref());
        let name = name.cloned().unwrap_or_default();
        let source = mesh
            .find_source(&name, &namespace(context))
            .map_err(|error| unknown(&error))?;
        if self.if_compromised.is_some() {
            return self.fall(context, blast::spread(&mesh, &name, &source));
        }
        let terms = Terms::of(&mesh);
        let client = pairs::Client::of_source(&name, &source);
        let mut servers: Vec<Server> = pairs::servers(&mesh, &terms).into_values().collect();
        if let Source::Workload(own) = &source {
            servers.retain(|one| one.workload.uid != own.uid);
        }
        servers.retain(|one| target_ports(&one.workload).next().is_some() || self.common.all);
        let servers: Vec<&Server> = servers.iter().collect();
        let rows = pairs::reach(&mesh, &terms, &[client], &servers, None);
        self.common.print(context, rows)
    }

    fn fall(&self, context: &Context, steps: Vec<Reach>) -> Result<Exit, Failure> {
        let cells = |one: &Reach| {
            let step = one.step.map_or_else(String::new, |step| step.to_string());
            vec![step, one.from.clone(), one.to.clone(), port(one.port)]
        };
        let list = List::new(&["STEP", "FROM", "TO", "PORT"], steps, cells)
            .named(|step| format!("step/{}->{}:{}", step.from, step.to, port(step.port)))
            .or_say("nobody: policy lets it reach no service's port");
        self.common.list.print(context, list)?;
        Ok(Exit::Ok)
    }
}
