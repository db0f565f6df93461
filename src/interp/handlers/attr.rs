//! Attributes and methods: the cache word decides in the handler; everything else resolves the name and fills the cache.

use super::Slots;
use super::load_store::drop_and_next;
use crate::builtins::module::ModuleObj;
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::heap::count;
use crate::interp::cache::{self, kind};
use crate::interp::frame::Frame;
use crate::object::attr::{self, Access};
use crate::object::header::Header;
use crate::object::shape::{AttrMode, Shape};
use crate::object::type_::{Type, VAR_EXT};
use crate::object::value::{Obj, Slot, UNBOUND, Val, Word};
use crate::object::{instance, names, ops};
use crate::thread::Py;

/// The attribute slot at a byte offset.
///
/// # Safety
/// A cache word that matches the object's shape gave the offset.
#[inline(always)]
unsafe fn slot_at<'a>(p: *mut Header, off: u32) -> &'a Slot {
    // SAFETY: by the caller's promise.
    unsafe { &*((p as *const u8).add(off as usize) as *const Slot) }
}

pub mod op {
    use super::*;

    handler!(LOAD_ATTR(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = Word(*base.add(i.b() as usize));
        if b.is_ptr() {
            let h = b.ptr();
            let shape = (*h).shape_ptr();
            let c = cache::read(ip);
            if (*shape).version() == cache::version(c) && cache::version(c) != 0 {
                let mut v = match cache::kind_of(c) {
                    kind::SLOT | kind::MEMBER => slot_at(h, cache::payload(c)).word(),
                    kind::CLASS_CONST => cache::record_word(cache::payload(c)),
                    kind::OVERFLOW => instance::slot(&*h, &*shape, cache::payload(c)).word(),
                    _ => return load_attr_slow(ip, base, table, py, frame, w),
                };
                if !v.is_unbound() {
                    if v.is_ptr() {
                        v = count::acquire_from(v.ptr(), i.x() & x::B_TEMP != 0 && b.is_owned_ptr());
                    }
                    let p = base.add(i.a() as usize);
                    let mut old = Word(*p);
                    if i.x() & x::B_TEMP != 0 {
                        if i.a() != i.b() {
                            *base.add(i.b() as usize) = UNBOUND.0;
                            if b.is_owned_ptr() {
                                *p = v.0;
                                if old.is_owned_ptr() {
                                    count::release(old.ptr());
                                }
                                return drop_and_next(ip.add(1), base, b.0, py, frame);
                            }
                        } else {
                            old = b;
                        }
                    }
                    *p = v.0;
                    if old.is_owned_ptr() {
                        return drop_and_next(ip.add(1), base, old.0, py, frame);
                    }
                    next!(ip.add(1), base, table, py, frame)
                }
            }
        }
        return load_attr_slow(ip, base, table, py, frame, w);
    });

    handler!(STORE_ATTR(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let a = Word(*base.add(i.a() as usize));
        if a.is_ptr() {
            let h = a.ptr();
            let shape = (*h).shape_ptr();
            let c = cache::read(ip);
            if (*shape).version() == cache::version(c) && cache::version(c) != 0 {
                let k = cache::kind_of(c);
                if k == kind::SLOT || k == kind::MEMBER {
                    let from = base.add(i.b() as usize);
                    let mut v = Word(*from);
                    if v.is_ptr() {
                        let moved = i.x() & x::B_TEMP != 0;
                        if moved {
                            *from = UNBOUND.0;
                        }
                        if !moved || !v.is_owned_ptr() {
                            v = count::acquire(v.ptr());
                        }
                    }
                    let old = slot_at(h, cache::payload(c)).swap_word(v);
                    if old.is_owned_ptr() {
                        count::release(old.ptr());
                        table = reload!(py);
                    }
                    if i.x() & x::A_TEMP != 0 {
                        *base.add(i.a() as usize) = UNBOUND.0;
                        if a.is_owned_ptr() {
                            return drop_and_next(ip.add(1), base, a.0, py, frame);
                        }
                    }
                    next!(ip.add(1), base, table, py, frame)
                }
            }
        }
        return store_attr_slow(ip, base, table, py, frame, w);
    });

