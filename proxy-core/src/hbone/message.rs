//! Header lists as requests and answers (pure): RFC 9113 §8.

use http::header::{CONNECTION, TE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::hbone::hpack::Encoder;

/// What a caller asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The authority; empty if there is none, or none that we serve.
    pub authority: String,
    /// The other headers.
    pub headers: HeaderMap,
}

/// What a server says to it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The other headers.
    pub headers: HeaderMap,
}

/// A list that RFC 9113 §8.1.1 calls malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// A list while it is read.
#[derive(Debug, Default)]
pub struct Fields {
    method: Option<Vec<u8>>,
    scheme: Option<Vec<u8>>,
    authority: Option<Vec<u8>>,
    path: Option<Vec<u8>>,
    protocol: Option<Vec<u8>>,
    status: Option<Vec<u8>>,
    headers: HeaderMap,
    has_regular: bool,
    is_malformed: bool,
}

impl Fields {
    /// The next field.
    pub fn add(&mut self, name: &[u8], value: &[u8]) {
        let added = match name {
            [b':', ..] => self.pseudo(name, value),
            _ => self.regular(name, value),
        };
        self.is_malformed |= added.is_none();
    }

    fn pseudo(&mut self, name: &[u8], value: &[u8]) -> Option<()> {
        let place = match name {
            b":method" => &mut self.method,
            b":scheme" => &mut self.scheme,
            b":authority" => &mut self.authority,
            b":path" => &mut self.path,
            b":protocol" => &mut self.protocol,
            b":status" => &mut self.status,
            _ => return None,
        };
        // once, and before all others
        (!self.has_regular && place.replace(value.to_vec()).is_none()).then_some(())
    }

    fn regular(&mut self, name: &[u8], value: &[u8]) -> Option<()> {
        const OF_ONE_HOP: [HeaderName; 5] = [
            CONNECTION,
            TRANSFER_ENCODING,
            UPGRADE,
            HeaderName::from_static("keep-alive"),
            HeaderName::from_static("proxy-connection"),
        ];
        self.has_regular = true;
        let name = HeaderName::from_lowercase(name).ok()?;
        let is_bad = OF_ONE_HOP.contains(&name) || (name == TE && value != b"trailers");
        let value = HeaderValue::from_bytes(value).ok().filter(|_| !is_bad)?;
        self.headers.try_append(name, value).ok()?;
        Some(())
    }

    /// The list as a request. Forms of CONNECT that we do not serve have no authority.
    pub fn request(self) -> Result<Request, Malformed> {
        let method = self.method.ok_or(Malformed)?;
        let method = Method::from_bytes(&method).map_err(|_| Malformed)?;
        let is_plain_connect = method == Method::CONNECT && self.protocol.is_none();
        let is_whole = if is_plain_connect {
            self.scheme.is_none() && self.path.is_none()
        } else {
            self.scheme.is_some() && self.path.is_some_and(|path| !path.is_empty())
        };
        if self.is_malformed || self.status.is_some() || !is_whole {
            return Err(Malformed);
        }
        let authority = self.authority.filter(|_| self.protocol.is_none());
        Ok(Request {
            method,
            authority: String::from_utf8(authority.unwrap_or_default()).map_err(|_| Malformed)?,
            headers: self.headers,
        })
    }

    /// The list as an answer.
    pub fn answer(self) -> Result<Answer, Malformed> {
        let status = self.status.ok_or(Malformed)?;
        let status = StatusCode::from_bytes(&status).map_err(|_| Malformed)?;
        let asks = [
            &self.method,
            &self.scheme,
            &self.authority,
            &self.path,
            &self.protocol,
        ];
        if self.is_malformed || asks.iter().any(|part| part.is_some()) {
            return Err(Malformed);
        }
        Ok(Answer {
            status,
            headers: self.headers,
        })
    }

    /// Whether the list may end a stream.
    #[must_use]
    pub fn is_trailer(&self) -> bool {
        let parts = [
            &self.method,
            &self.scheme,
            &self.authority,
            &self.path,
            &self.status,
        ];
        !self.is_malformed && parts.iter().all(|part| part.is_none())
    }
}

fn put_headers(encoder: &mut Encoder, headers: &HeaderMap) {
    for (name, value) in headers {
        encoder.literal(name.as_str().as_bytes(), value.as_bytes());
    }
}

/// Writes a CONNECT.
pub fn put_request(encoder: &mut Encoder, authority: &str, headers: &HeaderMap) {
    encoder.named(2, b"CONNECT");
    encoder.named(1, authority.as_bytes());
    put_headers(encoder, headers);
}

/// Writes an answer.
pub fn put_answer(encoder: &mut Encoder, status: StatusCode, headers: &HeaderMap) {
    match status {
        StatusCode::OK => encoder.indexed(8),
        StatusCode::BAD_REQUEST => encoder.indexed(12),
        other => encoder.named(8, other.as_str().as_bytes()),
    }
    put_headers(encoder, headers);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(list: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in list {
            fields.add(name.as_bytes(), value.as_bytes());
        }
        fields
    }

    const CONNECT: (&str, &str) = (":method", "CONNECT");
    const TO: (&str, &str) = (":authority", "10.0.0.1:80");

    #[test]
    fn requests_are_read_whatever_they_ask_for() {
        let read = fields(&[CONNECT, TO, ("baggage", "a=b")]).request().unwrap();
        assert_eq!(
            (read.method, read.authority.as_str()),
            (Method::CONNECT, "10.0.0.1:80")
        );
        assert_eq!(read.headers["baggage"], "a=b");
        assert_eq!(fields(&[CONNECT]).request().unwrap().authority, "");
        let get = [(":method", "GET"), (":scheme", "https"), (":path", "/"), TO];
        assert_eq!(fields(&get).request().unwrap().method, Method::GET);
        let extended = [
            CONNECT,
            (":protocol", "websocket"),
            (":scheme", "https"),
            (":path", "/"),
            TO,
        ];
        assert_eq!(fields(&extended).request().unwrap().authority, "", "not served");
    }

    #[test]
    fn security_7_malformed_lists_are_refused() {
        let cases: [&[(&str, &str)]; 16] = [
            &[TO],
            &[CONNECT, CONNECT, TO],
            &[CONNECT, TO, TO],
            &[CONNECT, TO, (":path", "/")],
            &[CONNECT, TO, (":scheme", "https")],
            &[CONNECT, TO, (":status", "200")],
            &[CONNECT, TO, (":unknown", "")],
            &[("a", "b"), CONNECT, TO],
            &[CONNECT, TO, ("Upper", "b")],
            &[CONNECT, TO, ("a b", "c")],
            &[CONNECT, TO, ("a", "b\r\nc: d")],
            &[CONNECT, TO, ("connection", "close")],
            &[CONNECT, TO, ("transfer-encoding", "chunked")],
            &[CONNECT, TO, ("te", "gzip")],
            &[(":method", "GET"), (":scheme", "https"), TO],
            &[(":method", "GET"), (":scheme", "https"), (":path", ""), TO],
        ];
        for case in cases {
            assert!(fields(case).request().is_err(), "{case:?}");
        }
        assert!(fields(&[(":status", "200"), (":path", "/")]).answer().is_err());
        assert!(fields(&[("a", "b")]).answer().is_err());
        assert!(fields(&[(":status", "9")]).answer().is_err());
        assert!(fields(&[("a", "b")]).is_trailer() && !fields(&[(":status", "200")]).is_trailer());
    }
}
