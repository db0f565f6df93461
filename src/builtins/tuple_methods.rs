//! Methods of `tuple`, and the hash and comparison of item sequences that other types share.

use crate::error::PyResult;
use crate::object::native::typedef::TypeInit;
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::value::Obj;
use crate::thread::Py;

/// Fills the type `tuple`.
pub fn init(_: &mut TypeInit) {}

/// The hash of `len` item hashes in order (never -1).
pub fn hash_of(items: impl Iterator<Item = PyResult<i64>>, len: usize) -> PyResult<i64> {
    const P1: u64 = 11400714785074694791;
    const P2: u64 = 14029467366897019727;
    const P5: u64 = 2870177450012600261;
    let mut acc = P5;
    for h in items {
        acc = acc
            .wrapping_add((h? as u64).wrapping_mul(P2))
            .rotate_left(31)
            .wrapping_mul(P1);
    }
    acc = acc.wrapping_add(len as u64 ^ (P5 ^ 3527539));
    Ok(if acc == u64::MAX {
        1546275796
    } else {
        acc as i64
    })
}

/// Compares two item sequences the way list and tuple do.
pub fn compare_items(py: &Py, a: &[Obj], b: &[Obj], op: CmpOp) -> PyResult<Obj> {
    if a.len() != b.len() && matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(py.bool(op == CmpOp::Ne));
    }
    for (x, y) in a.iter().zip(b) {
        if !ops::eq(py, x, y)? {
            return match op {
                CmpOp::Eq => Ok(py.bool(false)),
                CmpOp::Ne => Ok(py.bool(true)),
                _ => ops::compare(py, x, y, op),
            };
        }
    }
    Ok(py.bool(op.of(a.len().cmp(&b.len()))))
}
