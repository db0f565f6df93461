//! `str.join` and the concatenation of formatted parts: one pass for the size, one for the text.

use super::unit::build;
use super::{STR, StrObj};
use crate::builtins::exceptions::TYPE_ERROR;
use crate::builtins::{list::ListObj, tuple::TupleObj};
use crate::error::PyResult;
use crate::object::native::TypeInit;
use crate::object::native::args::objs;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Registers the method.
pub fn init(t: &mut TypeInit) {
    t.method(
        "join",
        "($self, iterable, /)",
        Bound(|py, a| join(py, a[0].cast::<StrObj>(), &a[1])),
    );
}

/// `sep.join(iterable)`.
pub fn join(py: &Py, sep: &StrObj, iterable: &Val) -> PyResult<Obj> {
    if let Some(t) = iterable.get::<TupleObj>() {
        return join_items(py, sep, t.items());
    }
    if let Some(l) = iterable.get::<ListObj>() {
        return join_items(py, sep, objs(&l.to_vec()));
    }
    let it = ops::iter(py, iterable).map_err(|e| {
        if e.is(&TYPE_ERROR) && iterable.ty().slots.iter.get().is_none() {
            py.type_error("can only join an iterable")
        } else {
            e
        }
    })?;
    let items = ops::collect(py, &it)?;
    join_items(py, sep, objs(&items))
}

fn join_items(py: &Py, sep: &StrObj, items: &[Val]) -> PyResult<Obj> {
    if let Some(i) = items.iter().position(|v| v.get::<StrObj>().is_none()) {
        return Err(py.type_error(format!(
            "sequence item {i}: expected str instance, {} found",
            items[i].ty().name()
        )));
    }
    if let [one] = items
        && STR.is_exact(one)
    {
        return Ok(one.to_obj());
    }
    let between = items.len().saturating_sub(1);
    let used_sep = if between > 0 {
        sep
    } else {
        return concat_all(py, items, None);
    };
    concat_all(py, items, Some(used_sep))
}

/// All texts in a row, `sep` between them. The items are str.
fn concat_all(py: &Py, items: &[Val], sep: Option<&StrObj>) -> PyResult<Obj> {
    let between = items.len().saturating_sub(1);
    let (mut kind, mut ascii) = sep.map_or((1, true), |s| (s.kind(), s.is_ascii()));
    let mut len = sep.map_or(0, |s| s.len()).checked_mul(between);
    for v in items {
        let s = v.cast::<StrObj>();
        len = len.and_then(|n| n.checked_add(s.len()));
        kind = kind.max(s.kind());
        ascii &= s.is_ascii();
    }
    build(py, len, kind, ascii, |w| {
        for (i, v) in items.iter().enumerate() {
            if let (Some(s), true) = (sep, i > 0) {
                w.text(s);
            }
            w.text(v.cast::<StrObj>());
        }
    })
}

/// The text of several str values in a row (f-strings).
pub fn join_words(py: &Py, parts: &[Val]) -> PyResult<Obj> {
    if let [one] = parts
        && STR.is_exact(one)
    {
        return Ok(one.to_obj());
    }
    concat_all(py, parts, None)
}
