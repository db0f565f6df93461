//! Executes traces directly: the oracle against which optimizer and backend are tested.
//!
//! Operations on values are those of `ir/eval.rs`; here is one arm for each of the others. Memory, helpers and assumptions are behind the trait
//! [`World`], so the same interpreter runs on a toy heap in tests and on the runtime's heap in differential runs.

use crate::ir::desc::{Env, FieldDesc, HelperId};
use crate::ir::eval::{Evaluated, evaluate};
use crate::ir::inst::{Inst, IrRef};
use crate::ir::ops::Op;
use crate::ir::snapshot::{Rebuild, SnapId, SnapValue, Snapshot};
use crate::ir::trace::{Trace, TraceId};
use crate::ir::types::word;

/// What a trace acts upon. Values are bits: two's complement, IEEE 754, 0 or 1, words, addresses.
pub trait World {
    /// What a slot of the frame at entry holds.
    fn slot(&mut self, slot: u16) -> u64;
    /// Reads `width` bytes, zero-extended.
    fn load(&mut self, address: u64, width: u8) -> u64;
    /// Writes `width` bytes.
    fn store(&mut self, address: u64, width: u8, bits: u64);
    /// The shape of an object.
    fn shape(&mut self, object: u64) -> u64;
    /// A new object of the shape with one count.
    fn new_object(&mut self, shape: u64) -> u64;
    /// The word of a double.
    fn box_float(&mut self, bits: u64) -> u64;
    /// Changes an object's count by 1 or -1.
    fn count(&mut self, object: u64, change: i32);
    /// Takes the object's lock; false if it is held.
    fn lock(&mut self, object: u64) -> bool;
    /// Gives the object's lock back.
    fn unlock(&mut self, object: u64);
    /// Calls a helper.
    fn call(&mut self, helper: HelperId, args: &[u64]) -> u64;
    /// True if the thread has something to answer.
    fn poll(&mut self) -> bool;
    /// True while the assumption holds.
    fn holds(&mut self, assumption: u64) -> bool;
}

/// A value that an exit rebuilds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Rebuilt {
    /// A word.
    Word(u64),
    /// An int that does not fit a word.
    BigInt(i64),
    /// The bits of a double that does not fit a word.
    BoxedFloat(u64),
    /// A truth value.
    Bool(bool),
    /// A sunk object.
    Sunk(u16),
}

/// A frame that an exit rebuilds.
#[derive(Clone, PartialEq, Debug)]
pub struct RebuiltFrame {
    /// The code object.
    pub code: u32,
    /// Where to go on.
    pub pc: u32,
    /// Slots and values.
    pub slots: Vec<(u16, Rebuilt)>,
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Left {
    /// At an exit.
    Exit {
        /// The instruction that left.
        at: IrRef,
        /// Its snapshot.
        snap: SnapId,
        /// The frames from outside to inside.
        frames: Vec<RebuiltFrame>,
        /// Shapes and fields of the sunk objects.
        sunk: Vec<(u64, Vec<(u32, Rebuilt)>)>,
    },
    /// At a link to another trace.
    Link(TraceId),
    /// Too many instructions were executed.
    OutOfFuel,
}

/// Runs a verified trace, at most `fuel` instructions.
pub fn run(trace: &Trace, env: &Env, world: &mut impl World, fuel: usize) -> Left {
    let mut machine = Machine {
        trace,
        env,
        world,
        values: vec![0; trace.len()],
    };
    let mut at = 0;
    for _ in 0..fuel {
        let r = IrRef(at as u32);
        let Some(inst) = trace.get(r) else { break };
        match machine.step(r, inst) {
            Step::Value(bits) => machine.values[at] = bits,
            Step::Next => {}
            Step::Leave => return machine.exit(r, inst.snap),
            Step::Link(id) => return Left::Link(id),
            Step::Loop(header) => {
                machine.close_round(header);
                at = header.index() + 1;
                // The phis keep the values that the round just set.
                while trace
                    .get(IrRef(at as u32))
                    .is_some_and(|inst| inst.op == Op::Phi)
                {
                    at += 1;
                }
                continue;
            }
        }
        at += 1;
    }
    Left::OutOfFuel
}

enum Step {
    Value(u64),
    Next,
    Leave,
    Link(TraceId),
    Loop(IrRef),
}

impl Step {
    fn guard(holds: bool) -> Step {
        if holds { Step::Next } else { Step::Leave }
    }
}

struct Machine<'a, W> {
    trace: &'a Trace,
    env: &'a Env,
    world: &'a mut W,
    values: Vec<u64>,
}

