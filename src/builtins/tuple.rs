//! `tuple`: items inline behind the payload, written once before publication.

use crate::object::native::Tracer;
use crate::object::native::typedef::Trace;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val, Word};
use crate::thread::Py;
use std::sync::atomic::{AtomicU64, Ordering};

/// Payload; the items follow.
#[repr(C)]
pub struct TupleObj {
    len: usize,
    /// 0: not computed yet.
    pub(crate) hash: AtomicU64,
}

impl TupleObj {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    #[inline(always)]
    pub fn items(&self) -> &[Val] {
        // SAFETY: `len` items stand behind the payload and are never replaced while the tuple is alive.
        unsafe {
            std::slice::from_raw_parts((self as *const TupleObj).add(1) as *const Val, self.len)
        }
    }
    pub(crate) fn slots(&self) -> &[Slot] {
        // SAFETY: as in `items`.
        unsafe {
            std::slice::from_raw_parts((self as *const TupleObj).add(1) as *const Slot, self.len)
        }
    }
    /// Moves item `i` out.
    ///
    /// # Safety
    /// The caller's is the only reference to the tuple, which is dropped before anything reads the item again.
    pub(crate) unsafe fn take_item(&self, i: usize) -> Word {
        self.slots()[i].swap_word(crate::object::value::UNBOUND)
    }
    pub(crate) fn payload_size(&self) -> usize {
        size_of::<TupleObj>() + 8 * self.len
    }
}

impl Trace for TupleObj {
    fn trace(&self, t: &mut Tracer) {
        self.items().iter().for_each(|v| t.obj(v));
    }
    fn clear(&self) {
        // Garbage is not read any more, so the items may be replaced.
        for s in self.slots() {
            s.set(crate::builtins::singletons::none());
        }
    }
}

impl Drop for TupleObj {
    fn drop(&mut self) {
        // The last item ends first.
        for s in self.slots().iter().rev() {
            if s.word().is_owned_ptr() {
                s.take();
            }
        }
    }
}

crate::native_type!(
    /// The type `tuple`.
    pub TUPLE: TupleObj = "tuple", base crate::object::base::OBJECT,
    flags tf::BASETYPE | tf::TUPLE | tf::SEQUENCE | tf::MATCH_SELF, init crate::builtins::tuple_methods::init
);

static EMPTY: AtomicU64 = AtomicU64::new(0);

/// A tuple of owned items.
pub fn new(py: &Py, items: Vec<Obj>) -> Obj {
    if items.is_empty() {
        return empty(py);
    }
    from_words(py, TUPLE.ty(), items.into_iter().map(Obj::into_word))
}

/// A tuple of a fixed number of owned items.
pub fn from_array<const N: usize>(py: &Py, items: [Obj; N]) -> Obj {
    if N == 0 {
        return empty(py);
    }
    from_words(py, TUPLE.ty(), items.into_iter().map(Obj::into_word))
}

/// The empty tuple.
pub fn empty(py: &Py) -> Obj {
    // Acquire: pairs with the Release below.
    let w = EMPTY.load(Ordering::Acquire);
    if w != 0 {
        return Obj::clone_word(Word(w));
    }
    let t = from_words(py, TUPLE.ty(), std::iter::empty());
    t.header()
        .expect("heap object")
        .set_flags(crate::object::header::flags::IMMORTAL);
    let w = t.word().borrowed();
    // Release: the object is complete. A race makes two empty tuples, of which one is used from then on.
    EMPTY.store(w.0, Ordering::Release);
    Obj::clone_word(w)
}

/// A tuple that takes new references to `items`.
pub fn from_slice(py: &Py, items: &[Val]) -> Obj {
    if items.is_empty() {
        return empty(py);
    }
    from_words(py, TUPLE.ty(), items.iter().map(|v| v.to_obj().into_word()))
}

/// An instance of `ty` (tuple or a subclass) that takes new references to `items`.
pub fn new_in(py: &Py, ty: &'static Type, items: &[Val]) -> Obj {
    if std::ptr::eq(ty, TUPLE.ty()) {
        return from_slice(py, items);
    }
    from_words(py, ty, items.iter().map(|v| v.to_obj().into_word()))
}

/// Takes over the counts that the words own.
pub(crate) fn from_words(
    py: &Py,
    ty: &'static Type,
    items: impl ExactSizeIterator<Item = Word>,
) -> Obj {
    let len = items.len();
    let payload = TupleObj {
        len,
        hash: AtomicU64::new(0),
    };
    let made = py.alloc_var(ty, payload, len * 8, |p| {
        for (i, w) in items.enumerate() {
            crate::heap::count::escape(w);
            // SAFETY: room for `len` words.
            unsafe { (p as *mut u64).add(i).write(w.0) };
        }
    });
    made.unwrap_or_else(|| crate::builtins::str::intern::out_of_memory())
}
