//! What `meshctl ci` found, in the forms that pipelines read: text, `JUnit`, SARIF 2.1.0, Markdown. (pure)

use crate::analysis::{Level, Message};
use crate::checks::report::documentation;
use crate::commands::authz::test::Row;
use crate::exit::{Exit, Failure};
use crate::objects::Origin;
use crate::render::junit::{self, Case};
use crate::render::page::markdown_cell as cell;
use crate::render::table::Table;
use crate::simulate::pairs::Change;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The code of files that are no YAML.
const UNPARSABLE: &str = "UNPARSABLE";

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    code: String,
    level: Level,
    /// `Kind name.namespace`; empty for a file.
    object: String,
    file: String,
    /// From 1; 0 when it cannot be told.
    line: usize,
    message: String,
    documentation_url: String,
}

impl From<&Message> for Finding {
    fn from(one: &Message) -> Self {
        let origin = one.subject.origin.clone().unwrap_or(Origin {
            file: String::new(),
            line: 0,
        });
        Self {
            code: one.code.code.to_owned(),
            level: one.code.level,
            object: one.subject.title(),
            file: origin.file,
            line: origin.line,
            message: one.text.clone(),
            documentation_url: one.code.url(),
        }
    }
}

impl Finding {
    /// A file that is no YAML.
    #[must_use]
    pub fn unparsable(file: &str, failure: &Failure) -> Self {
        let causes = failure.causes.join(": ");
        Self {
            code: UNPARSABLE.to_owned(),
            level: Level::Error,
            object: String::new(),
            file: file.to_owned(),
            line: 0,
            message: causes.lines().next().unwrap_or(&failure.message).to_owned(),
            documentation_url: documentation("a-tour-of-the-commands"),
        }
    }

    /// `file:line`, as far as known.
    fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}", self.file),
        }
    }
}

/// All of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Nothing reaches the threshold, and every expectation is met.
    pub passed: bool,
    /// How many objects were looked at.
    objects: usize,
    findings: Vec<Finding>,
    expectations: Vec<Row>,
    /// The pairs whose verdict differs from the base, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Change>>,
    #[serde(skip)]
    threshold: Level,
}

impl Report {
    /// Sums up: findings at or above `threshold` fail.
    #[must_use]
    pub fn new(objects: usize, findings: Vec<Finding>, expectations: Vec<Row>, threshold: Level) -> Self {
        let mut report = Self {
            passed: true,
            objects,
            findings,
            expectations,
            changes: None,
            threshold,
        };
        report.passed = report.exit() == Exit::Ok;
        report
    }

    /// With the pairs whose verdict differs from a base.
    #[must_use]
    pub fn with(self, changes: Option<Vec<Change>>) -> Self {
        Self { changes, ..self }
    }

    fn fails(&self, one: &Finding) -> bool {
        one.code == UNPARSABLE || one.level >= self.threshold
    }

    /// The one exit code: what cannot be read, then what is found, then what is not met.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.findings.iter().any(|one| one.code == UNPARSABLE) {
            Exit::Unparsable
        } else if self.findings.iter().any(|one| self.fails(one)) {
            Exit::Findings
        } else if self.expectations.iter().any(|one| !one.passed) {
            Exit::Unexpected
        } else {
            Exit::Ok
        }
    }

    /// In a sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let failing = self.findings.iter().filter(|one| self.fails(one)).count();
        let met = self.expectations.iter().filter(|one| one.passed).count();
        format!(
            "{} objects, {failing} failing findings of {}, {met} of {} expectations met",
            self.objects,
            self.findings.len(),
            self.expectations.len()
        )
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for one in &self.findings {
            _ = writeln!(
                text,
                "{} [{}] ({}) {}",
                one.level,
                one.code,
                format!("{} {}", one.object, one.place()).trim(),
                one.message
            );
        }
        if !self.expectations.is_empty() {
            let mut table = Table::new(3, &["RESULT", "TEST", "EXPECTED", "VERDICT", "BECAUSE"]);
            for one in &self.expectations {
                table.row(vec![
                    if one.passed { "pass" } else { "FAIL" }.to_owned(),
                    one.name.clone(),
                    one.expected.to_owned(),
                    one.verdict.to_owned(),
                    one.because.clone(),
                ]);
            }
            text.push_str(&table.render());
        }
        text.push_str(&self.changed());
        text
    }

    /// The pairs whose verdict differs, as text.
    fn changed(&self) -> String {
        let Some(changes) = &self.changes else {
            return String::new();
        };
        if changes.is_empty() {
            return "no verdict changes\n".to_owned();
        }
        let mut table = Table::new(3, &["FROM", "TO", "PORT", "BEFORE", "AFTER"]);
        for one in changes {
            table.row(row(one).to_vec());
        }
        table.render()
    }

    /// One test for each finding and each expectation; without findings one that says so.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn junit(&self) -> Result<String, Failure> {
        let mut cases: Vec<Case> = self
            .findings
            .iter()
            .map(|one| Case {
                name: format!("{} {} {}", one.code, one.object, one.place()),
                failure: self.fails(one).then(|| one.message.clone()),
            })
            .collect();
        if cases.is_empty() {
            cases.push(Case {
                name: format!("{} objects without findings", self.objects),
                failure: None,
            });
        }
        cases.extend(self.expectations.iter().map(Row::case));
        junit::document("meshctl ci", &cases)
    }

    /// For code scanners: what stands where. Expectations have no place in a file, so they are not part of it.
    #[must_use]
    pub fn sarif(&self) -> Value {
        let rules: BTreeMap<&str, &str> = self
            .findings
            .iter()
            .map(|one| (one.code.as_str(), one.documentation_url.as_str()))
            .collect();
        let rules: Vec<Value> = rules
            .into_iter()
            .map(|(id, url)| json!({ "id": id, "helpUri": url }))
            .collect();
        let results: Vec<Value> = self.findings.iter().map(result).collect();
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "meshctl",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "informationUri": documentation("meshctl"),
                    "rules": rules,
                } },
                "results": results,
            }],
        })
    }

    /// For comments on changes.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mark = if self.passed { "✅ passed" } else { "❌ failed" };
        let mut text = format!("## meshctl ci: {mark}\n\n{}\n", self.summary());
        if !self.findings.is_empty() {
            text.push_str("\n| level | code | object | place | finding |\n|---|---|---|---|---|\n");
        }
        for one in &self.findings {
            _ = writeln!(
                text,
                "| {} | [{}]({}) | {} | {} | {} |",
                one.level,
                one.code,
                one.documentation_url,
                cell(&one.object),
                cell(&one.place()),
                cell(&one.message)
            );
        }
        if !self.expectations.is_empty() {
            text.push_str("\n| | expectation | expected | verdict | because |\n|---|---|---|---|---|\n");
        }
        for one in &self.expectations {
            _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                if one.passed { "✅" } else { "❌" },
                cell(&one.name),
                one.expected,
                one.verdict,
                cell(&one.because)
            );
        }
        if let Some(changes) = &self.changes {
            _ = writeln!(text, "\n{} verdicts change.", changes.len());
        }
        let changes = self.changes.iter().flatten();
        for (number, one) in changes.enumerate() {
            if number == 0 {
                text.push_str("\n| from | to | port | before | after |\n|---|---|---|---|---|\n");
            }
            let cells = row(one).map(|text| cell(&text));
            _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text
    }
}

