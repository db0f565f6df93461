//! Errors inside string literals: escapes, replacement fields.

use super::grammar::{Case, Found};
use super::lexer::Kind;
use super::literals;
use ruff_python_parser::{InterpolatedStringErrorType, LexicalErrorType, ParseErrorType};

impl<'a> Case<'a> {
    pub(super) fn lexical(&self, error: &LexicalErrorType) -> Found {
        match error {
            LexicalErrorType::UnicodeError
            | LexicalErrorType::MissingUnicodeLbrace
            | LexicalErrorType::MissingUnicodeRbrace => literals::bad_escape(self),
            LexicalErrorType::InvalidByteLiteral => {
                let tok = self.string_around()?;
                Some((
                    self.range(tok),
                    "bytes can only contain ASCII literal characters".to_owned(),
                ))
            }
            LexicalErrorType::FStringError(error) => self.interpolated(error, 'f'),
            LexicalErrorType::TStringError(error) => self.interpolated(error, 't'),
            _ => None,
        }
    }

    /// Index of the string token that contains the error.
    pub(super) fn string_around(&self) -> Option<usize> {
        let at = u32::from(self.error.location.start());
        self.tokens.iter().position(|tok| {
            let end = tok.end.max(tok.start + 1) + u32::from(tok.kind == Kind::FMiddle);
            matches!(tok.kind, Kind::Str | Kind::FMiddle) && tok.start <= at && at < end
        })
    }

    pub(super) fn interpolated(&self, error: &InterpolatedStringErrorType, letter: char) -> Found {
        if !matches!(
            error,
            InterpolatedStringErrorType::ConversionFlagNotImmediatelyAfterExclamation
        ) {
            return None;
        }
        let bang = (0..=self.at).rev().find(|&at| self.text(at) == "!")?;
        Some((
            self.span(bang, bang + 1),
            format!("{letter}-string: conversion type must come right after the exclamation mark"),
        ))
    }

    /// Index of the brace that starts the innermost replacement field around the error.
    pub(super) fn field_around(&self) -> Option<usize> {
        let mut level = u32::MAX;
        for at in (0..self.at).rev() {
            let here = self.level(at);
            if self.kind(at) == Kind::Field && here < level {
                return Some(at);
            }
            if matches!(self.text(at), ")" | "]" | "}") && self.kind(at) == Kind::Op {
                level = level.min(here);
            }
        }
        None
    }

    /// What is wrong with the replacement field around the error: the parts of a field are checked one after the other.
    pub(super) fn field_error(&self) -> Found {
        if matches!(
            self.error.error,
            ParseErrorType::FStringError(
                InterpolatedStringErrorType::ConversionFlagNotImmediatelyAfterExclamation
            ) | ParseErrorType::TStringError(
                InterpolatedStringErrorType::ConversionFlagNotImmediatelyAfterExclamation
            )
        ) {
            return None;
        }
        let field = self.field_around()?;
        let letter = self.string_letter();
        let say =
            |at: usize, text: &str| Some((self.range(at), format!("{letter}-string: {text}")));
        let inside = self.level(field) + 1;
        let first = field + 1;
        let text = self.text(first);
        if matches!(text, "=" | "!" | ":" | "}") {
            return say(first, &format!("valid expression required before '{text}'"));
        }
        let separator = (first..self.tokens.len())
            .take_while(|&at| self.level(at) >= inside)
            .find(|&at| {
                self.level(at) == inside
                    && matches!(self.text(at), "=" | "!" | ":")
                    && self.kind(at) == Kind::Op
            });
        let lambda = (first..=self.at)
            .rev()
            .find(|&at| self.level(at) == inside && self.text(at) == "lambda");
        if let Some(lambda) = lambda
            && let Some(colon) = separator
            && lambda < colon
            && self.text(colon) == ":"
            && (lambda == first || matches!(self.text(lambda - 1), "," | "else"))
        {
            return Some((
                self.span(lambda, colon),
                format!("{letter}-string: lambda expressions are not allowed without parentheses"),
            ));
        }
        let separator = separator.filter(|&at| at < self.at);
        let end = separator.unwrap_or(self.at);
        let prefix = self.expression_prefix(first, end);
        if prefix.is_none_or(|last| last + 1 < end || separator.is_none()) {
            // The expression itself, or what follows it.
            let specific = match &self.error.error {
                ParseErrorType::FStringError(_) | ParseErrorType::TStringError(_) => None,
                ParseErrorType::Lexical(error) => self.lexical(error),
                _ => self.by_kind(),
            };
            if let Some(found) = specific.or_else(|| self.comma_here()) {
                return Some(found);
            }
            return match prefix {
                None => say(first, "expecting a valid expression after '{'"),
                Some(last) => say(last + 1, "expecting '=', or '!', or ':', or '}'"),
            };
        }
        let mut at = end;
        if self.text(at) == "=" {
            at += 1;
            if !matches!(self.text(at), "!" | ":" | "}") {
                return say(at, "expecting '!', or ':', or '}'");
            }
        }
        if self.text(at) == "!" {
            let flag = at + 1;
            let text = self.text(flag);
            if matches!(text, ":" | "}") {
                return say(flag, "missing conversion character");
            }
            if self.kind(flag) != Kind::Name {
                return say(flag, "invalid conversion character");
            }
            if !matches!(text, "s" | "r" | "a") {
                return say(
                    flag,
                    &format!("invalid conversion character '{text}': expected 's', 'r', or 'a'"),
                );
            }
            at = flag + 1;
            if !matches!(self.text(at), ":" | "}") {
                return say(at, "expecting ':' or '}'");
            }
        }
        None
    }
}