impl<W: World> Machine<'_, W> {
    fn arg(&self, inst: &Inst, i: usize) -> u64 {
        self.values[inst.args[i].index()]
    }

    fn step(&mut self, r: IrRef, inst: &Inst) -> Step {
        if !inst.op.info().variadic {
            let operands = self.trace.operands(inst);
            let mut bits = [0; 3];
            // A phi's second operand may still be open.
            let known = if inst.op == Op::Phi {
                &operands[..1]
            } else {
                operands
            };
            for (place, operand) in bits.iter_mut().zip(known) {
                *place = self.values[operand.index()];
            }
            match evaluate(inst.op, inst.imm, &bits[..known.len()]) {
                Evaluated::Value(bits) => return Step::Value(bits),
                Evaluated::Guard(holds) => return Step::guard(holds),
                Evaluated::Overflow => return Step::Leave,
                Evaluated::NotHere => {}
            }
        }
        self.step_in_world(r, inst)
    }

    /// The operations that need more than their operands.
    fn step_in_world(&mut self, r: IrRef, inst: &Inst) -> Step {
        let bits = |i: usize| self.arg(inst, i);
        match inst.op {
            Op::Slot => Step::Value(self.world.slot(inst.imm as u16)),
            Op::GuardShape => {
                let object = bits(0);
                Step::guard(self.world.shape(object) == inst.imm)
            }
            Op::Patchpoint => Step::guard(self.world.holds(inst.imm)),

            Op::Load => self.field(inst, |machine, field| {
                let address = machine
                    .arg(inst, 0)
                    .wrapping_add_signed(i64::from(field.offset));
                Step::Value(machine.world.load(address, field.width))
            }),
            Op::Store => self.field(inst, |machine, field| {
                let address = machine
                    .arg(inst, 0)
                    .wrapping_add_signed(i64::from(field.offset));
                let value = machine.arg(inst, 1);
                machine.world.store(address, field.width, value);
                Step::Next
            }),
            Op::LoadItem => self.field(inst, |machine, field| {
                let address = machine.item_address(inst, field);
                Step::Value(machine.world.load(address, field.width))
            }),
            Op::StoreItem => self.field(inst, |machine, field| {
                let (address, value) = (machine.item_address(inst, field), machine.arg(inst, 2));
                machine.world.store(address, field.width, value);
                Step::Next
            }),
            Op::New => Step::Value(self.world.new_object(inst.imm)),
            Op::BoxFloat => {
                let bits = bits(0);
                Step::Value(self.world.box_float(bits))
            }
            Op::Lock => {
                let object = bits(0);
                Step::guard(self.world.lock(object))
            }
            Op::Unlock => {
                let object = bits(0);
                self.world.unlock(object);
                Step::Next
            }
            Op::CountUp | Op::CountDown => {
                let object = bits(0);
                self.world
                    .count(object, if inst.op == Op::CountUp { 1 } else { -1 });
                Step::Next
            }
            Op::Own => {
                let value = bits(0);
                if word::is_object(value) && value & word::BORROWED_BIT != 0 {
                    self.world.count(word::identity(value), 1);
                    Step::Value(word::identity(value))
                } else {
                    Step::Value(value)
                }
            }
            Op::Drop => {
                let value = bits(0);
                if word::is_object(value) && value & word::BORROWED_BIT == 0 {
                    self.world.count(value, -1);
                }
                Step::Next
            }

            Op::Call => {
                let args: Vec<_> = self
                    .trace
                    .operands(inst)
                    .iter()
                    .map(|r| self.values[r.index()])
                    .collect();
                Step::Value(self.world.call(HelperId(inst.imm as u32), &args))
            }
            Op::Poll => Step::guard(!self.world.poll()),

            Op::Nop | Op::Loop => Step::Next,
            Op::Phi => Step::Value(bits(0)),
            Op::Jump => self.trace.loop_header().map_or(Step::Leave, Step::Loop),
            Op::Link => Step::Link(TraceId(inst.imm as u32)),
            Op::Exit => {
                debug_assert_eq!(r.index() + 1, self.trace.len());
                Step::Leave
            }
            _ => {
                debug_assert!(false, "`evaluate` knows {}", inst.op.name());
                Step::Leave
            }
        }
    }

    /// Runs `f` with the field of the instruction.
    fn field(&mut self, inst: &Inst, f: impl FnOnce(&mut Self, &FieldDesc) -> Step) -> Step {
        match self.env.field(inst.imm) {
            Some(field) => f(self, field),
            None => Step::Leave,
        }
    }

    fn item_address(&self, inst: &Inst, field: &FieldDesc) -> u64 {
        let index = self.arg(inst, 1).wrapping_mul(u64::from(field.width));
        self.arg(inst, 0)
            .wrapping_add(index)
            .wrapping_add_signed(i64::from(field.offset))
    }

    /// All phis take their second operands' values at once.
    fn close_round(&mut self, header: IrRef) {
        let first = header.index() + 1;
        let phis = (first..).map_while(|i| {
            self.trace
                .get(IrRef(i as u32))
                .filter(|inst| inst.op == Op::Phi)
        });
        let values: Vec<_> = phis.map(|phi| self.values[phi.args[1].index()]).collect();
        self.values[first..first + values.len()].copy_from_slice(&values);
    }

    fn exit(&self, at: IrRef, snap: SnapId) -> Left {
        let empty = Snapshot::default();
        let snapshot = self.trace.snapshot(snap).unwrap_or(&empty);
        let frames = snapshot.frames.iter().map(|frame| RebuiltFrame {
            code: frame.code,
            pc: frame.pc,
            slots: frame
                .slots
                .iter()
                .map(|&(slot, value)| (slot, self.rebuild(value)))
                .collect(),
        });
        let sunk = snapshot.sunk.iter().map(|object| {
            (
                object.shape,
                object
                    .fields
                    .iter()
                    .map(|&(field, value)| (field, self.rebuild(value)))
                    .collect(),
            )
        });
        Left::Exit {
            at,
            snap,
            frames: frames.collect(),
            sunk: sunk.collect(),
        }
    }

    fn rebuild(&self, value: SnapValue) -> Rebuilt {
        let (r, how) = match value {
            SnapValue::Unbound => return Rebuilt::Word(word::UNBOUND),
            SnapValue::Sunk(i) => return Rebuilt::Sunk(i),
            SnapValue::Ir(r, how) => (r, how),
        };
        let bits = self.values[r.index()];
        match how {
            Rebuild::Word | Rebuild::Owned => Rebuilt::Word(bits),
            Rebuild::Borrowed => Rebuilt::Word(bits | word::BORROWED_BIT),
            Rebuild::Bool => Rebuilt::Bool(bits != 0),
            Rebuild::Int if word::fits_int(bits.cast_signed()) => {
                Rebuilt::Word(word::from_int(bits.cast_signed()))
            }
            Rebuild::Int => Rebuilt::BigInt(bits.cast_signed()),
            Rebuild::Float if word::fits_float(f64::from_bits(bits)) => {
                Rebuilt::Word(word::from_float(f64::from_bits(bits)))
            }
            Rebuild::Float => Rebuilt::BoxedFloat(bits),
        }
    }
}
