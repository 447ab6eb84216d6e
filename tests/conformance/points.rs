//! The list of points (`points.txt`), and which test holds which of them.

use std::collections::{BTreeMap, BTreeSet};

/// The contracts, as tests name them.
const FAMILIES: [&str; 13] = [
    "xds",
    "wl",
    "authz",
    "ca",
    "cp",
    "hbone",
    "zds",
    "ops",
    "security",
    "cni",
    "enrolment",
    "charts",
    "cli",
];

/// One point.
#[derive(Debug)]
pub(crate) struct Point {
    /// `xds 7`, `security T10`, `security 9.4`, `cp s9.2` (a section without numbers of its own).
    pub(crate) id: String,
    /// Which program must hold it.
    pub(crate) who: String,
    /// What holds.
    pub(crate) title: String,
    /// Tests that do not carry the number in their name.
    pub(crate) further: Vec<String>,
    /// Why no test holds it.
    pub(crate) missing: Option<String>,
}

/// Reads the list.
pub(crate) fn read(text: &str) -> Result<Vec<Point>, String> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut parts = line.split(" | ").map(str::trim);
            let (Some(id), Some(who), Some(title)) = (parts.next(), parts.next(), parts.next()) else {
                return Err(format!("not a point: {line}"));
            };
            let rest = parts.next().unwrap_or_default();
            let missing = rest.strip_prefix("missing: ").map(str::to_owned);
            let further = match missing {
                Some(_) => Vec::new(),
                None => rest.split_whitespace().map(str::to_owned).collect(),
            };
            Ok(Point {
                id: id.to_owned(),
                who: who.to_owned(),
                title: title.to_owned(),
                further,
                missing,
            })
        })
        .collect()
}

/// The points that a test's name says it holds.
pub(crate) fn named_by(test: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut family = None;
    for word in test.split('_') {
        let letter = word.get(..1).unwrap_or_default();
        let number: Option<u32> = word.get(1..).and_then(|digits| digits.parse().ok());
        match (family, number) {
            _ if FAMILIES.contains(&word) => family = Some(word),
            (Some("security"), Some(number)) if letter.chars().all(|c| c.is_ascii_lowercase()) => {
                found.insert(format!("security {}{number}", letter.to_uppercase()));
            }
            (Some(family), Some(number)) if letter == "c" => {
                found.insert(format!("{family} {number}"));
            }
            _ => family = None,
        }
    }
    found
}

/// The tests that hold each point, out of all these.
pub(crate) fn held<'a>(
    points: &[Point],
    tests: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<String, BTreeSet<&'a str>> {
    let mut held: BTreeMap<String, BTreeSet<&str>> = points
        .iter()
        .map(|point| (point.id.clone(), BTreeSet::new()))
        .collect();
    for test in tests {
        let further = points
            .iter()
            .filter(|point| point.further.iter().any(|name| name == test));
        let ids = named_by(test)
            .into_iter()
            .chain(further.map(|point| point.id.clone()));
        for id in ids {
            if let Some(tests) = held.get_mut(&id) {
                tests.insert(test);
            }
        }
    }
    held
}
