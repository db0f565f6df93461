//! Formats of binary data: the parser, and one value to and from bytes.

use crate::builtins::{bytes, float, int};
use crate::error::Raised;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// Byte order and sizes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    pub little: bool,
    /// Sizes and alignment of the C compiler.
    pub native: bool,
}

/// The layout of this machine.
pub const NATIVE: Layout = Layout {
    little: cfg!(target_endian = "little"),
    native: true,
};

/// One run of equal items.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    pub code: u8,
    /// Number of values; for `s` and `p` the number of bytes of the one value.
    pub count: usize,
    pub offset: usize,
    /// Bytes of one value.
    pub size: usize,
}

/// A parsed format.
pub struct Format {
    pub layout: Layout,
    pub items: Vec<Item>,
    /// Bytes altogether.
    pub size: usize,
    /// Number of values.
    pub values: usize,
}

/// Size and alignment of a code.
pub fn code_size(code: u8, native: bool) -> Option<(usize, usize)> {
    let size = match code {
        b'x' | b'c' | b'b' | b'B' | b'?' | b's' | b'p' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' => {
            if native {
                8
            } else {
                4
            }
        }
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' if native => 8,
        b'F' => return Some((8, if native { 4 } else { 1 })),
        b'D' => return Some((16, if native { 8 } else { 1 })),
        _ => return None,
    };
    Some((size, if native { size } else { 1 }))
}

impl Format {
    /// Parses a format; the error is the text of a `struct.error`.
    pub fn parse(text: &[u8]) -> Result<Format, &'static str> {
        const TOO_LONG: &str = "total struct size too long";
        let (layout, body) = match text.first() {
            Some(b'<') => (
                Layout {
                    little: true,
                    native: false,
                },
                &text[1..],
            ),
            Some(b'>' | b'!') => (
                Layout {
                    little: false,
                    native: false,
                },
                &text[1..],
            ),
            Some(b'=') => (
                Layout {
                    little: NATIVE.little,
                    native: false,
                },
                &text[1..],
            ),
            Some(b'@') => (NATIVE, &text[1..]),
            _ => (NATIVE, text),
        };
        let mut f = Format {
            layout,
            items: Vec::new(),
            size: 0,
            values: 0,
        };
        let mut it = body.iter().copied().peekable();
        while let Some(c) = it.next() {
            if c.is_ascii_whitespace() || c == 11 {
                continue;
            }
            let (mut code, mut count) = (c, 1usize);
            if c.is_ascii_digit() {
                count = (c - b'0') as usize;
                while let Some(d) = it.peek().copied().filter(u8::is_ascii_digit) {
                    it.next();
                    count = count
                        .checked_mul(10)
                        .and_then(|n| n.checked_add((d - b'0') as usize))
                        .ok_or("overflow in item count")?;
                    if count > isize::MAX as usize {
                        return Err("overflow in item count");
                    }
                }
                code = it
                    .next()
                    .ok_or("repeat count given without format specifier")?;
            }
            let (size, align) =
                code_size(code, layout.native).ok_or("bad char in struct format")?;
            let offset = f.size.checked_next_multiple_of(align).ok_or(TOO_LONG)?;
            let end = count
                .checked_mul(size)
                .and_then(|n| n.checked_add(offset))
                .filter(|&n| n <= isize::MAX as usize);
            f.size = end.ok_or(TOO_LONG)?;
            match code {
                b'x' => {}
                b's' | b'p' => {
                    f.items.push(Item {
                        code,
                        count,
                        offset,
                        size: count,
                    });
                    f.values += 1;
                }
                _ if count > 0 => {
                    f.items.push(Item {
                        code,
                        count,
                        offset,
                        size,
                    });
                    f.values = f.values.checked_add(count).ok_or(TOO_LONG)?;
                }
                _ => {}
            }
        }
        Ok(f)
    }
}

/// Why a value could not be packed.
pub enum PackError {
    /// Of the wrong type: text of the error.
    Type(String),
    /// Out of range: text of the error.
    Range(String),
    /// Any exception on the way.
    Raised(Raised),
}

impl From<Raised> for PackError {
    fn from(e: Raised) -> PackError {
        PackError::Raised(e)
    }
}

