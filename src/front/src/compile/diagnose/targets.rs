//! What cannot be assigned to, deleted, annotated or imported under a name, and how CPython calls it.

use super::grammar::{Case, Found, range_of};
use super::lexer::Kind;
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Mod};
use ruff_text_size::{Ranged, TextRange};

/// CPython's name for a kind of expression.
pub(super) fn name_of(expr: &Expr) -> &'static str {
    match expr {
        Expr::Attribute(_) => "attribute",
        Expr::Subscript(_) => "subscript",
        Expr::Starred(_) => "starred",
        Expr::Name(_) => "name",
        Expr::List(_) => "list",
        Expr::Tuple(_) => "tuple",
        Expr::Lambda(_) => "lambda",
        Expr::Call(_) => "function call",
        Expr::BoolOp(_) | Expr::BinOp(_) | Expr::UnaryOp(_) => "expression",
        Expr::Generator(_) => "generator expression",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield expression",
        Expr::Await(_) => "await expression",
        Expr::ListComp(_) => "list comprehension",
        Expr::SetComp(_) => "set comprehension",
        Expr::DictComp(_) => "dict comprehension",
        Expr::Dict(_) => "dict literal",
        Expr::Set(_) => "set display",
        Expr::FString(_) => "f-string expression",
        Expr::TString(_) => "t-string expression",
        Expr::NoneLiteral(_) => "None",
        Expr::BooleanLiteral(node) => {
            if node.value {
                "True"
            } else {
                "False"
            }
        }
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::NumberLiteral(_) => "literal",
        Expr::Compare(_) => "comparison",
        Expr::If(_) => "conditional expression",
        Expr::Named(_) => "named expression",
        Expr::Slice(_) | Expr::IpyEscapeCommand(_) => "expression",
    }
}

struct Finder<'a> {
    range: TextRange,
    found: Option<&'a Expr>,
}

impl<'a> Visitor<'a> for Finder<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.found.is_some() {
            return;
        }
        if expr.range() == self.range {
            self.found = Some(expr);
            return;
        }
        if expr.range().contains_range(self.range) {
            walk_expr(self, expr);
        }
    }
}

/// The expression with exactly this range.
fn find<'a>(case: &Case<'a>, range: TextRange) -> Option<&'a Expr> {
    let mut finder = Finder { range, found: None };
    match case.module {
        Mod::Module(module) => finder.visit_body(&module.body),
        Mod::Expression(expression) => finder.visit_expr(&expression.body),
    }
    finder.found
}

/// The first part of a target that cannot be assigned to.
fn invalid_part(expr: &Expr, delete: bool) -> Option<&Expr> {
    match expr {
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => None,
        Expr::Tuple(node) => node.elts.iter().find_map(|elt| invalid_part(elt, delete)),
        Expr::List(node) => node.elts.iter().find_map(|elt| invalid_part(elt, delete)),
        Expr::Starred(node) if !delete => invalid_part(&node.value, delete),
        _ => Some(expr),
    }
}

pub(super) fn assignment(case: &Case<'_>) -> Found {
    let target = find(case, case.error.location)?;
    let target = invalid_part(target, false).unwrap_or(target);
    let range = range_of(target);
    let name = name_of(target);
    let first = case.token_at(range.start())?;
    let next = case
        .tokens
        .iter()
        .position(|tok| tok.start >= u32::from(range.end()))?;
    if matches!(target, Expr::Yield(_) | Expr::YieldFrom(_)) {
        let parenthesized = first > 0 && case.text(first - 1) == "(";
        if !parenthesized {
            return Some((
                range,
                "assignment to yield expression not possible".to_owned(),
            ));
        }
    }
    // for x in y, with a as x
    if case.text(next) == "in" && matches!(target, Expr::Compare(_)) {
        return None;
    }
    if let Expr::Compare(compare) = target
        && matches!(compare.ops.first(), Some(ruff_python_ast::CmpOp::In))
    {
        let left = invalid_part(&compare.left, false)?;
        return Some((
            range_of(left),
            format!("cannot assign to {}", name_of(left)),
        ));
    }
    if let Some(before) = first.checked_sub(1)
        && case.text(before) == "for"
        && let Expr::Compare(_) | Expr::If(_) = target
    {
        let left = match target {
            Expr::Compare(node) => node.left.range(),
            Expr::If(node) => node.body.range(),
            _ => range,
        };
        let operator = case
            .tokens
            .iter()
            .position(|tok| tok.start >= u32::from(left.end()))?;
        return Some((case.span(operator, operator), "invalid syntax".to_owned()));
    }
    if let Expr::Await(_) = target
        && range.len() == ruff_text_size::TextSize::from(5)
    {
        return Some((case.span(next, next), "invalid syntax".to_owned()));
    }
    let before = first.checked_sub(1);
    let mut equal = next;
    while case.text(equal) == ")" {
        equal += 1;
    }
    let alone = match before {
        None => true,
        Some(before) => {
            matches!(
                case.kind(before),
                Kind::Newline | Kind::Indent | Kind::Dedent
            ) || matches!(case.text(before), ";" | ":" | "=" | "(")
        }
    };
    let plain_kind = matches!(
        target,
        Expr::NoneLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::Generator(_)
            | Expr::Tuple(_)
            | Expr::List(_)
            | Expr::Starred(_)
            | Expr::Lambda(_)
            | Expr::If(_)
            | Expr::BoolOp(_)
            | Expr::Compare(_)
    ) || matches!(target, Expr::UnaryOp(node) if node.op == ruff_python_ast::UnaryOp::Not);
    if alone && case.text(equal) == "=" && !plain_kind && !another_equal(case, equal) {
        return Some((
            range,
            format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?"),
        ));
    }
    Some((range, format!("cannot assign to {name}")))
}

