//! `reversed`, and the backward iterator of lists.

use super::builtin;
use crate::builtins::exceptions as exc;
use crate::builtins::list::{self, ListObj};
use crate::builtins::{sequence, tuple};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::native::{Args, Tracer};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::object::{names, ops};
use crate::thread::Py;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

/// Payload of `reversed`: sequence (empty when exhausted) and position of the next item.
pub struct Reversed {
    pub seq: Slot,
    pub index: AtomicIsize,
}

impl Trace for Reversed {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.seq);
    }
    fn clear(&self) {
        self.seq.take();
    }
}

crate::native_type!(
    /// The type `reversed`.
    pub REVERSED: Reversed = "reversed", base crate::object::base::OBJECT, flags tf::BASETYPE, init init
);

/// Backward iterator over a list.
pub struct ListReverseIter {
    pub list: Slot,
    pub index: AtomicIsize,
}

impl Trace for ListReverseIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.list);
    }
    fn clear(&self) {
        self.list.take();
    }
}

crate::native_type!(
    /// The type `list_reverseiterator`.
    pub LIST_REVERSE_ITER: ListReverseIter = "list_reverseiterator", base crate::object::base::OBJECT,
    flags tf::NO_NEW | tf::IMMUTABLE, init init_list
);

fn init(t: &mut TypeInit) {
    t.slots().new.set(construct);
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next);
    t.doc("Return a reverse iterator over the values of the given sequence.");
    t.method("__length_hint__", "($self, /)", Bound(length_hint));
    t.method("__reduce__", "($self, /)", Bound(reduce));
    t.method("__setstate__", "($self, object, /)", Bound(set_state));
}

fn construct(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let args = sequence::without_keywords(py, &REVERSED, ty, args)?;
    let seq = &sequence::positional(py, "reversed", 1, 1, args)?[0];
    if let Some(f) = seq.ty().lookup(py, &names::__reversed__) {
        if f.is_none() {
            return Err(py.type_error(format!(
                "'{}' object is not reversible",
                seq.ty().full_name()
            )));
        }
        if let Some(r) = ops::call_special(py, seq, &names::__reversed__, &[])? {
            return Ok(r);
        }
    }
    if seq.ty().slots.getitem.get().is_none() || seq.ty().has(tf::DICT) {
        return Err(py.type_error(format!(
            "'{}' object is not reversible",
            seq.ty().full_name()
        )));
    }
    let n = ops::len(py, seq)?;
    Ok(py.alloc_in(
        ty,
        Reversed {
            seq: Slot::new(seq.to_obj()),
            index: AtomicIsize::new(n as isize - 1),
        },
    ))
}

fn next(py: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<Reversed>();
    let i = it.index.load(Relaxed);
    let Some(seq) = it.seq.get() else {
        return Ok(None);
    };
    if i >= 0 {
        match ops::getitem(py, &seq, &py.int(i as i64)) {
            Ok(x) => {
                it.index.store(i - 1, Relaxed);
                return Ok(Some(x));
            }
            Err(e) if e.is(&exc::INDEX_ERROR) || e.is(&exc::STOP_ITERATION) => {}
            Err(e) => return Err(e),
        }
    }
    it.index.store(-1, Relaxed);
    it.seq.take();
    Ok(None)
}

fn length_hint(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<Reversed>();
    let Some(seq) = it.seq.get() else {
        return Ok(py.int(0));
    };
    let n = ops::len(py, &seq)? as isize;
    let at = it.index.load(Relaxed) + 1;
    Ok(py.int(if n < at { 0 } else { at as i64 }))
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<Reversed>();
    let ty = a[0].ty().to_obj();
    Ok(match it.seq.get() {
        Some(seq) => tuple::new(
            py,
            vec![
                ty,
                tuple::new(py, vec![seq]),
                py.int(it.index.load(Relaxed) as i64),
            ],
        ),
        None => tuple::new(py, vec![ty, tuple::new(py, vec![tuple::empty(py)])]),
    })
}

fn set_state(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<Reversed>();
    let i = ops::to_isize(py, &a[1])?;
    if let Some(seq) = it.seq.get() {
        it.index
            .store(i.clamp(-1, ops::len(py, &seq)? as isize - 1), Relaxed);
    }
    Ok(py.none())
}

/// `reversed(list)`.
pub fn reversed_list(py: &Py, list: &Val) -> Obj {
    let n = list.cast::<ListObj>().len() as isize;
    py.alloc(
        &LIST_REVERSE_ITER,
        ListReverseIter {
            list: Slot::new(list.to_obj()),
            index: AtomicIsize::new(n - 1),
        },
    )
}

fn init_list(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(next_in_list);
    t.method("__length_hint__", "($self, /)", Bound(length_hint_list));
    t.method("__reduce__", "($self, /)", Bound(reduce_list));
    t.method("__setstate__", "($self, object, /)", Bound(set_state_list));
}

fn next_in_list(_: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<ListReverseIter>();
    let i = it.index.load(Relaxed);
    let Some(l) = it.list.get() else {
        return Ok(None);
    };
    if let Some(x) = usize::try_from(i)
        .ok()
        .and_then(|i| l.cast::<ListObj>().get(i))
    {
        it.index.store(i - 1, Relaxed);
        return Ok(Some(x));
    }
    it.index.store(-1, Relaxed);
    it.list.take();
    Ok(None)
}

fn length_hint_list(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<ListReverseIter>();
    let at = it.index.load(Relaxed) + 1;
    let n = it
        .list
        .get()
        .map_or(0, |l| l.cast::<ListObj>().len() as isize);
    Ok(py.int(if n < at { 0 } else { at as i64 }))
}

fn reduce_list(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<ListReverseIter>();
    Ok(match it.list.get() {
        Some(l) => {
            let f = builtin(py, "reversed")?;
            tuple::new(
                py,
                vec![
                    f,
                    tuple::new(py, vec![l]),
                    py.int(it.index.load(Relaxed) as i64),
                ],
            )
        }
        None => tuple::new(
            py,
            vec![
                builtin(py, "iter")?,
                tuple::new(py, vec![list::new(py, Vec::new())]),
            ],
        ),
    })
}

fn set_state_list(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let it = a[0].cast::<ListReverseIter>();
    let i = ops::to_isize(py, &a[1])?;
    if let Some(l) = it.list.get() {
        it.index
            .store(i.clamp(-1, l.cast::<ListObj>().len() as isize - 1), Relaxed);
    }
    Ok(py.none())
}
