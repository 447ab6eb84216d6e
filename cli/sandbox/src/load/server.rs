//! The far end of a load, and a plain-copy relay to compare a proxy with.

use super::exact;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// Bytes of one read or write; large, so that system calls are not what is measured.
const CHUNK: usize = 256 * 1024;

/// Serves load connections until accepting fails for good.
pub fn serve(listener: &TcpListener) {
    for stream in listener.incoming().flatten() {
        thread::spawn(move || serve_one(stream));
    }
}

/// One connection; an error on it ends it, which its client sees.
fn serve_one(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut opening = [0];
    stream.read_exact(&mut opening)?;
    match opening[0] {
        b'u' => io::copy(&mut stream, &mut io::sink()).map(drop),
        b'd' => {
            let zeros = vec![0; CHUNK];
            loop {
                stream.write_all(&zeros)?;
            }
        }
        b'x' => exact::serve(&stream),
        _ => {
            let sink = stream.try_clone()?;
            copy(stream, sink)
        }
    }
}

/// Copies every connection to `target` and back, a thread for each direction.
pub fn relay(listener: &TcpListener, target: &str) {
    for client in listener.incoming().flatten() {
        let target = target.to_owned();
        thread::spawn(move || relay_one(client, &target));
    }
}

fn relay_one(client: TcpStream, target: &str) -> io::Result<()> {
    let upstream = TcpStream::connect(target)?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    let (there, back) = (upstream.try_clone()?, client.try_clone()?);
    let returning = thread::spawn(move || copy(upstream, back));
    let sent = copy(client, there);
    let _ = returning.join();
    sent
}

/// Copies until the end of `from`, then half-closes `to`.
fn copy(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) | Err(_) => return to.shutdown(Shutdown::Write),
            Ok(read) => read,
        };
        if let Err(error) = to.write_all(&buffer[..read]) {
            // The reader is gone: the writer must learn of it, or it sends into nothing.
            let _ = from.shutdown(Shutdown::Both);
            return Err(error);
        }
    }
}
