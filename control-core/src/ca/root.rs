//! Where the signing material comes from and how it is renewed (`control-plane.md` 15.1).
//!
//! A mounted directory wins over the Secret; a directory with some but not all files is an error, never
//! a silent self-signed root.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use mesh_wire::well_known::name;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use zeroize::{Zeroize, Zeroizing};

use super::material::{Material, MaterialError, Pem, renewed, self_signed};
use super::mounted::read_dir;

const SECRET_TYPE: &str = "istio.io/ca-root";
const POLL_FILES: Duration = Duration::from_secs(5);
const CREATE_RETRY: Duration = Duration::from_millis(250);
const CREATE_TRIES: u32 = 40;

/// Why there is no signing material.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Some files, not all.
    #[error("`{}` holds an incomplete CA: `{missing}` is missing", dir.display())]
    Incomplete {
        /// The directory.
        dir: PathBuf,
        /// The file that is not there.
        missing: &'static str,
    },
    /// The Secret cannot be read or written.
    #[error("cannot {verb} Secret `{namespace}/{name}`")]
    Secret {
        /// What was tried.
        verb: &'static str,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: &'static str,
        /// Why.
        #[source]
        source: Box<kube::Error>,
    },
    /// The Secret lacks a part.
    #[error("Secret `{namespace}/{name}` has no `{key}`")]
    SecretKey {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: &'static str,
        /// The key.
        key: &'static str,
    },
    /// What was found cannot be used.
    #[error("cannot use the signing material")]
    Material(#[from] MaterialError),
    /// Nobody's creation went through.
    #[error("gave up creating Secret `{0}`")]
    Contended(&'static str),
}

impl RootError {
    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Incomplete { .. } => Some(
                "put ca-cert.pem, ca-key.pem, root-cert.pem and cert-chain.pem into Secret `cacerts`, or none",
            ),
            Self::Secret { .. } => {
                Some("the control plane's account needs get, create and update on secrets")
            }
            Self::Material(error) => error.hint(),
            _ => None,
        }
    }
}

/// Seconds since the epoch.
#[must_use]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Settings of the self-signed root.
#[derive(Clone, Debug)]
pub struct RootSettings {
    /// `ROOT_CA_DIR`.
    pub dir: PathBuf,
    /// The system namespace.
    pub namespace: String,
    /// Its organisation.
    pub trust_domain: String,
    /// Its life in seconds.
    pub life: i64,
    /// How often it is looked at.
    pub check: Duration,
    /// Renewed when less than this part of its life is left, in percent.
    pub grace_percent: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Mounted,
    Stored,
}

/// The material in force. Readers follow [`Root::changes`].
pub struct Root {
    material: ArcSwap<Material>,
    pem: ArcSwap<Pem>,
    changes: watch::Sender<()>,
    source: Source,
    settings: RootSettings,
    client: Client,
}

impl std::fmt::Debug for Root {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Root")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Root {
    /// Loads what is mounted, else what is stored, else makes and stores a root.
    pub async fn load(client: Client, settings: RootSettings) -> Result<Self, RootError> {
        let (source, pem) = match read_dir(&settings.dir)? {
            Some(pem) => (Source::Mounted, pem),
            None => (Source::Stored, load_or_create(&client, &settings).await?),
        };
        let material = Material::check(&pem, now())?;
        Ok(Self {
            material: ArcSwap::from_pointee(material),
            pem: ArcSwap::from_pointee(pem),
            changes: watch::Sender::new(()),
            source,
            settings,
            client,
        })
    }

    /// The material in force.
    #[must_use]
    pub fn material(&self) -> Arc<Material> {
        self.material.load_full()
    }

    /// The revocations in force, as they are distributed; empty for none.
    #[must_use]
    pub fn crl(&self) -> String {
        self.pem.load().crl.clone()
    }

