//! Whether the code of a module awaits outside functions, so that it is the body of a coroutine.

use ruff_python_ast::visitor::{Visitor, walk_comprehension, walk_expr, walk_stmt};
use ruff_python_ast::{Comprehension, Expr, Mod, Parameters, Stmt};

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

impl Finder {
    fn defaults(&mut self, parameters: &Parameters) {
        for p in parameters.iter_non_variadic_params() {
            if let Some(d) = &p.default {
                self.visit_expr(d);
            }
        }
    }
}

impl<'a> Visitor<'a> for Finder {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(f) => {
                f.decorator_list
                    .iter()
                    .for_each(|d| self.visit_expr(&d.expression));
                self.defaults(&f.parameters);
                return;
            }
            Stmt::ClassDef(c) => {
                c.decorator_list
                    .iter()
                    .for_each(|d| self.visit_expr(&d.expression));
                if let Some(a) = &c.arguments {
                    self.visit_arguments(a);
                }
                return;
            }
            Stmt::For(s) => self.0 |= s.is_async,
            Stmt::With(s) => self.0 |= s.is_async,
            _ => {}
        }
        walk_stmt(self, stmt);
    }
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(l) => {
                if let Some(p) = &l.parameters {
                    self.defaults(p);
                }
                return;
            }
            Expr::Generator(g) => {
                // The outermost iterable is evaluated outside.
                if let Some(first) = g.generators.first() {
                    self.visit_expr(&first.iter);
                }
                return;
            }
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
