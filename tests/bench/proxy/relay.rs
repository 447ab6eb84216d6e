//! Relays: the least that a hop through a program can cost. One copies, a blocking thread for each direction; two
//! others seal and open TLS 1.3 records of 16 KiB in place, with large reads and writes, one thread for a
//! connection: no TLS library, no HTTP/2, no policy.

use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::Outcome;
use crate::serve::{LARGE, listen, say_ready};

/// Payload of a full record.
const PAYLOAD: usize = 16 << 10;
/// What stands before it.
const HEADER: usize = 5;
/// Content type and tag behind it.
const TRAILER: usize = 17;
const RECORD: usize = HEADER + PAYLOAD + TRAILER;
const RECORDS: usize = LARGE / PAYLOAD;

/// How bytes get from one connection to the other.
type Forward = fn(&mut TcpStream, &mut TcpStream) -> Outcome<()>;

/// Relays every connection on a port to a target, for ever.
pub(crate) fn relay(kind: &str, port: u16, target: SocketAddr) -> Outcome<()> {
    let forward: Forward = match kind {
        "copy" => return accept(&listen(port)?, target, both_ways),
        "seal" => seal,
        "open" => open,
        _ => return Err(format!("no relay does `{kind}`").into()),
    };
    accept(&listen(port)?, target, move |near, far| {
        let (mut near, mut far) = (near, far);
        forward(&mut near, &mut far)?;
        far.shutdown(Shutdown::Write)?;
        copy(&mut far, &mut near)
    })
}

fn accept(
    listener: &TcpListener,
    target: SocketAddr,
    serve: impl Fn(TcpStream, TcpStream) -> Outcome<()> + Clone + Send + Sync,
) -> Outcome<()> {
    say_ready();
    thread::scope(|scope| {
        loop {
            let (near, _) = listener.accept()?;
            let far = TcpStream::connect(target)?;
            near.set_nodelay(true)?;
            far.set_nodelay(true)?;
            let serve = &serve;
            // an end that goes away ends the connection and nothing else
            scope.spawn(move || serve(near, far).ok());
        }
    })
}

fn both_ways(near: TcpStream, far: TcpStream) -> Outcome<()> {
    let (mut near_back, mut far_back) = (near.try_clone()?, far.try_clone()?);
    let (mut near, mut far) = (near, far);
    thread::scope(|scope| {
        scope.spawn(move || copy(&mut far_back, &mut near_back).ok());
        copy(&mut near, &mut far)
    })
}

/// Copies until the end, and passes the end on.
fn copy(from: &mut TcpStream, to: &mut TcpStream) -> Outcome<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(to.shutdown(Shutdown::Write)?);
        }
        to.write_all(&buffer[..count])?;
    }
}

fn key() -> Outcome<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(|_| "no key")?;
    Ok(LessSafeKey::new(key))
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// Reads plaintext straight to where the payloads of records are, seals them there, and writes them at once.
fn seal(near: &mut TcpStream, far: &mut TcpStream) -> Outcome<()> {
    let (key, mut number) = (key()?, 0);
    let mut buffer = vec![0; RECORDS * RECORD];
    loop {
        let places = buffer.chunks_exact_mut(RECORD);
        let mut places: Vec<_> = places
            .map(|record| IoSliceMut::new(&mut record[HEADER..HEADER + PAYLOAD]))
            .collect();
        let mut left = near.read_vectored(&mut places)?;
        if left == 0 {
            return Ok(());
        }
        let mut end = 0;
        for record in buffer.chunks_exact_mut(RECORD) {
            let payload = left.min(PAYLOAD);
            if payload == 0 {
                break;
            }
            seal_record(&key, number, &mut record[..HEADER + payload + TRAILER])?;
            // only the last one of a read is shorter
            end += HEADER + payload + TRAILER;
            number += 1;
            left -= payload;
        }
        far.write_all(&buffer[..end])?;
    }
}

fn seal_record(key: &LessSafeKey, number: u64, record: &mut [u8]) -> Outcome<()> {
    let length = u16::try_from(record.len() - HEADER)?;
    let (header, body) = record.split_at_mut(HEADER);
    header[..3].copy_from_slice(&[23, 3, 3]);
    header[3..].copy_from_slice(&length.to_be_bytes());
    let (plain, place) = body.split_at_mut(usize::from(length) - TRAILER + 1);
    if let Some(kind) = plain.last_mut() {
        *kind = 23;
    }
    let tag = key
        .seal_in_place_separate_tag(nonce(number), Aad::from(&*header), plain)
        .map_err(|_| "cannot seal a record")?;
    place.copy_from_slice(tag.as_ref());
    Ok(())
}

/// Reads many records, opens them where they lie, and writes their payloads at once.
fn open(near: &mut TcpStream, far: &mut TcpStream) -> Outcome<()> {
    let (key, mut number) = (key()?, 0);
    let mut buffer = vec![0; LARGE + RECORD];
    let mut have = 0;
    loop {
        let count = near.read(&mut buffer[have..])?;
        if count == 0 {
            return Ok(());
        }
        have += count;
        let (mut at, mut payloads) = (0, Vec::with_capacity(RECORDS + 1));
        while have - at >= HEADER {
            let length = usize::from(u16::from_be_bytes([buffer[at + 3], buffer[at + 4]]));
            let next = at + HEADER + length;
            if have < next {
                break;
            }
            let (header, body) = buffer[at..next].split_at_mut(HEADER);
            key.open_in_place(nonce(number), Aad::from(&*header), body)
                .map_err(|_| "cannot open a record")?;
            payloads.push(at + HEADER..next - TRAILER);
            number += 1;
            at = next;
        }
        let mut slices: Vec<_> = payloads
            .into_iter()
            .map(|place| IoSlice::new(&buffer[place]))
            .collect();
        write_all(far, &mut slices)?;
        buffer.copy_within(at..have, 0);
        have -= at;
    }
}

fn write_all(to: &mut TcpStream, mut slices: &mut [IoSlice<'_>]) -> Outcome<()> {
    while !slices.is_empty() {
        let count = to.write_vectored(slices)?;
        IoSlice::advance_slices(&mut slices, count);
    }
    Ok(())
}
