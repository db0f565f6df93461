//! Splitting, stripping, joining and translating of bytes and bytearray.

use super::view::{data, like, like_vec, recv, unchanged};
use crate::builtins::exceptions::TYPE_ERROR;
use crate::builtins::list::ListObj;
use crate::builtins::str::find::check_size;
use crate::builtins::str::split::{
    Part, lines, max_arg, on_separator, on_space, on_space_right, stripped,
};
use crate::builtins::str::unit;
use crate::builtins::tuple::TupleObj;
use crate::builtins::{bytes, list, tuple};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::native::TypeInit;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Registers the methods.
pub fn init(t: &mut TypeInit) {
    t.method(
        "split",
        "($self, /, sep=None, maxsplit=-1)",
        Bound(|py, a| split(py, a, false)),
    );
    t.method(
        "rsplit",
        "($self, /, sep=None, maxsplit=-1)",
        Bound(|py, a| split(py, a, true)),
    );
    t.method(
        "splitlines",
        "($self, /, keepends=False)",
        Bound(splitlines),
    );
    t.method(
        "partition",
        "($self, sep, /)",
        Bound(|py, a| partition(py, a, false)),
    );
    t.method(
        "rpartition",
        "($self, sep, /)",
        Bound(|py, a| partition(py, a, true)),
    );
    t.method(
        "strip",
        "($self, bytes=None, /)",
        Bound(|py, a| strip(py, a, true, true)),
    );
    t.method(
        "lstrip",
        "($self, bytes=None, /)",
        Bound(|py, a| strip(py, a, true, false)),
    );
    t.method(
        "rstrip",
        "($self, bytes=None, /)",
        Bound(|py, a| strip(py, a, false, true)),
    );
    t.method("join", "($self, iterable_of_bytes, /)", Bound(join));
    t.method(
        "translate",
        "($self, table, /, delete=b'')",
        Bound(translate),
    );
    t.staticmethod("maketrans", "(frm, to, /)", Bound(maketrans));
}

/// White space of bytes.
pub fn space(c: u8) -> bool {
    matches!(c, b' ' | 9..=13)
}

fn parts(py: &Py, v: &Val, pieces: Vec<Vec<u8>>) -> PyResult<Obj> {
    let items = pieces
        .into_iter()
        .map(|b| like_vec(py, v, b))
        .collect::<PyResult<Vec<_>>>()?;
    Ok(list::new(py, items))
}

fn cut(h: &[u8], found: Vec<Part>) -> Vec<Vec<u8>> {
    found
        .into_iter()
        .map(|(from, to)| h[from..to].to_vec())
        .collect()
}

fn split(py: &Py, a: &[Val], right: bool) -> PyResult<Obj> {
    let max = max_arg(py, &a[2])?;
    let pieces = match a[1].not_none() {
        None => {
            let h = recv(&a[0]);
            cut(
                &h,
                if right {
                    on_space_right(&h[..], max, space)
                } else {
                    on_space(&h[..], max, space)
                },
            )
        }
        Some(sep) => {
            let sep = data(py, sep)?;
            if sep.is_empty() {
                return Err(py.value_error("empty separator"));
            }
            let h = recv(&a[0]);
            cut(&h, on_separator(&h[..], &sep, max, right))
        }
    };
    parts(py, &a[0], pieces)
}

fn splitlines(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let keep = match a[1].given() {
        Some(v) => ops::truth(py, v)?,
        None => false,
    };
    let pieces = {
        let h = recv(&a[0]);
        cut(&h, lines(&h[..], keep, |c| c == 10 || c == 13))
    };
    parts(py, &a[0], pieces)
}

fn partition(py: &Py, a: &[Val], right: bool) -> PyResult<Obj> {
    let sep = data(py, &a[1])?;
    if sep.is_empty() {
        return Err(py.value_error("empty separator"));
    }
    let h = recv(&a[0]).to_vec();
    let found = if right {
        unit::rfind(&h, &sep)
    } else {
        unit::find(&h, &sep)
    };
    let v = &a[0];
    Ok(tuple::new(
        py,
        match found {
            Some(i) => vec![
                like(py, v, &h[..i])?,
                like(py, v, &sep)?,
                like(py, v, &h[i + sep.len()..])?,
            ],
            None if right => vec![like(py, v, b"")?, like(py, v, b"")?, unchanged(py, v)?],
            None => vec![unchanged(py, v)?, like(py, v, b"")?, like(py, v, b"")?],
        },
    ))
}

fn strip(py: &Py, a: &[Val], left: bool, right: bool) -> PyResult<Obj> {
    let chars = match a[1].not_none() {
        Some(c) => Some(data(py, c)?),
        None => None,
    };
    let h = recv(&a[0]);
    let (from, to) = match &chars {
        None => stripped(&h[..], left, right, space),
        Some(set) => stripped(&h[..], left, right, |c| set.contains(&c)),
    };
    if from == 0 && to == h.len() {
        drop(h);
        return unchanged(py, &a[0]);
    }
    let out = h[from..to].to_vec();
    drop(h);
    like_vec(py, &a[0], out)
}

fn join(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let items = if let Some(t) = a[1].get::<TupleObj>() {
        t.items().iter().map(Val::to_obj).collect()
    } else if let Some(l) = a[1].get::<ListObj>() {
        l.to_vec()
    } else {
        let it = ops::iter(py, &a[1]).map_err(|e| {
            if e.is(&TYPE_ERROR) {
                py.type_error("can only join an iterable")
            } else {
                e
            }
        })?;
        // A bytearray must not change its size meanwhile.
        let _export = buffer::bytes_like(py, &a[0])?;
        ops::collect(py, &it)?
    };
    if let [one] = &items[..]
        && bytes::BYTES.is_exact(one)
        && bytes::BYTES.check(&a[0])
    {
        return Ok(one.clone());
    }
    let sep = recv(&a[0]).to_vec();
    let mut out = Vec::new();
    for (i, v) in items.iter().enumerate() {
        if !buffer::supports(v) {
            let m = format!(
                "sequence item {i}: expected a bytes-like object, {} found",
                v.ty().full_name()
            );
            return Err(py.type_error(m));
        }
        let d = data(py, v)?;
        check_size(py, out.len().checked_add(d.len()))?;
        if i > 0 {
            out.extend_from_slice(&sep);
        }
        out.extend_from_slice(&d);
    }
    like_vec(py, &a[0], out)
}

fn translate(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let table = match a[1].not_none() {
        Some(t) => {
            let t = data(py, t)?;
            if t.len() != 256 {
                return Err(py.value_error("translation table must be 256 characters long"));
            }
            Some(t)
        }
        None => None,
    };
    let mut keep = [true; 256];
    if let Some(d) = a[2].given() {
        data(py, d)?.iter().for_each(|&c| keep[c as usize] = false);
    }
    let out: Vec<u8> = recv(&a[0])
        .iter()
        .filter(|&&c| keep[c as usize])
        .map(|&c| table.as_ref().map_or(c, |t| t[c as usize]))
        .collect();
    like_vec(py, &a[0], out)
}

fn maketrans(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let (from, to) = (data(py, &a[0])?, data(py, &a[1])?);
    if from.len() != to.len() {
        return Err(py.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    from.iter()
        .zip(to.iter())
        .for_each(|(&f, &t)| table[f as usize] = t);
    Ok(bytes::new(py, &table))
}
