//! Checks that a trace is well formed. Debug builds run it after every pass.
//!
//! # Every check
//!
//! 1. An operand is defined before its use; only the second operand of a phi may come later.
//! 2. Operands have the types that the table, the field or the helper asks for, and the result has the type that it says.
//! 3. Fields and helpers exist; calls have as many operands as the helper has parameters.
//! 4. Instructions that may leave have a snapshot, others have none; a call has one if and only if its helper needs one.
//! 5. A snapshot that is used has a frame; its slots ascend; its values are defined before the exit, have a type that the
//!    slot's form can be made from, and its sunk objects exist.
//! 6. There is at most one loop; phis stand directly after its header, and the first operand is from before the loop.
//! 7. The last instruction, and no other, ends the trace; `jump` needs a loop.
//! 8. Between two exits with the same snapshot nothing visible happens (guards before effects).
//! 9. A phi's second operand is set if the trace jumps.

use super::desc::Env;
use super::effects::is_pure_call;
use super::inst::{Inst, IrRef};
use super::ops::{Kind, Op};
use super::snapshot::{Rebuild, SnapId, SnapValue};
use super::trace::Trace;
use super::types::Type;
use std::fmt;

/// What is wrong with a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invalid {
    /// The instruction, or [`IrRef::NONE`] for the trace.
    pub at: IrRef,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}

impl std::error::Error for Invalid {}

/// Checks everything; the first thing that is wrong is reported.
pub fn verify(trace: &Trace, env: &Env) -> Result<(), Invalid> {
    let mut effects_since_exit = Effects::default();
    let loop_header = trace.chain(Op::Loop).last().map(|(r, _)| r);
    for (r, inst) in trace.iter() {
        let check = || {
            operands(trace, r, inst)?;
            types(trace, inst, env)?;
            snapshot_presence(trace, r, inst, env)?;
            structure(trace, r, inst, loop_header)
        };
        check()
            .and_then(|()| effects_since_exit.step(inst, env))
            .map_err(|message| Invalid { at: r, message })?;
    }
    if trace
        .iter()
        .next_back()
        .is_none_or(|(_, inst)| !inst.op.info().ends)
    {
        return Err(Invalid {
            at: IrRef::NONE,
            message: "the trace has no end".to_owned(),
        });
    }
    Ok(())
}

type Checked = Result<(), String>;

fn ensure(condition: bool, message: impl FnOnce() -> String) -> Checked {
    if condition { Ok(()) } else { Err(message()) }
}

/// Checks 1 and 9.
fn operands(trace: &Trace, r: IrRef, inst: &Inst) -> Checked {
    for (i, &operand) in trace.operands(inst).iter().enumerate() {
        if inst.op == Op::Phi && i == 1 {
            let jumps = trace.chain(Op::Jump).next().is_some();
            ensure(!jumps || trace.get(operand).is_some(), || {
                "the phi is not closed".to_owned()
            })?;
        } else {
            ensure(operand < r, || {
                format!("operand {operand} is not defined before")
            })?;
        }
    }
    Ok(())
}

/// Checks 2 and 3.
fn types(trace: &Trace, inst: &Inst, env: &Env) -> Checked {
    let info = inst.op.info();
    let operands = trace.operands(inst);
    let type_of = |r: IrRef| trace.get(r).map_or(Type::Void, |inst| inst.ty);
    let first = operands.first().map_or(Type::Void, |&r| type_of(r));
    let described = match info.imm {
        super::ops::Imm::Field => {
            let field = env
                .field(inst.imm)
                .ok_or_else(|| format!("no field {}", inst.imm))?;
            Some(field.ty)
        }
        super::ops::Imm::Helper => {
            let helper = env
                .helper(inst.imm)
                .ok_or_else(|| format!("no helper {}", inst.imm))?;
            let found: Vec<_> = operands.iter().map(|&r| type_of(r)).collect();
            ensure(found == helper.params, || {
                format!("{} takes {:?}, not {found:?}", helper.name, helper.params)
            })?;
            Some(helper.result)
        }
        _ => None,
    };
    for (i, (&kind, &operand)) in info.operands.iter().zip(operands).enumerate() {
        let ty = type_of(operand);
        let fits = match kind {
            Kind::Is(wanted) => ty == wanted,
            Kind::Pointer => matches!(ty, Type::Obj | Type::Raw),
            Kind::First => ty == first || (inst.op == Op::Phi && !operand.is_some()),
            Kind::Any => ty != Type::Void,
            Kind::Void | Kind::Described => false,
        };
        // The value that a store writes has the field's type.
        let is_stored =
            info.result == Kind::Void && described.is_some() && i + 1 == info.operands.len();
        ensure(fits && (!is_stored || Some(ty) == described), || {
            format!("operand {operand} has type {ty}")
        })?;
    }
    let result = match info.result {
        Kind::Void => Type::Void,
        Kind::Is(ty) => ty,
        Kind::First => first,
        Kind::Described => described.unwrap_or(Type::Void),
        Kind::Pointer | Kind::Any => inst.ty,
    };
    ensure(inst.ty == result, || {
        format!("the result has type {}, not {result}", inst.ty)
    })
}

