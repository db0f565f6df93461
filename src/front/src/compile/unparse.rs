//! Expressions back to text: annotations under `from __future__ import annotations`, and messages.

use super::source::Source;
use ruff_python_ast::{BoolOp, Expr, Number, Operator, UnaryOp};
use ruff_text_size::Ranged;

/// Binding strength of an expression, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

/// The canonical text of an expression.
pub fn unparse(expr: &Expr, source: &Source) -> String {
    let mut writer = Writer {
        out: String::new(),
        source,
    };
    writer.expr(expr, Level::Test);
    writer.out
}

struct Writer<'a> {
    out: String,
    source: &'a Source,
}

fn operator_level(op: Operator) -> Level {
    match op {
        Operator::Add | Operator::Sub => Level::Sum,
        Operator::LShift | Operator::RShift => Level::Shift,
        Operator::BitOr => Level::BitOr,
        Operator::BitXor => Level::BitXor,
        Operator::BitAnd => Level::BitAnd,
        Operator::Pow => Level::Power,
        _ => Level::Term,
    }
}

fn above(level: Level) -> Level {
    match level {
        Level::Tuple => Level::Test,
        Level::Test => Level::Or,
        Level::Or => Level::And,
        Level::And => Level::Not,
        Level::Not => Level::Compare,
        Level::Compare => Level::BitOr,
        Level::BitOr => Level::BitXor,
        Level::BitXor => Level::BitAnd,
        Level::BitAnd => Level::Shift,
        Level::Shift => Level::Sum,
        Level::Sum => Level::Term,
        Level::Term => Level::Factor,
        Level::Factor => Level::Power,
        Level::Power => Level::Await,
        Level::Await | Level::Atom => Level::Atom,
    }
}

