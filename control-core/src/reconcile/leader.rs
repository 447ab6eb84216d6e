//! Who writes: one replica holds a lock, renews it, and gives it up when it stops (`control-plane.md` 15.3).
//!
//! A lock is a ConfigMap with the field's annotation, or a Lease. Whether a holder is alive is judged by our
//! own clock since its record last changed, so clocks of machines need not agree.

use std::future::Future;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, Client};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

/// A holder that does not renew for this long has lost the lock.
const LEASE: Duration = Duration::from_secs(30);
/// We give up when we could not renew for this long.
const RENEW_DEADLINE: Duration = Duration::from_secs(15);
const RETRY: Duration = Duration::from_millis(7500);
const ANNOTATION: &str = "control-plane.alpha.kubernetes.io/leader";

/// Where a lock is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// A ConfigMap's annotation.
    ConfigMap(String),
    /// A Lease.
    Lease(String),
}

/// What a lock says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Record {
    holder_identity: String,
    /// The holder's revision; the default one takes over from others.
    #[serde(skip_serializing_if = "String::is_empty")]
    holder_key: String,
    lease_duration_seconds: i32,
    acquire_time: String,
    renew_time: String,
    leader_transitions: i32,
}

/// Takes part in elections.
#[derive(Clone)]
pub struct Elector {
    client: Client,
    namespace: String,
    identity: String,
    revision: String,
    is_enabled: bool,
}

/// The lock as last read, with what a write must be based on.
enum Held {
    Map(Box<ConfigMap>),
    Lease(Box<Lease>),
}

/// What was last seen of a lock, and when it last changed.
struct Observed {
    record: Record,
    since: Instant,
}

impl Elector {
    /// A candidate of this name; without elections it always leads.
    #[must_use]
    pub fn new(client: Client, namespace: &str, identity: &str, revision: &str, is_enabled: bool) -> Self {
        Self {
            client,
            namespace: namespace.to_owned(),
            identity: identity.to_owned(),
            revision: revision.to_owned(),
            is_enabled,
        }
    }

    /// The same candidate in another cluster.
    #[must_use]
    pub fn elsewhere(&self, client: Client) -> Self {
        Self {
            client,
            ..self.clone()
        }
    }

    /// Runs `work` whenever this process leads, until `stop`. The work ends when its token is cancelled.
    pub async fn lead<F, W>(&self, lock: &Lock, stop: CancellationToken, work: F)
    where
        F: Fn(CancellationToken) -> W,
        W: Future<Output = ()>,
    {
        if !self.is_enabled {
            return work(stop).await;
        }
        let mut observed = None;
        while !stop.is_cancelled() {
            if self.try_hold(lock, &mut observed).await == Ok(true) {
                info!(?lock, "leading");
                let token = stop.child_token();
                tokio::join!(work(token.clone()), async {
                    self.renew(lock, &mut observed, &stop).await;
                    token.cancel();
                });
                if stop.is_cancelled() {
                    return self.release(lock).await;
                }
                warn!(?lock, "no longer leading");
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep(RETRY) => {}
            }
        }
    }

