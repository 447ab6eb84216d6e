//! Certificates and connections: what each node's proxy has of its own, from one node or from all.

use super::source::{Shown, Source, places, read};
use super::{CertificateArgs, ConnectionArgs};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::list::List;
use crate::ztunnel::dump::{Certificate, Dump, WorkloadState};
use crate::ztunnel::{certificates, connections};
use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::Serialize;

/// How many proxies are asked at once.
const CONCURRENCY: usize = 16;

/// What one proxy said; `node` only where several were asked.
struct Held {
    node: Option<String>,
    dump: Dump,
    target: Option<(String, String)>,
}

/// A document and the node that it is from.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct OfNode<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    #[serde(flatten)]
    inner: T,
}

impl Source {
    /// One dump, or that of every node with the failures of those who do not answer.
    async fn fetch_held(
        &self,
        context: &Context,
        all_nodes: bool,
        failed: &mut Option<Failure>,
    ) -> Result<Vec<Held>, Failure> {
        if !all_nodes {
            let answer = self.fetch(context, true).await?;
            return Ok(vec![Held {
                node: None,
                dump: answer.dump,
                target: answer.target,
            }]);
        }
        let cluster = &Cluster::connect(context).await?;
        let answers = stream::iter(cluster.all_ztunnels(&places(context)).await?)
            .map(|chosen| async move {
                let text = Box::pin(cluster.fetch_dump(&chosen, self.proxy_admin_port)).await?;
                let dump = read(&text, &format!("pod `{}/{}`", chosen.namespace, chosen.pod))?;
                Ok::<_, Failure>(Held {
                    node: Some(chosen.node),
                    dump,
                    target: None,
                })
            })
            .buffered(CONCURRENCY)
            .collect::<Vec<_>>();
        let answers = Box::pin(answers).await.into_iter();
        let mut held: Vec<Held> = answers
            .filter_map(|answer| context.messages.answered(answer, failed))
            .collect();
        held.sort_by(|a, b| a.node.cmp(&b.node));
        Ok(held)
    }
}

impl Shown {
    /// Whether documents are printed whose rows are not those of the table.
    fn has_documents(&self) -> bool {
        !self.list.output.is_tabular() && self.list.output != crate::render::output::Output::Name
    }
}

impl CertificateArgs {
    pub(super) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let mut failed = None;
        if self.shown.has_documents() {
            let fetch = async || {
                let mut documents = Vec::new();
                for (node, certificate) in self.certificates(context, &mut failed).await? {
                    documents.push(OfNode {
                        node,
                        inner: certificate,
                    });
                }
                Ok(
                    List::new(&[], documents, |_| Vec::new()).named(|one: &OfNode<Certificate>| {
                        one.inner.identity.clone() + one.node.as_deref().unwrap_or("")
                    }),
                )
            };
            self.shown.show(context, &self.source, fetch).await?;
            return failed.map_or(Ok(Exit::Ok), Err);
        }
        let fetch = async || {
            let mut rows = Vec::new();
            for (node, certificate) in self.certificates(context, &mut failed).await? {
                let found = certificates::rows(&[certificate], jiff::Timestamp::now()).into_iter();
                rows.extend(found.map(|row| row.of_node(node.clone())));
            }
            Ok(certificates::list(rows).without_first(!self.all_nodes))
        };
        self.shown.show(context, &self.source, fetch).await?;
        failed.map_or(Ok(Exit::Ok), Err)
    }

    /// Certificates and their nodes; of labelled pods, those of their accounts.
    async fn certificates(
        &self,
        context: &Context,
        failed: &mut Option<Failure>,
    ) -> Result<Vec<(Option<String>, Certificate)>, Failure> {
        let labelled = self.shown.labelled(context, &self.source, "/api/v1/pods").await?;
        let mut all = Vec::new();
        for held in self.source.fetch_held(context, self.all_nodes, failed).await? {
            let accounts = labelled.0.as_ref().map(|keys| {
                let chosen = held
                    .dump
                    .workloads
                    .iter()
                    .filter(|one| keys.contains(&(one.namespace.clone(), one.name.clone())));
                chosen
                    .map(|one| format!("/ns/{}/sa/{}", one.namespace, one.service_account))
                    .collect::<Vec<_>>()
            });
            let certificates = held.dump.certificates.into_iter().filter(|one| {
                accounts
                    .as_ref()
                    .is_none_or(|accounts| accounts.iter().any(|end| one.identity.ends_with(end)))
            });
            all.extend(certificates.map(|one| (held.node.clone(), one)));
        }
        Ok(all)
    }
}

impl ConnectionArgs {
    pub(super) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let mut failed = None;
        if self.shown.has_documents() {
            let fetch =
                async || {
                    let mut documents = Vec::new();
                    for (node, dump, options) in self.dumps(context, &mut failed).await? {
                        documents.extend(connections::states(&dump, &options).into_iter().map(|inner| {
                            OfNode {
                                node: node.clone(),
                                inner,
                            }
                        }));
                    }
                    Ok(
                        List::new(&[], documents, |_| Vec::new()).named(|one: &OfNode<WorkloadState>| {
                            format!("{}.{}", one.inner.info.name, one.inner.info.namespace)
                        }),
                    )
                };
            self.shown.show(context, &self.source, fetch).await?;
            return failed.map_or(Ok(Exit::Ok), Err);
        }
        let fetch = async || {
            let mut rows = Vec::new();
            for (node, dump, options) in self.dumps(context, &mut failed).await? {
                let found = connections::rows(&dump, &options).into_iter();
                rows.extend(found.map(|row| row.of_node(node.clone())));
            }
            Ok(connections::list(rows).without_first(!self.all_nodes))
        };
        self.shown.show(context, &self.source, fetch).await?;
        failed.map_or(Ok(Exit::Ok), Err)
    }

    async fn dumps(
        &self,
        context: &Context,
        failed: &mut Option<Failure>,
    ) -> Result<Vec<(Option<String>, Dump, connections::Options)>, Failure> {
        let labelled = self.shown.labelled(context, &self.source, "/api/v1/pods").await?;
        let held = self.source.fetch_held(context, self.all_nodes, failed).await?;
        let of = |mut one: Held| {
            one.dump
                .workload_state
                .retain(|_, state| labelled.has(&(state.info.namespace.clone(), state.info.name.clone())));
            let mut options = connections::Options {
                namespace: self.workload_namespace.clone(),
                name: None,
                direction: self.direction,
                is_raw: self.raw,
            };
            if let Some((name, namespace)) = one.target {
                (options.name, options.namespace) = (Some(name), Some(namespace));
            }
            (one.node, one.dump, options)
        };
        Ok(held.into_iter().map(of).collect())
    }
}
