//! `meshctl tap`: connections as they open, close and are denied, live from the node proxies.

mod watch;

use super::install::duration;
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::wait::encode;
use crate::render;
use crate::tap::line::{self, Teller};
use crate::tap::party::{Group, Party};
use crate::tap::wish::Wish;
use crate::tap::{Event, Kind, Tally, Told, Verdict};
use crate::ztunnel::connections::Direction;
use crate::ztunnel::select::Places;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::time::Duration;
use watch::{News, Watch};

const EXAMPLES: &str =
    "WHO is NAME or NAME.NAMESPACE of a pod, ns/NAME, deployment/NAME, service/NAME, sa/NAME, an
address, or a range of addresses. Both proxies of a connection tell of it: the client's as
outbound, the server's as inbound. Policy is decided by the server's.

Examples:
  meshctl tap                                  every connection of the mesh
  meshctl tap ns/shop                          those from and to a namespace
  meshctl tap deployment/web.shop --to ns/data
                                               those of one Deployment, to one namespace
  meshctl tap --verdict denied                 what policy refuses, and which policy it is
  meshctl tap --direction inbound --port 5432 -o json | jq .source.identity
  meshctl tap -n shop -l app=web --for 30s     thirty seconds of the pods with a label";

/// Arguments of `meshctl tap`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Tap {
    /// Whose connections, at either end; all of the mesh unless given
    #[arg(conflicts_with = "selector")]
    who: Option<String>,
    /// Whose connections, by the labels of pods
    #[arg(short = 'l', long, value_name = "LABELS")]
    selector: Option<String>,
    /// Only from this client
    #[arg(long, value_name = "WHO")]
    from: Option<String>,
    /// Only to this server or service
    #[arg(long, value_name = "WHO")]
    to: Option<String>,
    /// Only to this port, as the server has it
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Only what came out so
    #[arg(long, value_enum, value_delimiter = ',')]
    verdict: Vec<Verdict>,
    /// Only these events
    #[arg(long, value_enum, value_delimiter = ',')]
    kind: Vec<Word>,
    /// Only what proxies of clients (outbound) or of servers (inbound) tell
    #[arg(long, value_enum)]
    direction: Option<Direction>,
    /// Only the proxy of this node
    #[arg(long)]
    node: Option<String>,
    /// End after this time
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    time: Option<Duration>,
    /// End after so many events
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Output format: lines of words, or a JSON document a line
    #[arg(short, long, value_enum, default_value = "short")]
    output: Format,
    /// The admin port inside the proxies' pods
    #[arg(long, default_value_t = 15000, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    proxy_admin_port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    #[value(alias = "table")]
    Short,
    #[value(alias = "jsonl")]
    Json,
}

/// A kind of event, as the flag takes it.
#[derive(Debug, Clone, Copy)]
struct Word(Kind);

impl ValueEnum for Word {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Word; 4] = [
            Word(Kind::Open),
            Word(Kind::Close),
            Word(Kind::Denied),
            Word(Kind::Failed),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self.0 {
            Kind::Open => "It began",
            Kind::Close => "It ended",
            Kind::Denied => "Policy refused it, or ended it",
            Kind::Failed => "It failed before anything was known of it",
        };
        Some(PossibleValue::new(self.0.as_str()).help(help))
    }
}

/// A watch that goes on.
struct Session<'a> {
    context: &'a Context,
    cluster: Cluster,
    wish: Wish,
    output: Format,
    limit: u64,
    tally: Tally,
}

impl Tap {
    /// Runs the command; an interrupt ends it in order.
    ///
    /// # Errors
    /// The cluster cannot be asked, or no node proxy answers.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        // what is written wrongly is told before anybody is asked
        self.wish(context, "default")?;
        let cluster = Cluster::connect(context).await?;
        let wish = self.wish(context, cluster.default_namespace())?;
        let mut session = Session {
            context,
            cluster: cluster.clone(),
            wish,
            output: self.output,
            limit: self.limit.unwrap_or(u64::MAX),
            tally: Tally::default(),
        };
        let over = async {
            match self.time {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            biased;
            Ok(()) = tokio::signal::ctrl_c() => Ok(()),
            () = over => Ok(()),
            ended = Box::pin(session.follow(&self)) => ended,
        };
        context.messages.done(&session.tally.to_string());
        ended.map(|()| Exit::Ok)
    }

    fn wish(&self, context: &Context, default: &str) -> Result<Wish, Failure> {
        let given = context.globals.namespace.as_deref();
        let namespace = given.unwrap_or(default);
        let party = |word: &Option<String>| {
            word.as_deref()
                .map(|word| Party::parse(word, namespace))
                .transpose()
        };
        let either = match (&self.who, &self.selector) {
            (None, Some(labels)) => Some(Party::Group(Group::selected(
                namespace.to_owned(),
                labels.clone(),
            ))),
            (None, None) => given.map(|name| Party::Namespace(name.to_owned())),
            (who, _) => party(who)?,
        };
        Ok(Wish {
            either,
            from: party(&self.from)?,
            to: party(&self.to)?,
            port: self.port,
            direction: self.direction.map(|direction| match direction {
                Direction::Inbound => "inbound",
                Direction::Outbound => "outbound",
            }),
            kinds: self.kind.iter().map(|word| word.0).collect(),
            verdicts: self.verdict.clone(),
        })
    }
}

