//! What the mesh trusts: its root and its webhooks. (pure)

use crate::checks::facts::Facts;
use crate::checks::report::Category;
use crate::install::component::meta;

/// A root that ends within so many days is to be replaced.
const ROOT_DAYS: i64 = 60;

pub(super) fn identity(facts: &Facts, now: jiff::Timestamp) -> Category {
    let mut category = Category::new("identity");
    let pem = facts
        .root
        .as_ref()
        .and_then(|map| map["data"]["root-cert.pem"].as_str());
    category.check(
        "root",
        "the root of identities is published",
        pem.is_none().then(|| {
            format!(
                "there is no ConfigMap `{}/istio-ca-root-cert` with a root",
                facts.system
            )
        }),
    );
    if let Some(pem) = pem {
        match root_days(pem, now) {
            Ok(days) => {
                category.check(
                    "root-valid",
                    "the root is valid",
                    (days <= 0).then(|| format!("it ended {} days ago", -days)),
                );
                let is_short = days > 0 && days < ROOT_DAYS;
                category.advise(
                    "root-lasts",
                    &format!("the root is valid for at least {ROOT_DAYS} days"),
                    is_short.then(|| format!("it ends in {days} days")),
                );
            }
            Err(why) => category.check("root-valid", "the root is valid", Some(why)),
        }
    }
    category
}

/// How many days the root that ends first is valid.
fn root_days(pem: &str, now: jiff::Timestamp) -> Result<i64, String> {
    let mut shortest: Option<i64> = None;
    for block in x509_parser::pem::Pem::iter_from_buffer(pem.as_bytes()) {
        let block = block.map_err(|error| format!("it cannot be read: {error}"))?;
        let certificate = block
            .parse_x509()
            .map_err(|error| format!("it cannot be read: {error}"))?;
        let left = certificate.validity().not_after.timestamp() - now.as_second();
        let days = left.div_euclid(86_400);
        shortest = Some(shortest.map_or(days, |known| known.min(days)));
    }
    shortest.ok_or_else(|| "it holds no certificate".to_owned())
}

pub(super) fn webhooks(facts: &Facts) -> Category {
    let mut category = Category::new("webhooks");
    let unsigned: Vec<&str> = facts
        .webhooks
        .iter()
        .filter(|one| {
            let hooks = one["webhooks"].as_array().into_iter().flatten();
            hooks.into_iter().any(|hook| {
                hook["clientConfig"]["caBundle"]
                    .as_str()
                    .is_none_or(str::is_empty)
            })
        })
        .map(|one| meta(one, "name"))
        .collect();
    category.check(
        "webhook-bundle",
        "validation is trusted by the API server",
        (!unsigned.is_empty()).then(|| {
            format!(
                "no bundle yet in {}; the control plane writes it",
                unsigned.join(", ")
            )
        }),
    );
    category
}
