//! Iteration and unpacking.

use super::Slots;
use crate::builtins::generator::{self, GenObj};
use crate::builtins::iterators::{ListIter, TupleIter};
use crate::builtins::list::ListObj;
use crate::builtins::range::RangeIter;
use crate::builtins::tuple::TupleObj;
use crate::builtins::{list, str};
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::heap::count;
use crate::interp::frame::Frame;
use crate::object::ops;
use crate::object::shape::Kind;
use crate::object::value::{Obj, UNBOUND, Word};
use crate::thread::Py;
use std::sync::atomic::Ordering;

pub mod op {
    use super::*;

    plain!(GET_ITER, get_iter);

    handler!(FOR_ITER(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let it = Word(*base.add(i.b() as usize));
        if it.is_ptr() {
            let kind = (*(*it.ptr()).shape_ptr()).kind();
            if kind == Kind::RangeIter as u8 {
                let r = (*it.ptr()).payload::<RangeIter>();
                if let Some(n) = r.advance() {
                    if let Some(v) = Word::int(n) {
                        let p = base.add(i.a() as usize);
                        let old = Word(*p);
                        *p = v.0;
                        drop_next!(old, ip, base, table, py, frame)
                    }
                    return range_item_boxed(ip, base, table, py, frame, n as u64);
                }
                return exhausted(ip, base, table, py, frame, w);
            }
            if kind == Kind::ListIter as u8 {
                let l = (*it.ptr()).payload::<ListIter>();
                let v = list_item(l);
                if let Some(v) = count::quick_load(py, v, false) {
                    l.index.store(l.index.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                    let p = base.add(i.a() as usize);
                    let old = Word(*p);
                    *p = v.0;
                    drop_next!(old, ip, base, table, py, frame)
                }
                return for_iter_slow(ip, base, table, py, frame, w);
            }
        }
        return for_iter_other(ip, base, table, py, frame, w);
    });

    handler!(UNPACK(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let pb = base.add(i.b() as usize);
        let b = Word(*pb);
        if b.is_ptr() && (*(*b.ptr()).shape_ptr()).is(Kind::Tuple) {
            let items = (*b.ptr()).payload::<TupleObj>().items();
            if items.len() == i.c() as usize {
                let temp = i.x() & x::B_TEMP != 0;
                let mut p = base.add(i.a() as usize);
                for item in items {
                    // What cannot be done here is done again from the start: the source is consumed last.
                    if p == pb {
                        return unpack_slow(ip, base, table, py, frame, w);
                    }
                    let Some(v) = count::quick_load(py, item.word(), temp && b.is_owned_ptr()) else {
                        return unpack_slow(ip, base, table, py, frame, w);
                    };
                    let old = Word(*p);
                    if old.is_owned_ptr() && !count::quick_release(py, old.ptr()) {
                        if v.is_owned_ptr() {
                            count::quick_release(py, v.ptr());
                        }
                        return unpack_slow(ip, base, table, py, frame, w);
                    }
                    *p = v.0;
                    p = p.add(1);
                }
                if temp {
                    *pb = UNBOUND.0;
                    drop_next!(b, ip, base, table, py, frame)
                }
                next!(ip, base, table, py, frame)
            }
        }
        return unpack_slow(ip, base, table, py, frame, w);
    });
    out_of_line!(unpack_slow, 0, |py, s, i, frame, at| unpack(
        py, s, i, frame
    ));
    plain!(UNPACK_EX, unpack_ex);
}

/// The next item of a list iterator that has one; UNBOUND otherwise.
#[inline(always)]
fn list_item(l: &ListIter) -> Word {
    let seq = l.list.word();
    if seq.is_unbound() {
        return UNBOUND;
    }
    // SAFETY: the iterator keeps its list.
    let s = unsafe { (*seq.ptr()).payload::<ListObj>() }.slots();
    match s.get(l.index.load(Ordering::Relaxed)) {
        Some(slot) => slot.word(),
        None => UNBOUND,
    }
}

// The iterator is at its end: it is dropped and the loop left.
handler!(#[inline(never)] exhausted(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let p = base.add(i.b() as usize);
    let it = Word(*p);
    *p = UNBOUND.0;
    let ip = ip.offset(i.sc() as isize - 1);
    drop_next!(it, ip, base, table, py, frame)
});

// An item of a range that does not fit the word; it comes in the place of the instruction.
handler!(#[inline(never)] range_item_boxed(ip, base, table, py, frame, n) {
    #[inline(never)]
    fn store(py: &Py, s: Slots, i: Instr, n: i64) {
        s.put(i.a(), py.int(n));
    }
    store(py, Slots(base), Instr(*ip.sub(1)), n as i64);
    next!(ip, base, reload!(py), py, frame)
});

handler!(#[inline(never)] for_iter_other(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let it = Word(*base.add(i.b() as usize));
    if it.is_ptr() {
        let kind = (*(*it.ptr()).shape_ptr()).kind();
        if kind == Kind::Generator as u8 {
            return resume_generator(ip, base, table, py, frame, w);
        }
        if kind == Kind::TupleIter as u8 {
            let t = (*it.ptr()).payload::<TupleIter>();
            let seq = t.tuple.word();
            if !seq.is_unbound() {
                let n = t.index.load(Ordering::Relaxed);
                if let Some(item) = (*seq.ptr()).payload::<TupleObj>().items().get(n)
                    && let Some(v) = count::quick_load(py, item.word(), false)
                {
                    t.index.store(n + 1, Ordering::Relaxed);
                    let p = base.add(i.a() as usize);
                    let old = Word(*p);
                    *p = v.0;
                    drop_next!(old, ip, base, table, py, frame)
                }
            }
        }
    }
    return for_iter_slow(ip, base, table, py, frame, w);
});

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
