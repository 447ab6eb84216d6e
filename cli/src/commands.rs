//! One line and one file per subcommand, nested as typed.

pub mod admin;
pub mod analyze;
pub mod argocd;
pub mod authz;
pub mod bug_report;
pub mod check;
pub mod ci;
pub mod completion;
pub mod config;
pub mod create_remote_secret;
pub mod describe;
pub mod drift;
pub mod elsewhere;
pub mod get_config;
pub mod images;
pub mod input;
pub mod install;
pub mod man;
pub mod manifest;
pub mod ns;
pub mod precheck;
pub mod proxy_status;
pub mod remote_clusters;
pub mod report;
pub mod sandbox;
pub mod schema;
pub mod snapshot;
pub mod status;
pub mod tag;
pub mod tap;
pub mod top;
pub mod trace;
pub mod uninstall;
pub mod validate;
pub mod verify;
pub mod version;
pub mod wait;
pub mod waypoint;
pub mod xds;
pub mod ztunnel_config;

use crate::config::Environment;
use crate::context::{Context, Globals};
use crate::exit::{Exit, Failure};
use crate::render::message;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

const EXAMPLES: &str = "Examples:
  meshctl sandbox demo                    a whole mesh on this machine, shown step by step
  meshctl install -y                      install the mesh into the current cluster
  meshctl ns enroll shop                  bring a namespace into the mesh
  meshctl ztunnel-config workloads        what the node proxies know
  meshctl uninstall --purge --unenroll    take everything out again";

/// Install, enrol, inspect and explain a sidecarless service mesh
#[derive(Debug, Parser)]
#[command(name = "meshctl", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a whole mesh on this machine
    Sandbox(sandbox::Sandbox),
    /// Install or upgrade the mesh
    #[command(visible_alias = "upgrade", alias = "apply")]
    Install(install::Install),
    /// Print or write what would be installed
    Manifest(manifest::Manifest),
    /// Print what the mesh was installed with
    GetConfig(get_config::GetConfig),
    /// Find what is not as it was meant, who made it so, and what puts it right
    Drift(drift::DriftCommand),
    /// Look after the mesh's applications in Argo CD
    #[command(alias = "argo")]
    Argocd(argocd::Argocd),
    /// Take the mesh out again
    Uninstall(uninstall::Uninstall),
    /// Bring namespaces into the mesh, take them out, see what is in
    #[command(alias = "namespace", alias = "namespaces")]
    Ns(ns::Ns),
    /// Explain what the mesh makes of a pod or service
    #[command(alias = "desc")]
    Describe(describe::Describe),
    /// Check that the mesh is well, or that a cluster is ready for it
    Check(check::Check),
    /// Find what is accepted and does not do what its author thinks
    Analyze(analyze::Analyze),
    /// Check manifests in a pipeline: definitions, findings and expectations, one exit code
    Ci(ci::Ci),
    /// Ask what policy says to a connection, before it is made
    #[command(visible_alias = "authorization")]
    Authz(authz::Authz),
    /// Follow one connection hop by hop, with what says so at each
    Trace(trace::TraceCommand),
    /// Show which proxies are connected, and whether they are up to date
    #[command(visible_alias = "ps")]
    ProxyStatus(proxy_status::ProxyStatus),
    /// Validate mesh objects in files, without a cluster
    #[command(alias = "v")]
    Validate(validate::Validate),
    /// Show the CPU and memory that the mesh itself uses
    Top(top::Top),
    /// Show what the mesh encrypts, what it costs and what it saves, as pages to hand on
    #[command(alias = "reports")]
    Report(report::Report),
    /// Watch connections live, as the node proxies see them: opened, closed, denied
    Tap(tap::Tap),
    /// Show what the node proxies know
    #[command(visible_alias = "zc", alias = "zt")]
    ZtunnelConfig(ztunnel_config::ZtunnelConfig),
    /// Compare the installation with what was meant, then check that it is well
    #[command(alias = "verify-install")]
    Verify(verify::Verify),
    /// Check that a cluster is ready for the mesh
    Precheck(precheck::Precheck),
    /// Show each part of the mesh, and what is wrong
    Status(status::Status),
    /// Write an archive for those who are to find out what is wrong; secrets redacted
    BugReport(bug_report::BugReport),
    /// Save the mesh at one moment, show it, compare two
    Snapshot(snapshot::SnapshotCommand),
    /// Wait until what was applied has reached every node proxy
    Wait(wait::Wait),
    /// Ask for waypoints, list them, see what uses them
    #[command(visible_alias = "wp", alias = "waypoints")]
    Waypoint(waypoint::Waypoint),
    /// Show what the control plane sends to node proxies
    Xds(xds::Xds),
    /// OCI images of the mesh's programs: list, build, save, load, push
    Images(images::Images),
    /// Give revisions of the control plane other names
    #[command(alias = "tags")]
    Tag(tag::Tag),
    /// Show the other clusters that control planes follow
    RemoteClusters(remote_clusters::RemoteClusters),
    /// Print the secret with which another cluster's control plane follows this one
    CreateRemoteSecret(create_remote_secret::CreateRemoteSecret),
    /// Show the versions of client, control plane and data plane
    Version(version::Version),
    /// Read and change what the control plane logs
    #[command(alias = "istiod")]
    Admin(admin::Admin),
    /// Show the defaults of global flags and where they are from
    Config(config::Config),
    /// Names that the reference keeps below experimental
    #[command(aliases = ["x", "exp"], hide = true)]
    Experimental(elsewhere::Experimental),
    #[command(hide = true, aliases = ["dash", "d"])]
    Dashboard(elsewhere::Elsewhere),
    #[command(hide = true, alias = "pc")]
    ProxyConfig(elsewhere::Elsewhere),
    #[command(hide = true)]
    KubeInject(elsewhere::Elsewhere),
    #[command(hide = true)]
    Profile(elsewhere::Elsewhere),
    #[command(hide = true)]
    Operator(elsewhere::Elsewhere),
    /// Print the JSON schemas of the documents that commands print
    Schema(schema::SchemaCommand),
    /// Print manual pages
    Man(man::Man),
    /// Print the completion script of a shell
    Completion(completion::Completion),
}

