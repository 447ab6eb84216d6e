//! A root is replaced while everybody goes on talking (`spec/security.md` C5, `spec/ca.md` §9).

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SanType,
};

use super::*;
use crate::identity::certificate::WorkloadCertificate;
use crate::tls::TlsContext;

/// One authority: its key, and its name.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    parameters: CertificateParams,
    root: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        parameters.distinguished_name.push(DnType::OrganizationName, name);
        let root = parameters.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(parameters.clone(), key),
            parameters,
            root,
        }
    }

    /// This authority, vouched for by another one.
    fn crossed(&self, by: &Self) -> String {
        self.parameters
            .signed_by(self.issuer.key(), &by.issuer)
            .unwrap()
            .pem()
    }

    fn leaf(&self, account: &str, key: &KeyPair) -> String {
        let mut parameters = CertificateParams::default();
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let name = identity("shop", account).to_string();
        parameters.subject_alt_names = vec![SanType::URI(name.try_into().unwrap())];
        let now = SystemTime::now();
        parameters.not_before = (now - Duration::from_mins(2)).into();
        parameters.not_after = (now + Duration::from_hours(1)).into();
        parameters.signed_by(key, &self.issuer).unwrap().pem()
    }
}

/// What the CA answers at one time: who signs, what stands between, and which roots are told.
struct Phase<'a> {
    signer: &'a Authority,
    between: Vec<String>,
    roots: Vec<&'a str>,
}

impl<'a> Phase<'a> {
    fn direct(signer: &'a Authority, roots: &[&'a Authority]) -> Self {
        Self {
            signer,
            between: Vec::new(),
            roots: roots.iter().map(|authority| authority.root.as_str()).collect(),
        }
    }

    fn certificate(&self, account: &str) -> Arc<WorkloadCertificate> {
        let key = KeyPair::generate().unwrap();
        let mut elements = vec![self.signer.leaf(account, &key)];
        elements.extend(self.between.clone());
        elements.push(self.roots.concat());
        let who = identity("shop", account);
        let checked = WorkloadCertificate::from_reply(&who, &key, &elements, &TlsContext::default());
        assert!(!key.subject_public_key_info().is_empty());
        Arc::new(checked.unwrap())
    }
}

/// A tunnel between two who hold these certificates.
async fn tunnel(
    tasks: &mut JoinSet<()>,
    (client, server): (&Arc<WorkloadCertificate>, &Arc<WorkloadCertificate>),
) -> Option<Requests> {
    let (near, far) = duplex(PIPE);
    let own = server.clone();
    tasks.spawn(async move {
        if let Ok(accepted) = accept(far, own).await {
            server::serve(accepted, CancellationToken::new(), echo).await.ok();
        }
    });
    let expected = vec![server.credentials.identity.clone()];
    let address = "10.0.0.1".parse().unwrap();
    let mut opened = client::open(near, address, client, expected, TunnelSettings::default())
        .await
        .ok()?;
    opened.driver.ready().await.ok()?;
    Some(drive(tasks, opened))
}

async fn works(requests: &Requests) -> bool {
    match client::connect(requests, "10.0.0.1:80", HeaderMap::new()).await {
        Ok(accepted) => exchange(accepted.tunnel, "request").await == "request",
        Err(_) => false,
    }
}

/// Two workloads go through the phases, never more than one apart; at each step they open new tunnels both
/// ways, and use all that they have opened before.
async fn rotate(phases: &[Phase<'_>]) {
    let mut tasks = JoinSet::new();
    let mut held = Vec::new();
    let holders = |phase: &Phase<'_>| (phase.certificate("one"), phase.certificate("two"));
    let (mut one, mut two) = holders(&phases[0]);
    let mut requests = 0;
    for (number, phase) in phases.iter().enumerate().skip(1) {
        let (next_one, next_two) = holders(phase);
        // whoever renews first: once this, once that
        let halfway = if number % 2 == 0 {
            (next_one.clone(), two.clone())
        } else {
            (one.clone(), next_two.clone())
        };
        for (first, second) in [(one, two), halfway, (next_one.clone(), next_two.clone())] {
            for pair in [(&first, &second), (&second, &first)] {
                let opened = tunnel(&mut tasks, pair).await;
                held.push(opened.unwrap_or_else(|| panic!("no tunnel in phase {number}")));
            }
            for tunnel in &held {
                assert!(works(tunnel).await, "a request failed in phase {number}");
                requests += 1;
            }
        }
        (one, two) = (next_one, next_two);
    }
    assert!(requests > 20);
    tasks.shutdown().await;
}

#[tokio::test]
async fn security_c5_a_root_is_replaced_without_a_failed_request() {
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let (old, new) = (&old, &new);
    // make the new one known, sign with it, forget the old one
    let mut phases = vec![
        Phase::direct(old, &[old]),
        Phase::direct(old, &[old, new]),
        Phase::direct(new, &[old, new]),
        Phase::direct(new, &[new]),
    ];
    rotate(&phases).await;
    // and back again
    phases.reverse();
    rotate(&phases).await;
    // the two ends of it do not know each other: the order is what makes it work
    let mut tasks = JoinSet::new();
    let (first, last) = (phases[0].certificate("one"), phases[3].certificate("two"));
    assert!(tunnel(&mut tasks, (&first, &last)).await.is_none());
    tasks.shutdown().await;
}

#[tokio::test]
async fn security_c5_a_new_root_that_the_old_one_vouches_for_needs_no_bundle_first() {
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let phases = [
        Phase::direct(&old, &[&old]),
        Phase {
            signer: &new,
            between: vec![new.crossed(&old)],
            roots: vec![&old.root, &new.root],
        },
        Phase::direct(&new, &[&new]),
    ];
    rotate(&phases).await;
}
