//! A write that webhooks have a say in, in two passes.
//!
//! Webhooks are asked over the network and the store is changed under a lock, so the write is first tried without
//! effect: that gives the object as it would be stored. The webhooks see it, and the second pass stores what they
//! made of it, unless the object has changed meanwhile; then everything begins again.
//! Absent on purpose: reviews of `scale`, `binding`, `eviction`, `token` and of connections.

use std::sync::{Arc, Mutex, PoisonError};

use ::http::Response;
use futures::future::join_all;
use serde_json::{Value, json};

use super::send::{SendError, send};
use super::{Attributes, Change, Circumstances, MUTATING, VALIDATING, Webhook, review};
use crate::api::{Api, Call};
use crate::http::Body;
use crate::object;
use crate::patch;
use crate::status::ApiError;
use crate::store::Key;

/// How often a write begins again because its object changed meanwhile.
const ATTEMPTS: usize = 5;

/// Where a call is between its passes.
#[derive(Debug, Default)]
enum Pass {
    /// No webhook is concerned.
    #[default]
    Only,
    /// Nothing is stored; what would be is noted.
    First(Vec<Change>),
    /// What the webhooks made of it.
    Second { reviewed: Vec<Change>, is_stale: bool },
}

/// A call's part in its review.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<Pass>);

impl Progress {
    fn set(&self, pass: Pass) -> Pass {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), pass)
    }

    /// Notes what would be stored. `true` when this is the first pass, in which nothing is.
    pub(crate) fn note(&self, old: Option<&Value>, new: Option<&Value>) -> bool {
        let mut pass = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Pass::First(seen) = &mut *pass else {
            return false;
        };
        seen.push(Change {
            old: old.cloned(),
            new: new.cloned(),
        });
        true
    }

    /// Whether this is the pass without effect.
    pub(crate) fn is_first(&self) -> bool {
        matches!(
            *self.0.lock().unwrap_or_else(PoisonError::into_inner),
            Pass::First(_)
        )
    }

    /// In the second pass, the reviewed object in place of the written one.
    ///
    /// # Errors
    /// When what is there now is not what the webhooks saw.
    pub(crate) fn reviewed(&self, old: Option<&Value>, new: Value) -> Result<Value, ApiError> {
        let mut pass = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Pass::Second { reviewed, is_stale } = &mut *pass else {
            return Ok(new);
        };
        let version = |object: Option<&Value>| object.map(|object| object::version(object).to_owned());
        let key = |object: &Value| Key::of(object);
        let found = reviewed.iter().find(|change| match old {
            Some(old) => change.old.as_ref().is_some_and(|seen| key(seen) == key(old)),
            // a generated name is another one in each pass
            None => change.old.is_none(),
        });
        match found {
            Some(change) if version(change.old.as_ref()) == version(old) => {
                Ok(change.new.clone().unwrap_or(new))
            }
            _ => {
                *is_stale = true;
                Err(ApiError::internal("the object changed while webhooks were asked"))
            }
        }
    }
}

/// Performs a write, with the webhooks it concerns.
pub(crate) async fn perform(
    api: &Api,
    call: &Call,
    operation: &'static str,
    write: impl Fn() -> Result<Response<Body>, ApiError>,
) -> Result<Response<Body>, ApiError> {
    if !is_reviewed(api, call) {
        return write();
    }
    let mut outcome = Err(ApiError::internal("no attempt was made"));
    for _ in 0..ATTEMPTS {
        call.review.set(Pass::First(Vec::new()));
        drop(write()?);
        let Pass::First(mut seen) = call.review.set(Pass::Only) else {
            return Err(ApiError::internal("the review of this write was lost"));
        };
        for change in &mut seen {
            ask(api, call, operation, change).await?;
        }
        call.review.set(Pass::Second {
            reviewed: seen,
            is_stale: false,
        });
        outcome = write();
        if !matches!(call.review.set(Pass::Only), Pass::Second { is_stale: true, .. }) {
            break;
        }
    }
    outcome
}

/// Whether anything is configured at all; configurations themselves are never reviewed, lest nobody can mend one.
fn is_reviewed(api: &Api, call: &Call) -> bool {
    let collection = call.resource.collection.as_ref();
    api.config.webhooks
        && collection != MUTATING
        && collection != VALIDATING
        && [MUTATING, VALIDATING]
            .iter()
            .any(|kind| !api.store.list(kind, None).1.is_empty())
}

