//! `meshctl authz test`: a list of expectations against the same simulation.

use super::simulate::{Expected, verdict};
use crate::commands::input::{Input, Prepared};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::objects::{self, Text};
use crate::render;
use crate::render::junit::{self, Case};
use crate::render::output::{Output, TESTS};
use crate::render::table::Table;
use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const EXAMPLES: &str = "Examples:
  meshctl authz test expectations.yaml                    against the cluster
  meshctl authz test expectations.yaml -f manifests/      against files
  meshctl authz test expectations.yaml -f manifests/ -o junit

An expectation file is a list, under `tests:` or alone:
  tests:
  - {name: the web may call the api, from: shop/web, to: \"api.shop:80\", expect: allow}
  - {from: unmeshed, to: \"api.shop:80\", expect: deny}";

/// Arguments of `meshctl authz test`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Test {
    /// The expectations; - is standard input
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::FilePath)]
    files: Vec<String>,
    #[command(flatten)]
    input: Input,
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = TESTS)]
    output: Output,
}

/// One expectation as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::commands) struct Expectation {
    name: Option<String>,
    from: String,
    to: String,
    expect: Verdict,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Allow,
    Deny,
}

/// One expectation and what became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Row {
    /// What it is called.
    pub name: String,
    from: String,
    to: String,
    /// `allow` or `deny`.
    pub expected: &'static str,
    /// The verdict, or `error`.
    pub verdict: &'static str,
    /// Whether they agree.
    pub passed: bool,
    /// What decided.
    pub because: String,
}

impl Row {
    /// As a test.
    #[must_use]
    pub fn case(&self) -> Case {
        let failure = format!(
            "expected {}, but the verdict is {}: {}",
            self.expected, self.verdict, self.because
        );
        Case {
            name: self.name.clone(),
            failure: (!self.passed).then_some(failure),
        }
    }
}

/// The expectations of files.
///
/// # Errors
/// A file cannot be read, or is not a list of expectations (65).
pub(in crate::commands) fn read_all(files: &[String]) -> Result<Vec<Expectation>, Failure> {
    let mut expectations = Vec::new();
    for text in objects::read(files)? {
        expectations.append(&mut read(&text)?);
    }
    Ok(expectations)
}

/// What becomes of each.
pub(in crate::commands) fn judge_all(
    prepared: &Prepared,
    context: &Context,
    expectations: Vec<Expectation>,
) -> Vec<Row> {
    let judge = |one| judge(prepared, context, one);
    expectations.into_iter().map(judge).collect()
}

fn read(text: &Text) -> Result<Vec<Expectation>, Failure> {
    let wrong = |error: &dyn std::error::Error| {
        Failure::unparsable(format!("cannot read the expectations of `{}`", text.name))
            .caused_by(error)
            .hint("each is {from: …, to: …, expect: allow|deny}, in a list under `tests:`")
    };
    let value = crate::yaml::from_str(&text.text).map_err(|error| wrong(&error))?;
    let list = if value["tests"].is_array() {
        value["tests"].clone()
    } else {
        value
    };
    serde_json::from_value(list).map_err(|error| wrong(&error))
}

impl Test {
    /// Runs the command; exit 80 when an expectation is not met.
    ///
    /// # Errors
    /// A file cannot be read, or is not a list of expectations (65).
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let expectations = read_all(&self.files)?;
        let prepared = Prepared::fetch(&self.input, context).await?;
        let rows = judge_all(&prepared, context, expectations);
        render::print(&match self.output {
            Output::Junit => junit::document("authz test", &rows.iter().map(Row::case).collect::<Vec<_>>())?,
            _ => self.output.render(&rows, || table(&rows))?,
        })?;
        let failed = rows.iter().filter(|row| !row.passed).count();
        if failed == 0 {
            context.messages.done(&format!("{} expectations met", rows.len()));
            return Ok(Exit::Ok);
        }
        context
            .messages
            .line(&format!("Error: {failed} of {} expectations not met", rows.len()));
        Ok(Exit::Unexpected)
    }
}

fn judge(prepared: &Prepared, context: &Context, one: Expectation) -> Row {
    let expected = match one.expect {
        Verdict::Allow => Expected::Allow,
        Verdict::Deny => Expected::Deny,
    };
    let (verdict, passed, because) = match verdict(prepared, context, &one.from, &one.to) {
        Ok(report) => {
            let hop = report
                .ways
                .iter()
                .flat_map(|way| &way.hops)
                .find(|hop| hop.verdict == report.verdict)
                .or_else(|| report.ways.iter().flat_map(|way| &way.hops).next());
            let because = hop.map(|hop| hop.because.clone()).unwrap_or_default();
            (report.verdict.text(), expected.is_met(report.verdict), because)
        }
        Err(failure) => ("error", false, failure.message),
    };
    Row {
        name: one.name.unwrap_or_else(|| format!("{} -> {}", one.from, one.to)),
        from: one.from,
        to: one.to,
        expected: expected.text(),
        verdict,
        passed,
        because,
    }
}

fn table(rows: &[Row]) -> String {
    let mut table = Table::new(
        3,
        &["RESULT", "TEST", "FROM", "TO", "EXPECTED", "VERDICT", "BECAUSE"],
    );
    for row in rows {
        table.row(vec![
            if row.passed { "pass" } else { "FAIL" }.to_owned(),
            row.name.clone(),
            row.from.clone(),
            row.to.clone(),
            row.expected.to_owned(),
            row.verdict.to_owned(),
            row.because.clone(),
        ]);
    }
    table.render()
}
