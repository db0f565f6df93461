//! Attribute storage of instances: inline slots, an overflow array, or a dict in the extension word.
//!
//! # Who may write what
//! Slots: any thread, single stores of counted words (`Slot`). The extension word and the shape: under the object's lock,
//! value first, then the shape (release). **Invariant:** slots past `shape.len` are UNBOUND; a slot of a deleted
//! attribute never serves another name (deletion moves the object to dictionary mode).

use crate::builtins::dict::{self, DictObj};
use crate::heap::count;
use crate::object::header::Header;
use crate::object::native::Tracer;
use crate::object::shape::{AttrMode, Shape};
use crate::object::type_::{Type, VAR_EXT};
use crate::object::value::{Obj, Slot, UNBOUND, Val, Word};
use crate::thread::Py;
use std::sync::atomic::{AtomicU64, Ordering};

/// Overflow array: capacity, then slots.
#[repr(C)]
struct Overflow {
    cap: usize,
}

impl Overflow {
    fn alloc(cap: usize) -> *mut Overflow {
        let layout = Self::layout(cap);
        // SAFETY: the layout is not empty; all slots are initialized below.
        unsafe {
            let p = std::alloc::alloc(layout) as *mut Overflow;
            if p.is_null() {
                std::alloc::handle_alloc_error(layout);
            }
            (*p).cap = cap;
            for i in 0..cap {
                (p.add(1) as *mut u64).add(i).write(UNBOUND.0);
            }
            p
        }
    }
    fn layout(cap: usize) -> std::alloc::Layout {
        std::alloc::Layout::array::<u64>(cap + 1).expect("attribute counts are capped")
    }
    /// # Safety
    /// `p` is a live array and `i` is below its capacity.
    unsafe fn slot<'a>(p: *mut Overflow, i: usize) -> &'a Slot {
        // SAFETY: by the caller's promise.
        unsafe { &*((p.add(1) as *const Slot).add(i)) }
    }
}

#[inline(always)]
fn ext_word<'a>(h: &'a Header, s: &Shape) -> &'a AtomicU64 {
    let p = if s.ext == VAR_EXT {
        var_ext(h)
    } else {
        h.ext_ptr(s)
    };
    // SAFETY: the shape says that the object has an extension word there.
    unsafe { &*p }
}

/// The extension word behind the trailing items of a str, bytes or tuple subclass.
fn var_ext(h: &Header) -> *const AtomicU64 {
    let size = crate::builtins::var_payload_size(h);
    // SAFETY: `alloc_var` reserves the word behind the items.
    unsafe {
        (h as *const Header as *const u8).add(crate::object::header::HEADER_SIZE + size)
            as *const AtomicU64
    }
}

/// The slot `i` of an object in slot mode.
#[inline(always)]
pub fn slot<'a>(h: &'a Header, s: &Shape, i: u32) -> &'a Slot {
    if i < s.inline {
        // SAFETY: inline slots follow the extension word.
        return unsafe { &*((h.ext_ptr(s) as *const Slot).add(1 + i as usize)) };
    }
    // Acquire: pairs with the Release in `add`, so the array's content is seen.
    let p = ext_word(h, s).load(Ordering::Acquire) as *mut Overflow;
    // SAFETY: a shape with more than `inline` slots implies an overflow array that is large enough.
    unsafe { Overflow::slot(p, (i - s.inline) as usize) }
}

/// The instance attribute `name` (interned), without looking at the type.
#[inline]
pub fn get(py: &Py, v: &Val, name: &Val) -> Option<Obj> {
    let h = v.header()?;
    let s = h.shape();
    match s.mode {
        AttrMode::None => None,
        AttrMode::Slots => slot(h, s, s.slot_of(name.word())?).get(),
        AttrMode::Dict => existing_dict(h, s)?
            .cast::<DictObj>()
            .get_interned(py, name),
    }
}

/// Sets the instance attribute. False if the object has no attributes of its own.
pub fn set(py: &Py, v: &Val, name: &Val, value: Obj) -> bool {
    let Some(h) = v.header() else { return false };
    let s = h.shape();
    match s.mode {
        AttrMode::None => false,
        AttrMode::Slots => {
            if let Some(i) = s.slot_of(name.word()) {
                slot(h, s, i).set(value);
            } else {
                add(py, v, h, name, value);
            }
            count::stored_into(h);
            true
        }
        AttrMode::Dict => {
            dict_of(py, v)
                .cast::<DictObj>()
                .set_interned(py, name, value);
            true
        }
    }
}

