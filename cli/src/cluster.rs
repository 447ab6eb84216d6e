//! The cluster as commands use it: find it, read, list, apply, delete, forward a port.
//!
//! Objects are JSON values on purpose: commands touch kinds this program has no types for, and print
//! and compare what the server really has. One code path serves every cluster; the sandbox is one too.

pub mod discovery;
pub mod exec;
pub mod forward;
mod planes;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A connection to one cluster.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    url: Arc<str>,
    default_namespace: Arc<str>,
    /// The certificates that its API is trusted by, in DER.
    authorities: Arc<[Vec<u8>]>,
    limit: Option<Duration>,
    resources: Arc<discovery::Resources>,
}

/// How an object is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// Dependents first, then the object.
    Foreground,
    /// The object first, dependents after.
    Background,
}

impl Cluster {
    /// Finds the cluster (flag, `KUBECONFIG`, home, in-cluster) and prepares a client. No request yet.
    ///
    /// # Errors
    /// No kubeconfig, a broken one, or a bad flag value.
    pub fn connect(context: &Context) -> impl Future<Output = Result<Self, Failure>> + Send + '_ {
        Box::pin(Self::open(context))
    }

    async fn open(context: &Context) -> Result<Self, Failure> {
        let limit = context.request_timeout()?;
        let mut config = find_config(context).await?;
        config.connect_timeout = Some(
            limit
                .unwrap_or(Duration::from_secs(30))
                .min(Duration::from_secs(10)),
        );
        if let Some(user) = &context.globals.impersonate {
            config.auth_info.impersonate = Some(user.clone());
            if !context.globals.as_group.is_empty() {
                config.auth_info.impersonate_groups = Some(context.globals.as_group.clone());
            }
        }
        let url = config.cluster_url.to_string();
        let default_namespace = config.default_namespace.clone();
        let authorities = config.root_cert.clone().unwrap_or_default();
        let client = Client::try_from(config).map_err(|error| {
            Failure::new("cannot prepare a client for the cluster")
                .caused_by(&error)
                .hint("check the certificates and the user of the kubeconfig's current context")
        })?;
        Ok(Self {
            client,
            url: url.trim_end_matches('/').into(),
            default_namespace: default_namespace.into(),
            authorities: authorities.into(),
            limit,
            resources: Arc::default(),
        })
    }

    /// The namespace of the context.
    #[must_use]
    pub fn default_namespace(&self) -> &str {
        &self.default_namespace
    }

    /// The certificates that the API is trusted by, in PEM; empty where the system's are.
    #[must_use]
    pub fn authorities(&self) -> String {
        let form = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        let text = |der: &Vec<u8>| pem::encode_config(&pem::Pem::new("CERTIFICATE", der.as_slice()), form);
        self.authorities.iter().map(text).collect()
    }

    /// The API's address, for messages.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends one request; `None` is "not found". `doing` names the operation in an error.
    ///
    /// # Errors
    /// The API is unreachable, refuses, or answers nonsense.
    pub async fn request(
        &self,
        doing: &str,
        request: http::Request<Vec<u8>>,
    ) -> Result<Option<Value>, Failure> {
        let answer = Box::pin(self.client.request::<Value>(request));
        let answered = match self.limit {
            Some(limit) => tokio::time::timeout(limit, answer).await.map_err(|_| {
                Failure::timed_out(doing.to_owned())
                    .because(format!("no answer from {} within {limit:?}", self.url))
                    .hint("raise --kubeclient-timeout if the API is merely slow")
            })?,
            None => answer.await,
        };
        match answered {
            Ok(value) => Ok(Some(value)),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(self.explain(doing, &error)),
        }
    }

    /// Reads one object or list by its API path.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub async fn get(&self, path: &str) -> Result<Option<Value>, Failure> {
        self.request(&format!("cannot read `{path}`"), bare("GET", path)?)
            .await
    }

    /// The items of a list; an unknown kind has none.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let mut answer = self.get(path).await?.unwrap_or_default();
        match answer.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Ok(Vec::new()),
        }
    }

    /// Sends a body to a path.
    ///
    /// # Errors
    /// As [`Self::request`]; "not found" is an error here.
    pub async fn send(
        &self,
        doing: &str,
        method: &str,
        path: &str,
        (content_type, body): (&str, &Value),
    ) -> Result<Value, Failure> {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::CONTENT_TYPE, content_type)
            .body(body.to_string().into_bytes())
            .map_err(|error| Failure::new(doing).caused_by(&error))?;
        let answer = self.request(doing, request).await?;
        answer.ok_or_else(|| Failure::new(doing).because(format!("`{path}` is not known to the API")))
    }

    /// Deletes an object; `false` if it was gone already.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub async fn delete(&self, path: &str, how: Deletion) -> Result<bool, Failure> {
        let policy = match how {
            Deletion::Foreground => "Foreground",
            Deletion::Background => "Background",
        };
        let separator = if path.contains('?') { '&' } else { '?' };
        let request = bare("DELETE", &format!("{path}{separator}propagationPolicy={policy}"))?;
        Ok(self
            .request(&format!("cannot delete `{path}`"), request)
            .await?
            .is_some())
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// What an API error means to the operator.
    pub(crate) fn explain(&self, doing: &str, error: &kube::Error) -> Failure {
        match error {
            kube::Error::Api(status) => {
                let failure = Failure::new(doing).because(&status.message);
                match status.code {
                    401 => failure.hint("the API does not know this user: check the context, or log in again"),
                    403 => failure.hint("the verb and resource named above are missing from your role; check with `kubectl auth can-i`"),
                    409 => failure.hint("another field manager owns a field: see the conflict above"),
                    _ => failure,
                }
            }
            kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => Failure::new(doing)
                .caused_by(error)
                .hint(format!("is {} really a Kubernetes API?", self.url)),
            _ => Failure::new(format!("cannot reach the cluster at {}", self.url))
                .caused_by(error)
                .hint("check that it runs and that the kubeconfig is for it; `meshctl sandbox status` shows a sandbox"),
        }
    }
}

