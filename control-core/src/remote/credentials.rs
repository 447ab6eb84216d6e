//! Which kubeconfigs of other clusters are used: those whose credentials are in the text itself, and no others.
//!
//! Pure. A kubeconfig comes from a secret, so whoever may write secrets would otherwise run programs here, read files of
//! this pod, or have us talk to anybody who answers (`control-plane.md` 11.4).

use std::collections::BTreeSet;

use kube::config::Kubeconfig;

/// A kubeconfig larger than this is none.
const MOST: usize = 256 * 1024;

/// Why a kubeconfig is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum CredentialsError {
    /// Not text, or far too large.
    #[error("it is not text of a sane size")]
    NotText,
    /// Not a kubeconfig; the reader's own words may repeat a part of it.
    #[error("it is not a kubeconfig")]
    NotKubeconfig,
    /// It does not say where the cluster is, or as whom to ask.
    #[error("it has no {0}")]
    Lacks(&'static str),
    /// It asks for something that is refused unless allowed by name.
    #[error(
        "`{field}` is refused; `{option}` in PILOT_INSECURE_MULTICLUSTER_KUBECONFIG_OPTIONS would allow it"
    )]
    Refused {
        /// What it asks for.
        field: &'static str,
        /// The word that would allow it.
        option: String,
    },
}

/// Reads a kubeconfig and checks every cluster and user in it, used or not.
pub(super) fn read(bytes: &[u8], allowed: &BTreeSet<String>) -> Result<Kubeconfig, CredentialsError> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MOST);
    let text = text.ok_or(CredentialsError::NotText)?;
    let config = Kubeconfig::from_yaml(text).map_err(|_| CredentialsError::NotKubeconfig)?;
    if config.clusters.iter().all(|one| one.cluster.is_none()) {
        return Err(CredentialsError::Lacks("cluster"));
    }
    if config.auth_infos.iter().all(|one| one.auth_info.is_none()) {
        return Err(CredentialsError::Lacks("user"));
    }
    for (field, option) in asks(&config) {
        if !allowed.contains(&option) {
            return Err(CredentialsError::Refused { field, option });
        }
    }
    Ok(config)
}

/// What of a kubeconfig reaches out of its text, each with the word that allows it.
fn asks(config: &Kubeconfig) -> Vec<(&'static str, String)> {
    let mut asks = Vec::new();
    let mut ask = |is_there: bool, field, option: &str| {
        if is_there {
            asks.push((field, option.to_owned()));
        }
    };
    for one in config.clusters.iter().filter_map(|one| one.cluster.as_ref()) {
        ask(
            one.certificate_authority.is_some(),
            "certificate-authority",
            "certificateAuthority",
        );
        let is_blind = one.insecure_skip_tls_verify == Some(true);
        ask(is_blind, "insecure-skip-tls-verify", "insecureSkipTLSVerify");
    }
    for user in config.auth_infos.iter().filter_map(|one| one.auth_info.as_ref()) {
        ask(user.exec.is_some(), "exec", "exec");
        ask(user.token_file.is_some(), "tokenFile", "tokenFile");
        ask(
            user.client_certificate.is_some(),
            "client-certificate",
            "clientCertificate",
        );
        ask(user.client_key.is_some(), "client-key", "clientKey");
        if let Some(provider) = &user.auth_provider {
            ask(true, "auth-provider", &provider.name);
        }
    }
    asks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cluster: &str, user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
             clusters: [{{name: c, cluster: {{server: 'https://10.0.0.1', {cluster}}}}}]\n\
             users: [{{name: u, user: {{{user}}}}}]\n\
             contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
        )
    }

    #[track_caller]
    fn refused(cluster: &str, user: &str, option: &str) {
        let text = text(cluster, user);
        let error = read(text.as_bytes(), &BTreeSet::new()).unwrap_err().to_string();
        assert!(error.contains(&format!("`{option}`")), "{error}");
        assert!(
            read(text.as_bytes(), &BTreeSet::from([option.to_owned()])).is_ok(),
            "{option} allows it"
        );
    }

    #[test]
    fn what_reaches_out_of_a_kubeconfig_is_refused_unless_allowed_by_name() {
        let inline = text("certificate-authority-data: QQ==", "token: abc");
        assert!(read(inline.as_bytes(), &BTreeSet::new()).is_ok());
        refused(
            "",
            "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, interactiveMode: Never}",
            "exec",
        );
        refused("", "auth-provider: {name: gcp, config: {}}", "gcp");
        refused("", "tokenFile: /etc/passwd", "tokenFile");
        refused("", "client-certificate: /a", "clientCertificate");
        refused("", "client-key: /a", "clientKey");
        refused("certificate-authority: /a", "token: abc", "certificateAuthority");
        refused(
            "insecure-skip-tls-verify: true",
            "token: abc",
            "insecureSkipTLSVerify",
        );
    }

    #[test]
    fn what_is_no_kubeconfig_is_none() {
        for bytes in [
            &b"\xff\xfe"[..],
            b"",
            b"[]",
            b"clusters: 7",
            b"apiVersion: v1\nkind: Config\n",
        ] {
            assert!(read(bytes, &BTreeSet::new()).is_err(), "{bytes:?}");
        }
        let large = "#".repeat(MOST + 1);
        assert!(matches!(
            read(large.as_bytes(), &BTreeSet::new()),
            Err(CredentialsError::NotText)
        ));
    }
}
