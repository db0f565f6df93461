//! Rules for integer arithmetic. All arithmetic without `_ovf` wraps, so sums may be reassociated freely.
//!
//! Termination: every rule makes fewer instructions, or replaces an operation by one further down this list:
//! `sub`, `mul_ovf`, `add_ovf`/`sub_ovf`, `mul`, `floordiv`/`mod`, `add`, bit operations and shifts.

use crate::ir::inst::{Inst, IrRef};
use crate::ir::ops::Op;
use crate::ir::types::{Type, word};
use crate::opt::emit::Emitter;
use crate::opt::fold::Fold;

/// The binary operation on integers.
fn binary(op: Op, a: IrRef, b: IrRef) -> Fold {
    Fold::Rewrite(Inst::new(op, Type::I64, &[a, b]))
}

/// `k` if the operand is the constant 2**k.
fn power_of_two(emitter: &Emitter<'_>, r: IrRef) -> Option<i64> {
    let n = emitter.int(r)?;
    (n > 0 && n & (n - 1) == 0).then(|| i64::from(n.trailing_zeros()))
}

/// `x op c2` where `x` is `y op c1`: y and c1.
fn inner_constant(emitter: &Emitter<'_>, x: IrRef, op: Op) -> Option<(IrRef, i64)> {
    let inner = emitter.operand(x, op)?;
    Some((inner.args[0], emitter.int(inner.args[1])?))
}

/// `x + 0 -> x`; `(x + c1) + c2 -> x + (c1 + c2)`.
pub fn fold_add(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, _] = inst.args;
    match emitter.int(b) {
        Some(0) => Fold::Ref(a),
        Some(c) => match inner_constant(emitter, a, Op::IntAdd) {
            Some((x, c1)) => {
                let sum = emitter.trace.int(c1.wrapping_add(c));
                binary(Op::IntAdd, x, sum)
            }
            None => Fold::Keep,
        },
        None => Fold::Keep,
    }
}

/// `x - x -> 0`; `x - c -> x + -c`; `(x + y) - y -> x`; `(x + y) - x -> y`.
pub fn fold_sub(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, _] = inst.args;
    if a == b {
        return Fold::int(0);
    }
    if let Some(c) = emitter.int(b) {
        let negative = emitter.trace.int(c.wrapping_neg());
        return binary(Op::IntAdd, a, negative);
    }
    match emitter.operand(a, Op::IntAdd) {
        Some(sum) if sum.args[1] == b => Fold::Ref(sum.args[0]),
        Some(sum) if sum.args[0] == b => Fold::Ref(sum.args[1]),
        _ => Fold::Keep,
    }
}

/// `x * 0 -> 0`; `x * 1 -> x`; `x * 2**k -> x << k`.
pub fn fold_mul(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, _] = inst.args;
    match (emitter.int(b), power_of_two(emitter, b)) {
        (Some(0), _) => Fold::int(0),
        (Some(1), _) => Fold::Ref(a),
        (_, Some(k)) => {
            let k = emitter.trace.int(k);
            binary(Op::IntShl, a, k)
        }
        _ => Fold::Keep,
    }
}

/// `-(-x) -> x`.
pub fn fold_neg(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    emitter
        .operand(inst.args[0], Op::IntNeg)
        .map_or(Fold::Keep, |inner| Fold::Ref(inner.args[0]))
}

/// `x // 2**k -> x >> k`, which rounds down too.
pub fn fold_floordiv(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, _] = inst.args;
    match power_of_two(emitter, b) {
        Some(0) => Fold::Ref(a),
        Some(k) => {
            let k = emitter.trace.int(k);
            binary(Op::IntShr, a, k)
        }
        None => Fold::Keep,
    }
}

