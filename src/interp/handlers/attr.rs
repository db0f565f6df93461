//! Attributes and methods: the cache word decides in the handler; everything else resolves the name and fills the cache.

use super::Slots;
use super::load_store::drop_two;
use crate::builtins::function::FuncObj;
use crate::builtins::module::ModuleObj;
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::heap::count;
use crate::interp::abi::Table;
use crate::interp::cache::{self, kind};
use crate::interp::call;
use crate::interp::frame::Frame;
use crate::object::attr::{self, Access};
use crate::object::header::Header;
use crate::object::shape::{AttrMode, Kind, Shape};
use crate::object::type_::{Type, VAR_EXT};
use crate::object::value::{BORROWED_BIT, Obj, Slot, UNBOUND, Val, Word};
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
        if b.is_ptr() && (i.x() & x::B_TEMP == 0 || i.a() == i.b()) {
            let h = b.ptr();
            let c = cache::read(ip);
            // An empty cache word has no kind, so a shape without version matches nothing.
            if cache::version(c) == (*(*h).shape_ptr()).version() && cache::kind_of(c) == kind::SLOT {
                let dying = i.x() & x::B_TEMP != 0 && b.is_owned_ptr();
                if let Some(v) = count::quick_load(py, slot_at(h, cache::payload(c)).word(), dying) {
                    // With B_TEMP the source is what the destination held.
                    let p = base.add(i.a() as usize);
                    let old = Word(*p);
                    *p = v.0;
                    drop_next!(old, ip.add(1), base, table, py, frame)
                }
            }
        }
        return load_attr_other(ip, base, table, py, frame, w);
    });

    handler!(STORE_ATTR(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let a = Word(*base.add(i.a() as usize));
        if a.is_ptr() && i.x() & x::A_TEMP == 0 {
            let h = a.ptr();
            let c = cache::read(ip);
            if cache::version(c) == (*(*h).shape_ptr()).version() {
                let k = cache::kind_of(c);
                if k == kind::SLOT || k == kind::ADD_SLOT && crate::thread::is_single_threaded() {
                    let from = base.add(i.b() as usize);
                    let mut v = Word(*from);
                    if i.x() & x::B_TEMP != 0 && (v.is_owned_ptr() || !v.is_ptr()) {
                        *from = UNBOUND.0;
                    } else if let Some(copy) = count::quick_for_heap(py, v) {
                        v = copy;
                        if i.x() & x::B_TEMP != 0 {
                            *from = UNBOUND.0;
                        }
                    } else {
                        return store_attr_slow(ip, base, table, py, frame, w);
                    }
                    if k == kind::SLOT {
                        let old = slot_at(h, cache::payload(c)).swap_word(v);
                        count::stored_into(&*h);
                        drop_next!(old, ip.add(1), base, table, py, frame)
                    }
                    let r = cache::record(cache::payload(c));
                    slot_at(h, added_offset(r)).init_word(v);
                    count::stored_into(&*h);
                    (*h).set_shape(added_shape(r));
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
            let c = cache::read(ip);
            if cache::version(c) == (*(*b.ptr()).shape_ptr()).version() && cache::kind_of(c) == kind::METHOD {
                if let Some(f) = cached_value(py, c) {
                    // The receiver: moved if it is a temporary; else it is an outgoing argument, which the compiler has
                    // proved to stay in its slot during the call.
                    let recv = if i.x() & x::B_TEMP != 0 {
                        *base.add(i.b() as usize) = UNBOUND.0;
                        b
                    } else {
                        b.borrowed()
                    };
                    let p = base.add(i.a() as usize);
                    *p = f.0;
                    *p.add(1) = recv.0;
                    next!(ip.add(1), base, table, py, frame)
                }
            }
        }
        return load_method_other(ip, base, table, py, frame, w);
    });

    plain!(DELETE_ATTR, delete_attr);
    plain!(LOAD_SUPER_ATTR, load_super_attr);
    plain!(LOAD_SPECIAL, load_special);
}

// Records of ADD_SLOT: the next shape's address below, the new slot's byte offset above.
fn added_record(next: &'static Shape, offset: u32) -> Option<u64> {
    let at = next as *const Shape as u64;
    (at >> 48 == 0 && offset < 1 << 16).then_some(at | (offset as u64) << 48)
}
#[inline(always)]
fn added_offset(record: u64) -> u32 {
    (record >> 48) as u32
}
#[inline(always)]
fn added_shape(record: u64) -> &'static Shape {
    // SAFETY: records of ADD_SLOT hold the address of a shape, which lives forever.
    unsafe { &*((record & ((1 << 48) - 1)) as *const Shape) }
}

