//! From pieces to a tree. (pure)

use super::TemplateError;
use super::lex::{self, Piece, Token};
use super::value::Value;
use std::iter::Peekable;
use std::vec::IntoIter;

/// A file: its own text, and the templates it defines.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) body: Vec<Node>,
    pub(super) defines: Vec<(String, Vec<Node>)>,
}

/// Where something stands, for errors.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) file: std::rc::Rc<str>,
    pub(super) line: usize,
}

/// One node.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    Action(Place, Pipeline),
    If(Place, Vec<(Pipeline, Vec<Node>)>, Vec<Node>),
    With(Place, Vec<(Pipeline, Vec<Node>)>, Vec<Node>),
    Range(Place, Box<Pipeline>, Vec<Node>, Vec<Node>),
    Template(Place, String, Option<Pipeline>),
    Break,
    Continue,
}

/// Commands joined by `|`, with what they declare or assign.
#[derive(Debug, Clone, Default)]
pub(super) struct Pipeline {
    pub(super) names: Vec<String>,
    pub(super) is_assignment: bool,
    pub(super) commands: Vec<Vec<Operand>>,
}

/// One word of a command.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Dot,
    Constant(Value),
    Function(String),
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Group(Box<Pipeline>, Vec<String>),
}

/// What ended a body.
enum End {
    File,
    Block,
    Else(Option<Vec<Token>>, usize),
}

struct Parser {
    file: std::rc::Rc<str>,
    pieces: IntoIter<Piece>,
    defines: Vec<(String, Vec<Node>)>,
}

/// Parses one file.
pub(super) fn parse(file: &str, text: &str) -> Result<Parsed, TemplateError> {
    let pieces = lex::pieces(file, text)?.into_iter();
    let mut parser = Parser {
        file: file.into(),
        pieces,
        defines: Vec::new(),
    };
    let (body, end, line) = parser.body(1)?;
    match end {
        End::File => Ok(Parsed {
            body,
            defines: parser.defines,
        }),
        End::Block => Err(parser.fail(line, "`end` without a beginning")),
        End::Else(_, line) => Err(parser.fail(line, "`else` without a beginning")),
    }
}

impl Parser {
    fn fail(&self, line: usize, message: impl Into<String>) -> TemplateError {
        TemplateError {
            file: self.file.to_string(),
            line,
            message: message.into(),
        }
    }

    fn place(&self, line: usize) -> Place {
        Place {
            file: std::rc::Rc::clone(&self.file),
            line,
        }
    }

