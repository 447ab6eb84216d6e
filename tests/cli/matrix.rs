//! Every command × output format × way to end, with exit code, stdout and stderr: `tests/cmd/*/matrix/*.txt`.
//!
//! Commands and formats are taken from the definition of the arguments, so one that is new and has no row in the table fails.
//! How a run ends without a table: usage errors, no cluster, a refusal (403), a time-out, an interrupt. The rest is told by
//! the table: a good run, a finding, input that cannot be parsed; or which test of another suite holds it, by name.
//!
//! `TRYCMD=overwrite cargo test -p meshctl --test cli matrix` writes the transcripts; read the difference before you commit it.

#[path = "matrix/run.rs"]
mod run;
#[path = "matrix/table.rs"]
mod table;
#[path = "matrix/write.rs"]
mod write;

use crate::world::World;
use clap::CommandFactory;
use meshctl::commands::Cli;
use run::{Ended, Place, formats, run};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use table::{Cell, ROWS, Row};

/// How a run is made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    Ok,
    Finding,
    Usage,
    Unparsable,
    NoCluster,
    Forbidden,
    TimedOut,
    Interrupted,
}

const WAYS: [Way; 8] = [
    Way::Ok,
    Way::Finding,
    Way::Usage,
    Way::Unparsable,
    Way::NoCluster,
    Way::Forbidden,
    Way::TimedOut,
    Way::Interrupted,
];

/// The commands that do something, with their arguments: `ns list`, `ztunnel-config workload`.
fn leaves() -> BTreeMap<String, clap::Command> {
    fn collect(command: &clap::Command, name: &str, found: &mut BTreeMap<String, clap::Command>) {
        let below: Vec<_> = command
            .get_subcommands()
            .filter(|one| !one.is_hide_set() && one.get_name() != "help")
            .collect();
        let acts_itself = below.is_empty() || !command.is_arg_required_else_help_set() && !name.is_empty();
        if acts_itself {
            found.insert(name.to_owned(), command.clone());
        }
        for one in below {
            collect(one, format!("{name} {}", one.get_name()).trim(), found);
        }
    }
    let mut command = Cli::command();
    command.build();
    let mut found = BTreeMap::new();
    collect(&command, "", &mut found);
    found
}

fn row(leaf: &str) -> &'static Row {
    ROWS.iter().find(|row| row.leaf == leaf).unwrap_or_else(|| {
        panic!("`meshctl {leaf}` has no row in tests/cli/matrix/table.rs: say how it is run, and how it ends")
    })
}

/// What a way means for a command; `None` where it is not run, and why is in the table.
fn cell(row: &Row, way: Way) -> Option<(String, Place)> {
    let asked = |place: Place| row.asks.map(|line| (line.to_owned(), place));
    match way {
        Way::Ok => row.ok.line(),
        Way::Finding => row.finding.line(),
        Way::Unparsable => row.unparsable.line(),
        Way::Usage => Some((format!("{} --no-such-flag", row.leaf), Place::Nowhere)),
        Way::NoCluster => asked(Place::Nowhere),
        Way::Forbidden => asked(Place::Refused),
        Way::TimedOut => asked(Place::Silent),
        Way::Interrupted => asked(Place::Interrupted),
    }
}

/// The codes that a way may end with.
fn may_end_with(row: &Row, way: Way, code: i32) -> bool {
    let usual = match way {
        Way::Ok => code == 0,
        Way::Finding => matches!(code, 1 | 79 | 80),
        Way::Usage => code == 64,
        Way::Unparsable => code == 65,
        Way::NoCluster | Way::Forbidden => code == 1,
        Way::TimedOut => code == 124,
        Way::Interrupted => code == 130,
    };
    usual || row.otherwise.contains(&(way, code))
}

#[test]
fn every_command_ends_as_its_transcript_in_every_format_says() {
    let world = World::start();
    let leaves = leaves();
    let jobs: Vec<(&String, Way, String, Option<String>, Place)> = leaves
        .iter()
        .flat_map(|(leaf, command)| {
            let row = row(leaf);
            let cells = WAYS
                .into_iter()
                .filter_map(move |way| Some((way, cell(row, way)?)));
            cells.flat_map(move |(way, (line, place))| {
                let formats = formats(command).into_iter();
                formats.map(move |format| (leaf, way, line.clone(), format, place))
            })
        })
        .collect();
    let next = Mutex::new(jobs.iter());
    let ended = Mutex::new(BTreeMap::<(&String, Way, String), Vec<(Option<String>, Ended)>>::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let Some((leaf, way, line, format, place)) = next.lock().unwrap().next() else {
                        return;
                    };
                    let done = run(&world, line, format.as_deref(), *place);
                    let mut ended = ended.lock().unwrap();
                    let key = (*leaf, *way, line.clone());
                    ended.entry(key).or_default().push((format.clone(), done));
                }
            });
        }
    });
    let mut wrong = Vec::new();
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for ((leaf, way, line), mut runs) in ended.into_inner().unwrap() {
        runs.sort_by_key(|(format, _)| format.clone());
        for (format, done) in &runs {
            let name = format!(
                "{way:?}: meshctl {line} {}",
                format.as_deref().unwrap_or_default()
            );
            if !may_end_with(row(leaf), way, done.code) {
                wrong.push(format!("{name}: ended with {}", done.code));
            }
            if let Some(why) = done.impurity(leaf, format.as_deref()) {
                wrong.push(format!("{name}: {why}"));
            }
        }
        files
            .entry(write::path(leaf))
            .or_default()
            .push_str(&write::cell(way, &line, &runs));
    }
    wrong.extend(write::compare(&files));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_row_of_the_matrix_is_a_command_and_names_tests_that_there_are() {
    let leaves = leaves();
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    for row in ROWS {
        assert!(
            leaves.contains_key(row.leaf),
            "there is no command `{}`",
            row.leaf
        );
        for cell in [&row.ok, &row.finding, &row.unparsable] {
            if let Cell::Held(test) = cell {
                let is_there = sources.iter().any(|text| {
                    text.contains(&format!("fn {test}(")) || text.contains(&format!("\"{test}\","))
                });
                assert!(is_there, "`{}`: there is no test `{test}`", row.leaf);
            }
        }
    }
    let rows = ROWS.len();
    assert_eq!(rows, leaves.len(), "each command has one row");
}

/// The Rust files of tests and programs.
fn sources(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("tests"), root.join("cli")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("matrix/table.rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}
