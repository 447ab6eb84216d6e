//! A fresh key and the request to certify it (`spec/ca.md` §3).

use mesh_wire::identity::Identity;
use rcgen::{CertificateParams, DistinguishedName, KeyPair, SanType};

/// A request with the key it is for; the key never leaves this process.
pub struct SigningRequest {
    /// PEM of the request.
    pub pem: String,
    /// The key.
    pub key: KeyPair,
}

/// Makes a P-256 key and a request with an empty subject and one critical URI name.
pub fn make(identity: &Identity) -> Result<SigningRequest, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.subject_alt_names = vec![SanType::URI(identity.to_string().try_into()?)];
    let pem = parameters.serialize_request(&key)?.pem()?;
    Ok(SigningRequest { pem, key })
}
