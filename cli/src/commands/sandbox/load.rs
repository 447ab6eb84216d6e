//! `meshctl sandbox load`: what pods of the sandbox run to move traffic.

use crate::exit::{Exit, Failure};
use clap::{Args, Subcommand};
use mesh_sandbox::end::Asked;
use mesh_sandbox::load::{self, Load, Mode, Probe};
use std::io::Write;
use std::net::{Ipv6Addr, TcpListener};
use std::time::Duration;

/// Move traffic between pods of the sandbox
#[derive(Debug, Args)]
pub struct LoadCommand {
    #[command(subcommand)]
    role: Role,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Answer load connections
    Serve {
        /// TCP ports to listen on
        #[arg(long, default_value = "9000", value_delimiter = ',')]
        port: Vec<u16>,
    },
    /// Copy every connection to another address
    Relay {
        /// TCP port to listen on
        #[arg(long, default_value_t = 9001)]
        port: u16,
        /// `host:port` to copy to
        #[arg(long)]
        to: String,
    },
    /// Run load against a `serve` and print a JSON report
    Run {
        /// `host:port` of the server
        #[arg(long)]
        target: String,
        /// echo, upload, download, connect, stream or half-close
        ///
        /// All but upload and download check every byte that arrives; `exact` in the report counts them at both
        /// ends.
        #[arg(long, default_value = "echo")]
        mode: Mode,
        /// Connections side by side
        #[arg(long, default_value_t = 1)]
        connections: usize,
        /// Bytes of one message or write
        #[arg(long, default_value_t = 1024)]
        message: usize,
        /// Seconds to run
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// Operations per second for each connection
        #[arg(long)]
        rate: Option<u32>,
    },
    /// Connect again and again and print each verdict as a line of JSON
    Probe {
        /// `host:port` of the server
        #[arg(long)]
        target: String,
        /// Connections per second
        #[arg(long, default_value_t = 10)]
        rate: u32,
        /// Seconds to run
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
    },
    /// Ask once for each server whether it may be reached, and print a verdict for each
    Ask {
        /// `host:port` of the servers
        #[arg(required = true)]
        targets: Vec<String>,
        /// Connect from this port, to one server
        #[arg(long)]
        local_port: Option<u16>,
    },
    /// Send one marked request, watch how it leaves this pod, and print both as JSON
    Marked {
        /// `host:port` of the server
        #[arg(long)]
        target: String,
        /// The word that the request holds in readable form
        #[arg(long)]
        marker: String,
    },
    /// Fetch one http:// address and print both ends
    Fetch {
        /// What to fetch
        url: String,
    },
}

impl LoadCommand {
    /// Runs the role until it is done or killed.
    ///
    /// # Errors
    /// A port that cannot be listened on, a target that does not answer.
    pub fn run(self) -> Result<Exit, Failure> {
        match self.role {
            Role::Serve { port } => until_asked(&port, |listener| load::serve(&listener))?,
            Role::Relay { port, to } => until_asked(&[port], move |listener| load::relay(&listener, &to))?,
            Role::Run {
                target,
                mode,
                connections,
                message,
                seconds,
                rate,
            } => {
                let report = load::run(&Load {
                    target,
                    mode,
                    connections,
                    message,
                    duration: duration(seconds)?,
                    rate,
                });
                let report = report.map_err(|error| Failure::new("cannot run the load").caused_by(&error))?;
                print(&crate::render::data::json(&report)?);
            }
            Role::Probe {
                target,
                rate,
                seconds,
            } => {
                let probe = Probe {
                    target,
                    every: Duration::from_secs(1) / rate.max(1),
                    duration: duration(seconds)?,
                };
                probe.run(|answered| print(&serde_json::json!(answered).to_string()));
            }
            Role::Ask { targets, local_port } => {
                let verdicts = match (local_port, targets.as_slice()) {
                    (None, targets) => load::ask_all(targets),
                    (Some(port), [target]) => vec![load::ask_from(port, target)],
                    (Some(_), _) => return Err(Failure::usage("--local-port is for one server")),
                };
                for verdict in verdicts {
                    print(&serde_json::json!(verdict).to_string());
                }
            }
            Role::Marked { target, marker } => send_marked(&target, &marker)?,
            Role::Fetch { url } => {
                let answer = load::fetch(&url);
                let answer = answer
                    .map_err(|error| Failure::new(format!("cannot fetch `{url}`")).caused_by(&error))?;
                print(&format!(
                    "status: {}\nlocal: {}\npeer: {}\n{}",
                    answer.status, answer.local, answer.peer, answer.body
                ));
            }
        }
        Ok(Exit::Ok)
    }
}

fn send_marked(target: &str, marker: &str) -> Result<(), Failure> {
    let seen = load::send_marked(target, marker)
        .map_err(|error| Failure::new("cannot watch how the request leaves this pod").caused_by(&error))?;
    print(&serde_json::json!(seen).to_string());
    Ok(())
}

/// Serves beside, until this process is asked to end.
fn until_asked(ports: &[u16], serve: impl Fn(TcpListener) + Clone + Send + 'static) -> Result<(), Failure> {
    let end = Asked::prepare().map_err(|error| Failure::new(error.chain()))?;
    for port in ports {
        let (listener, serve) = (listen(*port)?, serve.clone());
        // the thread ends with the process
        drop(std::thread::spawn(move || serve(listener)));
    }
    end.wait();
    Ok(())
}

fn duration(seconds: f64) -> Result<Duration, Failure> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| Failure::usage(format!("`{seconds}` is not a number of seconds")))
}

fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv6Addr::UNSPECIFIED, port))
        .map_err(|error| Failure::new(format!("cannot listen on port {port}")).caused_by(&error))
}

fn print(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{}", text.trim_end());
}
