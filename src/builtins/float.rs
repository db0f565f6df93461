//! `float`: most values in the word, the rest boxed. Methods are in `float_methods`.

use crate::object::native::Tracer;
use crate::object::native::typedef::Trace;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val, Word};
use crate::thread::Py;
use std::sync::atomic::{AtomicU64, Ordering};

/// Payload of boxed floats and of instances of subclasses.
pub struct FloatObj {
    pub value: f64,
}

impl Trace for FloatObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `float`.
    pub FLOAT: FloatObj = "float", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::FLOAT | tf::MATCH_SELF,
    init crate::builtins::float_methods::init
);

static ZERO: AtomicU64 = AtomicU64::new(0);

/// A float.
#[inline(always)]
pub fn new(py: &Py, d: f64) -> Obj {
    match Word::float(d) {
        // SAFETY: a float word owns nothing.
        Some(w) => unsafe { Obj::from_word(w) },
        None => boxed(py, d),
    }
}

/// A float that does not fit the word: zeros and extreme exponents.
#[inline(never)]
pub fn boxed(py: &Py, d: f64) -> Obj {
    if d.to_bits() == 0 {
        // Acquire: pairs with the Release below.
        let w = ZERO.load(Ordering::Acquire);
        if w != 0 {
            return Obj::clone_word(Word(w));
        }
        let o = py.alloc(&FLOAT, FloatObj { value: 0.0 });
        o.header()
            .expect("heap object")
            .set_flags(crate::object::header::flags::IMMORTAL);
        let w = o.word().borrowed();
        // Release: the object is complete.
        ZERO.store(w.0, Ordering::Release);
        return Obj::clone_word(w);
    }
    py.alloc(&FLOAT, FloatObj { value: d })
}

/// The value, if `v` is a float (or of a subclass).
#[inline(always)]
pub fn view(v: &Val) -> Option<f64> {
    let w = v.word();
    if w.is_float() {
        return Some(w.as_float());
    }
    v.get::<FloatObj>().map(|f| f.value)
}
