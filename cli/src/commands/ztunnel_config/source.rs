//! Where a dump comes from, and the flags of every list made of it.

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::meta;
use crate::render::list::{List, ListArgs, SelectArgs, WatchArgs};
use crate::render::message;
use crate::render::output::Output;
use crate::ztunnel::dump::Dump;
use crate::ztunnel::select::{Choice, Places};
use clap::Args;
use serde::Serialize;
use std::collections::HashSet;
use std::io::{IsTerminal, Read};

/// Where the dump comes from.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// A ztunnel pod, or an ordinary pod whose node's ztunnel is asked
    #[arg(conflicts_with_all = ["node", "file"], add = crate::completers::pods())]
    pub(super) pod: Option<String>,
    /// Ask the ztunnel of this node
    #[arg(long, conflicts_with = "file", add = crate::completers::nodes())]
    pub(super) node: Option<String>,
    /// Read the dump from a file; - is standard input
    #[arg(short, long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub(super) file: Option<String>,
    /// The admin port inside the pod
    #[arg(long, default_value_t = 15000, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) proxy_admin_port: u16,
}

/// How a list is printed.
#[derive(Debug, Args)]
pub(super) struct Shown {
    #[command(flatten)]
    pub(super) list: ListArgs,
    #[command(flatten)]
    pub(super) watch: WatchArgs,
    #[command(flatten)]
    pub(super) select: SelectArgs,
}

/// A dump and what it was asked for.
pub(super) struct Answer {
    pub(super) text: Vec<u8>,
    pub(super) dump: Dump,
    /// Name and namespace of the ordinary pod that was named.
    pub(super) target: Option<(String, String)>,
}

/// Namespace and name of the objects with the wanted labels; `None` if no labels are asked for.
pub(super) struct Labelled(pub(super) Option<HashSet<(String, String)>>);

impl Labelled {
    /// Whether an object of this namespace and name is wanted.
    pub(super) fn has(&self, key: &(String, String)) -> bool {
        self.0.as_ref().is_none_or(|keys| keys.contains(key))
    }
}

impl Shown {
    /// The cluster's objects with the wanted labels. Dumps have no labels, so the cluster is asked.
    ///
    /// # Errors
    /// The dump is from a file, whose cluster is not known (64), or the cluster cannot be asked.
    pub(super) async fn labelled(
        &self,
        context: &Context,
        source: &Source,
        path: &str,
    ) -> Result<Labelled, Failure> {
        let Some(selector) = &self.select.selector else {
            return Ok(Labelled(None));
        };
        if source.file.is_some() {
            return Err(
                Failure::usage("labels cannot be selected in a file: dumps have none")
                    .hint("leave --file out to ask the cluster, or filter by namespace, node or address"),
            );
        }
        let objects = Cluster::connect(context).await?.list(path).await?;
        let wanted = objects.iter().filter(|one| selector.wants(one));
        let key = |one| (meta(one, "namespace").to_owned(), meta(one, "name").to_owned());
        Ok(Labelled(Some(wanted.map(key).collect())))
    }

    /// Prints what `fetch` gives, once or again and again.
    ///
    /// # Errors
    /// Standard input is to be watched (64), or whatever `fetch` says.
    pub(super) async fn show<T: Serialize>(
        &self,
        context: &Context,
        source: &Source,
        fetch: impl AsyncFnMut() -> Result<List<T>, Failure>,
    ) -> Result<Exit, Failure> {
        source.announce(&self.list.output, self.watch.watch)?;
        self.list.show(context, self.watch, fetch).await?;
        Ok(Exit::Ok)
    }
}

impl Source {
    /// Tells who sits before a terminal that input is awaited; not where a document is printed.
    ///
    /// # Errors
    /// Standard input is to be watched (64).
    pub(super) fn announce(&self, output: &Output, is_watched: bool) -> Result<(), Failure> {
        if self.file.as_deref() == Some("-") && is_watched {
            return Err(Failure::usage(
                "standard input can be read only once, and not watched",
            ));
        }
        if self.file.as_deref() == Some("-") && !output.is_document() && std::io::stdin().is_terminal() {
            message::waiting_for_input();
        }
        Ok(())
    }

    /// From the file, or from the proxy that the flags choose.
    ///
    /// # Errors
    /// It cannot be had, or is no dump (65).
    pub(super) async fn fetch(&self, context: &Context, is_per_node: bool) -> Result<Answer, Failure> {
        if let Some(path) = &self.file {
            let text = read_file(path)?;
            let dump = read(&text, &format!("`{path}`"))?;
            return Ok(Answer {
                text,
                dump,
                target: None,
            });
        }
        let cluster = Cluster::connect(context).await?;
        let choice = Choice {
            pod: self.pod.clone(),
            node: self.node.clone(),
            is_per_node,
        };
        let chosen = cluster.choose_ztunnel(&choice, &places(context)).await?;
        let text = cluster.fetch_dump(&chosen, self.proxy_admin_port).await?.to_vec();
        let dump = read(&text, &format!("pod `{}/{}`", chosen.namespace, chosen.pod))?;
        Ok(Answer {
            text,
            dump,
            target: chosen.target,
        })
    }
}

/// Where proxies are looked for.
pub(super) fn places(context: &Context) -> Places {
    Places {
        system: context.istio_namespace(),
        given: context.globals.namespace.clone(),
    }
}

/// Reads a dump's text.
///
/// # Errors
/// It is none (65).
pub(super) fn read(text: &[u8], origin: &str) -> Result<Dump, Failure> {
    Dump::from_wire(text).map_err(|error| {
        Failure::unparsable(format!("cannot read the dump of {origin}"))
            .caused_by(&error)
            .hint("it must be the answer of a node proxy's /config_dump")
    })
}

fn read_file(path: &str) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot read `{path}`")).caused_by(&error);
    if path != "-" {
        return std::fs::read(path).map_err(failed);
    }
    let mut text = Vec::new();
    std::io::stdin().lock().read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}
