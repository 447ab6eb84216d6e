//! The objects of a cluster that shape a mesh, read for translation.

use crate::cluster::Cluster;
use crate::exit::Failure;
use crate::objects::Sourced;
use control_core::index::event::Kind;
use control_core::translate::KINDS;
use futures::{StreamExt, TryStreamExt, stream};
use mesh_wire::well_known::name;
use serde_json::Value;
use std::time::Duration;

/// How many lists are read at once.
const CONCURRENCY: usize = 6;
/// How long one text may take.
const TEXT_LIMIT: Duration = Duration::from_secs(30);

/// `apiVersion` and plural of a kind that the control plane reads.
fn path(kind: Kind) -> (String, &'static str) {
    let version = match kind.group() {
        "" => "v1".to_owned(),
        group => format!("{group}/v1"),
    };
    let plural = match kind {
        Kind::Namespace => "namespaces",
        Kind::Node => "nodes",
        Kind::Pod => "pods",
        Kind::Service => "services",
        Kind::EndpointSlice => "endpointslices",
        Kind::AuthorizationPolicy => "authorizationpolicies",
        Kind::PeerAuthentication => "peerauthentications",
        Kind::ServiceEntry => "serviceentries",
        Kind::WorkloadEntry => "workloadentries",
        Kind::Gateway => "gateways",
        Kind::GatewayClass => "gatewayclasses",
    };
    (version, plural)
}

impl Cluster {
    /// Every object that the control plane of `system` reads, with its own Deployment and mesh configuration.
    ///
    /// # Errors
    /// The API cannot be asked. A kind that it does not serve has no objects.
    pub async fn fetch_mesh_objects(&self, system: &str) -> Result<Vec<Sourced>, Failure> {
        let lists = stream::iter(KINDS)
            .map(|kind| async move {
                let (version, plural) = path(kind);
                let root = crate::cluster::discovery::root(&version);
                self.fetch_listed(&format!("{root}/{plural}"), &version, kind.word())
                    .await
            })
            .buffered(CONCURRENCY)
            .try_collect::<Vec<_>>();
        let mut all: Vec<Sourced> = Box::pin(lists).await?.into_iter().flatten().collect();
        let selector = crate::install::wait::encode(&format!("app={}", name::CONTROL_PLANE));
        let deployments = format!("/apis/apps/v1/namespaces/{system}/deployments?labelSelector={selector}");
        all.append(&mut self.fetch_listed(&deployments, "apps/v1", "Deployment").await?);
        let maps = format!("/api/v1/namespaces/{system}/configmaps");
        let mut maps = self.fetch_listed(&maps, "v1", "ConfigMap").await?;
        maps.retain(|one| one.key().3.starts_with(name::MESH_CONFIG_MAP));
        all.append(&mut maps);
        Ok(all)
    }

    /// A list, its items with the `apiVersion` and kind that lists leave out.
    pub(crate) async fn fetch_listed(
        &self,
        path: &str,
        version: &str,
        kind: &str,
    ) -> Result<Vec<Sourced>, Failure> {
        let name = |mut item: Value| {
            item["apiVersion"] = version.into();
            item["kind"] = kind.into();
            Sourced::live(item)
        };
        Ok(self.list(path).await?.into_iter().map(name).collect())
    }

    /// Reads a text, such as a log.
    ///
    /// # Errors
    /// The API is unreachable or refuses.
    pub(crate) async fn fetch_text(&self, path: &str) -> Result<String, Failure> {
        let doing = format!("cannot read `{path}`");
        let request = http::Request::builder()
            .uri(path)
            .body(Vec::new())
            .map_err(|error| Failure::new(&doing).caused_by(&error))?;
        let answer = Box::pin(self.client().request_text(request));
        match tokio::time::timeout(TEXT_LIMIT, answer).await {
            Ok(Ok(text)) => Ok(text),
            Ok(Err(error)) => Err(self.explain(&doing, &error)),
            Err(_) => Err(Failure::timed_out(doing).because(format!("no answer within {TEXT_LIMIT:?}"))),
        }
    }
}
