//! Common subexpressions: an instruction without effects that is there already is not emitted again.
//!
//! The search goes along the chain of instructions of the same operation, newest first, and ends at the newest operand:
//! nothing older can have the same operands.

use crate::ir::effects::Effect;
use crate::ir::inst::{Inst, IrRef};
use crate::ir::trace::Trace;

/// An equal instruction. Loads and guards are not looked for here: they depend on memory.
pub fn find(trace: &Trace, inst: &Inst) -> Option<IrRef> {
    if inst.op.effect() != Effect::Pure {
        return None;
    }
    let operands = &inst.args[..inst.op.info().operands.len()];
    let limit = operands.iter().max();
    trace
        .chain(inst.op)
        .take_while(|(r, _)| limit.is_none_or(|limit| r > limit))
        .find(|(_, other)| other.args == inst.args && other.imm == inst.imm && other.ty == inst.ty)
        .map(|(r, _)| r)
}

/// An equal call of a function without effects.
pub fn find_call(trace: &Trace, inst: &Inst, operands: &[IrRef]) -> Option<IrRef> {
    trace
        .chain(inst.op)
        .find(|(_, other)| other.imm == inst.imm && trace.operands(other) == operands)
        .map(|(r, _)| r)
}
