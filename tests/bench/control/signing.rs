//! Certificates a second, against nothing but checking a request and signing, with the same kind of root in the same run.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use control_core::ca::authority::{check_csr, sign};
use control_core::ca::grant::{Caller, own};
use control_core::ca::material::{Material, Pem, renewed, self_signed};
use control_core::ca::root::now;
use rcgen::KeyPair;
use tokio::task::JoinSet;
use tonic::transport::Channel;

use super::plane::Cluster;
use super::{Fallible, beside, client};
use crate::report::{Goal, Report, Row};

/// Rounds of both, one after the other.
const ROUNDS: usize = 9;
/// One round of one of them.
const ROUND: Duration = Duration::from_secs(1);
const CALLERS: usize = 8;
const DAY: i64 = 24 * 3600;

/// Both kinds of roots.
pub(super) async fn run(report: &mut Report) -> Fallible<()> {
    let rsa = self_signed("cluster.local", now(), 365 * DAY)?;
    let key = KeyPair::generate()?;
    let with_key = Pem {
        key: key.serialize_pem().into(),
        ..rsa.clone()
    };
    let p256 = renewed(&with_key, "cluster.local", now(), 365 * DAY)?;
    for (name, pem) in [("P-256", p256), ("RSA-2048", rsa)] {
        compare(name, &pem, report).await?;
    }
    Ok(())
}

async fn compare(name: &str, pem: &Pem, report: &mut Report) -> Fallible<()> {
    let cluster = Cluster::start().await;
    let mounted = tempfile::tempdir()?;
    for (file, text) in [
        ("ca-cert.pem", pem.cert.as_str()),
        ("ca-key.pem", pem.key.as_str()),
        ("root-cert.pem", pem.root.as_str()),
        ("cert-chain.pem", ""),
    ] {
        fs::write(mounted.path().join(file), text)?;
    }
    let path = mounted.path().to_string_lossy().into_owned();
    let (process, _, _folder) = beside(&cluster, &[("ROOT_CA_DIR", &path)]).await?;
    let (bundle, token) = (cluster.bundle("app").await, cluster.proxy_token().await);
    let material = Material::check(pem, now())?;
    let csr = client::csr();
    let mut channels = Vec::new();
    for _ in 0..CALLERS {
        channels.push(client::channel(process.secure(), &bundle).await);
    }
    let (mut bare, mut served, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(alone(&csr, &material)?);
        let (before, began) = (process.cpu()?, Instant::now());
        let count = asked(&channels, (&token, &csr), began).await;
        rates.push(f64::from(count) / began.elapsed().as_secs_f64());
        served.push((process.cpu()? - before) / f64::from(count.max(1)));
    }
    report.add(Row::new(
        format!("certificates a second, {name} root"),
        median(rates),
        "/s",
        Goal::None,
    ));
    report.add(Row {
        yardstick: Some(("checking and signing alone", median(bare) * 1e6)),
        ..Row::new(
            format!("processor time of a certificate, {name} root"),
            median(served) * 1e6,
            "µs",
            Goal::AtMost(1.3),
        )
    });
    Ok(())
}

/// How many certificates all callers get in one round.
async fn asked(channels: &[Channel], (token, csr): (&str, &str), began: Instant) -> u32 {
    let mut callers = JoinSet::new();
    for channel in channels {
        let (channel, token, csr) = (channel.clone(), token.to_owned(), csr.to_owned());
        callers.spawn(async move {
            let mut count = 0_u32;
            while began.elapsed() < ROUND {
                let asked = client::certificate(channel.clone(), &token, "", (csr.clone(), 3600));
                count += u32::from(asked.await.is_ok());
            }
            count
        });
    }
    callers.join_all().await.into_iter().sum()
}

/// Seconds of this thread for checking a request and signing, and nothing else.
fn alone(csr: &str, material: &Material) -> Fallible<f64> {
    let identity = "spiffe://cluster.local/ns/istio-system/sa/ztunnel".parse()?;
    let caller = Caller {
        identity,
        pod: None,
        cluster: String::new().into(),
    };
    let clock = nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID;
    let before = Duration::from(nix::time::clock_gettime(clock)?);
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < ROUND / 2 {
        let checked = check_csr(csr)?;
        black_box(sign(&checked, own(&caller), 3600, material, now())?);
        count += 1;
    }
    let spent = Duration::from(nix::time::clock_gettime(clock)?).saturating_sub(before);
    Ok(spent.as_secs_f64() / f64::from(count))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
