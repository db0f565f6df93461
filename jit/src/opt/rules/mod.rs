//! Fold rules: one function for each operation on the left-hand side, by family.

mod compare;
mod convert;
mod float;
mod guard;
mod int;

pub use int::fits_word;

use super::emit::Emitter;
use super::fold::Fold;
use crate::ir::inst::Inst;
use crate::ir::ops::Op;

/// A rule: looks at an instruction that is about to be emitted.
pub type Rule = fn(&mut Emitter<'_>, &Inst) -> Fold;

/// The rule of an operation.
pub fn rule(op: Op) -> Option<Rule> {
    Some(match op {
        Op::IntAdd => int::fold_add,
        Op::IntSub => int::fold_sub,
        Op::IntMul => int::fold_mul,
        Op::IntNeg => int::fold_neg,
        Op::IntFloorDiv => int::fold_floordiv,
        Op::IntMod => int::fold_mod,
        Op::IntAnd => int::fold_and,
        Op::IntOr => int::fold_or,
        Op::IntXor => int::fold_xor,
        Op::IntShl | Op::IntShr => int::fold_shift,
        Op::IntAddOvf | Op::IntSubOvf => int::fold_checked_sum,
        Op::IntMulOvf => int::fold_mul_ovf,
        Op::IntEq | Op::IntNe => compare::fold_int_equality,
        Op::IntLt | Op::IntLe | Op::IntGt | Op::IntGe => compare::fold_int_order,
        Op::FloatLt | Op::FloatLe | Op::FloatGt | Op::FloatGe => compare::fold_float_order,
        Op::ObjEq | Op::ValIs => compare::fold_identity,
        Op::FloatAdd | Op::FloatSub => float::fold_sum,
        Op::FloatMul => float::fold_mul,
        Op::FloatDiv => float::fold_div,
        Op::FloatNeg => float::fold_neg,
        Op::FloatAbs => float::fold_abs,
        Op::TagInt | Op::UntagInt | Op::TagFloat | Op::UntagFloat | Op::UntagObj => {
            convert::fold_tag
        }
        Op::Borrow => convert::fold_borrow,
        Op::BoolNot => convert::fold_not,
        Op::GuardTrue | Op::GuardFalse => guard::fold_truth,
        Op::GuardInt | Op::GuardFloat | Op::GuardPtr | Op::GuardBound => guard::fold_tag_test,
        Op::GuardFitsInt => guard::fold_fits_int,
        Op::GuardFitsFloat => guard::fold_fits_float,
        Op::GuardIndex => guard::fold_index,
        _ => return None,
    })
}
