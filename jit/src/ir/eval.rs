//! Meaning of the operations that need nothing but their operands: used by the interpreter and by constant folding, so that
//! the two cannot differ.

use super::ops::Op;
use super::types::word;

/// What an operation gives for known operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Evaluated {
    /// A result.
    Value(u64),
    /// Whether a guard passes.
    Guard(bool),
    /// An overflow: the trace is left.
    Overflow,
    /// The operation needs more than its operands.
    NotHere,
}

fn checked(result: Option<i64>) -> Evaluated {
    result.map_or(Evaluated::Overflow, |n| Evaluated::Value(n.cast_unsigned()))
}

/// Evaluates an operation for the bits of its operands.
pub fn evaluate(op: Op, imm: u64, operands: &[u64]) -> Evaluated {
    let bits = |i: usize| operands.get(i).copied().unwrap_or(0);
    let int = |i: usize| bits(i).cast_signed();
    let float = |i: usize| f64::from_bits(bits(i));
    let truth = |b: bool| Evaluated::Value(u64::from(b));
    let an_int = |n: i64| Evaluated::Value(n.cast_unsigned());
    let a_float = |d: f64| Evaluated::Value(d.to_bits());
    match op {
        Op::Int | Op::Float | Op::Bool | Op::Word | Op::Obj | Op::Raw => Evaluated::Value(imm),

        Op::IntAdd => an_int(int(0).wrapping_add(int(1))),
        Op::IntSub => an_int(int(0).wrapping_sub(int(1))),
        Op::IntMul => an_int(int(0).wrapping_mul(int(1))),
        Op::IntNeg => an_int(int(0).wrapping_neg()),
        Op::IntFloorDiv => an_int(floor_div(int(0), int(1))),
        Op::IntMod => an_int(floor_mod(int(0), int(1))),
        Op::IntAnd => an_int(int(0) & int(1)),
        Op::IntOr => an_int(int(0) | int(1)),
        Op::IntXor => an_int(int(0) ^ int(1)),
        Op::IntShl => an_int(int(0).wrapping_shl(bits(1) as u32)),
        Op::IntShr => an_int(int(0).wrapping_shr(bits(1) as u32)),
        Op::IntAddOvf => checked(int(0).checked_add(int(1))),
        Op::IntSubOvf => checked(int(0).checked_sub(int(1))),
        Op::IntMulOvf => checked(int(0).checked_mul(int(1))),
        Op::IntEq => truth(int(0) == int(1)),
        Op::IntNe => truth(int(0) != int(1)),
        Op::IntLt => truth(int(0) < int(1)),
        Op::IntLe => truth(int(0) <= int(1)),
        Op::IntGt => truth(int(0) > int(1)),
        Op::IntGe => truth(int(0) >= int(1)),

        Op::FloatAdd => a_float(float(0) + float(1)),
        Op::FloatSub => a_float(float(0) - float(1)),
        Op::FloatMul => a_float(float(0) * float(1)),
        Op::FloatDiv => a_float(float(0) / float(1)),
        Op::FloatNeg => a_float(-float(0)),
        Op::FloatAbs => a_float(float(0).abs()),
        Op::FloatSqrt => a_float(float(0).sqrt()),
        Op::FloatEq => truth(float(0) == float(1)),
        Op::FloatNe => truth(float(0) != float(1)),
        Op::FloatLt => truth(float(0) < float(1)),
        Op::FloatLe => truth(float(0) <= float(1)),
        Op::FloatGt => truth(float(0) > float(1)),
        Op::FloatGe => truth(float(0) >= float(1)),

        Op::IntToFloat => a_float(int(0) as f64),
        Op::FloatToInt => an_int(float(0) as i64),
        Op::BoolToInt => Evaluated::Value(bits(0)),
        Op::BoolNot => Evaluated::Value(bits(0) ^ 1),
        Op::TagInt => Evaluated::Value(word::from_int(int(0))),
        Op::UntagInt => an_int(word::to_int(bits(0))),
        Op::TagFloat => Evaluated::Value(word::from_float(float(0))),
        Op::UntagFloat => a_float(word::to_float(bits(0))),
        Op::TagOwned => Evaluated::Value(bits(0)),
        Op::TagBorrowed => Evaluated::Value(bits(0) | word::BORROWED_BIT),
        Op::Borrow => Evaluated::Value(word::borrowed(bits(0))),
        Op::UntagObj => Evaluated::Value(bits(0) & !word::BORROWED_BIT),
        Op::ObjEq => truth(bits(0) == bits(1)),
        Op::ValIs => truth(word::identity(bits(0)) == word::identity(bits(1))),

        Op::GuardTrue => Evaluated::Guard(bits(0) == 1),
        Op::GuardFalse => Evaluated::Guard(bits(0) == 0),
        Op::GuardInt => Evaluated::Guard(word::is_int(bits(0))),
        Op::GuardFloat => Evaluated::Guard(word::is_float(bits(0))),
        Op::GuardPtr => Evaluated::Guard(word::is_object(bits(0))),
        Op::GuardBound => Evaluated::Guard(bits(0) != word::UNBOUND),
        Op::GuardVal => Evaluated::Guard(word::identity(bits(0)) == word::identity(imm)),
        Op::GuardObj => Evaluated::Guard(bits(0) == imm),
        Op::GuardNotNull => Evaluated::Guard(bits(0) != 0),
        Op::GuardFitsInt => Evaluated::Guard(word::fits_int(int(0))),
        Op::GuardFitsFloat => Evaluated::Guard(word::fits_float(float(0))),
        Op::GuardIndex => Evaluated::Guard(0 <= int(0) && int(0) < int(1)),

        Op::Slot
        | Op::GuardShape
        | Op::Patchpoint
        | Op::Load
        | Op::Store
        | Op::LoadItem
        | Op::StoreItem => Evaluated::NotHere,
        Op::New
        | Op::BoxFloat
        | Op::Lock
        | Op::Unlock
        | Op::CountUp
        | Op::CountDown
        | Op::Own
        | Op::Drop => Evaluated::NotHere,
        Op::Call | Op::Poll | Op::Nop | Op::Loop | Op::Phi | Op::Jump | Op::Link | Op::Exit => {
            Evaluated::NotHere
        }
    }
}

