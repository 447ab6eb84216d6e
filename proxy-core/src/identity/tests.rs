//! What the certificate store and its checks promise, with a scripted CA.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use rcgen::{KeyPair, PublicKeyData};
use rustls_pki_types::CertificateSigningRequestDer;
use rustls_pki_types::pem::PemObject;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509CertificationRequest};

use super::*;
use crate::control_plane::RootSource;
use crate::identity::ca_client::Subject;
use crate::identity::certificate::WorkloadCertificate;
use crate::identity::store::{IdentityStore, State};
use crate::testing::control::{Control, Discovery, Root, reached};
use crate::testing::{ca, identity};
use crate::tls::TlsContext;

/// A CA that takes a while, fails at first, and remembers who asked when.
#[derive(Debug)]
pub(crate) struct Script {
    ca: FakeCa,
    failures: AtomicUsize,
    delay: Duration,
    calls: Mutex<Vec<(Instant, Identity)>>,
    in_flight: AtomicUsize,
    most: AtomicUsize,
}

impl Script {
    fn new(failures: usize, delay: Duration) -> Arc<Self> {
        Arc::new(Self {
            ca: ca(),
            failures: AtomicUsize::new(failures),
            delay,
            calls: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        })
    }

    pub(crate) async fn sign(&self, identity: &Identity) -> Result<WorkloadCertificate, IdentityError> {
        self.calls
            .lock()
            .unwrap()
            .push((Instant::now(), identity.clone()));
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        sleep(self.delay).await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        let left = self.failures.load(Ordering::SeqCst);
        if left > 0 {
            self.failures.store(left - 1, Ordering::SeqCst);
            return Err(IdentityError::Refused {
                code: "The service is currently unavailable",
                message: "not yet".to_owned(),
            });
        }
        self.ca.sign(identity)
    }

    fn times(&self) -> Vec<Instant> {
        self.calls.lock().unwrap().iter().map(|(at, _)| *at).collect()
    }

    fn asked(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        calls
            .iter()
            .map(|(_, who)| who.service_account().to_owned())
            .collect()
    }
}

fn store(script: &Arc<Script>) -> (Arc<IdentityStore>, CancellationToken) {
    let stop = CancellationToken::new();
    let store = IdentityStore::new(Signer::Scripted(script.clone()), stop.clone());
    (Arc::new(store), stop)
}

#[test]
fn ca_c01_requests_are_p256_with_one_critical_uri_and_a_new_key_each() {
    let who = identity("shop", "client");
    let requests = [csr::make(&who).unwrap(), csr::make(&who).unwrap()];
    assert_ne!(
        requests[0].key.subject_public_key_info(),
        requests[1].key.subject_public_key_info()
    );
    let der = CertificateSigningRequestDer::from_pem_slice(requests[0].pem.as_bytes()).unwrap();
    let (_, parsed) = X509CertificationRequest::from_der(&der).unwrap();
    parsed.verify_signature().unwrap();
    let info = &parsed.certification_request_info;
    assert_eq!(info.subject.iter().count(), 0);
    assert_eq!(
        parsed.signature_algorithm.algorithm.to_id_string(),
        "1.2.840.10045.4.3.2"
    );
    let curve = info.subject_pki.algorithm.parameters.as_ref().unwrap();
    assert_eq!(curve.as_oid().unwrap().to_id_string(), "1.2.840.10045.3.1.7");
    let mut extensions = parsed.requested_extensions().unwrap();
    let Some(ParsedExtension::SubjectAlternativeName(names)) = extensions.next() else {
        panic!("no name")
    };
    assert!(extensions.next().is_none());
    assert_eq!(names.general_names, [GeneralName::URI(&who.to_string())]);
}

fn reply(elements: &[String], key: &KeyPair) -> Result<WorkloadCertificate, BadReply> {
    WorkloadCertificate::from_reply(&identity("shop", "client"), key, elements, &TlsContext::default())
}

