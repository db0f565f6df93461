//! Constants of the source text, and their folding within CPython's limits on the size of results.
//!
//! What is not folded here is computed at run time with the same result, so every case that could raise is
//! left alone.

use crate::bytecode::Const;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};
use ruff_python_ast::{Number, Operator, UnaryOp};

/// Largest folded int, in bits.
const MAX_INT_BITS: u64 = 128;
/// Longest folded tuple.
const MAX_COLLECTION: usize = 256;
/// Longest folded string.
const MAX_STR: usize = 4096;

/// Writes a key that is equal for constants that may share one entry: same type, same value, same signs of
/// zeros. False for those that are never shared (code).
pub fn key(value: &Const, out: &mut Vec<u8>) -> bool {
    match value {
        Const::None => out.push(b'N'),
        Const::True => out.push(b'T'),
        Const::False => out.push(b'F'),
        Const::Ellipsis => out.push(b'.'),
        Const::Int(n) => {
            out.push(b'i');
            out.extend_from_slice(&n.to_le_bytes());
        }
        Const::BigInt(n) => {
            out.push(b'l');
            let bytes = n.to_signed_bytes_le();
            out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            out.extend_from_slice(&bytes);
        }
        Const::Float(n) => {
            out.push(b'f');
            out.extend_from_slice(&n.to_bits().to_le_bytes());
        }
        Const::Complex(real, imag) => {
            out.push(b'c');
            out.extend_from_slice(&real.to_bits().to_le_bytes());
            out.extend_from_slice(&imag.to_bits().to_le_bytes());
        }
        Const::Str(text) => {
            out.push(b's');
            out.extend_from_slice(&(text.len() as u32).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        Const::Wide(text) => {
            out.push(b'w');
            out.extend_from_slice(&(text.len() as u32).to_le_bytes());
            for unit in text {
                out.extend_from_slice(&unit.to_le_bytes());
            }
        }
        Const::Bytes(bytes) => {
            out.push(b'b');
            out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            out.extend_from_slice(bytes);
        }
        Const::Tuple(items) | Const::FrozenSet(items) => {
            out.push(if matches!(value, Const::Tuple(_)) {
                b'('
            } else {
                b'{'
            });
            out.extend_from_slice(&(items.len() as u32).to_le_bytes());
            for item in items {
                if !key(item, out) {
                    return false;
                }
            }
        }
        Const::Slice(items) => {
            out.push(b':');
            for item in items.iter() {
                if !key(item, out) {
                    return false;
                }
            }
        }
        Const::Code(_) => return false,
    }
    true
}

/// An int constant in its smallest form.
pub fn int(n: BigInt) -> Const {
    match n.to_i64() {
        Some(n) => Const::Int(n),
        None => Const::BigInt(n),
    }
}

/// The value of a number literal.
pub fn number(number: &Number) -> Const {
    match number {
        Number::Int(n) => match n.as_u64() {
            Some(small) => int(BigInt::from(small)),
            None => int(parse_big(&n.to_string())),
        },
        Number::Float(n) => Const::Float(*n),
        Number::Complex { real, imag } => Const::Complex(*real, *imag),
    }
}

/// Value of an int literal too large for the parser's small form, given as its digits or its token.
fn parse_big(text: &str) -> BigInt {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let (digits, radix) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&digits[2..], 16),
        [b'0', b'o' | b'O', ..] => (&digits[2..], 8),
        [b'0', b'b' | b'B', ..] => (&digits[2..], 2),
        _ => (digits.as_str(), 10),
    };
    BigInt::parse_bytes(digits.as_bytes(), radix).unwrap_or_default()
}

/// True or false of a constant, as `bool()` gives it.
pub fn truth(value: &Const) -> bool {
    match value {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis | Const::Code(_) | Const::Slice(_) => true,
        Const::Int(n) => *n != 0,
        Const::BigInt(n) => !n.is_zero(),
        Const::Float(n) => *n != 0.0,
        Const::Complex(real, imag) => *real != 0.0 || *imag != 0.0,
        Const::Str(text) => !text.is_empty(),
        Const::Wide(text) => !text.is_empty(),
        Const::Bytes(bytes) => !bytes.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
    }
}

/// `True` or `False`.
pub fn boolean(value: bool) -> Const {
    if value { Const::True } else { Const::False }
}

fn as_big(value: &Const) -> Option<BigInt> {
    match value {
        Const::Int(n) => Some(BigInt::from(*n)),
        Const::BigInt(n) => Some(n.clone()),
        Const::True => Some(BigInt::from(1)),
        Const::False => Some(BigInt::zero()),
        _ => None,
    }
}

fn as_float(value: &Const) -> Option<f64> {
    match value {
        Const::Float(n) => Some(*n),
        Const::Int(n) if n.unsigned_abs() < 1 << 53 => Some(*n as f64),
        Const::True => Some(1.0),
        Const::False => Some(0.0),
        _ => None,
    }
}