/// Division rounded down, wrapping. A divisor of 0, which no trace divides by, gives 0.
pub fn floor_div(a: i64, b: i64) -> i64 {
    if b == 0 {
        return 0;
    }
    let (quotient, rest) = (a.wrapping_div(b), a.wrapping_rem(b));
    if rest != 0 && (rest < 0) != (b < 0) {
        quotient - 1
    } else {
        quotient
    }
}

/// Remainder with the divisor's sign. A divisor of 0, which no trace divides by, gives 0.
pub fn floor_mod(a: i64, b: i64) -> i64 {
    if b == 0 {
        return 0;
    }
    let rest = a.wrapping_rem(b);
    if rest != 0 && (rest < 0) != (b < 0) {
        rest + b
    } else {
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_down() {
        for (a, b, quotient, rest) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (6, 3, 2, 0),
        ] {
            assert_eq!((floor_div(a, b), floor_mod(a, b)), (quotient, rest));
        }
        assert_eq!(
            (floor_div(i64::MIN, -1), floor_mod(i64::MIN, -1)),
            (i64::MIN, 0)
        );
    }

    #[test]
    fn shifts_take_six_bits() {
        assert_eq!(evaluate(Op::IntShl, 0, &[1, 63]), Evaluated::Value(1 << 63));
        assert_eq!(
            evaluate(Op::IntShr, 0, &[(-8_i64).cast_unsigned(), 1]),
            Evaluated::Value((-4_i64).cast_unsigned())
        );
    }

    #[test]
    fn overflow_leaves() {
        assert_eq!(
            evaluate(Op::IntAddOvf, 0, &[i64::MAX.cast_unsigned(), 1]),
            Evaluated::Overflow
        );
        assert_eq!(evaluate(Op::IntMulOvf, 0, &[3, 5]), Evaluated::Value(15));
    }
}
