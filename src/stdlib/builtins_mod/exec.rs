//! eval, exec, compile.

use crate::builtins::cell::CellObj;
use crate::builtins::code::CodeObj;
use crate::builtins::dict::DictObj;
use crate::builtins::str::StrObj;
use crate::builtins::tuple::TupleObj;
use crate::bytecode::code::cf;
use crate::compile::{Mode, Options};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::runtime;
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// Flags of `compile`.
mod flags {
    pub const DONT_IMPLY_DEDENT: i64 = 0x200;
    pub const ONLY_AST: i64 = 0x400;
    pub const TYPE_COMMENTS: i64 = 0x1000;
    pub const TOP_LEVEL_AWAIT: i64 = 0x2000;
    pub const ALLOW_INCOMPLETE_INPUT: i64 = 0x4000;
    pub const OPTIMIZED_AST: i64 = 0x8000 | ONLY_AST;
    /// `__future__` features, of which only the last has an effect.
    pub const FUTURES: i64 = 0x10 | 0x1fe_0000;
    pub const FUTURE_ANNOTATIONS: i64 = 0x100_0000;
    pub const KNOWN: i64 = FUTURES
        | DONT_IMPLY_DEDENT
        | OPTIMIZED_AST
        | TYPE_COMMENTS
        | TOP_LEVEL_AWAIT
        | ALLOW_INCOMPLETE_INPUT;
}

pub fn add(m: &mut ModuleInit) {
    m.function(
        "eval",
        "($module, source, /, globals=None, locals=None)",
        Bound(eval),
    );
    m.function(
        "exec",
        "($module, source, /, globals=None, locals=None, *, closure=None)",
        Bound(exec),
    );
    m.function(
        "compile",
        "($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
        Bound(compile),
    );
}

/// Whether the calling code has `from __future__ import annotations`.
fn inherited_annotations(py: &Py) -> bool {
    // SAFETY: the innermost frame is a live record of this thread.
    py.interp
        .frames()
        .next()
        .is_some_and(|f| unsafe { (*f).code() }.flags & cf::FUTURE_ANNOTATIONS != 0)
}

fn current_globals(py: &Py) -> PyResult<Obj> {
    crate::interp::current_globals(py)
        .ok_or_else(|| py.system_error("globals and locals cannot be NULL"))
}

/// The namespaces of `eval` and `exec`.
fn namespaces(py: &Py, name: &str, globals: &Val, locals: &Val) -> PyResult<(Obj, Obj)> {
    if let Some(l) = locals.not_none()
        && l.ty().slots.getitem.get().is_none()
    {
        return Err(py.type_error(if name == "eval" {
            "locals must be a mapping".to_string()
        } else {
            format!("locals must be a mapping or None, not {}", l.ty().name())
        }));
    }
    let Some(g) = globals.not_none() else {
        let l = match locals.not_none() {
            Some(l) => l.to_obj(),
            None => super::code::locals(py)?,
        };
        return Ok((current_globals(py)?, l));
    };
    if g.get::<DictObj>().is_none() {
        return Err(py.type_error(if name == "exec" {
            format!("exec() globals must be a dict, not {}", g.ty().name())
        } else if g.ty().slots.getitem.get().is_some() {
            "globals must be a real dict; try eval(code, {}, mapping)".to_string()
        } else {
            "globals must be a dict".to_string()
        }));
    }
    Ok((g.to_obj(), locals.not_none().unwrap_or(g).to_obj()))
}

/// Compiles the source argument of `eval`, `exec` and `compile`; `None` if it is of another type.
fn compile_value(
    py: &Py,
    source: &Val,
    filename: &str,
    mode: Mode,
    options: Options,
) -> PyResult<Option<Obj>> {
    if let Some(s) = source.get::<StrObj>() {
        let Some(text) = s.to_utf8() else {
            // Raises UnicodeEncodeError about the surrogate.
            let encode = ops::getattr_str(py, source, "encode")?;
            ops::call0(py, &encode)?;
            return Err(py.value_error("source code string cannot be encoded"));
        };
        let text = if mode == Mode::Eval {
            text.trim_start_matches([' ', '\t'])
        } else {
            &text
        };
        return runtime::compile_text(py, text, filename, mode, options).map(Some);
    }
    let Some(b) = crate::object::buffer::bytes_like(py, source)? else {
        return Ok(None);
    };
    let bytes = b.to_vec();
    drop(b);
    let skip = bytes
        .iter()
        .take_while(|c| mode == Mode::Eval && matches!(c, b' ' | b'\t'))
        .count();
    runtime::compile_source(py, &bytes[skip..], filename, mode, options).map(Some)
}

fn default_options(py: &Py) -> Options {
    Options {
        optimize: runtime::config().flags.optimize.min(2) as u8,
        future_annotations: inherited_annotations(py),
        ..Options::default()
    }
}

fn eval(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (globals, locals) = namespaces(py, "eval", &a[1], &a[2])?;
    let source = &a[0];
    if let Some(c) = source.get::<CodeObj>() {
        if c.frees > 0 {
            return Err(
                py.type_error("code object passed to eval() may not contain free variables")
            );
        }
        return runtime::exec_code(py, source, &globals, &locals, None);
    }
    match compile_value(py, source, "<string>", Mode::Eval, default_options(py))? {
        Some(code) => runtime::exec_code(py, &code, &globals, &locals, None),
        None => Err(py.type_error("eval() arg 1 must be a string, bytes or code object")),
    }
}

