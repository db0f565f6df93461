//! Binding decisions on small programs.

use super::super::intern::Interner;
use super::super::source::Source;
use super::*;
use ruff_python_parser::{Mode, ParseOptions, parse};

fn table(text: &str) -> Result<(SymbolTable, Interner)> {
    let source = Source::new(text.to_owned());
    let parsed = parse(source.text(), ParseOptions::from(Mode::Module)).unwrap();
    let mut names = Interner::new();
    let options = SymtableOptions {
        future_annotations: false,
        top_level_await: false,
        max_depth: 1000,
    };
    let table = symbol_table(parsed.syntax(), &source, &mut names, &options)?;
    Ok((table, names))
}

/// Bindings of the scope with this name, as `name:letter` words.
fn bindings(text: &str, scope: &str) -> String {
    let (table, names) = table(text).unwrap();
    let scope = table
        .scopes
        .iter()
        .rev()
        .find(|candidate| names.text(candidate.name) == scope)
        .unwrap();
    let words: Vec<String> = scope
        .symbols
        .iter()
        .map(|symbol| {
            let letter = match symbol.binding {
                Binding::Local => 'l',
                Binding::Cell => 'c',
                Binding::Free => 'f',
                Binding::GlobalExplicit => 'G',
                Binding::GlobalImplicit => 'g',
                Binding::Outer => 'o',
                Binding::Unresolved => '?',
            };
            format!("{}:{letter}", names.text(symbol.name))
        })
        .collect();
    words.join(" ")
}

fn message(text: &str) -> String {
    match table(text) {
        Err(super::super::error::CompileError::Syntax(error)) => error.msg,
        _ => String::new(),
    }
}

#[test]
fn closures() {
    let text = "def f(a):\n  b = 1\n  def g():\n    nonlocal b\n    b = a + c\n";
    assert_eq!(bindings(text, "f"), "a:c b:c g:l");
    assert_eq!(bindings(text, "g"), "b:f a:f c:g");
}

#[test]
fn class_scopes_are_passed_over() {
    let text = "def f():\n  x = 1\n  class C:\n    x = 2\n    def m(self): return x, super()\n";
    assert_eq!(bindings(text, "f"), "x:c C:l");
    assert_eq!(bindings(text, "m"), "self:l x:f super:g __class__:f");
}

#[test]
fn comprehensions_are_inlined() {
    let text = "def f(y):\n  z = 1\n  return [x + z + w for x in y]\n";
    assert_eq!(bindings(text, "f"), "y:l z:l");
    assert_eq!(bindings(text, "<listcomp>"), "x:l z:o w:g");
    let text = "def f(y):\n  z = 1\n  return (x + z for x in y)\n";
    assert_eq!(bindings(text, "<genexpr>"), ".0:l x:l z:f");
    let text = "def f(y):\n  return [lambda: x + y for x in y]\n";
    assert_eq!(bindings(text, "<listcomp>"), "x:c");
    assert_eq!(bindings(text, "f"), "y:c");
}

#[test]
fn walrus_binds_outside() {
    let text = "def f(y):\n  return [w := x for x in y]\n";
    assert_eq!(bindings(text, "f"), "y:l w:l");
    assert_eq!(bindings(text, "<listcomp>"), "x:l w:o");
}

#[test]
fn mangling() {
    let text = "class _C:\n  def m(self): return self.__a, __b\n";
    assert_eq!(bindings(text, "m"), "self:l _C__b:g");
}

#[test]
fn errors() {
    assert_eq!(
        message("def f(x):\n  global x\n"),
        "name 'x' is parameter and global"
    );
    assert_eq!(
        message("def f():\n  nonlocal x\n"),
        "no binding for nonlocal 'x' found"
    );
    assert_eq!(
        message("[x := 1 for x in y]"),
        "assignment expression cannot rebind comprehension iteration variable 'x'"
    );
    assert_eq!(
        message("def f(a, a): pass"),
        "duplicate argument 'a' in function definition"
    );
    assert_eq!(
        message("x: (yield)"),
        "yield expression cannot be used within an annotation"
    );
    assert_eq!(
        message("def f[T, T](): pass"),
        "duplicate type parameter 'T'"
    );
}
