//! Hash, truth, text, machine numbers.

use crate::builtins::float;
use crate::builtins::int::{self, IntRef};
use crate::builtins::str::{self, STR, StrObj};
use crate::error::PyResult;
use crate::object::names;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use num_traits::ToPrimitive;

/// Raises RecursionError with CPython's suffix when little native stack is left.
#[inline(always)]
pub(crate) fn guard(py: &Py, where_: &str) -> PyResult<()> {
    match py.check_native_stack() {
        Ok(()) => Ok(()),
        Err(e) => Err(too_deep(py, e, where_)),
    }
}

#[cold]
fn too_deep(py: &Py, _: crate::error::Raised, where_: &str) -> crate::error::Raised {
    py.recursion_error(format!("maximum recursion depth exceeded{where_}"))
}

/// `hash(v)`.
#[inline]
pub fn hash(py: &Py, v: &Val) -> PyResult<i64> {
    if STR.is_exact(v)
        && let Some(s) = v.get::<StrObj>()
    {
        return Ok(s.hash());
    }
    let w = v.word();
    if w.is_int() {
        return Ok(hash_i64(w.as_int()));
    }
    guard(py, " while calling a Python object")?;
    match v.ty().slots.hash.get() {
        Some(f) => f(py, v),
        None => Err(py.type_error(format!("unhashable type: '{}'", v.ty().full_name()))),
    }
}

/// Hash of an int that fits 64 bits: modulo 2**61 - 1, never -1.
#[inline(always)]
pub fn hash_i64(n: i64) -> i64 {
    const P: u64 = (1 << 61) - 1;
    let h = (n.unsigned_abs() % P) as i64;
    let h = if n < 0 { -h } else { h };
    if h == -1 { -2 } else { h }
}

/// Hash of an object by identity.
pub fn hash_identity(v: &Val) -> i64 {
    let h = v.id().rotate_right(4) as i64;
    if h == -1 { -2 } else { h }
}

/// `bool(v)`.
#[inline]
pub fn truth(py: &Py, v: &Val) -> PyResult<bool> {
    let w = v.word();
    if w.is_int() {
        return Ok(w.as_int() != 0);
    }
    if let Some(b) = crate::builtins::singletons::as_bool(v) {
        return Ok(b);
    }
    if v.is_none() {
        return Ok(false);
    }
    let s = &v.ty().slots;
    if let Some(f) = s.bool.get() {
        return f(py, v);
    }
    match s.len.get() {
        Some(f) => Ok(f(py, v)? != 0),
        None => Ok(true),
    }
}

/// `repr(v)`.
pub fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    guard(py, " while getting the repr of an object")?;
    let Some(f) = v.ty().slots.repr.get() else {
        return Ok(py.str(&format!("<{} object at {:#x}>", v.ty().full_name(), v.id())));
    };
    let r = f(py, v)?;
    if r.get::<StrObj>().is_none() {
        return Err(py.type_error(format!(
            "__repr__ returned non-string (type {})",
            r.ty().full_name()
        )));
    }
    Ok(r)
}

/// `str(v)`.
pub fn str(py: &Py, v: &Val) -> PyResult<Obj> {
    if STR.is_exact(v) {
        return Ok(v.to_obj());
    }
    guard(py, " while getting the str of an object")?;
    let Some(f) = v.ty().slots.str.get() else {
        return repr(py, v);
    };
    let r = f(py, v)?;
    if r.get::<StrObj>().is_none() {
        return Err(py.type_error(format!(
            "__str__ returned non-string (type {})",
            r.ty().full_name()
        )));
    }
    Ok(r)
}

/// `ascii(v)`.
pub fn ascii(py: &Py, v: &Val) -> PyResult<Obj> {
    let r = repr(py, v)?;
    let s = r.cast::<StrObj>();
    if s.is_ascii() {
        return Ok(r);
    }
    let mut out = String::new();
    for c in s.chars() {
        match c {
            0..128 => out.push(c as u8 as char),
            128..256 => out.push_str(&format!("\\x{c:02x}")),
            256..0x10000 => out.push_str(&format!("\\u{c:04x}")),
            _ => out.push_str(&format!("\\U{c:08x}")),
        }
    }
    Ok(py.str(&out))
}

/// `format(v, spec)`; `spec` is a str.
pub fn format(py: &Py, v: &Val, spec: &Val) -> PyResult<Obj> {
    if spec.get::<StrObj>().is_some_and(StrObj::is_empty) {
        if STR.is_exact(v) {
            return Ok(v.to_obj());
        }
        if int::INT.is_exact(v) {
            return str(py, v);
        }
    }
    let Some(r) = super::call_special(py, v, &names::__format__, &[spec])? else {
        return Err(py.type_error(format!(
            "Type {} doesn't define __format__",
            v.ty().full_name()
        )));
    };
    if r.get::<StrObj>().is_none() {
        return Err(py.type_error(format!(
            "__format__ must return a str, not {}",
            r.ty().full_name()
        )));
    }
    Ok(r)
}

