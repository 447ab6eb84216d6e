//! `meshctl report`: what the mesh encrypts, what it costs, and what it saves, as pages to hand on.

pub mod mtls;
pub mod resources;
pub mod savings;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::output::{Formats, Output};
use crate::render::page::Page;
use clap::{Args, Subcommand};
use serde::Serialize;

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[
    ("report mtls", super::schema::of::<mtls::Document>),
    ("report resources", super::schema::of::<resources::Document>),
    ("report savings", super::schema::of::<savings::Document>),
];

/// Formats of reports that are pages.
const FORMATS: Formats = Formats(&["table", "json", "yaml", "jsonpath=", "markdown", "html"]);
const EXAMPLES: &str = "Examples:
  meshctl report mtls                          which share of connections is encrypted, and which peers are not
  meshctl report resources -o html > cost.html what each part of the mesh uses and reserves
  meshctl report savings -o markdown           against a sidecar in each pod; where that would be cheaper";

/// Arguments of `meshctl report`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Report {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show which share of connections is encrypted, by pair of namespaces, and plaintext peers by name
    Mtls(mtls::Mtls),
    /// Show what each part of the mesh uses and reserves
    Resources(resources::Resources),
    /// Compare the mesh with a sidecar in each pod
    Savings(savings::Savings),
}

impl Report {
    /// Runs the command.
    ///
    /// # Errors
    /// As its subcommands.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.what {
            What::Mtls(command) => Box::pin(command.run(context)).await,
            What::Resources(command) => Box::pin(command.run(context)).await,
            What::Savings(command) => Box::pin(command.run(context)).await,
        }
    }
}

/// A document, or the page made of it.
fn form<T: Serialize>(output: &Output, document: &T, page: &Page) -> Result<String, Failure> {
    Ok(match output {
        Output::Markdown => page.markdown(),
        Output::Html => page.html()?,
        _ => output.render(document, || page.text())?,
    })
}
