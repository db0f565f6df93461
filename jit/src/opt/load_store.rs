//! Forwarding: a load takes the value of an earlier store or load of the same field, if nothing wrote its alias class in
//! between.
//!
//! What kills an alias class is told in `ir/effects.rs`: in multi-threaded mode also every safepoint. Constant fields are
//! only written while the object is new, so for them every earlier access counts.

use super::emit::Emitter;
use crate::ir::desc::FieldDesc;
use crate::ir::effects::{Effect, never_changes};
use crate::ir::inst::{Inst, IrRef};
use crate::ir::ops::Op;

/// The value that a load is known to give.
pub fn forwarded(emitter: &Emitter<'_>, inst: &Inst) -> Option<IrRef> {
    if inst.op.effect() != Effect::Load {
        return None;
    }
    let field = emitter.env.field(inst.imm)?;
    let constant = never_changes(field);
    let known = |r: IrRef| constant || emitter.unchanged_since(r, field.alias);
    from_store(emitter, inst, field, constant).or_else(|| {
        let mut loads = emitter.trace.chain(inst.op).take_while(|(r, _)| known(*r));
        loads
            .find(|(_, other)| same_place(inst, other))
            .map(|(r, _)| r)
    })
}

/// The same field of the same object, or the same element.
fn same_place(load: &Inst, other: &Inst) -> bool {
    let address = if load.op == Op::LoadItem { 2 } else { 1 };
    load.imm == other.imm && load.args[..address] == other.args[..address]
}

/// The value of the store that was the last one to write the field's class.
fn from_store(
    emitter: &Emitter<'_>,
    load: &Inst,
    field: &FieldDesc,
    constant: bool,
) -> Option<IrRef> {
    // A narrow store cuts its value, so the load does not give the same one.
    if field.width != 8 {
        return None;
    }
    let (op, value) = if load.op == Op::LoadItem {
        (Op::StoreItem, 2)
    } else {
        (Op::Store, 1)
    };
    let store = if constant {
        emitter
            .trace
            .chain(op)
            .find(|(_, store)| same_place(load, store))
            .map(|(r, _)| r)?
    } else {
        emitter.killed_by(field.alias)
    };
    let store = emitter
        .operand(store, op)
        .filter(|store| same_place(load, store))?;
    Some(store.args[value])
}
