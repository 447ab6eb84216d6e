//! `meshctl tag set`, `generate` and `remove`.

use super::list::{fetch, users};
use super::{service_name, tag};
use crate::cluster::{Cluster, Deletion};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::chart::overlay;
use crate::install::component::{Component, label};
use crate::install::plan::{self, Target};
use crate::install::prune::PROTECTED;
use crate::install::record;
use crate::install::values::{self, Given, Settings};
use crate::{render, yaml};
use clap::Args;
use mesh_wire::well_known::field_manager;
use mesh_wire::well_known::label::{REVISION, TAG};
use serde_json::{Value, json};

/// Which tag, of what.
#[derive(Debug, Args)]
struct Named {
    /// The tag
    #[arg(value_parser = tag)]
    tag: String,
    /// The revision that it is to lead to; `default` is the one without a name
    #[arg(short, long, value_name = "REVISION")]
    revision: String,
}

impl Named {
    /// As the charts have it: empty for the default.
    fn revision(&self) -> &str {
        match self.revision.as_str() {
            "default" => "",
            revision => revision,
        }
    }

    /// The Service, rendered by the chart from these settings.
    fn render(&self, mut settings: Settings) -> Result<Value, Failure> {
        settings.components = [Component::Pilot].into();
        overlay(
            &mut settings.values,
            &json!({"pilot": {"revisionTags": [self.tag]}}),
        );
        let plan = plan::render(&settings, &Target::default(), None)?;
        let mut found = plan
            .objects()
            .find(|one| label(one, TAG) == Some(&self.tag))
            .cloned()
            .ok_or_else(|| Failure::new("the chart `istiod` renders no tag"))?;
        found["metadata"]["labels"][PROTECTED] = json!("true");
        Ok(found)
    }

    fn defaults(&self, context: &Context) -> Result<Settings, Failure> {
        let revision = self.revision();
        values::settle(&Given {
            revision: (!revision.is_empty()).then(|| revision.to_owned()),
            namespace: context.istio_namespace(),
            ..Given::default()
        })
    }
}

/// Arguments of `meshctl tag generate`.
#[derive(Debug, Args)]
pub(super) struct Generate {
    #[command(flatten)]
    named: Named,
}

impl Generate {
    /// Runs the command, without a cluster.
    ///
    /// # Errors
    /// A revision that none can have (64).
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let service = self.named.render(self.named.defaults(context)?)?;
        render::print(&yaml::to_string(&service))?;
        Ok(Exit::Ok)
    }
}

/// Arguments of `meshctl tag set`.
#[derive(Debug, Args)]
pub(super) struct Set {
    #[command(flatten)]
    named: Named,
    /// Take the tag from the revision that has it
    #[arg(long)]
    overwrite: bool,
}

impl Set {
    /// Runs the command; a tag that leads there already is left alone.
    ///
    /// # Errors
    /// The revision is not installed, another one has the tag, or the tag is a revision's own name.
    pub(super) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let defaults = self.named.defaults(context)?;
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let (tag, wanted) = (&self.named.tag, &self.named.revision);
        let service = |name: &str| format!("/api/v1/namespaces/{system}/services/{name}");
        let own = match self.named.revision() {
            "" => "istiod".to_owned(),
            revision => format!("istiod-{revision}"),
        };
        if cluster.get(&service(&own)).await?.is_none() {
            return Err(Failure::new(format!(
                "revision `{wanted}` is not installed in namespace `{system}`"
            ))
            .because(format!("there is no Service `{own}`"))
            .hint("`meshctl install --revision NAME` installs one beside the others"));
        }
        if cluster.get(&service(&format!("istiod-{tag}"))).await?.is_some() {
            return Err(Failure::new(format!("`{tag}` is a revision")).hint("a tag needs a name of its own"));
        }
        let path = service(&service_name(tag));
        let held = cluster.get(&path).await?;
        let held = held.as_ref().map(|one| label(one, REVISION).unwrap_or("default"));
        if let Some(held) = held.filter(|held| held != wanted && !self.overwrite) {
            return Err(Failure::new(format!("tag `{tag}` leads to revision `{held}`"))
                .hint("--overwrite takes it from there"));
        }
        let owner = values::owner(self.named.revision());
        let settings = record::fetch_settings(&cluster, &system, &owner).await?;
        let object = self.named.render(settings.unwrap_or(defaults))?;
        let doing = format!("cannot set tag `{tag}`");
        let path = format!("{path}?fieldManager={}&force=true", field_manager::CLI);
        cluster
            .send(&doing, "PATCH", &path, ("application/apply-patch+yaml", &object))
            .await?;
        render::print(&format!("tag {tag} leads to revision {wanted}\n"))?;
        Ok(Exit::Ok)
    }
}

