//! What is known about a pod's capture, for reports: the four signals of `spec/cli.md` 8.2 and their age.

use std::net::IpAddr;
use std::time::Duration;

use mesh_sys::netns::NamespaceId;
use mesh_wire::enrolment;
use tokio::time::Instant;

use crate::enroll::Verdict;
use crate::metrics::PodState;
use crate::pods::record::PodRecord;
use crate::redirect::bypass::Slipped;
use crate::redirect::established::LISTENERS;
use crate::redirect::put::Put;

/// One pod.
#[derive(Debug, Clone, Default)]
pub struct View {
    namespace: String,
    name: String,
    verdict: Option<Verdict>,
    /// Since when the verdict is what it is.
    decided: Option<Instant>,
    annotation: Option<String>,
    /// Since when the annotation says what it says.
    annotated: Option<Instant>,
    netns: Option<NamespaceId>,
    rules: Option<Instant>,
    listeners: bool,
    preserved: usize,
    slipped: Slipped,
    addresses: Vec<IpAddr>,
    served: Option<(bool, Instant)>,
    /// Where it stands, once it was looked at.
    pub state: Option<PodState>,
    since: Option<Instant>,
    error: Option<String>,
}

impl View {
    /// What is wanted for it, and what the cluster thinks.
    pub(super) fn judged(&mut self, pod: &PodRecord, verdict: Verdict) {
        self.namespace.clone_from(&pod.facts.namespace);
        self.name.clone_from(&pod.facts.name);
        if self.verdict.replace(verdict) != Some(verdict) {
            self.decided = Some(Instant::now());
        }
        let annotation = pod.annotation().map(str::to_owned);
        if self.annotation != annotation || self.annotated.is_none() {
            self.annotated = Some(Instant::now());
            self.annotation = annotation;
        }
        self.since.get_or_insert_with(Instant::now);
    }

    /// Its rules are there.
    pub(super) fn ruled(&mut self, netns: NamespaceId, put: &Put, addresses: &[IpAddr]) {
        self.netns = Some(netns);
        self.addresses = addresses.to_vec();
        self.rules = Some(Instant::now());
        self.preserved = put.preserved.len();
        let slipped = put.slipped.unwrap_or_default();
        self.slipped.connections += slipped.connections;
        self.slipped.bytes += slipped.bytes;
        self.listeners = LISTENERS.iter().all(|port| put.listening.contains(port));
    }

    /// Whether the proxy listened when the rules were last seen.
    pub(super) fn has_listeners(&self) -> bool {
        self.listeners
    }

    /// Whether the proxy serves it.
    pub(super) fn served(&mut self, served: bool) {
        self.served = Some((served, Instant::now()));
    }

    /// Everything is as it should be.
    pub(super) fn verified(&mut self) {
        self.state = Some(PodState::Verified);
        self.error = None;
        self.since = Some(Instant::now());
    }

    /// A step failed.
    pub(super) fn failed(&mut self, state: PodState, error: &str) {
        if self.state == Some(PodState::Verified) {
            self.since = Some(Instant::now());
        }
        if matches!(state, PodState::MissingRules | PodState::NoNetns) {
            // what was seen before is not known to be there
            self.rules = None;
            self.listeners = false;
        }
        self.state = Some(state);
        self.error = Some(error.to_owned());
    }

    /// Whether it is to be captured.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.verdict == Some(Verdict::Capture)
    }

    /// Whether everything was as it should be at the last look.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.is_wanted() && self.state == Some(PodState::Verified)
    }

    /// Its addresses.
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        &self.addresses
    }

    /// How long it has been waiting to be verified.
    #[must_use]
    pub fn unverified_for(&self) -> Option<Duration> {
        let waits = self.state.is_some_and(|state| state != PodState::Verified);
        self.since.filter(|_| waits).map(|since| since.elapsed())
    }

    /// The report of one pod.
    #[must_use]
    pub fn report(&self, uid: &str) -> enrolment::Pod {
        let age = |at: Instant| at.elapsed().as_secs();
        let reason = match self.verdict {
            Some(Verdict::Leave(reason)) => Some(reason.to_string()),
            _ => None,
        };
        enrolment::Pod {
            uid: uid.to_owned(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            state: self.state.map(|state| state.as_str().to_owned()),
            state_seconds: self.since.map(age),
            error: self.error.clone(),
            intent: enrolment::Intent {
                capture: self.is_wanted(),
                reason,
                age_seconds: self.decided.map(age),
            },
            annotation: self.annotation.clone(),
            annotation_seconds: self.annotated.map(age),
            proxy: enrolment::Proxy {
                serves: self.served.map(|(serves, _)| serves),
                age_seconds: self.served.map(|(_, at)| age(at)),
            },
            rules: enrolment::Rules {
                in_place: self.rules.is_some(),
                age_seconds: self.rules.map(age),
                listeners: self.listeners,
                preserved_connections: self.preserved,
                bypassed_connections: self.slipped.connections,
                bypassed_bytes: self.slipped.bytes,
            },
            network_namespace: self.netns.map(|id| id.inode),
        }
    }
}
