//! Searching in bytes and bytearray: find family, count, prefixes and suffixes, `in`, replace.

use super::view::{Data, data, like_vec, recv, unchanged};
use crate::builtins::str::find::check_size;
use crate::builtins::str::unit::{self, span};
use crate::builtins::{int, tuple};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Registers the methods.
pub fn init(t: &mut TypeInit) {
    const SEARCH: &str = "($self, sub, start=None, end=None, /)";
    t.method(
        "find",
        SEARCH,
        Bound(|py, a| Ok(py.int(search(py, a, false)?.map_or(-1, |i| i as i64)))),
    );
    t.method(
        "rfind",
        SEARCH,
        Bound(|py, a| Ok(py.int(search(py, a, true)?.map_or(-1, |i| i as i64)))),
    );
    t.method("index", SEARCH, Bound(|py, a| index(py, a, false)));
    t.method("rindex", SEARCH, Bound(|py, a| index(py, a, true)));
    t.method("count", SEARCH, Bound(count));
    t.method(
        "startswith",
        "($self, prefix, start=None, end=None, /)",
        Bound(|py, a| affix(py, a, "startswith", true)),
    );
    t.method(
        "endswith",
        "($self, suffix, start=None, end=None, /)",
        Bound(|py, a| affix(py, a, "endswith", false)),
    );
    t.method("removeprefix", "($self, prefix, /)", Bound(removeprefix));
    t.method("removesuffix", "($self, suffix, /)", Bound(removesuffix));
    t.method("replace", "($self, old, new, count=-1, /)", Bound(replace));
    t.slots().contains.set(contains);
}

/// A byte value; ValueError if out of range.
pub fn byte(py: &Py, v: &Val, message: &str) -> PyResult<u8> {
    let n = ops::index(py, v)?;
    match int::view(&n).and_then(|n| n.to_i64()) {
        Some(n @ 0..=255) => Ok(n as u8),
        _ => Err(py.value_error(message)),
    }
}

/// What is searched for: bytes-like, or an int.
fn needle<'a>(py: &Py, v: &'a Val) -> PyResult<Data<'a>> {
    if !v.word().is_int() && buffer::supports(v) {
        return data(py, v);
    }
    if int::view(v).is_none() && v.ty().slots.index.get().is_none() {
        return Err(py.type_error(format!(
            "argument should be integer or bytes-like object, not '{}'",
            v.ty().full_name()
        )));
    }
    Ok(Data::Owned(vec![byte(
        py,
        v,
        "byte must be in range(0, 256)",
    )?]))
}

fn search(py: &Py, a: &[Val], last: bool) -> PyResult<Option<usize>> {
    let n = needle(py, &a[1])?;
    let len = recv(&a[0]).len();
    let Some((from, to)) = span(py, &a[2], &a[3], len)? else {
        return Ok(None);
    };
    let h = recv(&a[0]);
    // A bytearray may have shrunk while the bounds were computed.
    let Some(h) = h.get(from..to.min(h.len())) else {
        return Ok(None);
    };
    let found = if last {
        unit::rfind(h, &n)
    } else {
        unit::find(h, &n)
    };
    Ok(found.map(|i| i + from))
}

fn index(py: &Py, a: &[Val], last: bool) -> PyResult<Obj> {
    match search(py, a, last)? {
        Some(i) => Ok(py.int(i as i64)),
        None => Err(py.value_error("subsection not found")),
    }
}

fn count(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = needle(py, &a[1])?;
    let len = recv(&a[0]).len();
    let Some((from, to)) = span(py, &a[2], &a[3], len)? else {
        return Ok(py.int(0));
    };
    let h = recv(&a[0]);
    Ok(py.int(
        h.get(from..to.min(h.len()))
            .map_or(0, |h| unit::count(h, &n, usize::MAX)) as i64,
    ))
}

fn affix(py: &Py, a: &[Val], name: &str, start: bool) -> PyResult<Obj> {
    let len = recv(&a[0]).len();
    let part = span(py, &a[2], &a[3], len)?;
    let test = |p: &[u8]| {
        let h = recv(&a[0]);
        let Some(h) = part.and_then(|(from, to)| h.get(from..to.min(h.len()))) else {
            return false;
        };
        if start {
            h.starts_with(p)
        } else {
            h.ends_with(p)
        }
    };
    if let Some(t) = a[1].get::<tuple::TupleObj>() {
        for p in t.items() {
            let hit = test(&data(py, p)?);
            if hit {
                return Ok(py.bool(true));
            }
        }
        return Ok(py.bool(false));
    }
    if !buffer::supports(&a[1]) {
        let m = format!(
            "{name} first arg must be bytes or a tuple of bytes, not {}",
            a[1].ty().full_name()
        );
        return Err(py.type_error(m));
    }
    let p = data(py, &a[1])?;
    Ok(py.bool(test(&p)))
}

fn removeprefix(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let p = data(py, &a[1])?;
    let cut = recv(&a[0])
        .strip_prefix(&*p)
        .filter(|_| !p.is_empty())
        .map(<[u8]>::to_vec);
    match cut {
        Some(v) => like_vec(py, &a[0], v),
        None => unchanged(py, &a[0]),
    }
}

fn removesuffix(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let p = data(py, &a[1])?;
    let cut = recv(&a[0])
        .strip_suffix(&*p)
        .filter(|_| !p.is_empty())
        .map(<[u8]>::to_vec);
    match cut {
        Some(v) => like_vec(py, &a[0], v),
        None => unchanged(py, &a[0]),
    }
}

fn contains(py: &Py, v: &Val, item: &Val) -> PyResult<bool> {
    if item.word().is_int() || (!buffer::supports(item) && item.ty().slots.index.get().is_some()) {
        let b = byte(py, item, "byte must be in range(0, 256)")?;
        return Ok(memchr::memchr(b, &recv(v)).is_some());
    }
    let n = data(py, item)?;
    Ok(unit::find(&recv(v), &n).is_some())
}

fn replace(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (old, new) = (data(py, &a[1])?, data(py, &a[2])?);
    let max = match a[3].given() {
        Some(n) => usize::try_from(crate::builtins::str::case::ssize(py, n)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let h = recv(&a[0]);
    let mut out = Vec::new();
    if old.is_empty() {
        let times = (h.len() + 1).min(max);
        check_size(py, new.len().checked_mul(times))?;
        for i in 0..times {
            out.extend_from_slice(&new);
            out.extend(h.get(i));
        }
        out.extend_from_slice(h.get(times..).unwrap_or_default());
    } else {
        let at = unit::find_all(&h, &old, max);
        if at.is_empty() {
            drop(h);
            return unchanged(py, &a[0]);
        }
        let len = new
            .len()
            .checked_mul(at.len())
            .and_then(|n| n.checked_add(h.len()));
        check_size(py, len)?;
        let mut from = 0;
        for i in at {
            out.extend_from_slice(&h[from..i]);
            out.extend_from_slice(&new);
            from = i + old.len();
        }
        out.extend_from_slice(&h[from..]);
    }
    drop(h);
    like_vec(py, &a[0], out)
}
