//! The cycle collector: finds objects that only garbage refers to.
//!
//! # Method
//! 1. Every tracked object's count goes into its collector word (`Header::gc`).
//! 2. Each counted reference from a tracked object to another is subtracted. What is left counts references from outside:
//!    frames, native handles, statics.
//! 3. From the objects with references from outside, the immortal ones, the frozen ones and everything that frames refer to
//!    (also by borrowed words), all that can be reached is marked. The edge from an object to its type counts nothing, but
//!    is followed here.
//! 4. What is not marked is garbage: weak references with callbacks are cleared and called, finalizers run once (PEP 442),
//!    what became reachable again is kept, the rest is cleared and freed.
//!
//! **Invariant:** outside a collection the collector word is 0, or `FROZEN`.
//!
//! Deferred objects (types, modules, code, top-level functions) are freed only here: frames refer to them without a count,
//! and native code may hold a `&'static Type`. Therefore an unmarked deferred object whose address is found on the native
//! stack is kept.

use crate::heap::alloc::Heap;
use crate::heap::{count, destroy, weakref};
use crate::object::header::{HEADER_SIZE, Header, flags};
use crate::object::instance;
use crate::object::native::Tracer;
use crate::object::type_::Type;
use crate::object::value::{Obj, Word};
use crate::thread::{self, Py, pending};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The object takes part in the running collection; the low bits count its references from outside.
const IN: u32 = 1 << 31;
/// Reached from a root.
const MARKED: u32 = 1 << 30;
/// `gc.freeze` was called while it lived: a root for good.
pub(crate) const FROZEN: u32 = 1 << 29;
/// Marked, and what it refers to is marked or on the stack.
const SCANNED: u32 = 1 << 28;
/// More references than this count as this many.
const MAX_REFS: u32 = SCANNED - 1;

/// Most objects on the mark stack. Beyond that, objects are marked only; a walk over the heap finds them again.
const STACK_LIMIT: usize = 1 << 15;

/// Calls a function for each object of a set; called several times, so that no list of the whole heap is needed.
type Each<'a> = &'a dyn Fn(&mut dyn FnMut(*mut Header));

static RUNNING: AtomicBool = AtomicBool::new(false);
static ENABLED: AtomicBool = AtomicBool::new(true);
/// Tracked objects that survived the last collection.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Growth (tracked objects allocated and not freed) below which no automatic collection runs.
pub const MIN_GROWTH: usize = 20_000;

/// Growth limit that the program has chosen, 0 for none.
static ASKED_GROWTH: AtomicUsize = AtomicUsize::new(0);

/// `gc.set_threshold`: the growth after which a collection is due.
pub fn set_min_growth(n: i64) {
    ASKED_GROWTH.store(usize::try_from(n).unwrap_or(0), Ordering::Relaxed);
}

/// Result of a collection.
#[derive(Clone, Copy, Default)]
pub struct Outcome {
    /// Unreachable objects that were freed (or saved in `gc.garbage`).
    pub collected: usize,
    /// Unreachable objects that something still holds after they were cleared.
    pub uncollectable: usize,
}

/// Switches automatic collection.
pub fn set_enabled(on: bool) {
    // Relaxed: a setting of its own.
    ENABLED.store(on, Ordering::Relaxed);
}

pub fn is_enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

/// Growth at which the next automatic collection runs.
pub(crate) fn growth_limit() -> usize {
    // Relaxed: a heuristic.
    let asked = ASKED_GROWTH.load(Ordering::Relaxed);
    if asked > 0 {
        return asked;
    }
    MIN_GROWTH.max(LIVE.load(Ordering::Relaxed) / 4)
}

/// Runs a collection if the heap has grown enough since the last one and collection is enabled.
pub fn collect_if_due(py: &Py) {
    if is_enabled() && py.heap.growth() > growth_limit() as isize {
        crate::stdlib::gc::collect_automatically(py);
    }
}

/// Runs a full collection. `save_all`: garbage is not cleared but handed to `save`.
pub fn collect(py: &Py, save: Option<&mut Vec<Obj>>) -> Outcome {
    // Acquire, Release below: one collection at a time; a finalizer that asks for another one gets nothing.
    if RUNNING.swap(true, Ordering::Acquire) {
        return Outcome::default();
    }
    crate::heap::limbo::handshake(py);
    let outcome = match threads(py) {
        Some(all) => run(py, &all, save),
        None => Outcome::default(),
    };
    py.heap.reset_growth(growth_limit());
    RUNNING.store(false, Ordering::Release);
    outcome
}

/// The states of all threads, none of which runs while the caller collects; `None` if that cannot be had now.
fn threads(py: &Py) -> Option<Vec<&Py>> {
    thread::is_single_threaded().then(|| vec![py])
}

