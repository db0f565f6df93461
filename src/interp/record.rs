//! The recorder's buffer and the one handler of the RECORD table.
//!
//! The handler writes one compact entry for each executed instruction and then executes it through EXEC with the same word,
//! handing RECORD on, so the next instruction comes back to it. It keeps no count on a program's object, and nothing with a
//! destructor, so its dispatch is a jump.

use super::abi::Table;
use super::dispatch;
use super::frame::Frame;
use crate::bytecode::instr::Instr;
use crate::bytecode::ops::{OPCODES, Opcode};
use crate::object::value::Word;
use crate::thread::Py;
use std::cell::Cell;
use std::fmt::Write;

/// One executed instruction: the word that was executed, where, and the tags or shapes of its operands.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Entry {
    pub word: u64,
    pub ip: u64,
    /// Shape versions of pointer operands b and c (highest bit set), or their tags.
    pub kinds: [u32; 2],
}

/// Entries of a thread's ring.
const CAPACITY: usize = 4096;

/// Ring of the last entries.
#[derive(Default)]
pub struct Buffer {
    /// Empty until recording is switched on, then always `CAPACITY` entries.
    entries: Box<[Cell<Entry>]>,
    /// Number of all entries so far.
    total: Cell<u64>,
}

impl Buffer {
    /// A buffer that can be recorded into.
    pub fn with_room() -> Buffer {
        Buffer {
            entries: vec![Cell::default(); CAPACITY].into(),
            total: Cell::new(0),
        }
    }
    /// Whether it can be recorded into.
    pub fn is_on(&self) -> bool {
        !self.entries.is_empty()
    }
    /// Number of recorded instructions.
    pub fn total(&self) -> u64 {
        self.total.get()
    }
    /// Text of the last `n` entries, oldest first: address, instruction, what its operands were.
    pub fn dump(&self, n: usize) -> String {
        let total = self.total.get();
        let kept = total.min(self.entries.len() as u64).min(n as u64);
        let mut out = String::new();
        for at in total - kept..total {
            let e = self.entries[at as usize % CAPACITY].get();
            let i = Instr(e.word);
            let mut fields = String::new();
            for (kind, value) in i.opcode().operands().chars().zip([i.a(), i.b(), i.c()]) {
                let _ = match kind {
                    'd' | 's' | 'u' | 'w' => write!(fields, " r{value}"),
                    'n' => write!(fields, " n{value}"),
                    'k' => write!(fields, " k{value}"),
                    'K' => write!(fields, " k{}", i.bc()),
                    'I' => write!(fields, " {}", i.bc()),
                    'J' => write!(fields, " {:+}", i.bc()),
                    'i' | 'j' => write!(fields, " {}", i.sc()),
                    _ => Ok(()),
                };
            }
            let kinds: Vec<String> = [(1, e.kinds[0]), (2, e.kinds[1])]
                .iter()
                .filter(|k| operand_mask(i.op()) & k.0 != 0)
                .map(|k| kind_text(k.1))
                .collect();
            let line = format!(
                "{:#x} {:<16}{fields:<20} {}",
                e.ip,
                i.opcode().name(),
                kinds.join(", ")
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
        out
    }
}

fn kind_text(kind: u32) -> String {
    match kind {
        k if k & SHAPE != 0 => format!("shape {}", k & !SHAPE),
        k if k & 1 != 0 => "int".to_owned(),
        k if k & 3 == 2 => "float".to_owned(),
        _ => "unbound".to_owned(),
    }
}

/// Marks shape versions.
const SHAPE: u32 = 1 << 31;

/// # Safety
/// `slot` is a live slot of the running frame.
#[inline(always)]
unsafe fn kind_of(base: *mut u64, slot: u16) -> u32 {
    // SAFETY: by the caller's promise; pointer words of slots refer to live objects.
    unsafe {
        let w = Word(*base.add(slot as usize));
        if w.is_ptr() && !w.is_unbound() {
            (*(*w.ptr()).shape_ptr()).version() | SHAPE
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
    let i = Instr(w);
    let buffer = &py.interp.record;
    let n = buffer.total.get();
    let mask = operand_mask(i.op());
    let mut kinds = [0; 2];
    // SAFETY: operands that the mask names are slots of the running frame, which the verifier checked. The table is in use
    // only when the buffer has its entries.
    unsafe {
        if mask & 1 != 0 {
            kinds[0] = kind_of(base, i.b());
        }
        if mask & 2 != 0 {
            kinds[1] = kind_of(base, i.c());
        }
        debug_assert_eq!(buffer.entries.len(), CAPACITY);
        buffer
            .entries
            .get_unchecked(n as usize % CAPACITY)
            .set(Entry {
                word: w,
                ip: ip as u64 - 8,
                kinds,
            });
        buffer.total.set(n + 1);
        let h = dispatch::exec_table().0[(w & 0xff) as usize];
        tail!(h(ip, base, table, py, frame, w))
    }
}

static MASKS: [u8; 256] = {
    let mut m = [0u8; 256];
    let mut i = 0;
    while i < OPCODES {
        let op = Opcode::ALL_OPS[i];
        let k = op.operands().as_bytes();
        m[i] = match op {
            // Their fields need not name slots.
            Opcode::RAISE => 0,
            Opcode::MAKE_CELL => 0,
            Opcode::YIELD | Opcode::LIST_EXTEND => (k[1] == b's') as u8,
            _ => (k[1] == b's') as u8 | ((k[2] == b's') as u8) << 1,
        };
        i += 1;
    }
    m
};

/// Which of b (1) and c (2) are source slots.
#[inline(always)]
fn operand_mask(op: u8) -> u8 {
    MASKS[op as usize]
}
