//! Rules for guards whose operand's own instruction tells the answer. What earlier guards tell is in `opt/guard.rs`.
//!
//! Termination: fewer instructions.

use super::int::fits_word;
use crate::ir::inst::Inst;
use crate::ir::ops::Op;
use crate::opt::emit::Emitter;
use crate::opt::fold::Fold;

/// `guard_true(not b) -> guard_false(b)`, and the other way round.
pub fn fold_truth(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    match emitter.operand(inst.args[0], Op::BoolNot) {
        Some(not) => {
            let op = if inst.op == Op::GuardTrue {
                Op::GuardFalse
            } else {
                Op::GuardTrue
            };
            Fold::Rewrite(Inst {
                op,
                args: not.args,
                ..*inst
            })
        }
        None => Fold::Keep,
    }
}

/// A word that was just made has the tag that it was made with. A guard for another tag stays, and always leaves.
///
/// A boxed double passes as a float although its word may be a pointer: the guard protects the untagging behind it, which
/// takes the double from where the box was made.
pub fn fold_tag_test(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let Some(word) = emitter.trace.get(inst.args[0]) else {
        return Fold::Keep;
    };
    // An owned pointer and a borrowed one are the same kind, but unbound is a borrowed null.
    if word.op == Op::Borrow && inst.op != Op::GuardBound {
        return Fold::Rewrite(Inst {
            args: word.args,
            ..*inst
        });
    }
    let known = match inst.op {
        Op::GuardInt => matches!(word.op, Op::TagInt),
        Op::GuardFloat => matches!(word.op, Op::TagFloat | Op::BoxFloat),
        Op::GuardPtr => matches!(word.op, Op::TagOwned | Op::TagBorrowed),
        _ => matches!(
            word.op,
            Op::TagInt | Op::TagFloat | Op::BoxFloat | Op::TagOwned | Op::TagBorrowed
        ),
    };
    if known { Fold::Remove } else { Fold::Keep }
}

/// Values of at most 63 bits fit.
pub fn fold_fits_int(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    if fits_word(emitter, inst.args[0]) {
        Fold::Remove
    } else {
        Fold::Keep
    }
}

/// The double of a word fits a word.
pub fn fold_fits_float(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    if emitter.operand(inst.args[0], Op::UntagFloat).is_some() {
        Fold::Remove
    } else {
        Fold::Keep
    }
}

/// `x & mask` is below a constant length greater than the mask, which is not negative.
pub fn fold_index(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    let mask = emitter
        .operand(inst.args[0], Op::IntAnd)
        .and_then(|and| emitter.int(and.args[1]));
    match (mask, emitter.int(inst.args[1])) {
        (Some(mask), Some(length)) if 0 <= mask && mask < length => Fold::Remove,
        _ => Fold::Keep,
    }
}
