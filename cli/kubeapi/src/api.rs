//! The server's shared parts, and the way of a request through them.

use std::sync::{Arc, Mutex, PoisonError};

use ::http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use bytes::Bytes;
use hyper::body::Incoming;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::webhooks::review::Progress;
use crate::apply::Writer;
use crate::auth::User;
use crate::auth::rbac::Attributes;
use crate::auth::token::Signer;
use crate::config::Config;
use crate::http::negotiate::{self, Shape};
use crate::http::query::Query;
use crate::http::route::{Route, Target};
use crate::http::{self as wire, Body, body};
use crate::resources::{Registry, Resource};
use crate::status::ApiError;
use crate::store::Store;
use crate::{discovery, verbs};

/// Everything a request may need.
pub(crate) struct Api {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) registry: Registry,
    pub(crate) signer: Signer,
    pub(crate) ca_pem: String,
    /// Wakes the garbage collector and the namespace controller.
    pub(crate) housekeeping: Notify,
    /// Lists whose later pages are still asked for.
    pub(crate) pages: verbs::pages::Pages,
    pub(crate) stop: CancellationToken,
    /// Connections that outlive their request: exec, port-forward.
    pub(crate) streams: TaskTracker,
}

/// One request about a resource, authenticated and authorized.
pub(crate) struct Call {
    pub(crate) user: User,
    pub(crate) resource: Arc<Resource>,
    pub(crate) target: Target,
    pub(crate) query: Query,
    pub(crate) shape: Shape,
    pub(crate) media_type: String,
    pub(crate) user_agent: String,
    pub(crate) body: Bytes,
    /// `dryRun=All`: nothing is kept.
    pub(crate) dry_run: bool,
    /// Where the write is between the passes that webhooks make of it.
    pub(crate) review: Progress,
    warnings: Mutex<Vec<String>>,
}

impl Call {
    /// Adds a `Warning:` header to the answer.
    pub(crate) fn warn(&self, text: impl Into<String>) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let text = text.into();
        // a write with webhooks has two passes
        if !warnings.contains(&text) {
            warnings.push(text);
        }
    }

    /// The object's name in the path.
    pub(crate) fn name(&self) -> &str {
        self.target.name.as_deref().unwrap_or_default()
    }

    /// The namespace in the path; empty for cluster-scoped resources.
    pub(crate) fn namespace(&self) -> &str {
        self.target.namespace.as_deref().unwrap_or_default()
    }

    /// Whether this is a server-side apply.
    pub(crate) fn is_apply(&self) -> bool {
        self.media_type == "application/apply-patch+yaml"
    }

    /// Who writes, for the books of field owners.
    pub(crate) fn writer<'a>(&'a self, manager: &'a str, api_version: &'a str, time: &'a str) -> Writer<'a> {
        Writer {
            manager,
            api_version,
            subresource: self.target.subresource.as_deref().unwrap_or_default(),
            time,
        }
    }

    /// Who is recorded as the manager of the written fields.
    pub(crate) fn manager(&self) -> String {
        let named = self
            .query
            .find("fieldManager")
            .filter(|manager| !manager.is_empty());
        named.map_or_else(
            || {
                self.user_agent
                    .split('/')
                    .next()
                    .filter(|agent| !agent.is_empty())
                    .unwrap_or("unknown")
                    .to_owned()
            },
            str::to_owned,
        )
    }
}

impl Api {
    /// Answers one request. Refusals become `Status` objects here and nowhere else.
    pub(crate) async fn answer(
        self: Arc<Self>,
        certificate: Option<Arc<User>>,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let user = self
            .authenticate(certificate.as_deref(), request.headers())
            .and_then(|user| self.impersonate(user, request.headers()));
        let answer = match user {
            Ok(user) => Box::pin(self.route(user, request)).await,
            Err(error) => Err(error),
        };
        answer.unwrap_or_else(|error| wire::refuse(&error))
    }

