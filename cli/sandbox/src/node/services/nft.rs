//! Writes the table `meshctl-svc`: destination NAT for service addresses, over nf_tables netlink.
//!
//! Each backend of a port is one rule that takes its share of the new connections at random; a port without
//! backends is refused at once, so that clients need not wait for a time-out. A pod that reaches itself through
//! its service gets its connection masqueraded, since it would not accept a packet from itself.

use crate::error::Result;
use crate::nft::{
    Attributes, Batch, Expressions, NETWORK, Place, REGISTER, REGISTER_2, TRANSPORT, equals, expression,
    header, protocol,
};
use crate::node::services::table::{Port, Table};
use std::net::{Ipv4Addr, SocketAddrV4};

const TABLE: &str = "meshctl-svc";
const IPV4: u32 = 2;

/// The chains and where they hang.
const CHAINS: [(&str, Place); 5] = [
    ("prerouting", (0, "nat", -100)),
    ("output", (3, "nat", -100)),
    ("postrouting", (4, "nat", 100)),
    ("refuse-forward", (2, "filter", 0)),
    ("refuse-output", (3, "filter", 0)),
];

/// Replaces the whole table in one transaction.
pub(crate) fn replace(table: &Table) -> Result<()> {
    render(table).commit()
}

fn render(table: &Table) -> Batch {
    let mut batch = Batch::new(TABLE);
    for (name, place) in CHAINS {
        batch.chain(name, Some(place));
    }
    for (port, backends) in table {
        let total = backends.len();
        for (index, backend) in backends.iter().enumerate() {
            let rest = u32::try_from(total - index).unwrap_or(1);
            for chain in ["prerouting", "output"] {
                batch.rule(chain, &destination_nat(*port, *backend, rest));
            }
        }
        if backends.is_empty() {
            for chain in ["refuse-forward", "refuse-output"] {
                batch.rule(chain, &refusal(*port));
            }
        }
    }
    for address in hairpins(table) {
        batch.rule("postrouting", &masquerade(address));
    }
    batch
}

fn hairpins(table: &Table) -> Vec<Ipv4Addr> {
    let mut addresses: Vec<_> = table.values().flatten().map(|backend| *backend.ip()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// Packets to this port.
fn to_port(port: Port) -> Expressions {
    let list = header(Expressions::new(), NETWORK, 16, 4);
    let list = equals(list, &port.address.octets());
    let list = equals(protocol(list), &[port.protocol]);
    let list = header(list, TRANSPORT, 2, 2);
    equals(list, &port.number.to_be_bytes())
}

fn destination_nat(port: Port, backend: SocketAddrV4, rest: u32) -> Expressions {
    let mut list = to_port(port);
    if rest > 1 {
        // one in `rest` at random
        let random = Attributes::new().number(1, REGISTER).number(2, rest).number(3, 1);
        list = equals(expression(list, "numgen", &random), &0_u32.to_ne_bytes());
    }
    let value = |register: u32, bytes: &[u8]| {
        let data = Attributes::new().bytes(1, bytes);
        Attributes::new().number(1, register).nested(2, &data)
    };
    list = expression(list, "immediate", &value(REGISTER, &backend.ip().octets()));
    list = expression(
        list,
        "immediate",
        &value(REGISTER_2, &backend.port().to_be_bytes()),
    );
    // type 1 rewrites the destination; then family, address register, port register
    let nat = Attributes::new()
        .number(1, 1)
        .number(2, IPV4)
        .number(3, REGISTER)
        .number(5, REGISTER_2);
    expression(list, "nat", &nat)
}

fn refusal(port: Port) -> Expressions {
    // TCP: a reset; else: port unreachable
    let reject = if port.protocol == 6 {
        Attributes::new().number(1, 1).bytes(2, &[0])
    } else {
        Attributes::new().number(1, 0).bytes(2, &[3])
    };
    expression(to_port(port), "reject", &reject)
}

fn masquerade(address: Ipv4Addr) -> Expressions {
    let list = equals(header(Expressions::new(), NETWORK, 12, 4), &address.octets());
    let list = equals(header(list, NETWORK, 16, 4), &address.octets());
    expression(list, "masq", &Attributes::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_backend_is_a_rule_in_both_directions_and_an_empty_port_is_refused() {
        let port = |number| Port {
            address: Ipv4Addr::new(10, 96, 0, 1),
            protocol: 6,
            number,
        };
        let backend = |host| SocketAddrV4::new(Ipv4Addr::new(10, 244, 1, host), 80);
        let table = Table::from([(port(80), [backend(2), backend(3)].into()), (port(81), [].into())]);
        // begin, table three times, five chains, two backends twice, one refusal twice, two hairpins
        assert_eq!(render(&table).len(), 1 + 3 + 5 + 4 + 2 + 2);
    }
}
