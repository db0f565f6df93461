//! Whole compilations: every code unit is verified, small ones are compared with their text form.

use super::*;
use crate::bytecode::Const;
use crate::bytecode::disasm::disassemble;
use crate::bytecode::verify::verify;

fn check(unit: &CodeUnit) {
    if let Err(error) = verify(unit) {
        panic!("{error}\n{}", disassemble(unit));
    }
    for value in &unit.consts {
        if let Const::Code(code) = value {
            check(code);
        }
    }
}

fn compiled(text: &str) -> Compiled {
    let compiled = compile(text, "<test>", Mode::Exec, &Options::default()).unwrap();
    check(&compiled.unit);
    compiled
}

/// Opcodes of the first function of a program.
fn opcodes(text: &str) -> String {
    let unit = compiled(text).unit;
    let code = unit.consts.iter().find_map(|value| match value {
        Const::Code(code) => Some(code.clone()),
        _ => None,
    });
    let text = disassemble(&code.unwrap());
    let names: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains(".."))
        .filter_map(|line| line.split_whitespace().nth(2))
        .collect();
    names.join(" ")
}

fn syntax_error(text: &str) -> SyntaxError {
    match compile(text, "<test>", Mode::Exec, &Options::default()) {
        Err(CompileError::Syntax(error)) => *error,
        other => panic!("{text:?}: {other:?}"),
    }
}

#[test]
fn statements_of_all_kinds() {
    for text in [
        "def f(a, b=1, /, c=2, *d, e, g=3, **h): return a, b, c, d, e, g, h\n",
        "for i in x:\n  if i: continue\n  if not i: break\nelse: y\n",
        "while a < b < c():\n  try: f()\n  except A as e: continue\n  except B: break\n  finally: g()\n",
        "def f():\n  with a as b, c as (d, e):\n    for x in y:\n      return x\n",
        "def f():\n  try: return 1\n  except* A as e: g(e)\n  except* B: pass\n  finally: h()\n",
        "async def f():\n  async with a as b:\n    async for c in d: await c\n  return [x async for x in y if await x]\n",
        "def f():\n  x = yield 1\n  y = yield from x\n  return (z for z in y for w in [z])\n",
        "match x:\n  case [1, *a, 2] if a: pass\n  case {'k': v, **r}: pass\n  case P(1, q=[z]) | Q(q=z): pass\n  case None | True | -1.5 | a.b: pass\n  case _: pass\n",
        "class A[T: int, *Ts, **P](B, *C, m=D, **E):\n  x: T = 1\n  if x:\n    y: 'int'\n  def f[U](self, a: U) -> T: self.z = super().f(a)\n",
        "type X[T] = list[T]\ntype Y = X[int]\n",
        "f'{a!r:>{w}} {b=} {c:{d}x}' f't'\nt'{a!r:>{w}} {b=}'\n",
        "[x for x in y if (z := x) for w in [x]]\n{k: lambda: (k, v) for k, v in y}\n{*a, *b}\n{**a, 'b': c}\n",
        "a, (b, *c), d[e], f.g = x = y\na += 1; b.c -= d; e[f] **= g\ndel a, (b.c, d[e])\n",
        "f(*a, b, *c, d=e, **g, h=i)\nf(**a)\nf(a=1)(b)(c.d(e))\n",
        "assert a, b\nraise A from b\nimport a.b.c as d, e.f\nfrom . import (g, h as i)\nfrom j import *\n",
        "x: int\ny: str = 'a'\nz.w: q = 1\n",
        "lambda a=1, *b, c=2, **d: (yield a)\n",
        "def f():\n  global a\n  a = 1\n  def g():\n    nonlocal b\n    b = a\n    del b\n  b = 2\n  return g\n",
    ] {
        compiled(text);
    }
}

#[test]
fn operands_are_read_in_place() {
    assert_eq!(
        opcodes("def f(a, b):\n  c = a + b\n  return c * 2 - 1\n"),
        "RESUME ADD LOAD_INT MUL SUB_INT RETURN"
    );
    assert_eq!(
        opcodes("def f(a, b):\n  while a < 10:\n    a += b\n"),
        "RESUME JUMP_LT_INT IADD JUMP_BACK RETURN_NONE"
    );
    assert_eq!(
        opcodes("def f(a, b):\n  return a.m(b)\n"),
        "RESUME LOAD_METHOD COPY_ARG CALL RETURN"
    );
}

#[test]
fn walrus_copies_operands() {
    assert_eq!(
        opcodes("def f(a):\n  return a + (a := 1)\n"),
        "RESUME MOVE LOAD_INT ADD RETURN"
    );
}

#[test]
fn unbound_locals_are_checked_once() {
    assert_eq!(
        opcodes("def f(a):\n  if a: b = 1\n  b\n  return b\n"),
        "RESUME JUMP_IF_FALSE LOAD_INT LOAD_CHECK CLEAR RETURN"
    );
}

#[test]
fn constants_are_folded() {
    let unit = compiled("x = (1, 2 * 3, 'a' + 'b', -1)\n").unit;
    let tuple = unit.consts.iter().find_map(|value| match value {
        Const::Tuple(items) => Some(items.len()),
        _ => None,
    });
    assert_eq!(tuple, Some(4));
    assert!(!disassemble(&unit).contains("BUILD"));
}

#[test]
fn far_jumps() {
    let body = "    y = f(x) + g(x)\n".repeat(6000);
    compiled(&format!("def f(z):\n  for x in z:\n{body}"));
}

