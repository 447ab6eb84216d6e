//! One event → one line, in the field's plain or JSON form (proxy-ops.md 8).

use std::fmt::{self, Write};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::{Format, Queue};

pub(super) struct Lines {
    format: Format,
    queue: Queue,
}

impl Lines {
    pub(super) fn new(format: Format, queue: Queue) -> Self {
        Self { format, queue }
    }
}

/// Fields in the order they were given. A value is quoted in plain form if it was a string.
#[derive(Default)]
struct Fields(Vec<(&'static str, Shown)>);

enum Shown {
    Text(String),
    Bare(String),
    Json(Value),
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), Shown::Text(value.to_owned())));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), Shown::Bare(format!("{value:?}"))));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), Shown::Json(value.into())));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), Shown::Json(value.into())));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.push((field.name(), Shown::Json(value.into())));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), Shown::Json(value.into())));
    }
}

impl Fields {
    fn take_message(&mut self) -> Option<String> {
        let at = self.0.iter().position(|(name, _)| *name == "message")?;
        Some(match self.0.remove(at).1 {
            Shown::Text(text) | Shown::Bare(text) => text,
            Shown::Json(value) => value.to_string(),
        })
    }

    fn plain(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.0 {
            let gap = if out.is_empty() { "" } else { " " };
            // writing to a String cannot fail
            let _ = match value {
                Shown::Text(text) => write!(out, "{gap}{name}={text:?}"),
                Shown::Bare(text) => write!(out, "{gap}{name}={}", one_line(text)),
                Shown::Json(value) => write!(out, "{gap}{name}={value}"),
            };
        }
        out
    }

    fn fill(self, object: &mut Map<String, Value>) {
        for (name, value) in self.0 {
            object.insert(name.to_owned(), value.into_json());
        }
    }

    fn object(&self) -> Value {
        self.0
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.to_json()))
            .collect::<Map<_, _>>()
            .into()
    }
}

impl Shown {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) | Self::Bare(text) => text.clone().into(),
            Self::Json(value) => value.clone(),
        }
    }

    fn into_json(self) -> Value {
        match self {
            Self::Text(text) | Self::Bare(text) => text.into(),
            Self::Json(value) => value,
        }
    }
}

/// Foreign text on one line, without control characters (security.md L2).
fn one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let escape = |c: char| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(escape).collect()
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            record.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.take_message();
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        let head = Head {
            time: now,
            level: event.metadata().level().as_str().to_ascii_lowercase(),
            target: event.metadata().target(),
            message,
        };
        let spans: Vec<_> = context
            .event_scope(event)
            .into_iter()
            .flat_map(tracing_subscriber::registry::Scope::from_root)
            .collect();
        self.queue.push(match self.format {
            Format::Plain => plain(&head, &fields, &spans),
            Format::Json => json(head, fields, &spans),
        });
    }
}

struct Head<'a> {
    time: String,
    level: String,
    target: &'a str,
    message: Option<String>,
}

fn plain<S: for<'a> LookupSpan<'a>>(head: &Head<'_>, fields: &Fields, spans: &[SpanRef<'_, S>]) -> String {
    let mut line = format!("{}\t{}\t{}", head.time, head.level, head.target);
    for span in spans {
        let extensions = span.extensions();
        let fields = extensions.get::<Fields>().map(Fields::plain).unwrap_or_default();
        let _ = write!(line, ":{}{{{fields}}}", span.name());
    }
    if let Some(message) = &head.message {
        let _ = write!(line, "\t{}", one_line(message));
    }
    let _ = writeln!(line, "\t{}", fields.plain());
    line
}

fn json<S: for<'a> LookupSpan<'a>>(head: Head<'_>, fields: Fields, spans: &[SpanRef<'_, S>]) -> String {
    let mut rest = Map::new();
    if let Some(message) = head.message {
        rest.insert("message".into(), message.into());
    }
    fields.fill(&mut rest);
    for span in spans {
        if let Some(fields) = span.extensions().get::<Fields>() {
            rest.insert(span.name().to_owned(), fields.object());
        }
    }
    // the object is written by hand so that its order holds whatever map the JSON library uses
    let mut line = format!(
        "{{\"level\":{},\"time\":{},\"scope\":{}",
        Value::from(head.level),
        Value::from(head.time),
        Value::from(head.target)
    );
    for (name, value) in rest {
        let _ = write!(line, ",{}:{value}", Value::from(name));
    }
    line.push_str("}\n");
    line
}