    handler!(LOAD_METHOD(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = Word(*base.add(i.b() as usize));
        if b.is_ptr() {
            let h = b.ptr();
            let c = cache::read(ip);
            let shape = (*h).shape_ptr();
            if (*shape).version() == cache::version(c) && cache::version(c) != 0 && cache::kind_of(c) == kind::METHOD {
                let f = cache::record_word(cache::payload(c));
                // The receiver: moved if it is a temporary, else borrowed for the call, like an outgoing argument.
                let recv = if i.x() & x::B_TEMP != 0 {
                    *base.add(i.b() as usize) = UNBOUND.0;
                    b
                } else if b.is_owned_ptr() {
                    count::own_for_frame(h)
                } else {
                    b
                };
                let p = base.add(i.a() as usize);
                *p = count::acquire_for_frame(f.ptr()).0;
                *p.add(1) = recv.0;
                next!(ip.add(1), base, table, py, frame)
            }
        }
        return load_method_slow(ip, base, table, py, frame, w);
    });

    plain!(DELETE_ATTR, delete_attr);
    plain!(LOAD_SUPER_ATTR, load_super_attr);
    plain!(LOAD_SPECIAL, load_special);
}

// SAFETY: the running instruction and its cache word.
out_of_line!(load_attr_slow, 1, |py, s, i, frame, at| unsafe { load_attr(py, s, i, frame, at) });

// SAFETY: the running instruction and its cache word.
out_of_line!(store_attr_slow, 1, |py, s, i, frame, at| unsafe { store_attr(py, s, i, frame, at) });

// SAFETY: the running instruction and its cache word.
out_of_line!(load_method_slow, 1, |py, s, i, frame, at| unsafe { load_method(py, s, i, frame, at) });

fn name_of<'a>(frame: *mut Frame, n: u16) -> &'a Val {
    // SAFETY: called with the running frame.
    unsafe { (*frame).code().name(n as usize) }
}

/// The cache word for attribute slot `n` of a shape.
fn slot_word(s: &Shape, version: u32, n: u32) -> u64 {
    if s.ext != VAR_EXT && n < s.inline {
        cache::word(version, kind::SLOT, s.ext + 8 + 8 * n)
    } else {
        cache::word(version, kind::OVERFLOW, n)
    }
}

/// # Safety
/// `frame` is the running frame, `ip` its cache word.
unsafe fn load_attr(
    py: &Py,
    s: Slots,
    i: Instr,
    frame: *mut Frame,
    ip: *const u64,
) -> PyResult<()> {
    let name = name_of(frame, i.c());
    let v = s.val(i.b());
    // SAFETY: the cache word of the running instruction.
    let c = unsafe { cache::read(ip) };
    let quick = match cache::kind_of(c) {
        kind::MODULE => v
            .get::<ModuleObj>()
            .map(ModuleObj::dict)
            .filter(|d| d.keys_version() == cache::version(c) && cache::version(c) != 0)
            .and_then(|d| d.value_slot(cache::payload(c)))
            .and_then(Slot::get),
        kind::TYPE_ATTR => Type::of(v)
            .filter(|t| t.version() == cache::version(c) && cache::version(c) != 0)
            .map(|_| Obj::clone_word(cache::record_word(cache::payload(c)))),
        kind::PROPERTY => match v.header() {
            Some(h) if h.shape().version() == cache::version(c) && cache::version(c) != 0 => {
                let getter = Obj::clone_word(cache::record_word(cache::payload(c)));
                Some(ops::call1(py, &getter, v)?)
            }
            _ => None,
        },
        _ => None,
    };
    let r = match quick {
        Some(r) => r,
        None => {
            let word = classify(py, v, name);
            if let Some(word) = word {
                // SAFETY: as above.
                unsafe { cache::write(ip, word) };
            }
            ops::getattr(py, v, name)?
        }
    };
    s.finish(i, r);
    Ok(())
}

