//! `_sre`: the matching engine of `re`.
//!
//! - `program`, `set`: the code of the compiler of `re`, translated; `engine`: the backtracking matcher
//! - `prefilter`: where matches can begin; `text`: subjects of any storage width, searching and matching
//! - `validate`: refuses code that the compiler of `re` cannot have made
//! - `pattern`, `matching`, `scanner`, `template`: the four types

pub mod engine;
pub mod matching;
pub mod pattern;
pub mod prefilter;
pub mod program;
pub mod scanner;
pub mod set;
pub mod template;
pub mod text;
pub mod validate;

use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use rustpython_sre_engine::string::{lower_ascii, lower_unicode};
use rustpython_sre_engine::{CODESIZE, MAXGROUPS, MAXREPEAT, SRE_MAGIC};

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_sre");
    m.int("MAGIC", SRE_MAGIC as i64);
    m.int("CODESIZE", CODESIZE as i64);
    m.int("MAXREPEAT", MAXREPEAT as i64);
    m.int("MAXGROUPS", MAXGROUPS as i64);
    m.str(
        "copyright",
        " SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB ",
    );
    m.function(
        "compile",
        "($module, /, pattern, flags, code, groups, groupindex, indexgroup)",
        Bound(pattern::compile),
    );
    m.function(
        "template",
        "($module, pattern, template, /)",
        Bound(template::make),
    );
    m.function(
        "getcodesize",
        "($module, /)",
        Bound(|py, _| Ok(py.int(CODESIZE as i64))),
    );
    const CHAR: &str = "($module, character, /)";
    m.function(
        "ascii_iscased",
        CHAR,
        Bound(|py, a| {
            let c = character(py, &a[0])?;
            Ok(py.bool(u8::try_from(c).is_ok_and(|c| c.is_ascii_alphabetic())))
        }),
    );
    m.function(
        "ascii_tolower",
        CHAR,
        Bound(|py, a| Ok(py.int(lower_ascii(character(py, &a[0])?) as i64))),
    );
    m.function(
        "unicode_iscased",
        CHAR,
        Bound(|py, a| {
            let c = character(py, &a[0])?;
            Ok(py.bool(is_cased(c)))
        }),
    );
    m.function(
        "unicode_tolower",
        CHAR,
        Bound(|py, a| Ok(py.int(lower_unicode(character(py, &a[0])?) as i64))),
    );
    m.finish()
}

/// Whether a character has another case; its upper case may be several characters.
fn is_cased(c: u32) -> bool {
    let mut upper = Vec::new();
    crate::text::unicode::case::upper(&[c], &mut upper);
    lower_unicode(c) != c || upper != [c]
}

fn character(py: &Py, v: &Val) -> PyResult<u32> {
    u32::try_from(ops::to_i64(py, v)?)
        .map_err(|_| py.overflow_error("Python int too large to convert to C int"))
}
