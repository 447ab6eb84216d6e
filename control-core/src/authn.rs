//! Who is calling: a token that the cluster vouches for, or a verified client certificate (`xds.md` 4).
//!
//! Callers learn only that they are not authenticated; the reason goes to the log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use arcstr::ArcStr;
use aws_lc_rs::digest::{SHA256, digest};
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, UserInfo};
use kube::api::PostParams;
use kube::{Api, Client};
use mesh_wire::identity::Identity;
use tokio::time::{Instant, timeout};
use tonic::metadata::MetadataMap;
use zeroize::Zeroizing;

use crate::ca::grant::{BoundPod, Caller};
use crate::remote::Remotes;
use crate::watch::mesh::Mesh;

/// A token longer than this is nobody's (`security.md` K1).
const MAX_TOKEN: usize = 16 * 1024;
/// A good review is believed this long; refusals are never remembered.
const REMEMBER: Duration = Duration::from_secs(10);
const MAX_REMEMBERED: usize = 10_000;
const REVIEW_TIMEOUT: Duration = Duration::from_secs(5);

/// Why nobody was recognized.
#[derive(Debug, thiserror::Error)]
pub enum AuthnError {
    /// No token and no certificate.
    #[error("no bearer token and no client certificate")]
    Missing,
    /// Not a token by its form.
    #[error("the token is malformed")]
    Malformed,
    /// Another cluster's client.
    #[error("cluster `{0}` is not known here")]
    UnknownCluster(String),
    /// The API server was not asked successfully.
    #[error("cannot review the token")]
    Review(#[source] kube::Error),
    /// The API server did not answer in time.
    #[error("token review timed out")]
    ReviewTimeout,
    /// The API server said no.
    #[error("the token is not valid: {0}")]
    Refused(String),
    /// A certificate of a root that vouches for more than this mesh.
    #[error("`{0}` is not of this mesh's trust domain")]
    Foreign(Identity),
    /// Valid, but not a service account of this form.
    #[error("`{0}` is not a service account")]
    NotAnAccount(String),
}

impl AuthnError {
    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Refused(_) => Some("the token needs the audience `istio-ca` and must not be expired"),
            Self::UnknownCluster(_) => Some("CLUSTER_ID of the proxy must equal that of the control plane"),
            Self::Review(_) => Some("the control plane's account needs `create` on tokenreviews"),
            _ => None,
        }
    }
}

/// Recognizes callers.
pub struct Authenticator {
    client: Client,
    mesh: Mesh,
    cluster: String,
    audiences: Vec<String>,
    remotes: Remotes,
    remembered: Mutex<HashMap<[u8; 32], (Instant, Caller)>>,
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Authenticator")
            .field("cluster", &self.cluster)
            .finish_non_exhaustive()
    }
}

impl Authenticator {
    /// Reviews tokens with `client`'s cluster, whose id is `cluster`.
    #[must_use]
    pub fn new(client: Client, mesh: Mesh, cluster: &str, audiences: Vec<String>) -> Self {
        Self {
            client,
            mesh,
            cluster: cluster.to_owned(),
            audiences,
            remotes: Remotes::default(),
            remembered: Mutex::default(),
        }
    }

    /// Has the tokens of other clusters reviewed by those clusters (`ca.md` 6).
    #[must_use]
    pub fn with_remotes(self, remotes: Remotes) -> Self {
        Self { remotes, ..self }
    }

    /// The caller behind a request: its verified certificate's identity, else its token's.
    pub async fn authenticate(
        &self,
        metadata: &MetadataMap,
        certificate: Option<Identity>,
    ) -> Result<Caller, AuthnError> {
        if let Some(identity) = certificate {
            if !self.is_ours(&identity) {
                return Err(AuthnError::Foreign(identity));
            }
            return Ok(Caller {
                identity,
                pod: None,
                cluster: ArcStr::new(),
            });
        }
        // An empty id is home (`ca.md` 6).
        let cluster = metadata
            .get("clusterid")
            .map(|value| value.to_str().unwrap_or("?"))
            .unwrap_or_default();
        let is_home = cluster.is_empty() || cluster == self.cluster;
        let (id, client) = if is_home {
            (ArcStr::new(), self.client.clone())
        } else {
            let client = self.remotes.client(cluster);
            let unknown = || AuthnError::UnknownCluster(cluster.chars().take(64).collect());
            (ArcStr::from(cluster), client.ok_or_else(unknown)?)
        };
        let header = metadata.get("authorization").ok_or(AuthnError::Missing)?;
        let header = header.to_str().map_err(|_| AuthnError::Malformed)?;
        self.vouched(bearer(header)?, id, client).await
    }

    /// Roots of signers outside may vouch for other meshes too.
    fn is_ours(&self, identity: &Identity) -> bool {
        let (mesh, domain) = (self.mesh.borrow(), identity.trust_domain());
        mesh.trust_domain == domain || mesh.trust_domain_aliases.iter().any(|alias| alias == domain)
    }

    /// The caller that a token of our own cluster names.
    pub async fn authenticate_token(&self, token: &str) -> Result<Caller, AuthnError> {
        self.vouched(token, ArcStr::new(), self.client.clone()).await
    }

