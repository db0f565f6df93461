//! Subscripts and slices.

use super::Slots;
use super::load_store::drop_two;
use crate::builtins::dict::{DICT, DictObj};
use crate::builtins::function::FuncObj;
use crate::builtins::list::{self, ListObj};
use crate::builtins::tuple::TupleObj;
use crate::builtins::{slice, str, tuple};
use crate::bytecode::instr::{Instr, x};
use crate::bytecode::ops::Opcode;
use crate::error::PyResult;
use crate::heap::count;
use crate::interp::abi::Table;
use crate::interp::cache::{self, kind};
use crate::interp::call;
use crate::interp::frame::Frame;
use crate::object::header::Header;
use crate::object::names;
use crate::object::ops;
use crate::object::shape::Kind;
use crate::object::value::{Obj, UNBOUND, Val, Word};
use crate::thread::Py;

/// Item `n` of an exact list or tuple; UNBOUND if it is something else or out of range.
///
/// # Safety
/// `h` is a live object.
#[inline(always)]
unsafe fn quick_item(h: *mut Header, n: i64) -> Word {
    // SAFETY: the shape tells the layout.
    unsafe {
        let kind = (*(*h).shape_ptr()).kind();
        if kind == Kind::List as u8 {
            let s = (*h).payload::<ListObj>().slots();
            let n = if n < 0 { n + s.len() as i64 } else { n };
            return if (n as usize) < s.len() {
                s[n as usize].word()
            } else {
                UNBOUND
            };
        }
        if kind == Kind::Tuple as u8 {
            let s = (*h).payload::<TupleObj>().items();
            let n = if n < 0 { n + s.len() as i64 } else { n };
            return if (n as usize) < s.len() {
                s[n as usize].word()
            } else {
                UNBOUND
            };
        }
        UNBOUND
    }
}

pub mod op {
    use super::*;

    handler!(GETITEM(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = Word(*base.add(i.b() as usize));
        let c = Word(*base.add(i.c() as usize));
        if b.is_ptr() && c.is_int() && (i.x() & x::B_TEMP == 0 || i.a() == i.b()) {
            // With B_TEMP the container is what the destination held.
            let dying = i.x() & x::B_TEMP != 0 && b.is_owned_ptr();
            if let Some(v) = count::quick_load(py, quick_item(b.ptr(), c.as_int()), dying) {
                let p = base.add(i.a() as usize);
                let old = Word(*p);
                *p = v.0;
                drop_next!(old, ip, base, table, py, frame)
            }
        }
        return getitem_other(ip, base, table, py, frame, w);
    });

    handler!(GETITEM_INT(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = Word(*base.add(i.b() as usize));
        if b.is_ptr() && (i.x() & x::B_TEMP == 0 || i.a() == i.b()) {
            let dying = i.x() & x::B_TEMP != 0 && b.is_owned_ptr();
            if let Some(v) = count::quick_load(py, quick_item(b.ptr(), i.sc() as i64), dying) {
                let p = base.add(i.a() as usize);
                let old = Word(*p);
                *p = v.0;
                drop_next!(old, ip, base, table, py, frame)
            }
        }
        return getitem_other(ip, base, table, py, frame, w);
    });

    handler!(SETITEM(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let a = Word(*base.add(i.a() as usize));
        let b = Word(*base.add(i.b() as usize));
        if a.is_ptr() && b.is_int() && i.x() & x::A_TEMP == 0 && (*(*a.ptr()).shape_ptr()).is(Kind::List) && crate::thread::is_single_threaded() {
            let l = (*a.ptr()).payload::<ListObj>().slots();
            let n = b.as_int();
            let n = if n < 0 { n + l.len() as i64 } else { n };
            if (n as usize) < l.len() {
                let from = base.add(i.c() as usize);
                let mut v = Word(*from);
                if i.x() & x::C_TEMP != 0 && (v.is_owned_ptr() || !v.is_ptr()) {
                    *from = UNBOUND.0;
                } else if let Some(copy) = count::quick_for_heap(py, v) {
                    v = copy;
                    if i.x() & x::C_TEMP != 0 {
                        *from = UNBOUND.0;
                    }
                } else {
                    return setitem_slow(ip, base, table, py, frame, w);
                }
                let slot = l.get_unchecked(n as usize);
                let old = slot.word();
                slot.init_word(v);
                drop_next!(old, ip, base, table, py, frame)
            }
        }
        return setitem_slow(ip, base, table, py, frame, w);
    });

