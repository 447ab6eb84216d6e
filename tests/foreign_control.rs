//! The control plane, asked by an implementation that is not ours: Python's grpcio over TLS, with a real token.

#[path = "harness.rs"]
mod harness;
#[path = "../control-core/tests/served/plane.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "made for another suite, whose tests fail by panicking"
)]
mod plane;

use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use harness::{Need, Suite, root};
use libtest_mimic::Failed;
use tokio::time::{Instant, sleep};

fn main() -> ExitCode {
    let mut suite = Suite::default();
    let name = "grpcio_follows_the_mesh_and_gets_a_certificate_that_openssl_accepts";
    suite.test(name, &[Need::PythonGrpc], || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        runtime.block_on(served())
    });
    suite.run()
}

async fn served() -> Result<(), Failed> {
    let cluster = plane::Cluster::start().await;
    cluster.account("app", "web").await;
    let control = cluster.ready_plane(&[]).await;
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text);
    write("root.pem", cluster.bundle("app").await)?;
    write("token", cluster.proxy_token().await)?;
    let key = rcgen::KeyPair::generate()?;
    write(
        "csr.pem",
        rcgen::CertificateParams::default()
            .serialize_request(&key)?
            .pem()?,
    )?;
    let address = control.addresses.secure_grpc.ok_or("no port")?.to_string();
    let mut script = Command::new("python3")
        .env("PYTHONPATH", root().join("target/tools/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(root().join("tests/foreign/control.py"))
        .arg(address)
        .arg(folder.path())
        .stderr(Stdio::piped())
        .spawn()?;
    wait_for(&folder.path().join("ready"), &mut script).await?;
    cluster.pod("app", "web", "web", ("n1", "10.0.0.9")).await;
    let output = tokio::task::spawn_blocking(move || script.wait_with_output()).await??;
    control.stop().await?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}

/// Waits for a file, or for the script's early end, whose output then is the reason of the failure.
async fn wait_for(path: &Path, script: &mut Child) -> Result<(), Failed> {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !path.exists() && script.try_wait()?.is_none() {
        if Instant::now() > deadline {
            script.kill()?;
            return Err("the script never saw both types answered".into());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