/// The text of `repr(v)`, with surrogates replaced.
pub fn repr_text(py: &Py, v: &Val) -> PyResult<String> {
    let r = repr(py, v)?;
    Ok(str::lossy(&r).into_owned())
}

/// Marks a container whose repr runs; unmarks it when dropped.
pub struct ReprGuard<'a> {
    py: &'a Py,
    id: u64,
}

impl Drop for ReprGuard<'_> {
    fn drop(&mut self) {
        let mut g = self.py.repr_guard.borrow_mut();
        if let Some(i) = g.iter().rposition(|&x| x == self.id) {
            g.swap_remove(i);
        }
    }
}

/// `None` when the repr of `v` is already running on this thread: print "[...]".
pub fn repr_enter<'a>(py: &'a Py, v: &Val) -> Option<ReprGuard<'a>> {
    let id = v.id();
    let mut g = py.repr_guard.borrow_mut();
    if g.contains(&id) {
        return None;
    }
    g.push(id);
    Some(ReprGuard { py, id })
}

/// An int as a machine integer.
pub fn to_i64(py: &Py, v: &Val) -> PyResult<i64> {
    let w = v.word();
    if w.is_int() {
        return Ok(w.as_int());
    }
    let n = super::index(py, v)?;
    int::view(&n)
        .and_then(|n| n.to_i64())
        .ok_or_else(|| py.overflow_error("Python int too large to convert to C long"))
}

/// A size or count.
pub fn to_isize(py: &Py, v: &Val) -> PyResult<isize> {
    machine_index(py, v).map_err(|o| o.unwrap_or_else(|| py.overflow_error(too_large(v))))
}

/// A subscript: IndexError if it is out of range for a machine integer.
pub fn to_subscript(py: &Py, v: &Val) -> PyResult<isize> {
    machine_index(py, v).map_err(|o| o.unwrap_or_else(|| py.index_error(too_large(v))))
}

fn too_large(v: &Val) -> String {
    format!(
        "cannot fit '{}' into an index-sized integer",
        v.ty().full_name()
    )
}

/// `Err(None)`: too large.
fn machine_index(py: &Py, v: &Val) -> Result<isize, Option<crate::error::Raised>> {
    let w = v.word();
    if w.is_int() {
        return Ok(w.as_int() as isize);
    }
    let n = super::index(py, v).map_err(Some)?;
    int::view(&n)
        .and_then(|n| n.to_i64())
        .map(|n| n as isize)
        .ok_or(None)
}

/// An index, saturated to the range of a machine integer.
pub fn clamp_index(py: &Py, v: &Val) -> PyResult<isize> {
    let w = v.word();
    if w.is_int() {
        return Ok(w.as_int() as isize);
    }
    let n = super::index(py, v)?;
    Ok(match int::view(&n) {
        Some(IntRef::Small(n)) => n as isize,
        Some(IntRef::Big(b)) if b.sign() == num_bigint::Sign::Minus => isize::MIN,
        _ => isize::MAX,
    })
}

/// A real number as a machine float.
pub fn to_f64(py: &Py, v: &Val) -> PyResult<f64> {
    if let Some(d) = float::view(v) {
        return Ok(d);
    }
    let ty = v.ty();
    if let Some(f) = ty.slots.float.get() {
        let r = f(py, v)?;
        return float_result(py, v, &r);
    }
    if ty.slots.index.addr() != 0 {
        let n = super::index(py, v)?;
        return int_to_f64(py, &n);
    }
    Err(py.type_error(format!("must be real number, not {}", ty.full_name())))
}

/// The value of what `v.__float__()` returned.
pub fn float_result(py: &Py, v: &Val, r: &Val) -> PyResult<f64> {
    if let Some(d) = float::view(r) {
        if !float::FLOAT.is_exact(r) {
            let who = v.ty().full_name();
            warn_of_subclass(py, &format!("{who}.__float__"), "float", r)?;
        }
        return Ok(d);
    }
    Err(py.type_error(format!(
        "{}.__float__ returned non-float (type {})",
        v.ty().full_name(),
        r.ty().full_name()
    )))
}

/// Warns that the conversion method `what` gave an instance of a subclass of `base`.
#[cold]
pub fn warn_of_subclass(py: &Py, what: &str, base: &str, r: &Val) -> PyResult<()> {
    let text = format!(
        "{what} returned non-{base} (type {}).  The ability to return an instance of a strict subclass of {base} \
         is deprecated, and may be removed in a future version of Python.",
        r.ty().full_name()
    );
    crate::stdlib::warnings::warn(
        py,
        &crate::builtins::exceptions::DEPRECATION_WARNING,
        &text,
        1,
    )
}

/// An int as a machine float, or OverflowError.
pub fn int_to_f64(py: &Py, v: &Val) -> PyResult<f64> {
    let d = match int::view(v) {
        Some(IntRef::Small(n)) => n as f64,
        Some(IntRef::Big(b)) => b.to_f64().unwrap_or(f64::INFINITY),
        None => {
            return Err(py.type_error(format!("must be real number, not {}", v.ty().full_name())));
        }
    };
    if d.is_infinite() {
        return Err(py.overflow_error("int too large to convert to float"));
    }
    Ok(d)
}