/// Checks 4 and 5.
fn snapshot_presence(trace: &Trace, r: IrRef, inst: &Inst, env: &Env) -> Checked {
    let info = inst.op.info();
    let wanted = match env.helper(inst.imm) {
        Some(helper) if info.variadic => helper.effects.needs_snapshot(),
        _ => info.exits,
    };
    ensure(wanted == inst.snap.is_some(), || {
        (if wanted {
            "a snapshot is missing"
        } else {
            "there is a snapshot"
        })
        .to_owned()
    })?;
    if !wanted {
        return Ok(());
    }
    let snapshot = trace
        .snapshot(inst.snap)
        .ok_or_else(|| format!("no snapshot {}", inst.snap))?;
    ensure(!snapshot.frames.is_empty(), || {
        format!("{} has no frame", inst.snap)
    })?;
    for frame in &snapshot.frames {
        let ascend = frame.slots.windows(2).all(|pair| pair[0].0 < pair[1].0);
        ensure(ascend, || format!("slots of {} do not ascend", inst.snap))?;
    }
    for value in snapshot.values() {
        match value {
            SnapValue::Unbound => {}
            SnapValue::Sunk(i) => {
                let exists = usize::from(i) < snapshot.sunk.len();
                ensure(exists, || format!("{} has no sunk object {i}", inst.snap))?;
            }
            SnapValue::Ir(value, how) => {
                // A call's snapshot resumes after the call, and may contain its result.
                let defined = value < r || (info.variadic && value == r);
                ensure(defined, || {
                    format!("{value} in {} is not defined before", inst.snap)
                })?;
                let ty = trace.inst(value).ty;
                let fits = match how {
                    Rebuild::Word => ty == Type::Val,
                    Rebuild::Int => ty == Type::I64,
                    Rebuild::Float => ty == Type::F64,
                    Rebuild::Bool => ty == Type::Bool,
                    Rebuild::Owned | Rebuild::Borrowed => ty == Type::Obj,
                };
                ensure(fits, || format!("{value} in {} has type {ty}", inst.snap))?;
            }
        }
    }
    Ok(())
}

/// Checks 6 and 7.
fn structure(trace: &Trace, r: IrRef, inst: &Inst, loop_header: Option<IrRef>) -> Checked {
    let last = r.index() + 1 == trace.len();
    ensure(inst.op.info().ends == last, || {
        (if last {
            "the last instruction does not end the trace"
        } else {
            "instructions after the end"
        })
        .to_owned()
    })?;
    match inst.op {
        Op::Loop => ensure(loop_header == Some(r), || "a second loop".to_owned()),
        Op::Jump => ensure(loop_header.is_some(), || "a jump without loop".to_owned()),
        Op::Phi => {
            let before = r
                .index()
                .checked_sub(1)
                .and_then(|i| trace.get(IrRef(i as u32)));
            let placed = before.is_some_and(|inst| matches!(inst.op, Op::Loop | Op::Phi));
            ensure(placed, || {
                "a phi that is not at the header of the loop".to_owned()
            })?;
            let outside = loop_header.is_some_and(|header| inst.args[0] < header);
            ensure(outside, || {
                format!("{} is not from before the loop", inst.args[0])
            })
        }
        _ => Ok(()),
    }
}

/// Check 8: the newest snapshot after which something visible happened.
#[derive(Default)]
struct Effects {
    /// Snapshots with an exit before the newest visible effect, which no later exit may use.
    closed: std::collections::HashSet<SnapId>,
    /// Snapshots with an exit since then.
    open: Vec<SnapId>,
}

impl Effects {
    fn step(&mut self, inst: &Inst, env: &Env) -> Checked {
        // A call's own snapshot resumes after it, so the effect comes first.
        let visible = inst.op.effect().visible() && !is_pure_call(inst, env);
        if visible && inst.op != Op::Lock {
            self.closed.extend(self.open.drain(..));
        }
        if inst.snap.is_some() {
            ensure(!self.closed.contains(&inst.snap), || {
                format!("an effect between two exits with {}", inst.snap)
            })?;
            self.open.push(inst.snap);
        }
        if inst.op == Op::Lock {
            self.closed.extend(self.open.drain(..));
        }
        Ok(())
    }
}
