//! What the wire looks like: routes, queries, bodies, negotiated shapes.

pub(crate) mod body;
pub(crate) mod negotiate;
pub(crate) mod query;
pub(crate) mod route;

use std::convert::Infallible;

use ::http::{Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use serde_json::Value;

use crate::status::ApiError;

/// Every answer's body: a whole document or a stream of lines.
pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A whole body.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed_unsync()
}

/// A JSON answer.
pub(crate) fn json(code: u16, value: &Value) -> Response<Body> {
    json_as(code, value, "application/json")
}

/// A JSON answer of a more exact content type.
pub(crate) fn json_as(code: u16, value: &Value, content_type: &'static str) -> Response<Body> {
    let mut response = Response::new(full(value.to_string()));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(content_type),
    );
    response
}

/// A JSON answer that is text already.
pub(crate) fn json_text(text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(full(text));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}

/// A plain text answer.
pub(crate) fn text(code: u16, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(full(text));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let value = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}

/// A refusal.
pub(crate) fn refuse(error: &ApiError) -> Response<Body> {
    let mut response = json(error.code, &error.status());
    let retry = error
        .details
        .as_ref()
        .and_then(|details| details.get("retryAfterSeconds"))
        .and_then(Value::as_u64);
    if let Some(seconds) = retry {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
