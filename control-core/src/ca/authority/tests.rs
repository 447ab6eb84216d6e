//! Requests, chains and materials (`ca.md` 7 and 8, `control-plane.md` 15.1).

use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, SerialNumber,
};
use x509_parser::prelude::FromDer;

use super::*;
use crate::ca::grant::{Caller, own};
use crate::ca::material::{MaterialError, Pem, renewed, self_signed};

const NOW: i64 = 1_800_000_000;
const DAY: i64 = 24 * 3600;

fn grant() -> Grant {
    let identity = "spiffe://cluster.local/ns/app/sa/web".parse().unwrap();
    own(&Caller {
        identity,
        pod: None,
        cluster: arcstr::ArcStr::new(),
    })
}

fn csr(key: &KeyPair, change: impl FnOnce(&mut CertificateParams)) -> String {
    let mut params = CertificateParams::default();
    change(&mut params);
    params.serialize_request(key).unwrap().pem().unwrap()
}

fn authority(names: &str, from: i64, life: i64) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, names);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, from, from + life);
    (params, KeyPair::generate().unwrap())
}

/// A root and an intermediate that signs.
fn plugged_in(life: i64) -> Pem {
    let (root, root_key) = authority("root", NOW - DAY, 100 * DAY);
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let (signer, key) = authority("signer", NOW - DAY, life + DAY);
    let cert = signer
        .signed_by(&key, &Issuer::new(root, root_key))
        .unwrap()
        .pem();
    Pem {
        chain: cert.clone(),
        cert,
        key: zeroize::Zeroizing::new(key.serialize_pem()),
        root: root_pem,
        crl: String::new(),
    }
}

#[test]
fn ca_c16_ca_c17_chains_have_their_form_and_times_are_clamped() {
    let material = Material::check(&plugged_in(10 * DAY), NOW).unwrap();
    let asked = check_csr(&csr(&KeyPair::generate().unwrap(), |_| ())).unwrap();
    let chain = sign(&asked, grant(), DAY, &material, NOW).unwrap();
    assert_eq!(chain.len(), 3, "leaf, intermediate, roots");
    assert!(
        chain
            .iter()
            .all(|one| one.ends_with("-----END CERTIFICATE-----\n"))
    );
    let times = |pem: &str| {
        let der = pem::parse(pem).unwrap();
        let (_, leaf) = x509_parser::certificate::X509Certificate::from_der(der.contents()).unwrap();
        (
            leaf.validity().not_before.timestamp(),
            leaf.validity().not_after.timestamp(),
        )
    };
    assert_eq!(times(&chain[0]), (NOW - 120, NOW + DAY));
    let long = sign(&asked, grant(), 30 * DAY, &material, NOW).unwrap();
    assert_eq!(times(&long[0]).1, NOW + 10 * DAY, "never beyond the signer");
    let late = sign(&asked, grant(), DAY, &material, NOW + 11 * DAY).unwrap_err();
    assert!(matches!(late, SignError::SignerExpired) && !late.is_callers_fault());
}

#[test]
fn ca_c15_lifetimes() {
    let limits = Lifetimes {
        default: DAY,
        max: 90 * DAY,
    };
    assert_eq!(lifetime(0, limits).unwrap(), DAY);
    assert_eq!(lifetime(-5, limits).unwrap(), DAY);
    assert_eq!(lifetime(60, limits).unwrap(), 60);
    assert!(lifetime(91 * DAY, limits).unwrap_err().is_callers_fault());
}

#[test]
fn what_a_request_asks_for_besides_its_key_is_ignored() {
    // security K2
    let key = KeyPair::generate().unwrap();
    let greedy = csr(&key, |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.subject_alt_names = vec![SanType::DnsName("evil.example".try_into().unwrap())];
        params.distinguished_name.push(rcgen::DnType::CommonName, "evil");
        params.key_identifier_method = KeyIdMethod::Sha256;
    });
    let material = Material::check(&self_signed("cluster.local", NOW, 100 * DAY).unwrap(), NOW).unwrap();
    let chain = sign(&check_csr(&greedy).unwrap(), grant(), DAY, &material, NOW).unwrap();
    let der = pem::parse(&chain[0]).unwrap();
    let (_, leaf) = x509_parser::certificate::X509Certificate::from_der(der.contents()).unwrap();
    assert!(!leaf.is_ca() && leaf.subject().iter().next().is_none());
    assert_eq!(
        leaf.public_key().raw,
        rcgen::PublicKeyData::subject_public_key_info(&key)
    );
    assert_eq!(
        leaf.subject_alternative_name()
            .unwrap()
            .unwrap()
            .value
            .general_names
            .len(),
        1
    );
}

