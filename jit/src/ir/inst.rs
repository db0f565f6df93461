//! One instruction.

use super::ops::Op;
use super::snapshot::SnapId;
use super::types::Type;
use std::fmt;

/// Index of an instruction, and its result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct IrRef(pub u32);

impl IrRef {
    /// No instruction.
    pub const NONE: IrRef = IrRef(u32::MAX);

    /// True unless [`IrRef::NONE`].
    pub fn is_some(self) -> bool {
        self != IrRef::NONE
    }

    /// As an index.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for IrRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

/// One instruction. Operands of variadic operations are in a list of the trace: `args` then holds start and length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inst {
    /// What it does.
    pub op: Op,
    /// Type of the result.
    pub ty: Type,
    /// Operands, [`IrRef::NONE`] beyond those that the operation has.
    pub args: [IrRef; 3],
    /// How to leave, or [`SnapId::NONE`].
    pub snap: SnapId,
    /// The immediate, as its kind says.
    pub imm: u64,
}

impl Inst {
    /// An instruction without immediate and snapshot.
    pub fn new(op: Op, ty: Type, args: &[IrRef]) -> Inst {
        let mut all = [IrRef::NONE; 3];
        all[..args.len()].copy_from_slice(args);
        Inst {
            op,
            ty,
            args: all,
            snap: SnapId::NONE,
            imm: 0,
        }
    }

    /// The same with an immediate.
    pub fn with_imm(self, imm: u64) -> Inst {
        Inst { imm, ..self }
    }

    /// The same with a snapshot.
    pub fn with_snap(self, snap: SnapId) -> Inst {
        Inst { snap, ..self }
    }

    /// The immediate as a signed integer.
    pub fn int(&self) -> i64 {
        self.imm.cast_signed()
    }

    /// The immediate as a double.
    pub fn float(&self) -> f64 {
        f64::from_bits(self.imm)
    }
}
