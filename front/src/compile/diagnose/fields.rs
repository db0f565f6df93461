//! Errors inside string literals: escapes, replacement fields.

use super::grammar::{Case, Found};
use super::lexer::Kind;
use super::literals;
use ruff_python_parser::{InterpolatedStringErrorType, LexicalErrorType};

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
            matches!(tok.kind, Kind::Str | Kind::FMiddle)
                && tok.start <= at
                && at < tok.end.max(tok.start + 1)
        })
    }

    pub(super) fn interpolated(&self, error: &InterpolatedStringErrorType, letter: char) -> Found {
        let here = self.here();
        match error {
            InterpolatedStringErrorType::LambdaWithoutParentheses => {
                let lambda = (0..=self.at).rev().find(|&at| self.text(at) == "lambda")?;
                let colon = (lambda..self.tokens.len()).find(|&at| self.text(at) == ":")?;
                Some((
                    self.span(lambda, colon),
                    format!(
                        "{letter}-string: lambda expressions are not allowed without parentheses"
                    ),
                ))
            }
            InterpolatedStringErrorType::InvalidConversionFlag => {
                let bang = (0..=self.at).rev().find(|&at| self.text(at) == "!")?;
                let flag = bang + 1;
                match self.text(flag) {
                    ":" | "}" => Some((
                        self.range(flag),
                        format!("{letter}-string: missing conversion character"),
                    )),
                    text if self.kind(flag) == Kind::Name => Some((
                        self.range(flag),
                        format!(
                            "{letter}-string: invalid conversion character '{text}': expected 's', 'r', or 'a'"
                        ),
                    )),
                    _ => Some((
                        self.range(flag),
                        format!("{letter}-string: invalid conversion character"),
                    )),
                }
            }
            InterpolatedStringErrorType::ConversionFlagNotImmediatelyAfterExclamation => {
                let bang = (0..=self.at).rev().find(|&at| self.text(at) == "!")?;
                Some((
                    self.span(bang, bang + 1),
                    format!(
                        "{letter}-string: conversion type must come right after the exclamation mark"
                    ),
                ))
            }
            InterpolatedStringErrorType::UnclosedLbrace => {
                if let Some(found) = self.comma_here() {
                    return Some(found);
                }
                if self.at > 0 && self.text(self.at - 1) == "!" {
                    return Some((
                        here,
                        format!("{letter}-string: missing conversion character"),
                    ));
                }
                if self.at > 0 && self.text(self.at.saturating_sub(1)) == "=" {
                    return Some((
                        here,
                        format!("{letter}-string: expecting '!', or ':', or '}}'"),
                    ));
                }
                Some((
                    here,
                    format!("{letter}-string: expecting '=', or '!', or ':', or '}}'"),
                ))
            }
            _ => None,
        }
    }
}
