//! Floats to text and back with Python's rules.
//!
//! `repr` uses the shortest digits that round-trip; every other format rounds the exact binary value
//! half to even, at any precision. Padding, grouping and signs of the format mini-language are in
//! `format_spec`; here is what both it and `%` build on.

use super::{CodeUnit, unicode};

/// Digits after the point that can differ from zero: the smallest double is 2**-1074.
const MAX_USEFUL_PRECISION: usize = 1100;

/// What `double_to_string` formats as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FloatCode {
    /// `e`: scientific, `precision` digits after the point.
    Exponent,
    /// `f`: fixed, `precision` digits after the point.
    Fixed,
    /// `g`: `precision` significant digits, the shorter of both notations.
    General,
    /// Shortest digits that round-trip.
    Repr,
}

/// Options of [`double_to_string`].
#[derive(Clone, Copy, Default, Debug)]
pub struct FloatFlags {
    /// Write `+` before positive numbers.
    pub sign: bool,
    /// Append `.0` to a result that looks like an integer.
    pub add_dot_0: bool,
    /// `#`: keep the point and, for `General`, trailing zeros.
    pub alternate: bool,
    /// Upper-case letters.
    pub upper: bool,
}

/// Significant digits of a positive finite number, and the position of the point among them.
struct Digits {
    digits: Vec<u8>,
    point: i32,
}

impl Digits {
    /// From text like `1.25e-7` or `12.5`, as the standard library and zmij print it.
    fn from_text(text: &str) -> Self {
        let (mantissa, exponent) = match text.split_once('e') {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().unwrap_or(0)),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let mut point = whole.len() as i32 + exponent;
        let zeros = digits.iter().take_while(|d| **d == b'0').count();
        if zeros == digits.len() {
            return Self {
                digits: vec![b'0'],
                point: 1,
            };
        }
        digits.drain(..zeros);
        point -= zeros as i32;
        Self { digits, point }
    }

    fn shortest(value: f64) -> Self {
        let mut result = Self::from_text(zmij::Buffer::new().format_finite(value));
        result.strip_zeros();
        result
    }

    /// Exactly rounded to `count` significant digits (those beyond any exact expansion are left out).
    fn rounded(value: f64, count: usize) -> Self {
        let count = count.clamp(1, MAX_USEFUL_PRECISION);
        Self::from_text(&format!("{:.*e}", count - 1, value))
    }

    fn strip_zeros(&mut self) {
        while self.digits.len() > 1 && self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
    }
}

/// Format a float as CPython's number formatting does before grouping and padding.
#[must_use]
pub fn double_to_string(
    value: f64,
    code: FloatCode,
    precision: usize,
    flags: FloatFlags,
) -> String {
    let mut out = String::new();
    if value.is_nan() {
        out.push_str(if flags.sign { "+nan" } else { "nan" });
    } else {
        if value.is_sign_negative() {
            out.push('-');
        } else if flags.sign {
            out.push('+');
        }
        if value.is_infinite() {
            out.push_str("inf");
        } else {
            write_finite(value.abs(), code, precision, flags, &mut out);
        }
    }
    if flags.upper {
        out.make_ascii_uppercase();
    }
    out
}

fn write_finite(
    value: f64,
    code: FloatCode,
    precision: usize,
    flags: FloatFlags,
    out: &mut String,
) {
    // `fraction` is the least number of digits that must follow the point.
    let (digits, exponent_form, fraction) = match code {
        FloatCode::Fixed => {
            write_fixed(value, precision, out);
            if flags.alternate && precision == 0 {
                out.push('.');
            }
            return;
        }
        FloatCode::Exponent => (
            Digits::rounded(value, precision.saturating_add(1)),
            true,
            precision,
        ),
        FloatCode::General => {
            let precision = precision.max(1);
            let mut digits = Digits::rounded(value, precision);
            let limit = precision as i64 - i64::from(flags.add_dot_0);
            let point = i64::from(digits.point);
            let exponent_form = point <= -4 || point > limit;
            let fraction = if flags.alternate {
                let before = if exponent_form { 1 } else { point };
                (precision as i64 - before).max(0) as usize
            } else {
                digits.strip_zeros();
                0
            };
            (digits, exponent_form, fraction)
        }
        FloatCode::Repr => {
            let digits = Digits::shortest(value);
            let exponent_form = digits.point <= -4 || digits.point > 16;
            (digits, exponent_form, 0)
        }
    };
    let point = if exponent_form { 1 } else { digits.point };
    let fraction = if !exponent_form && flags.add_dot_0 {
        fraction.max(1)
    } else {
        fraction
    };
    let written = digits.digits.len();
    // Before the point.
    if point <= 0 {
        out.push('0');
    } else {
        let before = point as usize;
        out.extend(digits.digits.iter().take(before).map(|d| char::from(*d)));
        out.extend(std::iter::repeat_n('0', before.saturating_sub(written)));
    }
    // After it.
    let leading = if point < 0 {
        point.unsigned_abs() as usize
    } else {
        0
    };
    let rest = if point <= 0 {
        &digits.digits[..]
    } else {
        digits.digits.get(point as usize..).unwrap_or(&[])
    };
    if !rest.is_empty() || fraction > 0 || flags.alternate {
        out.push('.');
        out.extend(std::iter::repeat_n('0', leading));
        out.extend(rest.iter().map(|d| char::from(*d)));
        out.extend(std::iter::repeat_n(
            '0',
            fraction.saturating_sub(leading + rest.len()),
        ));
    }
    if exponent_form {
        let exponent = digits.point - 1;
        out.push_str(if exponent < 0 { "e-" } else { "e+" });
        out.push_str(&format!("{:02}", exponent.unsigned_abs()));
    }
}

