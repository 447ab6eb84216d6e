//! `meshctl describe service`: endpoints, waypoint, and what policy says to its callers.

use super::qualified;
use crate::commands::input::{Input, Prepared};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;
use crate::render::output::Output;
use crate::simulate::translation::{self, Loss};
use crate::simulate::{pairs, report};
use clap::Args;
use proxy_core::state::workload::{PortMap, TunnelProtocol};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write as _;

/// Arguments of `meshctl describe service`.
#[derive(Debug, Args)]
pub struct DescribeService {
    /// The service, as NAME or NAME.NAMESPACE
    service: String,
    #[command(flatten)]
    input: Input,
    /// Output format
    #[arg(short, long, default_value = "text", value_parser = super::FORMATS)]
    output: Output,
}

/// What there is to say.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Told {
    service: String,
    addresses: Vec<String>,
    waypoint: Option<String>,
    ports: Vec<Port>,
    endpoints: Vec<Endpoint>,
    allowed: Vec<String>,
    losses: Vec<Loss>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Port {
    port: u16,
    target: u16,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Endpoint {
    workload: String,
    address: Option<String>,
    captured: bool,
    policies: Vec<String>,
}

impl DescribeService {
    /// Runs the command; exit 1 when no endpoint takes traffic.
    ///
    /// # Errors
    /// The service is not there, or objects cannot be read.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let prepared = Prepared::fetch(&self.input, context).await?;
        let default = context.globals.namespace.clone();
        let (name, home) = qualified(&self.service, default.as_deref().unwrap_or("default"));
        let told = tell(&prepared, &name, &home).ok_or_else(|| {
            Failure::new(format!(
                "the mesh knows no service `{name}` in namespace `{home}`"
            ))
            .hint("names are NAME.NAMESPACE; -n gives the namespace of bare names")
        })?;
        render::print(&self.output.render(&told, || text(&told))?)?;
        Ok(if told.endpoints.is_empty() {
            Exit::Error
        } else {
            Exit::Ok
        })
    }
}

fn tell(prepared: &Prepared, name: &str, home: &str) -> Option<Told> {
    let mesh = prepared.mesh();
    let service = mesh
        .state
        .services()
        .filter(|one| one.key.namespace == home && one.name == name)
        .min_by_key(|one| &one.key)?
        .clone();
    let mut ends: Vec<_> = mesh.state.endpoints_of(&service).cloned().collect();
    ends.sort_by(|a, b| a.uid.cmp(&b.uid));
    let terms = pairs::Terms::of(&mesh);
    let clients = terms.clients(&mesh);
    let mut allowed: Vec<String> = Vec::new();
    for workload in ends.iter().filter(|one| one.protocol == TunnelProtocol::Hbone) {
        let Some(address) = workload.addresses.first() else {
            continue;
        };
        let server = pairs::Server {
            name: workload.name.to_string(),
            address: *address,
            workload: workload.clone(),
        };
        let ports = workload
            .ports_of(&service.key)
            .into_iter()
            .flat_map(PortMap::iter);
        for (_, target) in ports {
            let may = clients
                .iter()
                .filter(|one| pairs::is_allowed(&mesh, one, &server, target));
            allowed.extend(may.map(|one| one.name.clone()));
        }
    }
    allowed.sort();
    allowed.dedup();
    Some(Told {
        service: service.key.to_string(),
        addresses: service.vips.iter().map(|vip| vip.address.to_string()).collect(),
        waypoint: service.waypoint.as_ref().map(|one| one.destination.to_string()),
        ports: service
            .ports
            .iter()
            .map(|(port, target)| Port { port, target })
            .collect(),
        endpoints: ends
            .iter()
            .map(|one| Endpoint {
                workload: format!("{}/{}", one.namespace(), one.name),
                address: one.addresses.first().map(ToString::to_string),
                captured: one.protocol == TunnelProtocol::Hbone,
                policies: mesh
                    .candidates(one)
                    .iter()
                    .map(|policy| policy.key.to_string())
                    .collect(),
            })
            .collect(),
        allowed,
        losses: translation::losses(mesh.index, &[home], &prepared.root),
    })
}

fn text(told: &Told) -> String {
    let none = || "<none>".to_owned();
    let list = |items: &[String]| {
        if items.is_empty() {
            none()
        } else {
            items.join(", ")
        }
    };
    let ports: Vec<String> = told.ports.iter().map(|one| one.port.to_string()).collect();
    let mut text = format!(
        "service {}\n  addresses: {}\n  ports: {}\n  waypoint: {}\n",
        told.service,
        list(&told.addresses),
        list(&ports),
        told.waypoint.clone().unwrap_or_else(none)
    );
    for one in &told.endpoints {
        let captured = if one.captured {
            "HBONE"
        } else {
            "not captured: nobody enforces policies"
        };
        _ = writeln!(
            text,
            "  endpoint {} {} ({captured}); policies: {}",
            one.workload,
            one.address.clone().unwrap_or_else(none),
            list(&one.policies)
        );
    }
    if told.endpoints.is_empty() {
        text.push_str("  no healthy endpoint\n");
    }
    _ = writeln!(text, "  may call a captured endpoint: {}", list(&told.allowed));
    text.push_str(&report::losses(&told.losses));
    text
}