/// Calls `f` for each tracked object.
///
/// # Safety
/// No other thread runs; `f` neither allocates nor frees objects.
pub(crate) unsafe fn each_object(all: &[&Py], f: &mut dyn FnMut(*mut Header)) {
    // SAFETY: by the caller's promise.
    unsafe {
        for t in all {
            t.heap.walk(f);
        }
        Heap::walk_large(f);
    }
}

/// Calls `f` for each tracked object of the calling thread's process, if that can be had now.
pub(crate) fn each_live(py: &Py, f: &mut dyn FnMut(*mut Header)) {
    if let Some(all) = threads(py) {
        // SAFETY: no other thread runs; callers only look at the objects.
        unsafe { each_object(&all, f) };
    }
}

/// Visits what an object refers to (without its type).
///
/// # Safety
/// `p` is a live object.
pub(crate) unsafe fn trace(p: *mut Header, f: &mut dyn FnMut(Word)) {
    // SAFETY: the layout describes the payload behind the header.
    unsafe {
        let h = &*p;
        let mut t = Tracer(f);
        (h.shape().layout().trace)((p as *const u8).add(HEADER_SIZE), &mut t);
        instance::trace_attributes(h, &mut t);
    }
}

/// Collector word of an object.
///
/// # Safety
/// `p` is an object. Only the collector accesses the word, while nothing else runs.
unsafe fn word(p: *mut Header) -> u32 {
    // SAFETY: by the caller's promise. Relaxed: see there.
    unsafe { (*p).gc.load(Ordering::Relaxed) }
}

/// # Safety
/// As for `word`.
unsafe fn set_word(p: *mut Header, w: u32) {
    // SAFETY: by the caller's promise. Relaxed: see `word`.
    unsafe { (*p).gc.store(w, Ordering::Relaxed) }
}

/// Subtracts the counted references between the objects of a set whose words are initialized.
///
/// # Safety
/// The objects are live and nothing else runs.
unsafe fn subtract_internal(each: Each) {
    each(&mut |p| {
        // SAFETY: by the caller's promise; referred objects are alive.
        unsafe {
            trace(p, &mut |w| {
                if w.is_owned_ptr() {
                    let c = w.ptr();
                    let g = word(c);
                    if g & IN != 0 && g & MAX_REFS != 0 && g & MAX_REFS != MAX_REFS {
                        set_word(c, g - 1);
                    }
                }
            });
        }
    });
}

/// The objects that are marked, but not yet scanned.
#[derive(Default)]
struct Stack {
    objects: Vec<*mut Header>,
    /// Marked objects are missing in `objects`.
    overflowed: bool,
}

/// Scans the objects on the stack, and those that this puts there.
///
/// # Safety
/// As for `subtract_internal`.
unsafe fn drain(stack: &mut Stack) {
    while let Some(p) = stack.objects.pop() {
        // SAFETY: by the caller's promise.
        unsafe {
            set_word(p, word(p) | SCANNED);
            let ty = (*p).ty().header() as *const Header as *mut Header;
            reach(ty, stack);
            trace(p, &mut |w| reach(w.ptr(), stack));
        }
    }
}

/// Marks everything that can be reached from the marked objects.
///
/// # Safety
/// As for `subtract_internal`; `each` visits all objects that take part.
unsafe fn mark(stack: &mut Stack, each: Each) {
    // SAFETY: by the caller's promise.
    unsafe {
        drain(stack);
        while std::mem::take(&mut stack.overflowed) {
            each(&mut |p| {
                if word(p) & (MARKED | SCANNED) == MARKED {
                    stack.objects.push(p);
                    drain(stack);
                }
            });
        }
    }
}

/// Marks one object that takes part, and puts it on the stack.
///
/// # Safety
/// As for `subtract_internal`.
unsafe fn reach(p: *mut Header, stack: &mut Stack) {
    // SAFETY: by the caller's promise.
    unsafe {
        let g = word(p);
        if g & (IN | MARKED) == IN {
            set_word(p, g | MARKED);
            if stack.objects.len() < STACK_LIMIT {
                stack.objects.push(p);
            } else {
                stack.overflowed = true;
            }
        }
    }
}

/// Marks from all roots: objects with references from outside, immortal and frozen ones, and what frames hold.
///
/// # Safety
/// As for `mark`.
unsafe fn mark_from_roots(all: &[&Py], each: Each) {
    // SAFETY: by the caller's promise.
    unsafe {
        let mut stack = Stack::default();
        each(&mut |p| {
            let deferred_root = all.len() > 1 && (*p).flags() & flags::DEFERRED != 0;
            if word(p) & (MAX_REFS | FROZEN) != 0
                || (*p).flags() & flags::IMMORTAL != 0
                || deferred_root
            {
                reach(p, &mut stack);
                drain(&mut stack);
            }
        });
        for t in all {
            t.limbo.each(&mut |p| reach(p, &mut stack));
            t.interp.each_frame_word(&mut |w| {
                if w.is_ptr() && !w.is_unbound() {
                    reach(w.ptr(), &mut stack);
                }
            });
        }
        mark(&mut stack, each);
    }
}

