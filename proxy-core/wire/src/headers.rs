//! The headers of an HBONE CONNECT: `baggage`, `forwarded`, `traceparent`, `x-forwarded-network`
//! (hbone.md 3). (pure)
//!
//! They label telemetry and never feed policy (security.md I1, I7), so malformed ones are ignored.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue};

/// Describes a workload.
pub const BAGGAGE: HeaderName = HeaderName::from_static("baggage");
/// Names the original client, and the service it asked for.
pub const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
/// Ties logs of both ends together.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The source's network, on the inner CONNECT of double HBONE only.
pub const X_FORWARDED_NETWORK: HeaderName = HeaderName::from_static("x-forwarded-network");

/// More baggage than this is ignored (security.md I7).
pub const MAX_BAGGAGE: usize = 8 * 1024;
/// Longer values are cut.
pub const MAX_VALUE: usize = 64;

/// What a `baggage` header says about a workload. Empty is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baggage {
    /// The cluster's id.
    pub cluster: String,
    /// The namespace.
    pub namespace: String,
    /// What owns the workload, lower case: `deployment`, `cronjob`, `pod` or `job`.
    pub workload_type: String,
    /// The owner's name.
    pub workload_name: String,
    /// The canonical name.
    pub service_name: String,
    /// The canonical revision.
    pub service_version: String,
    /// The region.
    pub region: String,
    /// The zone.
    pub zone: String,
}

const WORKLOAD_KEYS: [(&str, &str); 4] = [
    ("k8s.deployment.name", "deployment"),
    ("k8s.cronjob.name", "cronjob"),
    ("k8s.pod.name", "pod"),
    ("k8s.job.name", "job"),
];

impl Baggage {
    /// The header's text: fixed order, absent values omitted, no escaping.
    #[must_use]
    pub fn to_text(&self) -> String {
        let workload_type = match self.workload_type.as_str() {
            "" => "deployment",
            other => other,
        };
        let workload_key = format!("k8s.{workload_type}.name");
        let entries = [
            ("k8s.cluster.name", &self.cluster),
            ("k8s.namespace.name", &self.namespace),
            (workload_key.as_str(), &self.workload_name),
            ("service.name", &self.service_name),
            ("service.version", &self.service_version),
            ("cloud.region", &self.region),
            ("cloud.availability_zone", &self.zone),
        ];
        let present = entries.iter().filter(|(_, value)| !value.is_empty());
        present
            .map(|(key, value)| format!("{key}={value}"))
            .collect::<Vec<_>>()
            .join(",")
    }

    /// The header, or none where nothing is known or the text is no legal header value.
    #[must_use]
    pub fn to_header(&self) -> Option<HeaderValue> {
        let text = self.to_text();
        if text.is_empty() {
            None
        } else {
            HeaderValue::from_str(&text).ok()
        }
    }

    /// Reads every `baggage` line; what cannot be read is ignored.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let mut baggage = Self::default();
        let lines = headers.get_all(&BAGGAGE);
        if lines.iter().map(HeaderValue::len).sum::<usize>() > MAX_BAGGAGE {
            return baggage;
        }
        for line in lines.iter().filter_map(|line| line.to_str().ok()) {
            line.split(',')
                .filter_map(|entry| entry.split_once('='))
                .for_each(|(key, value)| {
                    baggage.set(key.trim(), bounded(value.trim()));
                });
        }
        baggage
    }

    fn set(&mut self, key: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let field = match key {
            "k8s.cluster.name" => &mut self.cluster,
            "k8s.namespace.name" => &mut self.namespace,
            "service.name" => &mut self.service_name,
            "service.version" => &mut self.service_version,
            "cloud.region" => &mut self.region,
            "cloud.availability_zone" => &mut self.zone,
            _ => {
                if let Some((_, kind)) = WORKLOAD_KEYS.iter().find(|(known, _)| *known == key) {
                    (*kind).clone_into(&mut self.workload_type);
                    value.clone_into(&mut self.workload_name);
                }
                return;
            }
        };
        value.clone_into(field);
    }
}

