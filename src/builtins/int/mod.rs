//! `int`: small ones in the word, others as big-int objects. Arithmetic is in `arith`, methods in `methods`.
//!
//! **Invariant:** an exact int that fits 63 bits is always a small int word; `IntObj` of exact type holds larger values
//! only. Instances of subclasses (`bool` excepted) are `IntObj` of any size.

pub mod arith;
pub mod convert;
pub mod division;
pub mod methods;
pub mod text;

use crate::object::native::Tracer;
use crate::object::native::typedef::Trace;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val, Word};
use crate::thread::Py;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::borrow::Cow;

/// Payload.
pub struct IntObj {
    pub value: BigInt,
}

impl Trace for IntObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `int`.
    pub INT: IntObj = "int", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::INT | tf::MATCH_SELF, init methods::init
);

/// A borrowed view of an int's value.
pub enum IntRef<'a> {
    Small(i64),
    Big(&'a BigInt),
}

/// The value, if `v` is an int (bool and subclasses included).
#[inline]
pub fn view(v: &Val) -> Option<IntRef<'_>> {
    let w = v.word();
    if w.is_int() {
        return Some(IntRef::Small(w.as_int()));
    }
    if let Some(b) = crate::builtins::singletons::as_bool(v) {
        return Some(IntRef::Small(b as i64));
    }
    let i = v.get::<IntObj>()?;
    Some(match i.value.to_i64() {
        Some(n) => IntRef::Small(n),
        None => IntRef::Big(&i.value),
    })
}

impl IntRef<'_> {
    pub fn to_big(&self) -> BigInt {
        match self {
            IntRef::Small(n) => BigInt::from(*n),
            IntRef::Big(b) => (*b).clone(),
        }
    }
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            IntRef::Small(n) => Some(*n),
            IntRef::Big(_) => None,
        }
    }
    /// The value as a big integer, copied only if it is small.
    pub fn cow(&self) -> Cow<'_, BigInt> {
        match self {
            IntRef::Small(n) => Cow::Owned(BigInt::from(*n)),
            IntRef::Big(b) => Cow::Borrowed(b),
        }
    }
    pub fn is_negative(&self) -> bool {
        match self {
            IntRef::Small(n) => *n < 0,
            IntRef::Big(b) => b.sign() == num_bigint::Sign::Minus,
        }
    }
    pub fn is_odd(&self) -> bool {
        match self {
            IntRef::Small(n) => n & 1 == 1,
            IntRef::Big(b) => b.bit(0),
        }
    }
    /// Number of bits of the absolute value.
    pub fn bits(&self) -> u64 {
        match self {
            IntRef::Small(n) => u64::from(64 - n.unsigned_abs().leading_zeros()),
            IntRef::Big(b) => b.bits(),
        }
    }
}

/// An int of any i64.
#[inline(always)]
pub fn from_i64(py: &Py, n: i64) -> Obj {
    match Word::int(n) {
        // SAFETY: an int word owns nothing.
        Some(w) => unsafe { Obj::from_word(w) },
        None => py.alloc(
            &INT,
            IntObj {
                value: BigInt::from(n),
            },
        ),
    }
}

pub fn from_u64(py: &Py, n: u64) -> Obj {
    match i64::try_from(n) {
        Ok(n) => from_i64(py, n),
        Err(_) => py.alloc(
            &INT,
            IntObj {
                value: BigInt::from(n),
            },
        ),
    }
}

pub fn from_usize(py: &Py, n: usize) -> Obj {
    from_u64(py, n as u64)
}

/// An int of a big integer, in the word if it fits.
pub fn from_big(py: &Py, b: BigInt) -> Obj {
    match b.to_i64().and_then(Word::int) {
        // SAFETY: an int word owns nothing.
        Some(w) => unsafe { Obj::from_word(w) },
        None => py.alloc(&INT, IntObj { value: b }),
    }
}

/// The value as a big integer, if `v` is an int.
pub fn to_big(v: &Val) -> Option<Cow<'_, BigInt>> {
    Some(match view(v)? {
        IntRef::Small(n) => Cow::Owned(BigInt::from(n)),
        IntRef::Big(b) => Cow::Borrowed(b),
    })
}
