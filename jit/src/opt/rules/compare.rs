//! Rules for comparisons.
//!
//! Termination: fewer instructions, or a constant moved to the right.

use crate::ir::inst::Inst;
use crate::ir::ops::Op;
use crate::ir::types::Type;
use crate::opt::emit::Emitter;
use crate::opt::fold::Fold;

/// The comparison with exchanged operands.
fn mirrored(op: Op) -> Op {
    match op {
        Op::IntLt => Op::IntGt,
        Op::IntLe => Op::IntGe,
        Op::IntGt => Op::IntLt,
        Op::IntGe => Op::IntLe,
        Op::FloatLt => Op::FloatGt,
        Op::FloatLe => Op::FloatGe,
        Op::FloatGt => Op::FloatLt,
        Op::FloatGe => Op::FloatLe,
        other => other,
    }
}

/// A constant on the left goes to the right.
fn constant_right(emitter: &Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, none] = inst.args;
    if emitter.is_constant(a) && !emitter.is_constant(b) {
        Fold::Rewrite(Inst {
            op: mirrored(inst.op),
            args: [b, a, none],
            ..*inst
        })
    } else {
        Fold::Keep
    }
}

/// `x == x -> true`; `int(b) == 1 -> b`; `int(b) == 0 -> not b`; `(x - y) == 0 -> x == y`; the same for `!=`.
pub fn fold_int_equality(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let [a, b, none] = inst.args;
    let equal = inst.op == Op::IntEq;
    if a == b {
        return Fold::bool(equal);
    }
    let (constant, truth) = (emitter.int(b), emitter.operand(a, Op::BoolToInt));
    match (constant, truth) {
        (Some(0 | 1), Some(truth)) if (constant == Some(1)) == equal => Fold::Ref(truth.args[0]),
        (Some(0 | 1), Some(truth)) => {
            Fold::Rewrite(Inst::new(Op::BoolNot, Type::Bool, &truth.args[..1]))
        }
        (Some(0), None) => match emitter.operand(a, Op::IntSub) {
            // x - y wraps to 0 only if the two are equal.
            Some(difference) => Fold::Rewrite(Inst {
                args: [difference.args[0], difference.args[1], none],
                ..*inst
            }),
            None => Fold::Keep,
        },
        _ => Fold::Keep,
    }
}

/// `x < x -> false`; `x <= x -> true`; constants right.
pub fn fold_int_order(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    if inst.args[0] == inst.args[1] {
        return Fold::bool(matches!(inst.op, Op::IntLe | Op::IntGe));
    }
    constant_right(emitter, inst)
}

/// Constants right. Nothing is known about `x < x`: x may be NaN (and then it is false, as for others).
pub fn fold_float_order(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    constant_right(emitter, inst)
}

/// `x is x -> true`.
pub fn fold_identity(_: &mut Emitter<'_>, inst: &Inst) -> Fold {
    if inst.args[0] == inst.args[1] {
        Fold::bool(true)
    } else {
        Fold::Keep
    }
}
