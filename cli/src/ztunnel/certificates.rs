//! The certificate table (`spec/cli.md` 3.5).

use super::dump::{Cert, Certificate};
use crate::render::list::List;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

const HEADER: [&str; 8] = [
    "NODE",
    "CERTIFICATE NAME",
    "TYPE",
    "STATUS",
    "VALID CERT",
    "SERIAL NUMBER",
    "NOT AFTER",
    "NOT BEFORE",
];

/// One certificate as a row of the table.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    identity: String,
    #[serde(rename = "type")]
    kind: &'static str,
    status: String,
    valid: bool,
    serial_number: String,
    not_after: String,
    not_before: String,
    /// Why there is none, as the proxy says.
    reason: String,
}

impl Row {
    /// The same with the node whose proxy has it, where several were asked.
    #[must_use]
    pub fn of_node(self, node: Option<String>) -> Self {
        Self { node, ..self }
    }
}

/// The rows at the moment `now`, in dump order (C5).
#[must_use]
pub fn rows(certificates: &[Certificate], now: Timestamp) -> Vec<Row> {
    let mut rows = Vec::new();
    for entry in certificates {
        let chain = entry.cert_chain.as_deref().unwrap_or_default();
        let roots = entry.root_certs.as_deref().unwrap_or_default();
        if chain.is_empty() {
            rows.push(row(entry, "NA", None, now));
            continue;
        }
        for (at, cert) in chain.iter().enumerate() {
            let kind = match at {
                0 => "Leaf",
                // the old format has no roots of its own: the last of the chain is the root
                _ if at + 1 == chain.len() && roots.is_empty() => "Root",
                _ => "Intermediate",
            };
            rows.push(row(entry, kind, Some(cert), now));
        }
        rows.extend(roots.iter().map(|cert| row(entry, "Root", Some(cert), now)));
    }
    rows
}

/// The list of certificates; the first column is the node's.
#[must_use]
pub fn list(rows: Vec<Row>) -> List<Row> {
    List::new(&HEADER, rows, cells)
        .wide(&["REASON"])
        .gap(5)
        .named(|row| format!("certificate/{}-{}", row.identity, row.serial_number))
}

fn cells(row: &Row) -> Vec<String> {
    vec![
        row.node.clone().unwrap_or_default(),
        row.identity.clone(),
        row.kind.to_owned(),
        row.status.clone(),
        row.valid.to_string(),
        row.serial_number.clone(),
        row.not_after.clone(),
        row.not_before.clone(),
        row.reason.clone(),
    ]
}

fn row(entry: &Certificate, kind: &'static str, cert: Option<&Cert>, now: Timestamp) -> Row {
    let is_unavailable = entry.state.contains("Unavailable");
    let text = |read: fn(&Cert) -> String| cert.map_or_else(|| "NA".to_owned(), read);
    Row {
        node: None,
        identity: entry.identity.clone(),
        kind,
        status: if is_unavailable {
            "Unavailable"
        } else {
            &entry.state
        }
        .to_owned(),
        valid: cert.is_some_and(|cert| is_valid(cert, now)),
        serial_number: text(|cert| hex(&cert.serial_number).unwrap_or_else(|| cert.serial_number.clone())),
        not_after: text(|cert| cert.expiration_time.clone()),
        not_before: text(|cert| cert.valid_from.clone()),
        reason: if is_unavailable {
            entry.state.as_str()
        } else {
            "<none>"
        }
        .to_owned(),
    }
}

fn is_valid(cert: &Cert, now: Timestamp) -> bool {
    let moment = |text: &str| text.parse::<Timestamp>().ok();
    match (moment(&cert.valid_from), moment(&cert.expiration_time)) {
        (Some(from), Some(until)) => from < now && now < until,
        _ => false,
    }
}

/// A decimal number of any length in lower-case hex.
fn hex(decimal: &str) -> Option<String> {
    let mut nibbles: Vec<u8> = Vec::new();
    for digit in decimal.chars() {
        let mut carry = u8::try_from(digit.to_digit(10)?).ok()?;
        for nibble in &mut nibbles {
            let next = *nibble * 10 + carry;
            (*nibble, carry) = (next % 16, next / 16);
        }
        while carry > 0 {
            nibbles.push(carry % 16);
            carry /= 16;
        }
    }
    if nibbles.is_empty() {
        return (!decimal.is_empty()).then(|| "0".to_owned());
    }
    nibbles
        .iter()
        .rev()
        .map(|nibble| char::from_digit(u32::from(*nibble), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::list::ListArgs;
    use crate::ztunnel::dump::Dump;

    #[test]
    fn cli_c05_serials_are_hex_of_any_length() {
        assert_eq!(hex("104").as_deref(), Some("68"));
        assert_eq!(hex("0").as_deref(), Some("0"));
        let long = hex("340282366920938463463374607431768211456").unwrap();
        assert_eq!(long, format!("1{}", "0".repeat(32)));
        assert_eq!(hex("12x"), None);
    }

    #[test]
    fn cli_c05_leaf_intermediates_and_roots_in_both_formats() {
        let text = r#"{"certificates": [
            {"identity": "a", "state": "Available", "certChain": [
              {"serialNumber": "255", "validFrom": "2026-01-01T00:00:00Z", "expirationTime": "2026-01-02T00:00:00Z"},
              {"serialNumber": "1", "validFrom": "x", "expirationTime": "y"}, {"serialNumber": "2"}]},
            {"identity": "b", "state": "Available", "certChain": [{"serialNumber": "3"}], "rootCerts": [{}]},
            {"identity": "c", "state": "Unavailable: no"}]}"#;
        let dump = Dump::from_wire(text.as_bytes()).unwrap();
        let now = "2026-01-01T12:00:00Z".parse().unwrap();
        let list = list(rows(&dump.certificates, now)).without_first(true);
        let table = ListArgs::plain().render(list).unwrap();
        let words: Vec<Vec<&str>> = table
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().take(5).collect())
            .collect();
        assert_eq!(words[0], ["a", "Leaf", "Available", "true", "ff"]);
        assert_eq!(words[1], ["a", "Intermediate", "Available", "false", "1"]);
        assert_eq!(words[2], ["a", "Root", "Available", "false", "2"]);
        assert_eq!(words[3], ["b", "Leaf", "Available", "false", "3"]);
        assert_eq!(words[4][..4], ["b", "Root", "Available", "false"]);
        assert_eq!(words[5], ["c", "NA", "Unavailable", "false", "NA"]);
    }
}
