//! The plugin's credentials: a token that outlives the agent's pod, in a kubeconfig (cni-agent.md 4.7).

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::PostParams;
use kube::{Api, Client};
use mesh_sys::program::chain;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::base64;

/// The life that is asked for; servers may give less.
const LIFE: Duration = Duration::from_hours(24);
/// No renewal comes sooner.
const SOONEST: Duration = Duration::from_mins(5);
/// Until a token that had to be taken from the mount is looked at again.
const MOUNTED: Duration = Duration::from_mins(5);
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// A file of the service account.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The URL of the API server is not known.
    #[error("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set")]
    NoServer,
}

/// A token and when to ask for the next one.
#[derive(Clone)]
pub struct Token {
    text: String,
    renew: Instant,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Token").finish_non_exhaustive()
    }
}

impl Token {
    /// When to ask for the next one.
    #[must_use]
    pub fn renew(&self) -> Instant {
        self.renew
    }
}

/// Asks for a token that is bound to no pod; where that is refused, takes the mounted one and says so.
pub async fn fetch(client: &Client, account: &Path) -> Result<Token, CredentialError> {
    let path = account.join("token");
    let mounted = std::fs::read_to_string(&path).map_err(|source| CredentialError::Read { path, source })?;
    let mounted = mounted.trim().to_owned();
    let reason = match subject(&mounted) {
        None => "the mounted token names no service account".to_owned(),
        Some((namespace, name)) => match request(client, &namespace, &name).await {
            Ok(token) => return Ok(token),
            Err(reason) => reason,
        },
    };
    tracing::warn!(
        %reason,
        "cannot get a token for the plugin that outlives this pod; pods may wait while the agent is replaced"
    );
    Ok(Token {
        text: mounted,
        renew: Instant::now() + MOUNTED,
    })
}

async fn request(client: &Client, namespace: &str, name: &str) -> Result<Token, String> {
    let api: Api<ServiceAccount> = Api::namespaced(client.clone(), namespace);
    let request = TokenRequest {
        spec: TokenRequestSpec {
            audiences: Vec::new(),
            expiration_seconds: i64::try_from(LIFE.as_secs()).ok(),
            bound_object_ref: None,
        },
        ..TokenRequest::default()
    };
    let parameters = PostParams::default();
    let answer = timeout(PATIENCE, api.create_token_request(name, &parameters, &request)).await;
    let answer = answer.map_err(|_| "the API server did not answer".to_owned())?;
    let status = answer.map_err(|error| chain(&error))?.status;
    let status = status.ok_or_else(|| "the answer holds no token".to_owned())?;
    let left = status.expiration_timestamp.0.duration_since(Timestamp::now());
    let left = Duration::try_from(left).unwrap_or_default();
    Ok(Token {
        text: status.token,
        renew: Instant::now() + (left / 2).max(SOONEST),
    })
}

/// Namespace and name of the account that a token is for; the API server checks the rest.
fn subject(token: &str) -> Option<(String, String)> {
    let payload = base64::decode(token.split('.').nth(1)?)?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let subject = claims.get("sub")?.as_str()?;
    let (namespace, name) = subject.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    Some((namespace.to_owned(), name.to_owned()))
}

/// Whom the plugin trusts as the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Certificates signed by these roots.
    Roots(Vec<u8>),
    /// Anybody.
    Anybody,
}

/// The file.
#[must_use]
pub fn render(server: &str, trust: &Trust, token: &Token) -> String {
    let trust = match trust {
        Trust::Roots(pem) => format!("certificate-authority-data: {}", base64::encode(pem)),
        Trust::Anybody => "insecure-skip-tls-verify: true".to_owned(),
    };
    let token = &token.text;
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: local\n  cluster:\n    server: {server}\n    {trust}\n\
         users:\n- name: istio-cni\n  user:\n    token: \"{token}\"\n\
         contexts:\n- name: istio-cni-context\n  context:\n    cluster: local\n    user: istio-cni\n\
         current-context: istio-cni-context\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::config::Kubeconfig;

    #[test]
    fn the_account_is_read_from_the_token() {
        let payload = base64::encode(br#"{"sub":"system:serviceaccount:istio-system:istio-cni"}"#);
        let token = format!("x.{}.y", payload.trim_end_matches('='));
        assert_eq!(
            subject(&token),
            Some(("istio-system".to_owned(), "istio-cni".to_owned()))
        );
        assert_eq!(subject("x"), None);
    }

    #[tokio::test]
    async fn clients_read_the_file() {
        let token = Token {
            text: "a.b-c_d.e".to_owned(),
            renew: Instant::now(),
        };
        let text = render("https://[fd00::1]:443", &Trust::Roots(b"pem".to_vec()), &token);
        let config = Kubeconfig::from_yaml(&text).unwrap();
        assert_eq!(config.current_context.as_deref(), Some("istio-cni-context"));
        let cluster = config.clusters[0].cluster.clone().unwrap();
        assert_eq!(cluster.server.as_deref(), Some("https://[fd00::1]:443"));
        assert_eq!(cluster.certificate_authority_data.as_deref(), Some("cGVt"));
        assert!(
            !format!("{token:?}").contains("a.b"),
            "tokens are printed nowhere"
        );
        assert!(render("s", &Trust::Anybody, &token).contains("insecure-skip-tls-verify: true"));
    }
}