fn write_fixed(value: f64, precision: usize, out: &mut String) {
    use std::fmt::Write as _;
    let useful = precision.min(MAX_USEFUL_PRECISION);
    // Writing to a String cannot fail.
    let _ = write!(out, "{value:.useful$}");
    out.extend(std::iter::repeat_n('0', precision - useful));
}

/// `repr(float)`.
#[must_use]
pub fn repr(value: f64) -> String {
    let mut out = String::with_capacity(24);
    write_repr(value, &mut out);
    out
}

/// Append `repr(float)`.
pub fn write_repr(value: f64, out: &mut String) {
    let size = value.abs();
    if (1e-4..1e16).contains(&size) || value == 0.0 {
        // The crate's notation is Python's in this range.
        out.push_str(zmij::Buffer::new().format_finite(value));
        return;
    }
    let flags = FloatFlags {
        add_dot_0: true,
        ..FloatFlags::default()
    };
    out.push_str(&double_to_string(value, FloatCode::Repr, 0, flags));
}

/// `repr(complex)`.
#[must_use]
pub fn complex_repr(real: f64, imag: f64) -> String {
    let part = |value, sign| {
        double_to_string(
            value,
            FloatCode::Repr,
            0,
            FloatFlags {
                sign,
                ..FloatFlags::default()
            },
        )
    };
    if real == 0.0 && real.is_sign_positive() {
        format!("{}j", part(imag, false))
    } else {
        format!("({}{}j)", part(real, false), part(imag, true))
    }
}

/// `round(value, digits)` for finite values: exact decimal rounding, half to even. Infinite when the
/// result overflows (Python raises OverflowError then).
#[must_use]
pub fn round_decimal(value: f64, digits: i32) -> f64 {
    // Beyond these, nothing is rounded or everything is.
    if !value.is_finite() || digits > 323 {
        return value;
    }
    if digits < -308 {
        return 0.0_f64.copysign(value);
    }
    if digits >= 0 {
        let text = format!("{:.*}", digits as usize, value);
        return fast_float2::parse(text).unwrap_or(value);
    }
    let drop = digits.unsigned_abs() as usize;
    // Doubles of this size are decided by their integer part and whether a fraction follows.
    let exact = format!("{:.*}", MAX_USEFUL_PRECISION, value.abs());
    let (whole, fraction) = exact.split_once('.').unwrap_or((&exact, ""));
    if whole.len() < drop {
        return 0.0_f64.copysign(value);
    }
    let (kept, dropped) = whole.split_at(whole.len() - drop);
    let half = dropped.as_bytes()[0].cmp(&b'5').then_with(|| {
        if dropped[1..]
            .bytes()
            .chain(fraction.bytes())
            .all(|d| d == b'0')
        {
            std::cmp::Ordering::Equal
        } else {
            std::cmp::Ordering::Greater
        }
    });
    let odd = kept.as_bytes().last().is_some_and(|d| d % 2 == 1);
    let mut digits: Vec<u8> = kept.bytes().collect();
    if half.is_gt() || half.is_eq() && odd {
        let mut at = digits.len();
        loop {
            if at == 0 {
                digits.insert(0, b'1');
                break;
            }
            at -= 1;
            if digits[at] == b'9' {
                digits[at] = b'0';
            } else {
                digits[at] += 1;
                break;
            }
        }
    }
    if digits.is_empty() {
        return 0.0_f64.copysign(value);
    }
    digits.extend(format!("e{drop}").bytes());
    fast_float2::parse::<f64, _>(&digits)
        .unwrap_or(0.0)
        .copysign(value)
}

