//! Iteration and unpacking.

use super::Slots;
use super::load_store::drop_and_next;
use crate::builtins::generator::{self, GENERATOR, GenObj};
use crate::builtins::iterators::{LIST_ITER, ListIter, TUPLE_ITER, TupleIter};
use crate::builtins::list::ListObj;
use crate::builtins::range::{RANGE_ITER, RangeIter};
use crate::builtins::tuple::TupleObj;
use crate::builtins::{list, str};
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::heap::count;
use crate::interp::frame::Frame;
use crate::object::ops;
use crate::object::value::{Obj, UNBOUND, Word};
use crate::thread::Py;
use std::sync::atomic::Ordering;

/// What a quick step of an iterator gave.
enum Step {
    /// A word without a count of its own.
    Item(Word),
    Exhausted,
    /// Not one of the known iterators.
    Other,
}

pub mod op {
    use super::*;

    plain!(GET_ITER, get_iter);

    handler!(FOR_ITER(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let it = Word(*base.add(i.b() as usize));
        if it.is_ptr() {
            let h = it.ptr();
            let shape = (*h).shape_ptr();
            let step = if std::ptr::eq(shape, RANGE_ITER.shape()) {
                match (*h).payload::<RangeIter>().advance() {
                    Some(n) => match Word::int(n) {
                        Some(w) => Step::Item(w),
                        None => Step::Other,
                    },
                    None => Step::Exhausted,
                }
            } else if std::ptr::eq(shape, LIST_ITER.shape()) {
                let l = (*h).payload::<ListIter>();
                list_step(l)
            } else if std::ptr::eq(shape, TUPLE_ITER.shape()) {
                let t = (*h).payload::<TupleIter>();
                tuple_step(t)
            } else if std::ptr::eq(shape, GENERATOR.shape()) {
                return resume_generator(ip, base, table, py, frame, w);
            } else {
                Step::Other
            };
            if let Step::Item(mut v) = step {
                if v.is_ptr() {
                    v = count::acquire_for_frame(v.ptr());
                }
                let p = base.add(i.a() as usize);
                let old = Word(*p);
                *p = v.0;
                if old.is_owned_ptr() {
                    return drop_and_next(ip, base, old.0, py, frame);
                }
                next!(ip, base, table, py, frame)
            }
            if let Step::Exhausted = step {
                *base.add(i.b() as usize) = UNBOUND.0;
                let ip = ip.offset(i.sc() as isize - 1);
                if it.is_owned_ptr() {
                    return drop_and_next(ip, base, it.0, py, frame);
                }
                next!(ip, base, table, py, frame)
            }
        }
        return for_iter_slow(ip, base, table, py, frame, w);
    });

    plain!(UNPACK, unpack);
    plain!(UNPACK_EX, unpack_ex);
}

#[inline(always)]
fn list_step(l: &ListIter) -> Step {
    let seq = l.list.word();
    if seq.is_unbound() {
        return Step::Exhausted;
    }
    // SAFETY: the iterator keeps its list.
    let s = unsafe { (*seq.ptr()).payload::<ListObj>() }.slots();
    let n = l.index.load(Ordering::Relaxed);
    if n < s.len() {
        l.index.store(n + 1, Ordering::Relaxed);
        let w = s[n].word();
        return if w.is_unbound() {
            Step::Other
        } else {
            Step::Item(w)
        };
    }
    // The general step also lets go of the list.
    Step::Other
}

#[inline(always)]
fn tuple_step(t: &TupleIter) -> Step {
    let seq = t.tuple.word();
    if seq.is_unbound() {
        return Step::Exhausted;
    }
    // SAFETY: the iterator keeps its tuple.
    let s = unsafe { (*seq.ptr()).payload::<TupleObj>() }.items();
    let n = t.index.load(Ordering::Relaxed);
    if n < s.len() {
        t.index.store(n + 1, Ordering::Relaxed);
        return Step::Item(s[n].word());
    }
    Step::Other
}

handler!(#[inline(never)] resume_generator(ip, base, table, py, frame, w) {
    (*frame).ip = ip;
    let i = Instr(w);
    let v = Slots(base).val(i.b());
    let g = v.cast::<GenObj>();
    match generator::start(py, v, g, (*frame).top(), i.a(), 0) {
        Ok(Some(callee)) => {
            generator::deliver(callee, crate::builtins::singletons::NONE.word());
            next!((*callee).ip, (*callee).base, reload!(py), py, callee)
        }
        Ok(None) => {
            Slots(base).clear(i.b());
            next!(ip.offset(i.sc() as isize - 1), base, reload!(py), py, frame)
        }
        Err(e) => throw!(e, ip, base, table, py, frame, w),
    }
});

// True when the iterator is exhausted.
out_of_line!(for_iter_slow, jump sc, |py, s, i, frame, at| for_iter(py, s, i).map(|more| !more));

