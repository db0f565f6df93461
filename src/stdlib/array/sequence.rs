//! Indexing, slices, operators, comparison, repr.

use super::{ArrayObj, make, this};
use crate::builtins::iterators::{push_repr, seq};
use crate::builtins::list;
use crate::builtins::slice::{self, SliceObj};
use crate::builtins::str::Builder;
use crate::error::PyResult;
use crate::object::native::TypeInit;
use crate::object::ops;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::value::{Obj, Val};
use crate::thread::Py;

pub(super) fn add(t: &mut TypeInit) {
    let s = t.slots();
    s.repr.set(repr);
    s.len.set(|_, v| Ok(this(v).len()));
    s.iter.set(|py, v| Ok(seq::seq_iter(py, v)));
    s.getitem.set(getitem);
    s.setitem.set(setitem);
    s.compare.set(compare);
    s.contains.set(|py, v, x| {
        let a = this(v);
        let mut i = 0;
        while let Some(item) = a.value(py, i) {
            if ops::eq(py, &item, x)? {
                return Ok(true);
            }
            i += 1;
        }
        Ok(false)
    });
    s.bin(BinOp::Add).set(concat);
    s.bin(BinOp::Mul).set(repeat);
    s.inp(BinOp::Add).set(|py, a, b| {
        let Some(other) = b.get::<ArrayObj>() else {
            return Err(py.type_error(format!(
                "can only extend with array (not \"{}\")",
                b.ty().full_name()
            )));
        };
        super::methods::extend_array(py, this(a), other)?;
        Ok(a.to_obj())
    });
    s.inp(BinOp::Mul).set(|py, a, b| {
        if !ops::number::has_index(b) {
            return Ok(py.not_implemented());
        }
        let n = usize::try_from(ops::to_isize(py, b)?).unwrap_or(0);
        let bytes = repeated(py, &this(a).bytes(), n)?;
        this(a).edit(py, |d| *d = bytes)?;
        Ok(a.to_obj())
    });
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let a = this(v);
    let mut b = Builder::new();
    b.push_str(&format!("{}('{}'", v.ty().name(), char::from(a.kind.code)));
    if a.len() > 0 {
        b.push_str(", ");
        let content = if a.kind.is_text() {
            super::methods::text(py, a)?
        } else {
            list::new(py, a.values(py))
        };
        push_repr(py, &mut b, &content)?;
    }
    b.push_str(")");
    Ok(b.finish(py))
}

fn getitem(py: &Py, v: &Val, k: &Val) -> PyResult<Obj> {
    let a = this(v);
    if k.get::<SliceObj>().is_some() {
        let bytes = a.bytes();
        let size = a.kind.size;
        let (start, step, n) = slice::indices(py, k, bytes.len() / size)?;
        if step == 1 {
            return Ok(make(
                py,
                a.kind,
                bytes[start * size..(start + n) * size].to_vec(),
            ));
        }
        let mut out = Vec::with_capacity(n * size);
        for i in 0..n as isize {
            let at = (start as isize + i * step) as usize * size;
            out.extend_from_slice(&bytes[at..at + size]);
        }
        return Ok(make(py, a.kind, out));
    }
    if !ops::number::has_index(k) {
        return Err(py.type_error("array indices must be integers"));
    }
    let i = slice::position(py, k, a.len(), "array index out of range")?;
    a.value(py, i)
        .ok_or_else(|| py.index_error("array index out of range"))
}

fn setitem(py: &Py, v: &Val, k: &Val, value: Option<&Val>) -> PyResult<()> {
    let a = this(v);
    let size = a.kind.size;
    if k.get::<SliceObj>().is_some() {
        let new = match value {
            None => Vec::new(),
            Some(x) => {
                let Some(other) = x.get::<ArrayObj>() else {
                    return Err(py.type_error(format!(
                        "can only assign array (not \"{}\") to array slice",
                        x.ty().full_name()
                    )));
                };
                if other.kind != a.kind {
                    return Err(py.type_error("bad argument type for built-in operation"));
                }
                other.bytes()
            }
        };
        return set_slice(py, a, k, new, value.is_none());
    }
    if !ops::number::has_index(k) {
        return Err(py.type_error("array indices must be integers"));
    }
    let i = slice::position(py, k, a.len(), "array assignment index out of range")?;
    match value {
        Some(x) => {
            let item = a.kind.put(py, x)?;
            let mut s = a.state.lock();
            match s.data.get_mut(i * size..(i + 1) * size) {
                Some(place) => place.copy_from_slice(&item[..size]),
                None => {
                    drop(s);
                    return Err(py.index_error("array assignment index out of range"));
                }
            }
        }
        None => a.edit(py, |d| {
            if (i + 1) * size <= d.len() {
                d.drain(i * size..(i + 1) * size);
            }
        })?,
    }
    Ok(())
}

