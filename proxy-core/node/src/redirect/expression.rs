//! One rule as nf_tables expressions, the same ones that the `nft` program makes of the same text.

use std::net::IpAddr;

use mesh_wire::well_known::mark;

use super::netlink::Attributes;
use super::{Action, End, Family, Is, Match, Protocol, Rule};

const EXPRESSION: u16 = 1;
const NAME: u16 = 1;
const DATA: u16 = 2;
const VALUE: u16 = 1;
const VERDICT: u16 = 2;
const REG_1: u32 = 1;
const REG_VERDICT: u32 = 0;
/// The first of the 4-byte registers; four of them are one of the large ones.
const REG32_00: u32 = 8;

const META_MARK: u32 = 3;
const META_IIFNAME: u32 = 6;
const META_OIFNAME: u32 = 7;
const META_SKUID: u32 = 10;
const META_NFPROTO: u32 = 15;
const META_L4PROTO: u32 = 16;
const CT_MARK: u32 = 3;
const CT_ZONE: u32 = 17;
const CMP_EQ: u32 = 0;
const CMP_NEQ: u32 = 1;
const NETWORK: u32 = 1;
const TRANSPORT: u32 = 2;
const NFPROTO_IPV4: u8 = 2;
const NFPROTO_IPV6: u8 = 10;
const ACCEPT: u32 = 1;
const JUMP: u32 = (-3_i32).cast_unsigned();
const RETURN: u32 = (-5_i32).cast_unsigned();
const INTERFACE_NAME: usize = 16;
const NAT_SOURCE: u32 = 0;

/// The list of expressions of a rule.
pub(crate) fn encode(rule: &Rule) -> Attributes {
    let mut list = List::default();
    for condition in &rule.matches {
        list.condition(condition);
    }
    list.push("counter", &Attributes::default());
    list.action(&rule.action);
    list.expressions
}

#[derive(Default)]
struct List {
    expressions: Attributes,
    protocol: Option<Protocol>,
    family: Option<Family>,
}

impl List {
    fn push(&mut self, name: &str, data: &Attributes) {
        let expression = Attributes::default().text(NAME, name).nested(DATA, data);
        self.expressions = std::mem::take(&mut self.expressions).nested(EXPRESSION, &expression);
    }

    fn condition(&mut self, condition: &Match) {
        match condition {
            Match::Address(end, is, address) => self.address(*end, *is, *address),
            Match::Transport(protocol) => self.transport(*protocol),
            Match::Port(protocol, end, is, port) => {
                self.transport(*protocol);
                let offset = match end {
                    End::Source => 0,
                    End::Destination => 2,
                };
                self.payload(TRANSPORT, offset, 2, REG_1);
                self.compare(*is, &port.to_be_bytes());
            }
            Match::Mark(is, mark) => {
                self.meta(META_MARK);
                self.mask(mark::MASK, 0);
                self.compare(*is, &mark.to_ne_bytes());
            }
            Match::ConnectionMark(is, mark) => {
                self.ct_load(CT_MARK);
                self.mask(mark::MASK, 0);
                self.compare(*is, &mark.to_ne_bytes());
            }
            Match::OutInterface(is, name) => self.interface(META_OIFNAME, *is, name),
            Match::InInterface(name) => self.interface(META_IIFNAME, Is::Equal, name),
            Match::SocketUid(uid) => {
                self.meta(META_SKUID);
                self.compare(Is::Equal, &uid.to_ne_bytes());
            }
            Match::DestinationIn(family, set) => {
                self.family(*family);
                let (_, offset, length) = layout(*family);
                self.payload(NETWORK, offset, length, REG_1);
                self.lookup(set);
            }
            Match::FlowIn(family, set) => self.flow(*family, set),
        }
    }

    fn address(&mut self, end: End, is: Is, address: IpAddr) {
        let family = match address {
            IpAddr::V4(_) => Family::V4,
            IpAddr::V6(_) => Family::V6,
        };
        self.family(family);
        let (source, destination, length) = layout(family);
        let offset = match end {
            End::Source => source,
            End::Destination => destination,
        };
        self.payload(NETWORK, offset, length, REG_1);
        match address {
            IpAddr::V4(address) => self.compare(is, &address.octets()),
            IpAddr::V6(address) => self.compare(is, &address.octets()),
        }
    }

    fn interface(&mut self, key: u32, is: Is, name: &str) {
        let mut padded = [0; INTERFACE_NAME];
        for (slot, byte) in padded.iter_mut().zip(name.bytes()) {
            *slot = byte;
        }
        self.meta(key);
        self.compare(is, &padded);
    }

    /// Source, source port, destination, destination port side by side in the registers.
    fn flow(&mut self, family: Family, set: &str) {
        self.family(family);
        self.transport(Protocol::Tcp);
        let (source, destination, length) = layout(family);
        let words = length / 4;
        self.payload(NETWORK, source, length, register(0));
        self.payload(TRANSPORT, 0, 2, register(words));
        self.payload(NETWORK, destination, length, register(words + 1));
        self.payload(TRANSPORT, 2, 2, register(2 * words + 1));
        self.lookup(set);
    }