    async fn route(
        self: &Arc<Self>,
        user: User,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, ApiError> {
        match Route::parse(request.uri().path()) {
            Route::Path(path) => {
                let verb = if request.method() == Method::GET {
                    "get"
                } else {
                    "post"
                };
                let wanted = Attributes {
                    verb: verb.to_owned(),
                    path: Some(path.clone()),
                    ..Attributes::default()
                };
                self.authorize(&user, &wanted)?;
                discovery::answer(self, &path, &request)
            }
            Route::Resource(target) => Box::pin(self.resource(user, target, request)).await,
        }
    }

    async fn resource(
        self: &Arc<Self>,
        user: User,
        target: Target,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, ApiError> {
        let query = Query::parse(request.uri().query());
        let verb = verb(request.method(), &target, &query)?;
        self.authorize(&user, &attributes(&target, verb, &query))?;
        let resource = self
            .registry
            .find(&target.group, &target.version, &target.plural)
            .filter(|resource| fits(resource, &target))
            .ok_or_else(ApiError::no_such_path)?;
        check_verb(&resource, &target, verb)?;
        let text = |name| -> &str {
            request
                .headers()
                .get(name)
                .and_then(|v: &HeaderValue| v.to_str().ok())
                .unwrap_or("")
        };
        if verbs::streams::is_stream(&target) {
            return verbs::streams::answer(self, &resource, target, query, request).await;
        }
        let mut call = Call {
            user,
            resource,
            target,
            shape: negotiate::shape(Some(text(header::ACCEPT)))?,
            media_type: body::media_type(request.headers()).to_owned(),
            user_agent: text(header::USER_AGENT).to_owned(),
            body: Bytes::new(),
            dry_run: is_dry_run(&query)?,
            query,
            review: Progress::default(),
            warnings: Mutex::default(),
        };
        if let Some(warning) = call
            .resource
            .custom
            .as_ref()
            .and_then(|custom| custom.deprecation.as_ref())
        {
            call.warn(warning.clone());
        }
        call.body = body::read(request.into_body()).await?;
        let mut response = match verbs::perform(self, verb, &call).await {
            Ok(response) => response,
            Err(error) => wire::refuse(&error),
        };
        add_warnings(response.headers_mut(), &call.warnings);
        Ok(response)
    }
}

fn add_warnings(headers: &mut HeaderMap, warnings: &Mutex<Vec<String>>) {
    for warning in warnings.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
            headers.append(header::WARNING, value);
        }
    }
}

/// The API's verb for a method.
fn verb(method: &Method, target: &Target, query: &Query) -> Result<&'static str, ApiError> {
    let named = target.name.is_some();
    Ok(match *method {
        Method::GET | Method::HEAD if query.flag("watch") => "watch",
        Method::GET | Method::HEAD if named => "get",
        Method::GET | Method::HEAD => "list",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if named => "delete",
        Method::DELETE => "deletecollection",
        _ => return Err(ApiError::method_not_allowed("the requested resource")),
    })
}

fn is_dry_run(query: &Query) -> Result<bool, ApiError> {
    match query.all("dryRun").as_slice() {
        [] => Ok(false),
        ["All"] => Ok(true),
        _ => Err(ApiError::bad_request(
            "dryRun: Unsupported value: supported values: \"All\"",
        )),
    }
}

fn attributes(target: &Target, verb: &str, query: &Query) -> Attributes {
    // a namespace's own name counts as its namespace
    let namespace = match (&target.namespace, target.plural.as_str()) {
        (None, "namespaces") => target.name.clone(),
        (namespace, _) => namespace.clone(),
    };
    Attributes {
        verb: verb.to_owned(),
        group: target.group.clone(),
        version: target.version.clone(),
        resource: target.plural.clone(),
        subresource: target.subresource.clone().unwrap_or_default(),
        namespace: namespace.unwrap_or_default(),
        name: target
            .name
            .clone()
            .or_else(|| selected_name(query))
            .unwrap_or_default(),
        path: None,
    }
}

/// A list or watch of one name counts as access to that name.
fn selected_name(query: &Query) -> Option<String> {
    let mut terms = query.text("fieldSelector").split(',');
    let name = terms.find_map(|term| term.strip_prefix("metadata.name="))?;
    Some(name.trim_start_matches('=').to_owned())
}

/// Whether the path's scope is the resource's: an object of a namespaced resource needs a namespace.
fn fits(resource: &Resource, target: &Target) -> bool {
    let scoped = match (resource.namespaced, &target.namespace) {
        (true, None) => target.name.is_none(),
        (false, Some(_)) => false,
        _ => true,
    };
    let part = target
        .subresource
        .as_deref()
        .is_none_or(|name| resource.subresource(name).is_some());
    scoped && part
}

fn check_verb(resource: &Resource, target: &Target, verb: &str) -> Result<(), ApiError> {
    let (verbs, what) = match target
        .subresource
        .as_deref()
        .and_then(|name| resource.subresource(name))
    {
        Some(sub) => (&sub.verbs, format!("{}/{}", resource.plural, sub.name)),
        None => (&resource.verbs, resource.plural.clone()),
    };
    if verbs.iter().any(|allowed| allowed == verb) {
        Ok(())
    } else {
        Err(ApiError::method_not_allowed(&what))
    }
}
