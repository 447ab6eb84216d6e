//! Pushing images to a registry, as the OCI distribution specification 1.1 has it.

mod credentials;
mod reference;

pub use credentials::Credentials;
pub use reference::{Reference, ReferenceError};

use super::Image;
use super::archive::Blob;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tokio::sync::Mutex;

/// No answer of a registry that we read is longer.
const MAX_ANSWER: usize = 1 << 20;
/// How long one request may take, a layer's body with it.
const LIMIT: Duration = Duration::from_mins(5);
/// How often a request is tried that ends without an answer or in an error of the server.
const TRIES: u32 = 3;

/// Why an image is not in a registry.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The certificates to trust cannot be used.
    #[error("cannot use the certificates of `{path}`: {reason}")]
    Roots {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// No answer.
    #[error("cannot reach `{registry}`")]
    Unreachable {
        /// Host and port.
        registry: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An answer that says no.
    #[error("`{registry}` answers {status} to {doing}{said}")]
    Refused {
        /// Host and port.
        registry: String,
        /// What was asked.
        doing: String,
        /// The status.
        status: StatusCode,
        /// What it says, after a colon.
        said: String,
    },
    /// An answer that makes no sense.
    #[error("`{registry}` answers nonsense to {doing}: {reason}")]
    Nonsense {
        /// Host and port.
        registry: String,
        /// What was asked.
        doing: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A registry that images are pushed to.
pub struct Registry {
    host: String,
    scheme: &'static str,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    credentials: Option<Credentials>,
    /// The header that the registry accepted last.
    authorization: Mutex<Option<HeaderValue>>,
}

/// What pushing an image came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pushed {
    /// Blobs that were sent.
    pub sent: usize,
    /// Blobs that the registry had.
    pub known: usize,
}

impl Registry {
    /// A registry by host and port. `ca` is a PEM file of more certificates to trust; without TLS only where asked for,
    /// and on this machine.
    ///
    /// # Errors
    /// The certificates cannot be read.
    pub fn new(
        host: &str,
        is_plain: bool,
        ca: Option<&Path>,
        credentials: Option<Credentials>,
    ) -> Result<Self, PushError> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = ca {
            let broken = |reason: String| PushError::Roots {
                path: path.display().to_string(),
                reason,
            };
            let text = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
            for certificate in CertificateDer::pem_slice_iter(&text) {
                let certificate = certificate.map_err(|error| broken(error.to_string()))?;
                roots
                    .add(certificate)
                    .map_err(|error| broken(error.to_string()))?;
            }
        }
        let config = rustls::ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            host: host.to_owned(),
            scheme: if is_plain || is_local(host) {
                "http"
            } else {
                "https"
            },
            client: Client::builder(TokioExecutor::new()).build(connector),
            credentials,
            authorization: Mutex::default(),
        })
    }

    /// Pushes one image: the blobs that the registry lacks, then the manifest under its tag.
    ///
    /// # Errors
    /// The registry is away, or refuses.
    pub async fn push(&self, image: &Image, to: &Reference) -> Result<Pushed, PushError> {
        let mut pushed = Pushed::default();
        for blob in [&image.config, &image.layer] {
            if self.has(blob, &to.repository).await? {
                pushed.known += 1;
                continue;
            }
            self.upload(blob, &to.repository).await?;
            pushed.sent += 1;
        }
        let path = format!("/v2/{}/manifests/{}", to.repository, to.tag);
        let body = (image.manifest.media_type, image.manifest.bytes.clone());
        let answer = self.send("the manifest", Method::PUT, &path, Some(body)).await?;
        self.expect("the manifest", answer, &[StatusCode::CREATED])
            .await?;
        Ok(pushed)
    }

    async fn has(&self, blob: &Blob, repository: &str) -> Result<bool, PushError> {
        let doing = format!("whether it has {}", blob.digest);
        let path = format!("/v2/{repository}/blobs/{}", blob.digest);
        let answer = self.send(&doing, Method::HEAD, &path, None).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        self.expect(&doing, answer, &[StatusCode::OK]).await?;
        Ok(true)
    }

    async fn upload(&self, blob: &Blob, repository: &str) -> Result<(), PushError> {
        let doing = format!("the upload of {}", blob.digest);
        let path = format!("/v2/{repository}/blobs/uploads/");
        let answer = self.send(&doing, Method::POST, &path, None).await?;
        let answer = self.expect(&doing, answer, &[StatusCode::ACCEPTED]).await?;
        let location = answer
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        let location = location.ok_or_else(|| self.nonsense(&doing, "no place to send it to"))?;
        let separator = if location.contains('?') { '&' } else { '?' };
        let target = format!("{location}{separator}digest={}", blob.digest.replace(':', "%3A"));
        let body = ("application/octet-stream", blob.bytes.clone());
        let answer = self.send(&doing, Method::PUT, &target, Some(body)).await?;
        self.expect(&doing, answer, &[StatusCode::CREATED]).await?;
        Ok(())
    }

    /// Sends a request, again with a token when one is asked for.
    async fn send(
        &self,
        doing: &str,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Response<Incoming>, PushError> {
        let uri = self.resolve(doing, path)?;
        let (kind, bytes) = body.map_or((None, Bytes::new()), |(kind, bytes)| {
            (Some(kind), Bytes::from(bytes))
        });
        let request = async || {
            let mut request = Request::builder().method(&method).uri(&uri);
            if let Some(kind) = kind {
                request = request.header(CONTENT_TYPE, kind);
            }
            // what is meant for this registry is told to no other host that it names
            if uri
                .authority()
                .is_some_and(|authority| authority.as_str() == self.host)
                && let Some(value) = self.authorization.lock().await.clone()
            {
                request = request.header(AUTHORIZATION, value);
            }
            let request = request.body(Full::new(bytes.clone()));
            let request = request.map_err(|error| self.nonsense(doing, &error.to_string()))?;
            self.ask(request).await
        };
        let answer = self.patiently(&request).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let challenge = answer.headers().get(WWW_AUTHENTICATE).cloned();
        let value = self.authorize(doing, challenge.as_ref()).await?;
        *self.authorization.lock().await = Some(value);
        self.patiently(&request).await
    }

    /// Tries again what ended without an answer, or in an error of the server.
    async fn patiently(
        &self,
        request: &impl AsyncFn() -> Result<Response<Incoming>, PushError>,
    ) -> Result<Response<Incoming>, PushError> {
        let mut tried = 1;
        loop {
            let answer = request().await;
            let is_passing = match &answer {
                Ok(answer) => answer.status().is_server_error(),
                Err(error) => matches!(error, PushError::Unreachable { .. }),
            };
            if !is_passing || tried == TRIES {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(250 << tried)).await;
            tried += 1;
        }
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, PushError> {
        let unreachable = |source: Box<dyn std::error::Error + Send + Sync>| PushError::Unreachable {
            registry: self.host.clone(),
            source,
        };
        let answer = tokio::time::timeout(LIMIT, self.client.request(request)).await;
        answer
            .map_err(|_| unreachable(format!("no answer within {} s", LIMIT.as_secs()).into()))?
            .map_err(|error| unreachable(error.into()))
    }

    /// A path, or a place that the registry named, which may be whole.
    fn resolve(&self, doing: &str, path: &str) -> Result<Uri, PushError> {
        let text = if path.starts_with('/') {
            format!("{}://{}{path}", self.scheme, self.host)
        } else {
            path.to_owned()
        };
        let uri: Uri = text
            .parse()
            .map_err(|_| self.nonsense(doing, &format!("`{text}` is no address")))?;
        if uri.scheme_str() == Some("http") && self.scheme == "https" {
            return Err(self.nonsense(doing, &format!("`{text}` would leave TLS")));
        }
        Ok(uri)
    }

    /// Answers a challenge: with a password, or with a token for it.
    async fn authorize(
        &self,
        doing: &str,
        challenge: Option<&HeaderValue>,
    ) -> Result<HeaderValue, PushError> {
        let challenge = challenge
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let basic = self.credentials.as_ref().map(Credentials::header);
        if challenge.to_ascii_lowercase().starts_with("basic") {
            return basic.ok_or_else(|| self.denied(doing, "it wants a user and a password"));
        }
        let parts = credentials::challenge(challenge)
            .ok_or_else(|| self.nonsense(doing, "401 without a challenge that is known"))?;
        let uri = self.resolve(doing, &parts.address())?;
        let mut request = Request::get(uri);
        if let Some(value) = basic {
            request = request.header(AUTHORIZATION, value);
        }
        let request = request
            .body(Full::default())
            .map_err(|error| self.nonsense(doing, &error.to_string()))?;
        let answer = self.ask(request).await?;
        let answer = self
            .expect("the request for a token", answer, &[StatusCode::OK])
            .await?;
        let body = self.read(doing, answer).await?;
        let body: Value = serde_json::from_slice(&body)
            .map_err(|error| self.nonsense("the request for a token", &error.to_string()))?;
        let token = body["token"].as_str().or_else(|| body["access_token"].as_str());
        let token = token.ok_or_else(|| self.nonsense("the request for a token", "no token"))?;
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| self.nonsense("the request for a token", "a token that no header can hold"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The answer, if its status is one of these.
    async fn expect(
        &self,
        doing: &str,
        answer: Response<Incoming>,
        wanted: &[StatusCode],
    ) -> Result<Response<Incoming>, PushError> {
        let status = answer.status();
        if wanted.contains(&status) {
            return Ok(answer);
        }
        let body = self.read(doing, answer).await.unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let said: Vec<&str> = body["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|error| error["message"].as_str().or_else(|| error["code"].as_str()))
            .collect();
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(": {}", said.join(", "))
        };
        Err(PushError::Refused {
            registry: self.host.clone(),
            doing: doing.to_owned(),
            status,
            said,
        })
    }

    async fn read(&self, doing: &str, answer: Response<Incoming>) -> Result<Bytes, PushError> {
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        body.map(http_body_util::Collected::to_bytes)
            .map_err(|error| self.nonsense(doing, &error.to_string()))
    }

    fn denied(&self, doing: &str, said: &str) -> PushError {
        PushError::Refused {
            registry: self.host.clone(),
            doing: doing.to_owned(),
            status: StatusCode::UNAUTHORIZED,
            said: format!(": {said}"),
        }
    }

    fn nonsense(&self, doing: &str, reason: &str) -> PushError {
        PushError::Nonsense {
            registry: self.host.clone(),
            doing: doing.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// Registries on this machine need no TLS, as with every other program that pushes.
fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
