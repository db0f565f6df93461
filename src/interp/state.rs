//! The interpreter's part of a thread: slot stack, frame stack, active dispatch table, handled exceptions.
//!
//! Slots and frame records live in two lazily committed mappings, so a Python call is pointer arithmetic.
//! **Invariant:** no slot above the running frame's window holds an owned pointer.

use super::abi::Table;
use super::frame::{Frame, ff};
use super::record::Buffer;
use crate::error::{PyResult, Raised};
use crate::heap::count;
use crate::object::value::{BORROWED_BIT, Obj, Slot, UNBOUND, Word};
use crate::thread::Py;
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicPtr, Ordering};

/// Slots of a thread's stack (64 MiB of address space).
const STACK_SLOTS: usize = 8 << 20;
/// Frame records of a thread.
const FRAMES: usize = 1 << 20;

/// One level of exception handling: the exception being handled, linked to the level of whoever resumed the generator.
pub struct ExcLevel {
    pub value: Slot,
    pub prev: Cell<*const ExcLevel>,
}

impl ExcLevel {
    pub const fn new() -> ExcLevel {
        ExcLevel {
            value: Slot::empty(),
            prev: Cell::new(std::ptr::null()),
        }
    }
}

impl Default for ExcLevel {
    fn default() -> ExcLevel {
        ExcLevel::new()
    }
}

/// See the module documentation.
pub struct InterpState {
    /// What handlers dispatch through after anything that may have queued work: the mode's table or PENDING.
    pub(crate) active: AtomicPtr<Table>,
    /// The mode's table: EXEC, TRACE or RECORD.
    pub(crate) mode: Cell<*const Table>,
    /// The running frame; the record below the first frame is a sentinel without code.
    pub(crate) frame: Cell<*mut Frame>,
    /// The clean mark: frames below it hold no borrowed words (but for objects that frames do not count). It is at or below
    /// the running frame, and the record that it points to has BARRIER.
    clean: Cell<*mut Frame>,
    /// End of the slots that are filled so far; see `grow_stack`.
    pub(crate) stack_end: Cell<*mut u64>,
    /// First frame record that is too many (recursion limit).
    pub(crate) frame_limit: Cell<*mut Frame>,
    /// Native stack address below which only the dispatch of the innermost run's instruction lies; 0 outside of runs.
    pub(crate) entry_sp: Cell<usize>,
    frames: *mut Frame,
    stack: *mut u64,
    /// Result of the frame that returns to native code.
    pub(crate) outcome: Cell<u64>,
    /// The exception on its way to a handler.
    raised: RefCell<Option<Raised>>,
    pub(crate) exc_top: Cell<*const ExcLevel>,
    base_level: Box<ExcLevel>,
    /// State handed back by a handler of the portable loop.
    pub(crate) resume: Cell<(*const u64, *mut u64, *const Table, *mut Frame)>,
    /// The last executed instructions while the mode is RECORD.
    pub(crate) record: Buffer,
    /// Frame and instruction that an exception was raised in last.
    pub(crate) raised_at: Cell<(*mut Frame, u32)>,
    /// Listeners of this thread.
    pub(crate) trace: super::trace::TraceState,
}

// SAFETY: the state belongs to one thread; see `Py`.
unsafe impl Sync for InterpState {}
// SAFETY: as above.
unsafe impl Send for InterpState {}

fn map(bytes: usize) -> *mut u8 {
    // SAFETY: a fresh anonymous mapping.
    let m = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    assert!(
        m != libc::MAP_FAILED,
        "no address space for a thread's stack"
    );
    m.cast()
}

