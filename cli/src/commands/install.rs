//! `meshctl install`, alias `upgrade` and `apply` (`spec/cli.md` 4).

use super::manifest::Output;
use super::ns::enroll::DryRun;
use crate::checks::judge;
use crate::cluster::Cluster;
use crate::context::{Context, parse_duration};
use crate::exit::{Exit, Failure};
use crate::install::apply::{self, Change};
use crate::install::component::{Component, title_of};
use crate::install::plan::{self, Plan, Target};
use crate::install::run::{Installation, Options};
use crate::install::values::{self, Given, Settings};
use crate::install::{diff, export, prune, record};
use crate::render;
use clap::Args;
use mesh_wire::well_known::{COMPAT_MINOR, PRODUCT_VERSION, field_manager};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "Examples:
  meshctl install -y                                  the ambient profile with its defaults
  meshctl install -f mesh.yaml --set global.hub=registry.example/mesh
  meshctl install --dry-run                           what would change, without changing it
  meshctl install --atomic -y -f mesh.yaml            all of it, or everything as it was before
  meshctl install --adopt                             take over what Helm or another tool installed";

/// What decides what is rendered: shared by every command that renders the charts.
#[derive(Debug, Clone, Args)]
pub struct Input {
    /// Operator document or chart values; later ones win; - is standard input, as the last one
    #[arg(short, long = "filename", value_name = "PATH", value_delimiter = ',', value_hint = clap::ValueHint::FilePath)]
    pub filename: Vec<String>,
    /// One value, after the files: PATH=VALUE
    #[arg(short, long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// A folder with the charts base, istiod, cni and ztunnel, instead of the built-in ones
    #[arg(short = 'd', long, alias = "charts", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub manifests: Option<PathBuf>,
    /// Revision of the control plane; `default` means none
    #[arg(short, long, value_name = "NAME")]
    pub revision: Option<String>,
    /// A mirror of the images; a hub that values name beats it
    #[arg(long, env = "MESHCTL_HUB", value_name = "NAME", hide = true)]
    hub: Option<String>,
}

impl Input {
    /// Whether any value is given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        !self.filename.is_empty() || !self.set.is_empty()
    }

    /// The given values, or, where none are, those of the last installation.
    ///
    /// # Errors
    /// As [`Self::settle`], and the API cannot be asked.
    pub async fn settle_recorded(
        &self,
        context: &Context,
        cluster: &Cluster,
        platform: Option<&'static str>,
    ) -> Result<Settings, Failure> {
        let given = self.settle(context, platform)?;
        if self.is_given() {
            return Ok(given);
        }
        let owner = values::owner(&given.revision);
        let recorded = record::fetch_settings(cluster, &given.namespace, &owner).await?;
        Ok(recorded.unwrap_or(given))
    }

    /// Reads the files and combines the layers.
    ///
    /// # Errors
    /// A file that cannot be read or parsed, or a value that nothing knows.
    pub fn settle(&self, context: &Context, platform: Option<&'static str>) -> Result<Settings, Failure> {
        let mut files = Vec::new();
        for (at, name) in self.filename.iter().enumerate() {
            if name == "-" && at + 1 < self.filename.len() {
                return Err(Failure::usage("`-` must be the last of the files"));
            }
            files.push((name.clone(), read_file(context, name)?));
        }
        values::settle(&Given {
            files,
            sets: self.set.clone(),
            revision: self.revision.clone(),
            platform,
            namespace: context.istio_namespace(),
            hub: self.hub.clone(),
        })
    }
}

fn read_file(context: &Context, name: &str) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot read `{name}`")).caused_by(&error);
    if name != "-" {
        return std::fs::read_to_string(name).map_err(failed);
    }
    if std::io::stdin().is_terminal() {
        context.messages.line("reading values from standard input");
    }
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .read_to_string(&mut text)
        .map_err(failed)?;
    Ok(text)
}

/// A duration as a flag's value.
///
/// # Errors
/// It is none.
pub fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "not a duration: write it like 30s, 5m or 1h".to_owned())
}

