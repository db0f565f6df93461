//! Whether the code of a module awaits outside functions, so that it is the body of a coroutine.

use ruff_python_ast::visitor::{Visitor, walk_comprehension, walk_expr, walk_stmt};
use ruff_python_ast::{Comprehension, Expr, Mod, Stmt};

/// Whether there is an `await`, `async for` or `async with` that belongs to the module itself.
pub(super) fn module_awaits(module: &Mod) -> bool {
    let mut finder = Finder(false);
    match module {
        Mod::Module(m) => finder.visit_body(&m.body),
        Mod::Expression(e) => finder.visit_expr(&e.body),
    }
    finder.0
}

struct Finder(bool);

impl<'a> Visitor<'a> for Finder {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            Stmt::For(s) => self.0 |= s.is_async,
            Stmt::With(s) => self.0 |= s.is_async,
            _ => {}
        }
        walk_stmt(self, stmt);
    }
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(_) | Expr::Generator(_) => return,
            Expr::Await(_) => self.0 = true,
            _ => {}
        }
        walk_expr(self, expr);
    }
    fn visit_comprehension(&mut self, comprehension: &'a Comprehension) {
        self.0 |= comprehension.is_async;
        walk_comprehension(self, comprehension);
    }
}
