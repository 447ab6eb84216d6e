//! Request bodies: bounded, and JSON, YAML or (where the decoder knows the kind) protobuf.

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::Value;

use crate::protobuf::{self, ProtobufError};
use crate::status::ApiError;

/// The limit of a real server, etcd's default included.
const LIMIT: usize = 3 * 1024 * 1024;

/// How long a body may take to arrive.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(30);

/// The media type without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let value = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

/// Reads the whole body.
pub(crate) async fn read(body: Incoming) -> Result<Bytes, ApiError> {
    let collected = tokio::time::timeout(DEADLINE, Limited::new(body, LIMIT).collect()).await;
    let collected =
        collected.map_err(|_| ApiError::bad_request("the request body did not arrive in time"))?;
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(ApiError::too_large(LIMIT)),
        Err(error) => Err(ApiError::bad_request(format!(
            "cannot read the request body: {error}"
        ))),
    }
}

/// Decodes an object of a write.
pub(crate) fn decode(media_type: &str, bytes: &Bytes) -> Result<Value, ApiError> {
    match media_type {
        "" | "application/json" | "*/*" => json(bytes),
        "application/yaml" | "text/yaml" | "application/x-yaml" => yaml(bytes),
        protobuf::MEDIA_TYPE => protobuf::decode(bytes).map_err(|error| match error {
            ProtobufError::UnknownKind { .. } => ApiError::unsupported_media_type(error.to_string()),
            ProtobufError::Malformed { .. } => ApiError::bad_request(error.to_string()),
        }),
        other => Err(ApiError::unsupported_media_type(format!(
            "the body of the request was in an unknown format - accepted media types include: application/json, \
             application/yaml, application/vnd.kubernetes.protobuf (got {other})"
        ))),
    }
}

/// JSON text.
pub(crate) fn json(bytes: &Bytes) -> Result<Value, ApiError> {
    serde_json::from_slice(bytes)
        .map_err(|error| ApiError::bad_request(format!("the object provided is not valid JSON: {error}")))
}

/// YAML text, of which JSON is a subset.
pub(crate) fn yaml(bytes: &Bytes) -> Result<Value, ApiError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ApiError::bad_request("the body is not UTF-8"))?;
    if text.trim_start().starts_with('{') {
        return json(bytes);
    }
    serde_saphyr::from_str(text)
        .map_err(|error| ApiError::bad_request(format!("the object provided is not valid YAML: {error}")))
}
