//! `JUnit` documents, as test reporters of pipelines read them. (pure)

use crate::exit::Failure;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

const TEMPLATE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="{{ name }}" tests="{{ cases | length }}" failures="{{ failures }}">
  <testsuite name="{{ name }}" tests="{{ cases | length }}" failures="{{ failures }}">
{%- for case in cases %}
    <testcase classname="{{ name }}" name="{{ case.name }}"{% if case.failure is none %}/>{% else %}>
      <failure message="{{ case.failure }}"/>
    </testcase>{% endif %}
{%- endfor %}
  </testsuite>
</testsuites>
"#;

/// One test.
#[derive(Debug, Clone, Serialize)]
pub struct Case {
    /// What was tested.
    pub name: String,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// The document of one suite.
///
/// # Errors
/// It cannot be written, which a test holds.
pub fn document(name: &str, cases: &[Case]) -> Result<String, Failure> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    environment
        .render_str(
            TEMPLATE,
            context! { name, cases => Value::from(Serde(cases)), failures },
        )
        .map(|text| text.trim_end().to_owned() + "\n")
        .map_err(|error| Failure::new("cannot write the result as JUnit").caused_by(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_failures_counted() {
        let case = |name: &str, failure: Option<&str>| Case {
            name: name.to_owned(),
            failure: failure.map(str::to_owned),
        };
        let text = document("authz", &[case("a <b>", None), case("c", Some("\"no\" & never"))]).unwrap();
        assert!(text.contains("tests=\"2\" failures=\"1\""), "{text}");
        assert!(text.contains("name=\"a &lt;b&gt;\"/>"), "{text}");
        assert!(text.contains("message=\"&quot;no&quot; &amp; never\""), "{text}");
        assert!(
            text.starts_with("<?xml") && text.ends_with("</testsuites>\n"),
            "{text}"
        );
    }
}