    /// Says once which family the rule is about: an `inet` table sees both.
    fn family(&mut self, family: Family) {
        if self.family.replace(family) != Some(family) {
            let number = match family {
                Family::V4 => NFPROTO_IPV4,
                Family::V6 => NFPROTO_IPV6,
            };
            self.meta(META_NFPROTO);
            self.compare(Is::Equal, &[number]);
        }
    }

    fn transport(&mut self, protocol: Protocol) {
        if self.protocol.replace(protocol) != Some(protocol) {
            let number = match protocol {
                Protocol::Tcp => 6,
                Protocol::Udp => 17,
            };
            self.meta(META_L4PROTO);
            self.compare(Is::Equal, &[number]);
        }
    }

    fn action(&mut self, action: &Action) {
        match action {
            Action::Accept => self.verdict(ACCEPT, None),
            Action::Return => self.verdict(RETURN, None),
            Action::Jump(chain) => self.verdict(JUMP, Some(chain)),
            Action::Redirect(port) => {
                self.immediate(&port.to_be_bytes());
                self.push("redir", &Attributes::default().be32(1, REG_1));
            }
            Action::MarkConnection(mark) => {
                self.ct_load(CT_MARK);
                self.mask(!mark::MASK, *mark);
                self.ct_store(CT_MARK);
            }
            Action::RestoreMark => {
                self.ct_load(CT_MARK);
                self.push("meta", &Attributes::default().be32(2, META_MARK).be32(3, REG_1));
            }
            Action::Zone(zone) => {
                self.immediate(&zone.to_ne_bytes());
                self.ct_store(CT_ZONE);
            }
            Action::SourceNat(address) => {
                let family = match address {
                    IpAddr::V4(address) => {
                        self.immediate(&address.octets());
                        NFPROTO_IPV4
                    }
                    IpAddr::V6(address) => {
                        self.immediate(&address.octets());
                        NFPROTO_IPV6
                    }
                };
                let data = Attributes::default().be32(1, NAT_SOURCE);
                self.push("nat", &data.be32(2, family.into()).be32(3, REG_1));
            }
        }
    }

    fn meta(&mut self, key: u32) {
        self.push("meta", &Attributes::default().be32(1, REG_1).be32(2, key));
    }

    fn ct_load(&mut self, key: u32) {
        self.push("ct", &Attributes::default().be32(1, REG_1).be32(2, key));
    }

    fn ct_store(&mut self, key: u32) {
        self.push("ct", &Attributes::default().be32(2, key).be32(4, REG_1));
    }

    fn payload(&mut self, base: u32, offset: u32, length: u32, register: u32) {
        let data = Attributes::default().be32(1, register).be32(2, base);
        self.push("payload", &data.be32(3, offset).be32(4, length));
    }

    fn compare(&mut self, is: Is, value: &[u8]) {
        let operator = match is {
            Is::Equal => CMP_EQ,
            Is::Not => CMP_NEQ,
        };
        let data = Attributes::default().be32(1, REG_1).be32(2, operator);
        self.push("cmp", &data.nested(3, &plain(value)));
    }

    /// register = (register & mask) ^ flip
    fn mask(&mut self, mask: u32, flip: u32) {
        let data = Attributes::default()
            .be32(1, REG_1)
            .be32(2, REG_1)
            .be32(3, 4)
            .nested(4, &plain(&mask.to_ne_bytes()))
            .nested(5, &plain(&flip.to_ne_bytes()));
        self.push("bitwise", &data);
    }

    fn lookup(&mut self, set: &str) {
        self.push("lookup", &Attributes::default().text(1, set).be32(2, REG_1));
    }

    fn immediate(&mut self, value: &[u8]) {
        let data = Attributes::default().be32(1, REG_1);
        self.push("immediate", &data.nested(2, &plain(value)));
    }

    fn verdict(&mut self, code: u32, chain: Option<&str>) {
        let mut verdict = Attributes::default().be32(1, code);
        if let Some(chain) = chain {
            verdict = verdict.text(2, chain);
        }
        let value = Attributes::default().nested(VERDICT, &verdict);
        let data = Attributes::default().be32(1, REG_VERDICT).nested(2, &value);
        self.push("immediate", &data);
    }
}

/// The number of the register that starts at this 4-byte word, in the form that the kernel shows.
fn register(word: u32) -> u32 {
    if word.is_multiple_of(4) {
        REG_1 + word / 4
    } else {
        REG32_00 + word
    }
}

fn plain(value: &[u8]) -> Attributes {
    Attributes::default().bytes(VALUE, value)
}

/// Offsets of source and destination in the network header, and their length.
fn layout(family: Family) -> (u32, u32, u32) {
    match family {
        Family::V4 => (12, 16, 4),
        Family::V6 => (8, 24, 16),
    }
}