// What a name is looked up for: part of the second level's key.
const LOAD: u64 = 0;
const STORE: u64 = 1;

/// The cache word that is valid for object `h`: the instruction's own, or that of the second level. 0: none.
///
/// # Safety
/// `h` is a live object, `ip` the cache word of the running instruction, `frame` the running frame.
#[inline(always)]
unsafe fn valid_word(
    py: &Py,
    h: *mut Header,
    ip: *const u64,
    frame: *mut Frame,
    i: Instr,
    use_: u64,
) -> u64 {
    // SAFETY: by the caller's promise.
    unsafe {
        let version = (*(*h).shape_ptr()).version();
        let c = cache::read(ip);
        if cache::version(c) == version {
            return c;
        }
        if version == 0 {
            return 0;
        }
        let c = py
            .attr_cache
            .get(version, name_of(frame, i.c()).word().identity() | use_);
        if c != 0 && py.attr_cache.promote() {
            cache::write(ip, c);
        }
        c
    }
}

/// The value in the record that a cache word names, for a frame slot.
///
/// # Safety
/// The word is valid for the object at hand, so the class that has its version id holds the value.
#[inline(always)]
unsafe fn cached_value(py: &Py, c: u64) -> Option<Word> {
    let w = cache::record(cache::payload(c));
    // Records hold words with the borrowed tag; the count is taken as for a heap slot.
    let w = if Word(w).is_ptr() {
        w & !BORROWED_BIT
    } else {
        w
    };
    // SAFETY: by the caller's promise.
    unsafe { count::quick_load(py, Word(w), false) }
}

/// The cached value of an attribute of module or class `h`.
///
/// # Safety
/// As for `valid_word`.
#[inline(always)]
unsafe fn namespace_value(py: &Py, h: *mut Header, ip: *const u64) -> Option<Word> {
    // SAFETY: by the caller's promise; the kind of a shape tells the payload.
    unsafe {
        let c = cache::read(ip);
        let k = (*(*h).shape_ptr()).kind();
        if k == Kind::Module as u8 && cache::kind_of(c) == kind::MODULE {
            let d = (*h).payload::<ModuleObj>().dict();
            let slot = d.cached_slot(cache::version(c), cache::payload(c))?;
            return count::quick_load(py, slot.word(), false);
        }
        if k == Kind::Class as u8
            && cache::kind_of(c) == kind::TYPE_ATTR
            && (*h).payload::<Type>().version() == cache::version(c)
        {
            return cached_value(py, c);
        }
        None
    }
}