/// Keeps unmarked deferred objects that native code on this thread's stack may refer to without a count.
///
/// # Safety
/// As for `subtract_internal`.
#[inline(never)]
unsafe fn mark_from_native_stack(py: &Py, each: Each) {
    // SAFETY: by the caller's promise.
    unsafe {
        let mut lost = Vec::new();
        each(&mut |p| {
            if word(p) & MARKED == 0 && (*p).flags() & flags::DEFERRED != 0 {
                lost.push(p as usize);
            }
        });
        if lost.is_empty() {
            return;
        }
        lost.sort_unstable();
        let mut found = Stack::default();
        // Below the innermost run of the interpreter lies the call of the collector, with stale words but no references.
        let here = &raw const found as usize;
        let mut at = here.max(py.interp.entry_sp.get()) & !7;
        let end = native_stack_end(at);
        while at < end {
            // Volatile: the words belong to other functions' frames.
            let w = (at as *const usize).read_volatile() & !7;
            for p in [w, w.wrapping_sub(HEADER_SIZE)] {
                if lost.binary_search(&p).is_ok() {
                    reach(p as *mut Header, &mut found);
                }
            }
            at += 8;
        }
        mark(&mut found, each);
    }
}

/// One past the highest address of this thread's stack.
fn native_stack_end(here: usize) -> usize {
    // SAFETY: plain calls of the pthread API on a zeroed attribute object.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) != 0 {
            return here;
        }
        let (mut addr, mut size) = (std::ptr::null_mut(), 0);
        let ok = libc::pthread_attr_getstack(&attr, &mut addr, &mut size) == 0;
        libc::pthread_attr_destroy(&mut attr);
        if ok { addr as usize + size } else { here }
    }
}

/// One collection.
fn run(py: &Py, all: &[&Py], save: Option<&mut Vec<Obj>>) -> Outcome {
    if verify_requested() {
        crate::heap::verify::report(py);
    }
    let mut live = 0;
    // SAFETY: no other thread runs, and until the end of the block no object is allocated or freed.
    let garbage: Vec<*mut Header> = unsafe {
        let each: Each = &|f| each_object(all, f);
        each(&mut |p| {
            let refs = count::total(&*p).clamp(0, MAX_REFS as i64) as u32;
            set_word(p, IN | word(p) & FROZEN | refs);
        });
        subtract_internal(each);
        mark_from_roots(all, each);
        mark_from_native_stack(py, each);
        let mut garbage = Vec::new();
        each(&mut |p| {
            if word(p) & MARKED == 0 {
                garbage.push(p);
            } else {
                set_word(p, word(p) & FROZEN);
                live += 1;
            }
        });
        garbage
    };
    // Relaxed: a heuristic.
    LIVE.store(live, Ordering::Relaxed);
    if garbage.is_empty() {
        return Outcome::default();
    }
    dispose(py, all, garbage, save)
}

fn verify_requested() -> bool {
    static ON: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *ON.get_or_init(|| std::env::var_os("PIRN_VERIFY_HEAP").is_some_and(|v| v != "0"))
}

/// Finalizes and frees unreachable objects; their collector words are `IN`, unmarked.
fn dispose(
    py: &Py,
    all: &[&Py],
    garbage: Vec<*mut Header>,
    save: Option<&mut Vec<Obj>>,
) -> Outcome {
    // SAFETY: garbage is alive: its members hold each other, and from here on the handles do.
    let held: Vec<Obj> = unsafe {
        garbage
            .iter()
            .map(|&p| {
                count::increment(p);
                Obj::from_ptr(p)
            })
            .collect()
    };
    for &p in &garbage {
        // SAFETY: the handles keep the objects; only this collection uses their collector words.
        unsafe {
            if (*p).flags() & flags::HAS_WEAKREF != 0 {
                weakref::clear_garbage(py, p, true, &|r| word(r) & IN != 0);
            }
        }
    }
    let mut ran = !py.callbacks.borrow().is_empty() || !py.finalizers.borrow().is_empty();
    pending::run_finalizers(py);
    for o in &held {
        let Some(h) = o.header() else { continue };
        if destroy::needs_finalizer(h) {
            h.set_flags(flags::FINALIZED);
            if let Some(f) = h.ty().slots.finalize.get() {
                ran = true;
                f(py, o);
            }
        }
    }
    // Python code that ran may have made objects reachable again.
    let dead = if ran {
        crate::heap::limbo::handshake(py);
        still_unreachable(py, all, held)
    } else {
        held
    };
    for o in &dead {
        // SAFETY: as above.
        unsafe { set_word(o.word().ptr(), 0) };
    }
    crate::heap::limbo::directly(py, || free(py, dead, save))
}

