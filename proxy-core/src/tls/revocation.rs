//! Certificates that were taken back before their end (`CRL_PATH`; `spec/hbone.md` §2, `security.md` T18–T20).
//!
//! Without a path nothing here costs anything. With one, every handshake asks, and every tunnel that is
//! up asks again when the lists change. A file that cannot be used never replaces lists that could:
//! what was revoked stays revoked.

#[cfg(test)]
mod tests;

use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy,
};

use crate::tls::verifier::PeerError;
use crate::tls::{Credentials, TlsPolicy};

/// How often the file is looked at. It must look the same twice before it is read, so that a file
/// that is being written is left alone.
const LOOK: Duration = Duration::from_millis(500);
/// A file that was refused is read again after so many looks: own certificates may have changed.
const LOOKS_UNTIL_RETRY: u32 = 20;
const LARGEST: u64 = 32 << 20;
const PEM_END: &[u8] = b"-----END X509 CRL-----";

type Lists = Vec<CertRevocationList<'static>>;

/// Why a file of revoked certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CrlError {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// File.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// It is larger than is accepted.
    #[error("{0} is larger than 32 MiB")]
    TooLarge(PathBuf),
    /// It holds something else.
    #[error("{path} is not a file of revocation lists: {reason}")]
    Malformed {
        /// File.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It was there, and holds nothing any more.
    #[error("{0} is gone or empty")]
    Gone(PathBuf),
    /// A list claims an authority that did not sign it.
    #[error("{path}: a list is not signed by our authority: {reason}")]
    Foreign {
        /// File.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Our own authority's list was left out.
    #[error("{0} holds no list of our authority any more")]
    Uncovered(PathBuf),
}

/// A chain, and who has to vouch for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chain<'a> {
    pub(super) leaf: &'a CertificateDer<'a>,
    pub(super) intermediates: &'a [CertificateDer<'a>],
    pub(super) roots: &'a RootCertStore,
    pub(super) side: Side,
    pub(super) now: UnixTime,
}

/// What a certificate is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Opens tunnels.
    Caller,
    /// Accepts tunnels.
    Callee,
}

/// The lists of revoked certificates that are in force.
#[derive(Debug)]
pub struct Revocations {
    path: Option<PathBuf>,
    strict: bool,
    algorithms: WebPkiSupportedAlgorithms,
    lists: ArcSwap<Lists>,
    epoch: watch::Sender<u64>,
}

impl Default for Revocations {
    fn default() -> Self {
        Self::with(None, false, Lists::new())
    }
}

impl Revocations {
    fn with(path: Option<PathBuf>, strict: bool, lists: Lists) -> Self {
        Self {
            path,
            strict,
            algorithms: TlsPolicy::default().provider().signature_verification_algorithms,
            lists: ArcSwap::from_pointee(lists),
            epoch: watch::Sender::new(0),
        }
    }

    /// Reads the file for the first time. It may be missing, but not unusable; `strict` refuses every
    /// peer whose state no current list tells.
    pub fn load(path: PathBuf, strict: bool) -> Result<Self, CrlError> {
        let lists = read(&path)?;
        if lists.is_empty() {
            tracing::warn!(path = %path.display(), strict, "no revocation lists: the file is missing or empty");
        }
        Ok(Self::with(Some(path), strict, lists))
    }

    /// Refuses a chain that is verified otherwise.
    pub(super) fn check(&self, chain: &Chain<'_>) -> Result<(), Error> {
        if self.path.is_none() {
            return Ok(());
        }
        let lists = self.lists.load();
        if lists.is_empty() && self.strict {
            return Err(Error::InvalidCertificate(
                CertificateError::UnknownRevocationStatus,
            ));
        }
        let depth = RevocationCheckDepth::Chain;
        self.examine(&lists, chain, (depth, self.strict)).map_err(refusal)
    }

    fn examine(
        &self,
        lists: &Lists,
        chain: &Chain<'_>,
        (depth, strict): (RevocationCheckDepth, bool),
    ) -> Result<(), webpki::Error> {
        let lists: Vec<&CertRevocationList<'_>> = lists.iter().collect();
        let Ok(options) = RevocationOptionsBuilder::new(&lists) else {
            return Ok(()); // there is none
        };
        let (unknown, expired) = if strict {
            (UnknownStatusPolicy::Deny, ExpirationPolicy::Enforce)
        } else {
            (UnknownStatusPolicy::Allow, ExpirationPolicy::Ignore)
        };
        let options = options
            .with_depth(depth)
            .with_status_policy(unknown)
            .with_expiration_policy(expired)
            .build();
        let usage = match chain.side {
            Side::Caller => KeyUsage::client_auth(),
            Side::Callee => KeyUsage::server_auth(),
        };
        let Chain {
            leaf,
            intermediates,
            roots,
            now,
            ..
        } = *chain;
        EndEntityCert::try_from(leaf)?
            .verify_for_usage(
                self.algorithms.all,
                &roots.roots,
                intermediates,
                now,
                usage,
                Some(options),
                None,
            )
            .map(drop)
    }

