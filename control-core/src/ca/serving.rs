//! Our own TLS certificate: from files, else from the own CA; renewed at half its life and swapped hot.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use mesh_wire::identity::Identity;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use super::authority::{self, SignError};
use super::material::Material;
use super::root::{Root, now};

const POLL_FILES: Duration = Duration::from_mins(1);

/// Why there is no serving certificate.
#[derive(Debug, thiserror::Error)]
pub enum ServingError {
    /// Neither files nor a CA of our own.
    #[error("there are no files with a serving certificate, and signing is off")]
    NoSigner,
    /// The CA did not sign it.
    #[error("cannot issue the serving certificate")]
    Issue(#[source] SignError),
    /// A file is not what it should be.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// The TLS library refused it.
    #[error("cannot use the serving certificate")]
    Tls(#[source] rustls::Error),
    /// The roots cannot be used to verify clients.
    #[error("cannot build the client verifier")]
    Verifier(#[source] rustls::server::VerifierBuilderError),
}

impl ServingError {
    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::File { .. } | Self::NoSigner => Some("--tlsCertFile and --tlsKeyFile must name PEM files"),
            _ => None,
        }
    }
}

/// What the certificate is made from.
#[derive(Clone, Debug)]
pub struct ServingSettings {
    /// DNS names, which follow the mesh configuration.
    pub names: watch::Receiver<Vec<String>>,
    /// Seconds.
    pub life: i64,
    /// Certificate and key files, instead of our own.
    pub files: Option<(PathBuf, PathBuf)>,
    /// Further roots of client certificates.
    pub ca_file: Option<PathBuf>,
    /// Roots of signers outside of this process, as PEM: those whose certificates come from there show them here.
    pub foreign_roots: watch::Receiver<Arc<str>>,
    /// No TLS 1.2.
    pub tls13_only: bool,
}

/// The TLS configurations in force, one for each protocol list.
pub struct Serving {
    grpc: ArcSwap<ServerConfig>,
    webhook: ArcSwap<ServerConfig>,
    settings: ServingSettings,
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Serving")
            .field("names", &*self.settings.names.borrow())
            .finish_non_exhaustive()
    }
}

impl Serving {
    /// Makes or reads the first certificate.
    pub fn new(settings: ServingSettings, root: Option<&Root>) -> Result<Self, ServingError> {
        let (grpc, webhook) = build(&settings, root.map(Root::material).as_deref())?;
        Ok(Self {
            grpc: ArcSwap::from_pointee(grpc),
            webhook: ArcSwap::from_pointee(webhook),
            settings,
        })
    }

    /// The configuration for gRPC: HTTP/2, client certificate optional and verified if given.
    #[must_use]
    pub fn grpc(&self) -> Arc<ServerConfig> {
        self.grpc.load_full()
    }

    /// The configuration for webhooks: no client certificate.
    #[must_use]
    pub fn webhook(&self) -> Arc<ServerConfig> {
        self.webhook.load_full()
    }

    /// Renews at half life, and at once when the root or the names change, until `stop`.
    pub async fn run(&self, root: Option<&Root>, stop: CancellationToken) {
        let mut changes = root.map(Root::changes);
        let mut names = self.settings.names.clone();
        let mut foreign = self.settings.foreign_roots.clone();
        let half = Duration::from_secs(u64::try_from(self.settings.life / 2).unwrap_or(1).max(1));
        let every = if self.settings.files.is_some() {
            POLL_FILES
        } else {
            half
        };
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = changed(&mut changes) => {}
                Ok(()) = names.changed() => {}
                Ok(()) = foreign.changed() => {}
                () = sleep(every) => {}
            }
            match build(&self.settings, root.map(Root::material).as_deref()) {
                Ok((grpc, webhook)) => {
                    self.grpc.store(Arc::new(grpc));
                    self.webhook.store(Arc::new(webhook));
                    info!("renewed the serving certificate");
                }
                Err(error) => warn!(%error, "keeping the serving certificate in force"),
            }
        }
    }
}

/// The next change of the root; never without a root.
async fn changed(changes: &mut Option<watch::Receiver<()>>) {
    if let Some(changes) = changes
        && changes.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

/// The provider, always passed explicitly.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

type Certified = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn certificate(settings: &ServingSettings, material: Option<&Material>) -> Result<Certified, ServingError> {
    if let Some((cert, key)) = &settings.files {
        let file = |path: &PathBuf| {
            let path = path.clone();
            move |source| ServingError::File { path, source }
        };
        let chain = CertificateDer::pem_file_iter(cert)
            .and_then(Iterator::collect)
            .map_err(file(cert))?;
        return Ok((chain, PrivateKeyDer::from_pem_file(key).map_err(file(key))?));
    }
    let material = material.ok_or(ServingError::NoSigner)?;
    let names = settings.names.borrow().clone();
    let (chain, key) =
        authority::serving(&names, settings.life, material, now()).map_err(ServingError::Issue)?;
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
        .flatten()
        .collect();
    Ok((chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into()))
}

fn build(
    settings: &ServingSettings,
    material: Option<&Material>,
) -> Result<(ServerConfig, ServerConfig), ServingError> {
    let (chain, key) = certificate(settings, material)?;
    let versions: &[&rustls::SupportedProtocolVersion] = if settings.tls13_only {
        &[&rustls::version::TLS13]
    } else {
        &[&rustls::version::TLS13, &rustls::version::TLS12]
    };
    let builder = || {
        ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .map_err(ServingError::Tls)
    };
    let mut grpc = builder()?
        .with_client_cert_verifier(verifier(settings, material)?)
        .with_single_cert(chain.clone(), key.clone_key())
        .map_err(ServingError::Tls)?;
    grpc.alpn_protocols = vec![b"h2".to_vec()];
    let mut webhook = builder()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(ServingError::Tls)?;
    webhook.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((grpc, webhook))
}

/// Client certificates are optional, and verified if given; without any root none can be.
fn verifier(
    settings: &ServingSettings,
    material: Option<&Material>,
) -> Result<Arc<dyn ClientCertVerifier>, ServingError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(material.into_iter().flat_map(Material::roots).cloned());
    if let Some(path) = &settings.ca_file {
        let failed = |source| ServingError::File {
            path: path.clone(),
            source,
        };
        let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
        roots.add_parsable_certificates(read.map_err(failed)?);
    }
    let foreign = settings.foreign_roots.borrow().clone();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(foreign.as_bytes()).flatten());
    if roots.is_empty() {
        return Ok(WebPkiClientVerifier::no_client_auth());
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .allow_unauthenticated()
        .build()
        .map_err(ServingError::Verifier)?;
    Ok(verifier)
}

/// The identity in a verified client certificate: exactly one URI SAN, of the mesh's form.
#[must_use]
pub fn identity_of(certificate: &CertificateDer<'_>) -> Option<Identity> {
    let (_, certificate) = x509_parser::certificate::X509Certificate::from_der(certificate).ok()?;
    let names = certificate
        .extensions()
        .iter()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        })?;
    let mut uris = names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(*uri),
        _ => None,
    });
    match (uris.next(), uris.next()) {
        (Some(uri), None) => uri.parse().ok(),
        _ => None,
    }
}
