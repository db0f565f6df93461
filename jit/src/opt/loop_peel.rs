//! Loop peeling: the recorded round becomes the pre-roll, and a second copy of it the body of the loop.
//!
//! The copy goes through the emitter, which still knows everything about the first round: guards and loads that do not
//! change from round to round fold into those of the pre-roll, and so leave the loop. A slot whose value does change gets a
//! phi of the value's own type: an int that the snapshot at the end rebuilds from an `i64` stays an `i64`, because the word
//! that the second round starts with is `tag_int` (`box_float`) of the phi, and its guards and untagging fold away.
//!
//! # Input
//!
//! A trace of one round that ends with an exit, and `closing`, the snapshot at its end: one frame, the one of the entry,
//! with all slots that the round changed.
//!
//! # Snapshots of the body
//!
//! A snapshot lists what changed since the trace was entered. In the body that is what earlier rounds changed, so each
//! snapshot gets the slots of `closing` that it does not list itself, with the values at the header.

use super::Passes;
use super::emit::{Copier, Emitter};
use super::rules::fits_word;
use crate::ir::desc::Env;
use crate::ir::effects::{AliasSet, kills};
use crate::ir::inst::{Inst, IrRef};
use crate::ir::ops::Op;
use crate::ir::snapshot::{Rebuild, SnapValue, Snapshot};
use crate::ir::trace::Trace;
use crate::ir::types::{Type, word};

/// Makes a loop of one round; `None` if the state at its end is not one that a round can start with.
pub fn peel(trace: &Trace, env: &Env, passes: Passes, closing: &Snapshot) -> Option<Trace> {
    let [frame] = closing.frames.as_slice() else {
        return None;
    };
    let sinks = frame
        .slots
        .iter()
        .any(|(_, value)| matches!(value, SnapValue::Sunk(_)));
    if sinks || !closing.sunk.is_empty() || trace.loop_header().is_some() {
        return None;
    }
    let body = || trace.iter().filter(|(_, inst)| !inst.op.info().ends);
    let mut emitter = Emitter::new(trace.mode, env, passes);

    let mut first = Copier::new(trace);
    for (r, inst) in body() {
        first.copy(&mut emitter, r, inst, |_| {});
    }

    // The header: a phi for each slot that the round changed.
    let written = body().fold(AliasSet::NONE, |set, (_, inst)| {
        set.with(kills(inst, env, trace.mode))
    });
    let closing_values: Vec<(u16, SnapValue)> = frame
        .slots
        .iter()
        .map(|&(slot, value)| match value {
            SnapValue::Ir(r, how) => (slot, SnapValue::Ir(first.mapped(r), how)),
            other => (slot, other),
        })
        .collect();
    emitter.emit_loop(Inst::new(Op::Loop, Type::Void, &[]), written);
    let mut phis = Vec::new();
    let header: Vec<(u16, SnapValue)> = closing_values
        .iter()
        .zip(&frame.slots)
        .map(|(&(slot, value), &(_, recorded))| match (value, recorded) {
            (SnapValue::Ir(r, how), SnapValue::Ir(recorded, _))
                if !stays(trace, slot, recorded) =>
            {
                let phi = emitter.emit(Inst::new(
                    Op::Phi,
                    emitter.trace.inst(r).ty,
                    &[r, IrRef::NONE],
                ));
                if how == Rebuild::Int {
                    emitter.add_fitting_phi(phi);
                }
                phis.push((phi, recorded, how));
                (slot, SnapValue::Ir(phi, how))
            }
            _ => (slot, value),
        })
        .collect();
    let adapt = |snapshot: &mut Snapshot| {
        if let Some(frame) = snapshot.frames.first_mut() {
            for &(slot, value) in &header {
                if let Err(place) = frame.slots.binary_search_by_key(&slot, |&(slot, _)| slot) {
                    frame.slots.insert(place, (slot, value));
                }
            }
        }
    };

    let mut second = Copier::new(trace);
    for (r, inst) in body() {
        if inst.op == Op::Slot {
            let entry = match header
                .iter()
                .find(|&&(slot, _)| u64::from(slot) == inst.imm)
            {
                Some(&(_, value)) => word_of(&mut emitter, value)?,
                None => first.mapped(r),
            };
            second.set(r, entry);
        } else {
            second.copy(&mut emitter, r, inst, adapt);
        }
    }
    // An int that does not fit would be a big int in the slot, and the second round would not take it. That it fits was
    // assumed for the phi; here it is shown for both of its operands.
    let fits = |r: IrRef| fits_word(&emitter, r);
    let mut ints = phis.iter().filter(|(_, _, how)| *how == Rebuild::Int);
    if !ints.all(|&(_, recorded, _)| fits(first.mapped(recorded)) && fits(second.mapped(recorded)))
    {
        return None;
    }
    for (phi, recorded, _) in phis {
        emitter.trace.close_phi(phi, second.mapped(recorded));
    }
    emitter.emit(Inst::new(Op::Jump, Type::Void, &[]));
    // Phis that turned out to be invariant go away in a copy.
    Some(super::emit::copy(&emitter.trace, env, passes))
}

/// True if the slot's value at the end is the one it had at entry.
fn stays(trace: &Trace, slot: u16, value: IrRef) -> bool {
    let inst = trace.inst(value);
    inst.op.is_constant() || (inst.op == Op::Slot && inst.imm == u64::from(slot))
}

/// The word that a slot holds when a round starts; `None` for a truth value, whose word only the runtime knows.
fn word_of(emitter: &mut Emitter<'_>, value: SnapValue) -> Option<IrRef> {
    let (r, how) = match value {
        SnapValue::Unbound => {
            return Some(emitter.trace.constant(Op::Word, Type::Val, word::UNBOUND));
        }
        SnapValue::Sunk(_) => return None,
        SnapValue::Ir(r, how) => (r, how),
    };
    let op = match how {
        Rebuild::Word => return Some(r),
        Rebuild::Int => Op::TagInt,
        Rebuild::Float => Op::BoxFloat,
        Rebuild::Owned => Op::TagOwned,
        Rebuild::Borrowed => Op::TagBorrowed,
        Rebuild::Bool => return None,
    };
    Some(emitter.emit(Inst::new(op, Type::Val, &[r])))
}
