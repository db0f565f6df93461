//! Rules for doubles. IEEE 754 leaves few: zero has a sign, NaN is not equal to itself, sums do not associate.
//!
//! Termination: fewer instructions, or a multiplication in place of a division.

use crate::ir::inst::Inst;
use crate::ir::ops::Op;
use crate::opt::emit::Emitter;
use crate::opt::fold::Fold;

/// `x + -0.0 -> x`; `x - 0.0 -> x`. Not with the other zero: -0.0 + 0.0 is 0.0.
pub fn fold_sum(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let neutral: f64 = if inst.op == Op::FloatAdd { -0.0 } else { 0.0 };
    if emitter.bits(inst.args[1]) == Some(neutral.to_bits()) {
        Fold::Ref(inst.args[0])
    } else {
        Fold::Keep
    }
}

/// `x * 1.0 -> x`.
pub fn fold_mul(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    if emitter.float(inst.args[1]) == Some(1.0) {
        Fold::Ref(inst.args[0])
    } else {
        Fold::Keep
    }
}

/// `x / 1.0 -> x`; `x / 2**k -> x * 2**-k`, exact because both are normal.
pub fn fold_div(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, none] = inst.args;
    match emitter.float(b) {
        Some(1.0) => Fold::Ref(a),
        Some(d) if d.is_normal() && d.to_bits().trailing_zeros() >= 52 && (1.0 / d).is_normal() => {
            let reciprocal = emitter.trace.float(1.0 / d);
            Fold::Rewrite(Inst {
                op: Op::FloatMul,
                args: [a, reciprocal, none],
                ..*inst
            })
        }
        _ => Fold::Keep,
    }
}

/// `-(-x) -> x`.
pub fn fold_neg(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    emitter
        .operand(inst.args[0], Op::FloatNeg)
        .map_or(Fold::Keep, |inner| Fold::Ref(inner.args[0]))
}

/// `abs(abs(x)) -> abs(x)`; `abs(-x) -> abs(x)`.
pub fn fold_abs(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let a = inst.args[0];
    if emitter.operand(a, Op::FloatAbs).is_some() {
        return Fold::Ref(a);
    }
    match emitter.operand(a, Op::FloatNeg) {
        Some(negative) => Fold::Rewrite(Inst {
            args: negative.args,
            ..*inst
        }),
        None => Fold::Keep,
    }
}
