//! Grammar errors: from the parser's error and the tokens around it to CPython's text.

use super::super::error::{SyntaxError, SyntaxErrorKind};
use super::super::parse::Mode;
use super::super::source::Source;
use super::lexer::{Kind, Tok};
use super::{literals, targets};
use ruff_python_ast::Mod;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{ParseError, ParseErrorType};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// Everything that an explanation looks at.
pub(super) struct Case<'a> {
    pub(super) source: &'a Source,
    pub(super) tokens: &'a [Tok],
    pub(super) module: &'a Mod,
    pub(super) error: &'a ParseError,
    /// Index of the token at which the parser gave up.
    pub(super) at: usize,
}

/// A message and where it points.
pub(super) type Found = Option<(TextRange, String)>;

/// The error to report, and the last token that CPython's parser has read when it finds it.
pub(super) struct Explained {
    pub(super) error: SyntaxError,
    pub(super) reach: usize,
}

/// The error to report.
pub(super) fn explain(
    source: &Source,
    tokens: &[Tok],
    module: &Mod,
    error: &ParseError,
    mode: Mode,
) -> Explained {
    let start = u32::from(error.location.start());
    let at = tokens
        .iter()
        .position(|tok| tok.start >= start && tok.kind != Kind::Dedent)
        .unwrap_or(tokens.len().saturating_sub(1));
    let case = Case {
        source,
        tokens,
        module,
        error,
        at,
    };
    if let Some(error) = case.indentation() {
        return Explained { error, reach: at };
    }
    let found = case
        .statement_texts()
        .or_else(|| case.field_error())
        .or_else(|| case.by_kind())
        .or_else(|| case.comma());
    match found {
        Some((range, msg)) => {
            // Whether a second expression follows is known when it has ended.
            let reach = if msg.ends_with("Perhaps you forgot a comma?") {
                tokens
                    .iter()
                    .position(|tok| tok.start >= u32::from(range.end()))
                    .unwrap_or(tokens.len())
            } else {
                at
            };
            let error = case.positioned(range, msg);
            Explained { error, reach }
        }
        None => {
            // An expression may begin with a bracket, and a keyword stand for a name.
            let more = matches!(case.text(at), "(" | "[" | "{") || case.is_keyword(at);
            let mut error = case.positioned(case.here(), "invalid syntax".to_owned());
            if mode == Mode::Eval && source.text().trim().is_empty() {
                error.lineno = Some(0);
                error.offset = Some(0);
                error.end_lineno = Some(0);
                error.end_offset = Some(0);
                error.text = Some(String::new());
            }
            Explained {
                error,
                reach: at + usize::from(more),
            }
        }
    }
}

fn text_of<'a>(source: &'a Source, tok: &Tok) -> &'a str {
    source
        .text()
        .get(tok.start as usize..tok.end as usize)
        .unwrap_or("")
}

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// Keywords that start a statement and never an expression.
const STATEMENT_WORDS: &[&str] = &[
    "return", "import", "from", "raise", "pass", "del", "yield", "assert", "break", "continue",
    "global", "nonlocal", "for", "try", "while", "with", "class", "def", "if",
];

