//! `meshctl verify mtls`: one marked connection, captured where it leaves its pod, is TLS to the right peer.
//!
//! A pod of its own makes it, with the service account that is asked about, so that nothing depends on what is in the
//! images of others; it watches its own way out. The peer's certificate is then read from the peer itself.

mod peer;
mod probe;

use crate::checks::report::{Category, Report};
use crate::cluster::Cluster;
use crate::commands::Interrupts;
use crate::commands::install::duration;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;
use crate::render::junit;
use crate::render::output::{Formats, Output};
use clap::Args;
use mesh_sandbox::load::Marked;
use mesh_wire::well_known::port;
use peer::Peers;
use probe::Probe;
use std::time::Duration;

const EXAMPLES: &str = "Examples:
  meshctl verify mtls --from shop --to api.shop:80 -y
  meshctl verify mtls --from shop/web --to pod/api-1.shop:8080   as the service account web
  meshctl verify mtls --from shop --to api.shop -y -o junit > verify.xml";

/// Arguments of `meshctl verify mtls`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyMtls {
    /// Where the connection begins: a namespace, and a service account in it
    #[arg(long, value_name = "NAMESPACE[/ACCOUNT]", add = crate::completers::namespaces())]
    from: String,
    /// Where it goes: a Service, or a pod as pod/NAME; port 80 unless given
    #[arg(long, value_name = "[pod/]NAME[.NAMESPACE][:PORT]", add = crate::completers::services())]
    to: String,
    /// The image that makes it [default: `meshctl` beside the image of the node proxy]
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// How long all of it may take
    #[arg(long, default_value = "1m", value_name = "DURATION", value_parser = duration)]
    timeout: Duration,
    /// Do not ask
    #[arg(short = 'y', long = "skip-confirmation", alias = "yes")]
    yes: bool,
    /// Output format
    #[arg(short, long, default_value = "table")]
    #[arg(value_parser = Formats(&["table", "short", "json", "yaml", "jsonpath=", "junit"]))]
    output: Output,
}

impl VerifyMtls {
    /// Runs the command, and takes an interrupt itself: its pod goes in any case. Exit 1 when something is not as it should be,
    /// 124 when its pod does not come to an end in time.
    ///
    /// # Errors
    /// Names that nothing has, nobody agrees, or its pod cannot be made.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let mut interrupts = Interrupts::listen()?;
        let cluster = Cluster::connect(context).await?;
        let mut begun = None;
        let ended = tokio::select! {
            biased;
            ended = Box::pin(self.attempt(context, &cluster, &mut begun)) => Some(ended),
            () = interrupts.next() => None,
        };
        if let Some(path) = begun {
            cluster
                .delete(&path, crate::cluster::Deletion::Background)
                .await?;
        }
        let Some(ended) = ended else {
            return Ok(Exit::Interrupted);
        };
        let report = ended?;
        render::print(&match self.output {
            Output::Junit => junit::document("verify mtls", &super::cases(&report))?,
            _ => self
                .output
                .render(&report, || report.text(self.output == Output::Short))?,
        })?;
        Ok(if report.success { Exit::Ok } else { Exit::Error })
    }

    /// Makes the connection and looks at it; the path of the pod is in `begun` as soon as there may be one.
    async fn attempt(
        &self,
        context: &Context,
        cluster: &Cluster,
        begun: &mut Option<String>,
    ) -> Result<Report, Failure> {
        let peers = Peers::fetch(context, cluster, &self.to).await?;
        let probe = Probe::prepare(context, cluster, &self.from, self.image.as_deref()).await?;
        context.confirm(
            &format!(
                "This runs a pod in namespace {} for some seconds. Proceed?",
                probe.namespace
            ),
            self.yes,
        )?;
        *begun = Some(probe.path());
        let marked = probe.run(cluster, &peers.target, self.timeout).await?;
        let mut proven = Vec::new();
        for address in &marked.seen.peers {
            if let Some(pod) = peers.find(*address) {
                proven.push((pod.name.clone(), pod.prove(cluster).await));
            }
        }
        Ok(Report::new(vec![judge(&self.from, &peers, &marked, &proven)]))
    }
}

