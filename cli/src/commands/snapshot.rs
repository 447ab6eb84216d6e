//! `meshctl snapshot`: a mesh at one moment, in one file.

use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::list::{List, ListArgs};
use crate::render::output::{Output, REPORT};
use crate::render::table::Table;
use crate::render::{self, data};
use crate::snapshot::{self, Change, FORM, Snapshot};
use clap::{Args, Subcommand};
use futures::{StreamExt, stream};
use mesh_wire::well_known::port;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};

/// How many pods are asked at once.
const CONCURRENCY: usize = 16;
/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[
    ("snapshot show", super::schema::of::<crate::snapshot::Snapshot>),
    ("snapshot diff", super::schema::of::<Vec<crate::snapshot::Change>>),
];

const EXAMPLES: &str = "Examples:
  meshctl snapshot save before.json.gz              objects, proxies and agents at this moment
  meshctl snapshot show before.json.gz
  meshctl snapshot diff before.json.gz after.json.gz
  meshctl authz simulate --snapshot before.json.gz --from shop/web --to api.shop";

/// Arguments of `meshctl snapshot`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct SnapshotCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write the mesh at this moment into a file
    Save(Save),
    /// Show what a snapshot holds
    Show(Show),
    /// List what differs between two snapshots; exit 1 if anything does
    Diff(Diff),
}

#[derive(Debug, Args)]
struct Save {
    /// The file; compressed if it ends in .gz
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: String,
}

#[derive(Debug, Args)]
struct Show {
    /// The file
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: String,
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = REPORT)]
    output: Output,
}

#[derive(Debug, Args)]
struct Diff {
    /// The earlier one
    #[arg(value_hint = clap::ValueHint::FilePath)]
    before: String,
    /// The later one
    #[arg(value_hint = clap::ValueHint::FilePath)]
    after: String,
    #[command(flatten)]
    list: ListArgs,
}

impl SnapshotCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster cannot be asked, or a file cannot be read or written.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Save(save) => Box::pin(save.run(context)).await,
            Verb::Show(show) => show.run(),
            Verb::Diff(diff) => diff.run(context).map_err(|failure| Failure {
                exit: Exit::DiffError,
                ..failure
            }),
        }
    }
}

/// Reads a snapshot from a file, compressed or not.
///
/// # Errors
/// It cannot be read, or is none (65).
pub(super) fn read(file: &str) -> Result<Snapshot, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot read `{file}`")).caused_by(&error);
    let mut text = std::fs::read(file).map_err(failed)?;
    if text.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(text.as_slice())
            .read_to_end(&mut plain)
            .map_err(failed)?;
        text = plain;
    }
    Snapshot::parse(&text).map_err(|error| {
        Failure::unparsable(format!("cannot read the snapshot `{file}`"))
            .caused_by(&error)
            .hint("`meshctl snapshot save` writes such a file")
    })
}

/// Takes one. A part that does not answer is named in it and is no error.
///
/// # Errors
/// The objects cannot be read.
pub(super) async fn take(cluster: &Cluster, context: &Context) -> Result<Snapshot, Failure> {
    let system = context.istio_namespace();
    let mut objects = Box::pin(cluster.fetch_mesh_objects(&system)).await?;
    let (version, kind) = ("networking.k8s.io/v1", "NetworkPolicy");
    let path = format!("/apis/{version}/networkpolicies");
    objects.append(&mut cluster.fetch_listed(&path, version, kind).await?);
    let mut taken = Snapshot {
        form: FORM,
        taken_at: jiff::Timestamp::now().to_string(),
        system: system.clone(),
        objects: objects
            .into_iter()
            .map(|one| snapshot::trimmed(one.object))
            .collect(),
        ..Snapshot::default()
    };
    let asks = [
        ("app=ztunnel", port::ADMIN, "/config_dump"),
        ("k8s-app=istio-cni-node", port::AGENT_ENROLMENT, "/enrolment"),
    ];
    for (selector, port, path) in asks {
        let (answers, mut failures) = ask(cluster, &system, selector, (port, path)).await?;
        let held = if port == port::ADMIN {
            &mut taken.proxies
        } else {
            &mut taken.agents
        };
        held.extend(answers);
        taken.failures.append(&mut failures);
    }
    Ok(taken)
}

