//! The fold engine: constant folding for every operation, then the rule of the operation.

use super::emit::Emitter;
use super::rules;
use crate::ir::effects::Effect;
use crate::ir::eval::{Evaluated, evaluate};
use crate::ir::inst::{Inst, IrRef};

/// What a rule says about an instruction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Fold {
    /// Nothing.
    Keep,
    /// Its result is this value.
    Ref(IrRef),
    /// Its result is the constant of its type with these bits.
    Constant(u64),
    /// Emit this instead; rules apply again.
    Rewrite(Inst),
    /// It is a guard that always passes.
    Remove,
}

impl Fold {
    /// An integer result.
    pub fn int(n: i64) -> Fold {
        Fold::Constant(n.cast_unsigned())
    }

    /// A truth value.
    pub fn bool(b: bool) -> Fold {
        Fold::Constant(u64::from(b))
    }
}

/// Folds one instruction.
pub fn fold(emitter: &mut Emitter<'_>, inst: &Inst) -> Fold {
    match constant(emitter, inst) {
        Fold::Keep => match rules::rule(inst.op) {
            Some(rule) => rule(emitter, inst),
            None => Fold::Keep,
        },
        folded => folded,
    }
}

/// Evaluates operations on constants. A guard that always leaves stays: what follows is unreachable.
fn constant(emitter: &Emitter<'_>, inst: &Inst) -> Fold {
    let operands = &inst.args[..inst.op.info().operands.len()];
    if operands.is_empty() || !matches!(inst.op.effect(), Effect::Pure | Effect::Guard) {
        return Fold::Keep;
    }
    let mut bits = [0; 3];
    for (place, &operand) in bits.iter_mut().zip(operands) {
        match emitter.bits(operand) {
            Some(constant) => *place = constant,
            None => return Fold::Keep,
        }
    }
    match evaluate(inst.op, inst.imm, &bits[..operands.len()]) {
        Evaluated::Value(bits) => Fold::Constant(bits),
        Evaluated::Guard(true) => Fold::Remove,
        Evaluated::Guard(false) | Evaluated::Overflow | Evaluated::NotHere => Fold::Keep,
    }
}
