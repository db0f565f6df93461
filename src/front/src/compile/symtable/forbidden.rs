//! Expressions that may not contain `yield`, `await` or `:=`: annotations, bounds and defaults of type
//! parameters, type aliases.

use super::super::error::Result;
use super::build::Builder;
use ruff_python_ast::Expr;
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_text_size::TextRange;

struct Search {
    found: Option<(TextRange, &'static str)>,
    depth: u32,
}

/// Depth at which the search gives up: the walk that builds the table reports such nesting.
const MAX_SEARCH_DEPTH: u32 = 2000;

impl Search {
    fn first_iterable(&mut self, generators: &[ruff_python_ast::Comprehension]) {
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
    }
}

impl<'a> Visitor<'a> for Search {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.found.is_some() {
            return;
        }
        self.found = match expr {
            Expr::Yield(node) => Some((node.range, "yield expression")),
            Expr::YieldFrom(node) => Some((node.range, "yield expression")),
            Expr::Await(node) => Some((node.range, "await expression")),
            Expr::Named(node) => Some((node.range, "named expression")),
            // The body of a lambda is a function of its own.
            Expr::Lambda(_) => return,
            // Comprehensions are scopes of their own, but for the first iterable.
            Expr::ListComp(node) => return self.first_iterable(&node.generators),
            Expr::SetComp(node) => return self.first_iterable(&node.generators),
            Expr::DictComp(node) => return self.first_iterable(&node.generators),
            Expr::Generator(node) => return self.first_iterable(&node.generators),
            Expr::Name(_) | Expr::StringLiteral(_) | Expr::NoneLiteral(_) => return,
            _ => {
                if self.depth < MAX_SEARCH_DEPTH {
                    self.depth += 1;
                    walk_expr(self, expr);
                    self.depth -= 1;
                }
                return;
            }
        };
    }
}

impl Builder<'_> {
    /// Reports the first special expression in `expr`; `place` is where it stands.
    pub(super) fn forbid_special(&self, expr: &Expr, place: &str) -> Result<()> {
        let mut search = Search {
            found: None,
            depth: 0,
        };
        search.visit_expr(expr);
        match search.found {
            None => Ok(()),
            Some((range, what)) => {
                self.error(range, format!("{what} cannot be used within {place}"))
            }
        }
    }
}
