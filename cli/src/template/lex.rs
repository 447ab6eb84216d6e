//! Text and actions: `{{ … }}` found, trimmed, and cut into tokens. (pure)

use super::TemplateError;

/// One piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// Literal text.
    Text(String),
    /// The tokens of one action, and its line.
    Action(Vec<Token>, usize),
}

/// One token of an action.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name: a function or a keyword.
    Name(String),
    /// `.a` as part of a chain; `.` alone is [`Token::Dot`].
    Field(String),
    /// The current value.
    Dot,
    /// `$x`; `$` has the empty name.
    Variable(String),
    Text(String),
    Int(i64),
    Float(f64),
    Pipe,
    Comma,
    Open,
    Close,
    Declare,
    Assign,
    /// White space, which separates arguments from chains.
    Space,
}

/// Cuts a template into its pieces.
pub(super) fn pieces(file: &str, text: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let (mut rest, mut line, mut trims) = (text, 1, false);
    loop {
        let (before, action) = match rest.find("{{") {
            Some(at) => (&rest[..at], Some(&rest[at + 2..])),
            None => (rest, None),
        };
        let trims_before = action.is_some_and(starts_trimmed);
        let mut literal = if trims { before.trim_start() } else { before };
        literal = if trims_before { literal.trim_end() } else { literal };
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal.to_owned()));
        }
        line += before.matches('\n').count();
        let Some(action) = action else { return Ok(pieces) };
        let action = if trims_before { &action[1..] } else { action };
        let fail = |message: &str, line| TemplateError {
            file: file.to_owned(),
            line,
            message: message.to_owned(),
        };
        let after;
        if action.trim_start().starts_with("/*") {
            let end = action.find("*/").ok_or_else(|| fail("unclosed comment", line))?;
            line += action[..end].matches('\n').count();
            after = action[end + 2..].trim_start();
        } else {
            let mut lexer = Lexer {
                rest: action,
                line,
                tokens: Vec::new(),
            };
            lexer.run().map_err(|(message, line)| fail(&message, line))?;
            pieces.push(Piece::Action(lexer.tokens, line));
            (after, line) = (lexer.rest, lexer.line);
        }
        (rest, trims) = match (after.strip_prefix("-}}"), after.strip_prefix("}}")) {
            (Some(rest), _) => (rest, true),
            (_, Some(rest)) => (rest, false),
            _ => return Err(fail("unclosed action", line)),
        };
    }
}

fn starts_trimmed(action: &str) -> bool {
    action
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl<'a> Lexer<'a> {
    /// Reads tokens up to the end of the action, which stays in `rest`.
    fn run(&mut self) -> Result<(), (String, usize)> {
        loop {
            let spaces = self.rest.len() - self.rest.trim_start().len();
            if spaces > 0 {
                self.line += self.rest[..spaces].matches('\n').count();
                self.rest = &self.rest[spaces..];
                self.tokens.push(Token::Space);
            }
            let ends_trimmed = self.rest.starts_with("-}}") && spaces > 0;
            if self.rest.starts_with("}}") || ends_trimmed {
                return Ok(());
            }
            let Some(first) = self.rest.chars().next() else {
                return Err(("unclosed action".to_owned(), self.line));
            };
            let token = self.token(first).map_err(|message| (message, self.line))?;
            self.tokens.push(token);
        }
    }

    fn token(&mut self, first: char) -> Result<Token, String> {
        for (text, token) in [
            (":=", Token::Declare),
            ("=", Token::Assign),
            ("|", Token::Pipe),
            (",", Token::Comma),
            ("(", Token::Open),
            (")", Token::Close),
        ] {
            if let Some(rest) = self.rest.strip_prefix(text) {
                self.rest = rest;
                return Ok(token);
            }
        }
        match first {
            '"' | '\'' => self.quoted(first),
            '`' => self.raw(),
            '$' => {
                self.take(1);
                Ok(Token::Variable(self.word()))
            }
            '.' if self.rest[1..].starts_with(|next: char| next.is_alphabetic() || next == '_') => {
                self.take(1);
                Ok(Token::Field(self.word()))
            }
            '.' if !self.rest[1..].starts_with(|next: char| next.is_ascii_digit()) => {
                self.take(1);
                Ok(Token::Dot)
            }
            '0'..='9' | '-' | '+' | '.' => self.number(),
            _ if first.is_alphabetic() || first == '_' => Ok(Token::Name(self.word())),
            _ => Err(format!("unexpected `{first}` in an action")),
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn word(&mut self) -> String {
        let end = self
            .rest
            .find(|next: char| !next.is_alphanumeric() && next != '_')
            .unwrap_or(self.rest.len());
        self.take(end).to_owned()
    }

    fn number(&mut self) -> Result<Token, String> {
        let is_part = |next: char| next.is_ascii_alphanumeric() || matches!(next, '.' | '_' | '-' | '+');
        let end = self
            .rest
            .find(|next: char| !is_part(next))
            .unwrap_or(self.rest.len());
        let text = self.take(end).replace('_', "");
        let whole = match text.strip_prefix("0x") {
            Some(digits) => i64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        };
        match (whole, text.parse()) {
            (Some(number), _) => Ok(Token::Int(number)),
            (None, Ok(number)) => Ok(Token::Float(number)),
            _ => Err(format!("`{text}` is not a number")),
        }
    }

    fn raw(&mut self) -> Result<Token, String> {
        let end = self.rest[1..].find('`').ok_or("unclosed raw text")?;
        let taken = self.take(end + 2);
        self.line += taken.matches('\n').count();
        Ok(Token::Text(taken[1..=end].to_owned()))
    }

    fn quoted(&mut self, quote: char) -> Result<Token, String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, next)) = chars.next() {
            match next {
                _ if next == quote => {
                    self.take(at + 1);
                    // a character constant is its number
                    let only = text.chars().next().filter(|_| quote == '\'');
                    return Ok(only.map_or_else(
                        || Token::Text(text),
                        |only| Token::Int(i64::from(u32::from(only))),
                    ));
                }
                '\n' => break,
                '\\' => match chars.next().map(|(_, escaped)| escaped) {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some('0') => text.push('\0'),
                    Some(escaped @ ('"' | '\'' | '\\')) => text.push(escaped),
                    escaped => return Err(format!("unknown escape `\\{}`", escaped.unwrap_or(' '))),
                },
                other => text.push(other),
            }
        }
        Err("unclosed text".to_owned())
    }
}
