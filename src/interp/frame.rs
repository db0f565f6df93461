//! Frame records: what a running function needs besides its slots.

use crate::builtins::code::CodeObj;
use crate::builtins::dict::DictObj;
use crate::object::value::{Obj, UNBOUND, Val, Word};

/// Frame flags.
pub mod ff {
    /// Returns to native code.
    pub const ENTRY: u16 = 1;
    /// Belongs to a generator, coroutine or async generator (`Frame::gen`).
    pub const GEN: u16 = 2;
    /// Runs `__init__` for a call of a class: the result is the instance in `Frame::aux`.
    pub const INIT: u16 = 4;
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
    /// Namespace mapping of module and class bodies, `exec`, `eval`; UNBOUND in functions.
    pub namespace: Word,
    /// The generator object (borrowed: whoever resumes it keeps it), or the new instance with INIT (owned).
    pub aux: Word,
    /// The frame object, once somebody asked for it (owned).
    pub object: Word,
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
    /// The namespace, if this frame has one.
    pub fn namespace(&self) -> Option<&Val> {
        Val::from_word_ref(&self.namespace).given()
    }
    /// Calls `f` for each word of the record.
    pub fn each_word(&self, f: &mut dyn FnMut(Word)) {
        for w in [self.func, self.namespace, self.aux, self.object] {
            f(w);
        }
    }
    /// The frame object, if it exists.
    pub fn object(&self) -> Option<Obj> {
        Val::from_word_ref(&self.object).given().map(Val::to_obj)
    }
}
