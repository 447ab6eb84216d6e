//! Lists and their flags over rows of data.

use super::*;
use clap::Parser;

#[derive(Debug, Clone, Serialize)]
struct Row {
    name: &'static str,
    size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    select: SelectArgs,
}

fn list(rows: &[Row]) -> List<Row> {
    let cells = |row: &Row| {
        vec![
            row.name.to_owned(),
            row.size.to_string(),
            row.note.unwrap_or("<none>").to_owned(),
        ]
    };
    List::new(&["NAME", "SIZE"], rows.to_vec(), cells)
        .wide(&["NOTE"])
        .named(|row| format!("thing/{}", row.name))
}

fn rows() -> Vec<Row> {
    let row = |name, size, note| Row { name, size, note };
    vec![row("b", 10, None), row("a", 9, Some("x")), row("c", 100, None)]
}

fn render(words: &str) -> Result<String, Failure> {
    let line = Line::try_parse_from(std::iter::once("x").chain(words.split_whitespace())).unwrap();
    line.list.render(list(&rows()))
}

#[track_caller]
fn check(words: &str, expected: &str) {
    assert_eq!(render(words).unwrap(), expected);
}

#[test]
fn every_format_is_made_from_the_same_rows() {
    check("", "NAME   SIZE\nb      10\na      9\nc      100\n");
    check(
        "-o wide --no-headers",
        "b   10    <none>\na   9     x\nc   100   <none>\n",
    );
    check("-o name", "thing/b\nthing/a\nthing/c\n");
    check("-o jsonpath={.items[*].size}", "10 9 100");
    check(
        "-o custom-columns=N:.name,NOTE:.note --no-headers",
        "b   <none>\na   x\nc   <none>\n",
    );
    let json: Value = serde_json::from_str(&render("-o json").unwrap()).unwrap();
    assert_eq!(json[1]["note"], "x");
}

#[test]
fn rows_sort_by_a_field_numbers_by_value_and_absent_ones_first() {
    check("-o name --sort-by .size", "thing/a\nthing/b\nthing/c\n");
    check("-o name --sort-by {.name}", "thing/a\nthing/b\nthing/c\n");
    check("-o name --sort-by note", "thing/b\nthing/c\nthing/a\n");
    let error = render("--sort-by .nothing").unwrap_err();
    assert_eq!(error.exit as u8, 64);
    assert!(error.message.contains("`.nothing`"), "{}", error.message);
}

#[test]
fn a_change_is_a_row_that_is_new_different_or_gone() {
    let args = Line::try_parse_from(["x"]).unwrap().list;
    let mut after = rows();
    after.remove(0);
    after[0].size = 8;
    let (before, after) = (list(&rows()), list(&after));
    let changed = changes(&before, &after).unwrap();
    let table = args.table(&after, &changed, false).unwrap();
    assert_eq!(table.at_least(vec![4, 4]).render(), "a      8\nb      10\n");
    let json = Line::try_parse_from(["x", "-o", "json"]).unwrap().list;
    let lines = json.documents(&changed).unwrap();
    let sizes: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["size"].clone())
        .collect();
    assert_eq!(sizes, [8, 10]);
    assert!(changes(&after, &after).unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_watch_reads_again_until_reading_fails() {
    let line = Line::try_parse_from(["x", "-w", "-o", "name"]).unwrap();
    let context = crate::testing::context(&[]);
    let mut reads = 0;
    let ended = line
        .list
        .show(&context, line.watch, async || {
            reads += 1;
            if reads > 3 {
                return Err(Failure::new("gone"));
            }
            Ok(list(&rows()))
        })
        .await;
    assert_eq!((ended.unwrap_err().message.as_str(), reads), ("gone", 4));
}

#[test]
fn a_bad_selector_or_path_is_a_usage_error_that_names_it() {
    for (words, named) in [
        (
            ["x", "-l", "a near (b)"],
            "`a near (b)` is not a label requirement",
        ),
        (["x", "--sort-by", "{.a[}"], "`[` is not closed"),
    ] {
        let error = Line::try_parse_from(words).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}
