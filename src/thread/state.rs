//! `Py`: the state of one Python thread.
//!
//! **Invariant:** only the thread itself touches the non-atomic fields, except while it is detached and claimed, or stopped.

use super::stress::Stress;
use crate::heap::alloc::Heap;
use crate::heap::destroy::LARGE_FLAG;
use crate::heap::limbo::Limbo;
use crate::interp::state::InterpState;
use crate::object::header::{HEADER_SIZE, Header};
use crate::object::native::{Native, TypeDef};
use crate::object::shape::Shape;
use crate::object::type_::Type;
use crate::object::value::{Obj, UNBOUND, Word};
use parking_lot::Mutex;
use pirn_sync::biased_count::Merged;
use pirn_sync::handshake::Participant;
use pirn_sync::qsbr::Grace;
use pirn_sync::thread_state::ThreadWord;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// State of a Python thread; `&Py` is the proof that the calling OS thread is attached.
pub struct Py {
    /// Owner id in object headers, never 0.
    pub id: u16,
    /// Bits of `pending::why`: something to do at the next safepoint.
    pub poll: AtomicU32,
    pub heap: Heap,
    pub interp: InterpState,
    pub(crate) method_cache: MethodCache,
    pub(crate) attr_cache: AttrCache,
    /// Objects without references, to be destroyed by the running `destroy::drain`.
    pub(crate) dead: RefCell<Vec<*mut Header>>,
    pub(crate) draining: Cell<bool>,
    /// Escaped objects without references, until a handshake has ended all borrows.
    pub(crate) limbo: Limbo,
    /// Storage that other threads may still look at.
    pub(crate) retired: RefCell<Grace<Storage>>,
    pub(crate) stress: Stress,
    seat: Arc<Seat>,
    /// Objects whose finalizer has to run at the next bytecode boundary.
    pub(crate) finalizers: RefCell<Vec<Obj>>,
    /// Weak references (with callback) whose objects died: (weakref, callback).
    pub(crate) callbacks: RefCell<Vec<(Obj, Obj)>>,
    /// Lowest address that native code may use on this thread's stack.
    pub(crate) stack_limit: Cell<usize>,
    /// Objects for which a recursive repr is running.
    pub(crate) repr_guard: RefCell<Vec<u64>>,
}

/// What a thread shows to handshakes: its state word, and the way to its data for whoever has claimed it.
pub(crate) struct Seat {
    word: ThreadWord,
    py: AtomicPtr<Py>,
}

impl Participant for Seat {
    fn word(&self) -> &ThreadWord {
        &self.word
    }
    fn asked(&self) {
        self.state().set_pending(super::pending::HANDSHAKE);
    }
}

impl Seat {
    pub fn state(&self) -> &'static Py {
        // SAFETY: set before the seat is registered; thread states live as long as the process. Acquire: pairs with `create`.
        unsafe { &*self.py.load(Ordering::Acquire) }
    }
}

/// Unlinked memory of a container, freed when dropped.
pub(crate) struct Storage(pub *mut u8, pub std::alloc::Layout);

impl Drop for Storage {
    fn drop(&mut self) {
        // SAFETY: `thread::retire` took the memory over, with its layout; dropped when nobody reads it any more.
        unsafe { std::alloc::dealloc(self.0, self.1) };
    }
}

/// One entry of the method cache. Valid while `version` is the type's.
pub(crate) struct CacheEntry {
    pub version: Cell<u32>,
    pub name: Cell<u64>,
    pub value: Cell<u64>,
}

/// Attribute look-ups on types: (type version, name) -> borrowed word. The type's namespace keeps the value alive as long as
/// the version is current.
pub(crate) struct MethodCache(Box<[CacheEntry]>);

const METHOD_CACHE: usize = 4096;

impl MethodCache {
    fn new() -> MethodCache {
        MethodCache(
            (0..METHOD_CACHE)
                .map(|_| CacheEntry {
                    version: Cell::new(0),
                    name: Cell::new(0),
                    value: Cell::new(UNBOUND.0),
                })
                .collect(),
        )
    }
    #[inline(always)]
    pub fn entry(&self, version: u32, name: u64) -> &CacheEntry {
        &self.0[((version as usize).wrapping_mul(31) ^ (name >> 4) as usize) & (METHOD_CACHE - 1)]
    }
}