impl InterpState {
    /// State of a new thread, which records what it executes if `recording`.
    pub fn new(recording: bool) -> InterpState {
        let stack = map(STACK_SLOTS * 8) as *mut u64;
        let frames = map(FRAMES * size_of::<Frame>()) as *mut Frame;
        // SAFETY: the mapping has room; the sentinel owns nothing.
        unsafe { frames.write(Frame::sentinel(stack)) };
        let base_level = Box::new(ExcLevel::new());
        let (table, record) = if recording {
            (super::dispatch::record_table(), Buffer::with_room())
        } else {
            (super::dispatch::exec_table(), Buffer::default())
        };
        InterpState {
            active: AtomicPtr::new((table as *const Table).cast_mut()),
            mode: Cell::new(table),
            frame: Cell::new(frames),
            clean: Cell::new(frames),
            entry_sp: Cell::new(0),
            stack_end: Cell::new(stack),
            // SAFETY: within the mapping.
            frame_limit: Cell::new(unsafe { frames.add(1 + 1000) }),
            frames,
            stack,
            outcome: Cell::new(0),
            raised: RefCell::new(None),
            exc_top: Cell::new(&*base_level),
            base_level,
            resume: Cell::new((std::ptr::null(), std::ptr::null_mut(), table, frames)),
            record,
            raised_at: Cell::new((std::ptr::null_mut(), 0)),
            trace: super::trace::TraceState::default(),
        }
    }
    /// Makes the slots below `end` usable: fresh memory is filled with UNBOUND, since a zero word would look like an owned
    /// pointer. False at the stack's end.
    #[cold]
    #[inline(never)]
    pub(crate) fn grow_stack(&self, end: *mut u64) -> bool {
        const CHUNK: usize = 1 << 12;
        // SAFETY: within the mapping; the reserve lets the collector and error paths run.
        let hard = unsafe { self.stack.add(STACK_SLOTS - 4096) };
        if end > hard {
            return false;
        }
        let mut p = self.stack_end.get();
        let to = end.wrapping_add(CHUNK).min(hard);
        while p < to {
            // SAFETY: within the mapping, above all live slots.
            unsafe {
                p.write(UNBOUND.0);
                p = p.add(1);
            }
        }
        self.stack_end.set(p);
        true
    }
    /// First slot behind the running frame.
    #[inline(always)]
    pub(crate) fn top(&self) -> *mut u64 {
        // SAFETY: the running frame is a live record.
        unsafe { (*self.frame.get()).top() }
    }
    /// Makes the frame below `frame`, which is the running one, the running frame.
    #[inline(always)]
    pub(crate) fn leave(&self, frame: *mut Frame) {
        // SAFETY: `frame` is above the sentinel.
        let caller = unsafe { frame.sub(1) };
        self.frame.set(caller);
        if self.clean.get() >= frame {
            self.clean.set(caller);
            // SAFETY: a live record.
            unsafe { (*caller).flags |= ff::BARRIER };
        }
    }
    /// Makes every borrowed word of this thread's frames owned, except for objects that frames do not count.
    pub(crate) fn own_borrowed(&self) {
        let (from, running) = (self.clean.get(), self.frame.get());
        // SAFETY: records from the mark to the running frame are live; slots below the running frame's end are initialized,
        // and what is a pointer refers to a live object: an escaped one at zero waits in limbo.
        unsafe {
            let (mut p, top) = ((*from).base, (*running).top());
            while p < top {
                let w = Word(*p);
                if w.0 & 7 == BORROWED_BIT && !w.is_unbound() {
                    debug_assert!(
                        !(*w.ptr()).shape_ptr().is_null(),
                        "a slot outlived its object"
                    );
                    *p = count::own_for_frame(w.ptr()).0;
                }
                p = p.add(1);
            }
            let mut f = from;
            while f <= running {
                (*f).own_words();
                f = f.add(1);
            }
            (*running).flags |= ff::BARRIER;
        }
        self.clean.set(running);
    }
    /// Number of frames.
    pub fn depth(&self) -> usize {
        // SAFETY: both point into the frame mapping.
        unsafe { self.frame.get().offset_from(self.frames) as usize }
    }
    /// Sets the recursion limit for this thread.
    pub fn set_recursion_limit(&self, n: usize) {
        // SAFETY: within the mapping.
        self.frame_limit
            .set(unsafe { self.frames.add(1 + n.min(FRAMES - 2)) });
    }
    pub fn recursion_limit(&self) -> usize {
        // SAFETY: both point into the frame mapping.
        unsafe { self.frame_limit.get().offset_from(self.frames) as usize - 1 }
    }
    /// Makes handlers stop at the next instruction.
    pub(crate) fn request_pending(&self) {
        // Relaxed: the poll word, which the handler reads, publishes the reasons. Signals and other threads write here too.
        self.active.store(
            (super::dispatch::pending_table() as *const Table).cast_mut(),
            Ordering::Relaxed,
        );
    }
    /// The mode of a thread without listeners.
    pub(crate) fn untraced_mode(&self) -> &'static Table {
        if self.record.is_on() {
            super::dispatch::record_table()
        } else {
            super::dispatch::exec_table()
        }
    }
    /// Changes the mode. Waiting work stays requested.
    pub(crate) fn set_mode(&self, table: &'static Table) {
        let old = self.mode.replace(table);
        // Relaxed: only this thread and its signal handlers dispatch through the word.
        let _ = self.active.compare_exchange(
            old.cast_mut(),
            (table as *const Table).cast_mut(),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }
    pub(crate) fn clear_pending(&self) {
        self.active
            .store(self.mode.get().cast_mut(), Ordering::Relaxed);
    }
    pub(crate) fn set_raised(&self, e: Raised) {
        *self.raised.borrow_mut() = Some(e);
    }
    pub(crate) fn take_raised(&self, py: &Py) -> Raised {
        self.raised
            .borrow_mut()
            .take()
            .unwrap_or_else(|| py.system_error("error return without exception set"))
    }
    /// The exception that is being handled (`sys.exception()`), innermost level that has one.
    pub fn handled(&self) -> Option<Obj> {
        let mut l = self.exc_top.get();
        while !l.is_null() {
            // SAFETY: levels are linked only while their generator runs.
            let level = unsafe { &*l };
            if let Some(v) = level.value.get()
                && !v.is_none()
            {
                return Some(v);
            }
            l = level.prev.get();
        }
        None
    }
    /// The innermost level.
    #[inline(always)]
    pub(crate) fn level(&self) -> &ExcLevel {
        // SAFETY: never null; see `handled`.
        unsafe { &*self.exc_top.get() }
    }
    /// Frames from the innermost outwards.
    pub(crate) fn frames(&self) -> impl Iterator<Item = *mut Frame> {
        let (mut f, end) = (self.frame.get(), self.frames);
        std::iter::from_fn(move || {
            if f == end {
                return None;
            }
            let this = f;
            // SAFETY: above the sentinel.
            f = unsafe { f.sub(1) };
            Some(this)
        })
    }
    /// Calls `f` for each pointer word that frames hold, owned and borrowed ones.
    pub fn each_frame_word(&self, f: &mut dyn FnMut(Word)) {
        let top = self.top();
        let mut p = self.stack;
        let mut visit = |w: Word| {
            if w.is_ptr() && !w.is_unbound() && w.0 != 0 {
                f(w);
            }
        };
        while p < top {
            // SAFETY: the slots below the top are initialized, or zero pages that were never used.
            visit(Word(unsafe { *p }));
            // SAFETY: below the top.
            p = unsafe { p.add(1) };
        }
        for fr in self.frames() {
            // SAFETY: live records.
            unsafe { (*fr).each_word(&mut visit) };
        }
        let mut l = self.exc_top.get();
        while !l.is_null() {
            // SAFETY: as in `handled`.
            let level = unsafe { &*l };
            if std::ptr::eq(level, &*self.base_level) {
                visit(level.value.word());
            }
            l = level.prev.get();
        }
    }
    /// Raises RecursionError if `frame` is too many.
    #[cold]
    pub(crate) fn recursion(&self, py: &Py) -> Raised {
        py.recursion_error("maximum recursion depth exceeded")
    }
    /// The result of the frame that has just returned to native code.
    pub(crate) fn take_outcome(&self, py: &Py) -> PyResult<Obj> {
        let w = self.outcome.replace(UNBOUND.0);
        if w == 0 {
            return Err(self.take_raised(py));
        }
        // SAFETY: the frame handed its result over.
        Ok(unsafe { Obj::from_word(Word(w)) })
    }
}

impl Default for InterpState {
    fn default() -> InterpState {
        InterpState::new(false)
    }
}

impl Drop for InterpState {
    fn drop(&mut self) {
        // SAFETY: the mappings made in `new`; no frame is left.
        unsafe {
            libc::munmap(self.stack.cast(), STACK_SLOTS * 8);
            libc::munmap(self.frames.cast(), FRAMES * size_of::<Frame>());
        }
    }
}