    async fn vouched(&self, token: &str, cluster: ArcStr, client: Client) -> Result<Caller, AuthnError> {
        let key = fingerprint(&cluster, token);
        if let Some(caller) = self.find_remembered(&key) {
            return Ok(caller);
        }
        let caller = Caller {
            cluster,
            ..self.review(token, client).await?
        };
        self.remember(key, caller.clone());
        Ok(caller)
    }

    fn find_remembered(&self, key: &[u8; 32]) -> Option<Caller> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, caller) = remembered.get(key)?;
        (*until > Instant::now()).then(|| caller.clone())
    }

    fn remember(&self, key: [u8; 32], caller: Caller) {
        let now = Instant::now();
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MAX_REMEMBERED {
            remembered.retain(|_, (until, _)| *until > now);
        }
        if remembered.len() < MAX_REMEMBERED {
            remembered.insert(key, (now + REMEMBER, caller));
        }
    }

    async fn review(&self, token: &str, client: Client) -> Result<Caller, AuthnError> {
        let spec = TokenReviewSpec {
            token: Some(token.to_owned()),
            audiences: Some(self.audiences.clone()),
        };
        let review = TokenReview {
            spec,
            ..TokenReview::default()
        };
        let api: Api<TokenReview> = Api::all(client);
        let asked = timeout(REVIEW_TIMEOUT, api.create(&PostParams::default(), &review)).await;
        let status = asked
            .map_err(|_| AuthnError::ReviewTimeout)?
            .map_err(AuthnError::Review)?
            .status
            .unwrap_or_default();
        let has_audience = status
            .audiences
            .iter()
            .flatten()
            .any(|audience| self.audiences.contains(audience));
        if status.authenticated != Some(true) {
            return Err(AuthnError::Refused(
                status.error.unwrap_or_else(|| "not authenticated".to_owned()),
            ));
        }
        // A server that ignores audiences echoes none: its answer proves nothing about ours.
        if !has_audience {
            return Err(AuthnError::Refused("wrong audience".to_owned()));
        }
        caller(&status.user.unwrap_or_default(), &self.mesh.borrow().trust_domain)
    }
}

/// The token of an `authorization` header.
pub fn bearer(header: &str) -> Result<&str, AuthnError> {
    let (scheme, token) = header.split_once(' ').ok_or(AuthnError::Malformed)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > MAX_TOKEN {
        return Err(AuthnError::Malformed);
    }
    Ok(token)
}

/// What one cluster vouches for says nothing about another.
fn fingerprint(cluster: &str, token: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let text = Zeroizing::new(format!("{cluster}\0{token}"));
    key.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    key
}

/// `system:serviceaccount:<ns>:<sa>` in the group of accounts, with the pod the token is bound to.
fn caller(user: &UserInfo, trust_domain: &str) -> Result<Caller, AuthnError> {
    let name = user.username.clone().unwrap_or_default();
    let stranger = || AuthnError::NotAnAccount(name.chars().take(256).collect());
    let is_account = user
        .groups
        .iter()
        .flatten()
        .any(|group| group == "system:serviceaccounts");
    let parts = name
        .strip_prefix("system:serviceaccount:")
        .and_then(|rest| rest.split_once(':'));
    let (namespace, account) = parts.filter(|_| is_account).ok_or_else(stranger)?;
    let uri = format!("spiffe://{trust_domain}/ns/{namespace}/sa/{account}");
    let extra = |key: &str| user.extra.as_ref()?.get(key)?.first().cloned();
    let pod =
        extra("authentication.kubernetes.io/pod-name").zip(extra("authentication.kubernetes.io/pod-uid"));
    Ok(Caller {
        identity: uri.parse().map_err(|_| stranger())?,
        pod: pod.map(|(name, uid)| BoundPod { name, uid }),
        cluster: ArcStr::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str, group: &str) -> UserInfo {
        UserInfo {
            username: Some(name.into()),
            groups: Some(vec![group.into()]),
            ..UserInfo::default()
        }
    }

    #[test]
    fn a_service_account_becomes_an_identity() {
        let good = caller(&user("system:serviceaccount:a:b", "system:serviceaccounts"), "td").unwrap();
        assert_eq!(good.identity.to_string(), "spiffe://td/ns/a/sa/b");
        assert_eq!(good.pod, None);
    }

    #[test]
    fn others_are_nobody() {
        // security K1: bad `sub`
        for (name, group) in [
            ("system:serviceaccount:a:b", "people"),
            ("system:serviceaccount:a", "system:serviceaccounts"),
            ("system:serviceaccount:A/..:b", "system:serviceaccounts"),
            ("admin", "system:serviceaccounts"),
            ("", "system:serviceaccounts"),
        ] {
            assert!(caller(&user(name, group), "td").is_err(), "{name} in {group}");
        }
    }

    #[test]
    fn a_header_must_hold_one_bearer_token_of_sane_size() {
        assert_eq!(bearer("Bearer abc\n").unwrap(), "abc");
        let long = format!("Bearer {}", "x".repeat(1 << 20));
        for header in ["", "Bearer", "Bearer ", "Basic abc", long.as_str()] {
            assert!(bearer(header).is_err());
        }
    }
}