/// What to remember about `v.name`.
fn classify(py: &Py, v: &Val, name: &Val) -> Option<u64> {
    let h = v.header()?;
    let shape = h.shape();
    let record = |version: u32, k: u32, value: &Val| {
        if version == 0 {
            return None;
        }
        Some(cache::word(
            version,
            k,
            cache::add_record(value.word().borrowed().0)?,
        ))
    };
    match attr::classify(py, v, name) {
        Access::Slot(n) => {
            let version = shape.assign_version();
            (version != 0).then(|| slot_word(shape, version, n))
        }
        Access::Member(off) => {
            let version = shape.assign_version();
            (version != 0).then(|| cache::word(version, kind::MEMBER, off))
        }
        Access::ClassConst(value) if shape.mode != AttrMode::Dict => {
            record(shape.assign_version(), kind::CLASS_CONST, &value)
        }
        Access::TypeConst(value) => record(Type::of(v)?.assign_version(), kind::TYPE_ATTR, &value),
        Access::Property(getter) if shape.mode != AttrMode::Dict => {
            record(shape.assign_version(), kind::PROPERTY, &getter)
        }
        Access::Module(version, at) => {
            (at <= cache::MAX_PAYLOAD).then(|| cache::word(version, kind::MODULE, at))
        }
        _ => None,
    }
}

/// # Safety
/// As for `load_attr`.
unsafe fn store_attr(
    py: &Py,
    s: Slots,
    i: Instr,
    frame: *mut Frame,
    ip: *const u64,
) -> PyResult<()> {
    let name = name_of(frame, i.c());
    let v = s.val(i.a());
    // SAFETY: the cache word of the running instruction.
    let c = unsafe { cache::read(ip) };
    if cache::kind_of(c) == kind::ADD_SLOT
        && let Some(h) = v.header()
        && h.shape().version() == cache::version(c)
        && cache::version(c) != 0
        && crate::thread::is_single_threaded()
    {
        // SAFETY: the record holds the address of a shape, which lives forever.
        let next: &'static Shape = unsafe { &*(cache::record(cache::payload(c)) as *const Shape) };
        let value = s.source(i, x::B_TEMP, i.b());
        let old = instance::slot(h, h.shape(), next.len - 1).swap_word(value.into_word());
        debug_assert!(old.is_unbound());
        h.set_shape(next);
        if i.x() & x::A_TEMP != 0 {
            s.clear(i.a());
        }
        return Ok(());
    }
    let before = v.header().map(|h| h.shape());
    ops::setattr(py, v, name, s.val(i.b()))?;
    if let (Some(before), Some(h)) = (before, v.header())
        && attr::stores_plainly(py, v.ty(), name)
    {
        // SAFETY: as above.
        unsafe { fill_store(ip, before, h, name) };
    }
    s.consume(i);
    Ok(())
}

/// # Safety
/// `ip` is the running instruction's cache word.
unsafe fn fill_store(ip: *const u64, before: &'static Shape, h: &Header, name: &Val) {
    let after = h.shape();
    if before.mode != AttrMode::Slots || after.mode != AttrMode::Slots || before.ext == VAR_EXT {
        return;
    }
    let Some(n) = after.slot_of(name.word()) else {
        return;
    };
    if n >= before.inline {
        return;
    }
    let version = before.assign_version();
    if version == 0 {
        return;
    }
    let word = if std::ptr::eq(before, after) {
        slot_word(before, version, n)
    } else if after.len == before.len + 1 && n == before.len {
        match cache::add_record(after as *const Shape as u64) {
            Some(r) => cache::word(version, kind::ADD_SLOT, r),
            None => return,
        }
    } else {
        return;
    };
    // SAFETY: by the caller's promise.
    unsafe { cache::write(ip, word) };
}

