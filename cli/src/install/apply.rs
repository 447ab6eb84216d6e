//! Compare, then write what differs (decision: `install` writes nothing that is equal).
//!
//! "Equal" is the server's own word: a server-side apply as a dry run comes back exactly as the object already is.

use super::component::{label, title_of};
use crate::cluster::Cluster;
use crate::exit::Failure;
use futures::{StreamExt, TryStreamExt, stream};
use mesh_wire::well_known::label::OPERATOR_OWNER;
use serde_json::Value;

/// How many requests are under way at once.
const CONCURRENCY: usize = 8;
const APPLY: &str = "application/apply-patch+yaml";

/// What an object would become.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It does not exist.
    Create,
    /// It exists, and differs: as it is, and as it would be.
    Update(Box<(Value, Value)>),
    /// It is as it should be.
    Nothing,
}

/// An object of the plan and the one in the cluster, if there is one.
#[derive(Debug, Clone)]
pub struct Pair {
    /// What should be.
    pub wanted: Value,
    /// Its path.
    pub path: String,
    /// What is.
    pub live: Option<Value>,
}

/// Reads the live counterpart of each object. A kind that is not served yet has none.
///
/// # Errors
/// The API cannot be asked.
pub async fn fetch_pairs(cluster: &Cluster, wanted: Vec<Value>) -> Result<Vec<Pair>, Failure> {
    stream::iter(wanted)
        .map(|wanted| Box::pin(fetch_pair(cluster, wanted)))
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}

async fn fetch_pair(cluster: &Cluster, wanted: Value) -> Result<Pair, Failure> {
    let path = cluster.fetch_path(&wanted).await?;
    let live = cluster.get(&path).await?;
    Ok(Pair { wanted, path, live })
}

/// Objects that exist and are not `owner`'s.
#[must_use]
pub fn foreign<'a>(pairs: &'a [Pair], owner: &str) -> Vec<&'a Value> {
    let lives = pairs.iter().filter_map(|pair| pair.live.as_ref());
    lives
        .filter(|live| label(live, OPERATOR_OWNER) != Some(owner))
        .collect()
}

/// What applying would do to an object, as a field manager.
///
/// # Errors
/// The API refuses the object.
pub async fn plan_change(cluster: &Cluster, pair: &Pair, manager: &str) -> Result<Change, Failure> {
    let Some(live) = &pair.live else {
        return Ok(Change::Create);
    };
    let would = send(cluster, pair, manager, "&dryRun=All").await?;
    if comparable(live) == comparable(&would) {
        return Ok(Change::Nothing);
    }
    Ok(Change::Update(Box::new((live.clone(), would))))
}

/// Writes each object that differs, as a field manager; how many were written.
///
/// # Errors
/// The first refusal.
pub async fn apply(cluster: &Cluster, pairs: &[Pair], manager: &str) -> Result<usize, Failure> {
    let written = stream::iter(pairs)
        .map(|pair| Box::pin(apply_one(cluster, pair, manager)))
        .buffered(CONCURRENCY)
        .try_collect::<Vec<bool>>();
    Ok(written.await?.into_iter().filter(|written| *written).count())
}

async fn apply_one(cluster: &Cluster, pair: &Pair, manager: &str) -> Result<bool, Failure> {
    if plan_change(cluster, pair, manager).await? == Change::Nothing {
        return Ok(false);
    }
    send(cluster, pair, manager, "").await.map(|_| true)
}

async fn send(cluster: &Cluster, pair: &Pair, manager: &str, more: &str) -> Result<Value, Failure> {
    let path = format!("{}?fieldManager={manager}&force=true{more}", pair.path);
    let doing = format!("cannot apply `{}`", title_of(&pair.wanted));
    cluster.send(&doing, "PATCH", &path, (APPLY, &pair.wanted)).await
}

/// An object without what changes at every write.
fn comparable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("resourceVersion");
        metadata.remove("generation");
        let managers = metadata.get_mut("managedFields").and_then(Value::as_array_mut);
        for manager in managers.into_iter().flatten() {
            if let Some(manager) = manager.as_object_mut() {
                manager.remove("time");
            }
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_another_owner_has_is_foreign() {
        let pair = |live: Option<Value>| Pair {
            wanted: json!({}),
            path: String::new(),
            live,
        };
        let owned = |owner: &str| json!({"metadata": {"labels": {OPERATOR_OWNER: owner}}});
        let pairs = [
            pair(None),
            pair(Some(owned("me"))),
            pair(Some(owned("unknown"))),
            pair(Some(json!({"metadata": {}}))),
        ];
        assert_eq!(foreign(&pairs, "me").len(), 2);
    }

    #[test]
    fn versions_and_times_are_not_compared() {
        let object = |version: &str, time: &str| json!({"metadata": {"resourceVersion": version, "managedFields": [{"manager": "m", "time": time}]}, "a": 1});
        assert_eq!(comparable(&object("1", "x")), comparable(&object("2", "y")));
        assert_ne!(
            comparable(&object("1", "x")),
            comparable(&json!({"metadata": {}, "a": 1}))
        );
    }
}