/// Second level of the attribute caches, for instructions that see several shapes: (version id, name) -> cache word.
pub(crate) struct AttrCache {
    entries: Box<[(Cell<u64>, Cell<u64>)]>,
    /// Hits since an instruction's own cache was replaced by one.
    hits: Cell<u32>,
}

const ATTR_CACHE: usize = 1024;

impl AttrCache {
    fn new() -> AttrCache {
        AttrCache {
            entries: (0..ATTR_CACHE)
                .map(|_| (Cell::new(0), Cell::new(0)))
                .collect(),
            hits: Cell::new(0),
        }
    }
    #[inline(always)]
    fn entry(&self, version: u32, name: u64) -> &(Cell<u64>, Cell<u64>) {
        let at = (version as usize).wrapping_mul(31) ^ (name >> 4) as usize;
        // SAFETY: the index is masked to the length.
        unsafe { self.entries.get_unchecked(at & (ATTR_CACHE - 1)) }
    }
    /// The cache word for `name` (an address) in the shape with this version, 0 if unknown.
    #[inline(always)]
    pub fn get(&self, version: u32, name: u64) -> u64 {
        let e = self.entry(version, name);
        let word = e.1.get();
        if e.0.get() == name && crate::interp::cache::version(word) == version {
            word
        } else {
            0
        }
    }
    pub fn put(&self, name: u64, word: u64) {
        let e = self.entry(crate::interp::cache::version(word), name);
        e.0.set(name);
        e.1.set(word);
    }
    /// Whether the instruction that had this hit should take it over: now and then, so that its own cache comes to hold
    /// what it sees most often without being written all the time.
    #[inline(always)]
    pub fn promote(&self) -> bool {
        let n = self.hits.get().wrapping_add(1);
        self.hits.set(n);
        n & 15 == 0
    }
}

static MERGE_QUEUE: Mutex<Vec<usize>> = Mutex::new(Vec::new());
static NEXT_ID: AtomicU32 = AtomicU32::new(1);

