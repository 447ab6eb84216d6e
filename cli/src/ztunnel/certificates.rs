//! The certificate table (`spec/cli.md` 3.5).

use super::dump::{Cert, Dump};
use crate::render::table::Table;
use jiff::Timestamp;

const HEADER: [&str; 7] = [
    "CERTIFICATE NAME",
    "TYPE",
    "STATUS",
    "VALID CERT",
    "SERIAL NUMBER",
    "NOT AFTER",
    "NOT BEFORE",
];

/// The table at the moment `now`, rows in dump order (C5).
#[must_use]
pub fn certificates(dump: &Dump, now: Timestamp) -> String {
    let mut table = Table::new(5, &HEADER);
    for entry in &dump.certificates {
        let status = if entry.state.contains("Unavailable") {
            "Unavailable"
        } else {
            &entry.state
        };
        let chain = entry.cert_chain.as_deref().unwrap_or_default();
        let roots = entry.root_certs.as_deref().unwrap_or_default();
        if chain.is_empty() {
            let cells = [entry.identity.as_str(), "NA", status, "false", "NA", "NA", "NA"];
            table.row(cells.map(ToOwned::to_owned).to_vec());
            continue;
        }
        for (at, cert) in chain.iter().enumerate() {
            let kind = match at {
                0 => "Leaf",
                // the old format has no roots of its own: the last of the chain is the root
                _ if at + 1 == chain.len() && roots.is_empty() => "Root",
                _ => "Intermediate",
            };
            table.row(row(&entry.identity, kind, (status, cert), now));
        }
        for cert in roots {
            table.row(row(&entry.identity, "Root", (status, cert), now));
        }
    }
    table.render()
}

fn row(identity: &str, kind: &str, (status, cert): (&str, &Cert), now: Timestamp) -> Vec<String> {
    vec![
        identity.to_owned(),
        kind.to_owned(),
        status.to_owned(),
        is_valid(cert, now).to_string(),
        hex(&cert.serial_number).unwrap_or_else(|| cert.serial_number.clone()),
        cert.expiration_time.clone(),
        cert.valid_from.clone(),
    ]
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

    #[test]
    fn c5_serials_are_hex_of_any_length() {
        assert_eq!(hex("104").as_deref(), Some("68"));
        assert_eq!(hex("0").as_deref(), Some("0"));
        let long = hex("340282366920938463463374607431768211456").unwrap();
        assert_eq!(long, format!("1{}", "0".repeat(32)));
        assert_eq!(hex("12x"), None);
    }

    #[test]
    fn c5_leaf_intermediates_and_roots_in_both_formats() {
        let text = r#"{"certificates": [
            {"identity": "a", "state": "Available", "certChain": [
              {"serialNumber": "255", "validFrom": "2026-01-01T00:00:00Z", "expirationTime": "2026-01-02T00:00:00Z"},
              {"serialNumber": "1", "validFrom": "x", "expirationTime": "y"}, {"serialNumber": "2"}]},
            {"identity": "b", "state": "Available", "certChain": [{"serialNumber": "3"}], "rootCerts": [{}]},
            {"identity": "c", "state": "Unavailable: no"}]}"#;
        let dump = Dump::from_wire(text.as_bytes()).unwrap();
        let now = "2026-01-01T12:00:00Z".parse().unwrap();
        let table = certificates(&dump, now);
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