type Answers = (BTreeMap<String, Value>, Vec<String>);

/// Asks each running pod of a part.
async fn ask(
    cluster: &Cluster,
    system: &str,
    selector: &str,
    (port, path): (u16, &str),
) -> Result<Answers, Failure> {
    let selector = crate::install::wait::encode(selector);
    let list = format!("/api/v1/namespaces/{system}/pods?labelSelector={selector}");
    let pods = cluster.list(&list).await?;
    let answers = stream::iter(pods)
        .map(|pod| async move {
            let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let ask = PodRequest {
                namespace: system,
                pod: &name,
                port,
                path,
            };
            let answer = Box::pin(cluster.fetch_from_pod(&ask)).await;
            (name, answer)
        })
        .buffered(CONCURRENCY)
        .collect::<Vec<_>>();
    let (mut held, mut failures) = (BTreeMap::new(), Vec::new());
    for (name, answer) in Box::pin(answers).await {
        match answer.map(|body| serde_json::from_slice(&body)) {
            Ok(Ok(value)) => {
                held.insert(name, value);
            }
            Ok(Err(error)) => failures.push(format!("{name}{path} is not JSON: {error}")),
            Err(failure) => failures.push(format!("{}: {}", failure.message, failure.causes.join(": "))),
        }
    }
    Ok((held, failures))
}

impl Save {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let taken = take(&cluster, context).await?;
        let file = &self.file;
        let failed = |error: std::io::Error| Failure::new(format!("cannot write `{file}`")).caused_by(&error);
        let mut text = data::json(&taken)?.into_bytes();
        let is_compressed = std::path::Path::new(file)
            .extension()
            .is_some_and(|extension| extension == "gz");
        if is_compressed {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&text).map_err(failed)?;
            text = encoder.finish().map_err(failed)?;
        }
        std::fs::write(file, text).map_err(failed)?;
        for failure in &taken.failures {
            context.messages.warn(failure);
        }
        context.messages.done(&format!(
            "{file}: {} objects, {} node proxies, {} node agents",
            taken.objects.len(),
            taken.proxies.len(),
            taken.agents.len()
        ));
        Ok(if taken.failures.is_empty() {
            Exit::Ok
        } else {
            Exit::Error
        })
    }
}

impl Show {
    fn run(self) -> Result<Exit, Failure> {
        let taken = read(&self.file)?;
        render::print(&self.output.render(&taken, || about(&taken))?)?;
        Ok(Exit::Ok)
    }
}

fn about(taken: &Snapshot) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for object in &taken.objects {
        *kinds
            .entry(object["kind"].as_str().unwrap_or("<unknown>"))
            .or_default() += 1;
    }
    let mut table = Table::new(3, &["WHAT", "COUNT"]);
    for (kind, count) in kinds {
        table.row(vec![kind.to_owned(), count.to_string()]);
    }
    table.row(vec!["node proxies".to_owned(), taken.proxies.len().to_string()]);
    table.row(vec!["node agents".to_owned(), taken.agents.len().to_string()]);
    let mut text = format!("taken at {} in {}\n\n", taken.taken_at, taken.system);
    text.push_str(&table.render());
    for failure in &taken.failures {
        text.push_str("not asked: ");
        text.push_str(failure);
        text.push('\n');
    }
    text
}

impl Diff {
    fn run(self, context: &Context) -> Result<Exit, Failure> {
        let found = snapshot::changes(&read(&self.before)?, &read(&self.after)?);
        let exit = if found.is_empty() { Exit::Ok } else { Exit::Error };
        let list = List::new(&["CHANGE", "IN", "SUBJECT"], found, cells)
            .named(|one| format!("{}/{}", one.change, one.subject))
            .or_say("nothing differs");
        self.list.print(context, list)?;
        Ok(exit)
    }
}

fn cells(one: &Change) -> Vec<String> {
    vec![one.change.to_owned(), one.place.clone(), one.subject.clone()]
}