impl Py {
    /// A state for the calling OS thread, which becomes attached. It lives as long as the process.
    pub(crate) fn create() -> &'static Py {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed) as u16;
        let py: &'static Py = Box::leak(Box::new(Py {
            id,
            poll: AtomicU32::new(0),
            heap: Heap::new(id),
            interp: InterpState::new(crate::runtime::recording()),
            method_cache: MethodCache::new(),
            attr_cache: AttrCache::new(),
            dead: RefCell::new(Vec::new()),
            draining: Cell::new(false),
            finalizers: RefCell::new(Vec::new()),
            callbacks: RefCell::new(Vec::new()),
            limbo: Limbo::new(),
            retired: RefCell::new(Grace::new()),
            stress: Stress::new(),
            seat: Arc::new(Seat {
                word: ThreadWord::new(),
                py: AtomicPtr::new(std::ptr::null_mut()),
            }),
            stack_limit: Cell::new(native_stack_limit()),
            repr_guard: RefCell::new(Vec::new()),
        }));
        // Release: pairs with the Acquire in `Seat::state`.
        py.seat
            .py
            .store((py as *const Py).cast_mut(), Ordering::Release);
        super::count_threads(1);
        super::HANDSHAKES.register(Arc::clone(&py.seat));
        super::HANDSHAKES.attach(&py.seat);
        super::set_current(Some(py));
        if py.stress.handshake.get() {
            py.interp.request_pending();
        }
        py
    }

    /// A new object of a built-in type.
    #[inline(always)]
    pub fn alloc<T: Native>(&self, def: &'static TypeDef, payload: T) -> Obj {
        let shape = def.shape();
        if shape.ext != 0 {
            return self.alloc_in(def.ty(), payload);
        }
        debug_assert!(std::ptr::eq(def.layout, T::layout()));
        let size = HEADER_SIZE + size_of::<T>();
        let (p, large) = self
            .heap
            .alloc(size, T::LEAF)
            .unwrap_or_else(|| out_of_memory());
        // SAFETY: fresh memory of `size` bytes.
        unsafe {
            ((p as *mut u8).add(HEADER_SIZE) as *mut T).write(payload);
            Header::init(p, shape, self.id);
            if large {
                (*p).set_flags(LARGE_FLAG);
            }
            Obj::from_ptr(p)
        }
    }

    /// A new object of `ty`, whose layout is `T`'s: members and attribute slots are empty.
    pub fn alloc_in<T: Native>(&self, ty: &'static Type, payload: T) -> Obj {
        assert!(
            std::ptr::eq(ty.layout, T::layout()),
            "layout of {} is not {}",
            ty.name(),
            T::layout().name
        );
        let size = ty.instance_size();
        let leaf = T::LEAF && size == HEADER_SIZE + ty.layout.size;
        let p = self.alloc_memory(size, leaf);
        // SAFETY: fresh memory of `size` bytes.
        unsafe {
            ((p as *mut u8).add(HEADER_SIZE) as *mut T).write(payload);
            init_tail(p, ty, HEADER_SIZE + ty.layout.size);
            let large = (*p).flags() & LARGE_FLAG;
            Header::init(p, ty.shape(), self.id);
            if large != 0 {
                (*p).set_flags(LARGE_FLAG);
            }
            Obj::from_ptr(p)
        }
    }

    /// An instance without attributes of a class with the layout of `object`, as an owned word.
    #[inline(always)]
    pub(crate) fn alloc_plain(&self, ty: &'static Type) -> Word {
        debug_assert!(ty.layout.size == 0 && ty.ext != crate::object::type_::VAR_EXT);
        let size = ty.instance_size();
        let (p, large) = self
            .heap
            .alloc(size, false)
            .unwrap_or_else(|| out_of_memory());
        // SAFETY: fresh memory of `size` bytes, which are whole words.
        unsafe {
            let end = (p as *mut u8).add(size) as *mut u64;
            let mut at = (p as *mut u8).add(HEADER_SIZE) as *mut u64;
            while at < end {
                *at = UNBOUND.0;
                at = at.add(1);
                // Few steps as a rule: a vectorized loop costs more to set up than it saves.
                std::arch::asm!("", options(nomem, nostack, preserves_flags));
            }
            if ty.ext != 0 {
                ((p as *mut u8).add(ty.ext as usize) as *mut u64).write(0);
            }
            Header::init(p, ty.shape(), self.id);
            if large {
                (*p).set_flags(LARGE_FLAG);
            }
        }
        Word(p as u64)
    }

    /// A new object with `extra` bytes behind the payload, which `fill` initializes before the object is visible.
    /// `None` when memory is exhausted.
    pub fn alloc_var<T: Native>(
        &self,
        ty: &'static Type,
        payload: T,
        extra: usize,
        fill: impl FnOnce(*mut u8),
    ) -> Option<Obj> {
        let ext = ty.ext != 0;
        let size = (HEADER_SIZE + size_of::<T>())
            .checked_add(extra)?
            .checked_next_multiple_of(8)?
            .checked_add(8 * ext as usize)?;
        let (p, large) = self.heap.alloc(size, T::LEAF && !ext)?;
        // SAFETY: fresh memory of `size` bytes.
        unsafe {
            let payload_at = (p as *mut u8).add(HEADER_SIZE) as *mut T;
            payload_at.write(payload);
            fill(payload_at.add(1) as *mut u8);
            if ext {
                ((p as *mut u8).add(size - 8) as *mut u64).write(0);
            }
            Header::init(p, ty.shape(), self.id);
            if large {
                (*p).set_flags(LARGE_FLAG);
            }
            Some(Obj::from_ptr(p))
        }
    }

    /// Memory for an object whose header the caller initializes; its flags byte already says whether it is large.
    pub(crate) fn alloc_memory(&self, size: usize, leaf: bool) -> *mut Header {
        let (p, large) = self
            .heap
            .alloc(size, leaf)
            .unwrap_or_else(|| out_of_memory());
        // SAFETY: fresh memory; a null shape keeps the walk away from it.
        unsafe {
            Header::init(p, std::ptr::null::<Shape>(), self.id);
            if large {
                (*p).set_flags(LARGE_FLAG);
            }
        }
        p
    }

    /// Puts an object on the list of those whose finalizer runs at the next bytecode boundary.
    pub(crate) fn queue_finalizer(&self, o: Obj) {
        self.finalizers.borrow_mut().push(o);
        self.set_pending(super::pending::FINALIZERS);
    }

    /// Asks this thread to do pending work at its next bytecode boundary.
    pub fn set_pending(&self, why: u32) {
        // Release: pairs with the Acquire swap in `pending::run`.
        self.poll.fetch_or(why, Ordering::Release);
        self.interp.request_pending();
    }

    /// Runs `f`, which may wait for something outside (time, a file, a lock) and must not touch Python objects. Other
    /// threads need not wait for this one meanwhile.
    pub fn detached<R>(&self, f: impl FnOnce() -> R) -> R {
        struct Back<'a>(&'a Seat);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                super::HANDSHAKES.attach(self.0);
            }
        }
        super::HANDSHAKES.detach(&self.seat, super::convert);
        let _back = Back(&self.seat);
        f()
    }

    /// This thread's part in handshakes.
    #[inline(always)]
    pub(crate) fn seat(&self) -> &Seat {
        &self.seat
    }

    pub(crate) fn stack_limit(&self) -> usize {
        self.stack_limit.get()
    }
    /// To be called when the state changes to another OS thread.
    pub(crate) fn set_stack_limit(&self, limit: usize) {
        self.stack_limit.set(limit);
    }

    /// Raises RecursionError when little of the native stack is left.
    #[inline(always)]
    pub fn check_native_stack(&self) -> crate::error::PyResult<()> {
        let here = 0u8;
        if (&raw const here as usize) < self.stack_limit.get() {
            return Err(self.native_recursion());
        }
        Ok(())
    }

    #[cold]
    fn native_recursion(&self) -> crate::error::Raised {
        self.recursion_error("maximum recursion depth exceeded")
    }
}

