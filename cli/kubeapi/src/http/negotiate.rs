//! `Accept`: in which shape a client wants to see objects.

use crate::status::ApiError;

/// The shape of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The objects themselves.
    Full,
    /// Rows and columns.
    Table,
    /// Metadata only.
    Partial,
}

/// The first shape of `accept` that this server can produce.
pub(crate) fn shape(accept: Option<&str>) -> Result<Shape, ApiError> {
    let accept = accept
        .map(str::trim)
        .filter(|accept| !accept.is_empty())
        .unwrap_or("*/*");
    let known = accept.split(',').find_map(one).ok_or_else(|| {
        ApiError::not_acceptable(
            "only the following media types are accepted: application/json, application/json;stream=watch, \
             and as=Table or as=PartialObjectMetadata of meta.k8s.io/v1",
        )
    })?;
    Ok(known)
}

fn one(range: &str) -> Option<Shape> {
    let mut parts = range.split(';').map(str::trim);
    if !matches!(parts.next()?, "application/json" | "application/*" | "*/*") {
        return None;
    }
    let (mut shape, mut version) = (Shape::Full, "v1");
    for (key, value) in parts.filter_map(|part| part.split_once('=')) {
        match (key, value) {
            ("as", "Table") => shape = Shape::Table,
            ("as", "PartialObjectMetadata" | "PartialObjectMetadataList") => shape = Shape::Partial,
            ("as", _) => return None,
            ("v", value) => version = value,
            _ => {}
        }
    }
    // kubectl also names v1beta1; a client that asks for both lists v1 first
    (shape == Shape::Full || version == "v1").then_some(shape)
}

#[cfg(test)]
mod tests {
    use super::{Shape, shape};

    #[test]
    fn the_first_possible_shape_wins() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        assert_eq!(shape(Some(table)).unwrap(), Shape::Table);
        assert_eq!(
            shape(Some("application/vnd.kubernetes.protobuf, application/json")).unwrap(),
            Shape::Full
        );
        assert_eq!(shape(None).unwrap(), Shape::Full);
        let partial = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
        assert_eq!(shape(Some(partial)).unwrap(), Shape::Partial);
    }

    #[test]
    fn protobuf_alone_is_not_acceptable() {
        assert_eq!(
            shape(Some("application/vnd.kubernetes.protobuf"))
                .unwrap_err()
                .code,
            406
        );
    }
}