#[test]
fn cp_c25_a_renewed_root_keeps_its_key() {
    let old = self_signed("cluster.local", NOW, 100 * DAY).unwrap();
    let material = Material::check(&old, NOW).unwrap();
    assert!(!material.is_due(NOW + 79 * DAY, 20) && material.is_due(NOW + 81 * DAY, 20));
    let asked = check_csr(&csr(&KeyPair::generate().unwrap(), |_| ())).unwrap();
    let leaf = sign(&asked, grant(), 30 * DAY, &material, NOW + 80 * DAY).unwrap();
    let new = renewed(&old, "cluster.local", NOW + 81 * DAY, 100 * DAY).unwrap();
    assert_eq!(old.key, new.key);
    let (leaf, root) = (pem::parse(&leaf[0]).unwrap(), pem::parse(&new.root).unwrap());
    let (_, leaf) = x509_parser::certificate::X509Certificate::from_der(leaf.contents()).unwrap();
    let (_, root) = x509_parser::certificate::X509Certificate::from_der(root.contents()).unwrap();
    assert!(leaf.verify_signature(Some(root.public_key())).is_ok() && leaf.issuer() == root.subject());
}

#[test]
fn materials_that_do_not_fit_are_refused() {
    let good = plugged_in(10 * DAY);
    let other = plugged_in(10 * DAY);
    let check = |change: &dyn Fn(&mut Pem), at: i64| {
        let mut pem = good.clone();
        change(&mut pem);
        Material::check(&pem, at).map(drop)
    };
    assert!(check(&|_| (), NOW).is_ok());
    let key = other.key.clone();
    assert!(matches!(
        check(&|pem| pem.key.clone_from(&key), NOW),
        Err(MaterialError::KeyMismatch)
    ));
    let root = other.root.clone();
    assert!(matches!(
        check(&|pem| pem.root.clone_from(&root), NOW),
        Err(MaterialError::Unchained)
    ));
    assert!(matches!(
        check(&|_| (), NOW + 20 * DAY),
        Err(MaterialError::NotValidNow)
    ));
    assert!(check(&|pem| pem.cert = "x".into(), NOW).is_err());
    assert!(check(&|pem| pem.key = zeroize::Zeroizing::default(), NOW).is_err());
    // a bundle that contains the old one continues it, an unrelated one does not
    let both = Pem {
        root: format!("{}{}", good.root, other.root),
        ..good.clone()
    };
    let (old, both) = (
        Material::check(&good, NOW).unwrap(),
        Material::check(&both, NOW).unwrap(),
    );
    assert!(old.is_continued_by(&both) && both.is_continued_by(&old));
    assert!(!old.is_continued_by(&Material::check(&other, NOW).unwrap()));
}

#[test]
fn a_revocation_list_is_taken_whole_or_not_at_all() {
    // security T19
    let (params, key) = authority("root", NOW - DAY, 100 * DAY);
    let cert = params.self_signed(&key).unwrap().pem();
    let pem = Pem {
        cert: cert.clone(),
        root: cert,
        chain: String::new(),
        key: zeroize::Zeroizing::new(key.serialize_pem()),
        crl: String::new(),
    };
    let list = |params: CertificateParams, key: KeyPair| {
        let list = CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2027, 1, 1),
            next_update: rcgen::date_time_ymd(2028, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&Issuer::new(params, key)).unwrap().pem().unwrap()
    };
    let good = list(params, key);
    let (params, key) = authority("root", NOW - DAY, DAY);
    let foreign = list(params, key);
    let check = |crl: String| Material::check(&Pem { crl, ..pem.clone() }, NOW).is_ok();
    assert!(check(String::new()) && check(good.clone()));
    assert!(!check(foreign.clone()) && !check(format!("{good}{foreign}")) && !check("garbage".into()));
    assert!(!check(good.replace("X509 CRL", "CERTIFICATE")));
}

proptest! {
    #[test]
    fn ca_c20_mutated_requests_are_errors_of_the_caller(at in 0..400_usize, with in any::<u8>()) {
        let mut bytes = csr(&KeyPair::generate().unwrap(), |_| ()).into_bytes();
        let at = at % bytes.len();
        bytes[at] = with;
        if let Ok(text) = String::from_utf8(bytes)
            && let Err(error) = check_csr(&text)
        {
            prop_assert!(error.is_callers_fault());
            prop_assert!(error.to_string().starts_with("CSR signing error"));
        }
    }
}
