//! Commands of the reference that have no counterpart here, or another name: each answers with what to use (`spec/cli.md`
//! 9), so that a script or a habit from there fails with the way on.

use super::{describe, precheck, version, wait};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use clap::{Args, Subcommand};
use std::ffi::OsString;

/// A command of the reference: its name, what it is about, and what to use.
type Answer = (&'static str, &'static str, &'static str);

/// Below `experimental`.
const EXPERIMENTAL: [Answer; 8] = [
    (
        "authz",
        "it asks one Envoy for its policies",
        "meshctl authz who-can-reach SERVICE.NAMESPACE says who may call, and authz simulate why",
    ),
    (
        "check-inject",
        "there is no sidecar injection here",
        "meshctl describe pod NAME.NAMESPACE says whether and why a pod is in the mesh",
    ),
    ("config", "settings have their own command", "meshctl config list"),
    (
        "internal-debug",
        "the control plane's pages are read by other commands",
        "meshctl proxy-status, meshctl xds dump, or kubectl port-forward to port 15014 and its /debug",
    ),
    (
        "metrics",
        "it asks a Prometheus",
        "meshctl report mtls and meshctl top read the proxies themselves",
    ),
    (
        "revision",
        "there is one control plane for each revision label",
        "meshctl version and kubectl get deploy -n istio-system -L istio.io/rev",
    ),
    (
        "workload",
        "virtual machines are not part of this mesh",
        "a WorkloadEntry for each address; meshctl validate -f checks it",
    ),
    ("waypoint", "waypoints left the experiments", "meshctl waypoint"),
];

/// At the top.
const TOP: [Answer; 5] = [
    (
        "dashboard",
        "no dashboard is part of the mesh",
        "kubectl port-forward -n NAMESPACE svc/NAME PORT for one of your own; meshctl report … -o html makes pages",
    ),
    (
        "proxy-config",
        "it is about Envoys, and node proxies are none",
        "meshctl ztunnel-config for node proxies; for waypoints of others, istioctl proxy-config",
    ),
    (
        "kube-inject",
        "nothing is injected here",
        "meshctl ns enroll NAMESPACE, without a restart",
    ),
    (
        "profile",
        "profiles are values files",
        "meshctl manifest generate --set profile=NAME prints what one installs",
    ),
    (
        "operator",
        "there is no operator",
        "meshctl install, or the charts with helm or Argo CD",
    ),
];

/// The answer to a command; `None` if the reference has none of that name.
fn find(answers: &[Answer], name: &str) -> Option<Failure> {
    let (name, about, instead) = answers.iter().find(|(known, _, _)| *known == name)?;
    Some(
        Failure::usage(format!("there is no `{name}` here"))
            .because(*about)
            .hint(*instead),
    )
}

/// A command at the top whose name is only known from the reference; the names are those of `TOP`.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Elsewhere {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _words: Vec<OsString>,
}

impl Elsewhere {
    /// The answer.
    #[must_use]
    pub fn answer(name: &str) -> Failure {
        find(&TOP, name).unwrap_or_else(|| Failure::usage(format!("there is no `{name}` here")))
    }
}

/// Arguments of `meshctl experimental`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct Experimental {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// As `meshctl describe`
    Describe(describe::Describe),
    /// As `meshctl precheck`
    Precheck(precheck::Precheck),
    /// As `meshctl wait`
    Wait(wait::Wait),
    /// As `meshctl version`
    Version(version::Version),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

impl Experimental {
    /// Runs the command by its name without `experimental`, or says what to use.
    ///
    /// # Errors
    /// As the commands, and for names that have none (64).
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.what {
            What::Describe(command) => Box::pin(command.run(context)).await,
            What::Precheck(command) => Box::pin(command.run(context)).await,
            What::Wait(command) => Box::pin(command.run(context)).await,
            What::Version(command) => Box::pin(command.run(context)).await,
            What::Other(words) => {
                let name = words.first().map(|word| word.to_string_lossy().into_owned());
                let name = name.unwrap_or_default();
                Err(find(&EXPERIMENTAL, &name).unwrap_or_else(|| {
                    Failure::usage(format!("there is no experiment `{name}`"))
                        .hint("`meshctl --help` lists the commands; none is experimental")
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_says_what_to_use() {
        for answers in [TOP.as_slice(), EXPERIMENTAL.as_slice()] {
            for (name, _, _) in answers {
                let failure = find(answers, name).unwrap();
                assert_eq!(failure.exit, Exit::Usage);
                assert!(failure.hint.is_some() && !failure.causes.is_empty(), "{name}");
            }
        }
    }
}