// Attributes that are found by a cache, but not in the way that LOAD_ATTR tries.
handler!(#[inline(never)] load_attr_other(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let b = Word(*base.add(i.b() as usize));
    if b.is_ptr() {
        let h = b.ptr();
        let dying = i.x() & x::B_TEMP != 0 && b.is_owned_ptr();
        let v = match namespace_value(py, h, ip) {
            Some(v) => Some(v),
            None => {
                let c = valid_word(py, h, ip, frame, i, LOAD);
                match cache::kind_of(c) {
                    kind::SLOT => count::quick_load(py, slot_at(h, cache::payload(c)).word(), dying),
                    kind::OVERFLOW => count::quick_load(py, instance::slot(&*h, (*h).shape(), cache::payload(c)).word(), dying),
                    kind::CLASS_CONST => cached_value(py, c),
                    kind::PROPERTY => return load_property(ip, base, table, py, frame, w),
                    _ => None,
                }
            }
        };
        if let Some(v) = v {
            let p = base.add(i.a() as usize);
            let old = Word(*p);
            *p = v.0;
            if i.x() & x::B_TEMP != 0 && i.a() != i.b() {
                *base.add(i.b() as usize) = UNBOUND.0;
                if b.is_owned_ptr() && !count::quick_release(py, h) {
                    return drop_two(ip.add(1), base, old.0 as *const Table, py, frame, b.0);
                }
            }
            drop_next!(old, ip.add(1), base, table, py, frame)
        }
    }
    return load_attr_slow(ip, base, table, py, frame, w);
});

// A property whose getter is a Python function of one argument: its frame is pushed above this one.
handler!(#[inline(never)] load_property(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let from = base.add(i.b() as usize);
    let b = Word(*from);
    let c = valid_word(py, b.ptr(), ip, frame, i, LOAD);
    let getter = cache::record_word(cache::payload(c));
    if (*(*getter.ptr()).shape_ptr()).is(Kind::Function) {
        let func = (*getter.ptr()).payload::<FuncObj>();
        let code = func.code();
        let callee = frame.add(1);
        let top = (*frame).top();
        if code.fast_args == 1
            && call::has_room(py, callee, top, code)
            && let Some(f) = cached_value(py, c)
        {
            (*frame).ip = ip.add(1);
            if i.x() & x::B_TEMP != 0 {
                *from = UNBOUND.0;
                *top = b.0;
            } else {
                *top = b.borrowed().0;
            }
            call::fill(py, callee, f, func, code, top, 1, i.a(), 0);
            next!(code.words_ptr(), top, table, py, callee)
        }
    }
    return load_attr_slow(ip, base, table, py, frame, w);
});

// Methods that are found by a cache, but not in the way that LOAD_METHOD tries.
handler!(#[inline(never)] load_method_other(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let b = Word(*base.add(i.b() as usize));
    if b.is_ptr() {
        let h = b.ptr();
        let dying = i.x() & x::B_TEMP != 0 && b.is_owned_ptr();
        let mut recv = UNBOUND;
        let f = match namespace_value(py, h, ip) {
            Some(f) => Some(f),
            None => {
                let c = valid_word(py, h, ip, frame, i, LOAD);
                match cache::kind_of(c) {
                    kind::METHOD => {
                        recv = if i.x() & x::B_TEMP != 0 { b } else { b.borrowed() };
                        cached_value(py, c)
                    }
                    kind::SLOT => count::quick_load(py, slot_at(h, cache::payload(c)).word(), dying),
                    kind::CLASS_CONST => cached_value(py, c),
                    _ => None,
                }
            }
        };
        if let Some(f) = f {
            if i.x() & x::B_TEMP != 0 {
                *base.add(i.b() as usize) = UNBOUND.0;
            }
            let p = base.add(i.a() as usize);
            *p = f.0;
            *p.add(1) = recv.0;
            if i.x() & x::B_TEMP != 0 && recv.is_unbound() {
                drop_next!(b, ip.add(1), base, table, py, frame)
            }
            next!(ip.add(1), base, table, py, frame)
        }
    }
    return load_method_slow(ip, base, table, py, frame, w);
});

// SAFETY: the running instruction and its cache word.
out_of_line!(load_attr_slow, 1, |py, s, i, frame, at| unsafe {
    load_attr(py, s, i, frame, at)
});
// SAFETY: the running instruction and its cache word.
out_of_line!(store_attr_slow, 1, |py, s, i, frame, at| unsafe {
    store_attr(py, s, i, frame, at)
});
// SAFETY: the running instruction and its cache word.
out_of_line!(load_method_slow, 1, |py, s, i, frame, at| unsafe {
    load_method(py, s, i, frame, at)
});

