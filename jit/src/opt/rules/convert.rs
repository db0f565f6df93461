//! Rules for conversions: a tag and its removal cancel, which is how values stay unboxed.
//!
//! Termination: fewer instructions.

use crate::ir::inst::Inst;
use crate::ir::ops::Op;
use crate::ir::types::Type;
use crate::opt::emit::Emitter;
use crate::opt::fold::Fold;

/// `untag(tag(x)) -> x`, `untag(box(x)) -> x`; `tag(untag(v)) -> v` for ints and floats, whose words are equal if their values are. Not for
/// objects: the word of an untagged object has lost its ownership.
pub fn fold_tag(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let inverses: &[Op] = match inst.op {
        Op::TagInt => &[Op::UntagInt],
        Op::UntagInt => &[Op::TagInt],
        Op::TagFloat => &[Op::UntagFloat],
        Op::UntagFloat => &[Op::TagFloat, Op::BoxFloat],
        Op::UntagObj => &[Op::TagOwned, Op::TagBorrowed],
        _ => &[],
    };
    // The kind and the value of a word do not depend on its ownership.
    if matches!(inst.op, Op::UntagInt | Op::UntagFloat | Op::UntagObj)
        && let Some(borrowed) = emitter.operand(inst.args[0], Op::Borrow)
    {
        return Fold::Rewrite(Inst {
            args: borrowed.args,
            ..*inst
        });
    }
    let found = inverses
        .iter()
        .find_map(|&inverse| emitter.operand(inst.args[0], inverse));
    found.map_or(Fold::Keep, |inner| Fold::Ref(inner.args[0]))
}

/// Immediates own nothing, and what is borrowed already stays so.
pub fn fold_borrow(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let word = inst.args[0];
    match emitter.trace.get(word).map(|word| word.op) {
        Some(Op::Borrow | Op::TagBorrowed | Op::TagInt | Op::TagFloat) => Fold::Ref(word),
        _ => Fold::Keep,
    }
}

/// `not not b -> b`; `not (x < y) -> x >= y` for ints; `not (x == y) -> x != y` for all. Not the order of doubles: with NaN
/// both are false.
pub fn fold_not(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let Some(&inner) = emitter.trace.get(inst.args[0]) else {
        return Fold::Keep;
    };
    let opposite = match inner.op {
        Op::BoolNot => return Fold::Ref(inner.args[0]),
        Op::IntEq => Op::IntNe,
        Op::IntNe => Op::IntEq,
        Op::IntLt => Op::IntGe,
        Op::IntGe => Op::IntLt,
        Op::IntGt => Op::IntLe,
        Op::IntLe => Op::IntGt,
        Op::FloatEq => Op::FloatNe,
        Op::FloatNe => Op::FloatEq,
        _ => return Fold::Keep,
    };
    Fold::Rewrite(Inst::new(opposite, Type::Bool, &inner.args[..2]))
}
