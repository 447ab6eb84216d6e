//! `meshctl images`: OCI images of the mesh's programs, without a container engine.

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::images::table::{Table, TableError};
use crate::images::{self, Image, ImageError, Options, archive};
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const BUILD: &str = "build the programs with `cargo build --release`, and name their folder with --programs";
const DYNAMIC: &str = "linked dynamically, so nodes need this machine's C library or a newer one for the CNI plugin; \
     RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --target x86_64-unknown-linux-gnu links statically";

/// Arguments of `meshctl images`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub struct Images {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write the images into a folder with an OCI image layout
    Build(Build),
    /// Write the images into one archive, for `ctr images import`, `docker load` or `podman load`
    Save(Save),
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

#[derive(Debug, Args)]
struct Choice {
    /// Only these images, such as `ztunnel`
    #[arg(value_name = "IMAGE")]
    only: Vec<String>,
    /// Instead of `localhost/meshctl`
    #[arg(long, value_name = "NAME")]
    hub: Option<String>,
    /// The images' tag
    #[arg(long, value_name = "NAME", default_value = env!("CARGO_PKG_VERSION"))]
    tag: String,
    /// The folder with the programs [default: that of this program]
    #[arg(long, env = "MESHCTL_PROGRAMS_DIR", hide_env_values = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    programs: Option<PathBuf>,
    /// How layers are packed
    #[arg(long, value_enum, default_value = "gzip")]
    compression: Compression,
    /// Another table of images
    #[arg(long, value_name = "FILE", hide = true, value_hint = ValueHint::FilePath)]
    table: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Compression {
    /// Small
    Gzip,
    /// Quick
    None,
}

impl Images {
    /// Runs the command.
    ///
    /// # Errors
    /// A program that is missing or dynamic, an output that cannot be written.
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Build(build) => {
                let images = build.choice.build(context)?;
                archive::write_folder(&Image::contents(&images), &build.output)
                    .map_err(|error| unwritable(&build.output, &error))?;
                print(&list(&images), &mut io::stdout().lock())
            }
            Verb::Save(save) if save.output == Path::new("-") => {
                let images = save.choice.build(context)?;
                archive::write_tar(&Image::contents(&images), io::stdout().lock())
                    .map_err(|error| unwritable(&save.output, &error))?;
                print(&list(&images), &mut io::stderr().lock())
            }
            Verb::Save(save) => {
                let images = save.choice.build(context)?;
                archive::write_file(&Image::contents(&images), &save.output)
                    .map_err(|error| unwritable(&save.output, &error))?;
                print(&list(&images), &mut io::stdout().lock())
            }
        }
    }
}

impl Choice {
    fn build(self, context: &Context) -> Result<Vec<Image>, Failure> {
        let table = match &self.table {
            None => Table::embedded(),
            Some(path) => Table::parse(&std::fs::read_to_string(path).map_err(|error| {
                Failure::new(format!("cannot read `{}`", path.display())).caused_by(&error)
            })?),
        };
        let table = table.map_err(|error| bad_table(self.table.as_deref(), &error))?;
        let programs = match self.programs {
            Some(folder) => folder,
            None => mesh_sys::program::own_path()
                .map(|own| mesh_sandbox::programs::folder(&own))
                .map_err(|error| Failure::new("cannot find this program").caused_by(&error))?,
        };
        let options = Options {
            programs,
            hub: self.hub,
            tag: self.tag,
            only: self.only,
            is_compressed: self.compression == Compression::Gzip,
        };
        let images = images::build(&table, &options).map_err(|error| explain(&error))?;
        if images
            .iter()
            .any(|image| image.dynamic.iter().any(|program| program == "mesh-cni"))
        {
            context.messages.warn(&format!("`mesh-cni` is {DYNAMIC}"));
        }
        Ok(images)
    }
}

fn explain(error: &ImageError) -> Failure {
    let failure = match error {
        ImageError::Unknown { .. } => Failure::usage(error.to_string()),
        _ => Failure::new(error.to_string()),
    };
    let failure = match error.source() {
        Some(source) => failure.caused_by(source),
        None => failure,
    };
    match error {
        ImageError::Unfit { .. } | ImageError::Read { .. } => failure.hint(BUILD),
        _ => failure,
    }
}

fn bad_table(path: Option<&Path>, error: &TableError) -> Failure {
    let shown = path.map_or_else(
        || "the embedded table".to_owned(),
        |path| path.display().to_string(),
    );
    Failure::unparsable(format!("cannot use `{shown}`")).caused_by(error)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure::broken_pipe();
    }
    Failure::new(format!("cannot write `{}`", path.display())).caused_by(error)
}

/// Name, digest and size, a line each.
fn list(images: &[Image]) -> String {
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
