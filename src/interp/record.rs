//! The recorder's buffer and the one handler of the RECORD table.
//!
//! The handler writes one compact entry for each executed instruction and then executes it through EXEC with the same word,
//! handing RECORD on, so the next instruction comes back to it. It keeps no count on a program's object.

use super::abi::Table;
use super::dispatch;
use super::frame::Frame;
use crate::bytecode::instr::Instr;
use crate::object::value::Word;
use crate::thread::Py;
use std::fmt::Write;

/// One executed instruction: the word that was executed, where, and the tags or shapes of its operands.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Entry {
    pub word: u64,
    pub ip: u64,
    /// Shape versions of pointer operands b and c, or their tags.
    pub kinds: [u32; 2],
}

/// Ring of the last entries.
#[derive(Default)]
pub struct Buffer {
    entries: Vec<Entry>,
    at: usize,
    pub total: u64,
}

/// Entries of a thread's ring.
const CAPACITY: usize = 4096;

impl Buffer {
    #[inline(always)]
    fn push(&mut self, e: Entry) {
        if self.entries.len() < CAPACITY {
            self.entries.push(e);
        } else {
            self.entries[self.at & (CAPACITY - 1)] = e;
        }
        self.at += 1;
        self.total += 1;
    }
    /// Text of the last `n` entries, oldest first.
    pub fn dump(&self, n: usize) -> String {
        let len = self.entries.len();
        let mut out = String::new();
        for k in (0..n.min(len)).rev() {
            let e = &self.entries[(self.at - 1 - k) & (CAPACITY - 1)];
            let i = Instr(e.word);
            let _ = writeln!(
                out,
                "{:#x} {} a={} b={} c={} x={:#x} kinds={:x},{:x}",
                e.ip,
                i.opcode().name(),
                i.a(),
                i.b(),
                i.c(),
                i.x(),
                e.kinds[0],
                e.kinds[1]
            );
        }
        out
    }
}

#[inline(always)]
unsafe fn kind_of(base: *mut u64, slot: u16, slots: u32) -> u32 {
    if slot as u32 >= slots {
        return 0;
    }
    // SAFETY: within the running frame's window; pointer words of slots refer to live objects.
    unsafe {
        let w = Word(*base.add(slot as usize));
        if w.is_ptr() && !w.is_unbound() && w.0 != 0 {
            (*(*w.ptr()).shape_ptr()).version() | 0x8000_0000
        } else {
            w.0 as u32 & 7
        }
    }
}

/// The handler of every entry of the RECORD table.
pub unsafe extern "C-unwind" fn op_record(
    ip: *const u64,
    base: *mut u64,
    table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    w: u64,
) -> u64 {
    // SAFETY: the running frame; only slots flagged live by the instruction's operands are looked at.
    unsafe {
        let i = Instr(w);
        let mask = operand_mask(i.op());
        let slots = (*frame).slots;
        let kinds = [
            if mask & 1 != 0 {
                kind_of(base, i.b(), slots)
            } else {
                0
            },
            if mask & 2 != 0 {
                kind_of(base, i.c(), slots)
            } else {
                0
            },
        ];
        py.interp.record.borrow_mut().push(Entry {
            word: w,
            ip: ip as u64 - 8,
            kinds,
        });
        (dispatch::exec_table().0[(w & 0xff) as usize])(ip, base, table, py, frame, w)
    }
}

static MASKS: [u8; 256] = {
    let mut m = [0u8; 256];
    let mut i = 0;
    while i < crate::bytecode::ops::OPCODES {
        let k = crate::bytecode::Opcode::ALL_OPS[i].operands().as_bytes();
        m[i] = (k[1] == b's') as u8 | ((k[2] == b's') as u8) << 1;
        i += 1;
    }
    m
};

/// Which of b (1) and c (2) are source slots.
#[inline(always)]
fn operand_mask(op: u8) -> u8 {
    MASKS[op as usize]
}
