//! Wire resources become state, or a reject with the text the field knows.
//!
//! The only place where wire types are read (`spec/workload-api.md` §1–2, `authorization.md` §1,
//! `xds.md` §7). Numbers are range-checked and never truncated (decision 34); an undecodable policy
//! is refused whole and, when nothing of its key is held, a stand-in fails closed (`security.md` A4).

pub(crate) mod fields;
pub mod packed;
mod policy;
mod service;
mod workload;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use ahash::AHashSet;
use arcstr::ArcStr;
use mesh_wire::workload as wire;
use prost::Message;

use crate::state::Update;
use crate::state::from_wire::fields::Fields;
use crate::state::from_wire::packed::{Record, Shapes};
use crate::state::workload::{
    GatewayAddress, GatewayDestination, NamespacedHostname, NetworkAddress, Workload,
};

/// Why a resource was refused. The texts are those of the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The Any is missing.
    #[error("XDS payload without resource")]
    MissingResource,
    /// The bytes are not that message.
    #[error("decode: {0}")]
    Decode(prost::DecodeError),
    /// Neither workload nor service.
    #[error("unknown address type")]
    UnknownAddressType,
    /// An enum number that must be known.
    #[error("decode error: unknown enumeration value {0}")]
    UnknownEnum(i32),
    /// Neither 4 nor 16 bytes.
    #[error("failed to parse address, had {0} bytes")]
    AddressLength(usize),
    /// Not `<namespace>/<hostname>`.
    #[error("failed to parse namespaced hostname: {0}")]
    NamespacedHostname(String),
    /// A gateway address that names nobody.
    #[error("nonempty gateway address is missing address")]
    GatewayWithoutDestination,
    /// Longer than the family allows.
    #[error("invalid cidr: invalid IP prefix length")]
    PrefixLength,
    /// A routing preference of zero.
    #[error("unknown enum: invalid target")]
    UnspecifiedScope,
    /// Beyond 16 bits.
    #[error("port {0} is out of range")]
    Port(u32),
    /// A string match without form.
    #[error("string match without a form")]
    StringMatchWithoutForm,
    /// Trust domain, namespace or account cannot be part of an identity.
    #[error("invalid identity: {0}")]
    Identity(String),
    /// More rules or terms than are accepted (`security.md` §9).
    #[error("more than {limit} {what}")]
    TooMany {
        /// Limit.
        limit: usize,
        /// Of what.
        what: &'static str,
    },
}

/// A refused resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Reject {
    /// Resource name.
    pub name: ArcStr,
    /// Why.
    pub reason: Reason,
    /// What to enforce when nothing of that name is held.
    pub stand_in: Option<Update>,
}

/// Shares what is equal: texts within one batch, shapes of workloads for as long as somebody has them.
#[derive(Debug, Default)]
pub struct Texts {
    known: AHashSet<ArcStr>,
    shapes: Shapes,
}

impl Texts {
    /// One shared copy of `text`.
    pub fn share(&mut self, text: &str) -> ArcStr {
        if text.is_empty() {
            return ArcStr::new();
        }
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let fresh = ArcStr::from(text);
        self.known.insert(fresh.clone());
        fresh
    }

    /// After a batch: what only it needed is let go.
    pub fn settle(&mut self) {
        self.known = AHashSet::new();
        self.shapes.settle();
    }

    /// Packs a workload that did not come plain.
    fn pack_again(&mut self, message: &wire::Workload, version: &str, whole: &Workload) -> Record {
        let packed = self.shapes.pack(&message.encode_to_vec(), version, whole);
        packed.expect("what was encoded here is plain")
    }

    fn share_or(&mut self, text: &str, default: &str) -> ArcStr {
        self.share(if text.is_empty() { default } else { text })
    }
}

/// Reads one Address resource.
pub fn address(name: &str, value: &[u8], texts: &mut Texts) -> Result<Update, Reject> {
    versioned_address((name, ""), value, texts)
}