/// Remembers `word` for this instruction and, where a shape's version id makes it valid, for others that see the shape.
///
/// # Safety
/// `ip` is the running instruction's cache word.
unsafe fn remember(py: &Py, ip: *const u64, name: &Val, word: u64, use_: u64) {
    let k = cache::kind_of(word);
    // SAFETY: by the caller's promise.
    unsafe {
        if k != kind::MODULE && k != kind::TYPE_ATTR && k != kind::ADD_SLOT {
            py.attr_cache.put(name.word().identity() | use_, word);
            // An instruction that already knows another shape is left to the second level, which promotes what is frequent.
            let c = cache::read(ip);
            if cache::kind_of(c) != 0 && !py.attr_cache.promote() {
                return;
            }
        }
        cache::write(ip, word);
    }
}

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
    if let Some(word) = classify(py, v, name) {
        // SAFETY: the running instruction's cache word.
        unsafe { remember(py, ip, name, word, LOAD) };
    }
    let r = ops::getattr(py, v, name)?;
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
            (version != 0).then(|| cache::word(version, kind::SLOT, off))
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
    if let Some(h) = v.header() {
        // SAFETY: the running instruction and a live object; a valid word of kind SLOT gives a slot's offset.
        unsafe {
            let at = h as *const Header as *mut Header;
            let c = valid_word(py, at, ip, frame, i, STORE);
            if cache::kind_of(c) == kind::SLOT && cache::version(c) == h.shape().version() {
                slot_at(at, cache::payload(c)).set(s.source(i, x::B_TEMP, i.b()));
                if i.x() & x::A_TEMP != 0 {
                    s.clear(i.a());
                }
                return Ok(());
            }
        }
    }
    if let Some(h) = v.header()
        && let Some(offset) = attr::stores_member(py, v.ty(), name)
    {
        let version = h.shape().assign_version();
        if version != 0 {
            // SAFETY: the running instruction's cache word.
            unsafe {
                remember(
                    py,
                    ip,
                    name,
                    cache::word(version, kind::SLOT, offset),
                    STORE,
                )
            };
        }
    }
    let before = v.header().map(|h| h.shape());
    ops::setattr(py, v, name, s.val(i.b()))?;
    if let (Some(before), Some(h)) = (before, v.header())
        && attr::stores_plainly(py, v.ty(), name)
    {
        // SAFETY: as above.
        unsafe { fill_store(py, ip, before, h, name) };
    }
    s.consume(i);
    Ok(())
}

/// # Safety
/// `ip` is the running instruction's cache word.
unsafe fn fill_store(py: &Py, ip: *const u64, before: &'static Shape, h: &Header, name: &Val) {
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
        match added_record(after, before.ext + 8 + 8 * n).and_then(cache::add_record) {
            Some(r) => cache::word(version, kind::ADD_SLOT, r),
            None => return,
        }
    } else {
        return;
    };
    // SAFETY: by the caller's promise.
    unsafe { remember(py, ip, name, word, STORE) };
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
    if let Access::Method(f) = attr::classify(py, v, name) {
        if let Some(h) = v.header()
            && h.shape().mode != AttrMode::Dict
        {
            let version = h.shape().assign_version();
            if version != 0
                && let Some(r) = cache::add_record(f.word().borrowed().0)
            {
                // SAFETY: the running instruction's cache word.
                unsafe { remember(py, ip, name, cache::word(version, kind::METHOD, r), LOAD) };
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
        unsafe { remember(py, ip, name, word, LOAD) };
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
        None => {
            // What took the place of `super` gets the arguments as they are written.
            let object = if is_super || i.x() & x::OP1 != 0 {
                ops::call2(py, callee, class, obj)?
            } else {
                ops::call0(py, callee)?
            };
            (ops::getattr(py, &object, name)?, None)
        }
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
