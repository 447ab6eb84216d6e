//! How the node agent hands pods to the node proxy: messages and framing (inpod-zds.md A).
//!
//! One protobuf message for each SEQPACKET packet, no length prefix. Descriptors ride beside the bytes
//! and are the business of whoever holds the socket.

use bytes::Bytes;
use prost::Message;

pub use crate::generated::istio::workload::zds::*;

/// No side ever sends a longer packet: stock peers read into buffers of this size.
pub const MAX_SEND: usize = 1024;

/// The longest packet that is accepted (security.md N2).
pub const MAX_ACCEPT: usize = 4096;

/// Why a message could not be framed or understood.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The message does not fit into a packet that every peer can read.
    #[error("message of {size} bytes exceeds the limit of {MAX_SEND}")]
    TooLong {
        /// How long it would be.
        size: usize,
    },
    /// A packet without bytes cannot be told from the end of the connection.
    #[error("no payload")]
    Empty,
    /// More arrived than is accepted; the rest is lost.
    #[error("received truncated message")]
    Truncated,
    /// Not a message of the expected type.
    #[error("{source}")]
    Decode {
        /// What the decoder says; peers print exactly this text.
        source: prost::DecodeError,
    },
}

/// Makes the packet of a message; refuses what a peer could not read.
pub fn encode(message: &impl Message) -> Result<Bytes, FrameError> {
    match message.encoded_len() {
        0 => Err(FrameError::Empty),
        size if size > MAX_SEND => Err(FrameError::TooLong { size }),
        _ => Ok(message.encode_to_vec().into()),
    }
}

/// Reads a packet that was received whole.
pub fn decode<M: Message + Default>(packet: &[u8]) -> Result<M, FrameError> {
    if packet.is_empty() {
        return Err(FrameError::Empty);
    }
    if packet.len() > MAX_ACCEPT {
        return Err(FrameError::Truncated);
    }
    M::decode(packet).map_err(|source| FrameError::Decode { source })
}

/// The first packet of a proxy.
#[must_use]
pub fn hello() -> Bytes {
    Bytes::from_static(&[0x08, 0x01])
}

/// The packet that acknowledges a request.
#[must_use]
pub fn ack() -> Bytes {
    Bytes::from_static(&[0x0a, 0x00])
}

/// The packet that refuses a request; the reason is cut so that stock agents can read it.
#[must_use]
pub fn nack(reason: &str) -> Bytes {
    // two nested headers of at most 3 bytes each stay below the limit
    let mut end = reason.len().min(MAX_SEND - 8);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let error = match &reason[..end] {
        "" => "unknown error".to_owned(),
        text => text.to_owned(),
    };
    let payload = Some(workload_response::Payload::Ack(Ack { error }));
    WorkloadResponse { payload }.encode_to_vec().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hello_and_ack_have_the_bytes_of_the_field() {
        // inpod-zds conformance 1
        let message = ZdsHello {
            version: Version::V1.into(),
        };
        assert_eq!(encode(&message).unwrap(), hello());
        let payload = Some(workload_response::Payload::Ack(Ack::default()));
        assert_eq!(encode(&WorkloadResponse { payload }).unwrap(), ack());
        assert_eq!(ack().as_ref(), b"\x0a\x00");
    }

    #[test]
    fn long_nacks_are_cut_at_a_character() {
        // inpod-zds conformance 21
        let packet = nack(&"ü".repeat(2000));
        assert!(packet.len() <= MAX_SEND);
        let response: WorkloadResponse = decode(&packet).unwrap();
        let Some(workload_response::Payload::Ack(Ack { error })) = response.payload else {
            panic!()
        };
        assert!(error.chars().all(|c| c == 'ü'));
    }

    #[test]
    fn a_nack_is_never_mistaken_for_an_ack() {
        assert_ne!(nack(""), ack());
    }

    #[test]
    fn keep_has_field_one_and_del_field_two() {
        // inpod-zds conformance 3
        let keep = workload_request::Payload::Keep(KeepWorkload { uid: "u".into() });
        let del = workload_request::Payload::Del(DelWorkload { uid: "u".into() });
        assert_eq!(
            encode(&WorkloadRequest { payload: Some(keep) }).unwrap().as_ref(),
            b"\x2a\x03\x0a\x01u"
        );
        assert_eq!(
            encode(&WorkloadRequest { payload: Some(del) }).unwrap().as_ref(),
            b"\x12\x03\x12\x01u"
        );
    }

    #[test]
    fn packets_that_no_peer_may_send_are_errors() {
        assert!(matches!(decode::<ZdsHello>(b""), Err(FrameError::Empty)));
        assert!(matches!(
            decode::<ZdsHello>(&[0; MAX_ACCEPT + 1]),
            Err(FrameError::Truncated)
        ));
        assert!(matches!(
            decode::<ZdsHello>(b"\xff"),
            Err(FrameError::Decode { .. })
        ));
        let uid = "u".repeat(MAX_SEND);
        let payload = Some(workload_request::Payload::Keep(KeepWorkload { uid }));
        assert!(matches!(
            encode(&WorkloadRequest { payload }),
            Err(FrameError::TooLong { .. })
        ));
    }
}
