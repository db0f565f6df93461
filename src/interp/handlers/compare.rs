//! Comparisons as values.

use super::Slots;
use crate::builtins::singletons::{FALSE, TRUE};
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::interp::frame::Frame;
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::value::Word;
use crate::thread::Py;

macro_rules! compare {
    ($name:ident, $cmp:expr, |$a:ident, $b:ident| $e:expr) => {
        handler!($name(ip, base, table, py, frame, w) {
            let i = Instr(w);
            let b = *base.add(i.b() as usize);
            let c = *base.add(i.c() as usize);
            let r = if b & c & 1 != 0 {
                let ($a, $b) = (b as i64, c as i64);
                $e
            } else if ((b ^ 2) | (c ^ 2)) & 3 == 0 {
                let ($a, $b) = (Word(b).as_float(), Word(c).as_float());
                $e
            } else {
                return compare_slow(ip, base, table, py, frame, w);
            };
            let p = base.add(i.a() as usize);
            let old = Word(*p);
            *p = if r { TRUE.word().0 } else { FALSE.word().0 };
            drop_next!(old, ip, base, table, py, frame)
        });
    };
}

pub mod op {
    use super::*;
    compare!(LT, CmpOp::Lt, |a, b| a < b);
    compare!(LE, CmpOp::Le, |a, b| a <= b);
    compare!(EQ, CmpOp::Eq, |a, b| a == b);
    compare!(NE, CmpOp::Ne, |a, b| a != b);
    compare!(GT, CmpOp::Gt, |a, b| a > b);
    compare!(GE, CmpOp::Ge, |a, b| a >= b);
    plain!(IS, is);
    plain!(IN, contains);
}

out_of_line!(compare_slow, 0, |py, s, i, frame, at| compare(py, s, i));

#[inline(never)]
fn compare(py: &Py, s: Slots, i: Instr) -> PyResult<()> {
    let cmp = CmpOp::ALL[(i.op() - crate::bytecode::Opcode::LT as u8) as usize];
    let (b, c) = (s.val(i.b()), s.val(i.c()));
    let r = match ops::quick_compare(b, c, cmp) {
        Some(t) => py.bool(t),
        None => ops::compare(py, b, c, cmp)?,
    };
    s.finish(i, r);
    Ok(())
}

fn is(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let r = s.val(i.b()).is(s.val(i.c())) != (i.x() & x::OP0 != 0);
    s.finish(i, py.bool(r));
    Ok(())
}

fn contains(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let r = ops::contains(py, s.val(i.c()), s.val(i.b()))? != (i.x() & x::OP0 != 0);
    s.finish(i, py.bool(r));
    Ok(())
}