/// True if `a = b` at `equal` goes on with another `=`.
fn another_equal(case: &Case<'_>, equal: usize) -> bool {
    let level = case.tokens[equal].level;
    for at in equal + 1..case.tokens.len() {
        if case.tokens[at].level < level || case.kind(at) == Kind::Newline {
            return false;
        }
        if case.tokens[at].level == level {
            match case.text(at) {
                "=" | ":=" => return true,
                "," | ";" | ")" | "]" | "}" => return false,
                _ => {}
            }
        }
    }
    false
}

/// `=` where a condition or an argument was expected.
pub(super) fn equal_for_comparison(case: &Case<'_>) -> Found {
    let equal = case.at;
    let left_end = equal.checked_sub(1)?;
    let level = case.tokens.get(equal)?.level;
    // The operand before.
    let mut first = left_end;
    while first > 0 {
        let before = first - 1;
        if case.tokens[before].level < level
            || (case.tokens[before].level == level
                && (matches!(case.text(before), "," | ";" | ":" | "=" | ":=")
                    || matches!(
                        case.text(before),
                        "if" | "elif"
                            | "while"
                            | "and"
                            | "or"
                            | "not"
                            | "return"
                            | "in"
                            | "else"
                            | "assert"
                            | "lambda"
                    )))
            || matches!(
                case.kind(before),
                Kind::Newline | Kind::Indent | Kind::Dedent
            )
        {
            break;
        }
        first -= 1;
    }
    // `f(x=1=2)`: the value of a keyword argument.
    if first > 1
        && level > 0
        && case.text(first - 1) == "="
        && case.tokens[first - 1].level == level
        && case.kind(first - 2) == Kind::Name
    {
        return None;
    }
    if first + 1 == equal && case.kind(first) == Kind::Name {
        if matches!(case.text(first), "None" | "True" | "False") {
            return Some((
                case.span(first, first),
                format!("cannot assign to {}", case.text(first)),
            ));
        }
        if case.is_keyword(first) {
            return None;
        }
        let mut last = equal + 1;
        while last + 1 < case.tokens.len() {
            let next = last + 1;
            if case.tokens[next].level < level
                || (case.tokens[next].level == level
                    && matches!(
                        case.text(next),
                        "," | ":"
                            | "="
                            | ";"
                            | ")"
                            | "]"
                            | "}"
                            | "and"
                            | "or"
                            | "if"
                            | "else"
                            | "for"
                            | "<"
                            | ">"
                            | "=="
                            | "in"
                            | "is"
                            | "not"
                    )
                    && !closes(case, equal, next))
                || case.kind(next) == Kind::Newline
            {
                break;
            }
            last += 1;
        }
        return Some((
            case.span(first, last),
            "invalid syntax. Maybe you meant '==' or ':=' instead of '='?".to_owned(),
        ));
    }
    let range = case.span(first, left_end);
    let target = find(case, range)?;
    if matches!(
        target,
        Expr::Name(_)
            | Expr::List(_)
            | Expr::Tuple(_)
            | Expr::Generator(_)
            | Expr::BoolOp(_)
            | Expr::Compare(_)
            | Expr::If(_)
            | Expr::Lambda(_)
    ) {
        return None;
    }
    Some((
        range,
        format!(
            "cannot assign to {} here. Maybe you meant '==' instead of '='?",
            name_of(target)
        ),
    ))
}

fn closes(case: &Case<'_>, from: usize, close: usize) -> bool {
    if !matches!(case.text(close), ")" | "]" | "}") {
        return false;
    }
    let level = case.tokens[close].level;
    (from..close)
        .any(|at| case.tokens[at].level == level && matches!(case.text(at), "(" | "[" | "{"))
}

pub(super) fn named(case: &Case<'_>) -> Found {
    let target = find(case, case.error.location)?;
    Some((
        range_of(target),
        format!("cannot use assignment expressions with {}", name_of(target)),
    ))
}

pub(super) fn annotated(case: &Case<'_>) -> Found {
    let target = find(case, case.error.location)?;
    match target {
        Expr::Tuple(node) => Some((
            match node.elts.first() {
                Some(first) if !node.parenthesized => first.range(),
                _ => range_of(target),
            },
            "only single target (not tuple) can be annotated".to_owned(),
        )),
        Expr::List(_) => Some((
            range_of(target),
            "only single target (not list) can be annotated".to_owned(),
        )),
        _ => Some((range_of(target), "illegal target for annotation".to_owned())),
    }
}

