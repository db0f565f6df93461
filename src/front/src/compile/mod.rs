//! The front end: source text to code units.
//!
//! ```text
//! source text -> ruff AST -> scopes -> register bytecode -> words, tables
//! ```
//!
//! Nothing here touches the heap of the runtime: results, errors and warnings are plain data, so a compilation
//! may run on any thread and needs no safepoints.
//!
//! **Invariant:** the syntax tree is walked on a stack that is large enough for its depth; trees that are too
//! deep are an error before anything walks them.

mod assemble;
mod codegen;
pub mod const_fold;
mod diagnose;
pub mod error;
mod escapes;
mod future;
mod intern;
mod parse;
pub mod source;
pub mod strings;
mod symtable;
mod unparse;

pub use error::{CompileError, SyntaxError, SyntaxErrorKind, Warning, WarningKind};
pub use parse::Mode;

use crate::bytecode::CodeUnit;
use error::Result;
use intern::Interner;
use source::Source;
use std::sync::Arc;
use symtable::SymtableOptions;

/// How a program is compiled.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// 0; 1 drops assertions and sets `__debug__` to False; 2 drops docstrings as well.
    pub optimize: u8,
    /// The namespace of the module code is its globals: names of the module are compiled as globals.
    /// Not for code that `exec` may run with a namespace of its own.
    pub global_namespace: bool,
    /// `await` is allowed outside functions (`ast.PyCF_ALLOW_TOP_LEVEL_AWAIT`).
    pub top_level_await: bool,
    /// `from __future__ import annotations` is inherited from the calling code.
    pub future_annotations: bool,
    /// Interactive mode: a block ends only with an empty line (`PyCF_DONT_IMPLY_DEDENT`).
    pub dont_imply_dedent: bool,
    /// A text that ends too early is reported as such (`PyCF_ALLOW_INCOMPLETE_INPUT`).
    pub allow_incomplete: bool,
}

/// A compiled program.
#[derive(Debug)]
pub struct Compiled {
    /// The code of the module.
    pub unit: CodeUnit,
    /// Warnings in the order of the source.
    pub warnings: Vec<Warning>,
}

/// Deepest syntax tree that is compiled.
const MAX_DEPTH: usize = 20_000;
/// Bound of the depth from which a text is not even parsed.
const MAX_NESTING_BOUND: usize = 400_000;
/// Stack that one level of the tree may take while it is compiled.
const STACK_PER_LEVEL: usize = if cfg!(debug_assertions) {
    24 * 1024
} else {
    6 * 1024
};
/// Stack that one level takes while a tree that is too deep is dropped.
const STACK_PER_DROP: usize = 1024;
/// Stack that shallow programs get.
const SMALL_STACK: usize = if cfg!(debug_assertions) { 3 } else { 1 } * 1024 * 1024;
/// Depth of expressions that fits half of [`SMALL_STACK`]; the other half is for nested blocks.
const SMALL_DEPTH: usize = SMALL_STACK / 2 / STACK_PER_LEVEL;

/// Compiles source text.
pub fn compile(text: &str, filename: &str, mode: Mode, options: &Options) -> Result<Compiled> {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(
            SyntaxError::without_position("source code string cannot contain null bytes").into(),
        );
    }
    let bound = source::nesting_bound(text);
    if bound > MAX_NESTING_BOUND {
        return Err(CompileError::Memory(
            "Parser stack overflowed - Python source too complex to parse",
        ));
    }
    let run = || compile_on_this_stack(text, filename, mode, options);
    if bound <= SMALL_DEPTH {
        return stacker::maybe_grow(SMALL_STACK, 2 * SMALL_STACK, run);
    }
    let depth = bound.min(MAX_DEPTH);
    let size = (depth * STACK_PER_LEVEL).max(bound * STACK_PER_DROP) + SMALL_STACK;
    stacker::maybe_grow(size, size + SMALL_STACK, run)
}

/// Compiles a syntax tree whose ranges refer to `text`; `depth` is the nesting of its nodes.
pub fn compile_tree(
    module: &ruff_python_ast::Mod,
    text: String,
    depth: usize,
    filename: &str,
    mode: Mode,
    options: &Options,
) -> Result<Compiled> {
    let run = || {
        let source = Source::new(text);
        let mut names = Interner::new();
        compile_parsed(module, &source, filename, mode, options, &mut names)
    };
    if depth > MAX_DEPTH {
        return Err(CompileError::Recursion(
            "maximum recursion depth exceeded during compilation".to_string(),
        ));
    }
    let size = depth * STACK_PER_LEVEL + SMALL_STACK;
    stacker::maybe_grow(size, size + SMALL_STACK, run)
}

/// Compiles source bytes, which are decoded first.
pub fn compile_bytes(
    bytes: &[u8],
    filename: &str,
    mode: Mode,
    options: &Options,
) -> Result<Compiled> {
    let text = source::decode(bytes)?;
    compile(&text, filename, mode, options)
}

fn compile_on_this_stack(
    text: &str,
    filename: &str,
    mode: Mode,
    options: &Options,
) -> Result<Compiled> {
    let source = Source::new(text.to_owned());
    let parsed = parse::parse(&source, mode, options)?;
    let mut warnings = escapes::check(&source, parsed.tokens());
    let mut names = Interner::new();
    let compiled = compile_parsed(
        parsed.syntax(),
        &source,
        filename,
        mode,
        options,
        &mut names,
    )?;
    warnings.extend(compiled.warnings);
    Ok(Compiled {
        unit: compiled.unit,
        warnings,
    })
}

fn compile_parsed(
    module: &ruff_python_ast::Mod,
    source: &Source,
    filename: &str,
    mode: Mode,
    options: &Options,
    names: &mut Interner,
) -> Result<Compiled> {
    let future = future::scan(module, source)?;
    let future_annotations = future.annotations || options.future_annotations;
    let table = symtable::symbol_table(
        module,
        source,
        names,
        &SymtableOptions {
            future_annotations,
            top_level_await: options.top_level_await,
            max_depth: MAX_DEPTH as u32,
        },
    )?;
    let context = codegen::Context {
        source,
        table: &table,
        options,
        mode,
        future_annotations,
        future_end: future.end,
        filename: Arc::from(filename),
    };
    let (unit, warnings) = codegen::generate(module, context, names)?;
    Ok(Compiled { unit, warnings })
}

#[cfg(test)]
mod tests;
