//! What follows from several settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mesh_wire::well_known::port;

use crate::config::{Config, Threads};
use crate::control_plane::{RootSource, TokenSource};
use crate::route::OwnPorts;

impl Config {
    /// How long open connections may go on after SIGTERM.
    #[must_use]
    pub fn drain_limit(&self) -> Duration {
        if let Some(limit) = self.process.termination_deadline {
            return limit;
        }
        match self.process.grace_seconds {
            Some(grace) if grace > 10 => Duration::from_secs(grace - 5),
            Some(grace) => Duration::from_secs(grace.saturating_sub(1).max(1)),
            None => Duration::from_secs(5),
        }
    }

    /// The folders of all files that may be read after the start, by the names the settings give and by
    /// those they lead to.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        let control = &self.control;
        let mut files: Vec<PathBuf> = ["/etc/resolv.conf", "/etc/hosts"].map(PathBuf::from).into();
        for root in [&control.xds_root, &control.ca_root] {
            if let RootSource::File(path) = root {
                files.push(path.clone());
            }
        }
        if let TokenSource::File(path) = &control.token {
            files.push(path.clone());
        }
        files.extend(control.crl_path.clone());
        files.extend(control.local_path.clone());
        let folder = |file: &Path| match file.parent() {
            Some(parent) if parent.as_os_str().is_empty() => Some(PathBuf::from(".")),
            parent => parent.map(Path::to_owned),
        };
        let led_to = files.iter().filter_map(|file| file.canonicalize().ok());
        let all: Vec<PathBuf> = files.iter().cloned().chain(led_to).collect();
        let system = ["/proc", "/sys"].map(PathBuf::from);
        system
            .into_iter()
            .chain(all.iter().filter_map(|file| folder(file)))
            .collect()
    }

    /// Data plane threads on a machine of so many CPUs (`proxy-ops.md` §2.4).
    #[must_use]
    pub fn worker_threads(&self, cores: u32) -> usize {
        let process = &self.process;
        let cpus = process.cpu_limit.or(process.cpu_count).unwrap_or(cores).max(1);
        let count = match process.threads {
            Some(Threads::Count(0)) => cpus,
            Some(Threads::Count(count)) => count,
            Some(Threads::Percent(percent)) => (cpus * percent).div_ceil(100).max(1),
            None => {
                let request = process.cpu_request.unwrap_or(0);
                match process.cpu_limit {
                    Some(limit) => limit.max(request),
                    None => cpus.div_ceil(4).max(request).max(2),
                }
            }
        };
        count.max(1) as usize
    }

    /// The ports no application connection may reach.
    #[must_use]
    pub fn own_ports(&self) -> OwnPorts {
        let mut ports = vec![
            port::OUTBOUND,
            port::INBOUND_PLAINTEXT,
            port::HBONE,
            self.dns.port,
        ];
        if self.proxy.socks5 {
            ports.push(port::SOCKS5);
        }
        OwnPorts(ports)
    }
}
