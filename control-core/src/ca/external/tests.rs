//! What is asked of a signer outside, and what is believed of its answers.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};

use super::*;

const WEB: &str = "spiffe://cluster.local/ns/app/sa/web";
const NOW: i64 = 1_800_000_000;

struct Signing {
    params: CertificateParams,
    key: KeyPair,
    root: String,
}

fn authority(name: &str) -> Signing {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let root = to_pem(params.self_signed(&key).unwrap().der());
    Signing { params, key, root }
}

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

fn params(names: &[SanType]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.subject_alt_names = names.to_vec();
    params
}

fn request(key: &KeyPair, params: &CertificateParams) -> Result<Request, SignError> {
    Request::read(&params.serialize_request(key).unwrap().pem().unwrap())
}

fn answer(by: &Signing, key: &KeyPair, params: &CertificateParams) -> String {
    let issuer = Issuer::from_params(&by.params, &by.key);
    to_pem(params.signed_by(key, &issuer).unwrap().der())
}

#[test]
fn only_an_answer_for_this_key_and_identity_by_a_known_root_is_believed() {
    let (ours, other) = (authority("ours"), authority("other"));
    let (key, stranger) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let identity: Identity = WEB.parse().unwrap();
    let asked = request(&key, &params(&[uri(WEB)])).unwrap();
    let judge = |answer: &str| check(answer.as_bytes(), &asked, &identity, (&ours.root, NOW));
    let chain = judge(&answer(&ours, &key, &params(&[uri(WEB)]))).unwrap();
    assert_eq!((chain.len(), chain.last()), (2, Some(&ours.root)));
    let mut ended = params(&[uri(WEB)]);
    ended.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let mut raised = params(&[uri(WEB)]);
    raised.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let two = [uri(WEB), SanType::DnsName("web.example".try_into().unwrap())];
    let elsewhere = "spiffe://cluster.local/ns/app/sa/db";
    for (answer, why) in [
        (answer(&ours, &stranger, &params(&[uri(WEB)])), "another key"),
        (
            answer(&ours, &key, &params(&[uri(elsewhere)])),
            "another identity",
        ),
        (answer(&ours, &key, &params(&two)), "another identity"),
        (answer(&ours, &key, &raised), "authority"),
        (answer(&ours, &key, &ended), "not valid now"),
        (answer(&other, &key, &params(&[uri(WEB)])), "does not chain"),
        (String::new(), "no certificate"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
            "cannot be parsed",
        ),
    ] {
        let error = judge(&answer).unwrap_err().to_string();
        assert!(error.contains(why), "{error} instead of {why}");
    }
}

#[test]
fn a_request_says_all_its_names_and_must_not_ask_to_sign() {
    let key = KeyPair::generate().unwrap();
    let two = [uri(WEB), SanType::DnsName("web.example".try_into().unwrap())];
    assert_eq!(request(&key, &params(&two)).unwrap().names.len(), 2);
    let mut raised = params(&[uri(WEB)]);
    raised.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // the library writes no constraints into requests, so that the extension is put in by hand
    let mut extension = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 19], vec![0x30, 3, 1, 1, 0xff]);
    extension.set_criticality(true);
    raised.is_ca = IsCa::NoCa;
    raised.custom_extensions = vec![extension];
    let error = request(&key, &raised).err().unwrap().to_string();
    assert!(error.contains("asks to be a CA"), "{error}");
}