fn bounded(value: &str) -> &str {
    let mut end = value.len().min(MAX_VALUE);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}

/// What a `forwarded` header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// The original client.
    pub client: SocketAddr,
    /// The service that the client addressed, if it did.
    pub host: Option<String>,
}

impl Forwarded {
    /// The header's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        match &self.host {
            Some(host) => format!("for=\"{}\";host={host}", self.client),
            None => format!("for=\"{}\"", self.client),
        }
    }

    /// The header, or none where the host is no legal header value.
    #[must_use]
    pub fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.to_text()).ok()
    }
}

/// The `host` of a `forwarded` header, if there is a readable one.
#[must_use]
pub fn forwarded_host(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(&FORWARDED)?.to_str().ok()?;
    let pairs = text.split([';', ',']).filter_map(|pair| pair.split_once('='));
    let mut hosts = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case("host"));
    let host = hosts.next()?.1.trim().trim_matches('"');
    (!host.is_empty()).then_some(host)
}

/// A `traceparent` of the two ids; a connection draws them at random.
#[must_use]
pub fn traceparent(trace: u128, span: u64) -> String {
    format!("00-{trace:032x}-{span:016x}-00")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(baggage: &[&str]) -> HeaderMap {
        baggage
            .iter()
            .map(|line| (BAGGAGE, HeaderValue::from_bytes(line.as_bytes()).unwrap()))
            .collect()
    }

    #[test]
    fn baggage_has_the_fixed_order_and_omits_what_is_empty() {
        // hbone C17
        let text = "k8s.cluster.name=east,k8s.namespace.name=shop,k8s.pod.name=client,service.name=client,service.version=v1";
        let baggage = Baggage::from_headers(&headers(&[text]));
        assert_eq!(baggage.workload_type, "pod");
        assert_eq!(baggage.to_text(), text);
        assert_eq!(Baggage::default().to_header(), None);
    }

    #[test]
    fn baggage_of_several_lines_is_one() {
        let baggage = Baggage::from_headers(&headers(&[
            "service.name=a,x=y",
            "cloud.region=r,junk,service.version=",
        ]));
        let expected = Baggage {
            service_name: "a".into(),
            region: "r".into(),
            ..Baggage::default()
        };
        assert_eq!(baggage, expected);
    }

    #[test]
    fn endless_baggage_is_ignored_and_long_values_are_cut() {
        let long = format!("service.name={}", "a".repeat(100));
        assert_eq!(
            Baggage::from_headers(&headers(&[&long])).service_name.len(),
            MAX_VALUE
        );
        let endless = long.repeat(100);
        assert_eq!(Baggage::from_headers(&headers(&[&endless])), Baggage::default());
    }

    #[test]
    fn forwarded_names_the_client_and_the_service() {
        let client = "[::1]:1234".parse().unwrap();
        assert_eq!(Forwarded { client, host: None }.to_text(), "for=\"[::1]:1234\"");
        let forwarded = Forwarded {
            client,
            host: Some("a.b.svc".into()),
        };
        assert_eq!(forwarded.to_text(), "for=\"[::1]:1234\";host=a.b.svc");
        let headers: HeaderMap = [(FORWARDED, forwarded.to_header().unwrap())]
            .into_iter()
            .collect();
        assert_eq!(forwarded_host(&headers), Some("a.b.svc"));
    }

    #[test]
    fn traceparent_is_padded() {
        assert_eq!(
            traceparent(1, 2),
            "00-00000000000000000000000000000001-0000000000000002-00"
        );
    }

    proptest! {
        #[test]
        fn no_header_panics(text in proptest::collection::vec(32u8..=126, 0..200)) {
            let value = HeaderValue::from_bytes(&text).unwrap();
            let headers: HeaderMap = [(BAGGAGE, value.clone()), (FORWARDED, value)].into_iter().collect();
            let _ = Baggage::from_headers(&headers);
            let _ = forwarded_host(&headers);
        }
    }
}
