//! `meshctl bug-report`: an archive for those who are to find out what is wrong (`spec/cli.md` 9).
//!
//! Whatever cannot be had is noted in the archive and is no reason to stop (C29). The whole run has a limit.

use super::install::duration;
use super::snapshot;
use crate::checks::judge;
use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::meta;
use crate::render::{self, data};
use crate::snapshot::trimmed;
use crate::yaml;
use clap::Args;
use mesh_wire::well_known::port;
use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The folder in the archive.
const TOP: &str = "bug-report";
const EXAMPLES: &str = "Examples:
  meshctl bug-report                        bug-report.tar.gz in this folder
  meshctl bug-report --output-dir /tmp --tail 200
  meshctl bug-report --dry-run              what would be asked";

/// Arguments of `meshctl bug-report`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BugReport {
    /// Where the archive is written
    #[arg(long, alias = "dir", value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    output_dir: PathBuf,
    /// How long all of it may take
    #[arg(long, default_value = "30m", value_name = "DURATION", value_parser = duration)]
    timeout: Duration,
    /// The last lines of each log
    #[arg(long, default_value_t = 1000, value_name = "LINES")]
    tail: u32,
    /// Say what would be asked, and ask nothing
    #[arg(long)]
    dry_run: bool,
}

/// What is collected, and what could not be.
struct Archive {
    entries: Vec<(String, Vec<u8>)>,
    failures: Vec<String>,
    end: Instant,
}

impl Archive {
    fn add(&mut self, path: impl Into<String>, text: impl Into<Vec<u8>>) {
        self.entries.push((path.into(), text.into()));
    }

    fn note(&mut self, failure: &Failure) {
        let causes = failure.causes.join(": ");
        self.failures.push(format!("{}: {causes}", failure.message));
    }

    /// Does one task, unless the time is over.
    async fn attempt<T>(&mut self, what: &str, task: impl Future<Output = Result<T, Failure>>) -> Option<T> {
        let left = self.end.saturating_duration_since(Instant::now());
        // a task that is ready at once would be done even without any time left
        let done = if left.is_zero() {
            None
        } else {
            tokio::time::timeout(left, Box::pin(task)).await.ok()
        };
        match done {
            Some(Ok(found)) => return Some(found),
            Some(Err(failure)) => self.note(&failure),
            None => self.failures.push(format!("{what}: the time was over")),
        }
        None
    }

    /// The archive's bytes: sorted, without times or owners.
    fn pack(mut self) -> std::io::Result<Vec<u8>> {
        let failures = self.failures.join("\n");
        self.add("failures.txt", failures + "\n");
        self.entries.sort();
        let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        let mut tar = tar::Builder::new(encoder);
        for (path, text) in &self.entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            tar.append_data(&mut header, format!("{TOP}/{path}"), text.as_slice())?;
        }
        tar.into_inner()?.finish()
    }
}