    /// Marked whenever the material changes.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Follows files or renews the stored root, until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        let every = match self.source {
            Source::Mounted => POLL_FILES,
            Source::Stored => self.settings.check,
        };
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep(every) => {}
            }
            let looked = match self.source {
                Source::Mounted => read_dir(&self.settings.dir),
                Source::Stored => self.renew().await,
            };
            match looked {
                Ok(Some(pem)) => self.adopt(pem),
                Ok(None) => {}
                Err(error) => {
                    warn!(%error, source = ?std::error::Error::source(&error), "keeping the CA in force");
                }
            }
        }
    }

    /// An unrelated root, or material that does not check, never replaces what is in force.
    fn adopt(&self, pem: Pem) {
        if pem == **self.pem.load() {
            return;
        }
        match Material::check(&pem, now()) {
            Ok(material) if self.material().is_continued_by(&material) => {
                info!(not_after = material.not_after(), "adopted new signing material");
                self.material.store(Arc::new(material));
                self.pem.store(Arc::new(pem));
                self.changes.send_replace(());
            }
            Ok(_) => warn!("refusing a root bundle that neither contains nor is contained in the old one"),
            Err(error) => warn!(%error, "refusing new signing material"),
        }
    }

    /// The stored texts after this look: renewed by us if due, put right if nobody could use them, else whatever is stored.
    async fn renew(&self) -> Result<Option<Pem>, RootError> {
        let api = secrets(&self.client, &self.settings);
        let Some(secret) = read_secret(&api, &self.settings).await? else {
            return Ok(None);
        };
        let stored = match from_secret(&secret, &self.settings).map(|pem| judge(pem, &self.settings)) {
            Ok(Ok(stored)) => stored,
            Ok(Err(error)) => return self.put_back(&api, secret, &error.into()).await,
            Err(error) => return self.put_back(&api, secret, &error).await,
        };
        match stored {
            Stored::Good(pem) => {
                wipe(secret);
                Ok(Some(pem))
            }
            Stored::Due(pem) => {
                let fresh = replace_due(&api, &self.settings, secret, &pem).await?;
                self.force(fresh)?;
                Ok(None)
            }
        }
    }

    /// What nobody could start with is overwritten by what is in force, so that a replica that starts finds it.
    async fn put_back(
        &self,
        api: &Api<Secret>,
        mut secret: Secret,
        flaw: &RootError,
    ) -> Result<Option<Pem>, RootError> {
        let held = self.pem.load_full();
        if Material::check(&held, now()).is_err() {
            wipe(secret);
            return Ok(None);
        }
        warn!(%flaw, "the stored signing material cannot be used; putting back what is in force");
        secret.data = Some(to_data(&held));
        store(api, &self.settings, secret).await?;
        Ok(None)
    }

    /// A renewed root has the same key and name, so leaves of both verify with either.
    fn force(&self, pem: Pem) -> Result<(), RootError> {
        self.material.store(Arc::new(Material::check(&pem, now())?));
        self.pem.store(Arc::new(pem));
        self.changes.send_replace(());
        Ok(())
    }
}

fn secrets(client: &Client, settings: &RootSettings) -> Api<Secret> {
    Api::namespaced(client.clone(), &settings.namespace)
}

fn secret_error(verb: &'static str, settings: &RootSettings, source: kube::Error) -> RootError {
    let namespace = settings.namespace.clone();
    RootError::Secret {
        verb,
        namespace,
        name: name::CA_SECRET,
        source: Box::new(source),
    }
}

async fn read_secret(api: &Api<Secret>, settings: &RootSettings) -> Result<Option<Secret>, RootError> {
    api.get_opt(name::CA_SECRET)
        .await
        .map_err(|source| secret_error("read", settings, source))
}

