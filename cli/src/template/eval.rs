//! Rendering: a tree and data in, text out. (pure)

use super::parse::{Node, Operand, Pipeline, Place};
use super::value::Value;
use super::{Engine, TemplateError, functions};

/// How deep templates may include each other. Helm allows 1000; a stack of ours would not, and no chart needs it.
const DEPTH: usize = 64;

/// One rendering.
pub(super) struct Evaluation<'e> {
    engine: &'e Engine,
    /// Templates that `tpl` reads on the way.
    extra: Engine,
    depth: usize,
}

/// What is visible at a point of a template.
#[derive(Clone)]
struct Scope {
    dot: Value,
    variables: Vec<(String, Value)>,
}

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

impl<'e> Evaluation<'e> {
    pub(super) fn new(engine: &'e Engine) -> Self {
        Self {
            engine,
            extra: Engine::default(),
            depth: 0,
        }
    }

    /// Renders a named template with its own scope.
    pub(super) fn render(&mut self, name: &str, data: &Value) -> Result<String, TemplateError> {
        let found = self.extra.find(name).or_else(|| self.engine.find(name)).cloned();
        let fail = |message: String| TemplateError {
            file: name.to_owned(),
            line: 1,
            message,
        };
        let nodes = found.ok_or_else(|| fail(format!("template `{name}` is not defined")))?;
        if self.depth >= DEPTH {
            return Err(fail(format!(
                "templates include each other more than {DEPTH} deep"
            )));
        }
        self.depth += 1;
        let mut scope = Scope {
            dot: data.clone(),
            variables: vec![(String::new(), data.clone())],
        };
        let mut text = String::new();
        let ended = self.nodes(&nodes, &mut scope, &mut text);
        self.depth -= 1;
        ended.map(|_| text)
    }

    /// Renders text as a template, with everything that is defined at hand.
    pub(super) fn render_text(&mut self, text: &str, data: &Value) -> Result<String, String> {
        const NAME: &str = "tpl";
        self.extra.add(NAME, text).map_err(|error| error.to_string())?;
        self.render(NAME, data).map_err(|error| error.to_string())
    }

    fn nodes(&mut self, nodes: &[Node], scope: &mut Scope, out: &mut String) -> Result<Flow, TemplateError> {
        let outer = scope.variables.len();
        for node in nodes {
            let flow = self.node(node, scope, out)?;
            if flow != Flow::On {
                scope.variables.truncate(outer);
                return Ok(flow);
            }
        }
        scope.variables.truncate(outer);
        Ok(Flow::On)
    }