fn for_iter(py: &Py, s: Slots, i: Instr) -> PyResult<bool> {
    match ops::next(py, s.val(i.b()))? {
        Some(v) => {
            s.put(i.a(), v);
            Ok(true)
        }
        None => {
            s.clear(i.b());
            Ok(false)
        }
    }
}

fn get_iter(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let it = ops::iter(py, s.val(i.b()))?;
    s.finish(i, it);
    Ok(())
}

fn too_many(py: &Py, n: usize, got: Option<usize>) -> crate::error::Raised {
    py.value_error(match got {
        Some(got) => format!("too many values to unpack (expected {n}, got {got})"),
        None => format!("too many values to unpack (expected {n})"),
    })
}

fn unpack(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let n = i.c() as usize;
    let v = s.val(i.b());
    if crate::builtins::tuple::TUPLE.is_exact(v) {
        let items = v.cast::<TupleObj>().items();
        if items.len() == n {
            let dying = s.is_dying(i);
            // The source may be among the destinations only as a consumed temporary: it is kept until the end.
            let keep = if i.x() & x::B_TEMP != 0 {
                Some(s.take(i.b()))
            } else {
                None
            };
            if dying
                && let Some(t) = &keep
                && t.header().is_some_and(count::is_unique)
            {
                // Nobody else knows the tuple: its items move.
                for k in 0..n {
                    // SAFETY: unique, and dropped before anything can look at it.
                    let w = unsafe { t.cast::<TupleObj>().take_item(k) };
                    s.put_word(i.a() + k as u16, w);
                }
            } else {
                for (k, item) in items.iter().enumerate() {
                    // SAFETY: read from a tuple that lives until the end of the instruction at least.
                    s.put_word(i.a() + k as u16, unsafe { count::load(item.word(), dying) });
                }
            }
            drop(keep);
            return Ok(());
        }
        return Err(if items.len() > n {
            too_many(py, n, Some(items.len()))
        } else {
            too_few(py, n, items.len())
        });
    }
    let values: Vec<Obj> = if list::LIST.is_exact(v) {
        let items = v.cast::<ListObj>().to_vec();
        if items.len() > n {
            return Err(too_many(py, n, Some(items.len())));
        }
        items
    } else {
        let known = crate::builtins::dict::DICT.is_exact(v);
        let it = ops::iter(py, v).map_err(|e| {
            if e.is(&crate::builtins::exceptions::TYPE_ERROR) && !ops::is_iterable(py, v) {
                py.type_error(format!(
                    "cannot unpack non-iterable {} object",
                    v.ty().name()
                ))
            } else {
                e
            }
        })?;
        let mut out = Vec::with_capacity(n);
        while let Some(item) = ops::next(py, &it)? {
            if out.len() == n {
                let got = if known { ops::len(py, v).ok() } else { None };
                return Err(too_many(py, n, got));
            }
            out.push(item);
        }
        out
    };
    if values.len() < n {
        return Err(too_few(py, n, values.len()));
    }
    if i.x() & x::B_TEMP != 0 {
        s.clear(i.b());
    }
    for (k, item) in values.into_iter().enumerate() {
        s.put(i.a() + k as u16, item);
    }
    Ok(())
}

fn too_few(py: &Py, n: usize, got: usize) -> crate::error::Raised {
    py.value_error(format!(
        "not enough values to unpack (expected {n}, got {got})"
    ))
}

fn unpack_ex(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let (before, after) = ((i.c() & 0xff) as usize, (i.c() >> 8) as usize);
    let v = s.val(i.b());
    if !ops::is_iterable(py, v) {
        return Err(py.type_error(format!(
            "cannot unpack non-iterable {} object",
            v.ty().name()
        )));
    }
    let mut values = ops::collect(py, v)?;
    if values.len() < before + after {
        return Err(py.value_error(format!(
            "not enough values to unpack (expected at least {}, got {})",
            before + after,
            values.len()
        )));
    }
    if i.x() & x::B_TEMP != 0 {
        s.clear(i.b());
    }
    let tail = values.split_off(values.len() - after);
    let middle = values.split_off(before);
    let mut at = i.a();
    for v in values {
        s.put(at, v);
        at += 1;
    }
    s.put(at, list::new(py, middle));
    for v in tail {
        at += 1;
        s.put(at, v);
    }
    Ok(())
}

/// Joins the parts of an f-string.
pub(super) fn build_string(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let parts = s.vals(i.b(), i.c() as usize);
    let mut b = str::Builder::new();
    for p in parts {
        b.push_obj(p.cast::<str::StrObj>());
    }
    let r = b.finish(py);
    s.clear_window(i.b(), i.c() as usize);
    s.put(i.a(), r);
    Ok(())
}