/// Arguments of `meshctl install`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct Install {
    #[command(flatten)]
    input: Input,
    /// How long each component may take to become ready
    #[arg(long, alias = "timeout", default_value = "5m", value_name = "DURATION", value_parser = duration)]
    readiness_timeout: Duration,
    /// Wait until each component is ready
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    wait: bool,
    /// Change nothing and tell what would change; `server` lets the API check each object
    #[arg(long, value_enum, value_name = "WHERE", default_value = "none")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "client")]
    dry_run: DryRun,
    /// Print what would change as a diff and change nothing; exit 1 if anything would
    #[arg(long, conflicts_with_all = ["dry_run", "export"])]
    diff: bool,
    /// Print or write files instead of installing, as `manifest generate` does
    #[arg(long)]
    export: bool,
    #[command(flatten)]
    output: Output,
    /// Take over objects that another owner, such as Helm, installed
    #[arg(long)]
    adopt: bool,
    /// Put everything back as it was when a component does not become ready; definitions stay
    #[arg(long)]
    atomic: bool,
    /// Go on although a network plugin is set up in a way that breaks the mesh
    #[arg(long)]
    force: bool,
    /// Do not ask
    #[arg(short = 'y', long = "skip-confirmation", alias = "yes")]
    yes: bool,
}

impl Install {
    /// Whether the command takes interrupts itself.
    #[must_use]
    pub fn is_atomic(&self) -> bool {
        self.atomic
    }

    /// Runs the command.
    ///
    /// # Errors
    /// Bad input, a refusal of the API, or a component that does not become ready.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        // what can be wrong without a cluster is told before one is asked
        let settings = self.input.settle(context, None)?;
        if self.export || self.output.is_asked_for() {
            let plan = plan::render(&settings, &Target::default(), self.input.manifests.as_ref())?;
            let files = export::files(self.output.format(), &settings, &plan, &self.output.layout()?);
            self.output.deliver(&files, context)?;
            return Ok(Exit::Ok);
        }
        let cluster = Cluster::connect(context).await?;
        let target = fetch_target(&cluster).await?;
        let platform = cluster.fetch_platform(&target).await?;
        let settings = self.input.settle(context, platform)?;
        let plan = record::render(&settings, &target, self.input.manifests.as_ref())?;
        if self.diff || self.dry_run != DryRun::None {
            return Box::pin(self.compare(context, &cluster, &plan)).await;
        }
        if let Some(platform) = platform {
            context.messages.line(&format!("the platform is {platform}"));
        }
        self.refuse_plugins(context, &cluster, &plan).await?;
        tell_version_change(context, &cluster, &plan).await?;
        self.tell_forgotten_input(context, &cluster, &plan.owner, &settings)
            .await?;
        context.confirm(
            &format!(
                "This will install the mesh {PRODUCT_VERSION} (Istio {COMPAT_MINOR} compatible), profile \"{}\", into the cluster. Proceed?",
                settings.profile
            ),
            self.yes,
        )?;
        let options = Options {
            limit: self.wait.then_some(self.readiness_timeout),
            adopts: self.adopt,
            is_atomic: self.atomic,
        };
        let done = Installation::new(&cluster, &plan, options, context.messages)
            .run()
            .await?;
        let what = match (done.written, done.pruned) {
            (0, 0) => "nothing had to change".to_owned(),
            (written, 0) => format!("{written} objects written"),
            (written, pruned) => format!("{written} objects written, {pruned} removed"),
        };
        context.messages.done(&format!("Installation complete ({what})"));
        Ok(Exit::Ok)
    }
}

impl Install {
    /// `--diff` and `--dry-run`: what would change, without changing it.
    async fn compare(&self, context: &Context, cluster: &Cluster, plan: &Plan) -> Result<Exit, Failure> {
        let exit = if self.diff { Exit::DiffError } else { Exit::Error };
        let failed = |failure: Failure| Failure { exit, ..failure };
        let is_new = cluster
            .get(&format!("/api/v1/namespaces/{}", plan.namespace))
            .await
            .map_err(failed)?
            .is_none();
        let objects = plan.objects().cloned().collect();
        let pairs = apply::fetch_pairs(cluster, objects).await.map_err(failed)?;
        let (mut text, mut count) = (String::new(), 0);
        if is_new {
            count += 1;
            text.push_str(&self.describe(None, &plan::namespace(&plan.namespace)));
        }
        for pair in &pairs {
            match apply::plan_change(cluster, pair, field_manager::CLI)
                .await
                .map_err(failed)?
            {
                Change::Nothing => continue,
                Change::Create => text.push_str(&self.describe(None, &pair.wanted)),
                Change::Update(both) => text.push_str(&self.describe(Some(&both.0), &both.1)),
            }
            count += 1;
        }
        let surplus = prune::fetch_surplus(cluster, plan).await.map_err(failed)?;
        for object in &surplus {
            count += 1;
            if self.diff {
                text.push_str(&diff::unified(Some(object), None));
            } else {
                _ = writeln!(text, "would remove {}", title_of(object));
            }
        }
        render::print(&text)?;
        context
            .messages
            .line(&format!("{count} of {} objects would change", pairs.len() + 1));
        Ok(if self.diff && count > 0 {
            Exit::Error
        } else {
            Exit::Ok
        })
    }

