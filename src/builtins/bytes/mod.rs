//! `bytes`: length and bytes inline behind the payload, immutable.

pub mod common;
pub mod hex;
pub mod iter;
pub mod methods;
pub mod percent;
pub mod search;
pub mod split;
pub mod view;

pub use view::{Data, data};

use crate::object::native::Tracer;
use crate::object::native::typedef::Trace;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val, Word};
use crate::thread::Py;
use std::sync::atomic::{AtomicU64, Ordering};

/// Payload; the bytes follow.
#[repr(C)]
pub struct BytesObj {
    /// 0: not computed yet.
    hash: AtomicU64,
    len: usize,
}

impl Trace for BytesObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `bytes`.
    pub BYTES: BytesObj = "bytes", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::BYTES | tf::MATCH_SELF,
    init methods::init
);

impl BytesObj {
    /// Number of bytes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: `len` bytes stand behind the payload and never change.
        unsafe {
            std::slice::from_raw_parts((self as *const BytesObj).add(1) as *const u8, self.len)
        }
    }
    /// Whole payload bytes with items, for `var_payload_size`.
    pub(crate) fn payload_size(&self) -> usize {
        (size_of::<BytesObj>() + self.len).next_multiple_of(8)
    }
    /// Hash as Python sees it; equal to that of a str of the same ASCII text.
    #[inline]
    pub fn hash(&self) -> i64 {
        // Relaxed: every thread computes the same value.
        let h = self.hash.load(Ordering::Relaxed);
        if h != 0 {
            return h as i64;
        }
        let h = crate::builtins::str::hash_bytes(self.as_slice());
        self.hash.store(h as u64, Ordering::Relaxed);
        h
    }
}

static EMPTY: AtomicU64 = AtomicU64::new(0);
static SINGLE: [AtomicU64; 256] = [const { AtomicU64::new(0) }; 256];

/// An immortal object kept in `place`, made on first use.
fn shared(py: &Py, place: &AtomicU64, b: &[u8]) -> Obj {
    // Acquire: pairs with the Release below.
    let w = place.load(Ordering::Acquire);
    if w != 0 {
        return Obj::clone_word(Word(w));
    }
    let o =
        alloc(py, BYTES.ty(), b).unwrap_or_else(|| crate::builtins::str::intern::out_of_memory());
    o.header()
        .expect("heap object")
        .set_flags(crate::object::header::flags::IMMORTAL);
    let w = o.word().borrowed();
    // Release: the object is complete. A race makes two, of which one is used from then on.
    place.store(w.0, Ordering::Release);
    Obj::clone_word(w)
}

fn alloc(py: &Py, ty: &'static Type, b: &[u8]) -> Option<Obj> {
    let payload = BytesObj {
        hash: AtomicU64::new(0),
        len: b.len(),
    };
    // SAFETY: `fill` copies exactly the bytes it was given room for.
    py.alloc_var(ty, payload, b.len(), |p| unsafe {
        std::ptr::copy_nonoverlapping(b.as_ptr(), p, b.len())
    })
}

/// A bytes object with a copy of `b`.
pub fn new(py: &Py, b: &[u8]) -> Obj {
    match b {
        [] => shared(py, &EMPTY, b),
        [c] => shared(py, &SINGLE[*c as usize], b),
        _ => alloc(py, BYTES.ty(), b)
            .unwrap_or_else(|| crate::builtins::str::intern::out_of_memory()),
    }
}

/// As `new`, MemoryError when memory is exhausted.
pub fn try_new(py: &Py, b: &[u8]) -> crate::error::PyResult<Obj> {
    match b {
        [] | [_] => Ok(new(py, b)),
        _ => alloc(py, BYTES.ty(), b).ok_or_else(|| py.memory_error()),
    }
}

/// A bytes object of `len` bytes that `fill` initializes (they are zero before).
pub fn build(py: &Py, len: usize, fill: impl FnOnce(&mut [u8])) -> crate::error::PyResult<Obj> {
    if len > isize::MAX as usize - 4096 {
        return Err(py.memory_error());
    }
    let payload = BytesObj {
        hash: AtomicU64::new(0),
        len,
    };
    py.alloc_var(BYTES.ty(), payload, len, |p| {
        // SAFETY: `p` has room for `len` bytes, which are initialized here first.
        let room = unsafe {
            std::ptr::write_bytes(p, 0, len);
            std::slice::from_raw_parts_mut(p, len)
        };
        fill(room);
    })
    .ok_or_else(|| py.memory_error())
}

/// An instance of `ty` (bytes or a subclass) with a copy of `b`.
pub fn new_in(py: &Py, ty: &'static Type, b: &[u8]) -> Obj {
    if std::ptr::eq(ty, BYTES.ty()) {
        return new(py, b);
    }
    alloc(py, ty, b).unwrap_or_else(|| crate::builtins::str::intern::out_of_memory())
}

/// The bytes, if `v` is a bytes object (or of a subclass).
pub fn view(v: &Val) -> Option<&[u8]> {
    v.get::<BytesObj>().map(BytesObj::as_slice)
}
