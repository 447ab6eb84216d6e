//! The two forms of a line, filters, and the queue.

use std::sync::mpsc;

use tracing::{debug, info_span};
use tracing_subscriber::layer::SubscriberExt;

use super::*;

struct Sink(mpsc::Sender<Vec<u8>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(format: Format, events: impl FnOnce()) -> Vec<String> {
    let (sender, lines) = mpsc::channel();
    let queue = Queue::start(Sink(sender)).unwrap();
    let filter: Filter = "info".parse().unwrap();
    let subscriber = tracing_subscriber::registry()
        .with(line::Lines::new(format, queue.clone()).with_filter(filter.to_targets()));
    tracing::subscriber::with_default(subscriber, events);
    queue.finish();
    lines
        .try_iter()
        .map(|line| String::from_utf8(line).unwrap())
        .collect()
}

fn sample() {
    let address: std::net::SocketAddr = "10.0.0.1:80".parse().unwrap();
    tracing::event!(target: "access", tracing::Level::INFO, src.addr = %address, src.workload = "web\n-1", bytes = 3, "connection complete");
    debug!(target: "access", "not shown");
    let span = info_span!("pod", uid = "u-1");
    let _entered = span.enter();
    tracing::event!(target: "dns", tracing::Level::INFO, query = "A");
}

#[test]
fn plain_lines_have_tabs_quotes_and_a_last_column() {
    let lines = logged(Format::Plain, sample);
    let rest: Vec<_> = lines
        .iter()
        .map(|line| line.split_once('\t').unwrap().1)
        .collect();
    assert_eq!(
        rest,
        [
            "info\taccess\tconnection complete\tsrc.addr=10.0.0.1:80 src.workload=\"web\\n-1\" bytes=3\n",
            "info\tdns:pod{uid=\"u-1\"}\tquery=\"A\"\n",
        ]
    );
    let time = lines[0].split_once('\t').unwrap().0;
    assert_eq!((time.len(), time.ends_with('Z')), (27, true), "{time}");
}

#[test]
fn json_lines_are_objects_in_the_order_of_the_field() {
    // proxy-ops 12
    let lines = logged(Format::Json, sample);
    assert!(
        lines[0].starts_with("{\"level\":\"info\",\"time\":\""),
        "{}",
        lines[0]
    );
    let value: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&value["scope"], &value["bytes"]), (&"access".into(), &3.into()));
    assert_eq!(value["src.workload"], "web\n-1");
    let value: serde_json::Value = serde_json::from_str(&lines[1]).unwrap();
    assert_eq!(value["pod"]["uid"], "u-1");
    assert!(value.get("message").is_none());
}

#[test]
fn a_filter_prints_its_targets_first_and_the_level_last() {
    // proxy-ops 5
    let filter: Filter = "hickory_server::server=off,info,dns=debug,access=debug"
        .parse()
        .unwrap();
    assert_eq!(
        filter.to_string(),
        "hickory_server::server=off,access=debug,dns=debug,info"
    );
    let changed = filter.with("ztunnel::proxy=trace,dns=off").unwrap();
    let text = "hickory_server::server=off,ztunnel::proxy=trace,access=debug,dns=off,info";
    assert_eq!(changed.to_string(), text);
    for invalid in ["foo", "INFO", "access:trace", "access=", "=info"] {
        assert!(filter.with(invalid).is_err(), "{invalid}");
    }
    assert_eq!(filter.with("").unwrap(), filter);
}

#[test]
fn levels_change_and_go_back() {
    let initial: Filter = "info".parse().unwrap();
    let current = Arc::new(Mutex::new(initial.clone()));
    let levels = Levels {
        initial,
        current,
        handle: None,
    };
    levels.change(Reset::Keep, "debug").unwrap();
    levels.change(Reset::Keep, "access=trace").unwrap();
    assert_eq!(levels.current(), "access=trace,debug");
    levels.change(Reset::First, "").unwrap();
    assert_eq!(levels.current(), "info");
    assert!(levels.change(Reset::First, "foo").is_err());
}

#[test]
fn a_slow_reader_costs_the_oldest_lines() {
    struct Gate(mpsc::Receiver<()>, mpsc::Sender<Vec<u8>>);
    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            self.1.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (gate, closed) = mpsc::channel();
    let (sender, lines) = mpsc::channel();
    let queue = Queue::start(Gate(closed, sender)).unwrap();
    for number in 0..30_000 {
        queue.push(format!("{number}\n"));
    }
    assert!(queue.dropped() >= 9_999, "{}", queue.dropped());
    drop(gate);
    queue.finish();
    assert_eq!(lines.try_iter().last().unwrap(), b"29999\n");
}
