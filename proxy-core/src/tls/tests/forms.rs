//! Weak keys and signatures, and certificates that are none. The files of `tests/fixtures/certificates` were
//! made by the script beside them, with OpenSSL, and end in a hundred years.

use rcgen::{CustomExtension, SerialNumber};
use rustls_pki_types::UnixTime;

use super::*;
use crate::tls::reason;

fn file(name: &str) -> CertificateDer<'static> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/certificates");
    std::fs::read(format!("{folder}/{name}.der")).unwrap().into()
}

/// What each end of a tunnel says of a chain: `ok`, or the fixed word.
fn judged(chain: &[CertificateDer<'static>], roots: &Arc<RootCertStore>) -> (&'static str, &'static str) {
    let provider = TlsPolicy::default().provider();
    let own = Credentials {
        roots: roots.clone(),
        ..Mint::new().good("web")
    };
    let accepting = PeerVerifier::callers(&provider, &own).unwrap();
    let opening = PeerVerifier::callees(&provider, &own, vec![identity("shop", "client")]).unwrap();
    let (leaf, rest) = chain.split_first().unwrap();
    let word = |error: Option<rustls::Error>| {
        let error = error.map(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error));
        error.map_or("ok", |error| reason::word(&error))
    };
    let now = UnixTime::now();
    let inbound = rustls::server::danger::ClientCertVerifier::verify_client_cert(&accepting, leaf, rest, now);
    let name = ServerName::try_from("10.0.0.1").unwrap();
    let outbound =
        rustls::client::danger::ServerCertVerifier::verify_server_cert(&opening, leaf, rest, &name, &[], now);
    (word(inbound.err()), word(outbound.err()))
}

fn check_files(files: &[&str], expected: &'static str) {
    let mut roots = RootCertStore::empty();
    roots.add(file("root")).unwrap();
    let chain: Vec<_> = files.iter().map(|name| file(name)).collect();
    assert_eq!(
        judged(&chain, &Arc::new(roots)),
        (expected, expected),
        "{files:?}"
    );
}

#[test]
fn security_t3_weak_keys_and_signatures_are_refused_wherever_they_are_in_the_chain() {
    for good in ["good", "p384", "ed25519", "rsa2048"] {
        check_files(&[good], "ok");
    }
    for weak in ["rsa1024", "p521", "sha1", "md5"] {
        check_files(&[weak], "cert_algorithm");
    }
    check_files(&["below-weak-ca", "weak-ca"], "cert_algorithm");
}

#[test]
fn security_t16_malformed_certificates_are_refused_by_that_name() {
    check_files(&["negative"], "cert_malformed");
    check_files(&["long-serial"], "cert_malformed");
    check_files(&["critical"], "cert_malformed");
    check_files(&["below-narrow-ca", "narrow-ca"], "cert_malformed");
    check_files(&["below-elsewhere-ca", "elsewhere-ca"], "cert_malformed");
    let mut roots = RootCertStore::empty();
    roots.add(file("root")).unwrap();
    let roots = Arc::new(roots);
    let good = file("good");
    // bytes behind it, bytes missing, and every byte of its first hundred turned
    let longer: CertificateDer<'_> = [good.as_ref(), &[0]].concat().into();
    assert_eq!(judged(&[longer], &roots).0, "cert_malformed");
    for length in 0..good.len() {
        let shorter: CertificateDer<'_> = good[..length].to_vec().into();
        assert_eq!(
            judged(&[shorter], &roots),
            ("cert_malformed", "cert_malformed"),
            "{length}"
        );
    }
    for place in 0..good.len() {
        let mut turned = good.to_vec();
        turned[place] ^= 0x21;
        let said = judged(&[turned.into()], &roots);
        assert!(said.0 != "ok" && said.1 != "ok", "{place}");
    }
}

#[tokio::test]
async fn security_t16_in_a_handshake_the_refusal_is_told_and_counted_by_its_word() {
    let mint = Mint::new();
    let extended = |is_critical| {
        mint.sign(&[&identity("shop", "client").to_string()], |parameters| {
            let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
            extension.set_criticality(is_critical);
            parameters.custom_extensions = vec![extension];
        })
    };
    assert_eq!(caller_is(&mint, extended(false)).await, "ok");
    let text = caller_is(&mint, extended(true)).await;
    assert!(text.contains("UnsupportedCriticalExtension"), "{text}");
    let serial = |length: usize| {
        mint.sign(&[&identity("shop", "client").to_string()], |parameters| {
            parameters.serial_number = Some(SerialNumber::from_slice(&vec![0x7f; length]));
        })
    };
    assert_eq!(caller_is(&mint, serial(20)).await, "ok");
    let text = caller_is(&mint, serial(21)).await;
    assert!(text.contains("cert_malformed"), "{text}");
}