/// # Safety
/// As for `load_attr`.
unsafe fn load_method(
    py: &Py,
    s: Slots,
    i: Instr,
    frame: *mut Frame,
    ip: *const u64,
) -> PyResult<()> {
    let name = name_of(frame, i.c());
    let v = s.val(i.b());
    // SAFETY: the cache word of the running instruction.
    let c = unsafe { cache::read(ip) };
    if cache::version(c) != 0 {
        let quick = match cache::kind_of(c) {
            kind::MODULE => v
                .get::<ModuleObj>()
                .map(ModuleObj::dict)
                .filter(|d| d.keys_version() == cache::version(c))
                .and_then(|d| d.value_slot(cache::payload(c)))
                .and_then(Slot::get),
            kind::TYPE_ATTR => Type::of(v)
                .filter(|t| t.version() == cache::version(c))
                .map(|_| Obj::clone_word(cache::record_word(cache::payload(c)))),
            kind::SLOT => match v.header() {
                // SAFETY: the matching version says that the offset is that of a slot.
                Some(h) if h.shape().version() == cache::version(c) => unsafe {
                    slot_at(h as *const Header as *mut Header, cache::payload(c)).get()
                },
                _ => None,
            },
            _ => None,
        };
        if let Some(f) = quick {
            if i.x() & x::B_TEMP != 0 {
                s.clear(i.b());
            }
            s.put(i.a(), f);
            s.put_word(i.a() + 1, UNBOUND);
            return Ok(());
        }
    }
    if let Access::Method(f) = attr::classify(py, v, name) {
        if let Some(h) = v.header()
            && h.shape().mode != AttrMode::Dict
        {
            let version = h.shape().assign_version();
            if version != 0
                && let Some(r) = cache::add_record(f.word().borrowed().0)
            {
                // SAFETY: as above.
                unsafe { cache::write(ip, cache::word(version, kind::METHOD, r)) };
            }
        }
        let recv = if i.x() & x::B_TEMP != 0 {
            s.take(i.b())
        } else {
            v.to_obj()
        };
        s.put(i.a(), f);
        s.put(i.a() + 1, recv);
        return Ok(());
    }
    if let Some(word) = classify(py, v, name) {
        // SAFETY: as above.
        unsafe { cache::write(ip, word) };
    }
    let f = ops::getattr(py, v, name)?;
    if i.x() & x::B_TEMP != 0 {
        s.clear(i.b());
    }
    s.put(i.a(), f);
    s.put_word(i.a() + 1, UNBOUND);
    Ok(())
}

fn delete_attr(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    ops::delattr(py, s.val(i.a()), name_of(frame, i.c()))?;
    s.consume(i);
    Ok(())
}

fn load_super_attr(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    let name = name_of(frame, i.c());
    let method = i.x() & x::OP0 != 0;
    let (callee, class, obj) = (s.val(i.b()), s.val(i.b() + 1), s.val(i.b() + 2));
    let is_super = callee.is(&crate::builtins::super_::SUPER.obj());
    let found = if !is_super {
        None
    } else if method {
        crate::builtins::super_::lookup_method(py, class, obj, name)?
            .map(|(f, unbound)| (f, if unbound { Some(obj.to_obj()) } else { None }))
    } else {
        crate::builtins::super_::lookup(py, class, obj, name)?.map(|f| (f, None))
    };
    let (f, recv) = match found {
        Some(found) => found,
        None => (
            ops::getattr(py, &*ops::call2(py, callee, class, obj)?, name)?,
            None,
        ),
    };
    s.clear_window(i.b(), 3);
    s.put(i.a(), f);
    if method {
        s.put(i.a() + 1, recv.unwrap_or_else(Obj::unbound));
    }
    Ok(())
}

fn load_special(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let v = s.val(i.b());
    let (name, label) = match i.c() {
        0 => (&names::__enter__, "__enter__"),
        1 => (&names::__exit__, "__exit__"),
        2 => (&names::__aenter__, "__aenter__"),
        _ => (&names::__aexit__, "__aexit__"),
    };
    match ops::special(py, v, name)? {
        Some(f) => {
            s.put(i.a(), f);
            s.put_word(i.a() + 1, UNBOUND);
            Ok(())
        }
        None => {
            let ty = v.ty().name();
            let is_async = i.c() >= 2;
            let has = |n: &Val| v.ty().lookup(py, n).is_some();
            let other = if is_async {
                has(&names::__enter__) && has(&names::__exit__)
            } else {
                has(&names::__aenter__) && has(&names::__aexit__)
            };
            let mut msg = if is_async {
                format!(
                    "'{ty}' object does not support the asynchronous context manager protocol (missed {label} method)"
                )
            } else {
                format!(
                    "'{ty}' object does not support the context manager protocol (missed {label} method)"
                )
            };
            if other {
                msg = if is_async {
                    format!(
                        "'{ty}' object does not support the asynchronous context manager protocol (missed {label} method) but it supports the context manager protocol. Did you mean to use 'with'?"
                    )
                } else {
                    format!(
                        "'{ty}' object does not support the context manager protocol (missed {label} method) but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?"
                    )
                };
            }
            Err(py.type_error(msg))
        }
    }
}
