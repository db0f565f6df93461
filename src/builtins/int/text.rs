//! Ints to and from text: `int(...)`, `repr`, `__format__`, the bases of `bin`, `oct`, `hex`.

use super::{IntRef, from_big, from_i64, view};
use crate::builtins::str::{self, StrObj, Units};
use crate::error::{PyResult, Raised};
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::text::format_spec::{self, FormatError, IntKind};
use crate::text::int_text::{self, ParseIntError, ParsedInt};
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Limit of digits in conversions between int and decimal text (`sys.set_int_max_str_digits`), 0 for none.
pub static MAX_STR_DIGITS: AtomicUsize = AtomicUsize::new(4300);

fn limit() -> usize {
    MAX_STR_DIGITS.load(Ordering::Relaxed)
}

/// The int that a str, bytes or bytearray spells; `None` for other types.
pub fn parse(py: &Py, v: &Val, base: i64) -> PyResult<Option<Obj>> {
    let parsed = if let Some(s) = v.get::<StrObj>() {
        match s.units() {
            Units::One(u) => int_text::parse(u, base, limit()),
            Units::Two(u) => int_text::parse(u, base, limit()),
            Units::Four(u) => int_text::parse(u, base, limit()),
        }
    } else if let Some(b) = bytes_of(v) {
        int_text::parse_bytes(&b, base, limit())
    } else {
        return Ok(None);
    };
    match parsed {
        Ok(ParsedInt::Small(n)) => Ok(Some(from_i64(py, n))),
        Ok(ParsedInt::Big(b)) => Ok(Some(from_big(py, b))),
        Err(ParseIntError::Invalid) => Err(py.value_error(format!(
            "invalid literal for int() with base {base}: {}",
            short_repr(py, v)?
        ))),
        Err(ParseIntError::Base) => Err(py.value_error("int() base must be >= 2 and <= 36, or 0")),
        Err(ParseIntError::TooManyDigits(n)) => {
            Err(py.value_error(int_text::parse_limit_message(limit(), n)))
        }
    }
}

/// Bytes of a bytes or bytearray object.
pub fn bytes_of(v: &Val) -> Option<std::borrow::Cow<'_, [u8]>> {
    if let Some(b) = crate::builtins::bytes::view(v) {
        return Some(b.into());
    }
    v.get::<crate::builtins::bytearray::ByteArrayObj>()
        .map(|b| b.state.lock().data.clone().into())
}

/// The repr, cut at 200 characters.
fn short_repr(py: &Py, v: &Val) -> PyResult<String> {
    Ok(ops::repr_text(py, v)?.chars().take(200).collect())
}

/// Decimal text of a machine word.
pub fn small(n: i64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut at = buffer.len();
    let mut rest = n.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    &buffer[at..]
}

/// The value of a few decimal digits with an optional sign; `None` for any other text.
pub fn parse_small(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let n = digits.iter().fold(0, |n, c| n * 10 + (c - b'0') as i64);
    Some(if negative { -n } else { n })
}

/// Decimal text.
pub fn decimal(py: &Py, x: &IntRef) -> PyResult<String> {
    match x {
        IntRef::Small(n) => Ok(n.to_string()),
        IntRef::Big(b) => int_text::to_decimal(b, limit())
            .map_err(|_| py.value_error(int_text::print_limit_message(limit()))),
    }
}

/// `repr(int)` (slot).
pub fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let w = v.word();
    if w.is_int() {
        return Ok(crate::builtins::str::from_ascii(
            py,
            small(w.as_int(), &mut [0; 20]),
        ));
    }
    match view(v) {
        Some(x) => Ok(str::from_latin1(py, decimal(py, &x)?.as_bytes())),
        None => Err(py.type_error("expected an int")),
    }
}

/// Digits of the size in a base, lower case.
pub fn digits(py: &Py, x: &IntRef, base: u32) -> PyResult<String> {
    match x {
        IntRef::Small(n) => Ok(int_text::word_to_radix(n.unsigned_abs(), base)),
        IntRef::Big(b) if base == 10 => Ok(decimal(py, &IntRef::Big(b))?
            .trim_start_matches('-')
            .to_string()),
        IntRef::Big(b) => Ok(int_text::magnitude_to_radix(b, base)),
    }
}

/// Text with sign and prefix, as `bin`, `oct` and `hex` give it.
pub fn prefixed(py: &Py, x: &IntRef, base: u32) -> PyResult<String> {
    let prefix = match base {
        2 => "0b",
        8 => "0o",
        16 => "0x",
        _ => "",
    };
    Ok(format!(
        "{}{prefix}{}",
        if x.is_negative() { "-" } else { "" },
        digits(py, x, base)?
    ))
}

/// The Python exception of a formatting error.
pub fn format_error(py: &Py, e: FormatError) -> Raised {
    match e {
        FormatError::Value(m) => py.value_error(m),
        FormatError::Overflow(m) => py.overflow_error(m),
    }
}

/// Calls `$f` with the units of a str as a slice of whatever width they have.
macro_rules! with_units {
    ($s:expr, $u:ident => $e:expr) => {
        match $s.units() {
            $crate::builtins::str::Units::One($u) => $e,
            $crate::builtins::str::Units::Two($u) => $e,
            $crate::builtins::str::Units::Four($u) => $e,
        }
    };
}
pub(crate) use with_units;

/// `int.__format__`.
pub fn format(py: &Py, v: &Val, spec: &Val) -> PyResult<Obj> {
    let Some(s) = spec.get::<StrObj>() else {
        return Err(py.type_error(format!(
            "__format__() argument must be str, not {}",
            spec.ty().name()
        )));
    };
    if s.is_empty() {
        return ops::str(py, v);
    }
    let Some(x) = view(v) else {
        return Err(py.type_error("expected an int"));
    };
    let type_name = v.ty().name();
    let (spec, kind) = with_units!(s, u => format_spec::parse_int_spec(u, &type_name))
        .map_err(|e| format_error(py, e))?;
    let mut out: Vec<u32> = Vec::new();
    if out.try_reserve(spec.width).is_err() {
        return Err(py.memory_error());
    }
    match kind {
        IntKind::Radix(base) => {
            format_spec::format_int_digits(
                &spec,
                x.is_negative(),
                &digits(py, &x, base)?,
                &mut out,
            );
        }
        IntKind::Character => {
            let cp = x.to_i64().and_then(|n| u32::try_from(n).ok());
            format_spec::format_character(&spec, cp, &mut out).map_err(|e| format_error(py, e))?;
        }
        IntKind::Float => {
            let d = super::convert::to_f64(py, &x)?;
            format_spec::format_float_spec(d, &spec, &type_name, &mut out)
                .map_err(|e| format_error(py, e))?;
        }
    }
    Ok(str::from_code_points(py, &out))
}