/// Everything that stays the same for one change.
struct Asking<'a> {
    api: &'a Api,
    call: &'a Call,
    write: Attributes,
    circumstances: Circumstances<'a>,
    namespace: Option<Arc<Value>>,
}

async fn ask(api: &Api, call: &Call, operation: &'static str, change: &mut Change) -> Result<(), ApiError> {
    let operation = match (&change.old, operation) {
        // an apply or a PUT of something new
        (None, _) => "CREATE",
        (_, operation) => operation,
    };
    let asking = Asking {
        api,
        call,
        write: attributes(api, call, operation),
        circumstances: Circumstances {
            user: &call.user,
            kind: &call.resource.kind,
            dry_run: call.dry_run,
            options: options(call, operation),
        },
        namespace: namespace(api, call, change),
    };
    asking.mutate(change).await?;
    asking.validate(change).await
}

fn attributes(api: &Api, call: &Call, operation: &'static str) -> Attributes {
    let resource = &call.resource;
    let mut versions = vec![resource.version.clone()];
    let others = api.registry.all();
    let others = others
        .iter()
        .filter(|one| one.collection == resource.collection && one.group == resource.group);
    versions.extend(
        others
            .map(|one| one.version.clone())
            .filter(|version| *version != resource.version),
    );
    Attributes {
        operation,
        group: resource.group.clone(),
        versions,
        resource: resource.plural.clone(),
        subresource: call.target.subresource.clone().unwrap_or_default(),
        namespaced: resource.namespaced,
    }
}

fn options(call: &Call, operation: &str) -> Value {
    let kind = match (operation, call.media_type.contains("patch")) {
        ("DELETE", _) => "DeleteOptions",
        (_, true) => "PatchOptions",
        ("CREATE", _) => "CreateOptions",
        _ => "UpdateOptions",
    };
    let mut options = json!({ "kind": kind, "apiVersion": "meta.k8s.io/v1" });
    if let Some(manager) = call.query.find("fieldManager") {
        options["fieldManager"] = manager.into();
    }
    if call.dry_run {
        options["dryRun"] = json!(["All"]);
    }
    options
}

/// Whose labels the namespace selector looks at; a namespace is its own, other cluster-scoped objects have none.
fn namespace(api: &Api, call: &Call, change: &Change) -> Option<Arc<Value>> {
    if call.resource.collection.as_ref() == "namespaces" {
        return Some(Arc::new(change.any().clone()));
    }
    let name = object::namespace(change.any());
    call.resource
        .namespaced
        .then(|| api.store.find("namespaces", &Key::new("", name)))
        .flatten()
}

