//! Frame records: what a running function needs besides its slots.

use crate::builtins::code::CodeObj;
use crate::builtins::dict::DictObj;
use crate::builtins::function::FuncObj;
use crate::heap::count;
use crate::object::value::{Obj, UNBOUND, Val, Word};

/// Frame flags.
pub mod ff {
    /// Returns to native code.
    pub const ENTRY: u16 = 1;
    /// Belongs to a generator, coroutine or async generator (`Frame::gen`).
    pub const GEN: u16 = 2;
    /// Runs `__init__` for a call of a class: the result is the instance in `Frame::aux`.
    pub const INIT: u16 = 4;
    /// `Frame::namespace` is set.
    pub const NAMESPACE: u16 = 16;
    /// `Frame::object` is set.
    pub const OBJECT: u16 = 32;
    /// Runs the method of a binary operator for the caller's instruction: see `handlers::operator`.
    pub const OPERATOR: u16 = 64;
    /// No frame below it holds a borrowed word: its end lowers `InterpState::clean`.
    pub const BARRIER: u16 = 8;
}

/// One record of the frame stack. Words in it are owned or borrowed by their tag.
#[repr(C)]
pub struct Frame {
    pub code: *const CodeObj,
    /// Slot 0.
    pub base: *mut u64,
    /// Next instruction word; current whenever something may look at it (calls, errors, safepoints).
    pub ip: *const u64,
    pub consts: *const Word,
    pub globals: *const DictObj,
    pub builtins: *const DictObj,
    /// The function; keeps code, globals and closure alive.
    pub func: Word,
    /// Namespace mapping of module and class bodies, `exec`, `eval`; meaningful with NAMESPACE.
    namespace: Word,
    /// The generator object (borrowed: whoever resumes it keeps it) with GEN, or the new instance with INIT (owned).
    aux: Word,
    /// The frame object, once somebody asked for it (owned); meaningful with OBJECT.
    object: Word,
    /// Slot of the caller that receives the result.
    pub dst: u16,
    pub flags: u16,
    /// Number of slots.
    pub slots: u32,
}