fn put(out: &mut [u8], le: [u8; 8], little: bool) {
    let n = out.len().min(8);
    out[..n].copy_from_slice(&le[..n]);
    if !little {
        out[..n].reverse();
    }
}

fn get(b: &[u8], little: bool) -> u64 {
    let mut le = [0; 8];
    let n = b.len().min(8);
    le[..n].copy_from_slice(&b[..n]);
    if !little {
        le[..n].reverse();
    }
    u64::from_le_bytes(le)
}

/// Range of an integer code.
fn range(code: u8, size: usize) -> (BigInt, BigInt) {
    let bits = size as u32 * 8;
    if code.is_ascii_uppercase() {
        (BigInt::ZERO, (BigInt::from(1) << bits) - 1)
    } else {
        (
            -(BigInt::from(1) << (bits - 1)),
            (BigInt::from(1) << (bits - 1)) - 1,
        )
    }
}

/// Writes one value into its place.
pub fn pack(py: &Py, code: u8, layout: Layout, v: &Val, out: &mut [u8]) -> Result<(), PackError> {
    match code {
        b'c' => match bytes::view(v).map(<[u8]>::to_vec).or_else(|| array(v)) {
            Some(b) if b.len() == 1 => out[0] = b[0],
            _ => {
                return Err(PackError::Type(
                    "char format requires a bytes object of length 1".to_string(),
                ));
            }
        },
        b'?' => out[0] = ops::truth(py, v)? as u8,
        b's' | b'p' => {
            let Some(b) = bytes::view(v).map(<[u8]>::to_vec).or_else(|| array(v)) else {
                return Err(PackError::Type(format!(
                    "argument for '{}' must be a bytes object",
                    code as char
                )));
            };
            out.fill(0);
            if code == b's' {
                let n = b.len().min(out.len());
                out[..n].copy_from_slice(&b[..n]);
            } else if !out.is_empty() {
                let n = b.len().min(out.len() - 1);
                out[0] = n.min(255) as u8;
                out[1..=n].copy_from_slice(&b[..n]);
            }
        }
        b'e' | b'f' | b'd' => float_into(code, layout.little, number(py, v)?, out)?,
        b'F' | b'D' => {
            let (re, im) = match v.get::<crate::builtins::complex::ComplexObj>() {
                Some(c) => (c.re, c.im),
                None => (number(py, v)?, 0.0),
            };
            let (code, half) = (if code == b'F' { b'f' } else { b'd' }, out.len() / 2);
            float_into(code, layout.little, re, &mut out[..half])?;
            float_into(code, layout.little, im, &mut out[half..])?;
        }
        _ => integer(py, code, layout, v, out)?,
    }
    Ok(())
}

fn array(v: &Val) -> Option<Vec<u8>> {
    v.get::<crate::builtins::bytearray::ByteArrayObj>()
        .map(|b| b.to_vec())
}

fn number(py: &Py, v: &Val) -> Result<f64, PackError> {
    if let Some(d) = float::view(v) {
        return Ok(d);
    }
    ops::to_f64(py, v).map_err(|e| {
        if e.is(&crate::builtins::exceptions::TYPE_ERROR) {
            PackError::Type("required argument is not a float".to_string())
        } else {
            PackError::Raised(e)
        }
    })
}

fn float_into(code: u8, little: bool, d: f64, out: &mut [u8]) -> Result<(), PackError> {
    let too_large = || {
        PackError::Range(format!(
            "float too large to pack with {} format",
            code as char
        ))
    };
    let bits = match code {
        b'd' => d.to_bits(),
        b'f' => {
            let f = d as f32;
            if f.is_infinite() && d.is_finite() {
                return Err(too_large());
            }
            f.to_bits() as u64
        }
        _ => half_bits(d).ok_or_else(too_large)? as u64,
    };
    put(out, bits.to_le_bytes(), little);
    Ok(())
}

