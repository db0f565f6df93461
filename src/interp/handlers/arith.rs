//! Arithmetic: small ints and floats in the handler, the rest through `object::ops`.

use super::Slots;
use crate::builtins::str::{STR, StrObj};
use crate::builtins::{float, int};
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::interp::frame::Frame;
use crate::object::ops;
use crate::object::slots::BinOp;
use crate::object::value::{Obj, Val, Word};
use crate::thread::Py;

/// Stores an immediate into slot `a` and dispatches.
macro_rules! store {
    ($r:expr, $i:expr, $ip:expr, $base:expr, $table:expr, $py:expr, $frame:expr) => {{
        let p = $base.add($i.a() as usize);
        let old = Word(*p);
        *p = $r;
        drop_next!(old, $ip, $base, $table, $py, $frame)
    }};
}

/// Both words are floats in the word.
#[inline(always)]
fn both_floats(b: u64, c: u64) -> bool {
    ((b ^ 2) | (c ^ 2)) & 3 == 0
}

/// A binary instruction with an int form and a float form; everything else goes to `binary_slow`.
macro_rules! binary {
    ($name:ident, $iname:ident, |$x:ident, $y:ident| $int:expr, |$p:ident, $q:ident| $float:expr) => {
        binary!(@one $name, |$x, $y| $int, |$p, $q| $float);
        binary!(@one $iname, |$x, $y| $int, |$p, $q| $float);
    };
    (@one $name:ident, |$x:ident, $y:ident| $int:expr, |$p:ident, $q:ident| $float:expr) => {
        handler!($name(ip, base, table, py, frame, w) {
            let i = Instr(w);
            let b = *base.add(i.b() as usize);
            let c = *base.add(i.c() as usize);
            if b & c & 1 != 0 {
                let ($x, $y) = (b as i64, c as i64);
                let r: Option<u64> = $int;
                if let Some(r) = r {
                    store!(r, i, ip, base, table, py, frame)
                }
            } else if both_floats(b, c) {
                let ($p, $q) = (Word(b).as_float(), Word(c).as_float());
                let r: Option<f64> = $float;
                if let Some(r) = r.and_then(Word::float) {
                    store!(r.0, i, ip, base, table, py, frame)
                }
            }
            return crate::interp::handlers::operator::binary_method(ip, base, table, py, frame, w);
        });
    };
}

/// `Some` unless the operation overflowed.
#[inline(always)]
fn unless((r, overflow): (i64, bool)) -> Option<u64> {
    if overflow { None } else { Some(r as u64) }
}

pub mod op {
    use super::*;

    // An int word is 2n + 1.
    binary!(
        ADD,
        IADD,
        |x, y| unless((x - 1).overflowing_add(y)),
        |p, q| Some(p + q)
    );
    binary!(
        SUB,
        ISUB,
        |x, y| unless(x.overflowing_sub(y - 1)),
        |p, q| Some(p - q)
    );
    binary!(
        MUL,
        IMUL,
        |x, y| unless((x - 1).overflowing_mul(y >> 1)).map(|r| r + 1),
        |p, q| Some(p * q)
    );
    binary!(AND, IAND, |x, y| Some((x & y) as u64), |_p, _q| None);
    binary!(OR, IOR, |x, y| Some((x | y) as u64), |_p, _q| None);
    binary!(XOR, IXOR, |x, y| Some((x ^ y) as u64 | 1), |_p, _q| None);
    binary!(
        FLOORDIV,
        IFLOORDIV,
        |x, y| {
            let (a, b) = (x >> 1, y >> 1);
            if b > 0 {
                Some((a.div_euclid(b) << 1 | 1) as u64)
            } else {
                None
            }
        },
        |p, q| if q == 0.0 { None } else { floor_div(p, q) }
    );
    binary!(
        MOD,
        IMOD,
        |x, y| {
            let (a, b) = (x >> 1, y >> 1);
            if b > 0 {
                Some((a.rem_euclid(b) << 1 | 1) as u64)
            } else {
                None
            }
        },
        |_p, _q| None
    );
    binary!(
        TRUEDIV,
        ITRUEDIV,
        |x, y| {
            let (a, b) = (x >> 1, y >> 1);
            if b != 0 && a.unsigned_abs() < 1 << 53 && b.unsigned_abs() < 1 << 53 {
                Word::float(a as f64 / b as f64).map(|w| w.0)
            } else {
                None
            }
        },
        |p, q| if q == 0.0 { None } else { Some(p / q) }
    );
    binary!(
        LSHIFT,
        ILSHIFT,
        |x, y| {
            let (a, n) = (x >> 1, y >> 1);
            if (0..48).contains(&n) && a.unsigned_abs() < 1 << (62 - n) {
                Some(((a << n) << 1 | 1) as u64)
            } else {
                None
            }
        },
        |_p, _q| None
    );
    binary!(
        RSHIFT,
        IRSHIFT,
        |x, y| {
            let (a, n) = (x >> 1, y >> 1);
            if n >= 0 {
                Some(((a >> n.min(63)) << 1 | 1) as u64)
            } else {
                None
            }
        },
        |_p, _q| None
    );
    binary!(
        POW,
        IPOW,
        |x, y| if y == 5 {
            (x >> 1)
                .checked_mul(x >> 1)
                .and_then(Word::int)
                .map(|w| w.0)
        } else {
            None
        },
        |p, q| { if q == 2.0 { Some(p * p) } else { None } }
    );
    binary!(MATMUL, IMATMUL, |_x, _y| None, |_p, _q| None);