/// What was seen, as checks. (pure)
fn judge(
    from: &str,
    peers: &Peers,
    marked: &Marked,
    proven: &[(String, Result<String, String>)],
) -> Category {
    let mut category = Category::new(format!("mTLS from {from} to {}", peers.asked));
    let seen = &marked.seen;
    category.check(
        "mtls-through",
        &format!("a request to {} gets through", peers.target),
        marked
            .error
            .as_ref()
            .map(|why| format!("{why}\nfix: meshctl trace and meshctl authz simulate say who stops it")),
    );
    let readable = (seen.marked > 0).then(|| {
        format!(
            "{} of {} segments show the word that was sent\nfix: meshctl ns status {}; a pod that is not captured, or a \
             server that is not in the mesh, is reached in plain text",
            seen.marked,
            seen.segments,
            from.split('/').next().unwrap_or_default()
        )
    });
    category.check("mtls-unreadable", "nobody on the wire can read it", readable);
    let missing = (seen.tls_to_hbone == 0).then(|| {
        format!(
            "of {} segments none is a TLS record to port {}",
            seen.segments,
            port::HBONE
        )
    });
    category.check(
        "mtls-tls",
        &format!("it leaves the pod as TLS to port {}", port::HBONE),
        missing,
    );
    let strangers: Vec<String> = seen
        .peers
        .iter()
        .filter(|one| peers.find(**one).is_none())
        .map(ToString::to_string)
        .collect();
    let wrong = match (seen.peers.is_empty(), strangers.is_empty()) {
        (true, _) => Some("it went nowhere".to_owned()),
        (_, false) => Some(format!(
            "it went to {}, which is none of them",
            strangers.join(", ")
        )),
        _ => None,
    };
    category.check("mtls-peer", &format!("it goes to {}", peers.title()), wrong);
    for (pod, proof) in proven {
        let (told, problem) = match proof {
            Ok(identity) => (format!("pod {pod} proves that it is {identity}"), None),
            Err(why) => (format!("pod {pod} proves who it is"), Some(why.clone())),
        };
        category.check("mtls-identity", &told, problem);
    }
    category
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::report::Outcome;
    use mesh_sandbox::sniff::Tally;

    fn seen(marked: u64, tls: u64, peer: &str) -> Tally {
        Tally {
            segments: 9,
            marked,
            tls_to_hbone: tls,
            peers: (!peer.is_empty())
                .then(|| peer.parse().unwrap())
                .into_iter()
                .collect(),
        }
    }

    /// The checks that fail.
    fn failed(tally: Tally, error: Option<&str>, proof: Result<String, String>) -> Vec<&'static str> {
        let marked = Marked {
            target: None,
            error: error.map(str::to_owned),
            seen: tally,
        };
        let category = judge(
            "shop/web",
            &Peers::of("api", "10.0.0.7"),
            &marked,
            &[("api".to_owned(), proof)],
        );
        let wrong = category.checks.iter().filter(|one| one.result == Outcome::Error);
        wrong.map(|one| one.id).collect()
    }

    #[test]
    fn only_tls_to_the_right_peer_that_proves_it_is_well() {
        let good = || Ok("spiffe://cluster.local/ns/shop/sa/api".to_owned());
        assert!(failed(seen(0, 5, "10.0.0.7"), None, good()).is_empty());
        assert_eq!(
            failed(seen(2, 0, ""), None, good()),
            ["mtls-unreadable", "mtls-tls", "mtls-peer"]
        );
        assert_eq!(failed(seen(0, 5, "10.0.0.8"), None, good()), ["mtls-peer"]);
        assert_eq!(
            failed(seen(0, 5, "10.0.0.7"), Some("reset"), good()),
            ["mtls-through"]
        );
        let liar = Err("it says it is somebody else".to_owned());
        assert_eq!(failed(seen(0, 5, "10.0.0.7"), None, liar), ["mtls-identity"]);
    }
}
