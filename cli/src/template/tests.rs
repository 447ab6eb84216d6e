//! What templates render to; every row was checked against Helm's own rendering.

use super::*;
use serde_json::json;

fn rendered(text: &str) -> Result<String, TemplateError> {
    let mut engine = Engine::default();
    engine.add("t.yaml", text)?;
    let data =
        json!({"a": {"b": "x"}, "n": 3, "list": ["p", "q"], "empty": {}, "off": false, "word": "Hello"});
    engine.render("t.yaml", &Value::from(&data))
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(rendered(text).unwrap(), expected, "{text}");
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = rendered(text).unwrap_err().to_string();
    assert!(error.contains(message), "{text}: {error}");
}

#[test]
fn values_print_as_go_prints_them() {
    check(
        "{{ .a.b }} {{ .n }} {{ .list }} {{ .off }} {{ .a }}",
        "x 3 [p q] false map[b:x]",
    );
    check("[{{ .missing }}]", "[]");
    check(
        "{{ 1.5 }} {{ 100000000 }} {{ \"q\\\"\" }} {{ `raw` }}",
        "1.5 100000000 q\" raw",
    );
}

#[test]
fn white_space_is_trimmed_where_asked() {
    check("a\n  {{- .n }}\n  b", "a3\n  b");
    check("a {{ .n -}}  \n b", "a 3b");
    check("a {{- /* gone */ -}} b", "ab");
}

#[test]
fn blocks_choose_and_repeat() {
    check("{{ if .off }}1{{ else if .n }}2{{ else }}3{{ end }}", "2");
    check("{{ with .a }}{{ .b }}{{ $.n }}{{ else }}no{{ end }}", "x3");
    check("{{ range $i, $x := .list }}{{ $i }}{{ $x }}{{ end }}", "0p1q");
    check("{{ range .missing }}x{{ else }}none{{ end }}", "none");
    check("{{ range $k, $v := .a }}{{ $k }}={{ $v }}{{ end }}", "b=x");
    check(
        "{{ range .list }}{{ if eq . \"q\" }}{{ break }}{{ end }}{{ . }}{{ end }}",
        "p",
    );
}

#[test]
fn variables_are_declared_and_assigned() {
    check("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2");
    check("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1");
    refused("{{ $y }}", "undefined variable `$y`");
}

#[test]
fn templates_include_each_other() {
    check(
        "{{ define \"d\" }}<{{ . }}>{{ end }}{{ include \"d\" .n | nindent 2 }}",
        "\n  <3>",
    );
    check(
        "{{ define \"d\" }}<{{ . }}>{{ end }}{{ template \"d\" .n }}",
        "<3>",
    );
    check("{{ tpl \"{{ .n }}\" . }}", "3");
    refused("{{ include \"nope\" . }}", "template `nope` is not defined");
    refused(
        "{{ define \"d\" }}{{ include \"d\" . }}{{ end }}{{ include \"d\" . }}",
        "deep",
    );
}

#[test]
fn functions_take_the_piped_value_last() {
    check("{{ .word | lower | trunc 3 | quote }}", "\"hel\"");
    check(
        "{{ default \"d\" .missing }} {{ .word | default \"d\" }}",
        "d Hello",
    );
    check("{{ list 1 2 | has 2 }} {{ ternary \"y\" \"n\" true }}", "true y");
    check(
        "{{ printf \"%s-%03d %q %v\" .a.b .n \"z\" .off }}",
        "x-003 \"z\" false",
    );
    check(
        "{{ dict \"b\" 1 \"a\" (list 1 \"x\") | toYaml }}",
        "a:\n- 1\n- x\nb: 1",
    );
    check("{{ (\"a: [1]\" | fromYaml).a | first }}", "1");
    check("{{ or .off .missing \"z\" }} {{ and .n .word }}", "z Hello");
    check(
        "{{ semverCompare \">=1.30-0\" \"v1.33.1+x\" }} {{ semverCompare \"<1.30\" \"1.33\" }}",
        "true false",
    );
}

#[test]
fn maps_are_shared_until_copied() {
    check(
        "{{ $d := dict \"a\" 1 }}{{ $_ := set $d \"b\" 2 }}{{ $d }}",
        "map[a:1 b:2]",
    );
    check(
        "{{ $d := deepCopy .a }}{{ $_ := set $d \"b\" 2 }}{{ .a.b }}{{ $d.b }}",
        "x2",
    );
    check(
        "{{ mergeOverwrite (dict \"a\" (dict \"x\" 1 \"y\" 1)) (dict \"a\" (dict \"x\" 2)) }}",
        "map[a:map[x:2 y:1]]",
    );
    check(
        "{{ merge (dict \"a\" 1) (dict \"a\" 2 \"b\" 3) }}",
        "map[a:1 b:3]",
    );
    check(
        "{{ mergeOverwrite (dict \"a\" 1) (dict \"a\" nil) | toJson }}{{ merge (dict \"a\" 1) (dict \"a\" nil) | toJson }}",
        "{\"a\":null}{\"a\":1}",
    );
    check(
        "{{ mergeOverwrite (dict \"a\" true) (dict \"a\" false) }}",
        "map[a:false]",
    );
}

#[test]
fn what_is_not_known_is_named_with_its_place() {
    refused(
        "a\n{{ frobnicate 1 }}",
        "t.yaml:2: function `frobnicate` is not defined",
    );
    refused("{{ .missing.b }}", "nil pointer evaluating interface {}.b");
    refused("{{ if .n }}", "`if` without its `end`");
    refused("{{ end }}", "`end` without a beginning");
    refused("{{ .n", "unclosed action");
    refused("{{ fail \"because\" }}", "because");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_engine_panic(text in "[{}a.$|()\"` \n:=-]{0,40}") {
        let _ = rendered(&text);
    }
}
