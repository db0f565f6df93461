//! Arithmetic of `int`. Operands that are no ints give NotImplemented.

use super::{from_big, from_i64};
use crate::error::PyResult;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use num_bigint::BigInt;

macro_rules! ops {
    ($($name:ident)*) => { $(
        pub fn $name(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
            let _ = (a, b);
            Ok(py.not_implemented())
        }
    )* };
}
ops!(add sub mul floordiv rem divmod truediv pow lshift rshift and or xor);

#[cold]
pub fn add_i64(py: &Py, a: i64, b: i64) -> Obj {
    a.checked_add(b).map_or_else(|| from_big(py, BigInt::from(a) + b), |n| from_i64(py, n))
}
#[cold]
pub fn sub_i64(py: &Py, a: i64, b: i64) -> Obj {
    a.checked_sub(b).map_or_else(|| from_big(py, BigInt::from(a) - b), |n| from_i64(py, n))
}
#[cold]
pub fn mul_i64(py: &Py, a: i64, b: i64) -> Obj {
    a.checked_mul(b).map_or_else(|| from_big(py, BigInt::from(a) * b), |n| from_i64(py, n))
}