    /// Reads the file again. All or nothing: lists that were in force stay so unless the new ones are
    /// whole, signed, and still speak for the authority of our `own` certificates.
    pub fn reload(&self, own: &[Credentials]) -> Result<(), CrlError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let (new, old) = (read(path)?, self.lists.load());
        if new.is_empty() {
            return if old.is_empty() {
                Ok(())
            } else {
                Err(CrlError::Gone(path.clone()))
            };
        }
        for credentials in own {
            self.vouch(path, (&old, &new), credentials)?;
        }
        self.lists.store(Arc::new(new));
        self.epoch.send_modify(|epoch| *epoch += 1);
        Ok(())
    }

    fn vouch(&self, path: &Path, (old, new): (&Lists, &Lists), own: &Credentials) -> Result<(), CrlError> {
        let Some((leaf, intermediates)) = own.key.cert.split_first() else {
            return Ok(());
        };
        let chain = Chain {
            leaf,
            intermediates,
            roots: &own.roots,
            side: Side::Callee,
            now: UnixTime::now(),
        };
        let ask = |lists, depth| self.examine(lists, &chain, (depth, false));
        if let Err(error) = ask(new, RevocationCheckDepth::Chain)
            && is_about_list(&error)
        {
            return Err(CrlError::Foreign {
                path: path.to_owned(),
                reason: error.to_string(),
            });
        }
        let covers = |lists: &Lists| lists.iter().any(|list| issued(list, leaf));
        if covers(old) && !covers(new) {
            return Err(CrlError::Uncovered(path.to_owned()));
        }
        Ok(())
    }

    /// Follows the file until `stop`. `own` gives our certificates; `stale` is told whether the file
    /// as it is now had to be refused.
    pub async fn follow(
        &self,
        own: impl Fn() -> Vec<Credentials>,
        stale: impl Fn(bool),
        stop: CancellationToken,
    ) {
        let Some(path) = &self.path else { return };
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut seen, mut read) = (Stamp::of(path), None);
        let mut refused_for = None;
        stale(false);
        while stop.run_until_cancelled(looks.tick()).await.is_some() {
            let now = Stamp::of(path);
            let moving = std::mem::replace(&mut seen, now) != now;
            refused_for = refused_for.map(|count: u32| count + 1);
            let retry = refused_for.is_some_and(|count| count >= LOOKS_UNTIL_RETRY);
            if moving || (read == Some(now) && !retry) {
                continue;
            }
            let is_first = read.replace(now) != Some(now);
            match self.reload(&own()) {
                Ok(()) => {
                    refused_for = None;
                    tracing::info!(path = %path.display(), lists = self.lists.load().len(), "revocation lists in force");
                }
                Err(error) => {
                    refused_for = Some(0);
                    if is_first {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(error, "crl_stale: keeping the last good revocation lists");
                    }
                }
            }
            stale(refused_for.is_some());
        }
    }

    /// Follows one peer from before its handshake; see [`Newcomer::peer`].
    #[must_use]
    pub fn newcomer(self: &Arc<Self>) -> Newcomer {
        Newcomer(self.path.as_ref().map(|_| (self.clone(), self.epoch.subscribe())))
    }
}

/// Somebody whose handshake is under way: changes of the lists are noticed from now on.
#[derive(Debug)]
pub struct Newcomer(Option<(Arc<Revocations>, watch::Receiver<u64>)>);