impl Session<'_> {
    /// Shows what is told until enough is shown, or nobody is left who tells.
    async fn follow(&mut self, asked: &Tap) -> Result<(), Failure> {
        self.find_owners().await?;
        let places = Places {
            system: self.context.istio_namespace(),
            given: None,
        };
        let mut watch = Watch::start(
            &self.cluster,
            watch::Question {
                places,
                node: asked.node.clone(),
                port: asked.proxy_admin_port,
                path: self.wish.path(),
            },
        )
        .await?;
        let messages = self.context.messages;
        while self.tally.total() < self.limit {
            match watch.next().await? {
                News::Ready(1) => messages.doing("watching one node proxy; Ctrl-C ends it"),
                News::Ready(count) => {
                    messages.doing(&format!("watching {count} node proxies; Ctrl-C ends it"));
                }
                News::Line(teller, line) => self.take(&teller, &line).await?,
                News::Lost(teller, why) => messages.warn(&format!(
                    "the proxy of node `{}` tells no more, and is asked again: {why}",
                    teller.node
                )),
                News::Unasked(why) => messages.warn(&format!("the node proxies cannot be listed: {why}")),
                News::Back(teller) => {
                    messages.doing(&format!("watching the proxy of node `{}`", teller.node));
                }
            }
        }
        Ok(())
    }

    async fn take(&mut self, teller: &Teller, line: &[u8]) -> Result<(), Failure> {
        match Told::parse(line) {
            Ok(Told::Alive) => Ok(()),
            Ok(Told::Skipped(count)) => {
                self.tally.skipped += count;
                self.context.messages.warn(&format!(
                    "{count} events of node `{}` were too many to be told; a narrower question loses fewer",
                    teller.node
                ));
                self.print_document(teller, line)
            }
            Ok(Told::Event(event)) => {
                self.ask_about(&event).await;
                if self.wish.holds(&event) {
                    self.tally.count(event.kind);
                    self.show(teller, &event, line)?;
                }
                Ok(())
            }
            Err(_) => {
                self.tally.unreadable += 1;
                Ok(())
            }
        }
    }

    fn show(&self, teller: &Teller, event: &Event, line: &[u8]) -> Result<(), Failure> {
        match self.output {
            Format::Short => render::print(&line::text(teller, event)),
            Format::Json => self.print_document(teller, line),
        }
    }

    /// What a proxy said, for those who read documents.
    fn print_document(&self, teller: &Teller, line: &[u8]) -> Result<(), Failure> {
        if self.output != Format::Json {
            return Ok(());
        }
        let document = line::json(teller, line)
            .map_err(|error| Failure::new("cannot write the result as JSON").caused_by(&error))?;
        render::print(&document)
    }

    /// The selectors of Deployments and their like; who is not there is an error now, not silence later.
    async fn find_owners(&mut self) -> Result<(), Failure> {
        for group in self.wish.groups() {
            let Some(path) = &group.owner else { continue };
            let owner = self.cluster.get(path).await?.ok_or_else(|| {
                let name = path.rsplit_once('/').map_or("", |(_, name)| name);
                Failure::new(format!("`{name}` not found in namespace `{}`", group.namespace))
                    .because(format!("the API has nothing at `{path}`"))
            })?;
            group.selector = selector(&owner["spec"]["selector"]);
        }
        for group in self.wish.groups() {
            let members = fetch_members(&self.cluster, group).await?;
            group.learn(members, None);
        }
        Ok(())
    }

    /// Asks whether pods that were not there before belong to those that are meant.
    async fn ask_about(&mut self, event: &Event) {
        // two ends at most are strangers to three groups
        for _ in 0..6 {
            let Some(stranger) = self.wish.stranger(event) else {
                return;
            };
            for group in self.wish.groups() {
                let members = fetch_members(&self.cluster, group).await;
                let members = members.unwrap_or_else(|failure| {
                    let what = format!("cannot tell whose pod `{stranger}` is: {}", failure.message);
                    self.context.messages.warn(&what);
                    Vec::new()
                });
                group.learn(members, Some(&stranger));
            }
        }
    }
}

/// The names of a group's pods.
async fn fetch_members(cluster: &Cluster, group: &Group) -> Result<Vec<String>, Failure> {
    let path = format!(
        "/api/v1/namespaces/{}/pods?labelSelector={}",
        group.namespace,
        encode(&group.selector)
    );
    let pods = cluster.list(&path).await?;
    let name = |pod: &Value| pod["metadata"]["name"].as_str().map(str::to_owned);
    Ok(pods.iter().filter_map(name).collect())
}

/// A selector object as the words of a query.
fn selector(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let equal = object["matchLabels"].as_object().into_iter().flatten();
    let mut words: Vec<String> = equal
        .map(|(key, value)| format!("{key}={}", text(value)))
        .collect();
    for term in object["matchExpressions"].as_array().into_iter().flatten() {
        let key = text(&term["key"]);
        let values = term["values"].as_array().into_iter().flatten().map(text);
        let values = values.collect::<Vec<_>>().join(",");
        words.push(match term["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key,
        });
    }
    words.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_of_objects_become_words() {
        let object = json!({"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]},
            {"key": "x", "operator": "NotIn", "values": ["c"]},
            {"key": "y", "operator": "Exists"}, {"key": "z", "operator": "DoesNotExist"}]});
        assert_eq!(selector(&object), "app=web,tier in (a,b),x notin (c),y,!z");
    }
}
