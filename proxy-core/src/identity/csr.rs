//! A fresh key and the request to certify it (`spec/ca.md` §3).

use mesh_wire::identity::Identity;
use rcgen::{CertificateParams, DistinguishedName, KeyPair, SanType};
use zeroize::Zeroize;

/// A request with the key it is for; the key never leaves this process, and is wiped with the request
/// (`security.md` P1).
pub struct SigningRequest {
    /// PEM of the request.
    pub pem: String,
    /// The key.
    pub key: KeyPair,
}

impl Drop for SigningRequest {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// Makes a P-256 key and a request with an empty subject and one critical URI name.
pub fn make(identity: &Identity) -> Result<SigningRequest, rcgen::Error> {
    let mut request = SigningRequest {
        pem: String::new(),
        key: KeyPair::generate()?,
    };
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.subject_alt_names = vec![SanType::URI(identity.to_string().try_into()?)];
    request.pem = parameters.serialize_request(&request.key)?.pem()?;
    Ok(request)
}