fn bare(method: &str, path: &str) -> Result<http::Request<Vec<u8>>, Failure> {
    http::Request::builder()
        .method(method)
        .uri(path)
        .body(Vec::new())
        .map_err(|error| Failure::new(format!("cannot ask for `{path}`")).caused_by(&error))
}

/// The kubeconfigs that count: the named one, those of the environment that exist, or that of the home.
fn kubeconfigs(context: &Context) -> Vec<PathBuf> {
    let environment = &context.environment;
    match (&context.globals.kubeconfig, &environment.kubeconfig) {
        (Some(named), _) => vec![named.clone()],
        (None, Some(listed)) => listed.iter().filter(|path| path.exists()).cloned().collect(),
        (None, None) => {
            let home = environment.home.iter().map(|home| home.join(".kube/config"));
            home.filter(|path| path.exists()).collect()
        }
    }
}

/// Precedence of `spec/cli.md` 1.1. A named file must exist; `KUBECONFIG` naming an absent one means in-cluster.
async fn find_config(context: &Context) -> Result<Config, Failure> {
    let environment = &context.environment;
    let files = kubeconfigs(context);
    if files.is_empty() {
        if environment.is_in_cluster {
            return Config::incluster()
                .map_err(|error| Failure::new("cannot use the pod's service account").caused_by(&error));
        }
        return Err(no_kubeconfig(context));
    }
    let kubeconfig = read_kubeconfigs(&files)?;
    let options = KubeConfigOptions {
        context: context.globals.context.clone(),
        ..Default::default()
    };
    Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| {
            Failure::new(format!("cannot use kubeconfig `{}`", files[0].display()))
                .caused_by(&error)
                .hint("`kubectl config get-contexts` lists the contexts it has")
        })
}

/// The contexts that can be named; none if nothing can be read.
#[must_use]
pub fn context_names(context: &Context) -> Vec<String> {
    let files = kubeconfigs(context);
    let merged = read_kubeconfigs(&files).unwrap_or_default();
    merged.contexts.into_iter().map(|one| one.name).collect()
}

fn no_kubeconfig(context: &Context) -> Failure {
    let looked = match &context.environment.kubeconfig {
        Some(listed) => listed
            .iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
            .join(", "),
        None => "~/.kube/config".to_owned(),
    };
    Failure::new("no cluster to talk to")
        .because(format!("no kubeconfig at {looked}, and this is not a pod"))
        .hint("pass --kubeconfig, or start a sandbox: meshctl sandbox up && eval \"$(meshctl sandbox env)\"")
}

fn read_kubeconfigs(files: &[PathBuf]) -> Result<Kubeconfig, Failure> {
    let mut merged = Kubeconfig::default();
    for path in files {
        let broken = |error: kube::config::KubeconfigError| Failure {
            exit: Exit::Error,
            ..Failure::new(format!("cannot read kubeconfig `{}`", path.display()))
                .caused_by(&error)
                .hint("it must be a kubeconfig in YAML; `kubectl config view` shows what is read")
        };
        merged = merged
            .merge(Kubeconfig::read_from(path).map_err(broken)?)
            .map_err(broken)?;
    }
    Ok(merged)
}
