//! Guard elimination: guards that earlier guards imply, and what guards teach about values.
//!
//! A trace is linear, so an earlier guard dominates. A guard on values holds for good; one on memory until the memory may
//! have been written, or, for assumptions, until the next place where one can be invalidated.

use super::emit::Emitter;
use crate::ir::desc::AliasClass;
use crate::ir::effects::Effect;
use crate::ir::inst::{Inst, IrRef};
use crate::ir::ops::Op;
use crate::ir::types::{Type, word};

/// What stands for a guard that always passes: its value if it is a checked operation, otherwise nothing.
pub fn implied(emitter: &Emitter<'_>, inst: &Inst) -> Option<IrRef> {
    let same = |other: &Inst| other.args == inst.args && other.imm == inst.imm;
    let result = |r: IrRef| {
        if inst.ty == Type::Void {
            IrRef::NONE
        } else {
            r
        }
    };
    match inst.op.effect() {
        Effect::Guard => {
            let earlier = emitter
                .trace
                .chain(inst.op)
                .find(|(_, other)| same(other))
                .map(|(r, _)| result(r));
            earlier.or_else(|| stronger(emitter, inst).then_some(IrRef::NONE))
        }
        Effect::GuardMemory if inst.op == Op::Patchpoint => {
            let (r, _) = emitter
                .trace
                .chain(inst.op)
                .find(|(_, other)| same(other))?;
            emitter.no_safepoint_since(r).then_some(IrRef::NONE)
        }
        Effect::GuardMemory => {
            let object = inst.args[0];
            let made = emitter
                .operand(object, Op::New)
                .filter(|new| new.imm == inst.imm)
                .map(|_| object);
            let guarded = emitter
                .trace
                .chain(inst.op)
                .find(|(_, other)| same(other))
                .map(|(r, _)| r);
            let known = guarded.into_iter().chain(made);
            let mut known = known.filter(|&r| emitter.unchanged_since(r, AliasClass::SHAPE));
            known.next().map(|_| IrRef::NONE)
        }
        _ => None,
    }
}

/// A guard for one of the kinds of words implies that there is a word.
fn stronger(emitter: &Emitter<'_>, inst: &Inst) -> bool {
    inst.op == Op::GuardBound
        && [Op::GuardInt, Op::GuardFloat, Op::GuardPtr]
            .iter()
            .any(|&op| {
                emitter
                    .trace
                    .chain(op)
                    .any(|(_, other)| other.args[0] == inst.args[0])
            })
}

/// Takes note of what holds behind a guard that was emitted: values that are constant from here on.
pub fn learn(emitter: &mut Emitter<'_>, inst: &Inst) {
    let value = inst.args[0];
    match inst.op {
        Op::GuardTrue | Op::GuardFalse => {
            let truth = inst.op == Op::GuardTrue;
            let constant = emitter.trace.bool(truth);
            emitter.learn_constant(value, constant);
            let equality = emitter.operand(value, if truth { Op::IntEq } else { Op::IntNe });
            if let Some([left, right, _]) = equality.map(|equality| equality.args)
                && emitter.is_constant(right)
            {
                emitter.learn_constant(left, right);
            }
        }
        Op::GuardObj => {
            let constant = emitter.trace.constant(Op::Obj, Type::Obj, inst.imm);
            emitter.learn_constant(value, constant);
        }
        // Not for pointers: the word at hand may own a count, the constant never does.
        Op::GuardVal if word::is_int(inst.imm) || word::is_float(inst.imm) => {
            let constant = emitter.trace.constant(Op::Word, Type::Val, inst.imm);
            emitter.learn_constant(value, constant);
        }
        _ => {}
    }
}