#[test]
fn deep_nesting_is_an_error() {
    let options = Options::default();
    for (text, limit) in [
        (
            "(".repeat(10_000) + "1" + &")".repeat(10_000),
            "too many nested parentheses",
        ),
        ("(".repeat(10_000), "too many nested parentheses"),
    ] {
        match compile(&text, "<test>", Mode::Eval, &options) {
            Err(CompileError::Syntax(error)) => assert_eq!(error.msg, limit),
            other => panic!("{other:?}"),
        }
    }
    for text in [
        vec!["a"; 100_000].join("+"),
        "-".repeat(100_000) + "a",
        "a".to_owned() + &".a".repeat(100_000),
        "lambda: ".repeat(100_000) + "a",
    ] {
        assert!(matches!(
            compile(&text, "<test>", Mode::Eval, &options),
            Err(CompileError::Recursion(_) | CompileError::Memory(_))
        ));
    }
    assert!(compile(&vec!["a"; 3000].join("+"), "<test>", Mode::Eval, &options).is_ok());
}

#[test]
fn syntax_errors() {
    for (text, msg, lineno, offset) in [
        ("return 1", "'return' outside function", 1, 1),
        (
            "def f():\n  await x",
            "'await' outside async function",
            2,
            3,
        ),
        ("f(a=1, a=2)", "keyword argument repeated: a", 1, 8),
        ("if x\n  pass", "expected ':'", 1, 5),
        ("(a", "'(' was never closed", 1, 1),
        (
            "(a]",
            "closing parenthesis ']' does not match opening parenthesis '('",
            1,
            3,
        ),
        (
            "x = 'abc",
            "unterminated string literal (detected at line 1)",
            1,
            5,
        ),
        (
            "f() = 1",
            "cannot assign to function call here. Maybe you meant '==' instead of '='?",
            1,
            1,
        ),
        ("None = 1", "cannot assign to None", 1, 1),
        (
            "print 'x'",
            "Missing parentheses in call to 'print'. Did you mean print(...)?",
            1,
            1,
        ),
        (
            "[1, 2 3]",
            "invalid syntax. Perhaps you forgot a comma?",
            1,
            5,
        ),
        (
            "0777",
            "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
            1,
            1,
        ),
        (
            "f'{}'",
            "f-string: valid expression required before '}'",
            1,
            4,
        ),
        ("from __future__ import braces", "not a chance", 1, 24),
    ] {
        let error = syntax_error(text);
        assert_eq!(
            (error.msg.as_str(), error.lineno, error.offset),
            (msg, Some(lineno), Some(offset)),
            "{text}"
        );
    }
    assert_eq!(
        syntax_error("if 1:\npass").kind,
        SyntaxErrorKind::Indentation
    );
    assert_eq!(
        syntax_error("if 1:\n\ta\n        b").kind,
        SyntaxErrorKind::Tab
    );
}

#[test]
fn warnings() {
    let texts = |text: &str| -> Vec<String> {
        compiled(text)
            .warnings
            .into_iter()
            .map(|warning| warning.msg)
            .collect()
    };
    assert_eq!(
        texts("x is 1"),
        ["\"is\" with 'int' literal. Did you mean \"==\"?"]
    );
    assert_eq!(
        texts("assert (a, b)"),
        ["assertion is always true, perhaps remove parentheses?"]
    );
    assert_eq!(
        texts("def f():\n  try: pass\n  finally: return 1\n"),
        ["'return' in a 'finally' block"]
    );
    assert_eq!(texts("'\\d'").len(), 1);
    assert_eq!(texts("1if x else 2"), ["invalid decimal literal"]);
    assert!(texts("r'\\d'; b'\\x00'; f'\\n{x}'").is_empty());
}

#[test]
fn interactive_input() {
    let options = Options {
        allow_incomplete: true,
        dont_imply_dedent: true,
        ..Options::default()
    };
    let incomplete = |text: &str| match compile(text, "<stdin>", Mode::Single, &options) {
        Err(CompileError::Syntax(error)) => error.kind == SyntaxErrorKind::IncompleteInput,
        _ => false,
    };
    assert!(incomplete("if x:\n"));
    assert!(incomplete("if x:\n  y\n"));
    assert!(incomplete("f(\n"));
    assert!(incomplete("'''a\n"));
    assert!(!incomplete("if x:\n  y\n\n"));
    assert!(!incomplete("x = 1\n"));
    assert!(!incomplete("x = = 1\n"));
}

#[test]
fn unpacking_goes_to_consecutive_locals() {
    assert_eq!(
        opcodes("def f(x):\n  for a, b in x: pass\n"),
        "RESUME GET_ITER FOR_ITER UNPACK NOP JUMP_BACK RETURN_NONE"
    );
}

#[test]
fn deleted_names_are_checked_after_loops_and_handlers() {
    let checks = |text: &str| opcodes(text).matches("LOAD_CHECK").count();
    assert_eq!(
        checks("def f():\n  x = 1\n  del x\n  x = 2\n  return x\n"),
        0
    );
    assert_eq!(checks("def f(x):\n  for i in y:\n    x\n    del x\n"), 1);
    assert_eq!(
        checks("def f(x):\n  try:\n    del x\n    g()\n  except E:\n    x\n"),
        1
    );
    assert_eq!(
        checks("def f():\n  try: g()\n  except E as e:\n    h(e)\n"),
        0
    );
}
