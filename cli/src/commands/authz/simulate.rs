//! `meshctl authz simulate`: one connection's verdict, hop by hop.

use super::{namespace, unknown};
use crate::commands::input::{Input, Prepared};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;
use crate::render::junit::{self, Case};
use crate::render::output::{Output, TESTS};
use crate::simulate::report::{Report, Word};
use crate::simulate::translation;
use crate::simulate::way::Way;
use clap::{Args, ValueEnum};

const EXAMPLES: &str = "Examples:
  meshctl authz simulate --from shop/web --to api.shop            by account, through a service
  meshctl authz simulate --from unmeshed --to pod/api-1.shop:8080 plain text from outside of the mesh
  meshctl authz simulate --from 10.0.0.9 --to api.shop -f manifests/
  meshctl authz simulate --from shop/web --to api.shop -f new-policy.yaml --overlay --expect allow";

/// Arguments of `meshctl authz simulate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Simulate {
    /// NAMESPACE/ACCOUNT, a pod, an address, or unmeshed
    #[arg(long, value_name = "SOURCE")]
    from: String,
    /// A service, a pod or an address, with :PORT where there are several
    #[arg(long, value_name = "DESTINATION")]
    to: String,
    #[command(flatten)]
    input: Input,
    /// Exit 80 unless the verdict is this
    #[arg(long, value_enum)]
    expect: Option<Expected>,
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = TESTS)]
    output: Output,
}

/// What a connection should come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::commands) enum Expected {
    /// Let through
    Allow,
    /// Refused
    Deny,
}

impl Expected {
    pub(in crate::commands) fn is_met(self, verdict: Word) -> bool {
        matches!(
            (self, verdict),
            (Self::Allow, Word::Allow) | (Self::Deny, Word::Deny)
        )
    }

    pub(in crate::commands) fn text(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// Simulates one connection.
pub(super) fn simulate(
    prepared: &Prepared,
    context: &Context,
    from: &str,
    to: &str,
) -> Result<Report, Failure> {
    let (title, ways) = follow(prepared, context, from, to)?;
    let reached: Vec<String> = ways
        .iter()
        .flat_map(|way| &way.hops)
        .filter_map(|hop| hop.at.split_once('/').map(|(namespace, _)| namespace.to_owned()))
        .collect();
    let namespaces: Vec<&str> = reached.iter().map(String::as_str).collect();
    let losses = translation::losses(prepared.mesh().index, &namespaces, &prepared.root);
    Ok(Report::new(from.to_owned(), title, &ways, losses))
}

/// The same without a word about what translation lost, for those who ask a thousand times.
pub(super) fn verdict(
    prepared: &Prepared,
    context: &Context,
    from: &str,
    to: &str,
) -> Result<Report, Failure> {
    let (title, ways) = follow(prepared, context, from, to)?;
    Ok(Report::new(from.to_owned(), title, &ways, Vec::new()))
}

/// What the destination is called, and each way there.
fn follow(
    prepared: &Prepared,
    context: &Context,
    from: &str,
    to: &str,
) -> Result<(String, Vec<Way>), Failure> {
    let mesh = prepared.mesh();
    let default = namespace(context);
    let source = mesh
        .find_source(from, &default)
        .map_err(|error| unknown(&error))?;
    let (target, port) = mesh.find_target(to, &default).map_err(|error| unknown(&error))?;
    let destination = target.at(port).map_err(|error| unknown(&error))?;
    let title = format!("{} ({destination})", target.title());
    Ok((title, mesh.ways(&source, destination)))
}

impl Simulate {
    /// Runs the command; exit 80 when the verdict is not the expected one.
    ///
    /// # Errors
    /// Objects cannot be read, or a name stands for nothing.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let prepared = Prepared::fetch(&self.input, context).await?;
        let report = simulate(&prepared, context, &self.from, &self.to)?;
        let is_met = self.expect.is_none_or(|expected| expected.is_met(report.verdict));
        let surprise = self.expect.filter(|_| !is_met).map(|expected| {
            format!(
                "expected {}, but the verdict is {}",
                expected.text(),
                report.verdict.text()
            )
        });
        render::print(&match self.output {
            Output::Junit => {
                let case = Case {
                    name: format!("{} -> {}", self.from, self.to),
                    failure: surprise.clone(),
                };
                junit::document("authz simulate", &[case])?
            }
            _ => self.output.render(&report, || report.text())?,
        })?;
        match surprise {
            None => Ok(Exit::Ok),
            Some(text) => {
                context.messages.line(&format!("Error: {text}"));
                Ok(Exit::Unexpected)
            }
        }
    }
}
