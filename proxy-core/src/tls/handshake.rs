//! Handshakes by rustls, after which the keys are ours (`spec/hbone.md` §2, `security.md` T17).
//!
//! rustls' unbuffered connection is driven over our own buffers, so that bytes which arrive together with
//! the last message of the handshake are not lost with it.

#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use rustls::client::UnbufferedClientConnection;
use rustls::kernel::KernelConnection;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, EncodeError, InsufficientSizeError, UnbufferedStatus};
use rustls::{ClientConfig, ExtractedSecrets, ServerConfig};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::tls::record::incoming::Incoming;
use crate::tls::record::{self, Outgoing, RecordError, Secrets};

/// Bytes of one side's handshake (`security.md` T17).
const MAX_HANDSHAKE: usize = 128 << 10;
const PIECE: usize = 8 << 10;

/// A connection whose peer is known.
#[derive(Debug)]
pub struct Shaken<T> {
    /// What it runs over.
    pub io: T,
    /// Seals.
    pub outgoing: Outgoing,
    /// Opens.
    pub incoming: Incoming,
    /// Data that came with the end of the handshake.
    pub early: Vec<u8>,
    /// Sealed bytes that came with it.
    pub rest: Vec<u8>,
    /// The protocol that was agreed on.
    pub alpn: Option<Vec<u8>>,
    /// The peer's certificates, leaf first.
    pub chain: Vec<CertificateDer<'static>>,
}

/// What to do next.
enum Step {
    Again,
    Send,
    Receive,
    Done,
}

/// rustls' two kinds of unbuffered connection.
trait Shaking: Sized {
    fn step(&mut self, input: &mut [u8], output: &mut Vec<u8>, early: &mut Vec<u8>) -> Taken;
    fn facts(&self) -> (Option<Vec<u8>>, Vec<CertificateDer<'static>>);
    fn keys(self) -> Result<(ExtractedSecrets, Secrets), rustls::Error>;
}

/// How many bytes of the input are used up, and what to do next.
type Taken = (usize, Result<Step, rustls::Error>);

fn digest<D>(status: UnbufferedStatus<'_, '_, D>, output: &mut Vec<u8>, early: &mut Vec<u8>) -> Taken {
    let UnbufferedStatus {
        mut discard, state, ..
    } = status;
    let step = match state {
        Err(error) => Err(error),
        Ok(ConnectionState::EncodeTlsData(mut data)) => {
            let start = output.len();
            let size = match data.encode(&mut []) {
                Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) => required_size,
                _ => 0,
            };
            output.resize(start + size, 0);
            data.encode(&mut output[start..])
                .map(|_| Step::Again)
                .map_err(|error| rustls::Error::General(error.to_string()))
        }
        Ok(ConnectionState::TransmitTlsData(data)) => {
            data.done();
            Ok(Step::Send)
        }
        Ok(ConnectionState::BlockedHandshake) => Ok(Step::Receive),
        Ok(ConnectionState::WriteTraffic(_)) => Ok(Step::Done),
        Ok(ConnectionState::ReadTraffic(mut data)) => {
            let mut read = Ok(Step::Again);
            while let Some(record) = data.next_record() {
                match record {
                    Ok(record) => {
                        discard += record.discard;
                        early.extend_from_slice(record.payload);
                    }
                    Err(error) => read = Err(error),
                }
            }
            read
        }
        // an end before the first byte, or data before the handshake's end
        Ok(_) => Err(rustls::Error::HandshakeNotComplete),
    };
    (discard, step)
}