impl Asking<'_> {
    /// The webhooks of a kind that this change concerns, with the version each wants.
    fn concerned(&self, kind: &str, change: &Change) -> Vec<(Webhook, String)> {
        let (_, configurations) = self.api.store.list(kind, None);
        let webhooks = configurations
            .iter()
            .flat_map(|configuration| object::list(configuration, &["webhooks"]))
            .map(|webhook| Webhook(webhook.clone()));
        webhooks
            .filter(|webhook| webhook.selects(change, self.namespace.as_deref()))
            .filter_map(|webhook| {
                let version = webhook.version(&self.write)?.to_owned();
                Some((webhook, version))
            })
            .collect()
    }

    /// One after the other, each sees what the one before it made; those that want to are asked a second time.
    async fn mutate(&self, change: &mut Change) -> Result<(), ApiError> {
        let mut again = Vec::new();
        for (webhook, version) in self.concerned(MUTATING, change) {
            if self.mutate_by(&webhook, &version, change).await? {
                // whoever was asked before has not seen this
                for (_, _, is_due) in &mut again {
                    *is_due = true;
                }
            }
            if webhook.is_asked_again() {
                again.push((webhook, version, false));
            }
        }
        for (webhook, version, _) in again.iter().filter(|(_, _, is_due)| *is_due) {
            self.mutate_by(webhook, version, change).await?;
        }
        Ok(())
    }

    async fn mutate_by(
        &self,
        webhook: &Webhook,
        version: &str,
        change: &mut Change,
    ) -> Result<bool, ApiError> {
        let Some(response) = self.call(webhook, version, change).await? else {
            return Ok(false);
        };
        let Some(encoded) = object::text(&response, &["patch"]).filter(|patch| !patch.is_empty()) else {
            return Ok(false);
        };
        let failed = |why: &str| failed(webhook, &format!("the patch of its answer: {why}"));
        if object::text(&response, &["patchType"]) != Some("JSONPatch") {
            return Err(failed("`patchType` is not JSONPatch"));
        }
        let bytes = crate::base64::decode(encoded).ok_or_else(|| failed("not base64"))?;
        let body: Value = serde_json::from_slice(&bytes).map_err(|error| failed(&error.to_string()))?;
        let Some(new) = change.new.take() else {
            return Err(failed("there is no object to patch"));
        };
        let before = new.clone();
        let after = patch::json::apply(new, &body).map_err(|error| failed(&error.to_string()))?;
        let is_same = Key::of(&after) == Key::of(&before) && after["kind"] == before["kind"];
        let is_changed = after != before;
        change.new = Some(after);
        if is_same {
            Ok(is_changed)
        } else {
            Err(failed("it makes another object of it"))
        }
    }

    /// All at once; the first objection in the order of their names is the answer.
    async fn validate(&self, change: &Change) -> Result<(), ApiError> {
        let concerned = self.concerned(VALIDATING, change);
        let calls = concerned
            .iter()
            .map(|(webhook, version)| self.call(webhook, version, change));
        join_all(calls)
            .await
            .into_iter()
            .try_for_each(|outcome| outcome.map(drop))
    }

    /// Asks one webhook. `None` when it could not be asked and does not mind.
    async fn call(
        &self,
        webhook: &Webhook,
        version: &str,
        change: &Change,
    ) -> Result<Option<Value>, ApiError> {
        if self.call.dry_run && !webhook.takes_dry_runs() {
            let name = webhook.name();
            return Err(ApiError::bad_request(format!(
                "admission webhook \"{name}\" does not support dry run"
            )));
        }
        match self.answer(webhook, version, change).await {
            Ok(response) => self.judge(webhook, response).map(Some),
            Err(why) if webhook.ignores_failure() => {
                tracing::warn!(
                    webhook = webhook.name(),
                    why,
                    "a webhook failed, which its policy ignores"
                );
                Ok(None)
            }
            Err(why) => Err(failed(webhook, &why)),
        }
    }

    async fn answer(&self, webhook: &Webhook, version: &str, change: &Change) -> Result<Value, String> {
        if webhook.has_conditions() {
            return Err("match conditions are not evaluated by this server".to_owned());
        }
        let uid = object::new_uid();
        let body = review(&uid, &self.write, version, &self.circumstances, change);
        let answer = send(self.api, webhook, &body).await.map_err(|error: SendError| {
            format!("failed to call webhook: {}", mesh_sys::program::chain(&error))
        })?;
        let response = answer.get("response").cloned().unwrap_or_default();
        if object::text(&response, &["uid"]) != Some(uid.as_str()) {
            return Err("expected response.uid to be that of the request".to_owned());
        }
        if response.get("allowed").and_then(Value::as_bool).is_none() {
            return Err("the answer does not say whether it is allowed".to_owned());
        }
        Ok(response)
    }

    fn judge(&self, webhook: &Webhook, response: Value) -> Result<Value, ApiError> {
        for warning in object::list(&response, &["warnings"])
            .iter()
            .filter_map(Value::as_str)
        {
            self.call.warn(warning);
        }
        if response["allowed"] == true {
            return Ok(response);
        }
        let status = |field: &str| {
            object::text(&response, &["status", field])
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let denied = format!("admission webhook \"{}\" denied the request", webhook.name());
        let message = match status("message").or_else(|| status("reason")) {
            Some(why) => format!("{denied}: {why}"),
            None => format!("{denied} without explanation"),
        };
        let code = object::int(&response, &["status", "code"]).and_then(|code| u16::try_from(code).ok());
        Err(ApiError::denied(
            code.filter(|code| (400..600).contains(code)).unwrap_or(400),
            &status("reason").unwrap_or_default(),
            message,
        ))
    }
}

fn failed(webhook: &Webhook, why: &str) -> ApiError {
    ApiError::internal(format!("failed calling webhook \"{}\": {why}", webhook.name()))
}
