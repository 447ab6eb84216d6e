//! `meshctl validate`: objects in files against the mesh's definitions, offline (`spec/cli.md` 7).

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::validation::{Schemas, Verdict};
use crate::{objects, yaml};
use clap::Args;

/// Arguments of `meshctl validate`.
#[derive(Debug, Args)]
pub struct Validate {
    /// A file, a folder, or - for standard input
    #[arg(short, long = "filename", value_name = "PATH", value_delimiter = ',', value_hint = clap::ValueHint::AnyPath)]
    filename: Vec<String>,
    /// Also the folders below a folder; accepted, folders are always walked whole
    #[arg(short = 'R', long, hide = true)]
    recursive: bool,
}

impl Validate {
    /// Runs the command; exit 1 if an object is wrong, 65 if a file cannot be parsed.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        if self.filename.is_empty() {
            return Err(Failure::usage("no file to validate")
                .hint("pass one: meshctl validate -f FILE, a folder, or - for standard input"));
        }
        let schemas = Schemas::embedded()
            .map_err(|error| Failure::new("cannot read the mesh's definitions").caused_by(&error))?;
        let system = context.istio_namespace();
        let mut exit = Exit::Ok;
        objects::announce(&self.filename);
        for objects::Text { name, text } in objects::read(&self.filename)? {
            match yaml::all_from_str(&text) {
                Ok(objects) => {
                    let mut all = Verdict::default();
                    for object in &objects {
                        let verdict = schemas.judge(object, &system);
                        all.errors.extend(verdict.errors);
                        all.warnings.extend(verdict.warnings);
                    }
                    tell(context, &name, &all);
                    if !all.errors.is_empty() && exit == Exit::Ok {
                        exit = Exit::Error;
                    }
                }
                Err(error) => {
                    let failure =
                        Failure::unparsable(format!("cannot read `{name}`: not YAML")).caused_by(&error);
                    exit = crate::render::message::failure(&failure);
                }
            }
        }
        Ok(exit)
    }
}

fn tell(context: &Context, name: &str, verdict: &Verdict) {
    if !verdict.errors.is_empty() {
        context.messages.line(&format!(
            "Error: {} error(s) in {}:",
            verdict.errors.len(),
            shown(name)
        ));
        verdict
            .errors
            .iter()
            .for_each(|error| context.messages.line(&format!("  * {error}")));
    }
    if !verdict.warnings.is_empty() {
        context.messages.line(&format!("{} has warnings: ", shown(name)));
        verdict
            .warnings
            .iter()
            .for_each(|warning| context.messages.line(&format!("  * {warning}")));
    }
    if verdict.errors.is_empty() && verdict.warnings.is_empty() {
        let line = if name == "-" {
            "validation succeed".to_owned()
        } else {
            format!("{} is valid", shown(name))
        };
        context.messages.line(&line);
    }
}

fn shown(name: &str) -> String {
    format!("\"{name}\"")
}
