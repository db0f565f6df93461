//! Finds `:=` in operands that are evaluated after a local was read in place.

use ruff_python_ast::Expr;
use ruff_python_ast::visitor::{Visitor, walk_expr};

struct Search {
    found: bool,
    depth: u32,
}

/// Nesting beyond which a `:=` is assumed.
const MAX_SEARCH_DEPTH: u32 = 100;

impl<'a> Visitor<'a> for Search {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            _ if self.found => {}
            Expr::Named(_) => self.found = true,
            Expr::Name(_) | Expr::NumberLiteral(_) | Expr::StringLiteral(_) => {}
            _ if self.depth >= MAX_SEARCH_DEPTH => self.found = true,
            _ => {
                self.depth += 1;
                walk_expr(self, expr);
                self.depth -= 1;
            }
        }
    }
}

/// True if evaluating `expr` may rebind a local.
pub(super) fn may_rebind(expr: &Expr) -> bool {
    let mut search = Search {
        found: false,
        depth: 0,
    };
    search.visit_expr(expr);
    search.found
}