    /// Nodes up to an `end`, an `else`, or the end of the file, and the line of that.
    fn body(&mut self, mut line: usize) -> Result<(Vec<Node>, End, usize), TemplateError> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let (tokens, at) = match piece {
                Piece::Text(text) => {
                    nodes.push(Node::Text(text));
                    continue;
                }
                Piece::Action(tokens, at) => (tokens, at),
            };
            line = at;
            let tokens = trimmed(tokens);
            let (keyword, rest) = keyword(&tokens);
            match keyword {
                Some("end") => return Ok((nodes, End::Block, line)),
                Some("else") => {
                    let rest = trimmed(rest.to_vec());
                    return Ok((nodes, End::Else((!rest.is_empty()).then_some(rest), line), line));
                }
                Some("define") => self.define(rest, line)?,
                Some(keyword) => nodes.push(self.control(keyword, rest, line)?),
                None => nodes.push(Node::Action(self.place(line), self.pipeline(tokens, line)?)),
            }
        }
        Ok((nodes, End::File, line))
    }

    fn control(&mut self, keyword: &str, rest: &[Token], line: usize) -> Result<Node, TemplateError> {
        let place = self.place(line);
        Ok(match keyword {
            "if" | "with" => {
                let (branches, otherwise) = self.branches(keyword, rest.to_vec(), line)?;
                if keyword == "if" {
                    Node::If(place, branches, otherwise)
                } else {
                    Node::With(place, branches, otherwise)
                }
            }
            "range" => {
                let pipeline = self.pipeline(rest.to_vec(), line)?;
                let (body, otherwise) = self.body_and_else(line)?;
                Node::Range(place, Box::new(pipeline), body, otherwise)
            }
            "block" => {
                let (name, argument) = self.named(rest, line)?;
                let (body, _) = self.body_and_else(line)?;
                self.defines.push((name.clone(), body));
                Node::Template(place, name, argument)
            }
            "template" => {
                let (name, argument) = self.named(rest, line)?;
                Node::Template(place, name, argument)
            }
            "break" => Node::Break,
            _ => Node::Continue,
        })
    }

    fn define(&mut self, rest: &[Token], line: usize) -> Result<(), TemplateError> {
        let (name, _) = self.named(rest, line)?;
        match self.body(line)? {
            (body, End::Block, _) => {
                self.defines.push((name, body));
                Ok(())
            }
            _ => Err(self.fail(line, "`define` without its `end`")),
        }
    }

    fn named(&self, rest: &[Token], line: usize) -> Result<(String, Option<Pipeline>), TemplateError> {
        match trimmed(rest.to_vec()).split_first() {
            Some((Token::Text(name), rest)) => {
                let rest = trimmed(rest.to_vec());
                let argument = if rest.is_empty() {
                    None
                } else {
                    Some(self.pipeline(rest, line)?)
                };
                Ok((name.clone(), argument))
            }
            _ => Err(self.fail(line, "a template's name must be quoted text")),
        }
    }

    /// `if A … else if B … else … end`.
    #[expect(clippy::type_complexity, reason = "it is what the two nodes hold")]
    fn branches(
        &mut self,
        keyword: &str,
        first: Vec<Token>,
        line: usize,
    ) -> Result<(Vec<(Pipeline, Vec<Node>)>, Vec<Node>), TemplateError> {
        let mut branches = Vec::new();
        let mut condition = Some(self.pipeline(first, line)?);
        loop {
            let (body, end, at) = self.body(line)?;
            let otherwise = match condition.take() {
                Some(condition) => {
                    branches.push((condition, body));
                    Vec::new()
                }
                None => body,
            };
            match end {
                End::Block => return Ok((branches, otherwise)),
                End::Else(Some(rest), at) => match keyword_of(&rest) {
                    Some(word) if word == keyword => {
                        condition = Some(self.pipeline(trimmed(rest[1..].to_vec()), at)?);
                    }
                    _ => {
                        return Err(self.fail(at, "`else` may be followed by nothing or by the same keyword"));
                    }
                },
                End::Else(None, _) => {}
                End::File => return Err(self.fail(at.max(line), format!("`{keyword}` without its `end`"))),
            }
        }
    }

    fn body_and_else(&mut self, line: usize) -> Result<(Vec<Node>, Vec<Node>), TemplateError> {
        let unclosed = |parser: &Self| parser.fail(line, "a block without its `end`");
        match self.body(line)? {
            (body, End::Block, _) => Ok((body, Vec::new())),
            (body, End::Else(None, _), at) => match self.body(at)? {
                (otherwise, End::Block, _) => Ok((body, otherwise)),
                _ => Err(unclosed(self)),
            },
            _ => Err(unclosed(self)),
        }
    }

    fn pipeline(&self, tokens: Vec<Token>, line: usize) -> Result<Pipeline, TemplateError> {
        let mut tokens = tokens.into_iter().peekable();
        let pipeline = pipeline(&mut tokens).map_err(|message| self.fail(line, message))?;
        match tokens.next() {
            None => Ok(pipeline),
            Some(token) => Err(self.fail(line, format!("unexpected {token:?}"))),
        }
    }
}

