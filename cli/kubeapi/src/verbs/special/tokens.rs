//! `TokenRequest`: tokens of service accounts.

use ::http::Response;
use serde_json::{Value, json};

use crate::api::{Api, Call};
use crate::auth::token::{Binding, Claims, ISSUER, Reference};
use crate::http::{self as wire, Body};
use crate::object;
use crate::status::{ApiError, FieldError, Subject};
use crate::store::Key;
use crate::verbs::{decode, existing};

const REQUEST: Subject<'static> = Subject {
    group: "authentication.k8s.io",
    resource: "TokenRequest",
};
const DEFAULT_SECONDS: i64 = 3600;
const MIN_SECONDS: i64 = 600;
const MAX_SECONDS: i64 = 1 << 32;

/// POST to `serviceaccounts/NAME/token`.
pub(super) fn create(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    let mut request = decode(call)?;
    let account = api.store.write(|tx| existing(tx, call))?;
    let seconds = object::int(&request, &["spec", "expirationSeconds"]).unwrap_or(DEFAULT_SECONDS);
    if !(MIN_SECONDS..=MAX_SECONDS).contains(&seconds) {
        let why = "may not specify a duration less than 10 minutes or larger than 2^32 seconds";
        let error = FieldError::invalid("spec.expirationSeconds", &seconds.into(), why);
        return Err(ApiError::invalid(REQUEST, "", &[error]));
    }
    let mut audiences: Vec<String> = object::list(&request, &["spec", "audiences"])
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if audiences.is_empty() {
        audiences.push(ISSUER.to_owned());
    }
    let now = jiff::Timestamp::now().as_second();
    let claims = Claims {
        aud: audiences.clone(),
        exp: now + seconds,
        iat: now,
        iss: ISSUER.to_owned(),
        jti: object::new_uid(),
        binding: binding(api, call, &account, &request)?,
        nbf: now,
        sub: format!("system:serviceaccount:{}:{}", call.namespace(), call.name()),
    };
    let token = api
        .signer
        .sign(&claims)
        .map_err(|_| ApiError::internal("cannot sign the token"))?;
    let expires = jiff::Timestamp::from_second(claims.exp).unwrap_or(jiff::Timestamp::MAX);
    object::set(&mut request, &["spec", "audiences"], audiences);
    object::set(&mut request, &["spec", "expirationSeconds"], seconds);
    let answer = json!({
        "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
        "metadata": { "name": call.name(), "namespace": call.namespace(), "creationTimestamp": object::now() },
        "spec": request["spec"],
        "status": { "token": token, "expirationTimestamp": object::timestamp(expires) },
    });
    Ok(wire::json(201, &answer))
}

/// What the token dies with: the account, and the pod, secret or node that was asked for.
fn binding(api: &Api, call: &Call, account: &Value, request: &Value) -> Result<Binding, ApiError> {
    let namespace = call.namespace();
    let mut binding = Binding {
        namespace: namespace.to_owned(),
        serviceaccount: reference(account),
        pod: None,
        node: None,
        secret: None,
    };
    let Some(bound) = object::at(request, &["spec", "boundObjectRef"]) else {
        return Ok(binding);
    };
    let name = object::text(bound, &["name"]).unwrap_or_default();
    let kind = object::text(bound, &["kind"]).unwrap_or_default();
    let (collection, home) = match kind {
        "Pod" => ("pods", namespace),
        "Secret" => ("secrets", namespace),
        "Node" => ("nodes", ""),
        other => {
            let error = FieldError::unsupported(
                "spec.boundObjectRef.kind",
                &other.into(),
                &["Pod", "Secret", "Node"],
            );
            return Err(ApiError::invalid(REQUEST, name, &[error]));
        }
    };
    let subject = Subject {
        group: "",
        resource: collection,
    };
    let found = api
        .store
        .find(collection, &Key::new(home, name))
        .ok_or_else(|| ApiError::not_found(subject, name))?;
    let wanted = object::text(bound, &["uid"]).unwrap_or_default();
    if !wanted.is_empty() && wanted != object::uid(&found) {
        let why =
            format!("the UID in the bound object reference ({wanted}) does not match the UID in record");
        return Err(ApiError::conflict(subject, name, &why));
    }
    let this = Some(reference(&found));
    match kind {
        "Pod" => {
            if object::text(&found, &["spec", "serviceAccountName"]) != Some(call.name()) {
                return Err(ApiError::bad_request(format!(
                    "cannot bind token for serviceaccount \"{}\" to pod running with different serviceaccount name.",
                    call.name()
                )));
            }
            let node = object::text(&found, &["spec", "nodeName"]).unwrap_or_default();
            binding.node = api
                .store
                .find("nodes", &Key::new("", node))
                .map(|node| reference(&node));
            binding.pod = this;
        }
        "Secret" => binding.secret = this,
        _ => binding.node = this,
    }
    Ok(binding)
}

fn reference(object: &Value) -> Reference {
    Reference {
        name: object::name(object).to_owned(),
        uid: object::uid(object).to_owned(),
    }
}