/// `x % 2**k -> x & (2**k - 1)`: the result has the divisor's sign, so this holds for negative x too.
pub fn fold_mod(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, _] = inst.args;
    match power_of_two(emitter, b) {
        Some(k) => {
            let mask = emitter.trace.int((1_i64 << k).wrapping_sub(1));
            binary(Op::IntAnd, a, mask)
        }
        None => Fold::Keep,
    }
}

/// `x & 0 -> 0`; `x & -1 -> x`; `x & x -> x`; `(x & c1) & c2 -> x & (c1 & c2)`.
pub fn fold_and(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, _] = inst.args;
    match emitter.int(b) {
        _ if a == b => Fold::Ref(a),
        Some(0) => Fold::int(0),
        Some(-1) => Fold::Ref(a),
        Some(c) => match inner_constant(emitter, a, Op::IntAnd) {
            Some((x, c1)) => {
                let mask = emitter.trace.int(c1 & c);
                binary(Op::IntAnd, x, mask)
            }
            None => Fold::Keep,
        },
        None => Fold::Keep,
    }
}

/// `x | 0 -> x`; `x | -1 -> -1`; `x | x -> x`.
pub fn fold_or(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, _] = inst.args;
    match emitter.int(b) {
        _ if a == b => Fold::Ref(a),
        Some(0) => Fold::Ref(a),
        Some(-1) => Fold::int(-1),
        _ => Fold::Keep,
    }
}

/// `x ^ 0 -> x`; `x ^ x -> 0`.
pub fn fold_xor(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, _] = inst.args;
    match emitter.int(b) {
        _ if a == b => Fold::int(0),
        Some(0) => Fold::Ref(a),
        _ => Fold::Keep,
    }
}

/// `x << 0 -> x`; `x >> 0 -> x`.
pub fn fold_shift(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    if emitter.int(inst.args[1]) == Some(0) {
        Fold::Ref(inst.args[0])
    } else {
        Fold::Keep
    }
}

/// `x + 0 -> x`; `x - 0 -> x`; without the check if both operands have at most 63 bits.
pub fn fold_checked_sum(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, _] = inst.args;
    if emitter.int(b) == Some(0) {
        return Fold::Ref(a);
    }
    if fits_word(emitter, a) && fits_word(emitter, b) {
        return binary(
            if inst.op == Op::IntAddOvf {
                Op::IntAdd
            } else {
                Op::IntSub
            },
            a,
            b,
        );
    }
    Fold::Keep
}

/// `x * 0 -> 0`; `x * 1 -> x`; `x * 2 -> x + x`, checked.
pub fn fold_mul_ovf(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, _] = inst.args;
    match emitter.int(b) {
        Some(0) => Fold::int(0),
        Some(1) => Fold::Ref(a),
        Some(2) => Fold::Rewrite(Inst {
            op: Op::IntAddOvf,
            args: [a, a, IrRef::NONE],
            ..*inst
        }),
        _ => Fold::Keep,
    }
}

/// True if the value is known to fit the 63 bits of a word.
pub fn fits_word(emitter: &Emitter<'_>, r: IrRef) -> bool {
    let Some(inst) = emitter.trace.get(r) else {
        return false;
    };
    match inst.op {
        Op::Int => word::fits_int(inst.int()),
        Op::UntagInt | Op::BoolToInt => true,
        Op::Phi if emitter.is_fitting_phi(r) => true,
        Op::IntShr => emitter
            .int(inst.args[1])
            .is_some_and(|k| (1..64).contains(&k)),
        Op::IntAnd => emitter
            .int(inst.args[1])
            .is_some_and(|mask| mask >= 0 && word::fits_int(mask)),
        Op::IntMod => emitter.int(inst.args[1]).is_some_and(word::fits_int),
        Op::Load | Op::LoadItem => emitter
            .env
            .field(inst.imm)
            .is_some_and(|field| field.width < 8),
        _ => emitter
            .trace
            .chain(Op::GuardFitsInt)
            .take_while(|(guard, _)| *guard > r)
            .any(|(_, guard)| guard.args[0] == r),
    }
}