    handler!(ADD_INT(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = *base.add(i.b() as usize);
        if b & 1 != 0 {
            let (r, o) = (b as i64).overflowing_add((i.sc() as i64) << 1);
            if !o {
                store!(r as u64, i, ip, base, table, py, frame)
            }
        }
        return int_slow(ip, base, table, py, frame, w);
    });
    handler!(SUB_INT(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = *base.add(i.b() as usize);
        if b & 1 != 0 {
            let (r, o) = (b as i64).overflowing_sub((i.sc() as i64) << 1);
            if !o {
                store!(r as u64, i, ip, base, table, py, frame)
            }
        }
        return int_slow(ip, base, table, py, frame, w);
    });

    handler!(NEG(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = *base.add(i.b() as usize);
        if b & 3 == 2 {
            let r = Word::float(-Word(b).as_float());
            if let Some(r) = r {
                store!(r.0, i, ip, base, table, py, frame)
            }
        }
        return unary_slow(ip, base, table, py, frame, w);
    });
    handler!(NOT(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = Word(*base.add(i.b() as usize));
        if let Some(t) = crate::interp::handlers::control::quick_truth(b) {
            let r = if t { crate::builtins::singletons::FALSE.word() } else { crate::builtins::singletons::TRUE.word() };
            if i.x() & x::B_TEMP == 0 || !b.is_owned_ptr() {
                store!(r.0, i, ip, base, table, py, frame)
            }
        }
        return unary_slow(ip, base, table, py, frame, w);
    });
    plain!(POS, unary);
    plain!(INVERT, unary);
    plain!(TO_BOOL, unary);
}

out_of_line!(binary_slow, 0, |py, s, i, frame, at| binary_any(py, s, i));

out_of_line!(int_slow, 0, |py, s, i, frame, at| int_any(py, s, i));

out_of_line!(unary_slow, 0, |py, s, i, frame, at| unary(py, s, i, frame));

#[inline(always)]
fn floor_div(p: f64, q: f64) -> Option<f64> {
    let r = (p / q).floor();
    // Near integers and infinities the exact algorithm decides.
    if r.is_finite()
        && r.abs() < 1e15
        && (p - r * q).abs() < q.abs()
        && (p - r * q) * q >= 0.0
        && r != 0.0
    {
        Some(r)
    } else {
        None
    }
}

pub(super) fn operator(op: u8) -> (BinOp, bool) {
    let first = crate::bytecode::Opcode::ADD as u8;
    let n = op - first;
    let k = crate::object::slots::BIN_OPS as u8;
    (BinOp::ALL[(n % k) as usize], n >= k)
}

#[inline(never)]
fn binary_any(py: &Py, s: Slots, i: Instr) -> PyResult<()> {
    let (op, inplace) = operator(i.op());
    let (b, c) = (s.val(i.b()), s.val(i.c()));
    if let (Some(p), Some(q)) = (number(b), number(c)) {
        let r = match op {
            BinOp::Add => Some(p + q),
            BinOp::Sub => Some(p - q),
            BinOp::Mul => Some(p * q),
            BinOp::TrueDiv if q != 0.0 => Some(p / q),
            _ => None,
        };
        if let Some(r) = r {
            s.finish(i, float::new(py, r));
            return Ok(());
        }
    }
    if inplace
        && op == BinOp::Add
        && i.a() == i.b()
        && let (Some(x1), Some(y1)) = (b.get::<StrObj>(), c.get::<StrObj>())
        && STR.is_exact(b)
        && STR.is_exact(c)
    {
        let r = crate::builtins::str::concat(py, x1, y1)?;
        s.finish(i, r);
        return Ok(());
    }
    let r = if inplace {
        ops::inplace(py, op, b, c)?
    } else {
        ops::binary(py, op, b, c)?
    };
    s.finish(i, r);
    Ok(())
}

/// A float operand, or a small int that is exactly a float, when the other one is a float: mixed arithmetic.
#[inline(always)]
fn number(v: &Val) -> Option<f64> {
    let w = v.word();
    if w.is_float() {
        return Some(w.as_float());
    }
    if w.is_ptr() && float::FLOAT.is_exact(v) {
        return float::view(v);
    }
    None
}

fn int_any(py: &Py, s: Slots, i: Instr) -> PyResult<()> {
    let op = if i.op() == crate::bytecode::Opcode::ADD_INT as u8 {
        BinOp::Add
    } else {
        BinOp::Sub
    };
    let b = s.val(i.b());
    let n = i.sc() as i64;
    let r = if b.word().is_float() {
        let d = b.word().as_float();
        float::new(
            py,
            if op == BinOp::Add {
                d + n as f64
            } else {
                d - n as f64
            },
        )
    } else {
        let c = int::from_i64(py, n);
        if i.x() & x::OP0 != 0 {
            ops::inplace(py, op, b, &c)?
        } else {
            ops::binary(py, op, b, &c)?
        }
    };
    s.finish(i, r);
    Ok(())
}

fn unary(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    use crate::bytecode::Opcode as O;
    let b = s.val(i.b());
    let r: Obj = match i.opcode() {
        O::NEG => ops::neg(py, b)?,
        O::POS => ops::pos(py, b)?,
        O::INVERT => ops::invert(py, b)?,
        O::NOT => py.bool(!ops::truth(py, b)?),
        _ => py.bool(ops::truth(py, b)?),
    };
    s.finish(i, r);
    Ok(())
}
