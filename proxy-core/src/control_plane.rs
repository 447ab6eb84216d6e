//! How the proxy reaches its control plane: name, trust root, TLS, token (`spec/xds.md` §1, §4, `ca.md` §1).
//!
//! Root and token are read again for every connection and every call, so a rotated file needs no restart.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use rustls_pki_types::ServerName;
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue};
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Request, Status};
use zeroize::Zeroizing;

use crate::tls;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// What is read at once. The TLS library asks for a quarter of a record at a time.
const READ: usize = 32 * 1024;
const MAX_TOKEN: usize = 64 * 1024;

/// Where a trust root comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootSource {
    /// A PEM file, read for every connection.
    File(PathBuf),
    /// PEM text.
    Inline(String),
}

/// A secret text: shared, never copied or shown, and wiped with its last owner (`security.md` P1).
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<Zeroizing<String>>);

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Arc::new(Zeroizing::new(text.to_owned())))
    }
}

/// Where the token comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// No authentication headers at all.
    None,
    /// A file, read for every call.
    File(PathBuf),
    /// The token itself.
    Literal(Secret),
}

impl std::fmt::Debug for TokenSource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => out.write_str("None"),
            Self::File(path) => write!(out, "File({})", path.display()),
            Self::Literal(_) => out.write_str("Literal(..)"),
        }
    }
}

/// One endpoint of the control plane.
#[derive(Debug, Clone)]
pub struct ControlPlane {
    /// `https://host:port`.
    pub address: String,
    /// A further server name that is accepted.
    pub alternative_name: Option<String>,
    /// Trust root.
    pub root: RootSource,
    /// Token.
    pub token: TokenSource,
    /// `clusterid`.
    pub cluster_id: String,
    /// Extra metadata, names in lower case.
    pub headers: Vec<(String, String)>,
}

/// Why no connection could be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is unusable.
    #[error("`{0}` is no https address")]
    Address(String),
    /// The trust root cannot be read.
    #[error("cannot read the trust root {path}")]
    Root {
        /// File.
        path: String,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// The trust root holds no certificate.
    #[error("the trust root holds no usable certificate")]
    EmptyRoot,
    /// The name has no address.
    #[error("cannot resolve `{host}`: {reason}")]
    Resolve {
        /// Host.
        host: String,
        /// Cause.
        reason: String,
    },
    /// TCP or TLS failed.
    #[error("cannot connect to {host}")]
    Connect {
        /// Host.
        host: String,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// HTTP/2 failed.
    #[error("cannot speak HTTP/2 with the control plane")]
    Http2(#[source] tonic::transport::Error),
}

impl ConnectError {
    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Root { .. } | Self::EmptyRoot => {
                Some("check the ConfigMap `istio-ca-root-cert` mounted into this pod")
            }
            Self::Resolve { .. } => Some("check that cluster DNS runs and that `XDS_ADDRESS` is right"),
            Self::Connect { .. } => {
                Some("check that `istiod` runs and that no NetworkPolicy blocks port 15012")
            }
            Self::Address(_) | Self::Http2(_) => None,
        }
    }
}

