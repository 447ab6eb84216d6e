//! A signer outside of this process, asked through the `CertificateSigningRequest` API (`ca.md` 8).
//!
//! What it signs is the caller's own request, so that has to name exactly the identity that was granted; and what comes
//! back is believed only if it is for that key, that identity, and chains to a root that is configured for the signer.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::ByteString;
use k8s_openapi::api::certificates::v1::{
    CertificateSigningRequest, CertificateSigningRequestCondition, CertificateSigningRequestSpec,
};
use kube::api::{DeleteParams, ObjectMeta, PostParams, WatchEvent, WatchParams};
use kube::{Api, Client};
use mesh_wire::identity::Identity;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateSigningRequestDer};
use serde::Deserialize;
use tokio::time::timeout;
use tracing::{debug, warn};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use super::authority::SignError;
use super::grant::Grant;
use super::material::{check_path, parsed, to_pem};
use super::root::now;
use super::shortened;
use super::signer::{Order, Signer};
use crate::watch::mesh::Mesh;

/// How long a signer may take; callers try again.
const PATIENCE: Duration = Duration::from_secs(10);
/// The API takes no shorter lives.
const SHORTEST: i64 = 600;
const USAGES: [&str; 4] = [
    "digital signature",
    "key encipherment",
    "server auth",
    "client auth",
];

/// Why a signer outside gave no certificate that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ExternalError {
    /// The API did not take the request.
    #[error("cannot {verb} the request")]
    Api {
        /// What was tried.
        verb: &'static str,
        /// Why.
        #[source]
        source: Box<kube::Error>,
    },
    /// No answer in time.
    #[error("it did not answer in time")]
    Silent,
    /// It said no.
    #[error("it refused: {0}")]
    Refused(String),
    /// The request went away before it was answered.
    #[error("the request is gone")]
    Gone,
    /// No root is known for it.
    #[error("no root is configured for signer `{0}`")]
    NoRoot(String),
    /// Another signer than ours was asked for, and nothing says in whose domain it is.
    #[error("signers cannot be chosen without CERT_SIGNER_DOMAIN")]
    NoDomain,
    /// What it sent is not what was asked for.
    #[error("its answer cannot be used: {0}")]
    Answer(&'static str),
}

/// Which signer, and whom its certificates chain to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalSettings {
    /// `K8S_SIGNER`.
    pub signer: String,
    /// `CERT_SIGNER_DOMAIN`: callers may name signers of it; empty for none.
    pub domain: String,
    /// A file with the roots of the usual signer; it may be absent.
    pub root_file: PathBuf,
}

/// One entry of `caCertificates` in the mesh configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CaCertificate {
    pem: String,
    cert_signers: Vec<String>,
}

/// The signer.
pub struct KubernetesSigner {
    client: Client,
    settings: ExternalSettings,
    mesh: Mesh,
    /// The file's text.
    mounted: String,
}

impl std::fmt::Debug for KubernetesSigner {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("KubernetesSigner")
            .field("signer", &self.settings.signer)
            .finish_non_exhaustive()
    }
}

impl KubernetesSigner {
    /// A signer behind the API of our cluster.
    #[must_use]
    pub fn new(client: Client, settings: ExternalSettings, mesh: Mesh) -> Self {
        let mounted = read_roots(&settings.root_file);
        Self {
            client,
            settings,
            mesh,
            mounted,
        }
    }

    /// The roots of the usual signer, as PEM: those of the file, then those of the mesh configuration.
    #[must_use]
    pub fn roots(&self) -> String {
        self.roots_of(&self.settings.signer)
    }

    fn roots_of(&self, signer: &str) -> String {
        let all = self.mesh.borrow().all["caCertificates"].clone();
        let configured: Vec<CaCertificate> = serde_json::from_value(all).unwrap_or_default();
        let is_meant = |one: &&CaCertificate| one.cert_signers.iter().any(|name| name == signer);
        let mounted = if signer == self.settings.signer {
            self.mounted.as_str()
        } else {
            ""
        };
        let configured = configured.iter().filter(is_meant).map(|one| one.pem.as_str());
        let texts = std::iter::once(mounted).chain(configured);
        let ders = texts.flat_map(|text| CertificateDer::pem_slice_iter(text.as_bytes()).flatten());
        let mut roots: Vec<String> = ders.map(|der| to_pem(&der)).collect();
        let mut seen = std::collections::BTreeSet::new();
        roots.retain(|root| seen.insert(root.clone()));
        roots.concat()
    }

