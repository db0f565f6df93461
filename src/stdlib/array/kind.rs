//! Item types of arrays: between values and bytes.

use crate::builtins::int::{self, IntRef};
use crate::builtins::str::StrObj;
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use num_traits::ToPrimitive;

/// An item type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub code: u8,
    pub size: usize,
}

const KINDS: [Kind; 14] = {
    const fn k(code: u8, size: usize) -> Kind {
        Kind { code, size }
    }
    [
        k(b'b', 1),
        k(b'B', 1),
        k(b'u', 4),
        k(b'w', 4),
        k(b'h', 2),
        k(b'H', 2),
        k(b'i', 4),
        k(b'I', 4),
        k(b'l', 8),
        k(b'L', 8),
        k(b'q', 8),
        k(b'Q', 8),
        k(b'f', 4),
        k(b'd', 8),
    ]
};

/// All type codes, as `array.typecodes`.
pub(super) fn codes() -> String {
    KINDS.iter().map(|k| char::from(k.code)).collect()
}

/// An item's bytes, of which the first `Kind::size` count.
pub(super) type Item = [u8; 8];

impl Kind {
    pub fn of(code: u32) -> Option<Kind> {
        KINDS.into_iter().find(|k| u32::from(k.code) == code)
    }
    pub fn is_text(self) -> bool {
        matches!(self.code, b'u' | b'w')
    }
    /// Format in the notation of `struct`.
    pub fn format(self) -> &'static str {
        match self.code {
            b'b' => "b",
            b'B' => "B",
            b'u' | b'w' => "w",
            b'h' => "h",
            b'H' => "H",
            b'i' => "i",
            b'I' => "I",
            b'l' => "l",
            b'L' => "L",
            b'q' => "q",
            b'Q' => "Q",
            b'f' => "f",
            _ => "d",
        }
    }

    /// The value of an item's bytes.
    pub fn get(self, py: &Py, b: &[u8]) -> Obj {
        let mut w = [0u8; 8];
        w[..self.size].copy_from_slice(&b[..self.size]);
        let n = u64::from_ne_bytes(w);
        match self.code {
            b'b' => py.int(i64::from(n as i8)),
            b'B' | b'H' | b'I' | b'L' | b'Q' => int::from_u64(py, n),
            b'h' => py.int(i64::from(n as i16)),
            b'i' => py.int(i64::from(n as i32)),
            b'u' | b'w' => crate::builtins::str::char_obj(py, (n as u32).min(0x10_ffff)),
            b'f' => py.float(f64::from(f32::from_bits(n as u32))),
            b'd' => py.float(f64::from_bits(n)),
            _ => py.int(n as i64),
        }
    }

    /// The bytes of a value.
    pub fn put(self, py: &Py, v: &Val) -> PyResult<Item> {
        match self.code {
            b'd' => return Ok(ops::to_f64(py, v)?.to_ne_bytes()),
            b'f' => return Ok(u64::from((ops::to_f64(py, v)? as f32).to_bits()).to_ne_bytes()),
            b'u' | b'w' => {
                let Some(s) = v.get::<StrObj>() else {
                    return Err(py.type_error(format!(
                        "array item must be a unicode character, not {}",
                        v.ty().full_name()
                    )));
                };
                return match s.chars().next() {
                    Some(c) if s.len() == 1 => Ok(u64::from(c).to_ne_bytes()),
                    _ => Err(py.type_error(format!(
                        "array item must be a string of length 1, not a string of length {}",
                        s.len()
                    ))),
                };
            }
            _ => {}
        }
        let n = ops::index(py, v)?;
        let Some(n) = int::view(&n) else {
            return Err(py.type_error("expected an int"));
        };
        self.pack(py, &n)
    }

    fn pack(self, py: &Py, n: &IntRef) -> PyResult<Item> {
        let overflow = |m: &str| Err(py.overflow_error(m));
        let ranged = |low: i64, high: i64, name: &str| -> PyResult<Item> {
            match n.to_i64() {
                Some(x) if x < low => {
                    Err(py.overflow_error(format!("{name} is less than minimum")))
                }
                Some(x) if x <= high => Ok(x.to_ne_bytes()),
                None if n.is_negative() => {
                    Err(py.overflow_error(format!("{name} is less than minimum")))
                }
                _ => Err(py.overflow_error(format!("{name} is greater than maximum"))),
            }
        };
        match self.code {
            b'b' => ranged(-128, 127, "signed char"),
            b'B' => ranged(0, 255, "unsigned byte integer"),
            b'h' => ranged(-32768, 32767, "signed short integer"),
            b'H' => ranged(0, 65535, "unsigned short"),
            b'i' => ranged(i64::from(i32::MIN), i64::from(i32::MAX), "signed integer"),
            b'I' if n.is_negative() => overflow("can't convert negative value to unsigned int"),
            b'I' => ranged(0, i64::from(u32::MAX), "unsigned int"),
            b'L' | b'Q' => {
                if n.is_negative() {
                    return overflow("can't convert negative int to unsigned");
                }
                match n.cow().to_u64() {
                    Some(x) => Ok(x.to_ne_bytes()),
                    None if self.code == b'L' => {
                        overflow("Python int too large to convert to C unsigned long")
                    }
                    None => overflow("int too big to convert"),
                }
            }
            _ => match n.to_i64() {
                Some(x) => Ok(x.to_ne_bytes()),
                None if self.code == b'l' => overflow("Python int too large to convert to C long"),
                None => overflow("int too big to convert"),
            },
        }
    }
}