/// A text constant from code points that may be surrogates.
pub fn text(units: Vec<u32>) -> Const {
    let plain: Option<String> = units.iter().map(|&unit| char::from_u32(unit)).collect();
    match plain {
        Some(plain) => Const::Str(plain.into_boxed_str()),
        None => Const::Wide(units.into_boxed_slice()),
    }
}

fn code_points(value: &Const) -> Option<Vec<u32>> {
    match value {
        Const::Str(text) => Some(text.chars().map(u32::from).collect()),
        Const::Wide(units) => Some(units.to_vec()),
        _ => None,
    }
}

/// `op value`, if it can be folded.
pub fn unary(op: UnaryOp, value: &Const) -> Option<Const> {
    match op {
        UnaryOp::Not => Some(boolean(!truth(value))),
        UnaryOp::USub => match value {
            Const::Float(n) => Some(Const::Float(-n)),
            Const::Complex(real, imag) => Some(Const::Complex(-real, -imag)),
            _ => as_big(value).map(|n| int(-n)),
        },
        UnaryOp::UAdd => match value {
            Const::Float(_) | Const::Complex(..) => Some(value.clone()),
            _ => as_big(value).map(int),
        },
        UnaryOp::Invert => match value {
            Const::True | Const::False => None,
            _ => as_big(value).map(|n| int(-n - 1)),
        },
    }
}

/// `left op right`, if it can be folded.
pub fn binary(op: Operator, left: &Const, right: &Const) -> Option<Const> {
    if let (Some(a), Some(b)) = (as_big(left), as_big(right)) {
        let both_bool = matches!(left, Const::True | Const::False)
            && matches!(right, Const::True | Const::False);
        if both_bool && matches!(op, Operator::BitAnd | Operator::BitOr | Operator::BitXor) {
            let (a, b) = (truth(left), truth(right));
            return Some(boolean(match op {
                Operator::BitAnd => a & b,
                Operator::BitOr => a | b,
                _ => a ^ b,
            }));
        }
        return ints(op, a, b);
    }
    match (left, right) {
        (Const::Complex(..), _) | (_, Const::Complex(..)) => return complexes(op, left, right),
        (Const::Float(_), _) | (_, Const::Float(_)) => {
            let (a, b) = (as_float(left)?, as_float(right)?);
            return match op {
                Operator::Add => Some(Const::Float(a + b)),
                Operator::Sub => Some(Const::Float(a - b)),
                Operator::Mult => Some(Const::Float(a * b)),
                Operator::Div if b != 0.0 => Some(Const::Float(a / b)),
                _ => None,
            };
        }
        _ => {}
    }
    match op {
        Operator::Add => match (left, right) {
            (Const::Bytes(a), Const::Bytes(b)) if a.len() + b.len() <= MAX_STR => {
                Some(Const::Bytes([&a[..], &b[..]].concat().into_boxed_slice()))
            }
            (Const::Tuple(a), Const::Tuple(b)) if a.len() + b.len() <= MAX_COLLECTION => {
                Some(Const::Tuple([&a[..], &b[..]].concat()))
            }
            (Const::Str(a), Const::Str(b)) if a.len() + b.len() <= MAX_STR => {
                Some(Const::Str([&a[..], &b[..]].concat().into_boxed_str()))
            }
            _ => {
                let (mut a, b) = (code_points(left)?, code_points(right)?);
                if a.len() + b.len() > MAX_STR {
                    return None;
                }
                a.extend(b);
                Some(text(a))
            }
        },
        Operator::Mult => match (left, right) {
            (Const::Int(n), sequence) | (sequence, Const::Int(n)) => repeat(sequence, *n),
            _ => None,
        },
        _ => None,
    }
}

fn repeat(sequence: &Const, times: i64) -> Option<Const> {
    let times = usize::try_from(times.max(0)).ok()?;
    let fits = |length: usize, max: usize| length.checked_mul(times).is_some_and(|n| n <= max);
    match sequence {
        Const::Str(text) if fits(text.len(), MAX_STR) => {
            Some(Const::Str(text.repeat(times).into_boxed_str()))
        }
        Const::Bytes(bytes) if fits(bytes.len(), MAX_STR) => {
            Some(Const::Bytes(bytes.repeat(times).into_boxed_slice()))
        }
        Const::Tuple(items) if fits(items.len(), MAX_COLLECTION) => {
            let mut out = Vec::with_capacity(items.len() * times);
            for _ in 0..times {
                out.extend_from_slice(items);
            }
            Some(Const::Tuple(out))
        }
        _ => None,
    }
}

