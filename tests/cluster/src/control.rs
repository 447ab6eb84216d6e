//! The control socket: what tests and people do to a running cluster.

use crate::fabric::Nodes;
use mesh_sandbox::error::{Failure, Named, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

/// Longer than any order takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// What to do, a JSON line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Order {
    /// End a node as a power loss does.
    Kill(u8),
    /// Start a node that is off.
    Restart(u8),
    /// Two nodes no longer hear each other; 0 is the control plane.
    Cut(u8, u8),
    /// So many of a hundred packets between nodes are lost.
    Lose(u8),
    /// The network is whole again.
    Heal,
    /// The node's process 1, in the fabric's process namespace.
    Pid(u8),
    /// The process that asked for the cluster may end, and the cluster stays.
    Release,
}

/// The answer, a JSON line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Answer {
    Done(u32),
    Failed(String),
}

/// What orders change.
#[derive(Clone)]
pub(crate) struct Controlled {
    pub(crate) nodes: Arc<Nodes>,
    /// Whether the cluster stays when the process that asked for it is gone.
    pub(crate) may_be_left: Arc<AtomicBool>,
}

/// Where orders arrive; open before the cluster says that it is ready.
pub(crate) fn listen(path: &Path) -> Result<UnixListener> {
    let _ = fs::remove_file(path);
    UnixListener::bind(path).named(|| format!("cannot listen on `{}`", path.display()))
}

/// Serves until the cluster ends.
pub(crate) async fn serve(listener: UnixListener, controlled: Controlled) -> Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        let (stream, _) = accepted.named(|| "the control socket failed".to_owned())?;
        let controlled = controlled.clone();
        connections.spawn(async move {
            if let Err(error) = answer(stream, &controlled).await {
                tracing::warn!(%error, "an order was not answered");
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(stream: UnixStream, controlled: &Controlled) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    tokio::io::BufReader::new(reader).read_line(&mut line).await?;
    let done = match serde_json::from_str(&line) {
        Ok(order) => obey(order, controlled).await,
        Err(error) => Err(Failure::new(format!("`{}` is no order: {error}", line.trim()))),
    };
    let answer = match done {
        Ok(value) => Answer::Done(value),
        Err(failure) => Answer::Failed(failure.chain()),
    };
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    writer.write_all(text.as_bytes()).await
}

async fn obey(order: Order, controlled: &Controlled) -> Result<u32> {
    let nodes = &controlled.nodes;
    let known = |index: u8| {
        let count = nodes.count();
        if index <= count {
            Ok(())
        } else {
            Err(Failure::new(format!(
                "there is no node {index}; there are {count}"
            )))
        }
    };
    match order {
        Order::Kill(index) => nodes.kill(index).await?,
        Order::Restart(index) => nodes.restart(index).await?,
        Order::Cut(one, other) => {
            known(one)?;
            known(other)?;
            nodes.disturb(|trouble| trouble.cuts.push((one, other))).await?;
        }
        Order::Lose(loss) if loss > 100 => return Err(Failure::new("at most 100 of a hundred can be lost")),
        Order::Lose(loss) => nodes.disturb(|trouble| trouble.loss = loss).await?,
        Order::Heal => {
            nodes
                .disturb(|trouble| *trouble = crate::network::Trouble::default())
                .await?;
        }
        Order::Pid(index) => return nodes.pid(index).await,
        Order::Release => controlled.may_be_left.store(true, Ordering::SeqCst),
    }
    Ok(0)
}

/// Gives an order to the cluster that listens at `path`.
pub(crate) fn order(path: &Path, order: Order) -> Result<u32> {
    let what = || format!("the cluster at `{}` does not answer", path.display());
    let mut stream = StdStream::connect(path).named(what)?;
    stream.set_read_timeout(Some(PATIENCE)).named(what)?;
    let mut text = serde_json::to_string(&order).named(what)?;
    text.push('\n');
    stream.write_all(text.as_bytes()).named(what)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).named(what)?;
    match serde_json::from_str(&line).named(what)? {
        Answer::Done(value) => Ok(value),
        Answer::Failed(why) => Err(Failure::new(why)),
    }
}
