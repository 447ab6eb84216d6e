//! The PROXY protocol v2 header that a tunnel application gets (`spec/hbone.md` §7). (pure)

use std::net::SocketAddr;

use mesh_wire::identity::Identity;

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
const VERSION_AND_PROXY: u8 = 0x21;
const STREAM: u8 = 0x01;
const INET: u8 = 0x10;
const INET6: u8 = 0x20;
/// TLV with the client's SPIFFE id.
const IDENTITY: u8 = 0xd0;

/// Renders the header.
#[must_use]
pub fn header(source: SocketAddr, destination: SocketAddr, identity: Option<&Identity>) -> Vec<u8> {
    let mut body = Vec::with_capacity(128);
    let family = match (source, destination) {
        (SocketAddr::V4(source), SocketAddr::V4(destination)) => {
            body.extend(source.ip().octets());
            body.extend(destination.ip().octets());
            INET | STREAM
        }
        (SocketAddr::V6(source), SocketAddr::V6(destination)) => {
            body.extend(source.ip().octets());
            body.extend(destination.ip().octets());
            INET6 | STREAM
        }
        // different families cannot be written down: no addresses
        _ => STREAM,
    };
    if family != STREAM {
        body.extend(source.port().to_be_bytes());
        body.extend(destination.port().to_be_bytes());
    }
    if let Some(identity) = identity {
        let text = identity.to_string();
        // an identity has at most 2048 bytes
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        body.push(IDENTITY);
        body.extend(length.to_be_bytes());
        body.extend(text.as_bytes().iter().take(usize::from(length)));
    }
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
    let mut header = SIGNATURE.to_vec();
    header.extend([VERSION_AND_PROXY, family]);
    header.extend(length.to_be_bytes());
    header.extend(body);
    header
}

#[cfg(test)]
mod tests {
    use super::header;

    fn hex(bytes: &[u8]) -> String {
        use std::fmt::Write;
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    }

    #[test]
    fn hbone_c19_header_has_the_bytes_of_the_recording() {
        let identity = "spiffe://cluster.local/ns/shop/sa/remote".parse().unwrap();
        let bytes = header(
            "10.88.0.21:60496".parse().unwrap(),
            "10.96.0.77:80".parse().unwrap(),
            Some(&identity),
        );
        let expected = "0d0a0d0a000d0a515549540a211100370a5800150a60004dec500050d000287370696666653a2f2f636c75737465722e6c6f63616c2f6e732f73686f702f73612f72656d6f7465";
        assert_eq!(hex(&bytes), expected);
    }

    #[test]
    fn mixed_families_carry_no_addresses() {
        let bytes = header(
            "[fd00::1]:1".parse().unwrap(),
            "10.0.0.1:2".parse().unwrap(),
            None,
        );
        assert_eq!(&bytes[12..], [0x21, 0x01, 0, 0]);
    }
}
