//! `SyntaxError`.
//!
//! Fields: 0 msg, 1 filename, 2 lineno, 3 offset, 4 text, 5 end_lineno, 6 end_offset, 7 print_file_and_line,
//! 8 _metadata.

use super::{ExcObj, base, fields};
use crate::builtins::str::Builder;
use crate::builtins::tuple;
use crate::error::{PyResult, Raised};
use crate::object::native::{TypeDef, TypeInit};
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

pub(super) fn init(t: &mut TypeInit) {
    t.slots().init.set(|py, v, args| {
        base::no_keywords(py, v.ty(), args)?;
        base::set_init_args(py, v, args.positional());
        fill(py, v, args.positional())
    });
    t.slots().str.set(str);
    fields::field::<0>(t, "msg");
    fields::field::<1>(t, "filename");
    fields::field::<2>(t, "lineno");
    fields::field::<3>(t, "offset");
    fields::field::<4>(t, "text");
    fields::field::<5>(t, "end_lineno");
    fields::field::<6>(t, "end_offset");
    fields::field::<7>(t, "print_file_and_line");
    fields::field::<8>(t, "_metadata");
}

/// Sets the fields from `(msg, (filename, lineno, offset, text[, end_lineno, end_offset]))`.
pub(super) fn fill(py: &Py, v: &Val, a: &[Val]) -> PyResult<()> {
    let e = v.cast::<ExcObj>();
    if let Some(msg) = a.first() {
        e.extra[0].set(msg.to_obj());
    }
    let [_, info] = a else { return Ok(()) };
    let info = ops::collect(py, info)?;
    let n = info.len();
    if n < 4 {
        return Err(py.type_error(format!("function takes at least 4 arguments ({n} given)")));
    }
    if n > 7 {
        return Err(py.type_error(format!("function takes at most 7 arguments ({n} given)")));
    }
    for i in n..6 {
        drop(e.extra[1 + i].take());
    }
    for (i, x) in info.into_iter().enumerate() {
        match i {
            0..=5 => e.extra[1 + i].set(x),
            _ => e.extra[8].set(x),
        }
    }
    if n == 5 {
        return Err(py.type_error("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

fn str(py: &Py, v: &Val) -> PyResult<Obj> {
    let e = v.cast::<ExcObj>();
    let msg = e.extra[0].get().unwrap_or_else(|| py.none());
    let msg = ops::str(py, &msg)?;
    let filename = e.extra[1]
        .get()
        .filter(|f| f.get::<crate::builtins::str::StrObj>().is_some());
    let line = e.extra[2].get().and_then(|n| {
        let exact = crate::builtins::int::INT.is_exact(&n);
        crate::builtins::int::view(&n)
            .filter(|_| exact)
            .and_then(|n| n.to_i64())
    });
    if filename.is_none() && line.is_none() {
        return Ok(msg);
    }
    let mut b = Builder::new();
    b.push_obj(msg.cast());
    b.push_str(" (");
    if let Some(f) = &filename {
        let f = crate::builtins::str::lossy(f);
        b.push_str(f.rsplit('/').next().unwrap_or(&f));
    }
    if let Some(n) = line {
        b.push_str(&format!(
            "{}line {n}",
            if filename.is_some() { ", " } else { "" }
        ));
    }
    b.push_str(")");
    Ok(b.finish(py))
}

/// Where a syntax error is: lines and offsets count from 1, an end of 0 means "unknown".
pub struct SyntaxSpot<'a> {
    pub filename: &'a str,
    pub lineno: u32,
    /// In characters.
    pub offset: u32,
    /// The source line.
    pub text: Option<&'a str>,
    pub end_lineno: u32,
    pub end_offset: u32,
}

/// A syntax error of class `kind` (SyntaxError, IndentationError, TabError ...).
#[cold]
pub fn syntax_error(py: &Py, kind: &'static TypeDef, msg: &str, spot: &SyntaxSpot) -> Raised {
    let number = |n: u32| py.int(n as i64);
    let info = vec![
        py.str(spot.filename),
        number(spot.lineno),
        number(spot.offset),
        spot.text.map_or_else(|| py.none(), |t| py.str(t)),
        number(spot.end_lineno),
        number(spot.end_offset),
    ];
    py.error_args(kind, &[py.str(msg), tuple::new(py, info)])
}
