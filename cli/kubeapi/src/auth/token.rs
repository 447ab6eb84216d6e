//! Service account tokens: JSON Web Tokens (RFC 7519) signed with ES256 (RFC 7518 §3.4).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::base64;

/// Who signed: the `iss` of every token, and the audience of the API itself.
pub(crate) const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// A name with the uid that makes it unmistakable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) uid: String,
}

/// The private claims that tie a token to objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    pub(crate) namespace: String,
    pub(crate) serviceaccount: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pod: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<Reference>,
}

/// The claims of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) aud: Vec<String>,
    pub(crate) exp: i64,
    pub(crate) iat: i64,
    pub(crate) iss: String,
    pub(crate) jti: String,
    #[serde(rename = "kubernetes.io")]
    pub(crate) binding: Binding,
    pub(crate) nbf: i64,
    pub(crate) sub: String,
}

/// Signs and verifies tokens with one key.
pub(crate) struct Signer {
    key: EcdsaKeyPair,
    id: String,
}

impl Signer {
    /// A signer with a fresh key.
    pub(crate) fn generate() -> Result<Self, aws_lc_rs::error::Unspecified> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.public_key().as_ref());
        Ok(Self {
            id: base64::url(digest.as_ref()),
            key,
        })
    }

    /// The compact form of `claims`.
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String, aws_lc_rs::error::Unspecified> {
        let header = json!({ "alg": "ES256", "kid": self.id });
        let claims = serde_json::to_string(claims).map_err(|_| aws_lc_rs::error::Unspecified)?;
        let signed = format!(
            "{}.{}",
            base64::url(header.to_string().as_bytes()),
            base64::url(claims.as_bytes())
        );
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes())?;
        Ok(format!("{signed}.{}", base64::url(signature.as_ref())))
    }

    /// The claims of a token this signer made, if it is valid at `now` (seconds since 1970). Whether the objects
    /// it is bound to still exist is the caller's to check.
    pub(crate) fn verify(&self, token: &str, now: i64) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Value = serde_json::from_slice(&base64::decode(header)?).ok()?;
        // one algorithm, one key: nothing a token says about itself changes how it is verified
        if header.get("alg")?.as_str()? != "ES256" {
            return None;
        }
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.public_key().as_ref());
        key.verify(signed.as_bytes(), &base64::decode(signature)?).ok()?;
        let claims: Claims = serde_json::from_slice(&base64::decode(claims)?).ok()?;
        (claims.iss == ISSUER && claims.nbf <= now && now < claims.exp).then_some(claims)
    }

    /// The public key as a JSON Web Key set (`/openid/v1/jwks`).
    pub(crate) fn jwks(&self) -> Value {
        // uncompressed point: 0x04, x, y
        let point = self.key.public_key().as_ref();
        let (x, y) = point
            .get(1..)
            .unwrap_or_default()
            .split_at(32.min(point.len().saturating_sub(1)));
        json!({ "keys": [{
            "use": "sig", "kty": "EC", "kid": self.id, "crv": "P-256", "alg": "ES256",
            "x": base64::url(x), "y": base64::url(y),
        }] })
    }
}

#[cfg(test)]
mod tests {
    use super::{Binding, Claims, ISSUER, Reference, Signer};

    fn claims() -> Claims {
        let serviceaccount = Reference {
            name: "default".into(),
            uid: "u".into(),
        };
        Claims {
            aud: vec![ISSUER.into()],
            exp: 200,
            iat: 100,
            iss: ISSUER.into(),
            jti: "j".into(),
            binding: Binding {
                namespace: "a".into(),
                serviceaccount,
                pod: None,
                node: None,
                secret: None,
            },
            nbf: 100,
            sub: "system:serviceaccount:a:default".into(),
        }
    }

    #[test]
    fn a_token_is_valid_from_nbf_until_exp() {
        let signer = Signer::generate().unwrap();
        let token = signer.sign(&claims()).unwrap();
        assert_eq!(signer.verify(&token, 100), Some(claims()));
        assert_eq!(signer.verify(&token, 99), None);
        assert_eq!(signer.verify(&token, 200), None);
    }

    #[test]
    fn a_token_of_another_key_or_with_changed_claims_is_refused() {
        let (ours, theirs) = (Signer::generate().unwrap(), Signer::generate().unwrap());
        let token = theirs.sign(&claims()).unwrap();
        assert_eq!(ours.verify(&token, 150), None);
        let mut parts: Vec<String> = ours
            .sign(&claims())
            .unwrap()
            .split('.')
            .map(str::to_owned)
            .collect();
        let mut forged = claims();
        forged.sub = "system:serviceaccount:kube-system:admin".into();
        parts[1] = crate::base64::url(serde_json::to_string(&forged).unwrap().as_bytes());
        assert_eq!(ours.verify(&parts.join("."), 150), None);
        parts[0] = crate::base64::url(br#"{"alg":"none"}"#);
        parts[2] = String::new();
        assert_eq!(ours.verify(&parts.join("."), 150), None);
    }
}
