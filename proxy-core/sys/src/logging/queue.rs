//! A bounded queue of lines, and the thread that writes them. When it is full the oldest line goes.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How many lines may wait.
const CAPACITY: usize = 10_000;
/// How long the thread lets lines come together after it has written some: to wake it costs whoever has a line more
/// than the line does. A line after a pause is written at once.
const REST: Duration = Duration::from_millis(2);

/// Lines on their way out. Clones share them.
#[derive(Debug, Clone)]
pub struct Queue {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    filled: Condvar,
    writer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<String>,
    dropped: u64,
    finished: bool,
    /// Whether the thread looks again by itself.
    rests: bool,
}

impl Queue {
    /// Starts the thread.
    pub fn start(mut out: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            filled: Condvar::new(),
            writer: Mutex::default(),
        });
        let source = shared.clone();
        let write = move || {
            while let Some(lines) = source.take() {
                for line in lines {
                    // nobody can be told that nobody listens
                    let _ = out.write_all(line.as_bytes());
                }
                let _ = out.flush();
                source.rest();
            }
        };
        let thread = thread::Builder::new().name("log".into()).spawn(write)?;
        *shared.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(Self { shared })
    }

    /// Queues a line, which ends in a newline.
    pub fn push(&self, line: String) {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.lines.len() >= CAPACITY {
            state.lines.pop_front();
            state.dropped += 1;
        }
        state.lines.push_back(line);
        // before the queue overflows nobody rests
        let wakes = !state.rests || state.lines.len() == CAPACITY / 2;
        drop(state);
        if wakes {
            self.shared.filled.notify_one();
        }
    }

    /// How many lines were lost.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .dropped
    }

    /// Waits until everything queued so far is written, and ends the thread.
    pub fn finish(&self) {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .finished = true;
        self.shared.filled.notify_one();
        let writer = self
            .shared
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer {
            // a panic of the writer has been printed already
            let _ = writer.join();
        }
    }
}

impl Shared {
    /// Waits a little, without being woken for every line.
    fn rest(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.rests = true;
        let waits = |state: &mut State| state.lines.len() < CAPACITY / 2 && !state.finished;
        let (mut state, _) = self
            .filled
            .wait_timeout_while(state, REST, waits)
            .unwrap_or_else(PoisonError::into_inner);
        state.rests = false;
    }

    fn take(&self) -> Option<VecDeque<String>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |state: &mut State| state.lines.is_empty() && !state.finished;
        let mut state = self
            .filled
            .wait_while(state, waits)
            .unwrap_or_else(PoisonError::into_inner);
        if state.lines.is_empty() {
            None
        } else {
            Some(std::mem::take(&mut state.lines))
        }
    }
}