impl BugReport {
    /// Runs the command. What could not be had is in the archive, and no error.
    ///
    /// # Errors
    /// There is no cluster, or the archive cannot be written.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        if self.dry_run {
            render::print(&format!(
                "would ask for: a snapshot, the checks, nodes, events, and in {system}: workloads, logs, debug pages, names of secrets\n"
            ))?;
            return Ok(Exit::Ok);
        }
        let mut archive = Archive {
            entries: Vec::new(),
            failures: Vec::new(),
            end: Instant::now() + self.timeout,
        };
        self.collect(context, &cluster, &system, &mut archive).await;
        let path = self.output_dir.join("bug-report.tar.gz");
        let shown = path.display().to_string();
        let (files, failures) = (archive.entries.len() + 1, archive.failures.len());
        let failed =
            |error: std::io::Error| Failure::new(format!("cannot write `{shown}`")).caused_by(&error);
        let bytes = archive.pack().map_err(failed)?;
        std::fs::write(&path, bytes).map_err(failed)?;
        if failures > 0 {
            context.messages.warn(&format!(
                "{failures} things could not be had; failures.txt in the archive names them"
            ));
        }
        context.messages.done(&format!("{shown}: {files} files"));
        Ok(Exit::Ok)
    }

    async fn collect(&self, context: &Context, cluster: &Cluster, system: &str, archive: &mut Archive) {
        if let Some(mut taken) = archive
            .attempt("snapshot", snapshot::take(cluster, context))
            .await
        {
            archive.failures.append(&mut taken.failures);
            match data::json(&taken) {
                Ok(text) => archive.add("snapshot.json", text),
                Err(failure) => archive.note(&failure),
            }
        }
        if let Some(facts) = archive.attempt("checks", cluster.fetch_checked(system)).await {
            let report = judge::installed(&facts, jiff::Timestamp::now());
            archive.add("check.txt", report.text(false));
        }
        let namespaced = format!("/api/v1/namespaces/{system}");
        let lists = [
            ("cluster/nodes.yaml", "/api/v1/nodes".to_owned()),
            ("cluster/events.yaml", "/api/v1/events".to_owned()),
            (
                "cluster/networkpolicies.yaml",
                "/apis/networking.k8s.io/v1/networkpolicies".to_owned(),
            ),
            (
                "system/daemonsets.yaml",
                format!("/apis/apps/v1/namespaces/{system}/daemonsets"),
            ),
            (
                "system/deployments.yaml",
                format!("/apis/apps/v1/namespaces/{system}/deployments"),
            ),
        ];
        for (file, path) in lists {
            if let Some(items) = archive.attempt(file, cluster.list(&path)).await {
                let items: Vec<Value> = items.into_iter().map(trimmed).collect();
                archive.add(file, yaml::to_string(&Value::Array(items)));
            }
        }
        let secrets = format!("{namespaced}/secrets");
        if let Some(secrets) = archive.attempt("secrets", cluster.list(&secrets)).await {
            let names: Vec<&str> = secrets.iter().map(|one| meta(one, "name")).collect();
            archive.add("system/secrets.txt", names.join("\n") + "\n");
        }
        let pods = format!("{namespaced}/pods");
        let pods = archive.attempt("system/pods.yaml", cluster.list(&pods)).await;
        if let Some(pods) = &pods {
            let kept = pods.iter().cloned().map(trimmed).collect();
            archive.add("system/pods.yaml", yaml::to_string(&Value::Array(kept)));
        }
        for pod in pods.unwrap_or_default() {
            self.logs(cluster, system, &pod, archive).await;
            if pod["metadata"]["labels"]["app"] == mesh_wire::well_known::name::CONTROL_PLANE {
                debug_pages(cluster, system, meta(&pod, "name"), archive).await;
            }
        }
    }

    async fn logs(&self, cluster: &Cluster, system: &str, pod: &Value, archive: &mut Archive) {
        let name = meta(pod, "name");
        let statuses = pod["status"]["containerStatuses"]
            .as_array()
            .into_iter()
            .flatten();
        for status in statuses {
            let container = status["name"].as_str().unwrap_or_default();
            let path = format!(
                "/api/v1/namespaces/{system}/pods/{name}/log?container={container}&tailLines={}",
                self.tail
            );
            let mut asks = vec![("log", path.clone())];
            if status["restartCount"].as_u64().is_some_and(|count| count > 0) {
                asks.push(("previous.log", format!("{path}&previous=true")));
            }
            for (suffix, path) in asks {
                let file = format!("logs/{name}/{container}.{suffix}");
                if let Some(text) = archive.attempt(&file, cluster.fetch_text(&path)).await {
                    archive.add(file, text);
                }
            }
        }
    }
}

async fn debug_pages(cluster: &Cluster, system: &str, pod: &str, archive: &mut Archive) {
    for page in ["syncz", "ambientz", "effectz", "mesh"] {
        let path = format!("/debug/{page}");
        let ask = PodRequest {
            namespace: system,
            pod,
            port: port::MONITORING,
            path: &path,
        };
        let file = format!("control-plane/{pod}/{page}.json");
        if let Some(body) = archive.attempt(&file, cluster.fetch_from_pod(&ask)).await {
            archive.add(file, body.to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;
    use clap::Parser;
    use std::io::Read;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        report: BugReport,
    }

    fn unpack(path: &std::path::Path) -> Vec<(String, String)> {
        let plain = flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap());
        let mut archive = tar::Archive::new(plain);
        let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
            let mut entry: tar::Entry<'_, flate2::read::GzDecoder<std::fs::File>> = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (entry.path().unwrap().display().to_string(), text)
        };
        archive.entries().unwrap().map(read).collect()
    }

    async fn run(world: &World, more: &str) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display().to_string();
        let words = ["bug-report", "--output-dir", &place]
            .into_iter()
            .chain(more.split_whitespace());
        let line = Line::try_parse_from(words).unwrap();
        assert_eq!(Box::pin(line.report.run(&world.context)).await.unwrap(), Exit::Ok);
        unpack(&folder.path().join("bug-report.tar.gz"))
    }

    #[tokio::test]
    async fn cli_c29_what_cannot_be_had_is_noted_and_nothing_hangs() {
        let world = World::start().await;
        let whole = run(&world, "").await;
        let names: Vec<&str> = whole.iter().map(|(name, _)| name.as_str()).collect();
        for name in [
            "bug-report/check.txt",
            "bug-report/snapshot.json",
            "bug-report/failures.txt",
            "bug-report/cluster/nodes.yaml",
        ] {
            assert!(names.contains(&name), "{name} is not in {names:?}");
        }
        // the time is over before anything is asked: the archive is there all the same
        let late = run(&world, "--timeout 0").await;
        assert_eq!(late.len(), 1);
        assert!(late[0].1.contains("snapshot: the time was over"), "{}", late[0].1);
    }
}
