//! The certificate authority: who may get which identity, and the chain that proves it (`ca.md` 5 to 9).
//!
//! [`grant`] and [`authority`] are pure; no certificate is signed without a [`grant::Grant`].

pub mod authority;
pub mod external;
pub mod grant;
pub mod limit;
pub mod material;
pub mod mounted;
pub mod pods;
pub mod root;
pub mod server;
pub mod serving;
pub mod signer;

/// Foreign text in an error or a log stays short, and on its line.
pub(crate) fn shortened(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(256)
        .collect()
}
