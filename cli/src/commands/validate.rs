//! `meshctl validate`: objects in files against the mesh's definitions, offline (`spec/cli.md` 7).

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::validation::{Schemas, Verdict};
use crate::yaml;
use clap::Args;
use std::io::Read;
use std::path::{Path, PathBuf};

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
        for (name, text) in self.read()? {
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

    /// Name and text of every file.
    fn read(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut texts = Vec::new();
        for name in &self.filename {
            let failed =
                |error: std::io::Error| Failure::new(format!("cannot read `{name}`")).caused_by(&error);
            if name == "-" {
                let mut text = String::new();
                std::io::stdin()
                    .lock()
                    .read_to_string(&mut text)
                    .map_err(failed)?;
                texts.push((name.clone(), text));
                continue;
            }
            let path = Path::new(name);
            let files = if path.is_dir() {
                walk(path).map_err(failed)?
            } else {
                vec![path.to_owned()]
            };
            for file in files {
                texts.push((
                    file.display().to_string(),
                    std::fs::read_to_string(&file).map_err(failed)?,
                ));
            }
        }
        Ok(texts)
    }
}

/// The YAML and JSON files below a folder, in order.
fn walk(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(current)? {
            let path = entry?.path();
            let extension = path.extension().and_then(|one| one.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if matches!(extension, "yaml" | "yml" | "json") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
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
