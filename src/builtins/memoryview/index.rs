//! Indexing, slicing and assignment of memoryviews.

use super::{MemoryViewObj, State, derive};
use crate::builtins::tuple::TupleObj;
use crate::builtins::{int, slice};
use crate::error::PyResult;
use crate::object::buffer;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

fn is_index(v: &Val) -> bool {
    int::view(v).is_some() || v.ty().slots.index.get().is_some()
}

/// Address of item `i` along a dimension.
fn along(py: &Py, s: &State, at: *mut u8, dim: usize, i: isize) -> PyResult<*mut u8> {
    let n = s.shape[dim];
    let k = if i < 0 { i.saturating_add(n) } else { i };
    if k < 0 || k >= n {
        return Err(py.index_error(format!("index out of bounds on dimension {}", dim + 1)));
    }
    Ok(at.wrapping_offset(k * s.strides[dim]))
}

fn index_of(py: &Py, v: &Val) -> PyResult<isize> {
    ops::to_isize(py, v).map_err(|e| {
        if e.is(&crate::builtins::exceptions::OVERFLOW_ERROR) {
            py.index_error(format!(
                "cannot fit '{}' into an index-sized integer",
                v.ty().name()
            ))
        } else {
            e
        }
    })
}

/// What a key selects.
enum Target {
    Item(*mut u8),
    Part(State),
}

fn select(py: &Py, s: &State, key: &Val) -> PyResult<Target> {
    if s.ndim() == 0 {
        let whole = key.is(&crate::builtins::singletons::ELLIPSIS);
        if key.get::<TupleObj>().is_some_and(TupleObj::is_empty) || whole {
            return Ok(if whole {
                Target::Part(s.clone())
            } else {
                Target::Item(s.ptr)
            });
        }
        return Err(py.type_error("invalid indexing of 0-dim memory"));
    }
    if is_index(key) {
        if s.ndim() > 1 {
            return Err(py.not_implemented_error("multi-dimensional sub-views are not implemented"));
        }
        let i = index_of(py, key)?;
        return Ok(Target::Item(along(py, s, s.ptr, 0, i)?));
    }
    if slice::SLICE.check(key) {
        let (start, stop, step) = slice::unpack(py, key)?;
        let (from, _, n) = slice::adjust(s.shape[0] as usize, start, stop, step);
        let mut part = s.clone();
        part.ptr = s.ptr.wrapping_offset(from.max(0) * s.strides[0]);
        part.shape[0] = n as isize;
        part.strides[0] = s.strides[0].wrapping_mul(step);
        return Ok(Target::Part(part));
    }
    if let Some(t) = key.get::<TupleObj>() {
        if t.items().iter().all(is_index) {
            if t.len() < s.ndim() {
                return Err(py.not_implemented_error("sub-views are not implemented"));
            }
            if t.len() > s.ndim() {
                return Err(py.type_error(format!(
                    "cannot index {}-dimension view with {}-element tuple",
                    s.ndim(),
                    t.len()
                )));
            }
            let mut at = s.ptr;
            for (dim, v) in t.items().iter().enumerate() {
                at = along(py, s, at, dim, index_of(py, v)?)?;
            }
            return Ok(Target::Item(at));
        }
        if t.items().iter().all(|v| slice::SLICE.check(v)) {
            return Err(py.not_implemented_error("multi-dimensional slicing is not implemented"));
        }
    }
    Err(py.type_error("memoryview: invalid slice key"))
}

/// `view[key]`
pub fn get(py: &Py, v: &Val, key: &Val) -> PyResult<Obj> {
    let m = v.cast::<MemoryViewObj>();
    let s = m.state(py)?;
    if key.is(&crate::builtins::singletons::ELLIPSIS) && s.ndim() > 0 {
        return Ok(v.to_obj());
    }
    match select(py, &s, key)? {
        Target::Item(at) => {
            let code = s.code(py)?;
            // Computing the index may have released the view.
            m.state(py)?;
            Ok(s.read(py, code, at))
        }
        Target::Part(p) => {
            m.state(py)?;
            Ok(derive(py, m, p))
        }
    }
}

/// `view[key] = value`
pub fn set(py: &Py, v: &Val, key: &Val, value: Option<&Val>) -> PyResult<()> {
    let m = v.cast::<MemoryViewObj>();
    let s = m.state(py)?;
    if s.readonly {
        return Err(py.type_error("cannot modify read-only memory"));
    }
    let Some(value) = value else {
        return Err(py.type_error("cannot delete memory"));
    };
    match select(py, &s, key)? {
        Target::Item(at) => {
            let code = s.code(py)?;
            // The conversion of the value may run Python code that releases the view, so it is kept exported meanwhile.
            let _keep = super::lend(py, v, true)?;
            s.write(py, code, at, value)
        }
        Target::Part(_) if s.ndim() > 1 => Err(py.not_implemented_error(
            "memoryview slice assignments are currently restricted to ndim = 1",
        )),
        Target::Part(p) => {
            let source = buffer::get_any(py, value, false)?;
            let same = source.itemsize == p.itemsize
                && source.shape == p.shape
                && source.format.trim_start_matches('@') == p.format.trim_start_matches('@');
            if !same {
                return Err(py.value_error(
                    "memoryview assignment: lvalue and rvalue have different structures",
                ));
            }
            m.state(py)?;
            // The source may be the same memory: copied first.
            let b = source.to_vec();
            let mut items = b.chunks_exact(p.itemsize.max(1));
            p.each(&mut |at| {
                if let Some(item) = items.next() {
                    // SAFETY: an item lies at each address of the view, which is writable.
                    unsafe { std::ptr::copy_nonoverlapping(item.as_ptr(), at, item.len()) };
                }
            });
            Ok(())
        }
    }
}
