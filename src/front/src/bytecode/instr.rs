//! Instruction words.

use super::ops::Opcode;

/// Flag bits of the `x` field.
pub mod x {
    /// Operand `b` is a temporary that the instruction consumes.
    pub const B_TEMP: u8 = 1;
    /// Operand `c` is a temporary that the instruction consumes.
    pub const C_TEMP: u8 = 2;
    /// Operand `a` (a source here: stores, jumps) is a temporary that the instruction consumes.
    pub const A_TEMP: u8 = 4;
    /// First bit for use by single instructions (see the table).
    pub const OP0: u8 = 8;
    pub const OP1: u8 = 16;
    pub const OP2: u8 = 32;
}

/// One decoded instruction word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Instr(pub u64);

impl Instr {
    pub const fn new(op: Opcode, x: u8, a: u16, b: u16, c: u16) -> Instr {
        Instr(op as u64 | (x as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }
    #[inline(always)]
    pub const fn op(self) -> u8 {
        self.0 as u8
    }
    #[inline(always)]
    pub const fn x(self) -> u8 {
        (self.0 >> 8) as u8
    }
    #[inline(always)]
    pub const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }
    #[inline(always)]
    pub const fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }
    #[inline(always)]
    pub const fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }
    /// `b` and `c` as one signed 32-bit field (jump distances, immediates).
    #[inline(always)]
    pub const fn bc(self) -> i32 {
        (self.0 >> 32) as i32
    }
    /// `c` as a signed field.
    #[inline(always)]
    pub const fn sc(self) -> i16 {
        (self.0 >> 48) as i16
    }
    /// The same instruction with another `bc` field.
    pub const fn with_bc(self, bc: i32) -> Instr {
        Instr(self.0 & 0xffff_ffff | (bc as u32 as u64) << 32)
    }
    /// The opcode.
    pub fn opcode(self) -> Opcode {
        Opcode::from_u8(self.op())
    }
}
