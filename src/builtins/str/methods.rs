//! `str`: slots and the registration of all methods; the families are in the sibling files.

use super::{Builder, StrObj, char_obj};
use crate::error::PyResult;
use crate::object::native::TypeInit;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Fills the type.
pub fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.hash.set(|_, v| Ok(v.cast::<StrObj>().hash()));
    s.len.set(|_, v| Ok(v.cast::<StrObj>().len()));
}

/// The text of several str values in a row (f-strings).
pub fn join_words(py: &Py, parts: &[Val]) -> PyResult<Obj> {
    let mut b = Builder::new();
    for p in parts {
        b.push_obj(p.cast::<StrObj>());
    }
    Ok(b.finish(py))
}

/// The character at `i`, counted from the end if negative.
pub fn getitem(py: &Py, s: &StrObj, i: isize) -> PyResult<Obj> {
    let n = if i < 0 { i.wrapping_add(s.len() as isize) } else { i };
    if n < 0 || n as usize >= s.len() {
        return Err(py.index_error("string index out of range"));
    }
    Ok(char_obj(py, s.units().at(n as usize)))
}
