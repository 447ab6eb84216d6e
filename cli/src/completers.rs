//! What shells offer for names that only a cluster or a kubeconfig knows (`spec/cli.md` 12, C25).
//!
//! The one file that names the completion engine, which is unstable. Each completer honours the flags that are typed
//! already, filters by what is typed of the word, has two seconds, and offers nothing when anything is wrong.

use crate::cluster::Cluster;
use crate::config::Environment;
use crate::context::Context;
use crate::install::component::meta;
use crate::{analysis, commands};
use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};
use mesh_wire::well_known::name;
use std::ffi::{OsStr, OsString};
use std::time::Duration;

/// The variable by which a shell's script asks.
const VARIABLE: &str = "MESHCTL_COMPLETE";
/// How long a cluster may take; the rest of the two seconds is for starting and printing.
const LIMIT: Duration = Duration::from_millis(1500);

/// Answers a shell, if one asks; whether it did.
///
/// # Errors
/// The shell is not known, or stdout cannot be written.
pub fn answer(arguments: &[OsString]) -> Result<bool, clap::Error> {
    let here = std::env::current_dir().ok();
    CompleteEnv::with_factory(commands::Cli::command)
        .var(VARIABLE)
        .try_complete(arguments.iter().cloned(), here.as_deref())
}

/// The script that makes a shell ask this program.
#[must_use]
pub fn script(shell: commands::completion::Shell) -> String {
    use commands::completion::Shell;
    let writer: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
    };
    let mut bytes = Vec::new();
    // writing to memory does not fail
    let _ = writer.write_registration(VARIABLE, "meshctl", "meshctl", "meshctl", &mut bytes);
    String::from_utf8_lossy(&bytes).trim_start().to_owned()
}

/// The global flags among words that need not be a whole command.
#[derive(Debug, Parser)]
#[command(ignore_errors = true, disable_help_flag = true, disable_version_flag = true)]
struct Typed {
    #[command(flatten)]
    globals: crate::context::Globals,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    _rest: Vec<OsString>,
}

/// The flags of the command line that is being typed: what follows `--`.
fn typed(arguments: impl Iterator<Item = OsString>) -> Option<Context> {
    let words: Vec<OsString> = arguments.skip_while(|word| word != "--").skip(1).collect();
    // the positional words swallow what follows them, so the flags are looked for one by one
    let mut flags = vec![OsString::from("meshctl")];
    let mut rest = words.iter().skip(1).peekable();
    while let Some(word) = rest.next() {
        let text = word.to_string_lossy();
        let takes_value = [
            "-c",
            "--kubeconfig",
            "--context",
            "-n",
            "--namespace",
            "-i",
            "--istioNamespace",
            "--as",
        ];
        if takes_value.contains(&text.as_ref()) {
            flags.push(word.clone());
            flags.extend(rest.next().filter(|value| !value.is_empty()).cloned());
        } else if takes_value
            .iter()
            .any(|flag| text.starts_with(&format!("{flag}=")))
        {
            flags.push(word.clone());
        }
    }
    let globals = Typed::try_parse_from(flags).ok()?.globals;
    Context::settled(globals, Environment::read()).ok()
}

/// Asks the cluster within the limit; silent on any error.
fn ask(find: impl AsyncFnOnce(&Cluster, &Context) -> Option<Vec<String>>) -> Vec<String> {
    let asked = || {
        let context = typed(std::env::args_os())?;
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .ok()?;
        let found = runtime.block_on(async {
            let asked = async {
                let cluster = Cluster::connect(&context).await.ok()?;
                find(&cluster, &context).await
            };
            tokio::time::timeout(LIMIT, Box::pin(asked)).await.ok().flatten()
        });
        runtime.shutdown_background();
        found
    };
    asked().unwrap_or_default()
}

fn offer(words: impl IntoIterator<Item = String>, current: &OsStr) -> Vec<CompletionCandidate> {
    let begun = current.to_string_lossy();
    let mut words: Vec<String> = words
        .into_iter()
        .filter(|word| word.starts_with(begun.as_ref()))
        .collect();
    words.dedup();
    let candidates = words.into_iter().enumerate();
    candidates
        .map(|(order, word)| CompletionCandidate::new(word).display_order(Some(order)))
        .collect()
}