fn exec(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (globals, locals) = namespaces(py, "exec", &a[1], &a[2])?;
    let source = &a[0];
    let closure = a[3].not_none();
    if let Some(c) = source.get::<CodeObj>() {
        let frees = c.frees as usize;
        match closure {
            None if frees > 0 => {
                return Err(py.type_error(
                    "code object requires a closure of exactly length ".to_string()
                        + &frees.to_string(),
                ));
            }
            Some(_) if frees == 0 => {
                return Err(py.type_error("cannot use a closure with this code object"));
            }
            Some(t) => {
                let cells = t.get::<TupleObj>();
                let fits = cells.is_some_and(|t| {
                    t.len() == frees && t.items().iter().all(|c| c.get::<CellObj>().is_some())
                });
                if !fits {
                    return Err(py.type_error(format!(
                        "code object requires a closure of exactly length {frees}"
                    )));
                }
            }
            None => {}
        }
        runtime::exec_code(py, source, &globals, &locals, closure.map(Val::to_obj))?;
        return Ok(py.none());
    }
    if closure.is_some() {
        return Err(py.type_error("closure can only be used when source is a code object"));
    }
    match compile_value(py, source, "<string>", Mode::Exec, default_options(py))? {
        Some(code) => runtime::exec_code(py, &code, &globals, &locals, None)?,
        None => return Err(py.type_error("exec() arg 1 must be a string, bytes or code object")),
    };
    Ok(py.none())
}

/// The text of a file name argument: str, bytes or path-like.
fn filename_text(py: &Py, v: &Val) -> PyResult<String> {
    let v = if v.get::<StrObj>().is_some() {
        v.to_obj()
    } else {
        let os = crate::import::import(py, "os")?;
        let f = ops::getattr_str(py, &os, "fsdecode")?;
        ops::call1(py, &f, v)?
    };
    Ok(crate::builtins::str::lossy(&v).into_owned())
}

/// The syntax tree of a source; errors are the compiler's.
fn syntax_tree(py: &Py, source: &Val, filename: &str, mode: Mode) -> PyResult<Obj> {
    if crate::stdlib::ast::AST.check(source) {
        return Ok(source.to_obj());
    }
    let text = match (
        source.get::<StrObj>(),
        crate::object::buffer::bytes_like(py, source)?,
    ) {
        (Some(s), _) => s.lossy().into_owned(),
        (None, Some(b)) => String::from_utf8_lossy(b.as_slice()).into_owned(),
        (None, None) => {
            return Err(py.type_error("compile() arg 1 must be a string, bytes or AST object"));
        }
    };
    let text = if mode == Mode::Eval {
        text.trim_start_matches([' ', '\t'])
    } else {
        &text
    };
    if let Some(tree) = crate::stdlib::ast::convert::parse(py, text, mode)? {
        return Ok(tree);
    }
    compile_value(py, source, filename, mode, Options::default())?;
    Err(py.error(&crate::builtins::exceptions::SYNTAX_ERROR, "invalid syntax"))
}

fn compile(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let filename = filename_text(py, &a[1])?;
    let Some(mode) = a[2].get::<StrObj>() else {
        return Err(py.type_error(format!(
            "compile() argument 'mode' must be str, not {}",
            a[2].ty().name()
        )));
    };
    let number = |v: &Val, default| v.given().map_or(Ok(default), |v| ops::to_i64(py, v));
    let given = number(&a[3], 0)?;
    let dont_inherit = a[4].given().map_or(Ok(false), |v| ops::truth(py, v))?;
    let optimize = number(&a[5], -1)?;
    if given & !flags::KNOWN != 0 {
        return Err(py.value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(py.value_error("compile(): invalid optimize value"));
    }
    let mode = match mode.lossy().as_ref() {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        "func_type" if given & flags::ONLY_AST == 0 => {
            return Err(py.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST"));
        }
        _ if given & flags::ONLY_AST != 0 => {
            return Err(
                py.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'")
            );
        }
        _ => return Err(py.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    if given & flags::ONLY_AST != 0 {
        return syntax_tree(py, &a[0], &filename, mode);
    }
    if a[0].get::<CodeObj>().is_some() {
        return Err(py.type_error("compile() arg 1 must be a string, bytes or AST object"));
    }
    let options = Options {
        optimize: if optimize < 0 {
            default_options(py).optimize
        } else {
            optimize as u8
        },
        global_namespace: false,
        top_level_await: given & flags::TOP_LEVEL_AWAIT != 0,
        future_annotations: given & flags::FUTURE_ANNOTATIONS != 0
            || !dont_inherit && inherited_annotations(py),
        dont_imply_dedent: given & flags::DONT_IMPLY_DEDENT != 0,
        allow_incomplete: given & flags::ALLOW_INCOMPLETE_INPUT != 0,
    };
    if crate::stdlib::ast::AST.check(&a[0]) {
        return runtime::compile_tree(py, &a[0], &filename, mode, options);
    }
    compile_value(py, &a[0], &filename, mode, options)?
        .ok_or_else(|| py.type_error("compile() arg 1 must be a string, bytes or AST object"))
}