pub(super) fn augmented(case: &Case<'_>) -> Found {
    let target = find(case, case.error.location)?;
    Some((
        range_of(target),
        format!(
            "'{}' is an illegal expression for augmented assignment",
            name_of(target)
        ),
    ))
}

pub(super) fn delete(case: &Case<'_>) -> Found {
    let target = find(case, case.error.location)?;
    let target = invalid_part(target, true).unwrap_or(target);
    Some((
        range_of(target),
        format!("cannot delete {}", name_of(target)),
    ))
}

/// The kind of an expression that is known by its tokens only.
fn kind_of_tokens(case: &Case<'_>, first: usize, last: usize) -> &'static str {
    if first == last {
        return match case.kind(first) {
            Kind::Number | Kind::Str => "literal",
            _ => match case.text(first) {
                "None" => "None",
                "True" => "True",
                "False" => "False",
                "..." => "ellipsis",
                _ => "name",
            },
        };
    }
    let level = case.tokens[first].level;
    let closes_first =
        matches!(case.text(first), "(" | "[" | "{") && case.closing(first) == Some(last);
    if closes_first {
        let comma =
            (first + 1..last).any(|at| case.tokens[at].level == level + 1 && case.text(at) == ",");
        return match case.text(first) {
            "(" if comma || first + 1 == last => "tuple",
            "(" => kind_of_tokens(case, first + 1, last - 1),
            "[" => "list",
            _ if first + 1 == last => "dict literal",
            _ => "set display",
        };
    }
    let operator = (first..=last).any(|at| {
        case.tokens[at].level == level
            && case.kind(at) == Kind::Op
            && !matches!(case.text(at), "." | "(" | ")" | "[" | "]" | "{" | "}" | ",")
    });
    if operator {
        return "expression";
    }
    match case.text(last) {
        ")" => "function call",
        "]" => "subscript",
        _ => "attribute",
    }
}

/// Tokens of the operand after the last `as` of the statement.
fn operand_after_as(case: &Case<'_>) -> Option<(usize, usize)> {
    let last_as = (0..=case.at).rev().find(|&at| case.text(at) == "as")?;
    let first = last_as + 1;
    let level = case.tokens[last_as].level;
    let mut last = first;
    if matches!(case.text(first), "(" | "[" | "{") {
        last = case.closing(first)?;
    }
    while last + 1 < case.tokens.len() {
        let next = last + 1;
        if case.tokens[next].level < level || case.kind(next) == Kind::Newline {
            break;
        }
        if case.tokens[next].level == level
            && (matches!(
                case.text(next),
                "," | ":" | ";" | "|" | "=" | "}" | "if" | "and"
            ) || (matches!(case.text(next), ")" | "]") && !closes(case, first, next)))
        {
            break;
        }
        last = next;
    }
    Some((first, last))
}

/// `import a as b.c`
pub(super) fn import(case: &Case<'_>) -> Found {
    let (first, last) = operand_after_as(case)?;
    if case.is_keyword(first) && !matches!(case.text(first), "None" | "True" | "False") {
        return None;
    }
    if case.kind(first) == Kind::Newline {
        return None;
    }
    Some((
        case.span(first, last),
        format!(
            "cannot use {} as import target",
            kind_of_tokens(case, first, last)
        ),
    ))
}

/// `except A as b.c`, `case x as a.b`
pub(super) fn after_as(case: &Case<'_>, prefix: &str) -> Found {
    let (first, last) = operand_after_as(case)?;
    let kind = kind_of_tokens(case, first, last);
    if prefix == "cannot use" {
        return Some((
            case.span(first, last),
            format!("cannot use {kind} as pattern target"),
        ));
    }
    Some((case.span(first, last), format!("{prefix} {kind}")))
}

/// What stands before `=` in a call is no name.
pub(super) fn keyword(case: &Case<'_>) -> Found {
    let location = case.error.location;
    let first = case.token_at(location.start())?;
    let end = u32::from(location.end());
    let equal = case
        .tokens
        .iter()
        .position(|tok| tok.start >= end && tok.start < end + 64)?;
    if case.text(equal) != "=" {
        return None;
    }
    if first + 1 == equal && matches!(case.text(first), "None" | "True" | "False") {
        return Some((
            case.span(first, equal),
            format!("cannot assign to {}", case.text(first)),
        ));
    }
    if case.text(first) == "*" {
        return Some((
            case.span(first, equal),
            "cannot assign to iterable argument unpacking".to_owned(),
        ));
    }
    if case.text(first) == "**" {
        return Some((
            case.span(first, equal),
            "cannot assign to keyword argument unpacking".to_owned(),
        ));
    }
    Some((
        case.span(first, equal),
        "expression cannot contain assignment, perhaps you meant \"==\"?".to_owned(),
    ))
}
