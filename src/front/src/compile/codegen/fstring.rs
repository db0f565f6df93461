//! String literals, docstrings, f-strings and template strings.

use super::super::{const_fold, strings};
use super::*;
use ruff_python_ast::{
    ConversionFlag, FStringPart, InterpolatedElement, InterpolatedStringElement,
};

/// A part of an f-string or template string.
enum Piece<'a> {
    /// Literal text, as code points (it may hold surrogates).
    Text(Vec<u32>),
    /// A replacement field.
    Field(&'a InterpolatedElement),
}

impl<'a> Compiler<'a> {
    /// The value of a string literal.
    pub(super) fn string_const(&self, node: &ast::ExprStringLiteral) -> Const {
        let pieces = node.value.as_slice();
        if !pieces.iter().any(|piece| piece.value.contains('\u{fffd}')) {
            return match pieces {
                [piece] => Const::Str(piece.value.clone()),
                _ => {
                    let text: String = pieces.iter().map(|piece| &*piece.value).collect();
                    Const::Str(text.into_boxed_str())
                }
            };
        }
        // The parser cannot represent surrogates: the source tells.
        let units = pieces
            .iter()
            .flat_map(|piece| strings::literal(piece, self.source.text()))
            .collect();
        const_fold::text(units)
    }

    /// A docstring without the indentation of its lines.
    pub(super) fn clean_docstring(&self, node: &ast::ExprStringLiteral) -> Const {
        match self.string_const(node) {
            Const::Str(text) => Const::Str(clean_doc(&text).into_boxed_str()),
            other => other,
        }
    }

    fn text_units(&self, element: &ast::InterpolatedStringLiteralElement, raw: bool) -> Vec<u32> {
        if element.value.contains('\u{fffd}') {
            strings::middle(&self.source.text()[element.range], raw)
        } else {
            element.value.chars().map(u32::from).collect()
        }
    }

    fn add_elements(
        &self,
        pieces: &mut Vec<Piece<'a>>,
        elements: &'a [InterpolatedStringElement],
        raw: bool,
    ) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    add_text(pieces, self.text_units(literal, raw));
                }
                InterpolatedStringElement::Interpolation(field) => {
                    if let Some(debug) = &field.debug_text {
                        let text = without_comments(debug.as_str());
                        add_text(pieces, text.chars().map(u32::from).collect());
                    }
                    pieces.push(Piece::Field(field));
                }
            }
        }
    }

    pub(super) fn f_string(
        &mut self,
        node: &'a ast::ExprFString,
        hint: Option<u16>,
    ) -> Result<Opd> {
        let mut pieces = Vec::new();
        for part in node.value.as_slice() {
            match part {
                FStringPart::Literal(literal) => {
                    let units = if literal.value.contains('\u{fffd}') {
                        strings::literal(literal, self.source.text())
                    } else {
                        literal.value.chars().map(u32::from).collect()
                    };
                    add_text(&mut pieces, units);
                }
                FStringPart::FString(string) => {
                    let raw = string.flags.prefix().is_raw();
                    self.add_elements(&mut pieces, &string.elements, raw);
                }
            }
        }
        self.join(pieces, hint)
    }

    /// Concatenates the pieces into one string.
    fn join(&mut self, mut pieces: Vec<Piece<'a>>, hint: Option<u16>) -> Result<Opd> {
        if pieces.is_empty() {
            return Ok(Opd::Const(Const::Str("".into())));
        }
        if let [Piece::Text(units)] = &mut pieces[..] {
            return Ok(Opd::Const(const_fold::text(std::mem::take(units))));
        }
        if let [Piece::Field(field)] = pieces[..] {
            return self.formatted(field, hint);
        }
        let mut count = 0u32;
        for piece in pieces {
            if count as usize == MAX_WINDOW {
                self.window_op(Opcode::BUILD_STRING, count, count as u16, None);
                count = 1;
            }
            let value = match piece {
                Piece::Text(units) => Opd::Const(const_fold::text(units)),
                Piece::Field(field) => self.formatted(field, None)?,
            };
            self.to_temp(value);
            count += 1;
        }
        Ok(self.window_op(Opcode::BUILD_STRING, count, count as u16, hint))
    }

    /// The text of one replacement field.
    fn formatted(&mut self, field: &'a InterpolatedElement, hint: Option<u16>) -> Result<Opd> {
        let mut value = self.expr(&field.expression)?;
        let conversion = conversion_of(field);
        if conversion != 0 {
            value = self.at(field.range, |this| {
                this.unary_op(Opcode::CONVERT_VALUE, value, conversion, None)
            });
        }
        match &field.format_spec {
            None => Ok(self.at(field.range, |this| {
                this.unary_op(Opcode::FORMAT_SIMPLE, value, 0, hint)
            })),
            Some(spec) => {
                let later: Vec<&Expr> = spec
                    .elements
                    .interpolations()
                    .map(|field| &*field.expression)
                    .collect();
                let value = self.protect(value, &later);
                let spec = self.format_spec(spec)?;
                Ok(self.at(field.range, |this| {
                    this.binary_op(Opcode::FORMAT_WITH_SPEC, 0, value, spec, hint)
                }))
            }
        }
    }

    fn format_spec(&mut self, spec: &'a ast::InterpolatedStringFormatSpec) -> Result<Opd> {
        let mut pieces = Vec::new();
        // The text of a specification has had its escapes decoded by the parser.
        self.add_elements(&mut pieces, &spec.elements, false);
        self.join(pieces, None)
    }

    pub(super) fn t_string(&mut self, node: &'a ast::ExprTString) -> Result<Opd> {
        let mut pieces = Vec::new();
        for string in node.value.as_slice() {
            let raw = string.flags.prefix().is_raw();
            self.add_elements(&mut pieces, &string.elements, raw);
        }
        let mut texts: Vec<Const> = Vec::new();
        let mut fields: Vec<&'a InterpolatedElement> = Vec::new();
        let mut pending: Vec<u32> = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(units) => pending = units,
                Piece::Field(field) => {
                    texts.push(const_fold::text(std::mem::take(&mut pending)));
                    fields.push(field);
                }
            }
        }
        texts.push(const_fold::text(pending));
        self.to_temp(Opd::Const(Const::Tuple(texts)));
        let windowed = fields.len() <= MAX_WINDOW;
        let list = if windowed {
            None
        } else {
            Some(self.empty(Opcode::BUILD_LIST))
        };
        for field in &fields {
            self.interpolation(field)?;
            if let Some(list) = list {
                let value = Opd::Temp(self.next_temp() - 1);
                self.extend(Opcode::LIST_APPEND, list, value);
            }
        }
        match list {
            Some(list) => {
                self.unary_op(Opcode::LIST_TO_TUPLE, Opd::Temp(list), 0, None);
            }
            None => {
                let count = fields.len();
                self.window_op(Opcode::BUILD_TUPLE, count as u32, count as u16, None);
            }
        }
        Ok(self.window_op(Opcode::BUILD_TEMPLATE, 2, 0, None))
    }

    fn interpolation(&mut self, field: &'a InterpolatedElement) -> Result<()> {
        self.expr_to_temp(&field.expression)?;
        let text = without_comments(self.field_text(field));
        self.to_temp(Opd::Const(Const::Str(text.into())));
        let mut flags = conversion_of(field);
        let mut count = 2;
        if let Some(spec) = &field.format_spec {
            let spec = self.format_spec(spec)?;
            self.to_temp(spec);
            flags |= 16;
            count = 3;
        }
        self.at(field.range, |this| {
            this.window_op(Opcode::BUILD_INTERPOLATION, count, flags, None);
        });
        Ok(())
    }

    /// The source of a field's expression, with the blanks around it.
    fn field_text(&self, field: &InterpolatedElement) -> &'a str {
        let text: &'a str = self.source.text();
        let start = field.range.start().to_usize() + 1;
        let expression_end = field.expression.range().end().to_usize();
        let mut end = match &field.format_spec {
            Some(spec) => spec.range.start().to_usize().saturating_sub(1),
            None => field.range.end().to_usize().saturating_sub(1),
        };
        let explicit = field.conversion != ConversionFlag::None;
        if field.debug_text.is_some() {
            if let Some(at) = text[expression_end..end.max(expression_end)].find('=') {
                end = expression_end + at;
            }
        } else if explicit && let Some(at) = text[expression_end..end.max(expression_end)].find('!')
        {
            end = expression_end + at;
        } else if field.format_spec.is_some()
            && let Some(at) = text[expression_end..(end + 1).max(expression_end)].find(':')
        {
            end = expression_end + at;
        }
        &text[start..end.max(start)]
    }
}

