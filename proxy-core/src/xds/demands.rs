//! Who waits for which address while the mesh is known only on demand (`spec/xds.md` §5, `workload-api.md` §5.4).
//!
//! Any number of connections share one demand of a key, and every wait is bounded. A demand that nobody waits
//! for any more is given up, so that neither side remembers it for ever.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arcstr::ArcStr;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// How long a connection waits for the control plane to answer one demand.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// Demands that may wait for the stream.
const WAITING: usize = 1_024;

/// What the stream is to do about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// Somebody waits for it.
    Wanted(ArcStr),
    /// Nobody does any more.
    GivenUp(ArcStr),
}

/// The end that connections hold.
#[derive(Debug)]
pub struct Demands {
    waiting: Mutex<HashMap<ArcStr, watch::Sender<bool>>>,
    queue: mpsc::Sender<Demand>,
}

/// The end that the stream holds.
#[derive(Debug)]
pub struct Asked(mpsc::Receiver<Demand>);

/// The control plane did not answer in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the control plane did not say in time what {0} is")]
pub struct NotAnswered(pub ArcStr);

/// Both ends.
#[must_use]
pub fn channel() -> (Arc<Demands>, Asked) {
    let (queue, asked) = mpsc::channel(WAITING);
    let demands = Demands {
        waiting: Mutex::default(),
        queue,
    };
    (Arc::new(demands), Asked(asked))
}

impl Demands {
    /// Asks for `key` unless somebody did already, and waits at most `limit` for the answer.
    pub async fn fetch(&self, key: &ArcStr, limit: Duration) -> Result<(), NotAnswered> {
        let unanswered = || NotAnswered(key.clone());
        let answer = self.join(key).ok_or_else(unanswered)?;
        let mut waiter = Waiter {
            demands: self,
            key,
            answer: Some(answer),
        };
        let Some(answer) = &mut waiter.answer else {
            return Err(unanswered());
        };
        match timeout(limit, answer.wait_for(|answered| *answered)).await {
            Ok(Ok(_)) => Ok(()),
            // an error means that the sender went without an answer
            Ok(Err(_)) | Err(_) => Err(unanswered()),
        }
    }

    /// Wakes those who wait for these keys.
    pub fn answered(&self, keys: &[ArcStr]) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if let Some(answer) = waiting.remove(key) {
                answer.send_replace(true);
            }
        }
    }

    /// Waits with those who wait already, or asks; none when the stream has too much to do.
    fn join(&self, key: &ArcStr) -> Option<watch::Receiver<bool>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = waiting.get(key) {
            return Some(answer.subscribe());
        }
        self.queue.try_send(Demand::Wanted(key.clone())).ok()?;
        let (answer, waits) = watch::channel(false);
        waiting.insert(key.clone(), answer);
        Some(waits)
    }

    /// The last one to leave takes an unanswered demand with it.
    fn leave(&self, key: &ArcStr) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting
            .get(key)
            .is_some_and(|answer| answer.receiver_count() == 0)
        {
            waiting.remove(key);
            // a full queue keeps the demand, which then costs one name and nothing else
            self.queue.try_send(Demand::GivenUp(key.clone())).ok();
        }
    }
}

/// One wait, which may end by being dropped.
struct Waiter<'a> {
    demands: &'a Demands,
    key: &'a ArcStr,
    answer: Option<watch::Receiver<bool>>,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.answer = None;
        self.demands.leave(self.key);
    }
}

impl Asked {
    /// The next demand; never, where addresses are not asked for one by one. Cancel-safe.
    pub async fn next(asked: &mut Option<Self>) -> Demand {
        match asked {
            Some(Self(queue)) => match queue.recv().await {
                Some(demand) => demand,
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static KEY: ArcStr = arcstr::literal!("/10.0.0.1");

    #[tokio::test(start_paused = true)]
    async fn xds_c17_waiters_of_one_key_share_one_demand_and_are_woken_together() {
        let (demands, asked) = channel();
        let mut asked = Some(asked);
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                let demands = demands.clone();
                async move { demands.fetch(&KEY, ANSWER_LIMIT).await }
            })
            .collect();
        let answer = async {
            assert_eq!(Asked::next(&mut asked).await, Demand::Wanted(KEY.clone()));
            demands.answered(std::slice::from_ref(&KEY));
        };
        let (ended, ()) = tokio::join!(futures::future::join_all(waiters), answer);
        assert_eq!(ended, [Ok(()), Ok(()), Ok(())]);
        let more = timeout(Duration::from_mins(1), Asked::next(&mut asked)).await;
        assert!(more.is_err(), "one demand: {more:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unanswered_demand_ends_in_time_and_is_given_up_by_the_last() {
        let (demands, asked) = channel();
        let mut asked = Some(asked);
        let short = demands.fetch(&KEY, Duration::from_secs(1));
        let long = demands.fetch(&KEY, ANSWER_LIMIT);
        let (short, long) = tokio::join!(short, long);
        assert_eq!(
            (short, long),
            (Err(NotAnswered(KEY.clone())), Err(NotAnswered(KEY.clone())))
        );
        assert_eq!(Asked::next(&mut asked).await, Demand::Wanted(KEY.clone()));
        assert_eq!(Asked::next(&mut asked).await, Demand::GivenUp(KEY.clone()));
        let again = demands.fetch(&KEY, ANSWER_LIMIT);
        let answer = async {
            assert_eq!(Asked::next(&mut asked).await, Demand::Wanted(KEY.clone()));
            demands.answered(std::slice::from_ref(&KEY));
        };
        assert_eq!(tokio::join!(again, answer), (Ok(()), ()));
    }
}
