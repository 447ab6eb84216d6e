//! The shared handle on the pod directory: the index writes it at once, grants read it.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::grant::{Caller, Directories, Grant, Refusal, Rules, impersonate};

/// How long a grant waits for a pod that the cache has not seen yet (`ca.md` 6).
const PATIENCE: Duration = Duration::from_secs(1);

/// Pods as grants see them.
#[derive(Debug, Default)]
pub struct Pods {
    directories: RwLock<Directories>,
    changed: watch::Sender<()>,
}

impl Pods {
    /// Changes the directories and wakes waiting grants.
    pub fn update(&self, change: impl FnOnce(&mut Directories)) {
        change(&mut self.directories.write().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_replace(());
    }

    /// Judges a request, again on every change while a later answer may be another.
    pub async fn grant(&self, requested: &str, caller: &Caller, rules: &Rules) -> Result<Grant, Refusal> {
        let mut changes = self.changed.subscribe();
        let judge = || {
            let directories = self.directories.read().unwrap_or_else(PoisonError::into_inner);
            impersonate(requested, caller, rules, directories.find(&caller.cluster))
        };
        let settled = async {
            loop {
                changes.mark_unchanged();
                match judge() {
                    Err(refusal) if refusal.may_heal() => {}
                    verdict => return verdict,
                }
                // the sender lives as long as `self`
                let _ = changes.changed().await;
            }
        };
        match timeout(PATIENCE, settled).await {
            Ok(verdict) => verdict,
            Err(_) => judge(),
        }
    }
}