impl<'a> Case<'a> {
    pub(super) fn text(&self, index: usize) -> &'a str {
        match self.tokens.get(index) {
            Some(tok) => text_of(self.source, tok),
            None => "",
        }
    }

    pub(super) fn kind(&self, index: usize) -> Kind {
        self.tokens.get(index).map_or(Kind::End, |tok| tok.kind)
    }

    /// The error at a range; the end of a line counts as one column, and the end of the text as that of its
    /// last line.
    pub(super) fn positioned(&self, range: TextRange, msg: String) -> SyntaxError {
        let mut error = SyntaxError::at(self.source, range, msg);
        let newline = self
            .tokens
            .iter()
            .find(|tok| tok.kind == Kind::Newline && tok.start == u32::from(range.start()));
        if newline.is_some() {
            error.end_lineno = error.lineno;
            error.end_offset = error.offset.map(|offset| offset + 1);
        } else if self.kind(self.at) == Kind::End
            && u32::from(range.start()) as usize >= self.source.text().len()
            && let Some(tok) = self
                .tokens
                .iter()
                .rev()
                .find(|tok| tok.kind == Kind::Newline)
        {
            let (line, column) = self.source.line_char(tok.start);
            error.lineno = Some(i64::from(line));
            error.end_lineno = Some(i64::from(line));
            error.offset = Some(i64::from(column));
            error.end_offset = Some(-1);
            error.text = Some(self.source.line_text(line).to_owned());
        }
        error
    }

    pub(super) fn here(&self) -> TextRange {
        // `a not b`: the parser of CPython has looked for `not in`.
        if self.text(self.at) == "not"
            && self.at > 0
            && self.text(self.at + 1) != "in"
            && self.ends_operand(self.at - 1)
        {
            return self.range(self.at + 1);
        }
        // `type X`: what has to follow the name is missing.
        if self.at > 0
            && self.text(self.at - 1) == "type"
            && self.statement_start(self.at) == self.at - 1
            && self.kind(self.at) == Kind::Name
            && !self.is_keyword(self.at)
        {
            return self.range(self.at + 1);
        }
        match self.tokens.get(self.at) {
            Some(tok) => tok.range(),
            None => self.error.location,
        }
    }

    pub(super) fn range(&self, index: usize) -> TextRange {
        self.tokens
            .get(index)
            .map_or(self.error.location, Tok::range)
    }

    pub(super) fn level(&self, index: usize) -> u32 {
        self.tokens.get(index).map_or(0, |tok| tok.level)
    }

    pub(super) fn span(&self, from: usize, to: usize) -> TextRange {
        let start = self.range(from).start();
        TextRange::new(start, self.range(to).end().max(start))
    }

    pub(super) fn is_keyword(&self, index: usize) -> bool {
        self.kind(index) == Kind::Name && KEYWORDS.contains(&self.text(index))
    }

    /// Index of the token that starts at `offset`.
    pub(super) fn token_at(&self, offset: TextSize) -> Option<usize> {
        let offset = u32::from(offset);
        self.tokens
            .iter()
            .position(|tok| tok.start == offset && tok.end > tok.start)
    }

    /// Index of the first token of the logical line of `index`.
    pub(super) fn line_start(&self, index: usize) -> usize {
        let mut at = index.min(self.tokens.len().saturating_sub(1));
        while at > 0
            && !matches!(
                self.kind(at - 1),
                Kind::Newline | Kind::Indent | Kind::Dedent
            )
        {
            at -= 1;
        }
        at
    }

    /// Index of the first token of the simple statement of `index`.
    pub(super) fn statement_start(&self, index: usize) -> usize {
        let first = self.line_start(index);
        let mut at = index.min(self.tokens.len().saturating_sub(1));
        while at > first {
            if self.level(at - 1) == 0 && self.text(at - 1) == ";" {
                break;
            }
            if self.level(at - 1) == 0
                && self.text(at - 1) == ":"
                && self.opens_block(first)
                && self.block_colon(first) == Some(at - 1)
            {
                break;
            }
            at -= 1;
        }
        at
    }

    pub(super) fn opens_block(&self, first: usize) -> bool {
        matches!(
            self.text(first),
            "if" | "elif"
                | "else"
                | "while"
                | "for"
                | "with"
                | "try"
                | "except"
                | "finally"
                | "def"
                | "class"
                | "async"
                | "match"
                | "case"
        )
    }

    /// Index of the colon that ends the head of the compound statement that starts at `first`.
    pub(super) fn block_colon(&self, first: usize) -> Option<usize> {
        let level = self.level(first);
        let mut lambdas = 0;
        for at in first..self.tokens.len() {
            if self.kind(at) == Kind::Newline {
                return None;
            }
            if self.level(at) != level {
                continue;
            }
            match self.text(at) {
                "lambda" => lambdas += 1,
                ":" if lambdas > 0 => lambdas -= 1,
                ":" => return Some(at),
                _ => {}
            }
        }
        None
    }

    pub(super) fn indentation_error(&self, range: TextRange, msg: String) -> SyntaxError {
        SyntaxError {
            kind: SyntaxErrorKind::Indentation,
            ..SyntaxError::at(self.source, range, msg)
        }
    }

    // ---- Indentation ----

    pub(super) fn indentation(&self) -> Option<SyntaxError> {
        if let ParseErrorType::OtherError(text) = &self.error.error
            && let Some(what) = text.strip_prefix("Expected an indented block after ")
        {
            let mut newline = self.at;
            while newline > 0 && self.kind(newline) != Kind::Newline {
                newline -= 1;
            }
            let first = self.line_start(newline.saturating_sub(1));
            let word = self.text(first);
            let what = match what {
                "function definition" => "function definition".to_owned(),
                "`class` definition" => "class definition".to_owned(),
                _ => {
                    let word = if word == "async" {
                        self.text(first + 1)
                    } else {
                        word
                    };
                    let star = if word == "except" && self.text(first + 1) == "*" {
                        "*"
                    } else {
                        ""
                    };
                    format!("'{word}{star}' statement")
                }
            };
            let line = self.source.line_col(self.range(first).start().into()).line;
            let msg = format!("expected an indented block after {what} on line {line}");
            return Some(self.block_missing(newline, msg));
        }
        if matches!(self.error.error, ParseErrorType::UnexpectedIndentation)
            || self.kind(self.at) == Kind::Indent
        {
            let indent = (0..=self.at)
                .rev()
                .find(|&at| self.kind(at) == Kind::Indent)?;
            let range = self.range(indent);
            let (line, column) = self.source.line_char(range.end().into());
            return Some(SyntaxError {
                end_lineno: Some(i64::from(line)),
                end_offset: Some(-1),
                lineno: Some(i64::from(line)),
                offset: Some(i64::from(column) - 1),
                text: Some(self.source.line_text(line).to_owned()),
                ..self.indentation_error(range, "unexpected indent".to_owned())
            });
        }
        None
    }

    /// The error for a block that is missing after the newline token.
    pub(super) fn block_missing(&self, newline: usize, msg: String) -> SyntaxError {
        let next = (newline + 1..self.tokens.len()).find(|&at| self.kind(at) != Kind::Dedent);
        match next {
            Some(next) if self.kind(next) != Kind::End => {
                self.indentation_error(self.range(next), msg)
            }
            _ => {
                let range = self.range(newline);
                let (line, column) = self.source.line_char(range.start().into());
                SyntaxError {
                    end_lineno: Some(i64::from(line)),
                    end_offset: Some(-1),
                    lineno: Some(i64::from(line)),
                    offset: Some(i64::from(column)),
                    ..self.indentation_error(range, msg)
                }
            }
        }
    }

    // ---- Statements of other languages and versions ----

    pub(super) fn statement_texts(&self) -> Found {
        let first = self.statement_start(self.at);
        let word = self.text(first);
        if matches!(word, "print" | "exec")
            && self.at == first + 1
            && matches!(self.error.error, ParseErrorType::SimpleStatementsOnSameLine)
        {
            let last = self.expression_prefix(first + 1, self.line_end(first) + 1)?;
            return Some((
                self.span(first, last),
                format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?"),
            ));
        }
        if word == "import" && self.text(self.at) == "from" && self.level(self.at) == 0 {
            let last = self.line_end(first);
            return Some((
                self.span(first, last),
                "Did you mean to use 'from ... import ...' instead?".to_owned(),
            ));
        }
        None
    }

    /// Index of the last token of the simple statement.
    pub(super) fn line_end(&self, from: usize) -> usize {
        let mut at = from;
        while at + 1 < self.tokens.len()
            && self.kind(at + 1) != Kind::Newline
            && !(self.level(at + 1) == 0 && self.text(at + 1) == ";")
        {
            at += 1;
        }
        at
    }

    /// Index of the last token of the longest expressions that start at `from` and end before `end`.
    pub(super) fn expression_prefix(&self, from: usize, end: usize) -> Option<usize> {
        let level = self.level(from) - u32::from(matches!(self.text(from), ")" | "]" | "}"));
        let end = end.min(self.tokens.len());
        (from..end).rev().take(200).find(|&last| {
            if self.level(last) > level
                || !(self.ends_operand(last) || matches!(self.text(last), "," | "yield"))
            {
                return false;
            }
            let text = &self.source.text()[self.span(from, last)];
            // In parentheses lines may end anywhere.
            ruff_python_parser::parse_expression(&format!("({text}\n)")).is_ok()
        })
    }

    // ---- By the parser's error ----

    pub(super) fn by_kind(&self) -> Found {
        let here = self.here();
        let location = self.error.location;
        let plain = |range: TextRange, msg: &str| Some((range, msg.to_owned()));
        match &self.error.error {
            ParseErrorType::Lexical(error) => self.lexical(error),
            ParseErrorType::FStringError(error) => self.interpolated(error, 'f'),
            ParseErrorType::TStringError(error) => self.interpolated(error, 't'),
            ParseErrorType::InvalidAssignmentTarget => targets::assignment(self),
            ParseErrorType::InvalidNamedAssignmentTarget => targets::named(self),
            ParseErrorType::InvalidAnnotatedAssignmentTarget => targets::annotated(self),
            ParseErrorType::InvalidAugmentedAssignmentTarget => targets::augmented(self),
            ParseErrorType::InvalidDeleteTarget => targets::delete(self),
            ParseErrorType::ExpectedToken { expected, found } => self.expected(*expected, *found),
            ParseErrorType::ExpectedExpression => self.expected_expression(),
            ParseErrorType::NonDefaultParamAfterDefaultParam => {
                if let Some(found) = self.default_value(location) {
                    return Some(found);
                }
                plain(
                    self.name_at(location),
                    "parameter without a default follows parameter with a default",
                )
            }
            ParseErrorType::ParamAfterVarKeywordParam => {
                plain(here, "arguments cannot follow var-keyword argument")
            }
            ParseErrorType::ExpectedKeywordParam => {
                let next = self.at + 1;
                if self.text(next) == ":" {
                    return plain(self.range(next), "named arguments must follow bare *");
                }
                let star = (0..=self.at).rev().find(|&at| self.text(at) == "*");
                plain(
                    star.map_or(location, |at| self.range(at)),
                    "named arguments must follow bare *",
                )
            }
            ParseErrorType::VarParameterWithDefault => {
                let double = self.source.text()[location].starts_with("**")
                    || self.text(self.at.saturating_sub(1)) == "**"
                    || (0..self.at).rev().take(4).any(|at| self.text(at) == "**");
                let equal = (self.at..self.tokens.len()).find(|&at| self.text(at) == "=");
                let equal = match equal {
                    Some(at) => at,
                    None => self.at,
                };
                let kind = if double {
                    "var-keyword"
                } else {
                    "var-positional"
                };
                Some((
                    self.range(equal),
                    format!("{kind} argument cannot have default value"),
                ))
            }
            ParseErrorType::UnparenthesizedGeneratorExpression => {
                plain(location, "Generator expression must be parenthesized")
            }
            ParseErrorType::PositionalAfterKeywordArgument => {
                self.last_argument("positional argument follows keyword argument")
            }
            ParseErrorType::PositionalAfterKeywordUnpacking => {
                self.last_argument("positional argument follows keyword argument unpacking")
            }
            ParseErrorType::InvalidArgumentUnpackingOrder => plain(
                TextRange::new(
                    self.range(self.at.saturating_sub(1)).start(),
                    location.end(),
                ),
                "iterable argument unpacking follows keyword argument unpacking",
            ),
            ParseErrorType::IterableUnpackingInComprehension => plain(
                location,
                "iterable unpacking cannot be used in comprehension",
            ),
            ParseErrorType::InvalidStarredExpressionUsage => self.starred(),
            ParseErrorType::EmptyTypeParams => {
                let range = if self.text(self.line_start(self.at)) == "type" {
                    self.span(self.at - 1, self.at)
                } else {
                    TextRange::empty(here.start())
                };
                plain(range, "Type parameter list cannot be empty")
            }
            ParseErrorType::EmptyImportNames
                if self.kind(self.at) == Kind::Newline || self.text(self.at) == ";" =>
            {
                plain(
                    TextRange::empty(here.start()),
                    "Expected one or more names after 'import'",
                )
            }
            ParseErrorType::UnparenthesizedTupleExpression => {
                let level = self.level(self.at);
                let comma = (self.at..self.tokens.len())
                    .find(|&at| self.level(at) == level && self.text(at) == ",")?;
                plain(self.range(comma), "invalid syntax")
            }
            ParseErrorType::InvalidMatchPatternTarget => {
                plain(location, "cannot use '_' as a target")
            }
            ParseErrorType::ExpectedRealNumber => {
                let first = self.token_at(location.start()).or_else(|| {
                    let start = u32::from(location.start());
                    self.tokens.iter().position(|tok| tok.end > start)
                })?;
                let negative = usize::from(self.text(first) == "-");
                if self.kind(first + negative) == Kind::Number {
                    return plain(location, "real number required in complex literal");
                }
                let bad = if negative == 1 {
                    first + 1
                } else {
                    (first..self.tokens.len()).find(|&at| matches!(self.text(at), "+" | "-"))?
                };
                plain(self.range(bad), "invalid syntax")
            }
            ParseErrorType::ExpectedImaginaryNumber => {
                plain(location, "imaginary number required in complex literal")
            }
            ParseErrorType::OtherError(text) => self.other(text),
            _ => None,
        }
    }

    /// The parser points to a parameter; CPython to its name.
    pub(super) fn name_at(&self, location: TextRange) -> TextRange {
        match self.token_at(location.start()) {
            Some(at) => self.range(at),
            None => location,
        }
    }

    /// The parameters around `location` have a `=` without a value.
    pub(super) fn default_value(&self, location: TextRange) -> Found {
        let first = self.token_at(location.start())?;
        let level = self.level(first);
        let equal = (0..self.tokens.len()).find(|&at| {
            self.level(at) == level
                && self.text(at) == "="
                && matches!(self.text(at + 1), ")" | "," | ":")
        })?;
        Some((
            self.range(equal),
            "expected default value expression".to_owned(),
        ))
    }

    /// Positional arguments after keyword arguments are reported at the end of the arguments.
    pub(super) fn last_argument(&self, msg: &str) -> Found {
        let first = self.token_at(self.error.location.start())?;
        let level = self.level(first);
        let close = (first..self.tokens.len()).find(|&at| {
            self.level(at) < level || (self.level(at) + 1 == level && self.text(at) == ")")
        })?;
        Some((self.range(close), msg.to_owned()))
    }

    pub(super) fn starred(&self) -> Found {
        let location = self.error.location;
        let first = self.token_at(location.start())?;
        let next = self
            .tokens
            .iter()
            .position(|tok| tok.start >= u32::from(location.end()));
        if let Some(next) = next
            && self.text(next) == ":"
        {
            return Some((self.range(next), "invalid syntax".to_owned()));
        }
        if first > 0 && self.text(first - 1) == ":" && self.bracket_around(first) == "{" {
            return Some((
                location,
                "cannot use a starred expression in a dictionary value".to_owned(),
            ));
        }
        if first > 0 && self.text(first - 1) == "(" {
            return Some((location, "cannot use starred expression here".to_owned()));
        }
        None
    }

    /// The innermost bracket that is open before the token.
    pub(super) fn bracket_around(&self, index: usize) -> &'a str {
        let closes = matches!(self.text(index), ")" | "]" | "}");
        let level = self.level(index) + u32::from(closes);
        (0..index)
            .rev()
            .find(|&at| self.level(at) + 1 == level && matches!(self.text(at), "(" | "[" | "{"))
            .map_or("", |at| self.text(at))
    }

    pub(super) fn expected(&self, expected: TokenKind, found: TokenKind) -> Found {
        let here = self.here();
        let plain = |range: TextRange, msg: &str| Some((range, msg.to_owned()));
        if found == TokenKind::Equal
            && let Some(found) = targets::equal_for_comparison(self)
        {
            return Some(found);
        }
        match expected {
            TokenKind::Colon if self.bracket_around(self.at) == "{" => {
                let last = self.at.checked_sub(1)?;
                if !matches!(self.text(self.at), "}" | ",") || self.text(last) == ":" {
                    return None;
                }
                // One column before the end of the key.
                let end = self.range(last).end();
                plain(
                    TextRange::new(end - TextSize::from(1), end - TextSize::from(1)),
                    "':' expected after dictionary key",
                )
            }
            TokenKind::Colon => {
                let first = self.line_start(self.at);
                let word = self.text(first);
                if matches!(self.text(self.at), "." | "[" | "(") && word == "except" {
                    return targets::after_as(self, "cannot use except statement with");
                }
                if matches!(self.text(self.at), "." | "[" | "(") && word == "case" {
                    return targets::after_as(self, "cannot use");
                }
                if found == TokenKind::Newline
                    || matches!(word, "def" | "try" | "else" | "finally")
                    || (word == "async" && self.text(first + 1) == "def")
                {
                    return plain(here, "expected ':'");
                }
                if self.text(self.at.saturating_sub(1)) == "lambda" {
                    return plain(here, "expected ':'");
                }
                None
            }
            TokenKind::Comma if matches!(self.text(self.at), "}" | ",") => None,
            TokenKind::Lpar => {
                let first = self.line_start(self.at);
                let is_def = self.text(first) == "def" || self.text(first + 1) == "def";
                if is_def {
                    plain(here, "expected '('")
                } else {
                    None
                }
            }
            TokenKind::Else => {
                // a if b
                let start = self.conditional_start()?;
                plain(
                    self.span(start, self.at - 1),
                    "expected 'else' after 'if' expression",
                )
            }
            TokenKind::Comma | TokenKind::Rpar
                if found == TokenKind::For && self.keyword_before().is_some() =>
            {
                let name = self.keyword_before()?;
                plain(
                    self.span(name, name + 1),
                    "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
                )
            }
            TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::Rpar if found == TokenKind::For => {
                self.comprehension_target()
            }
            TokenKind::Rsqb if found == TokenKind::Colon => self.type_param_bound(),
            TokenKind::Rpar if found == TokenKind::Lpar => self.parenthesized_parameters(),
            TokenKind::Comma if self.text(self.at) == "*" && self.text(self.at - 1) == "/" => {
                plain(here, "expected comma between / and *")
            }
            TokenKind::Comma if matches!(self.text(self.at), "." | "[") => {
                let first = self.statement_start(self.at);
                if matches!(self.text(first), "import" | "from") {
                    return targets::import(self);
                }
                None
            }
            _ => None,
        }
    }

    /// Start of the operand before the `if` of a conditional expression without `else`.
    pub(super) fn conditional_start(&self) -> Option<usize> {
        let level = self.level(self.at.saturating_sub(1));
        let mut at = self.at.checked_sub(1)?;
        let level = if self.level(at) > level {
            level
        } else {
            self.level(at)
        };
        while at > 0 && !(self.text(at) == "if" && self.level(at) <= level) {
            at -= 1;
        }
        let level = self.level(at);
        let mut start = at.checked_sub(1)?;
        while start > 0
            && !(self.level(start - 1) < level
                || (self.level(start - 1) == level
                    && matches!(self.text(start - 1), "," | "=" | ":" | ";" | "return"))
                || matches!(
                    self.kind(start - 1),
                    Kind::Newline | Kind::Indent | Kind::Dedent
                ))
            && !(self.level(start - 1) + 1 == level
                && matches!(self.text(start - 1), "(" | "[" | "{"))
        {
            start -= 1;
        }
        Some(start)
    }

    /// `f(a=b for ...)`: index of the name.
    fn keyword_before(&self) -> Option<usize> {
        let level = self.level(self.at);
        let equal = (0..self.at)
            .rev()
            .take_while(|&at| self.level(at) >= level)
            .find(|&at| self.level(at) == level && matches!(self.text(at), "=" | ","))?;
        (self.text(equal) == "=" && level > 0 && self.kind(equal - 1) == Kind::Name)
            .then(|| equal - 1)
    }

    /// `[x, y for x, y in z]`
    pub(super) fn comprehension_target(&self) -> Found {
        let level = self.level(self.at);
        let open = (0..self.at)
            .rev()
            .find(|&at| self.level(at) + 1 == level && matches!(self.text(at), "(" | "[" | "{"))?;
        let comma = (open..self.at).any(|at| self.level(at) == level && self.text(at) == ",");
        if !comma || self.text(open) == "(" {
            return None;
        }
        Some((
            self.span(open + 1, self.at - 1),
            "did you forget parentheses around the comprehension target?".to_owned(),
        ))
    }

    pub(super) fn type_param_bound(&self) -> Found {
        let star = self.text(self.at.checked_sub(2)?);
        let kind = match star {
            "**" => "ParamSpec",
            "*" => "TypeVarTuple",
            _ => return None,
        };
        let what = if self.text(self.at + 1) == "(" {
            "constraints"
        } else {
            "bound"
        };
        Some((self.here(), format!("cannot use {what} with {kind}")))
    }

    pub(super) fn parenthesized_parameters(&self) -> Found {
        let first = self.line_start(self.at);
        if self.text(first) != "def" && self.text(first + 1) != "def" {
            return None;
        }
        let close = self.closing(self.at)?;
        Some((
            self.span(self.at, close),
            "Function parameters cannot be parenthesized".to_owned(),
        ))
    }

    /// Index of the bracket that closes the one at `open`.
    pub(super) fn closing(&self, open: usize) -> Option<usize> {
        let level = self.level(open);
        (open + 1..self.tokens.len())
            .find(|&at| self.level(at) == level && matches!(self.text(at), ")" | "]" | "}"))
    }

    pub(super) fn expected_expression(&self) -> Found {
        let before = self.at.checked_sub(1)?;
        let text = self.text(self.at);
        if self.text(before) == "=" && matches!(text, ")" | "," | ":") && self.level(before) > 0 {
            let first = self.line_start(self.at);
            if self.text(first) == "def" || self.text(first + 1) == "def" {
                return Some((
                    self.range(before),
                    "expected default value expression".to_owned(),
                ));
            }
            if self.kind(before - 1) == Kind::Name {
                return Some((
                    self.span(before - 1, before),
                    "expected argument value expression".to_owned(),
                ));
            }
        }
        if self.text(before) == ":" && matches!(text, "}" | ",") && self.level(before) > 0 {
            return Some((
                self.range(before),
                "expression expected after dictionary key and ':'".to_owned(),
            ));
        }
        if self.text(before) == "else"
            && (STATEMENT_WORDS.contains(&text)
                || self.kind(self.at) == Kind::Newline
                || text == "}" && self.field_around().is_some())
        {
            return self.statement_after_else();
        }
        None
    }

    /// The letter of the f-string or t-string around the error.
    pub(super) fn string_letter(&self) -> char {
        let mut depth = 0;
        for at in (0..self.at).rev() {
            match self.kind(at) {
                Kind::FEnd => depth += 1,
                Kind::FStart if depth == 0 => {
                    let is_t = self
                        .text(at)
                        .bytes()
                        .any(|byte| matches!(byte, b't' | b'T'));
                    return if is_t { 't' } else { 'f' };
                }
                Kind::FStart => depth -= 1,
                _ => {}
            }
        }
        'f'
    }

    pub(super) fn statement_after_else(&self) -> Found {
        Some((
            self.here(),
            "expected expression after 'else', but statement is given".to_owned(),
        ))
    }

    pub(super) fn other(&self, text: &str) -> Found {
        let here = self.here();
        let location = self.error.location;
        let plain = |range: TextRange, msg: &str| Some((range, msg.to_owned()));
        if text.starts_with("Expected an identifier, but found a keyword") {
            if self.at > 0 && self.text(self.at - 1) == "else" {
                return self.statement_after_else();
            }
            if self.at > 0
                && matches!(self.text(self.at), "pass" | "break" | "continue")
                && self.text(self.at + 1) == "if"
            {
                return plain(
                    here,
                    "expected expression before 'if', but statement is given",
                );
            }
            return None;
        }
        match text {
            "'/' parameter must appear before '*' parameter" => plain(here, "/ must be ahead of *"),
            "Only one '/' separator allowed" => plain(here, "/ may appear only once"),
            "Position-only parameter separator not allowed as first parameter"
                if self.text(self.at + 1) == "," =>
            {
                plain(here, "at least one argument must precede /")
            }
            "Only one '*' parameter allowed" => plain(here, "* argument may appear only once"),
            "Cannot mix t-string literals with string or bytes literals" => plain(
                literals::concatenation(self, location),
                "cannot mix t-string literals with string or bytes literals",
            ),
            "Bytes literal cannot be mixed with non-bytes literals" => plain(
                literals::after_concatenation(self, location),
                "cannot mix bytes and nonbytes literals",
            ),
            "Cannot have both 'except' and 'except*' on the same 'try'" => {
                let except = (0..=self.at)
                    .rev()
                    .find(|&at| self.text(at) == "except")
                    .unwrap_or(self.at);
                let last = if self.text(except + 1) == "*" {
                    except + 1
                } else {
                    except
                };
                plain(
                    self.span(except, last),
                    "cannot have both 'except' and 'except*' on the same 'try'",
                )
            }
            "Boolean 'not' expression cannot be used here" => {
                plain(location, "'not' after an operator must be parenthesized")
            }
            "Trailing comma not allowed" => {
                if self.text(self.statement_start(self.at)) != "from"
                    || !matches!(self.kind(self.at + 1), Kind::Newline)
                {
                    return plain(self.range(self.at + 1), "invalid syntax");
                }
                plain(
                    self.range(self.at + 1),
                    "trailing comma not allowed without surrounding parentheses",
                )
            }
            "Only single target (not tuple) can be annotated" => targets::annotated(self),
            "Only single target (not list) can be annotated" => targets::annotated(self),
            "Multiple exception types must be parenthesized when using `as`" => plain(
                self.span(
                    self.at,
                    self.block_colon(self.line_start(self.at))
                        .map_or(self.at, |colon| colon - 1),
                ),
                "multiple exception types must be parenthesized when using 'as'",
            ),
            "Positional patterns cannot follow keyword patterns" => {
                plain(location, "positional patterns follow keyword patterns")
            }
            "Expected one or more exception types" => {
                plain(here, "expected one or more exception types")
            }
            "Expected symbol after `as`" => targets::import(self),
            "Expected `except` or `finally` after `try` block" => {
                plain(here, "expected 'except' or 'finally' block")
            }
            "Expected a parameter name" => targets::keyword(self),
            "Expected an identifier" => {
                if self.text(self.line_start(self.at)) == "case" {
                    return targets::after_as(self, "cannot use");
                }
                None
            }
            _ => None,
        }
    }
}

/// The range of a node, for messages that point to a whole node.
pub(super) fn range_of(node: &impl Ranged) -> TextRange {
    node.range()
}
