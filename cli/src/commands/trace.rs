//! `meshctl trace`: the way of one connection, hop by hop, with evidence (`spec/cli.md` 8.4).

mod live;

use super::authz::{namespace, unknown};
use super::input::{Input, Prepared};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;
use crate::render::output::{Output, REPORT};
use crate::simulate::Source;
use crate::simulate::forecast::forecast;
use crate::simulate::names::NameError;
use crate::simulate::report::Word;
use crate::snapshot::{FORM, Snapshot};
use crate::trace::evidence::{Asked, Evidence};
use crate::trace::{self, Question, Trace, text};
use clap::Args;

/// The documents of this command.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("trace", super::schema::of::<Trace>)];

const EXAMPLES: &str = "Examples:
  meshctl trace pod/web-1.shop api.shop                  every hop, asked of the cluster
  meshctl trace shop/web api.shop:80 --expect allow      exit 80 unless it gets through
  meshctl trace pod/web-1.shop api.shop --live           and one real connection, found again in both proxies' events
  meshctl trace shop/web api.shop -f manifests/          what files alone can say
  meshctl trace shop/web api.shop --snapshot before.json.gz -o json

Exit 0: no hop denies; 1: one does; 80: otherwise than expected.";

/// Arguments of `meshctl trace`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct TraceCommand {
    /// A pod, NAMESPACE/ACCOUNT, an address, or unmeshed
    from: String,
    /// A service, a pod or an address, with :PORT where there are several
    to: String,
    #[command(flatten)]
    input: Input,
    /// Also send one connection from the source's pod, and look for it in the events of both proxies
    #[arg(long, conflicts_with_all = ["filename", "snapshot"])]
    live: bool,
    /// Exit 80 unless this is the verdict
    #[arg(long, value_enum)]
    expect: Option<super::authz::simulate::Expected>,
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = REPORT)]
    output: Output,
}

impl TraceCommand {
    /// Runs the command; the first hop that denies decides how it ends.
    ///
    /// # Errors
    /// The cluster or a file cannot be read, or nobody is called so.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let (snapshot, asked) = self.fetch(context).await?;
        let evidence = Evidence::of(&snapshot, asked)?;
        for failure in &snapshot.failures {
            context.messages.warn(failure);
        }
        let prepared = Prepared::of(context, snapshot.sourced())?;
        let mut traced = self.follow(context, &prepared, &evidence)?;
        if self.live {
            self.send(context, &prepared, &evidence, &mut traced).await?;
        }
        render::print(&self.output.render(&traced, || text::text(&traced))?)?;
        Ok(self.exit(context, traced.verdict))
    }

    fn exit(&self, context: &Context, verdict: Word) -> Exit {
        match self.expect {
            Some(expected) if expected.is_met(verdict) => Exit::Ok,
            Some(expected) => {
                let (expected, verdict) = (expected.text(), verdict.text());
                context.messages.line(&format!(
                    "Error: expected {expected}, but the verdict is {verdict}"
                ));
                Exit::Unexpected
            }
            None if verdict == Word::Deny => Exit::Error,
            None => Exit::Ok,
        }
    }

    fn follow(&self, context: &Context, prepared: &Prepared, evidence: &Evidence) -> Result<Trace, Failure> {
        let mesh = prepared.mesh();
        let default = namespace(context);
        let source = mesh
            .find_source(&self.from, &default)
            .map_err(|error| unknown(&error))?;
        let target = mesh
            .find_target(&self.to, &default)
            .and_then(|(target, port)| target.at(port).map(|at| (target, at)));
        if let Err(error @ NameError::Port { .. }) = &target {
            return Err(unknown(error));
        }
        let question = Question {
            from: &self.from,
            source: &source,
            to: &self.to,
            target: &target,
        };
        Ok(trace::trace(&mesh, evidence, &question))
    }

    /// One real connection, with what both proxies say of it as the last hop.
    async fn send(
        &self,
        context: &Context,
        prepared: &Prepared,
        evidence: &Evidence,
        traced: &mut Trace,
    ) -> Result<(), Failure> {
        let mesh = prepared.mesh();
        let default = namespace(context);
        let source = mesh.find_source(&self.from, &default);
        let target = mesh
            .find_target(&self.to, &default)
            .and_then(|(target, port)| target.at(port));
        let (Ok(Source::Workload(own)), Ok(to)) = (source, target) else {
            return Err(Failure::usage("--live sends a connection from a pod")
                .hint("name a pod that runs, and a destination that has an address"));
        };
        let ends = traced.path.iter().map(|leg| leg.to.clone());
        let ends = ends.chain([format!("{}/{}", own.namespace(), own.name)]);
        let errand = live::Errand {
            pod: (own.namespace(), &own.name),
            to,
            proxies: evidence.proxies_of(ends),
            is_captured: own.needs_certificate(),
        };
        let cluster = Cluster::connect(context).await?;
        let sent = Box::pin(errand.run(&cluster, context)).await?;
        trace::live::add(traced, &sent, own.needs_certificate());
        Ok(())
    }

    /// Everything that is known, and how old it is.
    async fn fetch(&self, context: &Context) -> Result<(Snapshot, Asked), Failure> {
        if let Some(file) = self.input.snapshot() {
            let mut snapshot = super::snapshot::read(file)?;
            self.input.lay_over(&mut snapshot)?;
            let age = age_of(&snapshot);
            return Ok((snapshot, Asked::Ago(age)));
        }
        if self.input.is_given() && !self.input.is_overlay() {
            let system = context.istio_namespace();
            let objects = Box::pin(self.input.fetch(context)).await?;
            let objects = forecast(objects, &system).into_iter().map(|one| one.object);
            let snapshot = Snapshot {
                form: FORM,
                objects: objects.collect(),
                system,
                ..Snapshot::default()
            };
            return Ok((snapshot, Asked::Nobody));
        }
        let cluster = Cluster::connect(context).await?;
        let mut snapshot = Box::pin(super::snapshot::take(&cluster, context)).await?;
        self.input.lay_over(&mut snapshot)?;
        Ok((snapshot, Asked::Ago(0)))
    }
}

fn age_of(snapshot: &Snapshot) -> u64 {
    let taken = snapshot.taken_at.parse::<jiff::Timestamp>();
    let since = taken.map(|taken| jiff::Timestamp::now().as_second() - taken.as_second());
    since.map_or(0, |seconds| u64::try_from(seconds).unwrap_or_default())
}