/// `float.hex`.
#[must_use]
pub fn hex(value: f64) -> String {
    if !value.is_finite() {
        return repr(value);
    }
    let bits = value.to_bits();
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let mantissa = bits & ((1 << 52) - 1);
    let exponent = (bits >> 52 & 0x7FF) as i32;
    match (exponent, mantissa) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (0, _) => format!("{sign}0x0.{mantissa:013x}p-1022"),
        _ => format!("{sign}0x1.{mantissa:013x}p{:+}", exponent - 1023),
    }
}

/// Why `float.fromhex` refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HexError {
    /// ValueError: "invalid hexadecimal floating-point string".
    Invalid,
    /// OverflowError: "hexadecimal value too large to represent as a float".
    TooLarge,
}

/// `float.fromhex`; whitespace around is allowed.
pub fn from_hex(text: &str) -> Result<f64, HexError> {
    let text = text.trim_matches(is_ascii_space).as_bytes();
    let (negative, body) = split_sign(text);
    if let Some(value) = special_value(body) {
        return Ok(if negative { -value } else { value });
    }
    let body = match body {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        _ => body,
    };
    let digits_end = body
        .iter()
        .position(|c| !c.is_ascii_hexdigit() && *c != b'.')
        .unwrap_or(body.len());
    let (number, tail) = body.split_at(digits_end);
    let mut parts = number.split(|c| *c == b'.');
    let (whole, fraction) = (parts.next().unwrap_or(b""), parts.next().unwrap_or(b""));
    if parts.next().is_some() || whole.len() + fraction.len() == 0 {
        return Err(HexError::Invalid);
    }
    let exponent = match tail {
        [] => 0,
        [b'p' | b'P', rest @ ..] => {
            let (negative, digits) = split_sign(rest);
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return Err(HexError::Invalid);
            }
            let size = digits.iter().fold(0_i64, |size, d| {
                (size * 10 + i64::from(d - b'0')).min(i64::MAX / 32)
            });
            if negative { -size } else { size }
        }
        _ => return Err(HexError::Invalid),
    };
    // Value = 0.digits * 16**whole.len() * 2**exponent; keep 64 bits and a sticky bit.
    let nibble = |c: &u8| u64::from(char::from(*c).to_digit(16).unwrap_or(0));
    let mut digits = whole.iter().chain(fraction).map(nibble).peekable();
    let mut top = exponent + 4 * whole.len() as i64;
    while digits.next_if_eq(&0).is_some() {
        top -= 4;
    }
    if digits.peek().is_none() {
        return Ok(if negative { -0.0 } else { 0.0 });
    }
    let mut bits = 0_u64;
    for _ in 0..15 {
        bits = bits << 4 | digits.next().unwrap_or(0);
    }
    bits = bits << 4 | digits.next().unwrap_or(0);
    let sticky = digits.any(|d| d != 0);
    let shift = bits.leading_zeros();
    bits <<= shift;
    // Now value = bits / 2**64 * 2**top with the highest bit set.
    top -= i64::from(shift);
    if top > 1024 {
        return Err(HexError::TooLarge);
    }
    let kept = if top >= -1021 { 53 } else { 53 - (-1021 - top) };
    if kept < 0 {
        return Ok(if negative { -0.0 } else { 0.0 });
    }
    let drop = 64 - kept as u32;
    let (mut mantissa, rest) = if drop == 64 {
        (0, bits)
    } else {
        (bits >> drop, bits & ((1 << drop) - 1))
    };
    let half = 1_u64 << (drop - 1);
    if rest > half || rest == half && (sticky || mantissa & 1 == 1) {
        mantissa += 1;
    }
    // mantissa * 2**(top - kept); adding one may have carried into a new bit, which the product takes.
    let value = scale(mantissa as f64, top - kept);
    if value.is_infinite() {
        return Err(HexError::TooLarge);
    }
    Ok(if negative { -value } else { value })
}

/// `value * 2**exponent` without intermediate rounding, for results that are exact.
fn scale(value: f64, exponent: i64) -> f64 {
    let mut value = value;
    let mut exponent = exponent;
    while exponent < -1000 {
        value *= f64::from_bits(23 << 52);
        exponent += 1000;
    }
    while exponent > 1000 {
        value *= f64::from_bits(2023 << 52);
        exponent -= 1000;
    }
    value * f64::from_bits(((exponent + 1023) as u64) << 52)
}

fn is_ascii_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn special_value(text: &[u8]) -> Option<f64> {
    if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
        Some(f64::INFINITY)
    } else if text.eq_ignore_ascii_case(b"nan") {
        Some(f64::NAN)
    } else {
        None
    }
}

