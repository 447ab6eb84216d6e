//! Go's text/template with the functions that Helm charts use. (pure)
//!
//! Enough of the language for real charts: pipelines, variables, `if`, `with`, `range`, `define`, `block`, `include`,
//! `tpl`, white-space trimming. What is not known is an error that names the function, the file and the line; nothing
//! renders to silence. Absent on purpose: methods of Go types, and functions whose result is not a function of their
//! arguments (random values, clocks, certificates).

mod eval;
mod functions;
mod lex;
mod parse;
pub mod value;

use parse::Node;
use std::collections::BTreeMap;
use std::rc::Rc;
use value::Value;

/// Why a template cannot be read or rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct TemplateError {
    /// The template's name; of a chart, the file's path.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// Named templates, ready to render.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    templates: BTreeMap<String, Rc<Vec<Node>>>,
}

impl Engine {
    /// Reads one file: its text under its own name, and what it defines under theirs.
    ///
    /// # Errors
    /// Text that is no template.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), TemplateError> {
        let parsed = parse::parse(name, text)?;
        for (defined, body) in parsed.defines {
            self.templates.insert(defined, Rc::new(body));
        }
        self.templates.insert(name.to_owned(), Rc::new(parsed.body));
        Ok(())
    }

    /// Renders a named template.
    ///
    /// # Errors
    /// The first thing that fails, with its place.
    pub fn render(&self, name: &str, data: &Value) -> Result<String, TemplateError> {
        eval::Evaluation::new(self).render(name, data)
    }

    fn find(&self, name: &str) -> Option<&Rc<Vec<Node>>> {
        self.templates.get(name)
    }
}

#[cfg(test)]
mod tests;