    /// Settings of network plugins with which captured pods would not work.
    async fn refuse_plugins(&self, context: &Context, cluster: &Cluster, plan: &Plan) -> Result<(), Failure> {
        if plan.find(Component::Cni).is_none() && plan.find(Component::Ztunnel).is_none() {
            return Ok(());
        }
        let category = judge::plugins(&cluster.fetch_plugins().await?);
        let found: Vec<String> = category
            .checks
            .into_iter()
            .filter_map(|check| check.error)
            .collect();
        if found.is_empty() {
            return Ok(());
        }
        if self.force {
            for one in &found {
                context.messages.warn(one);
            }
            return Ok(());
        }
        let refused = Failure::new("the network plugin is set up in a way that breaks the mesh");
        Err(found
            .iter()
            .fold(refused, Failure::because)
            .hint("change the settings, or pass --force to install all the same"))
    }

    /// Says that what the last installation was given is not given now.
    async fn tell_forgotten_input(
        &self,
        context: &Context,
        cluster: &Cluster,
        owner: &str,
        settings: &Settings,
    ) -> Result<(), Failure> {
        if self.input.is_given() {
            return Ok(());
        }
        let recorded = record::fetch(cluster, &settings.namespace, owner).await?;
        let now = record::document(settings);
        if recorded.is_some_and(|recorded| recorded["spec"]["values"] != now["spec"]["values"]) {
            context.messages.warn(
                "the mesh was installed with settings of its own, and gets the defaults now; \
                 to keep them: meshctl get-config | meshctl install -f -",
            );
        }
        Ok(())
    }

    fn describe(&self, before: Option<&Value>, after: &Value) -> String {
        if self.diff {
            return diff::unified(before, Some(after));
        }
        let what = if before.is_some() { "change" } else { "create" };
        format!("would {what} {}\n", title_of(after))
    }
}

/// What the cluster is to the charts.
///
/// # Errors
/// The API cannot be asked.
pub async fn fetch_target(cluster: &Cluster) -> Result<Target, Failure> {
    let version = cluster.get("/version").await?.unwrap_or_default();
    let groups = cluster.get("/apis").await?.unwrap_or_default();
    let mut target = Target::default();
    if let Some(version) = version["gitVersion"].as_str() {
        version.clone_into(&mut target.kubernetes);
    }
    let groups = groups["groups"].as_array().into_iter().flatten();
    let versions = groups.flat_map(|group| group["versions"].as_array().into_iter().flatten());
    target
        .api_versions
        .extend(versions.filter_map(|version| version["groupVersion"].as_str().map(str::to_owned)));
    Ok(target)
}

/// Says that another version of this revision is installed.
async fn tell_version_change(context: &Context, cluster: &Cluster, plan: &Plan) -> Result<(), Failure> {
    let deployments = plan
        .find(Component::Pilot)
        .into_iter()
        .flat_map(|part| &part.objects);
    let Some(wanted) = deployments
        .into_iter()
        .find(|object| object["kind"] == "Deployment")
    else {
        return Ok(());
    };
    let path = cluster.fetch_path(wanted).await?;
    let live = cluster.get(&path).await?.unwrap_or_default();
    let version = |object: &Value| {
        object["metadata"]["labels"]["app.kubernetes.io/version"]
            .as_str()
            .map(str::to_owned)
    };
    match (version(&live), version(wanted)) {
        (Some(old), Some(new)) if old != new => {
            context.messages.warn(&format!(
                "the control plane of this revision is {old}, and becomes {new}"
            ));
        }
        _ => {}
    }
    Ok(())
}
