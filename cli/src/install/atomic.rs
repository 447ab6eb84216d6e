//! `--atomic`: what an installation that failed has changed is put back.
//!
//! Definitions stay: with one of them everything that people wrote of its kind would go.

use super::apply::Pair;
use super::component::{label, title_of};
use super::diff::written;
use super::kinds;
use super::plan::CREATED_LABEL;
use crate::cluster::{Cluster, Deletion};
use crate::exit::Failure;
use mesh_wire::well_known::field_manager;
use serde_json::Value;

/// What was there before an installation began.
pub struct Before {
    /// In the order in which they were to be written.
    pairs: Vec<Pair>,
    /// The path of the system namespace, if it was not there.
    absent_namespace: Option<String>,
}

impl Before {
    /// Remembers what the objects of an installation are now.
    ///
    /// # Errors
    /// The API cannot be asked.
    pub async fn fetch(
        cluster: &Cluster,
        namespace: &str,
        pairs: impl Iterator<Item = &Pair>,
    ) -> Result<Self, Failure> {
        let path = format!("/api/v1/namespaces/{namespace}");
        let is_there = cluster.get(&path).await?.is_some();
        let mut pairs: Vec<Pair> = pairs.cloned().collect();
        pairs.sort_by_key(|pair| kinds::rank_of(&pair.wanted));
        Ok(Self {
            pairs,
            absent_namespace: (!is_there).then_some(path),
        })
    }

    /// Makes it so again, last written first; how many objects were deleted or written.
    ///
    /// # Errors
    /// The first refusal of the API, after everything was tried.
    pub async fn put_back(&self, cluster: &Cluster) -> Result<usize, Failure> {
        let (mut count, mut failed) = (0, None);
        for pair in self.pairs.iter().rev() {
            match put_back(cluster, pair).await {
                Ok(is_changed) => count += usize::from(is_changed),
                Err(failure) => _ = failed.get_or_insert(failure),
            }
        }
        if let Some(path) = &self.absent_namespace
            && let Some(live) = cluster.get(path).await?
            && label(&live, CREATED_LABEL) == Some(field_manager::CLI)
        {
            count += usize::from(cluster.delete(path, Deletion::Background).await?);
        }
        failed.map_or(Ok(count), Err)
    }
}

async fn put_back(cluster: &Cluster, pair: &Pair) -> Result<bool, Failure> {
    let Some(now) = cluster.get(&pair.path).await? else {
        return match &pair.live {
            Some(before) => write(cluster, "POST", collection(&pair.path), before).await,
            None => Ok(false),
        };
    };
    match &pair.live {
        None if pair.wanted["kind"] == kinds::DEFINITION.kind => Ok(false),
        None => cluster.delete(&pair.path, Deletion::Background).await,
        Some(before) if written(before) == written(&now) => Ok(false),
        Some(before) => {
            write(cluster, "PUT", &pair.path, before).await?;
            // the first made this program the fields' last writer; now nothing but who owned them before differs
            write(cluster, "PUT", &pair.path, before).await
        }
    }
}

/// Where objects of a path's kind are made.
fn collection(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(collection, _)| collection)
}

async fn write(cluster: &Cluster, method: &str, path: &str, object: &Value) -> Result<bool, Failure> {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("resourceVersion");
        if method == "POST" {
            metadata.remove("uid");
        }
    }
    let doing = format!("cannot put back `{}`", title_of(&object));
    let path = format!("{path}?fieldManager={}", field_manager::CLI);
    cluster
        .send(&doing, method, &path, ("application/json", &object))
        .await?;
    Ok(true)
}
