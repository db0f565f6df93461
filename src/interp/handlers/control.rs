//! Jumps, function entry, loop back edges.

use super::Slots;
use crate::builtins::singletons::{FALSE, NONE, TRUE};
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::value::{UNBOUND, Val, Word};
use crate::thread::Py;

/// Keeps LLVM from turning a conditional jump of the program into a conditional move of `ip`, after which the next
/// instruction's fetch would wait for the comparison.
macro_rules! branch_barrier {
    () => {
        std::arch::asm!("", options(nomem, nostack, preserves_flags))
    };
}

/// Truth of values that need no call.
#[inline(always)]
pub fn quick_truth(w: Word) -> Option<bool> {
    if w.is_int() {
        return Some(w.0 != 1);
    }
    let id = w.0;
    if id == TRUE.word().0 {
        return Some(true);
    }
    if id == FALSE.word().0 || id == NONE.word().0 {
        return Some(false);
    }
    if w.is_float() {
        // Zeros are boxed.
        return Some(true);
    }
    None
}

/// Makes the body of the running frame's code.
#[inline(never)]
unsafe fn load_body(frame: *mut crate::interp::frame::Frame) -> *const u64 {
    // SAFETY: the running frame is live.
    unsafe {
        let code = (*frame).code();
        code.load();
        (*frame).consts = code.consts_ptr();
        code.words_ptr()
    }
}

macro_rules! jump_truth {
    ($name:ident, $want:expr) => {
        handler!($name(ip, base, table, py, frame, w) {
            let i = Instr(w);
            let v = Word(*base.add(i.a() as usize));
            let t = match quick_truth(v) {
                Some(t) => t,
                None => return truth_slow(ip, base, table, py, frame, w),
            };
            if t == $want {
                branch_barrier!();
                ip = ip.offset(i.bc() as isize - 1);
                next!(ip, base, table, py, frame)
            }
            next!(ip, base, table, py, frame)
        });
    };
}

macro_rules! jump_compare {
    ($name:ident, $iname:ident, |$a:ident, $b:ident| $e:expr) => {
        handler!($name(ip, base, table, py, frame, w) {
            let i = Instr(w);
            let l = *base.add(i.a() as usize);
            let r = *base.add(i.b() as usize);
            let t = if l & r & 1 != 0 {
                let ($a, $b) = (l as i64, r as i64);
                $e
            } else if ((l ^ 2) | (r ^ 2)) & 3 == 0 {
                let ($a, $b) = (Word(l).as_float(), Word(r).as_float());
                $e
            } else {
                return compare_slow(ip, base, table, py, frame, w);
            };
            if t != (i.x() & x::OP0 != 0) {
                branch_barrier!();
                ip = ip.offset(i.sc() as isize - 1);
                next!(ip, base, table, py, frame)
            }
            next!(ip, base, table, py, frame)
        });
        handler!($iname(ip, base, table, py, frame, w) {
            let i = Instr(w);
            let l = *base.add(i.a() as usize);
            if l & 1 == 0 {
                return compare_slow(ip, base, table, py, frame, w);
            }
            let ($a, $b) = ((l as i64) >> 1, i.b() as i16 as i64);
            if ($e) != (i.x() & x::OP0 != 0) {
                branch_barrier!();
                ip = ip.offset(i.sc() as isize - 1);
                next!(ip, base, table, py, frame)
            }
            next!(ip, base, table, py, frame)
        });
    };
}

pub mod op {
    use super::*;

    handler!(LOAD_BODY(ip, base, table, py, frame, w) {
        (*frame).ip = ip;
        let ip = load_body(frame);
        next!(ip, base, table, py, frame)
    });

    handler!(RESUME(ip, base, table, py, frame, w) {
        // Relaxed: the pending handler synchronizes.
        if py.poll.load(std::sync::atomic::Ordering::Relaxed) != 0 {
            py.interp.request_pending();
            next!(ip.add(1), base, reload!(py), py, frame)
        }
        next!(ip.add(1), base, table, py, frame)
    });

    handler!(JUMP(ip, base, table, py, frame, w) {
        next!(ip.offset(Instr(w).bc() as isize - 1), base, table, py, frame)
    });

    handler!(JUMP_BACK(ip, base, table, py, frame, w) {
        let to = ip.offset(Instr(w).bc() as isize - 1);
        // Relaxed: the pending handler synchronizes.
        if py.poll.load(std::sync::atomic::Ordering::Relaxed) != 0 {
            py.interp.request_pending();
            next!(to, base, reload!(py), py, frame)
        }
        next!(to, base, table, py, frame)
    });