/// The cells of a change.
fn row(one: &Change) -> [String; 5] {
    let port = one
        .port
        .map_or_else(|| "any other".to_owned(), |port| port.to_string());
    [
        one.from.clone(),
        one.to.clone(),
        port,
        one.before.to_owned(),
        one.after.to_owned(),
    ]
}

fn result(one: &Finding) -> Value {
    let level = match one.level {
        Level::Info => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    // paths below the folder that is scanned; a file given by an absolute path stays one
    let mut place = json!({ "artifactLocation": { "uri": one.file } });
    if one.line > 0 {
        place["region"] = json!({ "startLine": one.line });
    }
    let text = if one.object.is_empty() {
        one.message.clone()
    } else {
        format!("{}: {}", one.object, one.message)
    };
    json!({
        "ruleId": one.code,
        "level": level,
        "message": { "text": text },
        "locations": [{ "physicalLocation": place }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(code: &str, level: Level) -> Finding {
        Finding {
            code: code.to_owned(),
            level,
            object: "Service web.shop".to_owned(),
            file: "a.yaml".to_owned(),
            line: 3,
            message: "it asks | for <nothing>".to_owned(),
            documentation_url: "https://x".to_owned(),
        }
    }

    fn report(findings: Vec<Finding>) -> Report {
        Report::new(2, findings, Vec::new(), Level::Error)
    }

    #[test]
    fn what_cannot_be_read_comes_before_what_is_found() {
        let unparsable = Finding::unparsable("b.yaml", &Failure::unparsable("x").because("line 1\nmore"));
        assert_eq!(report(vec![finding("A", Level::Warning)]).exit(), Exit::Ok);
        assert_eq!(report(vec![finding("A", Level::Error)]).exit(), Exit::Findings);
        let both = report(vec![finding("A", Level::Error), unparsable]);
        assert_eq!((both.exit(), both.passed), (Exit::Unparsable, false));
        assert!(
            both.text().ends_with("Error [UNPARSABLE] (b.yaml) line 1\n"),
            "{}",
            both.text()
        );
    }

    #[test]
    fn sarif_names_each_rule_once_and_each_place() {
        let sarif = report(vec![finding("A", Level::Error), finding("A", Level::Info)]).sarif();
        let run = &sarif["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 1);
        let result = &run["results"][1];
        assert_eq!(
            (&result["level"], &result["ruleId"]),
            (&json!("note"), &json!("A"))
        );
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            place,
            &json!({"artifactLocation": {"uri": "a.yaml"}, "region": {"startLine": 3}})
        );
    }

    #[test]
    fn markdown_tables_are_not_broken_by_texts() {
        let text = report(vec![finding("A", Level::Error)]).markdown();
        assert!(
            text.contains(
                "| Error | [A](https://x) | Service web.shop | a.yaml:3 | it asks \\| for &lt;nothing> |"
            ),
            "{text}"
        );
    }
}
