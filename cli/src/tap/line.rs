//! How an event is shown: one line for people, one document for programs. (pure)

use super::{End, Event};
use serde_json::Value;
use std::fmt::Write as _;

/// The proxy that tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Teller {
    /// Its node.
    pub node: String,
    /// The proxy's namespace.
    pub namespace: String,
    /// The proxy's pod.
    pub pod: String,
}

/// One line for people.
#[must_use]
pub fn text(teller: &Teller, event: &Event) -> String {
    let mut line = format!(
        "{} {} {:8} {:6} {} -> {}",
        shown(&time(&event.time)),
        teller.node,
        shown(&event.direction),
        event.kind.as_str(),
        source(&event.source),
        destination(event),
    );
    line.push_str(if event.mutual_tls { " mtls" } else { " plain" });
    let principal = |identity: &str| shown(identity.strip_prefix("spiffe://").unwrap_or(identity));
    let fields = [
        ("from", event.source.identity.as_deref().map(principal)),
        ("to", event.destination.identity.as_deref().map(principal)),
        ("service", event.service.as_deref().map(shown)),
        ("sent", event.bytes_up.map(|bytes| bytes.to_string())),
        ("received", event.bytes_down.map(|bytes| bytes.to_string())),
        ("took", event.duration_ms.map(|took| format!("{took}ms"))),
        ("policy", event.policy.as_deref().map(shown)),
        (
            "reason",
            event.reason.as_ref().map(|reason| format!("{reason:?}")),
        ),
    ];
    for (key, value) in fields {
        if let Some(value) = value {
            _ = write!(line, " {key}={value}");
        }
    }
    line.push('\n');
    line
}

/// One document on one line: what the proxy said, and which proxy it was.
///
/// # Errors
/// The proxy's line is no JSON object.
pub fn json(teller: &Teller, line: &[u8]) -> Result<String, serde_json::Error> {
    let mut said: serde_json::Map<String, Value> = serde_json::from_slice(line)?;
    said.insert("node".to_owned(), teller.node.clone().into());
    said.insert(
        "proxy".to_owned(),
        format!("{}/{}", teller.namespace, teller.pod).into(),
    );
    Ok(serde_json::to_string(&said)? + "\n")
}

/// Milliseconds are enough for people.
fn time(full: &str) -> String {
    let Ok(stamp) = full.parse::<jiff::Timestamp>() else {
        return full.to_owned();
    };
    format!("{stamp:.3}")
}

fn source(end: &End) -> String {
    named(end, &end.address)
}

/// The server with the port that the client wants, which in a tunnel is not that of the next hop.
fn destination(event: &Event) -> String {
    match (&event.target, &event.destination.workload) {
        (Some(target), Some(_)) => named(&event.destination, target),
        (Some(target), None) => shown(target),
        (None, _) => named(&event.destination, &event.destination.address),
    }
}

fn named(end: &End, address: &str) -> String {
    let port = address.rsplit_once(':').map_or("", |(_, port)| port);
    match (&end.namespace, &end.workload) {
        (Some(namespace), Some(workload)) => {
            format!("{}/{}:{}", shown(namespace), shown(workload), shown(port))
        }
        _ => shown(address),
    }
}

/// Names can come from peers: nothing of them may move the cursor or start a new line.
fn shown(text: &str) -> String {
    let is_harmless = |c: char| !c.is_control() && !c.is_whitespace();
    if text.chars().all(is_harmless) {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}