    /// The full name of the signer that is asked.
    fn signer(&self, asked: &str) -> Result<String, ExternalError> {
        let settings = &self.settings;
        match (asked, settings.domain.as_str()) {
            ("", _) => Ok(settings.signer.clone()),
            (_, "") => Err(ExternalError::NoDomain),
            (name, domain) => Ok(format!("{domain}/{name}")),
        }
    }

    async fn ask(&self, pem: &str, signer: &str, seconds: i64) -> Result<Vec<u8>, ExternalError> {
        let api: Api<CertificateSigningRequest> = Api::all(self.client.clone());
        let name = format!("csr-workload-{:032x}", rand::random::<u128>());
        let object = CertificateSigningRequest {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                ..ObjectMeta::default()
            },
            spec: CertificateSigningRequestSpec {
                request: ByteString(pem.as_bytes().to_vec()),
                signer_name: signer.to_owned(),
                expiration_seconds: i32::try_from(seconds.max(SHORTEST)).ok(),
                usages: Some(USAGES.map(str::to_owned).into()),
                ..CertificateSigningRequestSpec::default()
            },
            status: None,
        };
        let created = api.create(&PostParams::default(), &object).await;
        let created = created.map_err(|source| failed("create", source))?;
        let version = created.metadata.resource_version.clone().unwrap_or_default();
        let answered = async {
            approve(&api, &name, created).await?;
            answer(&api, &name, &version).await
        };
        let answered = timeout(PATIENCE, answered)
            .await
            .unwrap_or(Err(ExternalError::Silent));
        // nobody else needs it; whatever stays is collected by the cluster
        if let Err(error) = api.delete(&name, &DeleteParams::default()).await {
            debug!(%error, name, "cannot delete a request that is done with");
        }
        answered
    }
}

#[tonic::async_trait]
impl Signer for KubernetesSigner {
    async fn sign(&self, order: Order<'_>, grant: Grant) -> Result<Vec<String>, SignError> {
        let request = Request::read(order.pem)?;
        if request.names != [grant.identity().to_string()] {
            return Err(SignError::Csr(
                "the CSR does not name exactly the identity that is granted",
            ));
        }
        let signer = self.signer(order.signer).map_err(external)?;
        let roots = self.roots_of(&signer);
        if roots.is_empty() {
            return Err(external(ExternalError::NoRoot(signer)));
        }
        let answer = self
            .ask(order.pem, &signer, order.seconds)
            .await
            .map_err(external)?;
        let chain = check(&answer, &request, grant.identity(), (&roots, now())).map_err(external)?;
        Ok(chain)
    }
}

fn external(error: ExternalError) -> SignError {
    SignError::External(Box::new(error))
}

fn failed(verb: &'static str, source: kube::Error) -> ExternalError {
    let source = Box::new(source);
    ExternalError::Api { verb, source }
}

/// A file that is not there is no error: the mesh configuration may have the roots.
fn read_roots(path: &Path) -> String {
    match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            warn!(path = %path.display(), %error, "cannot read the roots of the external signer");
            String::new()
        }
    }
}

/// The grant is the approval.
async fn approve(
    api: &Api<CertificateSigningRequest>,
    name: &str,
    mut object: CertificateSigningRequest,
) -> Result<(), ExternalError> {
    let condition = CertificateSigningRequestCondition {
        type_: "Approved".to_owned(),
        status: "True".to_owned(),
        reason: Some("IdentityGranted".to_owned()),
        message: Some("the identity is one that the caller may have".to_owned()),
        ..CertificateSigningRequestCondition::default()
    };
    let status = object.status.get_or_insert_default();
    status.conditions.get_or_insert_default().push(condition);
    let approved = api
        .replace_subresource("approval", name, &PostParams::default(), &object)
        .await;
    approved.map(drop).map_err(|source| failed("approve", source))
}