/// Adds an attribute that the shape does not have.
#[inline(never)]
fn add(py: &Py, v: &Val, h: &Header, name: &Val, value: Obj) {
    h.lock.lock();
    let s = h.shape();
    if s.mode != AttrMode::Slots || s.slot_of(name.word()).is_some() {
        // Another thread was faster.
        h.lock.unlock();
        set(py, v, name, value);
        return;
    }
    let Some(next) = s.with(name.word()) else {
        h.lock.unlock();
        dict_of(py, v)
            .cast::<DictObj>()
            .set_interned(py, name, value);
        return;
    };
    let i = s.len;
    if i >= s.inline {
        reserve_overflow(h, s, (i - s.inline) as usize);
    }
    let old = slot(h, s, i).swap_word(value.into_word());
    debug_assert!(old.is_unbound());
    h.set_shape(next);
    h.lock.unlock();
}

/// Makes room for overflow slot `n`. The object's lock is held.
fn reserve_overflow(h: &Header, s: &Shape, n: usize) {
    let ext = ext_word(h, s);
    // Relaxed: written under the lock that is held.
    let old = ext.load(Ordering::Relaxed) as *mut Overflow;
    // SAFETY: the array, if any, is live; the words are moved bitwise, and the old array is retired without dropping them.
    unsafe {
        let cap = if old.is_null() { 0 } else { (*old).cap };
        if n < cap {
            return;
        }
        let new = Overflow::alloc((cap * 2).max(4));
        for i in 0..cap {
            Overflow::slot(new, i).move_word(Overflow::slot(old, i).word());
        }
        // Release: pairs with the Acquire in `slot`.
        ext.store(new as u64, Ordering::Release);
        if !old.is_null() {
            crate::thread::retire(old as *mut u8, Overflow::layout(cap));
        }
    }
}

/// Deletes the instance attribute; false if there is none.
pub fn delete(py: &Py, v: &Val, name: &Val) -> bool {
    let Some(h) = v.header() else { return false };
    let s = h.shape();
    match s.mode {
        AttrMode::None => false,
        AttrMode::Slots => {
            if s.slot_of(name.word())
                .is_none_or(|i| slot(h, s, i).is_empty())
            {
                return false;
            }
            dict_of(py, v)
                .cast::<DictObj>()
                .remove_interned(py, name)
                .is_some()
        }
        AttrMode::Dict => existing_dict(h, s)
            .is_some_and(|d| d.cast::<DictObj>().remove_interned(py, name).is_some()),
    }
}

fn existing_dict(h: &Header, s: &Shape) -> Option<Obj> {
    // Acquire: pairs with the Release in `dict_of` / `replace_dict`.
    let w = ext_word(h, s).load(Ordering::Acquire);
    if w == 0 {
        None
    } else {
        Some(Obj::clone_word(Word(w)))
    }
}

/// The instance's `__dict__`; moves the object to dictionary mode.
///
/// # Panics
/// If the object has no extension word (callers test `shape.mode`).
pub fn dict_of(py: &Py, v: &Val) -> Obj {
    let h = v
        .header()
        .expect("instances with attributes are heap objects");
    h.lock.lock();
    let s = h.shape();
    if s.mode == AttrMode::Dict
        && let Some(d) = existing_dict(h, s)
    {
        h.lock.unlock();
        return d;
    }
    let d = dict::new(py);
    if s.mode == AttrMode::Slots {
        let t = d.cast::<DictObj>();
        for (i, name) in s.names().into_iter().enumerate() {
            if let Some(v) = slot(h, s, i as u32).take() {
                t.set_interned(py, Val::from_word_ref(&name), v);
            }
        }
    }
    // SAFETY: the overflow array is no longer reachable once the word is replaced below.
    let old = if s.mode == AttrMode::Slots {
        ext_word(h, s).load(Ordering::Relaxed) as *mut Overflow
    } else {
        std::ptr::null_mut()
    };
    // Release: pairs with the Acquire in `existing_dict`.
    ext_word(h, s).store(d.clone().into_word().0, Ordering::Release);
    h.set_shape(dict_shape(s));
    h.lock.unlock();
    if !old.is_null() {
        // SAFETY: its slots were emptied above.
        unsafe { crate::thread::retire(old as *mut u8, Overflow::layout((*old).cap)) };
    }
    d
}

