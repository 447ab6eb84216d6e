//! From a connection and its headers to a user.

use std::collections::BTreeMap;

use ::http::{HeaderMap, header};
use rustls_pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::User;
use super::token::{Claims, ISSUER};
use crate::api::Api;
use crate::object;
use crate::status::ApiError;
use crate::store::Key;

/// The user a verified client certificate names: common name and organizations.
pub(crate) fn from_certificate(certificate: &CertificateDer<'_>) -> Option<User> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let subject = certificate.subject();
    let name = subject.iter_common_name().next()?.as_str().ok()?.to_owned();
    let mut groups: Vec<String> = subject
        .iter_organization()
        .filter_map(|name| name.as_str().ok())
        .map(str::to_owned)
        .collect();
    groups.push("system:authenticated".to_owned());
    Some(User {
        name,
        groups,
        ..User::default()
    })
}

/// The bearer token of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Api {
    /// Who sent this request, impersonation not yet applied. A token wins over a certificate's absence, never
    /// over its presence; a bad token is a refusal, not an anonymous caller.
    pub(crate) fn authenticate(
        &self,
        certificate: Option<&User>,
        headers: &HeaderMap,
    ) -> Result<User, ApiError> {
        if let Some(user) = certificate {
            return Ok(user.clone());
        }
        match bearer(headers) {
            Some(token) => self
                .verify_token(token, &[ISSUER.to_owned()])
                .map(|(user, _)| user)
                .ok_or_else(ApiError::unauthorized),
            None if headers.contains_key(header::AUTHORIZATION) => Err(ApiError::unauthorized()),
            None => Ok(User::anonymous()),
        }
    }

    /// The user of a valid token and those of `audiences` it is meant for. Empty audiences mean the API's own.
    pub(crate) fn verify_token(&self, token: &str, audiences: &[String]) -> Option<(User, Vec<String>)> {
        let claims = self.signer.verify(token, jiff::Timestamp::now().as_second())?;
        let own = [ISSUER.to_owned()];
        let wanted = if audiences.is_empty() { &own[..] } else { audiences };
        let shared: Vec<String> = wanted
            .iter()
            .filter(|audience| claims.aud.contains(audience))
            .cloned()
            .collect();
        if shared.is_empty() || !self.binding_holds(&claims) {
            return None;
        }
        Some((token_user(&claims), shared))
    }

    /// A token dies with the objects it is bound to.
    fn binding_holds(&self, claims: &Claims) -> bool {
        let binding = &claims.binding;
        let lives = |collection: &str, namespace: &str, reference: &super::token::Reference| {
            let found = self
                .store
                .find(collection, &Key::new(namespace, reference.name.as_str()));
            found.is_some_and(|object| object::uid(&object) == reference.uid)
        };
        let namespace = binding.namespace.as_str();
        lives("serviceaccounts", namespace, &binding.serviceaccount)
            && binding.pod.as_ref().is_none_or(|pod| lives("pods", namespace, pod))
            && binding.secret.as_ref().is_none_or(|secret| lives("secrets", namespace, secret))
            // a token bound to a pod only mentions its node; without a pod it is bound to the node
            && (binding.pod.is_some() || binding.node.as_ref().is_none_or(|node| lives("nodes", "", node)))
    }
}

fn token_user(claims: &Claims) -> User {
    let binding = &claims.binding;
    let mut extra = BTreeMap::new();
    let mut put = |key: &str, value: &str| {
        extra.insert(
            format!("authentication.kubernetes.io/{key}"),
            vec![value.to_owned()],
        );
    };
    put("credential-id", &format!("JTI={}", claims.jti));
    if let Some(pod) = &binding.pod {
        put("pod-name", &pod.name);
        put("pod-uid", &pod.uid);
    }
    if let Some(node) = &binding.node {
        put("node-name", &node.name);
        put("node-uid", &node.uid);
    }
    User {
        name: claims.sub.clone(),
        uid: binding.serviceaccount.uid.clone(),
        groups: vec![
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{}", binding.namespace),
            "system:authenticated".to_owned(),
        ],
        extra,
    }
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::pem::PemObject;

    use super::{CertificateDer, from_certificate};

    #[test]
    fn a_certificate_names_user_and_groups() {
        let pki = crate::pki::Pki::generate().unwrap();
        let credential = pki.client("system:node:n1", "system:nodes").unwrap();
        let der = CertificateDer::from_pem_slice(credential.certificate_pem.as_bytes()).unwrap();
        let user = from_certificate(&der).unwrap();
        assert_eq!(user.name, "system:node:n1");
        assert_eq!(user.groups, ["system:nodes", "system:authenticated"]);
    }
}