impl Frame {
    /// The record below the first frame.
    pub fn sentinel(stack: *mut u64) -> Frame {
        Frame {
            code: std::ptr::null(),
            base: stack,
            ip: std::ptr::null(),
            consts: std::ptr::null(),
            globals: std::ptr::null(),
            builtins: std::ptr::null(),
            func: UNBOUND,
            namespace: UNBOUND,
            aux: UNBOUND,
            object: UNBOUND,
            dst: 0,
            flags: super::frame::ff::ENTRY,
            slots: 0,
        }
    }
    #[inline(always)]
    pub fn top(&self) -> *mut u64 {
        // SAFETY: the frame's window lies within the stack.
        unsafe { self.base.add(self.slots as usize) }
    }
    /// The code's payload.
    ///
    /// # Safety
    /// The record is not the sentinel.
    #[inline(always)]
    pub unsafe fn code(&self) -> &'static CodeObj {
        // SAFETY: the function in the record keeps its code alive.
        unsafe { &*self.code }
    }
    /// The slot's content.
    #[inline(always)]
    pub fn slot(&self, i: usize) -> Word {
        debug_assert!(i < self.slots as usize);
        // SAFETY: within the window.
        Word(unsafe { *self.base.add(i) })
    }
    /// Index of the instruction that is running (or its last cache word).
    ///
    /// # Safety
    /// The record is not the sentinel.
    pub unsafe fn index(&self) -> u32 {
        // SAFETY: by the caller's promise.
        unsafe { self.code().index_of(self.ip) }
    }
    /// Fills a record for a call. The words that only some frames have are left as they are: the flags say that they are
    /// not there.
    ///
    /// # Safety
    /// `this` is a record above the running frame's.
    #[inline(always)]
    pub unsafe fn fill(
        this: *mut Frame,
        func: Word,
        f: &FuncObj,
        code: &CodeObj,
        base: *mut u64,
        dst: u16,
        flags: u16,
    ) {
        debug_assert!(flags & (ff::NAMESPACE | ff::OBJECT) == 0);
        // SAFETY: exclusive memory by the caller's promise.
        unsafe {
            (*this).code = code;
            (*this).base = base;
            (*this).ip = code.words_ptr();
            (*this).consts = code.consts_ptr();
            (*this).globals = f.globals();
            (*this).builtins = f.builtins();
            (*this).func = func;
            (*this).dst = dst;
            (*this).flags = flags;
            (*this).slots = code.slots;
        }
    }
    #[inline(always)]
    fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
    /// The namespace, if this frame has one.
    pub fn namespace(&self) -> Option<&Val> {
        self.has(ff::NAMESPACE)
            .then(|| Val::from_word_ref(&self.namespace))
    }
    pub fn set_namespace(&mut self, w: Word) {
        debug_assert!(!self.has(ff::NAMESPACE));
        self.namespace = w;
        self.flags |= ff::NAMESPACE;
    }
    /// The generator or the new instance; UNBOUND for frames that have neither.
    #[inline(always)]
    pub fn aux(&self) -> Word {
        if self.has(ff::GEN | ff::INIT) {
            self.aux
        } else {
            UNBOUND
        }
    }
    /// The frame has GEN or INIT.
    #[inline(always)]
    pub fn set_aux(&mut self, w: Word) {
        debug_assert!(self.has(ff::GEN | ff::INIT));
        self.aux = w;
    }
    /// Takes the new instance of an INIT frame.
    #[inline(always)]
    pub fn take_aux(&mut self) -> Word {
        std::mem::replace(&mut self.aux, UNBOUND)
    }
    /// Calls `f` for each word of the record.
    pub fn each_word(&self, f: &mut dyn FnMut(Word)) {
        f(self.func);
        f(self.aux());
        if self.has(ff::NAMESPACE) {
            f(self.namespace);
        }
        if self.has(ff::OBJECT) {
            f(self.object);
        }
    }
    /// Gives each borrowed word of the record a count of its own.
    ///
    /// # Safety
    /// What the words refer to is alive.
    pub unsafe fn own_words(&mut self) {
        // SAFETY: by the caller's promise.
        unsafe {
            self.func = count::owned(self.func);
            if self.has(ff::GEN | ff::INIT) {
                self.aux = count::owned(self.aux);
            }
            if self.has(ff::NAMESPACE) {
                self.namespace = count::owned(self.namespace);
            }
        }
    }
    /// The frame object, if it exists.
    pub fn object(&self) -> Option<Obj> {
        self.has(ff::OBJECT)
            .then(|| Val::from_word_ref(&self.object).to_obj())
    }
    pub fn set_object(&mut self, o: Obj) {
        debug_assert!(!self.has(ff::OBJECT));
        self.object = o.into_word();
        self.flags |= ff::OBJECT;
    }
    /// Takes the frame object out of the record.
    pub fn take_object(&mut self) -> Option<Obj> {
        if !self.has(ff::OBJECT) {
            return None;
        }
        self.flags &= !ff::OBJECT;
        // SAFETY: the record owned it.
        Some(unsafe { Obj::from_word(self.object) })
    }
    /// Drops the words that the record owns, but for the frame object, which is detached before.
    ///
    /// # Safety
    /// The record is no longer the running frame's.
    #[inline(always)]
    pub unsafe fn release(&mut self) {
        let func = std::mem::replace(&mut self.func, UNBOUND);
        if func.is_owned_ptr() {
            // SAFETY: the record owned it.
            drop(unsafe { Obj::from_word(func) });
        }
        if self.has(ff::GEN | ff::INIT | ff::NAMESPACE) {
            let aux = self.aux();
            let namespace = if self.has(ff::NAMESPACE) {
                self.namespace
            } else {
                UNBOUND
            };
            self.flags &= !(ff::GEN | ff::INIT | ff::NAMESPACE);
            // SAFETY: the record owned what is tagged so.
            drop(unsafe { (Obj::from_word(aux), Obj::from_word(namespace)) });
        }
    }
}
