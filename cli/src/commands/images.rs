//! `meshctl images`: OCI images of the mesh's programs, without a container engine.

mod choice;
mod list;
mod load;
mod push;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::images::{Image, archive};
use choice::Choice;
use clap::{Args, Subcommand, ValueHint};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] =
    &[("images list", super::schema::of::<Vec<list::Row>>)];

const EXAMPLES: &str = "Examples:
  meshctl images list                                        which images there are, and what is in them
  meshctl images load                                        into this machine's containerd, k3s or kind nodes
  meshctl images push --hub registry.example/mesh
  meshctl images save -o - | ssh node1 sudo ctr -n k8s.io images import -

MESHCTL_HUB names a mirror once for all of these and for meshctl install.";

/// Arguments of `meshctl images`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true, subcommand_required = true)]
pub struct Images {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the images: their names, programs and users
    List(list::List),
    /// Write the images into a folder with an OCI image layout
    Build(Build),
    /// Write the images into one archive, for `ctr images import`, `docker load` or `podman load`
    Save(Save),
    /// Load the images into a container runtime of this machine, without a registry
    Load(load::Load),
    /// Push the images to a registry
    Push(push::Push),
}

#[derive(Debug, Args)]
struct Build {
    /// The folder to write
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    output: PathBuf,
    #[command(flatten)]
    choice: Choice,
}

#[derive(Debug, Args)]
struct Save {
    /// The archive to write, or `-` for standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    #[command(flatten)]
    choice: Choice,
}

impl Images {
    /// Runs the command.
    ///
    /// # Errors
    /// A program that is missing or dynamic, an output that cannot be written, a runtime or registry that refuses.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.verb {
            Verb::List(command) => command.run(context),
            Verb::Load(command) => command.run(context),
            Verb::Push(command) => Box::pin(command.run(context)).await,
            Verb::Build(build) => {
                let images = build.choice.build(context)?;
                archive::write_folder(&Image::contents(&images), &build.output)
                    .map_err(|error| unwritable(&build.output, &error))?;
                print(&digests(&images), &mut io::stdout().lock())
            }
            Verb::Save(save) if save.output == Path::new("-") => {
                let images = save.choice.build(context)?;
                archive::write_tar(&Image::contents(&images), io::stdout().lock())
                    .map_err(|error| unwritable(&save.output, &error))?;
                print(&digests(&images), &mut io::stderr().lock())
            }
            Verb::Save(save) => {
                let images = save.choice.build(context)?;
                archive::write_file(&Image::contents(&images), &save.output)
                    .map_err(|error| unwritable(&save.output, &error))?;
                print(&digests(&images), &mut io::stdout().lock())
            }
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure::broken_pipe();
    }
    Failure::new(format!("cannot write `{}`", path.display())).caused_by(error)
}

/// Name, digest and size, a line each.
fn digests(images: &[Image]) -> String {
    let width = images
        .iter()
        .map(|image| image.name.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for image in images {
        let mebibytes = image.size.div_ceil(1 << 20);
        let _ = writeln!(text, "{:width$}  {}  {mebibytes} MiB", image.name, image.digest);
    }
    text
}

fn print(text: &str, output: &mut impl Write) -> Result<Exit, Failure> {
    match output.write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::broken_pipe()),
        // the images are written; a full terminal log takes nothing from them
        _ => Ok(Exit::Ok),
    }
}