/// A string as the ASCII bytes that number parsers read: whitespace around is dropped, decimal digits
/// of any script become ASCII. None when any other non-ASCII character is left.
pub(crate) fn numeric_ascii<C: CodeUnit>(text: &[C]) -> Option<Vec<u8>> {
    let is_blank = |c: &C| unicode::is_space(c.cp());
    let start = text.iter().position(|c| !is_blank(c))?;
    let end = text.iter().rposition(|c| !is_blank(c))? + 1;
    if let Some(ascii) = C::ascii(text) {
        return Some(ascii[start..end].to_vec());
    }
    text[start..end]
        .iter()
        .map(|c| match c.cp() {
            cp if cp < 128 => Some(cp as u8),
            cp => unicode::decimal(cp).map(|d| b'0' + d),
        })
        .collect()
}

/// `float(str)`: None when the text is not a number.
#[must_use]
pub fn parse<C: CodeUnit>(text: &[C]) -> Option<f64> {
    parse_ascii(&numeric_ascii(text)?)
}

/// `float(bytes)`: only ASCII whitespace and digits count.
#[must_use]
pub fn parse_bytes(text: &[u8]) -> Option<f64> {
    let is_blank = |c: &u8| is_ascii_space(char::from(*c));
    let start = text.iter().position(|c| !is_blank(c))?;
    let end = text.iter().rposition(|c| !is_blank(c))? + 1;
    parse_ascii(&text[start..end])
}

fn parse_ascii(text: &[u8]) -> Option<f64> {
    if text.contains(&b'_') {
        return parse_ascii(&without_underscores(text)?);
    }
    let (value, used) = parse_prefix(text)?;
    (used == text.len()).then_some(value)
}

/// Underscores may only stand between digits.
fn without_underscores(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    for (at, c) in text.iter().enumerate() {
        if *c == b'_' {
            let before = at > 0 && text[at - 1].is_ascii_digit();
            let after = text.get(at + 1).is_some_and(u8::is_ascii_digit);
            if !before || !after {
                return None;
            }
        } else {
            out.push(*c);
        }
    }
    Some(out)
}

/// The longest number at the start of ASCII text, and its length.
pub(crate) fn parse_prefix(text: &[u8]) -> Option<(f64, usize)> {
    let (negative, body) = split_sign(text);
    let sign_len = text.len() - body.len();
    let signed = |value: f64| if negative { -value } else { value };
    for name in ["infinity", "inf", "nan"] {
        if body
            .get(..name.len())
            .is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
        {
            let value = special_value(name.as_bytes())?;
            return Some((signed(value), sign_len + name.len()));
        }
    }
    let digits_from = |at: usize| body[at..].iter().take_while(|c| c.is_ascii_digit()).count();
    let whole = digits_from(0);
    let mut end = whole;
    let mut digits = whole;
    if body.get(end) == Some(&b'.') {
        let fraction = digits_from(end + 1);
        digits += fraction;
        end += 1 + fraction;
    }
    if digits == 0 {
        return None;
    }
    if matches!(body.get(end), Some(b'e' | b'E')) {
        let start = end + 1 + usize::from(matches!(body.get(end + 1), Some(b'+' | b'-')));
        let exponent = if start < body.len() {
            digits_from(start)
        } else {
            0
        };
        if exponent > 0 {
            end = start + exponent;
        }
    }
    let value: f64 = fast_float2::parse(&body[..end]).ok()?;
    Some((signed(value), sign_len + end))
}

/// `complex(str)`: None when malformed.
#[must_use]
pub fn parse_complex<C: CodeUnit>(text: &[C]) -> Option<(f64, f64)> {
    let text = numeric_ascii(text)?;
    let text = if text.contains(&b'_') {
        without_underscores(&text)?
    } else {
        text
    };
    let text = match text.as_slice() {
        [b'(', inner @ .., b')'] => inner.trim_ascii(),
        whole => whole,
    };
    let unit_sign = |text: &[u8]| match text {
        [b'j' | b'J'] | [b'+', b'j' | b'J'] => Some(1.0),
        [b'-', b'j' | b'J'] => Some(-1.0),
        _ => None,
    };
    if let Some(imag) = unit_sign(text) {
        return Some((0.0, imag));
    }
    let (first, used) = parse_prefix(text)?;
    match &text[used..] {
        [] => Some((first, 0.0)),
        [b'j' | b'J'] => Some((0.0, first)),
        rest @ [b'+' | b'-', ..] => {
            if let Some(imag) = unit_sign(rest) {
                return Some((first, imag));
            }
            let (imag, used) = parse_prefix(rest)?;
            matches!(rest[used..], [b'j' | b'J']).then_some((first, imag))
        }
        _ => None,
    }
}
