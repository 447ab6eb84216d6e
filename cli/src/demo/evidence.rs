//! What the demo reads off answers and access logs. (pure)

use std::net::SocketAddr;

/// What one request showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// The client's own socket.
    pub(super) client: SocketAddr,
    /// The client's address as the server saw it.
    pub(super) server_saw: String,
}

impl Seen {
    /// Reads the output of `meshctl sandbox load fetch`: its own `local: ADDR` line, then the server's
    /// text with a `client: ADDR` line.
    pub(super) fn read(output: &str) -> Option<Self> {
        let field = |name: &str| {
            let mut lines = output.lines();
            lines
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .map(str::trim)
        };
        let saw = field("client")?;
        let address = saw
            .parse::<SocketAddr>()
            .map_or_else(|_| saw.to_owned(), |address| address.ip().to_string());
        Some(Self {
            client: field("local")?.parse().ok()?,
            server_saw: address,
        })
    }
}

/// One line of a node proxy's access log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Access {
    /// `inbound` or `outbound`.
    pub(super) direction: String,
    /// The source's SPIFFE identity.
    pub(super) source: String,
    /// The destination's SPIFFE identity.
    pub(super) destination: String,
    /// Why the connection failed, if it did.
    pub(super) error: Option<String>,
}

impl Access {
    /// Reads one line of text; none when it is not an access line.
    pub(super) fn read(line: &str) -> Option<Self> {
        if !line.contains("direction=") {
            return None;
        }
        let field = |name: &str| {
            let rest = &line[line.find(&format!("{name}="))? + name.len() + 1..];
            let quoted = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
            quoted
                .or_else(|| rest.split_whitespace().next())
                .map(str::to_owned)
        };
        Some(Self {
            direction: field("direction")?,
            source: field("src.identity").unwrap_or_default(),
            destination: field("dst.identity").unwrap_or_default(),
            error: field("error"),
        })
    }

    /// Whether both ends were authenticated.
    pub(super) fn has_identities(&self) -> bool {
        !self.source.is_empty() && !self.destination.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_request_are_read() {
        let seen = Seen::read("local: 10.244.1.4:5000\nstub of pod x\nclient: 10.244.1.4:5000\n").unwrap();
        assert_eq!(seen.server_saw, "10.244.1.4");
        assert_eq!(Seen::read("local: 10.244.1.4:5000\n"), None);
    }

    #[test]
    fn an_access_line_gives_identities_and_the_error() {
        let line = r#"2026 info access connection complete src.addr=10.0.0.1:1 src.identity="spiffe://td/ns/a/sa/b" dst.identity="spiffe://td/ns/c/sa/d" direction="inbound" bytes_sent=0 error="denied by x""#;
        let access = Access::read(line).unwrap();
        assert_eq!(access.direction, "inbound");
        assert!(access.has_identities());
        assert_eq!(access.error.as_deref(), Some("denied by x"));
        assert_eq!(Access::read("2026 info something else"), None);
    }
}