    jump_truth!(JUMP_IF_TRUE, true);
    jump_truth!(JUMP_IF_FALSE, false);

    handler!(JUMP_IF_NONE(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let v = Word(*base.add(i.a() as usize));
        let hit = v.identity() == NONE.word().identity();
        if i.x() & x::A_TEMP != 0 {
            Slots(base).clear(i.a());
        }
        if hit {
            branch_barrier!();
            next!(ip.offset(i.bc() as isize - 1), base, reload!(py), py, frame)
        }
        next!(ip, base, reload!(py), py, frame)
    });
    handler!(JUMP_IF_NOT_NONE(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let v = Word(*base.add(i.a() as usize));
        let hit = v.identity() != NONE.word().identity();
        if i.x() & x::A_TEMP != 0 {
            Slots(base).clear(i.a());
        }
        if hit {
            branch_barrier!();
            next!(ip.offset(i.bc() as isize - 1), base, reload!(py), py, frame)
        }
        next!(ip, base, reload!(py), py, frame)
    });

    jump_compare!(JUMP_LT, JUMP_LT_INT, |a, b| a < b);
    jump_compare!(JUMP_LE, JUMP_LE_INT, |a, b| a <= b);
    jump_compare!(JUMP_EQ, JUMP_EQ_INT, |a, b| a == b);
    jump_compare!(JUMP_NE, JUMP_NE_INT, |a, b| a != b);
    jump_compare!(JUMP_GT, JUMP_GT_INT, |a, b| a > b);
    jump_compare!(JUMP_GE, JUMP_GE_INT, |a, b| a >= b);

    handler!(JUMP_IS(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let same = Word(*base.add(i.a() as usize)).identity() == Word(*base.add(i.b() as usize)).identity();
        if i.x() & (x::A_TEMP | x::B_TEMP) != 0 {
            Slots(base).consume(i);
            table = reload!(py);
        }
        if same != (i.x() & x::OP0 != 0) {
            branch_barrier!();
            next!(ip.offset(i.sc() as isize - 1), base, table, py, frame)
        }
        next!(ip, base, table, py, frame)
    });

    out_of_line!(JUMP_IN, jump sc, |py, s, i, frame, at| jump_in(py, s, i));
}

fn jump_in(py: &Py, s: Slots, i: Instr) -> PyResult<bool> {
    let r = ops::contains(py, s.val(i.b()), s.val(i.a()))? != (i.x() & x::OP0 != 0);
    s.consume(i);
    Ok(r)
}

out_of_line!(truth_slow, jump bc, |py, s, i, frame, at| truth(py, s, i));

/// Whether the jump is taken.
fn truth(py: &Py, s: Slots, i: Instr) -> PyResult<bool> {
    let t = ops::truth(py, s.val(i.a()))?;
    if i.x() & x::A_TEMP != 0 {
        s.clear(i.a());
    }
    Ok(t == (i.op() == crate::bytecode::Opcode::JUMP_IF_TRUE as u8))
}

out_of_line!(compare_slow, jump sc, |py, s, i, frame, at| compare(py, s, i));

/// Whether the jump is taken.
fn compare(py: &Py, s: Slots, i: Instr) -> PyResult<bool> {
    use crate::bytecode::Opcode as O;
    let n = i.op();
    let (cmp, int) = if n >= O::JUMP_LT_INT as u8 {
        (CmpOp::ALL[(n - O::JUMP_LT_INT as u8) as usize], true)
    } else {
        (CmpOp::ALL[(n - O::JUMP_LT as u8) as usize], false)
    };
    let imm = Word(((i.b() as i16 as i64) << 1 | 1) as u64);
    let b = if int {
        Val::from_word_ref(&imm)
    } else {
        s.val(i.b())
    };
    let a = s.val(i.a());
    let t = match ops::quick_compare(a, b, cmp) {
        Some(t) => t,
        None => {
            let r = ops::compare(py, a, b, cmp)?;
            ops::truth(py, &r)?
        }
    };
    if i.x() & x::A_TEMP != 0 {
        s.put_word(i.a(), UNBOUND);
    }
    if !int && i.x() & x::B_TEMP != 0 {
        s.put_word(i.b(), UNBOUND);
    }
    Ok(t != (i.x() & x::OP0 != 0))
}