    plain!(DELITEM, delitem);
    plain!(BUILD_SLICE, build_slice);
    plain!(GETSLICE, get_slice);
}

// An item of a list or tuple that is a temporary.
handler!(#[inline(never)] getitem_other(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let b = Word(*base.add(i.b() as usize));
    let n = if i.op() == Opcode::GETITEM_INT as u8 {
        i.sc() as i64
    } else {
        let c = Word(*base.add(i.c() as usize));
        if b.is_ptr() && (*(*b.ptr()).shape_ptr()).is(Kind::Other) {
            return getitem_dunder(ip, base, table, py, frame, w);
        }
        if !c.is_int() {
            return getitem_slow(ip, base, table, py, frame, w);
        }
        c.as_int()
    };
    if b.is_ptr() && i.x() & x::B_TEMP != 0 {
        if let Some(v) = count::quick_load(py, quick_item(b.ptr(), n), b.is_owned_ptr()) {
            let mut old = b;
            if i.a() == i.b() {
                *base.add(i.a() as usize) = v.0;
            } else {
                *base.add(i.b() as usize) = UNBOUND.0;
                let p = base.add(i.a() as usize);
                old = Word(*p);
                *p = v.0;
                if b.is_owned_ptr() && !count::quick_release(py, b.ptr()) {
                    return drop_two(ip, base, old.0 as *const Table, py, frame, b.0);
                }
            }
            drop_next!(old, ip, base, table, py, frame)
        }
    }
    return getitem_slow(ip, base, table, py, frame, w);
});

// `__getitem__` that is a Python function of two arguments: its frame is pushed above this one.
handler!(#[inline(never)] getitem_dunder(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let (pb, pc) = (base.add(i.b() as usize), base.add(i.c() as usize));
    let b = Word(*pb);
    let f = getitem_function(py, b.ptr());
    if !f.is_null() {
        let func = (*f).payload::<FuncObj>();
        let code = func.code();
        let (callee, top) = (frame.add(1), (*frame).top());
        if code.fast_args == 2 && code.frees == 0 && call::has_room(py, callee, top, code) {
            (*frame).ip = ip;
            *top = if i.x() & x::B_TEMP != 0 {
                *pb = UNBOUND.0;
                b.0
            } else {
                b.borrowed().0
            };
            let c = Word(*pc);
            *top.add(1) = if i.x() & x::C_TEMP != 0 {
                *pc = UNBOUND.0;
                c.0
            } else {
                c.borrowed().0
            };
            call::fill(py, callee, Word(f as u64).borrowed(), func, code, top, 2, i.a(), 0);
            next!(code.words_ptr(), top, table, py, callee)
        }
    }
    return getitem_slow(ip, base, table, py, frame, w);
});

/// The `__getitem__` of an object's class, if it is a function that frames do not count; null otherwise.
#[inline(never)]
fn getitem_function(py: &Py, h: *mut Header) -> *mut Header {
    // What the second level's key says in its low bits: a look-up on the type alone.
    const SPECIAL: u64 = 2;
    // SAFETY: a live object, held by a slot of the running frame.
    let shape = unsafe { (*h).shape() };
    let ty = shape.ty();
    if ty.slots.getitem.addr() != crate::object::slot_generic::getitem as *const () as usize {
        return std::ptr::null_mut();
    }
    let key = names::__getitem__.word().identity() | SPECIAL;
    let c = py.attr_cache.get(shape.version(), key);
    if c != 0 {
        return cache::record_word(cache::payload(c)).ptr();
    }
    let Some(f) = ty.lookup(py, &names::__getitem__) else {
        return std::ptr::null_mut();
    };
    let plain = f.header().is_some_and(|h| {
        h.shape().is(Kind::Function) && h.flags() & crate::object::header::flags::DEFERRED != 0
    });
    let version = shape.assign_version();
    if plain
        && version != 0
        && let Some(r) = cache::add_record(f.word().borrowed().0)
    {
        py.attr_cache
            .put(key, cache::word(version, kind::METHOD, r));
        return f.word().ptr();
    }
    std::ptr::null_mut()
}