#[test]
fn ca_c03_unusable_answers_are_refused_each_with_its_reason() {
    let (ca, key) = (ca(), KeyPair::generate().unwrap());
    let who = identity("shop", "client").to_string();
    let leaf = |uri: &str, key: &KeyPair| ca.leaf(&[uri.to_owned()], key).unwrap();
    let root = ca.root_pem().to_owned();
    let check = |elements: &[String], expected: &str| {
        let text = reply(elements, &key).unwrap_err().to_string();
        assert!(text.starts_with(expected), "{text}");
    };
    assert!(reply(&[leaf(&who, &key), root.clone()], &key).is_ok());
    check(&[], &format!("chain returned from CA is empty for: {who}"));
    check(
        &[leaf(&who, &key)],
        "failed to create CSR: invalid root certificate: no root certificate present",
    );
    let other = leaf("spiffe://cluster.local/ns/shop/sa/other", &key);
    check(
        &[other, root.clone()],
        &format!("did not find expected SAN: {who}"),
    );
    let stolen = leaf(&who, &KeyPair::generate().unwrap());
    check(
        &[stolen, root.clone()],
        "ca_bad_reply: the leaf is for another key",
    );
    let stranger = crate::testing::ca().root_pem().to_owned();
    check(
        &[leaf(&who, &key), stranger],
        "ca_bad_reply: the chain does not verify",
    );
    let twice = format!("{}{root}", leaf(&who, &key));
    check(
        &[twice, root.clone()],
        "ca_bad_reply: an element is not exactly one certificate",
    );
    check(
        &["junk".to_owned(), root.clone()],
        "ca_bad_reply: an element is not exactly one certificate",
    );
    check(
        &[leaf(&who, &key), "junk".to_owned()],
        "failed to create CSR: invalid root",
    );
    check(
        &[key.serialize_pem(), root],
        "ca_bad_reply: an element is not exactly one certificate",
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn damaged_answers_are_refused_or_sound(at in 0usize..600, byte in proptest::prelude::any::<u8>()) {
        let (ca, key) = (ca(), KeyPair::generate().unwrap());
        let leaf = ca.leaf(&[identity("shop", "client").to_string()], &key).unwrap();
        let mut bytes = leaf.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let damaged = String::from_utf8_lossy(&bytes).into_owned();
        if let Ok(certificate) = reply(&[damaged.clone(), ca.root_pem().to_owned()], &key) {
            // only a change outside of the encoded part can pass
            proptest::prop_assert_eq!(certificate.chain_facts.len(), 1);
        }
    }
}

#[test]
fn ca_c06_renewal_is_at_half_of_the_life_give_or_take_a_tenth() {
    let certificate = ca().sign(&identity("shop", "client")).unwrap();
    let leaf = &certificate.chain_facts[0];
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(leaf.not_before).unwrap());
    let life = u64::try_from(leaf.not_after - leaf.not_before).unwrap();
    assert_eq!(life, 3_600 + 120, "backdated by two minutes");
    let at = |jitter| {
        certificate
            .refresh_at(jitter)
            .duration_since(start)
            .unwrap()
            .as_secs_f64()
    };
    let life = f64::from(u32::try_from(life).unwrap());
    for (jitter, part) in [(0.0, 0.5), (1.0, 0.6), (-1.0, 0.4), (9.0, 0.6)] {
        let floor = 120.0 + 0.4 * 3_600.0; // decision 17
        assert!((at(jitter) - (life * part).max(floor)).abs() < 2.0, "{jitter}");
    }
}

#[tokio::test(start_paused = true)]
async fn ca_c08_many_askers_cause_one_request() {
    let script = Script::new(0, Duration::from_millis(100));
    let (store, stop) = store(&script);
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let store = store.clone();
        tasks.spawn(async move { store.fetch(&identity("shop", "web")).await.is_ok() });
    }
    assert!(tasks.join_all().await.into_iter().all(|ok| ok));
    assert_eq!(script.asked(), ["web"]);
    stop.cancel();
    store.finish().await;
}

#[tokio::test(start_paused = true)]
async fn ca_c07_failures_back_off_from_one_second_by_doubling_and_askers_learn_at_once() {
    let script = Script::new(9, Duration::ZERO);
    let (store, stop) = store(&script);
    let error = store.fetch(&identity("shop", "web")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "signing gRPC error (The service is currently unavailable): not yet"
    );
    let began = Instant::now();
    store.fetch(&identity("shop", "web")).await.unwrap_err();
    assert_eq!(
        began.elapsed(),
        Duration::ZERO,
        "nobody waits for a failed identity"
    );
    while script.times().len() < 10 {
        sleep(Duration::from_secs(1)).await;
    }
    let times = script.times();
    for (number, pair) in times.windows(2).enumerate() {
        let seconds = (1u32 << number).min(150);
        let waited = (pair[1] - pair[0]).as_secs_f64() / f64::from(seconds);
        assert!((0.79..1.21).contains(&waited), "{number}: {waited}");
    }
    store.fetch(&identity("shop", "web")).await.unwrap();
    stop.cancel();
    store.finish().await;
}