impl ControlPlane {
    /// Opens a new connection.
    pub async fn connect(&self) -> Result<Channel, ConnectError> {
        let (host, port) = self.host_and_port()?;
        let stream = self.open(&host, port).await?;
        let mut stream = Some(TokioIo::new(stream));
        let connector = tower::service_fn(move |_: Uri| {
            let stream = stream
                .take()
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected));
            std::future::ready(stream)
        });
        // the connector has made TLS already, so the endpoint itself is plain HTTP/2
        let origin: Uri = self
            .address
            .parse()
            .map_err(|_| ConnectError::Address(self.address.clone()))?;
        Endpoint::from_shared(format!("http://{host}:{port}"))
            .map_err(ConnectError::Http2)?
            .origin(origin)
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .connect_with_connector(connector)
            .await
            .map_err(ConnectError::Http2)
    }

    /// Puts token and headers on one call.
    pub fn authenticate(&self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        for (name, value) in &self.headers {
            let name: AsciiMetadataKey = name.parse().map_err(|_| Status::internal("bad header name"))?;
            metadata.insert(
                name,
                value.parse().map_err(|_| Status::internal("bad header value"))?,
            );
        }
        if let Some(token) = self.token()? {
            let text = Zeroizing::new(format!("Bearer {}", token.as_str()));
            let value = AsciiMetadataValue::try_from(text.as_str());
            let mut value =
                value.map_err(|_| Status::unauthenticated("the token is no legal header value"))?;
            value.set_sensitive(true);
            metadata.insert("authorization", value);
            let cluster = self
                .cluster_id
                .parse()
                .map_err(|_| Status::internal("bad cluster id"))?;
            metadata.insert("clusterid", cluster);
        }
        Ok(request)
    }

    /// The token as it is now. What the transport makes of it is beyond our reach and short-lived.
    fn token(&self) -> Result<Option<Arc<Zeroizing<String>>>, Status> {
        let token = match &self.token {
            TokenSource::None => return Ok(None),
            TokenSource::Literal(token) => token.0.clone(),
            TokenSource::File(path) => {
                let read = std::fs::read_to_string(path).map_err(|error| {
                    Status::unauthenticated(format!("cannot read {}: {error}", path.display()))
                })?;
                Arc::new(Zeroizing::new(read))
            }
        };
        if token.is_empty() || token.len() > MAX_TOKEN {
            return Err(Status::unauthenticated("the token is empty or too long"));
        }
        Ok(Some(token))
    }

    fn host_and_port(&self) -> Result<(String, u16), ConnectError> {
        let bad = || ConnectError::Address(self.address.clone());
        let uri: Uri = self.address.parse().map_err(|_| bad())?;
        if uri.scheme_str() != Some("https") {
            return Err(bad());
        }
        let host = uri.host().ok_or_else(bad)?.trim_matches(['[', ']']).to_owned();
        Ok((host, uri.port_u16().unwrap_or(443)))
    }

    async fn open(&self, host: &str, port: u16) -> Result<TlsStream<BufReader<TcpStream>>, ConnectError> {
        let failed = |source| ConnectError::Connect {
            host: format!("{host}:{port}"),
            source,
        };
        let config = tls::control_plane_config(self.roots()?, self.alternative_name.clone())
            .map_err(|error| failed(io::Error::other(error)))?;
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| ConnectError::Address(self.address.clone()))?;
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in resolve(host, port).await? {
            match within(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                Ok(stream) => {
                    keep_alive(&stream).map_err(failed)?;
                    let connector = TlsConnector::from(Arc::new(config));
                    let stream = BufReader::with_capacity(READ, stream);
                    return within(HANDSHAKE_TIMEOUT, connector.connect(name, stream))
                        .await
                        .map_err(failed);
                }
                Err(error) => last = error,
            }
        }
        Err(failed(last))
    }

    /// The bytes of the trust root, to notice a change.
    pub fn root_bytes(&self) -> Result<Vec<u8>, ConnectError> {
        match &self.root {
            RootSource::Inline(pem) => Ok(pem.clone().into_bytes()),
            RootSource::File(path) => std::fs::read(path).map_err(|source| ConnectError::Root {
                path: path.display().to_string(),
                source,
            }),
        }
    }

    fn roots(&self) -> Result<RootCertStore, ConnectError> {
        let roots = tls::roots_from_pem(&self.root_bytes()?);
        if roots.is_empty() {
            Err(ConnectError::EmptyRoot)
        } else {
            Ok(roots)
        }
    }
}

async fn within<T>(limit: Duration, what: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, what)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Never getaddrinfo: a static binary has none that works.
pub(crate) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
    if let Ok(ip) = host.parse() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let failed = |reason: String| ConnectError::Resolve {
        host: host.to_owned(),
        reason,
    };
    let resolver = TokioResolver::builder_tokio()
        .and_then(hickory_resolver::ResolverBuilder::build)
        .map_err(|error| failed(error.to_string()))?;
    let found = resolver
        .lookup_ip(host)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let addresses: Vec<SocketAddr> = found.iter().map(|ip| SocketAddr::new(ip, port)).collect();
    if addresses.is_empty() {
        Err(failed("no addresses".to_owned()))
    } else {
        Ok(addresses)
    }
}

fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let settings = socket2::TcpKeepalive::new()
        .with_time(Duration::from_mins(5))
        .with_interval(Duration::from_secs(75))
        .with_retries(9);
    socket2::SockRef::from(stream).set_tcp_keepalive(&settings)
}