/// Waits until it is signed or refused.
async fn answer(
    api: &Api<CertificateSigningRequest>,
    name: &str,
    version: &str,
) -> Result<Vec<u8>, ExternalError> {
    let params = WatchParams::default().fields(&format!("metadata.name={name}"));
    let changes = api.watch(&params, version).await;
    let mut changes = changes.map_err(|source| failed("watch", source))?.boxed();
    while let Some(change) = changes.next().await {
        match change.map_err(|source| failed("watch", source))? {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                if let Some(certificate) = outcome(&object)? {
                    return Ok(certificate);
                }
            }
            WatchEvent::Deleted(_) => return Err(ExternalError::Gone),
            WatchEvent::Bookmark(_) => {}
            WatchEvent::Error(error) => return Err(ExternalError::Refused(shortened(&error.message))),
        }
    }
    Err(ExternalError::Silent)
}

/// What an object says so far.
fn outcome(object: &CertificateSigningRequest) -> Result<Option<Vec<u8>>, ExternalError> {
    let Some(status) = &object.status else {
        return Ok(None);
    };
    let mut conditions = status.conditions.iter().flatten();
    if let Some(no) = conditions.find(|one| matches!(one.type_.as_str(), "Denied" | "Failed")) {
        let why = no
            .message
            .as_deref()
            .or(no.reason.as_deref())
            .unwrap_or(&no.type_);
        return Err(ExternalError::Refused(shortened(why)));
    }
    let certificate = status.certificate.as_ref().filter(|bytes| !bytes.0.is_empty());
    Ok(certificate.map(|bytes| bytes.0.clone()))
}

/// What a request says of itself.
struct Request {
    /// Every name in it, in the order of the request.
    names: Vec<String>,
    /// Its key, with the algorithm.
    key: Vec<u8>,
}

impl Request {
    fn read(pem: &str) -> Result<Self, SignError> {
        let unread = || SignError::Csr("certificate signing request cannot be parsed");
        let der = CertificateSigningRequestDer::from_pem_slice(pem.as_bytes()).map_err(|_| unread())?;
        let (_, csr) = X509CertificationRequest::from_der(&der).map_err(|_| unread())?;
        let mut found = Vec::new();
        for extension in csr.requested_extensions().into_iter().flatten() {
            match extension {
                ParsedExtension::SubjectAlternativeName(san) => found.extend(names(&san.general_names)),
                // a signer that copies extensions would make an authority of a workload
                ParsedExtension::BasicConstraints(constraints) if constraints.ca => {
                    return Err(SignError::Csr("the CSR asks to be a CA"));
                }
                _ => {}
            }
        }
        Ok(Self {
            names: found,
            key: csr.certification_request_info.subject_pki.raw.to_vec(),
        })
    }
}

/// Every name as text; what is no URI is told apart by its kind.
fn names(all: &[GeneralName<'_>]) -> Vec<String> {
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::URI(uri) => (*uri).to_owned(),
        other => format!("{other:?}"),
    };
    all.iter().map(text).collect()
}

/// The chain, if it is what was asked for.
fn check(
    answer: &[u8],
    request: &Request,
    identity: &Identity,
    (roots_pem, now): (&str, i64),
) -> Result<Vec<String>, ExternalError> {
    let unread = |_| ExternalError::Answer("it is not PEM");
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(answer).collect();
    let all = all.map_err(unread)?;
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(roots_pem.as_bytes()).collect();
    let roots = roots.map_err(unread)?;
    let (leaf, rest) = all
        .split_first()
        .ok_or(ExternalError::Answer("it holds no certificate"))?;
    let certificate = parsed(leaf, "answer").map_err(|_| ExternalError::Answer("it cannot be parsed"))?;
    let is = |holds: bool, what: &'static str| holds.then_some(()).ok_or(ExternalError::Answer(what));
    is(
        certificate.public_key().raw == request.key,
        "it is for another key",
    )?;
    let san = certificate.subject_alternative_name().ok().flatten();
    let given = san.map(|san| names(&san.value.general_names)).unwrap_or_default();
    is(given == [identity.to_string()], "it is for another identity")?;
    is(!certificate.is_ca(), "it is an authority")?;
    let validity = certificate.validity();
    let times = validity.not_before.timestamp()..validity.not_after.timestamp();
    is(times.contains(&now), "it is not valid now")?;
    is(
        check_path(leaf, rest, &roots).is_ok(),
        "it does not chain to the roots of its signer",
    )?;
    let between = rest.iter().filter(|der| !roots.contains(der)).map(to_pem);
    let chain = std::iter::once(to_pem(leaf)).chain(between);
    Ok(chain.chain([roots_pem.to_owned()]).collect())
}

#[cfg(test)]
mod tests;