/// The members of `held` that are unreachable after finalizers ran; the others live on, their handles are dropped.
fn still_unreachable(py: &Py, all: &[&Py], held: Vec<Obj>) -> Vec<Obj> {
    let objects: Vec<*mut Header> = held.iter().map(|o| o.word().ptr()).collect();
    // SAFETY: the handles keep the objects, nothing else runs in this block.
    unsafe {
        for &p in &objects {
            let refs = (count::total(&*p) - 1).clamp(0, MAX_REFS as i64) as u32;
            set_word(p, IN | refs);
        }
        let each: Each = &|f| objects.iter().for_each(|&p| f(p));
        subtract_internal(each);
        mark_from_roots(all, each);
        mark_from_native_stack(py, each);
        let alive: Vec<bool> = objects.iter().map(|&p| word(p) & MARKED != 0).collect();
        for &p in &objects {
            set_word(p, 0);
        }
        let mut alive = alive.into_iter();
        held.into_iter()
            .filter(|_| !alive.next().unwrap_or(true))
            .collect()
    }
}

/// Clears and frees garbage whose finalizers ran.
fn free(py: &Py, dead: Vec<Obj>, save: Option<&mut Vec<Obj>>) -> Outcome {
    let collected = dead.len();
    if let Some(save) = save {
        save.extend(dead);
        return Outcome {
            collected,
            uncollectable: 0,
        };
    }
    for o in &dead {
        let Some(h) = o.header() else { continue };
        if h.flags() & flags::HAS_WEAKREF != 0 {
            // SAFETY: the handle keeps the object.
            unsafe { weakref::clear_garbage(py, o.word().ptr(), false, &|_| true) };
        }
        if let Some(t) = Type::of(o) {
            crate::object::type_::forget_subclass(t);
        }
        h.set_flags(flags::FINALIZED);
        h.clear_flags(flags::DEFERRED);
    }
    for o in &dead {
        let Some(h) = o.header() else { continue };
        // SAFETY: the layout describes the payload; garbage is cleared while the handle keeps its memory.
        unsafe { (h.shape().layout().clear)((o.word().ptr() as *const u8).add(HEADER_SIZE)) };
        instance::clear_attributes(h);
    }
    let uncollectable = release(dead);
    Outcome {
        collected: collected - uncollectable,
        uncollectable,
    }
}

/// Drops the handles so that an object's type is freed after the object. Returns the number of objects that something
/// still refers to: they are kept for good, with their types.
fn release(dead: Vec<Obj>) -> usize {
    let (types, mut rest): (Vec<Obj>, Vec<Obj>) =
        dead.into_iter().partition(|o| Type::of(o).is_some());
    drop_unshared(&mut rest);
    // Types of what survived, and of other types, are dropped last or not at all.
    let mut kept: HashSet<usize> = HashSet::new();
    for o in &rest {
        for t in o.ty().mro_iter() {
            kept.insert(t.header() as *const Header as usize);
        }
        kept.insert(o.ty().header() as *const Header as usize);
    }
    let metas: HashSet<usize> = types
        .iter()
        .map(|t| t.ty().header() as *const Header as usize)
        .collect();
    let (last, mut first): (Vec<Obj>, Vec<Obj>) = types
        .into_iter()
        .partition(|t| metas.contains(&(t.id() as usize)));
    first.retain(|t| !kept.contains(&(t.id() as usize)) || forget(t));
    drop_unshared(&mut first);
    let mut last = if first.is_empty() { last } else { Vec::new() };
    last.retain(|t| !kept.contains(&(t.id() as usize)) || forget(t));
    drop_unshared(&mut last);
    let survivors = rest.len() + first.len() + last.len();
    for o in rest.into_iter().chain(first).chain(last) {
        std::mem::forget(o);
    }
    survivors
}

/// Keeps a type for good. Always false: the caller drops its handle from a list with it.
fn forget(t: &Obj) -> bool {
    std::mem::forget(t.clone());
    false
}

/// Drops handles that are the only reference to their object until only shared ones are left.
fn drop_unshared(list: &mut Vec<Obj>) {
    loop {
        let before = list.len();
        list.retain(|o| o.header().is_some_and(|h| count::total(h) > 1));
        if list.len() == before || list.is_empty() {
            return;
        }
    }
}