/// Names of the objects of a list.
async fn names(cluster: &Cluster, path: &str) -> Option<Vec<String>> {
    let objects = cluster.list(path).await.ok()?;
    Some(objects.iter().map(|one| meta(one, "name").to_owned()).collect())
}

/// The namespace that is typed, or that of the context.
fn namespace(cluster: &Cluster, context: &Context) -> String {
    let given = context.globals.namespace.clone();
    given.unwrap_or_else(|| cluster.default_namespace().to_owned())
}

/// Contexts of the kubeconfig.
#[must_use]
pub fn contexts() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let names = typed(std::env::args_os()).map(|context| crate::cluster::context_names(&context));
        offer(names.unwrap_or_default(), current)
    })
}

/// Namespaces.
#[must_use]
pub fn namespaces() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let found = ask(async |cluster: &Cluster, _: &Context| names(cluster, "/api/v1/namespaces").await);
        offer(found, current)
    })
}

/// Nodes.
#[must_use]
pub fn nodes() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let found = ask(async |cluster: &Cluster, _: &Context| names(cluster, "/api/v1/nodes").await);
        offer(found, current)
    })
}

/// Pods of the namespace that is typed, else all as `NAME.NAMESPACE`; node proxies first.
#[must_use]
pub fn pods() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| offer(ask(find_pods), current))
}

async fn find_pods(cluster: &Cluster, context: &Context) -> Option<Vec<String>> {
    let path = context.globals.namespace.as_ref().map_or_else(
        || "/api/v1/pods".to_owned(),
        |namespace| format!("/api/v1/namespaces/{namespace}/pods"),
    );
    let mut pods = cluster.list(&path).await.ok()?;
    pods.sort_by_key(|pod| pod["metadata"]["labels"]["app"] != name::NODE_PROXY);
    let title = |pod: &serde_json::Value| match &context.globals.namespace {
        Some(_) => meta(pod, "name").to_owned(),
        None => format!("{}.{}", meta(pod, "name"), meta(pod, "namespace")),
    };
    Some(pods.iter().map(title).collect())
}

/// Services as `NAME.NAMESPACE`.
#[must_use]
pub fn services() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let found = ask(async |cluster: &Cluster, _: &Context| {
            let services = cluster.list("/api/v1/services").await.ok()?;
            let title = |one| format!("{}.{}", meta(one, "name"), meta(one, "namespace"));
            Some(services.iter().map(title).collect())
        });
        offer(found, current)
    })
}

/// Waypoints of the namespace that is typed or of the context.
#[must_use]
pub fn waypoints() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let found = ask(async |cluster: &Cluster, context: &Context| {
            let namespace = namespace(cluster, context);
            let path = format!("/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/gateways");
            let mut gateways = cluster.list(&path).await.ok()?;
            gateways.retain(crate::waypoint::is_waypoint);
            Some(gateways.iter().map(|one| meta(one, "name").to_owned()).collect())
        });
        offer(found, current)
    })
}

/// Codes of findings, for suppressions.
#[must_use]
pub fn codes() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        offer(
            analysis::code::ALL.iter().map(|code| format!("{}=", code.code)),
            current,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_c25_flags_that_are_typed_already_are_honoured() {
        let line = [
            "meshctl",
            "--",
            "meshctl",
            "zc",
            "-n",
            "shop",
            "workload",
            "--context=work",
            "-c",
            "",
        ];
        let context = typed(line.into_iter().map(OsString::from)).unwrap();
        let (namespace, name) = (context.globals.namespace, context.globals.context);
        assert_eq!(
            (namespace.as_deref(), name.as_deref()),
            (Some("shop"), Some("work"))
        );
    }

    #[test]
    fn cli_c25_only_words_that_begin_as_typed_are_offered_in_their_order() {
        let words = ["ztunnel-b", "web", "ztunnel-a"].map(str::to_owned);
        let offered: Vec<String> = offer(words, OsStr::new("zt"))
            .iter()
            .map(|one| one.get_value().to_string_lossy().into_owned())
            .collect();
        assert_eq!(offered, ["ztunnel-b", "ztunnel-a"]);
    }
}