macro_rules! shaking {
    ($connection:ty) => {
        impl Shaking for $connection {
            fn step(&mut self, input: &mut [u8], output: &mut Vec<u8>, early: &mut Vec<u8>) -> Taken {
                digest(self.process_tls_records(input), output, early)
            }

            fn facts(&self) -> (Option<Vec<u8>>, Vec<CertificateDer<'static>>) {
                let chain = self.peer_certificates().unwrap_or_default();
                (
                    self.alpn_protocol().map(<[u8]>::to_vec),
                    chain.iter().map(|one| one.clone().into_owned()).collect(),
                )
            }

            fn keys(self) -> Result<(ExtractedSecrets, Secrets), rustls::Error> {
                let (secrets, kernel): (_, KernelConnection<_>) = self.dangerous_into_kernel_connection()?;
                Ok((secrets, kernel.into()))
            }
        }
    };
}

shaking!(UnbufferedClientConnection);
shaking!(UnbufferedServerConnection);

/// The calling side. `config` must allow secrets to be taken out.
pub async fn connect<T>(config: Arc<ClientConfig>, name: ServerName<'static>, io: T) -> io::Result<Shaken<T>>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let connection = UnbufferedClientConnection::new(config, name).map_err(invalid)?;
    shake(connection, io).await
}

/// The called side. `config` must allow secrets to be taken out.
pub async fn accept<T>(config: Arc<ServerConfig>, io: T) -> io::Result<Shaken<T>>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let connection = UnbufferedServerConnection::new(config).map_err(invalid)?;
    shake(connection, io).await
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

async fn shake<T, C>(mut connection: C, mut io: T) -> io::Result<Shaken<T>>
where
    T: AsyncRead + AsyncWrite + Unpin,
    C: Shaking,
{
    let (mut input, mut output, mut early) = (Vec::new(), Vec::new(), Vec::new());
    let mut received = 0;
    loop {
        let (used, step) = connection.step(&mut input, &mut output, &mut early);
        let step = match step {
            Ok(step) => step,
            Err(error) => {
                tell(&mut connection, &mut input, output, &mut io).await;
                return Err(invalid(error));
            }
        };
        input.drain(..used);
        match step {
            Step::Again => {}
            Step::Send => {
                io.write_all(&output).await?;
                output.clear();
            }
            Step::Receive => {
                input.reserve(PIECE);
                let count = io.read_buf(&mut input).await?;
                received += count;
                if count == 0 {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof"));
                }
                if received > MAX_HANDSHAKE {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "handshake_size: more than 128 KiB",
                    ));
                }
            }
            Step::Done => break,
        }
    }
    io.flush().await?;
    let (alpn, chain) = connection.facts();
    let (extracted, secrets) = connection.keys().map_err(invalid)?;
    let ExtractedSecrets { tx, rx } = extracted;
    let (outgoing, incoming) =
        record::split(secrets, (tx.0, &tx.1), (rx.0, &rx.1)).map_err(|error| refused(&error))?;
    Ok(Shaken {
        io,
        outgoing,
        incoming,
        early,
        rest: input,
        alpn,
        chain,
    })
}

/// Sends the alert that rustls has for a failure; a peer that is gone need not hear it.
async fn tell<T, C>(connection: &mut C, input: &mut [u8], mut output: Vec<u8>, io: &mut T)
where
    T: AsyncWrite + Unpin,
    C: Shaking,
{
    // rustls still points into the input, so it is given all of it, though it reads no more of it; what it
    // has to say may be a hello and an alert
    let mut start = output.len();
    while let (_, Ok(Step::Again)) = connection.step(input, &mut output, &mut Vec::new()) {
        if is_alert(&output[start..]) {
            break;
        }
        start = output.len();
    }
    if io.write_all(&output).await.is_ok() {
        io.flush().await.ok();
    }
}

/// Whether one record is an alert, sealed or not: behind it rustls must not be asked again.
fn is_alert(record: &[u8]) -> bool {
    const ALERT: u8 = 21;
    const SEALED: &[u8] = &[23, 3, 3, 0, 2 + 1 + 16];
    record.first() == Some(&ALERT) || record.starts_with(SEALED)
}

/// A refused record as the I/O layer says it.
#[must_use]
pub fn refused(error: &RecordError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, *error)
}
