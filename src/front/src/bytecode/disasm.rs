//! Text form of code units, for golden tests and dumps.

use super::code::CodeUnit;
use super::instr::{Instr, x};
use std::fmt::Write;

/// One line for each instruction, then the exception table.
pub fn disassemble(code: &CodeUnit) -> String {
    let mut out = String::new();
    let mut i = 0;
    while i < code.words.len() {
        let w = Instr(code.words[i]);
        let op = w.opcode();
        let _ = write!(
            out,
            "{i:5} {:4} {:<26}",
            code.positions.get(i).map_or(0, |p| p.line),
            op.name()
        );
        let kinds: Vec<char> = op.operands().chars().collect();
        let fields = [w.a() as i64, w.b() as i64, w.c() as i64];
        let temp = [x::A_TEMP, x::B_TEMP, x::C_TEMP];
        for (n, &k) in kinds.iter().enumerate() {
            let mark = if w.x() & temp[n] != 0 { "!" } else { "" };
            let _ = match k {
                'd' | 's' | 'u' | 'w' => write!(out, " r{}{mark}", fields[n]),
                'n' => write!(
                    out,
                    " {}",
                    code.names.get(fields[n] as usize).map_or("?", |s| s)
                ),
                'k' => write!(out, " k{}", fields[n]),
                'K' => write!(out, " k{}", w.bc()),
                'I' => write!(out, " {}", w.bc()),
                'i' => write!(out, " {}", fields[n] as u16 as i16),
                'J' => write!(out, " ->{}", i as i64 + w.bc() as i64),
                'j' => write!(out, " ->{}", i as i64 + w.sc() as i64),
                _ => Ok(()),
            };
        }
        if w.x() >= x::OP0 {
            let _ = write!(out, " [{:#x}]", w.x() >> 3);
        }
        out.push('\n');
        i += 1 + op.words();
    }
    for e in &code.exceptions {
        let _ = writeln!(
            out,
            "  {}..{} -> {} depth {}",
            e.start, e.end, e.handler, e.depth
        );
    }
    out
}