fn set_slice(py: &Py, a: &ArrayObj, k: &Val, new: Vec<u8>, delete: bool) -> PyResult<()> {
    let size = a.kind.size;
    let (start, step, n) = slice::indices(py, k, a.len())?;
    if step == 1 {
        return a.edit(py, |d| {
            let from = (start * size).min(d.len());
            let to = ((start + n) * size).clamp(from, d.len());
            d.splice(from..to, new);
        });
    }
    if delete {
        let mut gone: Vec<usize> = (0..n as isize)
            .map(|i| (start as isize + i * step) as usize)
            .collect();
        gone.sort_unstable();
        return a.edit(py, |d| {
            for i in gone.into_iter().rev() {
                if (i + 1) * size <= d.len() {
                    d.drain(i * size..(i + 1) * size);
                }
            }
        });
    }
    if new.len() != n * size {
        return Err(py.value_error(format!(
            "attempt to assign array of size {} to extended slice of size {n}",
            new.len() / size
        )));
    }
    let mut s = a.state.lock();
    for (i, item) in new.chunks_exact(size).enumerate() {
        let at = (start as isize + i as isize * step) as usize * size;
        if let Some(place) = s.data.get_mut(at..at + size) {
            place.copy_from_slice(item);
        }
    }
    Ok(())
}

fn compare(py: &Py, x: &Val, y: &Val, op: CmpOp) -> PyResult<Obj> {
    let (Some(a), Some(b)) = (x.get::<ArrayObj>(), y.get::<ArrayObj>()) else {
        return Ok(py.not_implemented());
    };
    let (m, n) = (a.len(), b.len());
    if m != n && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(py.bool(op == CmpOp::Ne));
    }
    if a.kind == b.kind
        && matches!(op, CmpOp::Eq | CmpOp::Ne)
        && !matches!(a.kind.code, b'f' | b'd')
    {
        return Ok(py.bool((a.bytes() == b.bytes()) == (op == CmpOp::Eq)));
    }
    for i in 0..m.min(n) {
        let (Some(p), Some(q)) = (a.value(py, i), b.value(py, i)) else {
            break;
        };
        if !ops::compare_bool(py, &p, &q, CmpOp::Eq)? {
            return match op {
                CmpOp::Eq => Ok(py.bool(false)),
                CmpOp::Ne => Ok(py.bool(true)),
                op => ops::compare(py, &p, &q, op),
            };
        }
    }
    Ok(py.bool(op.of(m.cmp(&n))))
}

fn concat(py: &Py, x: &Val, y: &Val) -> PyResult<Obj> {
    let Some(a) = x.get::<ArrayObj>() else {
        return Ok(py.not_implemented());
    };
    let Some(b) = y.get::<ArrayObj>() else {
        return Err(py.type_error(format!(
            "can only append array (not \"{}\") to array",
            y.ty().full_name()
        )));
    };
    if a.kind != b.kind {
        return Err(py.type_error("bad argument type for built-in operation"));
    }
    let mut bytes = a.bytes();
    bytes.extend(b.bytes());
    Ok(make(py, a.kind, bytes))
}

fn repeated(py: &Py, bytes: &[u8], n: usize) -> PyResult<Vec<u8>> {
    let total = bytes
        .len()
        .checked_mul(n)
        .ok_or_else(|| py.memory_error())?;
    let mut out = Vec::new();
    out.try_reserve_exact(total)
        .map_err(|_| py.memory_error())?;
    for _ in 0..n {
        out.extend_from_slice(bytes);
        if bytes.is_empty() {
            break;
        }
    }
    Ok(out)
}

fn repeat(py: &Py, x: &Val, y: &Val) -> PyResult<Obj> {
    let (v, count) = if x.get::<ArrayObj>().is_some() {
        (x, y)
    } else {
        (y, x)
    };
    let Some(a) = v.get::<ArrayObj>() else {
        return Ok(py.not_implemented());
    };
    if !ops::number::has_index(count) {
        return Ok(py.not_implemented());
    }
    let n = usize::try_from(ops::to_isize(py, count)?).unwrap_or(0);
    Ok(make(py, a.kind, repeated(py, &a.bytes(), n)?))
}
