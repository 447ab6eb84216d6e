//! Files of lists: read, refused, replaced, followed.

use super::*;

#[test]
fn a_file_is_der_or_any_number_of_pem_blocks() {
    let mesh = Mesh::new(false);
    let list = mesh.list(&[&mesh.client]);
    for (bytes, count) in [
        (der(&list), 1),
        (list.clone().into_bytes(), 1),
        (format!("# ours\n{list}\n{list}\n\n").into_bytes(), 2),
        (b" \n".to_vec(), 0),
    ] {
        assert_eq!(parse(&bytes).unwrap().len(), count);
    }
    for bad in [
        mesh.ca.root_pem().as_bytes(),
        &list.as_bytes()[..list.len() - 5],
        format!("{list}-----BEGIN X5").as_bytes(),
        b"nothing of the kind",
    ] {
        assert!(parse(bad).is_err(), "{}", String::from_utf8_lossy(bad));
    }
}

#[test]
fn security_t19_a_present_but_unusable_file_is_refused_at_start() {
    let mesh = Mesh::new(false);
    mesh.write("nothing of the kind");
    let error = Revocations::load(mesh.path(), false).unwrap_err();
    assert!(
        error.to_string().contains("is not a file of revocation lists"),
        "{error}"
    );
    let error = Revocations::load(mesh.folder.path().to_owned(), false).unwrap_err();
    assert!(matches!(error, CrlError::Read { .. }), "{error}");
}

#[test]
fn security_t19_a_bad_file_keeps_the_last_good_lists() {
    let mesh = Mesh::new(false);
    mesh.revoke(&[&mesh.client]);
    let stranger = Mesh::new(false);
    let pem = mesh.list(&[]);
    let unrelated = crl(
        &Issuer::new(authority("unrelated"), KeyPair::generate().unwrap()),
        &[],
        Duration::ZERO,
    );
    for bad in [
        "",
        "nothing of the kind",
        &pem[..pem.len() / 2],
        &stranger.list(&[]), // our authority's name, another key
        &unrelated,
    ] {
        mesh.write(bad);
        assert!(mesh.revocations.reload(&mesh.own()).is_err(), "{bad}");
        assert!(mesh.refuses_client(), "{bad}");
    }
    fs::remove_file(mesh.path()).unwrap();
    assert!(matches!(
        mesh.revocations.reload(&mesh.own()),
        Err(CrlError::Gone(_))
    ));
    assert!(mesh.refuses_client());
    mesh.revoke(&[]);
    assert!(!mesh.refuses_client());
}

#[test]
fn security_t19_ten_thousand_damaged_lists_release_nobody() {
    let mesh = Mesh::new(false);
    mesh.revoke(&[&mesh.client]);
    let (good, own) = (der(&mesh.list(&[])), mesh.own());
    let path = mesh.path();
    let mut random = rand::rng();
    for _ in 0..10_000 {
        let mut bytes = good.clone();
        match random.random_range(0..3) {
            0 => bytes.truncate(random.random_range(1..good.len())),
            1 => bytes.push(random.random()),
            _ => {
                let at = random.random_range(0..good.len());
                bytes[at] ^= 1 << random.random_range(0..8);
            }
        }
        let Ok(lists) = parse(&bytes) else { continue };
        let old = mesh.revocations.lists.load();
        let vouched = mesh.revocations.vouch(&path, (&old, &lists), &own[0]);
        assert!(vouched.is_err(), "{bytes:?}");
    }
    assert!(mesh.refuses_client());
}

#[test]
fn security_t19_a_list_another_key_signed_refuses_rather_than_releases() {
    // read at start, before we have a certificate to check it with
    let (mesh, stranger) = (Mesh::new(false), Mesh::new(false));
    mesh.write(stranger.list(&[]));
    mesh.revocations.reload(&[]).unwrap();
    assert!(mesh.refuses_client());
}

#[tokio::test(start_paused = true)]
async fn security_t18_the_file_is_followed_and_in_force_within_3_s() {
    let mesh = Mesh::new(false);
    let (told, stop) = (Mutex::new(Vec::new()), CancellationToken::new());
    let stale = |is_stale| told.lock().unwrap().push(is_stale);
    let following = mesh.revocations.follow(|| mesh.own(), stale, stop.clone());
    let pause = || tokio::time::sleep(Duration::from_secs(3));
    let is_stale = || *told.lock().unwrap().last().unwrap();
    let changing = async {
        pause().await;
        assert!(!mesh.refuses_client() && !is_stale());
        mesh.write(mesh.list(&[&mesh.client]));
        pause().await;
        assert!(mesh.refuses_client() && !is_stale());
        mesh.write("torn");
        pause().await;
        assert!(mesh.refuses_client() && is_stale());
        mesh.write(mesh.list(&[&mesh.server]));
        pause().await;
        assert!(!mesh.refuses_client() && !is_stale());
        stop.cancel();
    };
    tokio::join!(following, changing);
}
