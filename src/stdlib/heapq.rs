//! `_heapq`: heaps in lists, smallest item first (and largest first for the `_max` functions).
//!
//! Comparisons may run Python code that changes the list; each function checks the length after each comparison and raises
//! RuntimeError instead of going on with a stale position.

use crate::builtins::list::ListObj;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// The module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_heapq");
    m.doc("Heap queue algorithm (a.k.a. priority queue).");
    m.function(
        "heappush",
        "(heap, item, /)",
        Bound(|py, a| push(py, a, false)),
    );
    m.function("heappop", "(heap, /)", Bound(|py, a| pop(py, a, false)));
    m.function("heapify", "(heap, /)", Bound(|py, a| heapify(py, a, false)));
    m.function(
        "heapreplace",
        "(heap, item, /)",
        Bound(|py, a| replace(py, a, false)),
    );
    m.function(
        "heappushpop",
        "(heap, item, /)",
        Bound(|py, a| pushpop(py, a, false)),
    );
    m.function(
        "heappush_max",
        "(heap, item, /)",
        Bound(|py, a| push(py, a, true)),
    );
    m.function("heappop_max", "(heap, /)", Bound(|py, a| pop(py, a, true)));
    m.function(
        "heapify_max",
        "(heap, /)",
        Bound(|py, a| heapify(py, a, true)),
    );
    m.function(
        "heapreplace_max",
        "(heap, item, /)",
        Bound(|py, a| replace(py, a, true)),
    );
    m.function(
        "heappushpop_max",
        "(heap, item, /)",
        Bound(|py, a| pushpop(py, a, true)),
    );
    m.str("__about__", "Heaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for all k, counting elements from 0.");
    m.finish()
}

fn heap<'a>(py: &Py, name: &str, v: &'a Val) -> PyResult<&'a ListObj> {
    let bad = || {
        py.type_error(format!(
            "{name}() argument 1 must be list, not {}",
            v.ty().full_name()
        ))
    };
    v.get::<ListObj>().ok_or_else(bad)
}

/// Whether `a` belongs above `b`.
#[inline]
fn above(py: &Py, a: &Val, b: &Val, max: bool) -> PyResult<bool> {
    let (a, b) = if max { (b, a) } else { (a, b) };
    let (x, y) = (a.word(), b.word());
    if x.is_int() && y.is_int() {
        return Ok(x.as_int() < y.as_int());
    }
    ops::compare_bool(py, a, b, CmpOp::Lt)
}

fn at(py: &Py, l: &ListObj, i: usize) -> PyResult<Obj> {
    l.get(i).ok_or_else(|| changed(py))
}

#[cold]
fn changed(py: &Py) -> crate::error::Raised {
    py.runtime_error("list changed size during iteration")
}

/// `above` for items of a list of `n`, which must not change meanwhile.
fn checked(py: &Py, l: &ListObj, n: usize, a: &Val, b: &Val, max: bool) -> PyResult<bool> {
    let r = above(py, a, b, max)?;
    if l.len() != n {
        Err(changed(py))
    } else {
        Ok(r)
    }
}

fn swap(py: &Py, l: &ListObj, i: usize, j: usize) -> PyResult<()> {
    let (x, y) = (at(py, l, i)?, at(py, l, j)?);
    l.set(i, y);
    l.set(j, x);
    Ok(())
}

/// Moves item `pos` up, at most to `start`.
fn sift_up(py: &Py, l: &ListObj, start: usize, mut pos: usize, max: bool) -> PyResult<()> {
    let n = l.len();
    while pos > start {
        let parent = (pos - 1) / 2;
        let (x, p) = (at(py, l, pos)?, at(py, l, parent)?);
        if !checked(py, l, n, &x, &p, max)? {
            break;
        }
        swap(py, l, pos, parent)?;
        pos = parent;
    }
    Ok(())
}

/// Moves item `pos` down to a leaf along the upper children, then up to its place.
fn sift_down(py: &Py, l: &ListObj, start: usize, max: bool) -> PyResult<()> {
    let n = l.len();
    let mut pos = start;
    while 2 * pos + 1 < n {
        let mut child = 2 * pos + 1;
        if child + 1 < n {
            let (a, b) = (at(py, l, child)?, at(py, l, child + 1)?);
            if !checked(py, l, n, &a, &b, max)? {
                child += 1;
            }
        }
        swap(py, l, pos, child)?;
        pos = child;
    }
    sift_up(py, l, start, pos, max)
}

fn push(py: &Py, a: &[Val], max: bool) -> PyResult<Obj> {
    let l = heap(py, if max { "heappush_max" } else { "heappush" }, &a[0])?;
    l.push(py, a[1].to_obj())?;
    sift_up(py, l, 0, l.len() - 1, max)?;
    Ok(py.none())
}

fn pop(py: &Py, a: &[Val], max: bool) -> PyResult<Obj> {
    let l = heap(py, if max { "heappop_max" } else { "heappop" }, &a[0])?;
    let Some(last) = l.pop() else {
        return Err(py.index_error("index out of range"));
    };
    let Some(top) = l.get(0) else { return Ok(last) };
    l.set(0, last);
    sift_down(py, l, 0, max)?;
    Ok(top)
}

fn heapify(py: &Py, a: &[Val], max: bool) -> PyResult<Obj> {
    let l = heap(py, if max { "heapify_max" } else { "heapify" }, &a[0])?;
    for i in (0..l.len() / 2).rev() {
        sift_down(py, l, i, max)?;
    }
    Ok(py.none())
}

fn replace(py: &Py, a: &[Val], max: bool) -> PyResult<Obj> {
    let l = heap(
        py,
        if max {
            "heapreplace_max"
        } else {
            "heapreplace"
        },
        &a[0],
    )?;
    let Some(top) = l.get(0) else {
        return Err(py.index_error("index out of range"));
    };
    l.set(0, a[1].to_obj());
    sift_down(py, l, 0, max)?;
    Ok(top)
}

fn pushpop(py: &Py, a: &[Val], max: bool) -> PyResult<Obj> {
    let l = heap(
        py,
        if max {
            "heappushpop_max"
        } else {
            "heappushpop"
        },
        &a[0],
    )?;
    let Some(top) = l.get(0) else {
        return Ok(a[1].to_obj());
    };
    if !above(py, &top, &a[1], max)? {
        return Ok(a[1].to_obj());
    }
    let Some(top) = l.get(0) else {
        return Err(py.index_error("index out of range"));
    };
    l.set(0, a[1].to_obj());
    sift_down(py, l, 0, max)?;
    Ok(top)
}