fn integer(py: &Py, code: u8, layout: Layout, v: &Val, out: &mut [u8]) -> Result<(), PackError> {
    if int::view(v).is_none() && v.ty().slots.index.get().is_none() {
        return Err(PackError::Type(
            "required argument is not an integer".to_string(),
        ));
    }
    let n = ops::index(py, v)?;
    let size = out.len();
    // Small values need no big arithmetic.
    if let Some(i) = int::view(&n).and_then(|n| n.to_i64()) {
        let bits = size as u32 * 8;
        let fits = match (code.is_ascii_uppercase(), bits) {
            (true, 64) => i >= 0,
            (true, _) => i >= 0 && i >> bits == 0,
            (false, 64) => true,
            (false, _) => i >> (bits - 1) == 0 || i >> (bits - 1) == -1,
        };
        // Pointers may be given as negative numbers.
        if fits || code == b'P' {
            put(out, i.to_le_bytes(), layout.little);
            return Ok(());
        }
    } else if size == 8
        && let Some(u) = int::to_big(&n)
            .and_then(|b| b.to_u64())
            .filter(|_| code.is_ascii_uppercase())
    {
        put(out, u.to_le_bytes(), layout.little);
        return Ok(());
    }
    Err(PackError::Range(match code {
        b'P' => "int too large to convert".to_string(),
        _ => {
            let (low, high) = range(code, size);
            format!(
                "'{}' format requires {low} <= number <= {high}",
                code as char
            )
        }
    }))
}

/// Reads one value from its place.
pub fn unpack(py: &Py, code: u8, layout: Layout, b: &[u8]) -> Obj {
    let bits = get(b, layout.little);
    match code {
        b'c' | b's' => bytes::new(py, b),
        b'p' => {
            let n = b.first().map_or(0, |&n| (n as usize).min(b.len() - 1));
            bytes::new(py, b.get(1..1 + n).unwrap_or_default())
        }
        b'?' => py.bool(bits != 0),
        b'e' => py.float(half_value(bits as u16)),
        b'f' => py.float(f32::from_bits(bits as u32) as f64),
        b'd' => py.float(f64::from_bits(bits)),
        b'F' => {
            let im = get(&b[4..], layout.little);
            crate::builtins::complex::new(
                py,
                f32::from_bits(get(&b[..4], layout.little) as u32) as f64,
                f32::from_bits(im as u32) as f64,
            )
        }
        b'D' => crate::builtins::complex::new(
            py,
            f64::from_bits(get(&b[..8], layout.little)),
            f64::from_bits(get(&b[8..], layout.little)),
        ),
        _ if code.is_ascii_uppercase() => int::from_u64(py, bits),
        _ => {
            let unused = 64 - 8 * b.len().min(8) as u32;
            py.int(((bits << unused) as i64) >> unused)
        }
    }
}

/// IEEE 754 half precision of a float; `None` if it is too large.
fn half_bits(d: f64) -> Option<u16> {
    let sign = ((d.to_bits() >> 63) as u16) << 15;
    if d.is_nan() {
        // The top bits of the payload are kept, and the number stays not a number.
        let payload = (d.to_bits() >> 42 & 0x3ff) as u16;
        return Some(sign | 0x7c00 | if payload == 0 { 0x200 } else { payload });
    }
    let a = d.abs();
    if a.is_infinite() {
        return Some(sign | 0x7c00);
    }
    // Units of the last place: exponents below -14 share the smallest.
    let exponent = if a == 0.0 {
        -15
    } else {
        ((a.to_bits() >> 52) as i32 - 1023).max(-15)
    };
    let unit = if exponent < -14 { -24 } else { exponent - 10 };
    let scaled = (a * 2f64.powi(-unit)).round_ties_even();
    // A rounded-up mantissa carries into the exponent by itself.
    let base = if exponent < -14 {
        0
    } else {
        (exponent + 14) << 10
    };
    let bits = base + scaled as i32;
    if bits >= 0x7c00 {
        None
    } else {
        Some(sign | bits as u16)
    }
}

fn half_value(h: u16) -> f64 {
    let (exponent, mantissa) = ((h >> 10 & 31) as i32, (h & 0x3ff) as u64);
    let sign = (h as u64 >> 15) << 63;
    let magnitude = match exponent {
        31 => return f64::from_bits(sign | 0x7ff << 52 | mantissa << 42),
        0 => mantissa as f64 * 2f64.powi(-24),
        _ => (1024 + mantissa) as f64 * 2f64.powi(exponent - 25),
    };
    f64::from_bits(sign | magnitude.to_bits())
}
