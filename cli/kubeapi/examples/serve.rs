//! Starts an embedded Kubernetes API on a loopback port and writes an administrator's kubeconfig to the path given
//! as the first argument; runs until standard input ends. For trying `kubectl` against it.
use std::error::Error;
use std::io::Read;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: serve KUBECONFIG")?;
    let server = mesh_kubeapi::testing::TestServer::start().await?;
    std::fs::write(path, &server.kubeconfig)?;
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    ended.await??;
    server.shutdown().await;
    Ok(())
}
