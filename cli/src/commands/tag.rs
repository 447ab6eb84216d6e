//! `meshctl tag`: other names of revisions of the control plane (`spec/cli.md` 9, `spec/charts.md` 3.2).
//!
//! A tag is the Service `istiod-revision-tag-TAG`, which leads to the control plane of a revision; the chart `istiod` makes
//! the same one of its value `revisionTags`.

mod list;
mod write;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::values;
use clap::{Args, Subcommand};

const EXAMPLES: &str = "Examples:
  meshctl tag set prod --revision 1-31              prod is 1-31 from now on
  meshctl tag set prod --revision 1-32 --overwrite  and now 1-32
  meshctl tag list
  meshctl tag remove prod -y

Who connects by the name istiod-revision-tag-prod checks it: give it to the control plane in ISTIOD_CUSTOM_HOST.";

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("tag list", super::schema::of::<Vec<list::Row>>)];

/// Arguments of `meshctl tag`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Tag {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a tag, or give it to another revision
    Set(write::Set),
    /// Print what `set` would apply, without a cluster
    Generate(write::Generate),
    /// Show the tags, their revisions, and who uses them
    List(list::ListTags),
    /// Remove a tag
    #[command(alias = "delete")]
    Remove(write::Remove),
}

impl Tag {
    /// Runs the command.
    ///
    /// # Errors
    /// A name that none can have (64), a tag that is taken, a revision that is not there, or the API refuses.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Set(command) => Box::pin(command.run(context)).await,
            Verb::Generate(command) => command.run(context),
            Verb::List(command) => Box::pin(command.run(context)).await,
            Verb::Remove(command) => Box::pin(command.run(context)).await,
        }
    }
}

/// A tag as an argument.
fn tag(text: &str) -> Result<String, String> {
    match text {
        "default" => Err("the default revision needs no other name".to_owned()),
        text if values::is_dns_label(text) => Ok(text.to_owned()),
        _ => Err("a tag is a DNS label: small letters, digits and `-`".to_owned()),
    }
}

/// The Service of a tag.
fn service_name(tag: &str) -> String {
    format!("istiod-revision-tag-{tag}")
}