fn ints(op: Operator, a: BigInt, b: BigInt) -> Option<Const> {
    let result = match op {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mult => {
            if a.bits() + b.bits() > MAX_INT_BITS {
                return None;
            }
            a * b
        }
        Operator::FloorDiv => {
            if b.is_zero() {
                return None;
            }
            num_integer::Integer::div_floor(&a, &b)
        }
        Operator::Mod => {
            if b.is_zero() {
                return None;
            }
            num_integer::Integer::mod_floor(&a, &b)
        }
        Operator::Div => {
            let (a, b) = (a.to_i64()?, b.to_i64()?);
            if b == 0 || a.unsigned_abs() >= 1 << 53 || b.unsigned_abs() >= 1 << 53 {
                return None;
            }
            return Some(Const::Float(a as f64 / b as f64));
        }
        Operator::Pow => {
            let exponent = b.to_u32()?;
            if a.bits().saturating_mul(u64::from(exponent)) > MAX_INT_BITS {
                return None;
            }
            a.pow(exponent)
        }
        Operator::LShift => {
            let shift = b.to_u64()?;
            if !a.is_zero() && (shift > MAX_INT_BITS || a.bits() + shift > MAX_INT_BITS) {
                return None;
            }
            if a.is_zero() { a } else { a << shift }
        }
        Operator::RShift => {
            if b.is_negative() {
                return None;
            }
            match b.to_u64() {
                Some(shift) if shift <= 1 << 20 => a >> shift,
                _ if a.is_negative() => BigInt::from(-1),
                _ => BigInt::zero(),
            }
        }
        Operator::BitOr => a | b,
        Operator::BitXor => a ^ b,
        Operator::BitAnd => a & b,
        Operator::MatMult => return None,
    };
    Some(int(result))
}

fn complexes(op: Operator, left: &Const, right: &Const) -> Option<Const> {
    // A real operand takes part without an imaginary zero of its own (signs of zeros).
    match (op, left, right) {
        (Operator::Add, Const::Complex(a, b), Const::Complex(c, d)) => {
            Some(Const::Complex(a + c, b + d))
        }
        (Operator::Sub, Const::Complex(a, b), Const::Complex(c, d)) => {
            Some(Const::Complex(a - c, b - d))
        }
        (Operator::Add, Const::Complex(a, b), real) => {
            as_float(real).map(|c| Const::Complex(a + c, *b))
        }
        (Operator::Sub, Const::Complex(a, b), real) => {
            as_float(real).map(|c| Const::Complex(a - c, *b))
        }
        (Operator::Add, real, Const::Complex(c, d)) => {
            as_float(real).map(|a| Const::Complex(a + c, *d))
        }
        (Operator::Sub, real, Const::Complex(c, d)) => {
            as_float(real).map(|a| Const::Complex(a - c, -d))
        }
        _ => None,
    }
}

/// `value[index]` for constants, if it can be folded.
pub fn subscript(value: &Const, index: &Const) -> Option<Const> {
    let Const::Int(index) = index else {
        return None;
    };
    let at = |length: usize| -> Option<usize> {
        let at = if *index < 0 {
            *index + length as i64
        } else {
            *index
        };
        usize::try_from(at).ok().filter(|&at| at < length)
    };
    match value {
        Const::Tuple(items) => items.get(at(items.len())?).cloned(),
        Const::Bytes(bytes) => Some(Const::Int(i64::from(bytes[at(bytes.len())?]))),
        Const::Str(_) | Const::Wide(_) => {
            let units = code_points(value)?;
            Some(text(vec![units[at(units.len())?]]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding() {
        let one = Const::Int(1);
        assert!(matches!(
            binary(Operator::Add, &one, &Const::Int(2)),
            Some(Const::Int(3))
        ));
        assert!(matches!(
            binary(Operator::Pow, &Const::Int(10), &Const::Int(25)),
            Some(Const::BigInt(_))
        ));
        assert!(binary(Operator::Pow, &Const::Int(2), &Const::Int(1000)).is_none());
        assert!(binary(Operator::Div, &one, &Const::Int(0)).is_none());
        assert!(binary(Operator::Mult, &Const::Str("ab".into()), &Const::Int(5000)).is_none());
        assert!(matches!(
            binary(Operator::FloorDiv, &Const::Int(-7), &Const::Int(2)),
            Some(Const::Int(-4))
        ));
        assert!(matches!(
            binary(Operator::Sub, &one, &Const::Complex(0.0, 2.0)),
            Some(Const::Complex(_, imag)) if imag == -2.0
        ));
    }

    #[test]
    fn keys_tell_types_apart() {
        let key_of = |value: &Const| {
            let mut out = Vec::new();
            key(value, &mut out);
            out
        };
        assert_ne!(key_of(&Const::Int(1)), key_of(&Const::Float(1.0)));
        assert_ne!(key_of(&Const::Int(1)), key_of(&Const::True));
        assert_ne!(key_of(&Const::Float(0.0)), key_of(&Const::Float(-0.0)));
    }
}