impl Newcomer {
    /// The peer, once its chain has been verified against these roots.
    #[must_use]
    pub fn peer(self, chain: Option<&[CertificateDer<'_>]>, roots: &Arc<RootCertStore>, side: Side) -> Peer {
        Peer(self.0.map(|(revocations, changes)| {
            Verified {
                chain: chain
                    .unwrap_or_default()
                    .iter()
                    .map(|one| one.clone().into_owned())
                    .collect(),
                roots: roots.clone(),
                side,
                since: UnixTime::now(),
                revocations,
                changes,
            }
        }))
    }
}

/// The other end of a tunnel that is up.
#[derive(Debug)]
pub struct Peer(Option<Verified>);

#[derive(Debug)]
struct Verified {
    chain: Vec<CertificateDer<'static>>,
    roots: Arc<RootCertStore>,
    side: Side,
    since: UnixTime,
    revocations: Arc<Revocations>,
    changes: watch::Receiver<u64>,
}

impl Peer {
    /// Completes when a change of the lists has revoked the peer.
    pub async fn revoked(&mut self) {
        let Some(verified) = &mut self.0 else {
            return std::future::pending().await;
        };
        while verified.changes.changed().await.is_ok() {
            if !verified.is_good() {
                return;
            }
        }
        std::future::pending::<()>().await;
    }
}

impl Verified {
    /// As at the time of the handshake: the ends of certificates are somebody else's business.
    fn is_good(&self) -> bool {
        let Some((leaf, intermediates)) = self.chain.split_first() else {
            return false;
        };
        let chain = Chain {
            leaf,
            intermediates,
            roots: &self.roots,
            side: self.side,
            now: self.since,
        };
        self.revocations.check(&chain).is_ok()
    }
}

/// Whether an error of TLS says that the peer's certificate is revoked, or may be.
#[must_use]
pub fn is_revocation(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    matches!(
        inner,
        Some(Error::InvalidCertificate(
            CertificateError::Revoked
                | CertificateError::UnknownRevocationStatus
                | CertificateError::ExpiredRevocationList
                | CertificateError::ExpiredRevocationListContext { .. }
        ))
    )
}

fn refusal(error: webpki::Error) -> Error {
    let reason = match error {
        webpki::Error::CertRevoked => CertificateError::Revoked,
        webpki::Error::UnknownRevocationStatus => CertificateError::UnknownRevocationStatus,
        webpki::Error::CrlExpired { .. } => CertificateError::ExpiredRevocationList,
        other => return PeerError::Revocation(other.to_string()).into(),
    };
    Error::InvalidCertificate(reason)
}

/// Whether the list, and not the certificate, is at fault.
fn is_about_list(error: &webpki::Error) -> bool {
    use webpki::Error as E;
    !matches!(
        error,
        E::CertRevoked | E::CertExpired { .. } | E::CertNotValidYet { .. } | E::UnknownIssuer
    )
}

fn issued(list: &CertRevocationList<'_>, leaf: &CertificateDer<'_>) -> bool {
    EndEntityCert::try_from(leaf).is_ok_and(|leaf| leaf.issuer() == list.issuer())
}

/// All lists of a file; a missing file, like an empty one, holds none.
fn read(path: &Path) -> Result<Lists, CrlError> {
    let failed = |source| CrlError::Read {
        path: path.to_owned(),
        source,
    };
    let file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lists::new()),
        opened => opened.map_err(failed)?,
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(CrlError::TooLarge(path.to_owned()));
    }
    parse(&bytes).map_err(|reason| CrlError::Malformed {
        path: path.to_owned(),
        reason,
    })
}

/// PEM with any number of lists, or one list as DER.
fn parse(bytes: &[u8]) -> Result<Lists, String> {
    let text = bytes.trim_ascii();
    if text.is_empty() {
        return Ok(Lists::new());
    }
    let owned = |der: &[u8]| {
        OwnedCertRevocationList::from_der(der)
            .map(CertRevocationList::from)
            .map_err(|error| error.to_string())
    };
    if !text.windows(10).any(|part| part == b"-----BEGIN") {
        return Ok(vec![owned(bytes)?]);
    }
    if !text.ends_with(PEM_END) {
        return Err("it does not end with a whole list".to_owned());
    }
    let lists = CertificateRevocationListDer::pem_slice_iter(text)
        .map(|block| owned(&block.map_err(|error| error.to_string())?))
        .collect::<Result<Lists, String>>()?;
    if lists.is_empty() {
        return Err("it holds no list".to_owned());
    }
    Ok(lists)
}

/// What tells one state of a file from another, through links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp(Option<[i64; 6]>);

impl Stamp {
    fn of(path: &Path) -> Self {
        let of = |file: Metadata| {
            [
                file.dev().cast_signed(),
                file.ino().cast_signed(),
                file.size().cast_signed(),
                file.mtime(),
                file.mtime_nsec() ^ (file.ctime_nsec() << 32),
                file.ctime(),
            ]
        };
        Self(fs::metadata(path).ok().map(of))
    }
}