/// Empties members, extension word and inline slots of fresh memory.
///
/// # Safety
/// `p` is exclusive memory of an instance of `ty`; `from` is the end of the payload.
unsafe fn init_tail(p: *mut Header, ty: &Type, from: usize) {
    // SAFETY: the words lie between the payload and the instance's end.
    unsafe {
        let end = ty.instance_size();
        let mut at = from;
        while at < end {
            ((p as *mut u8).add(at) as *mut u64).write(UNBOUND.0);
            at += 8;
        }
        if ty.ext != 0 && ty.ext != crate::object::type_::VAR_EXT {
            ((p as *mut u8).add(ty.ext as usize) as *mut u64).write(0);
        }
    }
}

#[cold]
fn out_of_memory() -> ! {
    std::alloc::handle_alloc_error(std::alloc::Layout::new::<Header>())
}

/// Address below which native recursion must stop: the stack's end plus a reserve.
pub(crate) fn native_stack_limit() -> usize {
    const RESERVE: usize = 256 << 10;
    // SAFETY: plain calls of the pthread API on a zeroed attribute object.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) == 0 {
            let (mut addr, mut size) = (std::ptr::null_mut(), 0);
            let ok = libc::pthread_attr_getstack(&attr, &mut addr, &mut size) == 0;
            libc::pthread_attr_destroy(&mut attr);
            if ok {
                return addr as usize + RESERVE;
            }
        }
    }
    let here = 0u8;
    &raw const here as usize - (4 << 20)
}

pub(super) fn queue_merge(p: *mut Header) {
    MERGE_QUEUE.lock().push(p as usize);
}

/// Merges the counts of queued objects that this thread owns; the entries' references end.
pub(crate) fn run_merge_queue(py: &Py) {
    let mine: Vec<usize> = {
        let mut q = MERGE_QUEUE.lock();
        let (mine, rest) = q.drain(..).partition(|&p| {
            // SAFETY: the entry owns a reference.
            unsafe { (*(p as *mut Header)).owner.load(Ordering::Relaxed) == py.id }
        });
        *q = rest;
        mine
    };
    for p in mine {
        let p = p as *mut Header;
        // SAFETY: the entry owned a reference, which ends with the merge; zero is found once.
        unsafe {
            let h = &*p;
            let local = h.local.swap(0, Ordering::Relaxed);
            h.owner.store(0, Ordering::Relaxed);
            if h.shared.merge_queued(local) == Merged::Zero {
                crate::heap::count::found_zero(p);
            }
        }
    }
}

/// Puts storage on the thread's list; a long list asks for a handshake.
pub(super) fn retire(py: &Py, storage: Storage) {
    const MANY: usize = 256;
    let mut list = py.retired.borrow_mut();
    list.retire(storage);
    if list.len() >= MANY {
        py.set_pending(super::pending::LIMBO);
    }
}