fn trimmed(mut tokens: Vec<Token>) -> Vec<Token> {
    while tokens.last() == Some(&Token::Space) {
        tokens.pop();
    }
    let start = tokens
        .iter()
        .position(|token| *token != Token::Space)
        .unwrap_or(tokens.len());
    tokens.split_off(start)
}

fn keyword_of(tokens: &[Token]) -> Option<&str> {
    keyword(tokens).0
}

fn keyword(tokens: &[Token]) -> (Option<&str>, &[Token]) {
    const KEYWORDS: [&str; 10] = [
        "if", "with", "range", "end", "else", "define", "template", "block", "break", "continue",
    ];
    match tokens.split_first() {
        Some((Token::Name(name), rest)) if KEYWORDS.contains(&name.as_str()) => (Some(name), rest),
        _ => (None, tokens),
    }
}

type Tokens = Peekable<IntoIter<Token>>;

fn skip_space(tokens: &mut Tokens) {
    while tokens.next_if(|token| *token == Token::Space).is_some() {}
}

/// A pipeline, up to a closing parenthesis or the end.
fn pipeline(tokens: &mut Tokens) -> Result<Pipeline, String> {
    let mut pipeline = Pipeline::default();
    declaration(tokens, &mut pipeline);
    loop {
        let command = command(tokens)?;
        if command.is_empty() {
            return Err("a command is missing".to_owned());
        }
        pipeline.commands.push(command);
        skip_space(tokens);
        if tokens.next_if(|token| *token == Token::Pipe).is_none() {
            return Ok(pipeline);
        }
    }
}

/// `$a :=`, `$a =`, `$a, $b :=`; leaves the tokens alone if there is none.
fn declaration(tokens: &mut Tokens, pipeline: &mut Pipeline) {
    let mut ahead = tokens.clone();
    let mut names = Vec::new();
    loop {
        skip_space(&mut ahead);
        let Some(Token::Variable(name)) = ahead.next() else {
            return;
        };
        names.push(name);
        skip_space(&mut ahead);
        match ahead.next() {
            Some(Token::Comma) => {}
            Some(Token::Declare) => break,
            Some(Token::Assign) => {
                pipeline.is_assignment = true;
                break;
            }
            _ => return,
        }
    }
    pipeline.names = names;
    *tokens = ahead;
}

fn command(tokens: &mut Tokens) -> Result<Vec<Operand>, String> {
    let mut words = Vec::new();
    loop {
        skip_space(tokens);
        let token = match tokens.peek() {
            None | Some(Token::Pipe | Token::Close) => return Ok(words),
            Some(_) => tokens.next(),
        };
        let Some(token) = token else { return Ok(words) };
        words.push(match token {
            Token::Dot => Operand::Dot,
            Token::Text(text) => Operand::Constant(Value::text(text)),
            Token::Int(number) => Operand::Constant(Value::Int(number)),
            Token::Float(number) => Operand::Constant(Value::Float(number)),
            Token::Name(name) => match name.as_str() {
                "true" => Operand::Constant(Value::Bool(true)),
                "false" => Operand::Constant(Value::Bool(false)),
                "nil" => Operand::Constant(Value::Nil),
                _ => Operand::Function(name),
            },
            Token::Field(first) => Operand::Field(chain(tokens, vec![first])),
            Token::Variable(name) => Operand::Variable(name, chain(tokens, Vec::new())),
            Token::Open => {
                let group = pipeline(tokens)?;
                skip_space(tokens);
                if tokens.next() != Some(Token::Close) {
                    return Err("unclosed parenthesis".to_owned());
                }
                Operand::Group(Box::new(group), chain(tokens, Vec::new()))
            }
            token => return Err(format!("unexpected {token:?}")),
        });
    }
}

/// `.a.b` directly behind what they belong to.
fn chain(tokens: &mut Tokens, mut fields: Vec<String>) -> Vec<String> {
    while let Some(Token::Field(name)) = tokens.next_if(|token| matches!(token, Token::Field(_))) {
        fields.push(name);
    }
    fields
}
