//! The files of a mounted CA: all of them, or none (`control-plane.md` 15.1).

use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use super::material::Pem;
use super::root::RootError;

fn read(path: &Path) -> Result<Option<String>, RootError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RootError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// The mounted CA, `None` if there is none at all.
pub fn read_dir(dir: &Path) -> Result<Option<Pem>, RootError> {
    let names: &[&'static str] = if dir.join("tls.crt").exists() {
        &["tls.crt", "tls.key", "ca.crt"]
    } else {
        &["ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem"]
    };
    let mut texts = Vec::with_capacity(names.len());
    for name in names {
        texts.push(read(&dir.join(name))?);
    }
    if texts.iter().all(Option::is_none) {
        return Ok(None);
    }
    if let Some(at) = texts.iter().position(Option::is_none) {
        return Err(RootError::Incomplete {
            dir: dir.to_owned(),
            missing: names[at],
        });
    }
    let mut texts = texts.into_iter().flatten();
    let mut next = || texts.next().unwrap_or_default();
    let (cert, key, root) = (next(), next(), next());
    let chain = if names.len() == 3 { cert.clone() } else { next() };
    Ok(Some(Pem {
        cert,
        key: Zeroizing::new(key),
        chain,
        root,
        crl: read(&dir.join("ca-crl.pem"))?.unwrap_or_default(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_c24_an_incomplete_directory_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read_dir(dir.path()).unwrap().is_none());
        std::fs::write(dir.path().join("ca-cert.pem"), "x").unwrap();
        let error = read_dir(dir.path()).unwrap_err();
        assert!(error.to_string().contains("ca-key.pem"), "{error}");
        assert!(error.hint().is_some());
    }

    #[test]
    fn both_forms_are_read() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem"] {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        assert_eq!(read_dir(dir.path()).unwrap().unwrap().root, "root-cert.pem");
        for name in ["tls.crt", "tls.key", "ca.crt"] {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        assert_eq!(read_dir(dir.path()).unwrap().unwrap().root, "ca.crt");
    }
}