#[tokio::test(start_paused = true)]
async fn ca_c10_at_most_eight_requests_are_in_flight_and_demands_overtake_prefetches() {
    let script = Script::new(0, Duration::from_secs(1));
    let (store, stop) = store(&script);
    for number in 0..40 {
        store.prefetch(&identity("shop", &format!("p{number}")));
    }
    sleep(Duration::from_millis(100)).await;
    store.fetch(&identity("shop", "demanded")).await.unwrap();
    let asked = script.asked();
    let place = asked.iter().position(|name| name == "demanded").unwrap();
    assert!(place <= 8, "{place} in {asked:?}");
    sleep(Duration::from_mins(1)).await;
    assert_eq!(script.asked().len(), 41);
    assert!(script.most.load(Ordering::SeqCst) <= 8);
    stop.cancel();
    store.finish().await;
}

#[tokio::test(start_paused = true)]
async fn ca_c09_a_forgotten_identity_is_gone_and_its_waiters_learn_of_it() {
    let script = Script::new(0, Duration::from_secs(5));
    let (store, stop) = store(&script);
    let waiting = {
        let store = store.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { store.fetch(&identity("shop", "web")).await.map(drop) });
        tasks
    };
    sleep(Duration::from_secs(1)).await;
    store.forget(&identity("shop", "web"));
    let ended = waiting.join_all().await;
    assert_eq!(ended, [Err(IdentityError::Forgotten)]);
    assert!(store.states().is_empty());
    stop.cancel();
    store.finish().await;
}

#[tokio::test]
async fn security_c4_an_expired_certificate_is_never_given_out() {
    let ca = FakeCa::new(Duration::from_secs(1), TlsContext::default()).unwrap();
    let stop = CancellationToken::new();
    let script = Arc::new(Script {
        ca,
        ..Arc::into_inner(Script::new(0, Duration::ZERO)).unwrap()
    });
    let store = IdentityStore::new(Signer::Scripted(script.clone()), stop.clone());
    let who = identity("shop", "web");
    let first = store.fetch(&who).await.unwrap();
    // from here on the CA fails
    script.failures.store(usize::MAX, Ordering::SeqCst);
    while !first.is_expired() {
        sleep(Duration::from_millis(50)).await;
    }
    let error = store.fetch(&who).await.unwrap_err();
    assert!(
        error.to_string().starts_with("own_cert_expired")
            || error.to_string().starts_with("signing gRPC error"),
        "{error}"
    );
    stop.cancel();
    store.finish().await;
}

#[tokio::test(start_paused = true)]
async fn states_are_sorted_and_named() {
    let script = Script::new(1, Duration::ZERO);
    let (store, stop) = store(&script);
    store.fetch(&identity("shop", "b")).await.unwrap_err();
    store.fetch(&identity("shop", "a")).await.unwrap();
    let states = store.states();
    let names: Vec<&str> = states.iter().map(|(who, _)| who.service_account()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(matches!(states[0].1, State::Available(_)) && matches!(states[1].1, State::Unavailable(_)));
    stop.cancel();
    store.finish().await;
}

#[tokio::test]
async fn ca_c19_a_changed_root_file_is_used_by_the_next_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.pem");
    let (first, second, wrong) = (Root::new(), Root::new(), Root::new());
    std::fs::write(&file, &first.pem).unwrap();
    let control = Control::start(first, Discovery::Serves).await;
    let server = reached(control.address, RootSource::File(file.clone()));
    let life = Duration::from_hours(1);
    let client = CaClient::new(server, life, TlsContext::default(), Subject::Pods);
    let sign = async || client.sign(&identity("shop", "web")).await;
    sign().await.unwrap();
    sign().await.unwrap();
    assert_eq!(control.connections(), 1, "one channel for all requests");
    // the endpoint has a new chain: the channel that is open serves on, until the file says more
    control.show(&second);
    sign().await.unwrap();
    assert_eq!(control.connections(), 1);
    std::fs::write(&file, &second.pem).unwrap();
    sign().await.unwrap();
    assert_eq!(control.connections(), 2, "the next request trusts the new root");
    // a file that does not fit must not cost the channel that does
    std::fs::write(&file, &wrong.pem).unwrap();
    sign().await.unwrap();
    std::fs::remove_file(&file).unwrap();
    sign().await.unwrap();
    assert_eq!(control.connections(), 2);
    let fresh = CaClient::new(
        reached(control.address, RootSource::Inline(wrong.pem)),
        life,
        TlsContext::default(),
        Subject::Pods,
    );
    let refused = fresh.sign(&identity("shop", "web")).await;
    assert!(
        matches!(refused, Err(IdentityError::Unreachable(_))),
        "{refused:?}"
    );
}
