//! The trace buffer: instructions, operand lists, snapshots, and the chains that link instructions of one operation.

use super::inst::{Inst, IrRef};
use super::ops::Op;
use super::snapshot::{SnapId, Snapshot};
use super::types::Type;
use std::fmt;

/// Number of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TraceId(pub u32);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "T{}", self.0)
    }
}

/// What a trace may rely on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// No other thread runs Python code while the trace is valid.
    Single,
    /// Other threads may write shared memory at any time.
    Multi,
}

/// A linear piece of code.
///
/// Instructions of one operation are linked backward, newest first, so that a search for an equal one (CSE, an earlier
/// guard or store) looks at candidates only.
#[derive(Clone, Debug)]
pub struct Trace {
    /// What the trace may rely on.
    pub mode: Mode,
    insts: Vec<Inst>,
    /// For each instruction the one before it with the same operation.
    previous: Vec<IrRef>,
    newest: [IrRef; Op::COUNT],
    lists: Vec<IrRef>,
    snapshots: Vec<Snapshot>,
}

impl Trace {
    /// An empty trace.
    pub fn new(mode: Mode) -> Trace {
        Trace {
            mode,
            insts: Vec::new(),
            previous: Vec::new(),
            newest: [IrRef::NONE; Op::COUNT],
            lists: Vec::new(),
            snapshots: Vec::new(),
        }
    }

    /// How many instructions there are.
    pub fn len(&self) -> usize {
        self.insts.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.insts.is_empty()
    }

    /// The next instruction's number.
    pub fn next_ref(&self) -> IrRef {
        // A trace is bounded by the recorder far below this.
        IrRef(u32::try_from(self.insts.len()).unwrap_or(u32::MAX))
    }

    /// Appends an instruction with its operands in place.
    pub fn push(&mut self, inst: Inst) -> IrRef {
        let r = self.next_ref();
        self.previous.push(self.newest[inst.op as usize]);
        self.newest[inst.op as usize] = r;
        self.insts.push(inst);
        r
    }

    /// Stores the operands of a variadic instruction and refers to them.
    pub fn with_list(&mut self, inst: Inst, operands: &[IrRef]) -> Inst {
        let start = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        let len = u32::try_from(operands.len()).unwrap_or(u32::MAX);
        self.lists.extend_from_slice(operands);
        Inst {
            args: [IrRef(start), IrRef(len), IrRef::NONE],
            ..inst
        }
    }

    /// The instruction.
    #[inline]
    pub fn inst(&self, r: IrRef) -> &Inst {
        &self.insts[r.index()]
    }

    /// The instruction, if the number is one of this trace.
    pub fn get(&self, r: IrRef) -> Option<&Inst> {
        self.insts.get(r.index())
    }

    /// All instructions in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (IrRef, &Inst)> + ExactSizeIterator {
        self.insts
            .iter()
            .enumerate()
            .map(|(i, inst)| (IrRef(i as u32), inst))
    }

    /// Operands of an instruction of this trace.
    pub fn operands<'a>(&'a self, inst: &'a Inst) -> &'a [IrRef] {
        let info = inst.op.info();
        if info.variadic {
            let start = inst.args[0].index();
            self.lists
                .get(start..start + inst.args[1].index())
                .unwrap_or(&[])
        } else {
            &inst.args[..info.operands.len()]
        }
    }

    /// Sets the second operand of a phi, which is known only when the loop is closed.
    pub fn close_phi(&mut self, phi: IrRef, value: IrRef) {
        debug_assert_eq!(self.inst(phi).op, Op::Phi);
        self.insts[phi.index()].args[1] = value;
    }

    /// Instructions of one operation, newest first.
    pub fn chain(&self, op: Op) -> impl Iterator<Item = (IrRef, &Inst)> {
        let mut next = self.newest[op as usize];
        std::iter::from_fn(move || {
            let r = next;
            let inst = self.get(r)?;
            next = self.previous[r.index()];
            Some((r, inst))
        })
    }

    /// The constant, made if it is new.
    pub fn constant(&mut self, op: Op, ty: Type, imm: u64) -> IrRef {
        debug_assert!(op.is_constant());
        let known = self
            .chain(op)
            .find(|(_, inst)| inst.imm == imm)
            .map(|(r, _)| r);
        match known {
            Some(r) => r,
            None => self.push(Inst::new(op, ty, &[]).with_imm(imm)),
        }
    }

    /// The constant of a type with these bits.
    pub fn constant_of(&mut self, ty: Type, bits: u64) -> IrRef {
        let op = match ty {
            Type::I64 | Type::Void => Op::Int,
            Type::F64 => Op::Float,
            Type::Bool => Op::Bool,
            Type::Val => Op::Word,
            Type::Obj => Op::Obj,
            Type::Raw => Op::Raw,
        };
        self.constant(op, ty, bits)
    }

    /// An integer constant.
    pub fn int(&mut self, n: i64) -> IrRef {
        self.constant(Op::Int, Type::I64, n.cast_unsigned())
    }

    /// A double constant; the bits count, so -0.0 is not 0.0.
    pub fn float(&mut self, d: f64) -> IrRef {
        self.constant(Op::Float, Type::F64, d.to_bits())
    }

    /// A truth constant.
    pub fn bool(&mut self, b: bool) -> IrRef {
        self.constant(Op::Bool, Type::Bool, u64::from(b))
    }

    /// Adds a snapshot.
    pub fn push_snapshot(&mut self, snapshot: Snapshot) -> SnapId {
        self.snapshots.push(snapshot);
        SnapId(u32::try_from(self.snapshots.len() - 1).unwrap_or(u32::MAX))
    }

    /// All snapshots.
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// The snapshot, if there is one with this number.
    pub fn snapshot(&self, id: SnapId) -> Option<&Snapshot> {
        self.snapshots.get(id.index())
    }

    /// Changes a snapshot.
    pub fn snapshot_mut(&mut self, id: SnapId) -> Option<&mut Snapshot> {
        self.snapshots.get_mut(id.index())
    }

    /// The bits of a constant.
    pub fn constant_bits(&self, r: IrRef) -> Option<u64> {
        self.get(r)
            .filter(|inst| inst.op.is_constant())
            .map(|inst| inst.imm)
    }

    /// The loop header, if there is one.
    pub fn loop_header(&self) -> Option<IrRef> {
        self.chain(Op::Loop).next().map(|(r, _)| r)
    }
}