impl Writer<'_> {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Runs `write`, in parentheses if the expression binds looser than its place allows.
    fn group(&mut self, own: Level, place: Level, write: impl FnOnce(&mut Self)) {
        if place > own {
            self.push("(");
            write(self);
            self.push(")");
        } else {
            write(self);
        }
    }

    fn list(&mut self, exprs: &[Expr]) {
        for (index, expr) in exprs.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.expr(expr, Level::Test);
        }
    }

    fn expr(&mut self, expr: &Expr, place: Level) {
        match expr {
            Expr::Name(node) => self.push(&node.id),
            Expr::Attribute(node) => {
                self.expr(&node.value, Level::Atom);
                if matches!(&*node.value, Expr::NumberLiteral(n) if matches!(n.value, Number::Int(_)))
                {
                    self.push(" ");
                }
                self.push(".");
                self.push(node.attr.as_str());
            }
            Expr::Subscript(node) => {
                self.expr(&node.value, Level::Atom);
                self.push("[");
                match &*node.slice {
                    Expr::Tuple(tuple) if !tuple.elts.is_empty() => {
                        self.list(&tuple.elts);
                        if tuple.elts.len() == 1 {
                            self.push(",");
                        }
                    }
                    slice => self.expr(slice, Level::Tuple),
                }
                self.push("]");
            }
            Expr::Slice(node) => {
                if let Some(lower) = &node.lower {
                    self.expr(lower, Level::Test);
                }
                self.push(":");
                if let Some(upper) = &node.upper {
                    self.expr(upper, Level::Test);
                }
                if let Some(step) = &node.step {
                    self.push(":");
                    self.expr(step, Level::Test);
                }
            }
            Expr::Call(node) => {
                self.expr(&node.func, Level::Atom);
                self.push("(");
                self.list(&node.arguments.args);
                for (index, keyword) in node.arguments.keywords.iter().enumerate() {
                    if index > 0 || !node.arguments.args.is_empty() {
                        self.push(", ");
                    }
                    match &keyword.arg {
                        Some(arg) => {
                            self.push(arg.as_str());
                            self.push("=");
                        }
                        None => self.push("**"),
                    }
                    self.expr(&keyword.value, Level::Test);
                }
                self.push(")");
            }
            Expr::BinOp(node) => {
                let level = operator_level(node.op);
                let (left, right) = if node.op == Operator::Pow {
                    (above(level), Level::Factor)
                } else {
                    (level, above(level))
                };
                self.group(level, place, |this| {
                    this.expr(&node.left, left);
                    this.push(" ");
                    this.push(node.op.as_str());
                    this.push(" ");
                    this.expr(&node.right, right);
                });
            }
            Expr::UnaryOp(node) => {
                let (level, text) = match node.op {
                    UnaryOp::Not => (Level::Not, "not "),
                    UnaryOp::Invert => (Level::Factor, "~"),
                    UnaryOp::UAdd => (Level::Factor, "+"),
                    UnaryOp::USub => (Level::Factor, "-"),
                };
                self.group(level, place, |this| {
                    this.push(text);
                    this.expr(&node.operand, level);
                });
            }
            Expr::BoolOp(node) => {
                let (level, text) = match node.op {
                    BoolOp::Or => (Level::Or, " or "),
                    BoolOp::And => (Level::And, " and "),
                };
                self.group(level, place, |this| {
                    for (index, value) in node.values.iter().enumerate() {
                        if index > 0 {
                            this.push(text);
                        }
                        this.expr(value, above(level));
                    }
                });
            }
            Expr::Compare(node) => self.group(Level::Compare, place, |this| {
                this.expr(&node.left, above(Level::Compare));
                for (op, right) in node.ops.iter().zip(&node.comparators) {
                    this.push(" ");
                    this.push(op.as_str());
                    this.push(" ");
                    this.expr(right, above(Level::Compare));
                }
            }),
            Expr::If(node) => self.group(Level::Test, place, |this| {
                this.expr(&node.body, Level::Or);
                this.push(" if ");
                this.expr(&node.test, Level::Or);
                this.push(" else ");
                this.expr(&node.orelse, Level::Test);
            }),
            Expr::Tuple(node) => {
                self.push("(");
                self.list(&node.elts);
                if node.elts.len() == 1 {
                    self.push(",");
                }
                self.push(")");
            }
            Expr::List(node) => {
                self.push("[");
                self.list(&node.elts);
                self.push("]");
            }
            Expr::Set(node) => {
                self.push("{");
                self.list(&node.elts);
                self.push("}");
            }
            Expr::Dict(node) => {
                self.push("{");
                for (index, item) in node.items.iter().enumerate() {
                    if index > 0 {
                        self.push(", ");
                    }
                    match &item.key {
                        Some(key) => {
                            self.expr(key, Level::Test);
                            self.push(": ");
                            self.expr(&item.value, Level::Test);
                        }
                        None => {
                            self.push("**");
                            self.expr(&item.value, Level::BitOr);
                        }
                    }
                }
                self.push("}");
            }
            Expr::Starred(node) => {
                self.push("*");
                self.expr(&node.value, Level::BitOr);
            }
            Expr::Lambda(node) => self.group(Level::Test, place, |this| {
                let text = match &node.parameters {
                    Some(parameters) => this.source.text()[parameters.range()].to_owned(),
                    None => String::new(),
                };
                this.push(if text.is_empty() { "lambda" } else { "lambda " });
                this.push(&text);
                this.push(": ");
                this.expr(&node.body, Level::Test);
            }),
            Expr::Await(node) => self.group(Level::Await, place, |this| {
                this.push("await ");
                this.expr(&node.value, Level::Atom);
            }),
            Expr::NoneLiteral(_) => self.push("None"),
            Expr::EllipsisLiteral(_) => self.push("..."),
            Expr::BooleanLiteral(node) => self.push(if node.value { "True" } else { "False" }),
            Expr::StringLiteral(node) => {
                if node.value.is_unicode() {
                    self.push("u");
                }
                let text = node.value.to_str().to_owned();
                self.quoted(text.chars().map(|c| (u32::from(c), c)), false);
            }
            Expr::BytesLiteral(node) => {
                self.push("b");
                let bytes: Vec<u8> = node.value.bytes().collect();
                self.quoted(
                    bytes.into_iter().map(|b| (u32::from(b), char::from(b))),
                    true,
                );
            }
            Expr::NumberLiteral(node) => match &node.value {
                Number::Int(n) => {
                    let text = match super::const_fold::number(&Number::Int(n.clone())) {
                        crate::bytecode::Const::Int(n) => n.to_string(),
                        crate::bytecode::Const::BigInt(n) => n.to_string(),
                        _ => n.to_string(),
                    };
                    self.push(&text);
                }
                Number::Float(n) => {
                    let text = self.float(*n);
                    self.push(&text);
                }
                Number::Complex { imag, .. } => {
                    let text = self.float(*imag);
                    self.push(text.strip_suffix(".0").unwrap_or(&text));
                    self.push("j");
                }
            },
            // The rest is rare where this is used: its own text.
            _ => {
                let text = self.source.text()[expr.range()].to_owned();
                self.push(&text);
            }
        }
    }

    fn float(&self, n: f64) -> String {
        if n.is_infinite() {
            return "1e309".to_owned();
        }
        float_repr(n)
    }

    /// A string literal as `repr` writes it.
    fn quoted(&mut self, chars: impl Iterator<Item = (u32, char)> + Clone, bytes: bool) {
        let has_single = chars.clone().any(|(_, c)| c == '\'');
        let has_double = chars.clone().any(|(_, c)| c == '"');
        let quote = if has_single && !has_double { '"' } else { '\'' };
        self.out.push(quote);
        for (code, c) in chars {
            match c {
                '\n' => self.push("\\n"),
                '\r' => self.push("\\r"),
                '\t' => self.push("\\t"),
                '\\' => self.push("\\\\"),
                c if c == quote => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                _ if code < 0x20 || code == 0x7f || (bytes && code > 0x7f) => {
                    self.push(&format!("\\x{code:02x}"));
                }
                c => self.out.push(c),
            }
        }
        self.out.push(quote);
    }
}

/// The shortest digits that round-trip, in the notation of Python's `repr`. `n` is finite and not negative: a literal.
fn float_repr(n: f64) -> String {
    let scientific = format!("{n:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return format!("{n:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