impl Cli {
    /// Runs the chosen command. Synchronous on purpose: the sandbox must unshare before any thread starts.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let settled = Context::settled(self.globals, Environment::read());
        let context = match settled.and_then(|context| context.request_timeout().map(|_| context)) {
            Ok(context) => context,
            Err(failure) => return message::failure(&failure).into(),
        };
        let ended = match self.command {
            Command::Sandbox(command) => return command.run(),
            Command::Install(command) if command.is_atomic() => block_on_to_its_end(command.run(&context)),
            Command::Install(command) => block_on(command.run(&context)),
            Command::Drift(command) => block_on(command.run(&context)),
            Command::Argocd(command) => block_on(command.run(&context)),
            Command::GetConfig(command) => block_on(command.run(&context)),
            Command::Manifest(command) => block_on(command.run(&context)),
            Command::Uninstall(command) => block_on(command.run(&context)),
            Command::Ns(command) => block_on(command.run(&context)),
            Command::Describe(command) => block_on(command.run(&context)),
            Command::Check(command) => block_on(command.run(&context)),
            Command::Analyze(command) => block_on(command.run(&context)),
            Command::Ci(command) => block_on(command.run(&context)),
            Command::Authz(command) => block_on(command.run(&context)),
            Command::Trace(command) => block_on(command.run(&context)),
            Command::ProxyStatus(command) => block_on(command.run(&context)),
            Command::Validate(command) => command.run(&context),
            Command::Top(command) => block_on(command.run(&context)),
            Command::Report(command) => block_on(command.run(&context)),
            Command::Tap(command) => block_on_to_its_end(command.run(&context)),
            Command::ZtunnelConfig(command) => block_on(command.run(&context)),
            Command::Verify(command) if command.is_mtls() => block_on_to_its_end(command.run(&context)),
            Command::Verify(command) => block_on(command.run(&context)),
            Command::Precheck(command) => block_on(command.run(&context)),
            Command::Status(command) => block_on(command.run(&context)),
            Command::BugReport(command) => block_on(command.run(&context)),
            Command::Snapshot(command) => block_on(command.run(&context)),
            Command::Wait(command) => block_on(command.run(&context)),
            Command::Waypoint(command) => block_on(command.run(&context)),
            Command::Xds(command) => block_on(command.run(&context)),
            Command::Images(command) => block_on(command.run(&context)),
            Command::Tag(command) => block_on(command.run(&context)),
            Command::Version(command) => block_on(command.run(&context)),
            Command::Admin(command) => block_on(command.run(&context)),
            Command::Config(command) => command.run(&context),
            Command::Experimental(command) => block_on(command.run(&context)),
            Command::CreateRemoteSecret(command) => block_on(command.run(&context)),
            Command::RemoteClusters(command) => block_on(command.run(&context)),
            Command::Dashboard(_) => Err(elsewhere::Elsewhere::answer("dashboard")),
            Command::ProxyConfig(_) => Err(elsewhere::Elsewhere::answer("proxy-config")),
            Command::KubeInject(_) => Err(elsewhere::Elsewhere::answer("kube-inject")),
            Command::Profile(_) => Err(elsewhere::Elsewhere::answer("profile")),
            Command::Operator(_) => Err(elsewhere::Elsewhere::answer("operator")),
            Command::Schema(command) => command.run(&context),
            Command::Man(command) => command.run(),
            Command::Completion(command) => command.run(),
        };
        match ended {
            Ok(exit) => exit.into(),
            Err(failure) => message::failure(&failure).into(),
        }
    }
}

/// Runs a command that talks to a cluster. An interrupt ends it with the code of the specification.
fn block_on(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    block_on_to_its_end(async {
        // from the first moment on, not only once the command waits
        let mut interrupts = Interrupts::listen()?;
        tokio::select! {
            biased;
            ended = Box::pin(command) => ended,
            () = interrupts.next() => Ok(Exit::Interrupted),
        }
    })
}

/// Interrupts by the operator, none of which is lost.
struct Interrupts(tokio::signal::unix::Signal);

impl Interrupts {
    fn listen() -> Result<Self, Failure> {
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        signal
            .map(Self)
            .map_err(|error| Failure::new("cannot take interrupts").caused_by(&error))
    }

    async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            // nobody will ever interrupt
            std::future::pending::<()>().await;
        }
    }
}

/// Runs a command that talks to a cluster and takes interrupts itself.
fn block_on_to_its_end(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    // two TLS stacks never meet in this program, so a provider that is already set is the same one
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new("cannot start the runtime").caused_by(&error))?;
    let ended = runtime.block_on(Box::pin(command));
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    ended
}