out_of_line!(getitem_slow, 0, |py, s, i, frame, at| getitem(py, s, i));

out_of_line!(setitem_slow, 0, |py, s, i, frame, at| setitem(py, s, i));

/// A bound of a slice that needs no `__index__`: the number, or `none` for None.
#[inline(always)]
fn bound(v: &Val, none: isize) -> Option<isize> {
    let w = v.word();
    if w.is_int() {
        return Some(w.as_int() as isize);
    }
    v.is_none().then_some(none)
}

fn get_slice(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let (v, from, to) = (s.val(i.b()), s.val(i.b() + 1), s.val(i.b() + 2));
    let kind = v.header().map_or(0, |h| h.shape().kind());
    let quick = match (bound(from, 0), bound(to, isize::MAX)) {
        (Some(from), Some(to)) => {
            let range = |len: usize| {
                let (start, _, n) = slice::adjust(len, from, to, 1);
                (start as usize, n)
            };
            if kind == Kind::List as u8 {
                let items = v.cast::<ListObj>().slots();
                let (start, n) = range(items.len());
                Some(list::from_slots(py, &items[start..start + n])?)
            } else if kind == Kind::Tuple as u8 {
                let items = v.cast::<TupleObj>().items();
                let (start, n) = range(items.len());
                if n == items.len() {
                    Some(v.to_obj())
                } else {
                    Some(tuple::from_slice(py, &items[start..start + n]))
                }
            } else if kind == Kind::Str as u8 {
                let (start, n) = range(v.cast::<str::StrObj>().len());
                Some(str::slice(py, v, start, start + n))
            } else {
                None
            }
        }
        _ => None,
    };
    let r = match quick {
        Some(r) => r,
        None => {
            let k = slice::new(py, from.to_obj(), to.to_obj(), py.none());
            ops::getitem(py, v, &k)?
        }
    };
    s.clear_window(i.b(), 3);
    s.put(i.a(), r);
    Ok(())
}

fn getitem(py: &Py, s: Slots, i: Instr) -> PyResult<()> {
    let v = s.val(i.b());
    if i.op() == crate::bytecode::Opcode::GETITEM_INT as u8 {
        let r = ops::getitem(py, v, &Obj::small(i.sc() as i64))?;
        if i.x() & x::B_TEMP != 0 && i.b() != i.a() {
            s.clear(i.b());
        }
        s.put(i.a(), r);
        return Ok(());
    }
    let k = s.val(i.c());
    if DICT.is_exact(v)
        && let Some(r) = v.cast::<DictObj>().get_for_frame(py, k, s.is_dying(i))?
    {
        s.finish_word(i, r);
        return Ok(());
    }
    let r = ops::getitem(py, v, k)?;
    s.finish(i, r);
    Ok(())
}

fn setitem(py: &Py, s: Slots, i: Instr) -> PyResult<()> {
    let v = s.val(i.a());
    if DICT.is_exact(v) {
        v.cast::<DictObj>().set(py, s.val(i.b()), s.get(i.c()))?;
    } else {
        ops::setitem(py, v, s.val(i.b()), s.val(i.c()))?;
    }
    s.consume(i);
    Ok(())
}

fn delitem(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    ops::delitem(py, s.val(i.a()), s.val(i.b()))?;
    s.consume(i);
    Ok(())
}

fn build_slice(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let start = s.take(i.b());
    let stop = s.take(i.b() + 1);
    let step = if i.c() == 3 {
        s.take(i.b() + 2)
    } else {
        py.none()
    };
    s.put(i.a(), crate::builtins::slice::new(py, start, stop, step));
    Ok(())
}