    /// Renews until the lock is lost or `stop`.
    async fn renew(&self, lock: &Lock, observed: &mut Option<Observed>, stop: &CancellationToken) {
        let mut renewed = Instant::now();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep(RETRY) => {}
            }
            match timeout(RETRY, self.try_hold(lock, observed)).await {
                Ok(Ok(true)) => renewed = Instant::now(),
                Ok(Ok(false)) => return,
                Ok(Err(())) | Err(_) if renewed.elapsed() > RENEW_DEADLINE => return,
                Ok(Err(())) | Err(_) => {}
            }
        }
    }

    /// Takes or renews the lock if it is free, ours, or its holder silent. An error is an API's.
    async fn try_hold(&self, lock: &Lock, observed: &mut Option<Observed>) -> Result<bool, ()> {
        let held = self.read(lock).await.map_err(|error| {
            warn!(?lock, %error, "cannot read a lock");
        })?;
        let record = held.as_ref().map(Held::record).unwrap_or_default();
        if observed.as_ref().is_none_or(|seen| seen.record != record) {
            *observed = Some(Observed {
                record: record.clone(),
                since: Instant::now(),
            });
        }
        let since = observed.as_ref().map_or_else(Instant::now, |seen| seen.since);
        if !self.may_take(&record, since.elapsed()) {
            return Ok(false);
        }
        let fresh = self.next(&record);
        match self.write(lock, held, &fresh).await {
            Ok(()) => {
                *observed = Some(Observed {
                    record: fresh,
                    since: Instant::now(),
                });
                Ok(true)
            }
            // another candidate was faster
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            Err(error) => {
                warn!(?lock, %error, "cannot write a lock");
                Err(())
            }
        }
    }

    fn may_take(&self, record: &Record, silent: Duration) -> bool {
        let is_free = record.holder_identity.is_empty() || record.holder_identity == self.identity;
        let outranks =
            self.revision == "default" && !record.holder_key.is_empty() && record.holder_key != self.revision;
        is_free || outranks || silent > LEASE
    }

    fn next(&self, record: &Record) -> Record {
        let now = super::now();
        let is_ours = record.holder_identity == self.identity;
        Record {
            holder_identity: self.identity.clone(),
            holder_key: self.revision.clone(),
            lease_duration_seconds: 30,
            acquire_time: if is_ours {
                record.acquire_time.clone()
            } else {
                now.clone()
            },
            renew_time: now,
            leader_transitions: record.leader_transitions + i32::from(!is_ours),
        }
    }

    async fn release(&self, lock: &Lock) {
        let given_up = async {
            let Some(held) = self.read(lock).await? else {
                return Ok(());
            };
            let record = held.record();
            if record.holder_identity != self.identity {
                return Ok(());
            }
            let free = Record {
                holder_identity: String::new(),
                lease_duration_seconds: 1,
                ..record
            };
            self.write(lock, Some(held), &free).await
        };
        match timeout(Duration::from_secs(3), given_up).await {
            Ok(Ok(())) => debug!(?lock, "gave up leading"),
            Ok(Err(error)) => warn!(?lock, %error, "cannot give up a lock"),
            Err(_) => warn!(?lock, "giving up a lock took too long"),
        }
    }

    async fn read(&self, lock: &Lock) -> Result<Option<Held>, kube::Error> {
        Ok(match lock {
            Lock::ConfigMap(name) => self
                .maps()
                .get_opt(name)
                .await?
                .map(|map| Held::Map(Box::new(map))),
            Lock::Lease(name) => self
                .leases()
                .get_opt(name)
                .await?
                .map(|lease| Held::Lease(Box::new(lease))),
        })
    }

    async fn write(&self, lock: &Lock, held: Option<Held>, record: &Record) -> Result<(), kube::Error> {
        let parameters = PostParams::default();
        match (lock, held) {
            (Lock::ConfigMap(name), held) => {
                let mut map = match held {
                    Some(Held::Map(map)) => *map,
                    _ => ConfigMap {
                        metadata: named(name),
                        ..ConfigMap::default()
                    },
                };
                let text = serde_json::to_string(record).map_err(kube::Error::SerdeError)?;
                let is_new = map.metadata.resource_version.is_none();
                map.metadata
                    .annotations
                    .get_or_insert_default()
                    .insert(ANNOTATION.to_owned(), text);
                if is_new {
                    self.maps().create(&parameters, &map).await?;
                } else {
                    self.maps().replace(name, &parameters, &map).await?;
                }
            }
            (Lock::Lease(name), held) => {
                let mut lease = match held {
                    Some(Held::Lease(lease)) => *lease,
                    _ => Lease {
                        metadata: named(name),
                        ..Lease::default()
                    },
                };
                let is_new = lease.metadata.resource_version.is_none();
                lease.spec = Some(to_spec(record));
                if is_new {
                    self.leases().create(&parameters, &lease).await?;
                } else {
                    self.leases().replace(name, &parameters, &lease).await?;
                }
            }
        }
        Ok(())
    }

    fn maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    fn leases(&self) -> Api<Lease> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }
}

fn named(name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    }
}

fn to_spec(record: &Record) -> LeaseSpec {
    let time = |text: &str| text.parse::<Timestamp>().ok().map(MicroTime);
    LeaseSpec {
        holder_identity: Some(record.holder_identity.clone()),
        lease_duration_seconds: Some(record.lease_duration_seconds),
        acquire_time: time(&record.acquire_time),
        renew_time: time(&record.renew_time),
        lease_transitions: Some(record.leader_transitions),
        ..LeaseSpec::default()
    }
}

impl Held {
    /// A lock that says nothing readable is free.
    fn record(&self) -> Record {
        match self {
            Self::Map(map) => {
                let text = map
                    .metadata
                    .annotations
                    .as_ref()
                    .and_then(|all| all.get(ANNOTATION));
                text.and_then(|text| serde_json::from_str(text).ok())
                    .unwrap_or_default()
            }
            Self::Lease(lease) => {
                let spec = lease.spec.clone().unwrap_or_default();
                let time =
                    |time: Option<MicroTime>| time.map(|time| super::written(time.0)).unwrap_or_default();
                Record {
                    holder_identity: spec.holder_identity.unwrap_or_default(),
                    holder_key: String::new(),
                    lease_duration_seconds: spec.lease_duration_seconds.unwrap_or_default(),
                    acquire_time: time(spec.acquire_time),
                    renew_time: time(spec.renew_time),
                    leader_transitions: spec.lease_transitions.unwrap_or_default(),
                }
            }
        }
    }
}