/// Makes `d` the instance's `__dict__`.
pub fn replace_dict(py: &Py, v: &Val, d: Obj) {
    drop(dict_of(py, v));
    let h = v
        .header()
        .expect("instances with attributes are heap objects");
    h.lock.lock();
    let s = h.shape();
    // AcqRel: publishes the dict, takes the old one.
    let old = ext_word(h, s).swap(d.into_word().0, Ordering::AcqRel);
    h.lock.unlock();
    // SAFETY: the extension word owned the old dict.
    drop(unsafe { Obj::from_word(Word(old)) });
}

/// Makes `v` an instance of `new`, whose layout is that of its class apart from inline slots (the caller checked).
/// False if the object cannot change.
pub fn change_type(py: &Py, v: &Val, new: &'static Type) -> bool {
    let Some(h) = v.header() else { return false };
    if new.ext == 0 {
        h.set_shape(new.shape());
        return true;
    }
    drop(dict_of(py, v));
    h.lock.lock();
    let inline = h.shape().inline;
    h.set_shape(new.shape().adopted(inline));
    h.lock.unlock();
    true
}

/// The dictionary-mode shape that belongs to the same type.
fn dict_shape(s: &Shape) -> &'static Shape {
    s.ty().dict_shape(|| s.in_dict_mode())
}

/// Visits attributes and `__slots__` members.
pub fn trace_attributes(h: &Header, t: &mut Tracer) {
    each_word(h, &mut |s| t.slot(s));
    let s = h.shape();
    if s.ext != 0 && s.mode == AttrMode::Dict {
        let w = Word(ext_word(h, s).load(Ordering::Acquire));
        if w.0 != 0 {
            t.word(w);
        }
    }
}

/// Empties attributes and members (garbage only).
pub fn clear_attributes(h: &Header) {
    each_word(h, &mut |s| drop(s.take()));
    let s = h.shape();
    if s.ext != 0 && s.mode == AttrMode::Dict {
        let w = Word(ext_word(h, s).swap(0, Ordering::AcqRel));
        if w.0 != 0 {
            // SAFETY: the extension word owned the dict.
            drop(unsafe { Obj::from_word(w) });
        }
    }
}

/// Drops attributes and members of an object that dies.
pub(crate) fn drop_attributes(h: &Header) {
    let s = h.shape();
    if s.ext == 0 && s.ty().members == 0 {
        return;
    }
    clear_attributes(h);
    if s.ext != 0 && s.mode == AttrMode::Slots {
        let p = ext_word(h, s).load(Ordering::Acquire) as *mut Overflow;
        if !p.is_null() {
            // SAFETY: the object dies: nobody else reads the array, whose slots were emptied.
            unsafe { std::alloc::dealloc(p as *mut u8, Overflow::layout((*p).cap)) };
        }
    }
}

/// Calls `f` for each member and attribute slot.
fn each_word(h: &Header, f: &mut dyn FnMut(&Slot)) {
    let s = h.shape();
    let ty = s.ty();
    for i in 0..ty.members {
        f(member(h, ty.member_off + 8 * i));
    }
    if s.ext == 0 || s.ext == VAR_EXT {
        return;
    }
    for i in 0..s.inline {
        // SAFETY: inline slots follow the extension word in every mode.
        f(unsafe { &*((h.ext_ptr(s) as *const Slot).add(1 + i as usize)) });
    }
    if s.mode == AttrMode::Slots {
        for i in s.inline..s.len {
            f(slot(h, s, i));
        }
    }
}

/// The `__slots__` member at byte offset `off`.
#[inline(always)]
pub fn member(h: &Header, off: u32) -> &Slot {
    // SAFETY: member descriptors are made with offsets inside instances of their class, and check the receiver's class.
    unsafe { &*((h as *const Header as *const u8).add(off as usize) as *const Slot) }
}
