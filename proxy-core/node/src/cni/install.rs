//! Keeps program, credentials and configuration of the plugin in place on the node (cni-agent.md 4).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use mesh_sys::inotify::Folders;
use mesh_sys::program::chain;
use mesh_wire::well_known::name::CNI_PLUGIN;
use mesh_wire::well_known::path;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::conflist::{self, Conf, list_name};
use super::files::{self, FileError};
use super::json::Json;
use super::kubeconfig::{self, CredentialError, Token, Trust};
use crate::config::Config;
use crate::metrics::{Installed, Metrics};

/// The configuration of a plugin that is not part of a chain.
const ALONE: &str = "YYY-istio-cni.conf";
/// Also without a notice everything is checked this often.
const CHECK: Duration = Duration::from_secs(10);
/// At most one pass in this time.
const PACE: Duration = Duration::from_secs(1);
/// Passes closer than this are a quarrel.
const QUICK: Duration = Duration::from_secs(5);
const QUARREL: u32 = 5;
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LAST_BACKOFF: Duration = Duration::from_secs(30);
/// A runtime may still hold the old configuration so long (cni-agent.md 12).
const LINGER: Duration = Duration::from_secs(1);
/// Somebody else may write between our reading and our writing.
const TRIES: usize = 5;

/// Why a pass failed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Programs.
    #[error("cannot install the plugin's program")]
    Program(#[source] FileError),
    /// Credentials.
    #[error("cannot make the plugin's credentials")]
    Credentials(#[source] CredentialError),
    /// Their file.
    #[error("cannot write the plugin's credentials")]
    Kubeconfig(#[source] FileError),
    /// Configuration.
    #[error("cannot write the CNI configuration")]
    Configuration(#[source] FileError),
    /// Others keep writing it.
    #[error("the CNI configuration changes faster than it can be edited")]
    Raced,
    /// Changes cannot be noticed.
    #[error("cannot watch the node's CNI folders")]
    Watch(#[source] std::io::Error),
}

impl InstallError {
    fn result(&self) -> Installed {
        match self {
            Self::Program(_) | Self::Watch(_) => Installed::CopyBinaries,
            Self::Credentials(_) | Self::Kubeconfig(_) => Installed::CreateKubeconfig,
            Self::Configuration(_) | Self::Raced => Installed::CreateCniConfig,
        }
    }

    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Program(error) | Self::Kubeconfig(error) | Self::Configuration(error) => error.hint(),
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
struct Written {
    token: Option<Token>,
    kubeconfig: Option<String>,
    file: Option<PathBuf>,
}

/// Keeps the plugin in place. Clones share what was written.
#[derive(Clone)]
pub struct Installer {
    config: Arc<Config>,
    client: Client,
    metrics: Metrics,
    ready: Arc<watch::Sender<bool>>,
    written: Arc<Mutex<Written>>,
    entry: Arc<Json>,
}

/// What one pass did about the configuration.
enum Pass {
    Done,
    /// No primary configuration yet.
    Waiting,
}

impl Installer {
    /// Nothing is in place yet.
    #[must_use]
    pub fn new(
        config: Arc<Config>,
        client: Client,
        metrics: Metrics,
        ready: Arc<watch::Sender<bool>>,
    ) -> Self {
        let entry = Arc::new(conflist::entry(&config));
        Self {
            config,
            client,
            metrics,
            ready,
            written: Arc::default(),
            entry,
        }
    }

    /// Installs and repairs until `stop`. Only the first pass may fail the process.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), InstallError> {
        let mut first = true;
        let (mut backoff, mut quick, mut last) = (FIRST_BACKOFF, 0, None);
        while !stop.is_cancelled() {
            self.set_ready(false);
            match self.pass().await {
                Ok(pass) => {
                    (first, backoff) = (false, FIRST_BACKOFF);
                    if let Pass::Done = pass {
                        self.metrics.installed(Installed::Success);
                        self.mind_quarrel(&mut quick, &mut last).await;
                    }
                    self.watch(&stop).await?;
                }
                Err(error) if first => {
                    self.metrics.installed(error.result());
                    return Err(error);
                }
                Err(error) => {
                    // an agent that ended here would stop capture for a folder that is busy for a moment
                    self.metrics.installed(error.result());
                    tracing::error!(error = %chain(&error), hint = error.hint(), retry_in = ?backoff, "cannot keep the plugin in place");
                    pause(&stop, backoff).await;
                    backoff = (backoff * 2).min(LAST_BACKOFF);
                }
            }
            pause(&stop, PACE).await;
        }
        Ok(())
    }

    fn set_ready(&self, ready: bool) {
        self.metrics.install_ready(ready);
        self.ready.send_replace(ready);
    }

    async fn mind_quarrel(&self, quick: &mut u32, last: &mut Option<Instant>) {
        let now = Instant::now();
        *quick = if last.is_some_and(|last: Instant| now - last < QUICK) {
            *quick + 1
        } else {
            0
        };
        *last = Some(now);
        if *quick > QUARREL {
            let file = self.written.lock().await.file.clone().unwrap_or_default();
            let hint = quarrel_hint(&file.to_string_lossy());
            tracing::warn!(file = %file.display(), hint, "configuration has been reconciled multiple times; perhaps another component is constantly reverting our work");
        }
    }

    /// Waits until something is not as it should be.
    async fn watch(&self, stop: &CancellationToken) -> Result<(), InstallError> {
        let folders = Folders::new().map_err(InstallError::Watch)?;
        let paths = &self.config.paths;
        folders.add(&paths.net).map_err(InstallError::Watch)?;
        for folder in [&paths.bin, &paths.account, &paths.run] {
            // these may be missing in tests and unusual installations; the periodic check covers them
            let _ = folders.add(folder);
        }
        // once more now that nothing can be missed
        while self.is_in_place().await {
            self.set_ready(true);
            let renew = self.written.lock().await.token.as_ref().map(Token::renew);
            let next = renew
                .unwrap_or_else(|| Instant::now() + CHECK)
                .min(Instant::now() + CHECK);
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                changed = folders.changed() => drop(changed.map_err(InstallError::Watch)?),
                () = tokio::time::sleep_until(next) => {}
            }
        }
        if self.written.lock().await.file.is_none() {
            // no primary configuration yet: nothing to do until something appears
            self.set_ready(false);
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                changed = folders.changed() => drop(changed.map_err(InstallError::Watch)?),
                () = sleep(CHECK) => {}
            }
        }
        Ok(())
    }

    async fn pass(&self) -> Result<Pass, InstallError> {
        let config = self.config.clone();
        let copied = tokio::task::spawn_blocking(move || copy_programs(&config)).await;
        copied.unwrap_or(Ok(())).map_err(InstallError::Program)?;
        let mut written = self.written.lock().await;
        self.write_kubeconfig(&mut written).await?;
        written.file = self.write_configuration()?;
        let Some(file) = &written.file else {
            tracing::info!(folder = %self.config.paths.net.display(), "waiting for a CNI configuration");
            return Ok(Pass::Waiting);
        };
        tracing::info!(file = %file.display(), "the plugin is in place");
        Ok(Pass::Done)
    }

    async fn write_kubeconfig(&self, written: &mut Written) -> Result<(), InstallError> {
        let (config, account) = (&self.config, &self.config.paths.account);
        let due = written
            .token
            .as_ref()
            .is_none_or(|token| token.renew() <= Instant::now());
        if due {
            let token = kubeconfig::fetch(&self.client, account).await;
            written.token = Some(token.map_err(InstallError::Credentials)?);
        }
        let Some(token) = &written.token else {
            return Ok(());
        };
        if config.api.host.is_empty() || config.api.port.is_empty() {
            return Err(InstallError::Credentials(CredentialError::NoServer));
        }
        let trust = if config.install.skip_tls {
            Trust::Anybody
        } else {
            let file = config
                .install
                .ca_file
                .clone()
                .unwrap_or_else(|| account.join("ca.crt"));
            Trust::Roots(files::read(&file).map_err(InstallError::Kubeconfig)?)
        };
        let text = kubeconfig::render(&config.api.url(), &trust, token);
        let path = self.kubeconfig();
        files::write(&path, text.as_bytes(), config.install.kubeconfig_mode)
            .map_err(InstallError::Kubeconfig)?;
        written.kubeconfig = Some(text);
        Ok(())
    }

    fn kubeconfig(&self) -> PathBuf {
        self.config.paths.run.join(path::PLUGIN_KUBECONFIG)
    }

    fn new_mode(&self) -> u32 {
        if self.config.install.group_readable {
            0o640
        } else {
            0o600
        }
    }

    /// The configurations of the node that can be used, by name.
    fn candidates(&self) -> Vec<(String, Conf)> {
        let mut found = Vec::new();
        for file in files::list(&self.config.paths.net).unwrap_or_default() {
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if !conflist::is_candidate(&name) {
                continue;
            }
            match files::read(&file).map(|text| Conf::parse(&name, &text)) {
                Ok(Ok(conf)) => found.push((name, conf)),
                Ok(Err(error)) => tracing::debug!(error = %chain(&error), "ignored"),
                Err(error) => tracing::debug!(error = %chain(&error), "ignored"),
            }
        }
        found
    }

    fn is_owned(&self) -> bool {
        let install = &self.config.install;
        install.owned && install.chained && self.config.ambient.enabled
    }

    /// The primary configuration: the named one under either suffix, else the first.
    fn primary(&self) -> Option<(String, Conf)> {
        let install = &self.config.install;
        let mut candidates = self.candidates();
        if self.is_owned() {
            candidates.retain(|(name, _)| *name != install.owned_name);
        }
        let Some(wanted) = &install.primary else {
            return candidates.into_iter().next();
        };
        let list = list_name(wanted);
        let single = list.strip_suffix("list").unwrap_or(wanted).to_owned();
        let named = |name: &str| candidates.iter().find(|(found, _)| found == name).cloned();
        named(wanted).or_else(|| named(&list)).or_else(|| named(&single))
    }

    fn write_configuration(&self) -> Result<Option<PathBuf>, InstallError> {
        let (config, net) = (&self.config, &self.config.paths.net);
        if !config.install.chained {
            let path = net.join(config.install.primary.as_deref().unwrap_or(ALONE));
            let mode = files::mode(&path).unwrap_or(self.new_mode());
            files::write(&path, self.entry.pretty().as_bytes(), mode).map_err(InstallError::Configuration)?;
            return Ok(Some(path));
        }
        for _ in 0..TRIES {
            let Some((name, conf)) = self.primary() else {
                return Ok(None);
            };
            let from = net.join(&name);
            let to = net.join(if self.is_owned() {
                config.install.owned_name.clone()
            } else {
                list_name(&name)
            });
            let kept = if self.is_owned() {
                files::mode(&to)
            } else {
                files::mode(&from)
            };
            // somebody may have written it meanwhile
            let before = files::read(&from).unwrap_or_default();
            if Conf::parse(&name, &before).ok().as_ref() != Some(&conf) {
                continue;
            }
            let (text, mode) = (conf.with(&self.entry).render(), kept.unwrap_or(self.new_mode()));
            let written = if from == to && before == text.as_bytes() {
                Ok(true)
            } else if from == to {
                files::swap(&to, &before, text.as_bytes(), mode)
            } else {
                let written = files::write(&to, text.as_bytes(), mode);
                written.and_then(|()| Ok(self.is_owned() || files::take(&from, &before)?))
            };
            if written.map_err(InstallError::Configuration)? {
                return Ok(Some(to));
            }
        }
        Err(InstallError::Raced)
    }

    async fn is_in_place(&self) -> bool {
        let written = self.written.lock().await;
        let due = written
            .token
            .as_ref()
            .is_none_or(|token| token.renew() <= Instant::now());
        let kubeconfig = files::read(&self.kubeconfig()).ok();
        let same = kubeconfig.as_deref() == written.kubeconfig.as_ref().map(String::as_bytes);
        !due && same && self.has_programs() && self.has_configuration(&written)
    }

    fn has_programs(&self) -> bool {
        let paths = &self.config.paths;
        let programs = files::list(&paths.image_bin).unwrap_or_default();
        programs.iter().all(|program| {
            let there = paths.bin.join(program.file_name().unwrap_or_default());
            let size = |path: &PathBuf| std::fs::metadata(path).ok().map(|meta| meta.len());
            size(&there) == size(program)
        })
    }

    fn has_configuration(&self, written: &Written) -> bool {
        let Some(file) = &written.file else {
            return false;
        };
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !self.config.install.chained {
            let found = files::read(file).ok().and_then(|text| Json::parse(&text).ok());
            return found.as_ref() == Some(&*self.entry);
        }
        let candidates = self.candidates();
        let Some((_, conf)) = candidates.iter().find(|(found, _)| *found == name) else {
            return false;
        };
        let is_first = candidates.first().is_some_and(|(first, _)| *first == name);
        if self.is_owned() {
            if !is_first {
                tracing::warn!(file = %name, "another configuration sorts before ours: the mesh can be bypassed");
            }
            let primary = self.primary();
            return conf.holds(&self.entry) && primary.is_some_and(|(_, primary)| conf.is_copy_of(&primary));
        }
        conf.holds(&self.entry) && (is_first || self.config.install.primary.is_some())
    }

    /// Takes everything off the node: configuration first, then credentials, then the program.
    pub async fn remove(&self) {
        self.set_ready(false);
        if let Err(error) = self.remove_configuration() {
            tracing::error!(error = %chain(&error), "cannot take the plugin out of the CNI configuration");
            return;
        }
        if let Err(error) = files::remove(&self.kubeconfig()) {
            tracing::warn!(error = %chain(&error), "cannot remove the plugin's credentials");
        }
        sleep(LINGER).await;
        if let Err(error) = files::remove(&self.config.paths.bin.join(CNI_PLUGIN)) {
            tracing::warn!(error = %chain(&error), "cannot remove the plugin's program");
        }
        tracing::info!("the plugin is removed from the node");
    }

    fn remove_configuration(&self) -> Result<(), InstallError> {
        let (install, net) = (&self.config.install, &self.config.paths.net);
        if !install.chained {
            let path = net.join(install.primary.as_deref().unwrap_or(ALONE));
            return files::remove(&path).map_err(InstallError::Configuration);
        }
        if self.is_owned() {
            return files::remove(&net.join(&install.owned_name)).map_err(InstallError::Configuration);
        }
        for _ in 0..TRIES {
            if self.remove_entries()? {
                return Ok(());
            }
        }
        Err(InstallError::Raced)
    }

    /// Takes our entry out of every file; tells whether nobody wrote one of them meanwhile.
    fn remove_entries(&self) -> Result<bool, InstallError> {
        let mut is_done = true;
        for (name, _) in self.candidates() {
            let path = self.config.paths.net.join(&name);
            let before = files::read(&path).unwrap_or_default();
            let Ok(conf) = Conf::parse(&name, &before) else {
                continue;
            };
            let (without, mode) = (conf.without(), files::mode(&path).unwrap_or(self.new_mode()));
            if without != conf {
                let swapped = files::swap(&path, &before, without.render().as_bytes(), mode);
                is_done &= swapped.map_err(InstallError::Configuration)?;
            }
        }
        Ok(is_done)
    }
}

fn copy_programs(config: &Config) -> Result<(), FileError> {
    for program in files::list(&config.paths.image_bin)? {
        let to = config.paths.bin.join(program.file_name().unwrap_or_default());
        if files::copy(&program, &to)? {
            tracing::info!(program = %to.display(), "installed");
        }
    }
    Ok(())
}

fn quarrel_hint(file: &str) -> Option<&'static str> {
    file.contains("cilium")
        .then_some("set cni.exclusive=false in Cilium's configuration")
}

async fn pause(stop: &CancellationToken, time: Duration) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = sleep(time) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cni_c27_a_quarrel_with_cilium_has_a_hint() {
        let hint = quarrel_hint("/host/etc/cni/net.d/05-cilium.conflist");
        assert!(hint.is_some_and(|hint| hint.contains("cni.exclusive")));
        assert_eq!(quarrel_hint("/host/etc/cni/net.d/10-calico.conflist"), None);
    }
}