/// The text of `{expression=}`: comments are left out, up to the ends of their lines.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '#' => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '"' | '\'' => string_length(rest, c),
            _ => c.len_utf8(),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

/// Length of the string literal, without its prefix, that `text` starts with.
fn string_length(text: &str, quote: char) -> usize {
    let triple = [quote; 3].iter().collect::<String>();
    let (mut at, close) = if text.starts_with(&triple) {
        (3, &triple[..])
    } else {
        (1, &triple[..1])
    };
    while at < text.len() {
        if text[at..].starts_with(close) {
            return at + close.len();
        }
        let mut chars = text[at..].chars();
        let c = chars.next().map_or(1, char::len_utf8);
        at += c;
        if text[at - c..].starts_with('\\') {
            at += chars.next().map_or(0, char::len_utf8);
        }
    }
    text.len()
}

fn add_text(pieces: &mut Vec<Piece<'_>>, units: Vec<u32>) {
    if units.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some(Piece::Text(text)) => text.extend(units),
        _ => pieces.push(Piece::Text(units)),
    }
}

/// 0 for none, 1 `!s`, 2 `!r`, 3 `!a`; `=` without a format means `!r`.
fn conversion_of(field: &InterpolatedElement) -> u16 {
    match field.conversion {
        ConversionFlag::Str => 1,
        ConversionFlag::Repr => 2,
        ConversionFlag::Ascii => 3,
        ConversionFlag::None => {
            if field.debug_text.is_some() && field.format_spec.is_none() {
                2
            } else {
                0
            }
        }
    }
}

/// Strips the common indentation of a docstring's lines.
fn clean_doc(text: &str) -> String {
    let expanded = if text.contains('\t') {
        expand_tabs(text)
    } else {
        text.to_owned()
    };
    let mut lines = expanded.split('\n');
    let first = lines.next().unwrap_or("");
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let rest: Vec<&str> = lines.collect();
    let margin = rest
        .iter()
        .filter(|line| indent(line) < line.len())
        .map(|line| indent(line))
        .min()
        .unwrap_or(0);
    let mut out = String::with_capacity(expanded.len());
    out.push_str(first.trim_start_matches(' '));
    for line in rest {
        out.push('\n');
        out.push_str(&line[margin.min(indent(line))..]);
    }
    out
}

fn expand_tabs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut column = 0usize;
    for c in text.chars() {
        match c {
            '\t' => {
                let width = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}
