//! `meshctl images load`: the archive straight into a container runtime.

use super::choice::Choice;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::images::{Image, archive};
use clap::{Args, ValueEnum};
use std::io;
use std::process::{Command, Stdio};

#[derive(Debug, Args)]
pub(super) struct Load {
    /// The runtime [default: the first of these that is installed]
    #[arg(long, value_enum, value_name = "RUNTIME")]
    into: Option<Runtime>,
    /// Name of the kind cluster
    #[arg(long, default_value = "kind", value_name = "NAME")]
    kind_cluster: String,
    /// Print the commands that would read the archive, and load nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    choice: Choice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Runtime {
    /// The nodes of a kind cluster
    Kind,
    /// k3s on this machine
    K3s,
    /// containerd on this machine
    Containerd,
    /// Docker
    Docker,
    /// Podman
    Podman,
}

impl Runtime {
    const ALL: [Self; 5] = [
        Self::Kind,
        Self::K3s,
        Self::Containerd,
        Self::Docker,
        Self::Podman,
    ];

    /// The program that must be there.
    fn program(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::K3s => "k3s",
            Self::Containerd => "ctr",
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }

    /// The commands that read an archive from their standard input.
    fn commands(self, kind_cluster: &str) -> Result<Vec<Vec<String>>, Failure> {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let import = "ctr --namespace=k8s.io images import --all-platforms -";
        Ok(match self {
            Self::K3s => vec![words(&format!(
                "k3s {}",
                import.replacen("--namespace=k8s.io ", "", 1)
            ))],
            Self::Containerd => vec![words(import)],
            Self::Docker => vec![words("docker load")],
            Self::Podman => vec![words("podman load")],
            Self::Kind => kind_nodes(kind_cluster)?
                .iter()
                .map(|node| words(&format!("docker exec -i {node} {import}")))
                .collect(),
        })
    }
}

fn kind_nodes(cluster: &str) -> Result<Vec<String>, Failure> {
    let output = Command::new("kind")
        .args(["get", "nodes", "--name", cluster])
        .output()
        .map_err(|error| Failure::new("cannot run `kind`").caused_by(&error))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let nodes: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if !output.status.success() || nodes.is_empty() {
        return Err(
            Failure::new(format!("kind knows no nodes of the cluster `{cluster}`"))
                .because(String::from_utf8_lossy(&output.stderr).trim())
                .hint("`kind get clusters` lists the clusters; name one with --kind-cluster"),
        );
    }
    Ok(nodes)
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

impl Load {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let runtime = match self.into {
            Some(runtime) => runtime,
            None => Runtime::ALL
                .into_iter()
                .find(|one| is_installed(one.program()))
                .ok_or_else(|| {
                    Failure::new("no container runtime is installed here")
                        .because("looked for kind, k3s, ctr, docker and podman")
                        .hint("on another machine: meshctl images save -o - | ssh NODE sudo ctr -n k8s.io images import -")
                })?,
        };
        let commands = runtime.commands(&self.kind_cluster)?;
        if self.dry_run {
            let lines: Vec<String> = commands
                .iter()
                .map(|words| format!("{}\n", words.join(" ")))
                .collect();
            crate::render::print(&lines.concat())?;
            return Ok(Exit::Ok);
        }
        let images = self.choice.build(context)?;
        for words in &commands {
            feed(words, &images)?;
            context.messages.done(&format!(
                "{} images loaded by `{}`",
                images.len(),
                words.join(" ")
            ));
        }
        Ok(Exit::Ok)
    }
}

/// Runs a command with the archive as its standard input; what it prints goes to standard error.
fn feed(words: &[String], images: &[Image]) -> Result<(), Failure> {
    let shown = words.join(" ");
    let failed = |error: &io::Error| Failure::new(format!("cannot run `{shown}`")).caused_by(error);
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::from(io::stderr()))
        .spawn()
        .map_err(|error| failed(&error))?;
    let written = match child.stdin.take() {
        Some(input) => archive::write_tar(&Image::contents(images), io::BufWriter::new(input)),
        None => Ok(()),
    };
    let status = child.wait().map_err(|error| failed(&error))?;
    if !status.success() {
        return Err(Failure::new(format!("`{shown}` did not take the images")).because(status));
    }
    written.map_err(|error| failed(&error))
}
