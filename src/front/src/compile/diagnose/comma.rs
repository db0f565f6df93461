//! Two expressions side by side inside brackets: a comma is missing.

use super::grammar::{Case, Found};
use super::lexer::Kind;
use ruff_python_parser::ParseErrorType;

impl<'a> Case<'a> {
    /// Two expressions side by side inside brackets.
    pub(super) fn comma(&self) -> Found {
        if !matches!(
            self.error.error,
            ParseErrorType::ExpectedToken { .. } | ParseErrorType::SimpleStatementsOnSameLine
        ) {
            return None;
        }
        self.comma_here()
    }

    pub(super) fn comma_here(&self) -> Found {
        let at = self.at;
        if at == 0 || self.level(at) == 0 || !self.starts_operand(at) || !self.ends_operand(at - 1)
        {
            return None;
        }
        if self.text(at - 1) == "print"
            || self.kind(at - 1) == Kind::Name && self.kind(at) == Kind::Str
        {
            return None;
        }
        let start = self.operand_start(at - 1)?;
        let end = self.operand_end(at)?;
        Some((
            self.span(start, end),
            "invalid syntax. Perhaps you forgot a comma?".to_owned(),
        ))
    }

    pub(super) fn starts_operand(&self, at: usize) -> bool {
        match self.kind(at) {
            Kind::Name => {
                !self.is_keyword(at)
                    || matches!(
                        self.text(at),
                        "None" | "True" | "False" | "lambda" | "not" | "await"
                    )
            }
            Kind::Number | Kind::Str | Kind::FStart => true,
            Kind::Op => matches!(self.text(at), "(" | "[" | "{" | "..." | "~"),
            _ => false,
        }
    }

    pub(super) fn ends_operand(&self, at: usize) -> bool {
        match self.kind(at) {
            Kind::Name => {
                !self.is_keyword(at) || matches!(self.text(at), "None" | "True" | "False")
            }
            Kind::Number | Kind::Str | Kind::FEnd => true,
            Kind::Op => matches!(self.text(at), ")" | "]" | "}" | "..."),
            _ => false,
        }
    }

    /// Start of the expression that ends at `last`.
    pub(super) fn operand_start(&self, last: usize) -> Option<usize> {
        let level = self.level(last);
        let mut at = last;
        while at > 0 {
            let before = at - 1;
            if self.level(before) < level {
                break;
            }
            if self.level(before) == level
                && (matches!(self.text(before), "," | "=" | ":" | ":=" | ";" | "**" | "*")
                    && !self.ends_operand(before)
                    && !(matches!(self.text(before), "**" | "*")
                        && before > 0
                        && self.ends_operand(before - 1))
                    || matches!(
                        self.text(before),
                        "return"
                            | "in"
                            | "for"
                            | "if"
                            | "else"
                            | "yield"
                            | "await"
                            | "lambda"
                            | "import"
                            | "from"
                    ))
            {
                break;
            }
            at -= 1;
        }
        Some(at)
    }

    /// End of the expression that starts at `first`.
    pub(super) fn operand_end(&self, first: usize) -> Option<usize> {
        let level = self.level(first);
        let mut at = first;
        while at + 1 < self.tokens.len() {
            let next = at + 1;
            if self.level(next) < level {
                break;
            }
            if self.level(next) == level {
                let text = self.text(next);
                if matches!(text, "," | "=" | ":" | ":=" | ";" | "for" | "}" | "]" | ")")
                    && !(matches!(text, "}" | "]" | ")") && self.closes_inside(first, next))
                {
                    break;
                }
                if self.starts_operand(next)
                    && self.ends_operand(at)
                    && !matches!(text, "(" | "[")
                    && self.text(next) != "not"
                {
                    break;
                }
            }
            at += 1;
        }
        Some(at)
    }

    /// True if the bracket that `close` closes was opened at or after `first`.
    pub(super) fn closes_inside(&self, first: usize, close: usize) -> bool {
        let level = self.level(close);
        (first..close).any(|at| self.level(at) == level && matches!(self.text(at), "(" | "[" | "{"))
    }
}
