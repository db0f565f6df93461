//! `from __future__ import ...`: allowed at the head of a module only.

use super::error::{Result, SyntaxError};
use super::source::Source;
use ruff_python_ast::{Expr, Mod, Stmt};
use ruff_text_size::TextSize;

/// What the head of a module says.
pub(super) struct Future {
    /// `annotations` was imported.
    pub(super) annotations: bool,
    /// Imports that start before this offset are at the head.
    pub(super) end: TextSize,
}

const FEATURES: &[&str] = &[
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];

/// Reads the head of a module.
pub(super) fn scan(module: &Mod, source: &Source) -> Result<Future> {
    let mut future = Future {
        annotations: false,
        end: TextSize::from(0),
    };
    let Mod::Module(module) = module else {
        return Ok(future);
    };
    for (index, stmt) in module.body.iter().enumerate() {
        match stmt {
            Stmt::Expr(stmt) if index == 0 && matches!(*stmt.value, Expr::StringLiteral(_)) => {}
            Stmt::ImportFrom(import)
                if import.level == 0
                    && import
                        .module
                        .as_ref()
                        .is_some_and(|module| module.as_str() == "__future__") =>
            {
                for alias in &import.names {
                    let name = alias.name.as_str();
                    if name == "braces" {
                        return Err(
                            SyntaxError::at_node(source, alias.range, "not a chance").into()
                        );
                    }
                    if !FEATURES.contains(&name) {
                        return Err(SyntaxError::at_node(
                            source,
                            alias.range,
                            format!("future feature {name} is not defined"),
                        )
                        .into());
                    }
                    future.annotations |= name == "annotations";
                }
                future.end = import.range.end();
            }
            _ => break,
        }
    }
    Ok(future)
}