async fn load_or_create(client: &Client, settings: &RootSettings) -> Result<Pem, RootError> {
    let api = secrets(client, settings);
    for _ in 0..CREATE_TRIES {
        if let Some(secret) = read_secret(&api, settings).await? {
            let pem = match from_secret(&secret, settings) {
                Ok(pem) => pem,
                Err(error) => {
                    wipe(secret);
                    return Err(error);
                }
            };
            if !Material::has_ended(&pem, now()) {
                wipe(secret);
                return Ok(pem);
            }
            match replace_due(&api, settings, secret, &pem).await {
                // Another replica was first: what it stored is everybody's.
                Err(RootError::Secret { source, .. }) if is_conflict(&source) => sleep(CREATE_RETRY).await,
                renewed => return renewed,
            }
            continue;
        }
        let fresh = self_signed(&settings.trust_domain, now(), settings.life)?;
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(name::CA_SECRET.to_owned()),
                ..ObjectMeta::default()
            },
            type_: Some(SECRET_TYPE.to_owned()),
            data: Some(to_data(&fresh)),
            ..Secret::default()
        };
        let created = api.create(&PostParams::default(), &secret).await;
        wipe(secret);
        match created {
            Ok(stored) => {
                wipe(stored);
                return Ok(fresh);
            }
            // Another replica was first: its root is everybody's.
            Err(error) if is_conflict(&error) => sleep(CREATE_RETRY).await,
            Err(source) => return Err(secret_error("create", settings, source)),
        }
    }
    Err(RootError::Contended(name::CA_SECRET))
}

/// Stored texts that can be used.
enum Stored {
    Good(Pem),
    /// Its end is near, or has come.
    Due(Pem),
}

fn judge(pem: Pem, settings: &RootSettings) -> Result<Stored, MaterialError> {
    match Material::check(&pem, now()) {
        Ok(material) if material.is_due(now(), settings.grace_percent) => Ok(Stored::Due(pem)),
        Ok(_) => Ok(Stored::Good(pem)),
        Err(MaterialError::NotValidNow) if Material::has_ended(&pem, now()) => Ok(Stored::Due(pem)),
        Err(error) => Err(error),
    }
}

/// Stores another certificate of the same key. Guarded by the resource version just read: of two replicas one renews, the
/// other reloads.
async fn replace_due(
    api: &Api<Secret>,
    settings: &RootSettings,
    mut secret: Secret,
    due: &Pem,
) -> Result<Pem, RootError> {
    let fresh = renewed(due, &settings.trust_domain, now(), settings.life)?;
    secret.data = Some(to_data(&fresh));
    store(api, settings, secret).await?;
    info!("renewed the self-signed root with the same key");
    Ok(fresh)
}

async fn store(api: &Api<Secret>, settings: &RootSettings, secret: Secret) -> Result<(), RootError> {
    let replaced = api
        .replace(name::CA_SECRET, &PostParams::default(), &secret)
        .await;
    wipe(secret);
    wipe(replaced.map_err(|source| secret_error("update", settings, source))?);
    Ok(())
}

fn is_conflict(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 409)
}

/// A Secret that has been read holds the key: nothing of it stays in memory.
fn wipe(secret: Secret) {
    for mut value in secret.data.into_iter().flat_map(BTreeMap::into_values) {
        value.0.zeroize();
    }
}

fn to_data(pem: &Pem) -> BTreeMap<String, ByteString> {
    let rows = [
        ("ca-cert.pem", pem.cert.as_str()),
        ("ca-key.pem", pem.key.as_str()),
        ("root-cert.pem", pem.root.as_str()),
        ("cert-chain.pem", ""),
        ("key.pem", ""),
    ];
    rows.map(|(key, text)| (key.to_owned(), ByteString(text.as_bytes().to_vec())))
        .into()
}

fn from_secret(secret: &Secret, settings: &RootSettings) -> Result<Pem, RootError> {
    let find = |key: &str| {
        let bytes = &secret.data.as_ref()?.get(key)?.0;
        String::from_utf8(bytes.clone())
            .ok()
            .filter(|text| !text.is_empty())
    };
    let need = |key: &'static str| {
        let missing = || {
            let namespace = settings.namespace.clone();
            RootError::SecretKey {
                namespace,
                name: name::CA_SECRET,
                key,
            }
        };
        find(key).ok_or_else(missing)
    };
    let cert = need("ca-cert.pem")?;
    Ok(Pem {
        root: find("root-cert.pem").unwrap_or_else(|| cert.clone()),
        cert,
        key: Zeroizing::new(need("ca-key.pem")?),
        chain: find("cert-chain.pem").unwrap_or_default(),
        crl: String::new(),
    })
}