/// Arguments of `meshctl tag remove`.
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// The tag
    #[arg(value_parser = tag)]
    tag: String,
    /// Do not ask
    #[arg(short = 'y', long = "skip-confirmation", alias = "yes")]
    yes: bool,
}

impl Remove {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such tag, nobody agrees, or the API refuses.
    pub(super) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let tag = &self.tag;
        let held = fetch(&cluster, &system).await?;
        if !held.iter().any(|one| label(one, TAG) == Some(tag)) {
            return Err(
                Failure::new(format!("there is no tag `{tag}` in namespace `{system}`"))
                    .hint("`meshctl tag list` shows them"),
            );
        }
        let users = users(&cluster.list("/api/v1/namespaces").await?, tag);
        if !users.is_empty() {
            context.messages.warn(&format!(
                "namespaces name it as their revision: {}",
                users.join(", ")
            ));
        }
        context.confirm(&format!("This will remove the tag {tag}. Proceed?"), self.yes)?;
        let path = format!("/api/v1/namespaces/{system}/services/{}", service_name(tag));
        cluster.delete(&path, Deletion::Background).await?;
        render::print(&format!("tag {tag} removed\n"))?;
        Ok(Exit::Ok)
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::tag::Tag;
    use crate::exit::{Exit, Failure};
    use crate::install::component::label;
    use crate::testing::World;
    use clap::Parser;
    use mesh_wire::well_known::label::{REVISION, TAG};
    use serde_json::json;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        tag: Tag,
    }

    async fn run(world: &World, words: &str) -> Result<Exit, Failure> {
        let line = Line::try_parse_from(std::iter::once("tag").chain(words.split(' '))).unwrap();
        Box::pin(line.tag.run(&world.context)).await
    }

    async fn world() -> World {
        let world = World::start().await;
        let named =
            |kind: &str, name: &str| json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
        world
            .create("/api/v1/namespaces", &named("Namespace", "istio-system"))
            .await;
        for name in ["istiod", "istiod-canary"] {
            let mut service = named("Service", name);
            service["spec"] = json!({"ports": [{"port": 15012}]});
            world
                .create("/api/v1/namespaces/istio-system/services", &service)
                .await;
        }
        world
    }

    #[tokio::test]
    async fn a_tag_leads_to_a_revision_until_another_takes_it_or_it_is_removed() {
        let world = world().await;
        let led_to = async || {
            let path = "/api/v1/namespaces/istio-system/services/istiod-revision-tag-prod";
            let found = world.cluster.get(path).await.unwrap()?;
            assert_eq!(label(&found, TAG), Some("prod"));
            let selected = found["spec"]["selector"][REVISION].as_str();
            assert_eq!(selected.unwrap_or("default"), label(&found, REVISION).unwrap());
            label(&found, REVISION).map(str::to_owned)
        };
        run(&world, "set prod --revision canary").await.unwrap();
        assert_eq!(led_to().await.as_deref(), Some("canary"));
        let taken = run(&world, "set prod -r default").await.unwrap_err();
        assert!(taken.message.contains("leads to revision `canary`"), "{taken:?}");
        run(&world, "set prod -r default --overwrite").await.unwrap();
        assert_eq!(led_to().await.as_deref(), Some("default"));
        run(&world, "list").await.unwrap();
        // nobody is there to agree, and then it was said before
        assert_eq!(run(&world, "remove prod").await.unwrap_err().exit, Exit::Usage);
        run(&world, "remove prod -y").await.unwrap();
        assert_eq!(led_to().await, None);
        let gone = run(&world, "remove prod -y").await.unwrap_err();
        assert!(gone.message.contains("no tag `prod`"), "{gone:?}");
    }

    #[tokio::test]
    async fn a_tag_of_nothing_or_with_a_revisions_name_is_refused() {
        let world = world().await;
        for (words, why) in [
            ("set prod -r 1-99", "`1-99` is not installed"),
            ("set canary -r default", "`canary` is a revision"),
        ] {
            let failure = run(&world, words).await.unwrap_err();
            assert!(failure.message.contains(why), "{}", failure.message);
        }
        assert!(Line::try_parse_from(["tag", "set", "default", "-r", "x"]).is_err());
        assert!(Line::try_parse_from(["tag", "set", "Prod", "-r", "x"]).is_err());
    }
}