    fn node(&mut self, node: &Node, scope: &mut Scope, out: &mut String) -> Result<Flow, TemplateError> {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Action(place, pipeline) => {
                let value = self.pipeline(pipeline, scope, place)?;
                if pipeline.names.is_empty() {
                    out.push_str(&value.print());
                }
            }
            Node::If(place, branches, otherwise) => {
                let outer = scope.variables.len();
                for (condition, body) in branches {
                    if self.pipeline(condition, scope, place)?.is_true() {
                        let flow = self.nodes(body, scope, out);
                        scope.variables.truncate(outer);
                        return flow;
                    }
                }
                let flow = self.nodes(otherwise, scope, out);
                scope.variables.truncate(outer);
                return flow;
            }
            Node::With(place, branches, otherwise) => {
                return self.with(place, branches, otherwise, (scope, out));
            }
            Node::Range(place, pipeline, body, otherwise) => {
                return self.range((place, pipeline), body, otherwise, (scope, out));
            }
            Node::Template(place, name, argument) => {
                let data = match argument {
                    Some(argument) => self.pipeline(argument, scope, place)?,
                    None => Value::Nil,
                };
                out.push_str(&self.render(name, &data)?);
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn with(
        &mut self,
        place: &Place,
        branches: &[(Pipeline, Vec<Node>)],
        otherwise: &[Node],
        (scope, out): (&mut Scope, &mut String),
    ) -> Result<Flow, TemplateError> {
        let outer = scope.variables.len();
        for (condition, body) in branches {
            let value = self.pipeline(condition, scope, place)?;
            if value.is_true() {
                let dot = std::mem::replace(&mut scope.dot, value);
                let flow = self.nodes(body, scope, out);
                scope.dot = dot;
                scope.variables.truncate(outer);
                return flow;
            }
        }
        let flow = self.nodes(otherwise, scope, out);
        scope.variables.truncate(outer);
        flow
    }

    fn range(
        &mut self,
        (place, pipeline): (&Place, &Pipeline),
        body: &[Node],
        otherwise: &[Node],
        (scope, out): (&mut Scope, &mut String),
    ) -> Result<Flow, TemplateError> {
        let bare = Pipeline {
            names: Vec::new(),
            ..pipeline.clone()
        };
        let over = self.pipeline(&bare, scope, place)?;
        let items: Vec<(Value, Value)> = match &over {
            Value::Nil => Vec::new(),
            Value::Int(count) => (0..*count)
                .map(|number| (Value::Int(number), Value::Int(number)))
                .collect(),
            Value::List(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (index_of(index), item.clone()))
                .collect(),
            Value::Map(entries) => entries
                .borrow()
                .iter()
                .map(|(key, value)| (Value::text(key), value.clone()))
                .collect(),
            other => {
                return Err(fail(
                    place,
                    format!("range cannot iterate over a {}", other.kind()),
                ));
            }
        };
        if items.is_empty() {
            return self.nodes(otherwise, scope, out);
        }
        let outer = scope.variables.len();
        let dot = scope.dot.clone();
        for (key, item) in items {
            scope.dot = item.clone();
            match pipeline.names.as_slice() {
                [one] => bind(pipeline, one, item, scope, place)?,
                [first, second] => {
                    bind(pipeline, first, key, scope, place)?;
                    bind(pipeline, second, item, scope, place)?;
                }
                _ => {}
            }
            let flow = self.nodes(body, scope, out)?;
            scope.variables.truncate(outer);
            if flow == Flow::Break {
                break;
            }
        }
        scope.dot = dot;
        Ok(Flow::On)
    }

    fn pipeline(
        &mut self,
        pipeline: &Pipeline,
        scope: &mut Scope,
        place: &Place,
    ) -> Result<Value, TemplateError> {
        let mut piped = None;
        for command in &pipeline.commands {
            piped = Some(self.command(command, piped, scope, place)?);
        }
        let value = piped.unwrap_or_default();
        if let [name] = pipeline.names.as_slice() {
            bind(pipeline, name, value.clone(), scope, place)?;
        }
        Ok(value)
    }

    fn command(
        &mut self,
        words: &[Operand],
        piped: Option<Value>,
        scope: &mut Scope,
        place: &Place,
    ) -> Result<Value, TemplateError> {
        let Some((first, rest)) = words.split_first() else {
            return Ok(Value::Nil);
        };
        if let Operand::Function(name) = first {
            return self.call(name, rest, piped, (scope, place));
        }
        // a method: the last field of a chain, with arguments
        if let Some((object, method)) = method(first, scope, place)? {
            let mut arguments = self.arguments(rest, scope, place)?;
            arguments.extend(piped);
            return functions::method(&object, &method, &arguments).map_err(|message| fail(place, message));
        }
        if !rest.is_empty() || piped.is_some() {
            return Err(fail(place, "arguments are given to what is not a function"));
        }
        self.operand(first, scope, place)
    }

    fn arguments(
        &mut self,
        words: &[Operand],
        scope: &mut Scope,
        place: &Place,
    ) -> Result<Vec<Value>, TemplateError> {
        words
            .iter()
            .map(|word| self.operand(word, scope, place))
            .collect()
    }

    fn call(
        &mut self,
        name: &str,
        words: &[Operand],
        piped: Option<Value>,
        (scope, place): (&mut Scope, &Place),
    ) -> Result<Value, TemplateError> {
        if matches!(name, "and" | "or") {
            // these two look at their arguments only as far as needed
            let mut last = Value::Nil;
            for word in words {
                last = self.operand(word, scope, place)?;
                if last.is_true() == (name == "or") {
                    return Ok(last);
                }
            }
            return Ok(piped.unwrap_or(last));
        }
        let mut arguments = self.arguments(words, scope, place)?;
        arguments.extend(piped);
        match (name, arguments.as_slice()) {
            ("include", [Value::Text(template), data]) => {
                if self
                    .extra
                    .find(template)
                    .or_else(|| self.engine.find(template))
                    .is_none()
                {
                    return Err(fail(place, format!("template `{template}` is not defined")));
                }
                self.render(template, data).map(Value::text)
            }
            ("tpl", [Value::Text(text), data]) => self
                .render_text(text, data)
                .map(Value::text)
                .map_err(|message| fail(place, message)),
            _ => functions::call(name, &arguments).map_err(|message| fail(place, message)),
        }
    }

    fn operand(
        &mut self,
        operand: &Operand,
        scope: &mut Scope,
        place: &Place,
    ) -> Result<Value, TemplateError> {
        match operand {
            Operand::Dot => Ok(scope.dot.clone()),
            Operand::Constant(value) => Ok(value.clone()),
            Operand::Function(name) => self.call(name, &[], None, (scope, place)),
            Operand::Field(fields) => walk(scope.dot.clone(), fields, place),
            Operand::Variable(name, fields) => walk(variable(name, scope, place)?, fields, place),
            Operand::Group(pipeline, fields) => walk(self.pipeline(pipeline, scope, place)?, fields, place),
        }
    }
}

fn index_of(index: usize) -> Value {
    Value::Int(i64::try_from(index).unwrap_or(i64::MAX))
}

fn variable(name: &str, scope: &Scope, place: &Place) -> Result<Value, TemplateError> {
    let found = scope.variables.iter().rev().find(|(known, _)| known == name);
    found
        .map(|(_, value)| value.clone())
        .ok_or_else(|| fail(place, format!("undefined variable `${name}`")))
}

/// Follows fields. The last may be missing; going through a missing one is an error, as in Go.
fn walk(mut value: Value, fields: &[String], place: &Place) -> Result<Value, TemplateError> {
    for field in fields {
        value = match &value {
            Value::Map(entries) => entries.borrow().get(field).cloned().unwrap_or_default(),
            Value::Nil => {
                return Err(fail(
                    place,
                    format!("nil pointer evaluating interface {{}}.{field}"),
                ));
            }
            other => {
                return Err(fail(
                    place,
                    format!("can't evaluate field {field} in a {}", other.kind()),
                ));
            }
        };
    }
    Ok(value)
}

fn fail(place: &Place, message: impl Into<String>) -> TemplateError {
    TemplateError {
        file: place.file.to_string(),
        line: place.line,
        message: message.into(),
    }
}

impl std::fmt::Debug for Evaluation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluation")
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

/// Declares a variable of the pipeline, or assigns to the innermost of that name.
fn bind(
    pipeline: &Pipeline,
    name: &str,
    value: Value,
    scope: &mut Scope,
    place: &Place,
) -> Result<(), TemplateError> {
    if !pipeline.is_assignment {
        scope.variables.push((name.to_owned(), value));
        return Ok(());
    }
    let known = scope.variables.iter_mut().rev().find(|(known, _)| known == name);
    let (_, slot) = known.ok_or_else(|| fail(place, format!("undefined variable `${name}`")))?;
    *slot = value;
    Ok(())
}

/// The object and the name of a method call, if the operand is one.
fn method(operand: &Operand, scope: &Scope, place: &Place) -> Result<Option<(Value, String)>, TemplateError> {
    let (start, fields) = match operand {
        Operand::Field(fields) => (scope.dot.clone(), fields),
        Operand::Variable(name, fields) => (variable(name, scope, place)?, fields),
        _ => return Ok(None),
    };
    let Some((last, path)) = fields.split_last() else {
        return Ok(None);
    };
    let Ok(object) = walk(start, path, place) else {
        return Ok(None);
    };
    let has_methods = matches!(object, Value::Files(_) | Value::ApiVersions(_));
    Ok(has_methods.then(|| (object, last.clone())))
}