/// Reads one Address resource of a name and a version.
pub fn versioned_address(
    (name, version): (&str, &str),
    value: &[u8],
    texts: &mut Texts,
) -> Result<Update, Reject> {
    let plain = plain_workload(value);
    if let Some(record) = plain.and_then(|message| texts.shapes.pack_known(message, version)) {
        return Ok(Update::Workload(record));
    }
    let refused = |reason| Reject {
        name: name.into(),
        reason,
        stand_in: None,
    };
    let message = wire::Address::decode(value).map_err(|error| refused(Reason::Decode(error)))?;
    match message.r#type {
        Some(wire::address::Type::Workload(one)) => {
            let whole = workload::from_wire(&one, texts).map_err(refused)?;
            let as_it_came = plain.and_then(|message| texts.shapes.pack(message, version, &whole).ok());
            let packed = as_it_came.unwrap_or_else(|| texts.pack_again(&one, version, &whole));
            Ok(Update::Workload(packed))
        }
        Some(wire::address::Type::Service(one)) => service::from_wire(&one, texts)
            .map(|one| Update::Service(Box::new(one)))
            .map_err(refused),
        None => Err(refused(Reason::UnknownAddressType)),
    }
}

/// The bytes of the one workload that an Address is; none where there is more to it.
fn plain_workload(address: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields::of(address);
    let field = fields.next()?.ok()?;
    let is_all = field.number == 1 && fields.rest().is_empty();
    is_all.then(|| field.value.bytes().ok())?
}

/// Packs a workload as if it had come.
#[cfg(test)]
pub(crate) fn pack(message: wire::Workload) -> Record {
    let address = wire::Address {
        r#type: Some(wire::address::Type::Workload(message)),
    };
    match self::address("test", &address.encode_to_vec(), &mut Texts::default()) {
        Ok(Update::Workload(record)) => record,
        other => panic!("{other:?}"),
    }
}

/// Reads one Authorization resource.
pub fn authorization(name: &str, value: &[u8]) -> Result<Update, Reject> {
    match mesh_wire::security::Authorization::decode(value) {
        Ok(message) => policy::from_wire(name, &message),
        Err(error) => Err(Reject {
            name: name.into(),
            reason: Reason::Decode(error),
            stand_in: None,
        }),
    }
}

fn ip(bytes: &[u8]) -> Result<IpAddr, Reason> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Ok(IpAddr::from(octets));
    }
    match <[u8; 16]>::try_from(bytes) {
        Ok(octets) => Ok(IpAddr::from(octets).to_canonical()),
        Err(_) => Err(Reason::AddressLength(bytes.len())),
    }
}

fn port(number: u32) -> Result<u16, Reason> {
    u16::try_from(number).map_err(|_| Reason::Port(number))
}

fn hostname_key(text: &str, texts: &mut Texts) -> Result<NamespacedHostname, Reason> {
    let (namespace, hostname) = text
        .split_once('/')
        .ok_or_else(|| Reason::NamespacedHostname(text.to_owned()))?;
    Ok(NamespacedHostname {
        namespace: texts.share(namespace),
        hostname: texts.share(hostname),
    })
}

fn network_address(wire: &wire::NetworkAddress, texts: &mut Texts) -> Result<NetworkAddress, Reason> {
    Ok(NetworkAddress {
        network: texts.share(&wire.network),
        address: ip(&wire.address)?,
    })
}

fn gateway(wire: Option<&wire::GatewayAddress>, texts: &mut Texts) -> Result<Option<GatewayAddress>, Reason> {
    let Some(wire) = wire else { return Ok(None) };
    let destination = match &wire.destination {
        Some(wire::gateway_address::Destination::Hostname(name)) => {
            GatewayDestination::Hostname(NamespacedHostname {
                namespace: texts.share(&name.namespace),
                hostname: texts.share(&name.hostname),
            })
        }
        Some(wire::gateway_address::Destination::Address(address)) => {
            GatewayDestination::Address(network_address(address, texts)?)
        }
        None => return Err(Reason::GatewayWithoutDestination),
    };
    Ok(Some(GatewayAddress {
        destination,
        hbone_mtls_port: port(wire.hbone_mtls_port)?,
    }))
}
