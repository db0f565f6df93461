//! Ints to text and back: `int(text, base)`, `str(int)`, and the other bases.
//!
//! Long texts are converted by halves, so they cost what multiplication costs (the crate is quadratic
//! there; in the other direction it divides by halves itself). The limit on the number of digits (`sys.set_int_max_str_digits`) comes in as a parameter,
//! 0 for none; it does not hold for bases that are powers of two.

use super::float_repr::numeric_ascii;
use super::{CodeUnit, DIGITS};
use num_bigint::{BigInt, BigUint, Sign};
use num_traits::ToPrimitive;

/// A parsed int.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParsedInt {
    /// Fits a machine word.
    Small(i64),
    /// Does not.
    Big(BigInt),
}

/// Why a text is not an int.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParseIntError {
    /// ValueError: "invalid literal for int() with base %d: %r".
    Invalid,
    /// ValueError: "int() base must be >= 2 and <= 36, or 0".
    Base,
    /// ValueError about the digit limit; the value has this many digits.
    TooManyDigits(usize),
}

/// Below this many digits no limit is checked.
const LIMIT_THRESHOLD: usize = 640;

/// The text of the ValueError for too many digits in a text to convert.
#[must_use]
pub fn parse_limit_message(limit: usize, digits: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} digits; \
         use sys.set_int_max_str_digits() to increase the limit"
    )
}

/// The text of the ValueError for an int with too many digits to print.
#[must_use]
pub fn print_limit_message(limit: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; \
         use sys.set_int_max_str_digits() to increase the limit"
    )
}

/// `int(text, base)` for str.
pub fn parse<C: CodeUnit>(text: &[C], base: i64, limit: usize) -> Result<ParsedInt, ParseIntError> {
    let base = check_base(base)?;
    parse_ascii(
        &numeric_ascii(text).ok_or(ParseIntError::Invalid)?,
        base,
        limit,
    )
}

/// `int(text, base)` for bytes: only ASCII whitespace and digits count.
pub fn parse_bytes(text: &[u8], base: i64, limit: usize) -> Result<ParsedInt, ParseIntError> {
    let base = check_base(base)?;
    let is_space = |c: &u8| matches!(c, b' ' | b'\t'..=b'\r');
    let start = text
        .iter()
        .position(|c| !is_space(c))
        .ok_or(ParseIntError::Invalid)?;
    let end = text.iter().rposition(|c| !is_space(c)).unwrap_or(start) + 1;
    parse_ascii(&text[start..end], base, limit)
}

fn check_base(base: i64) -> Result<u32, ParseIntError> {
    match u32::try_from(base) {
        Ok(base @ (0 | 2..=36)) => Ok(base),
        _ => Err(ParseIntError::Base),
    }
}

fn parse_ascii(text: &[u8], base: u32, limit: usize) -> Result<ParsedInt, ParseIntError> {
    let (negative, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let prefix_base = match body {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let old_octal = base == 0 && prefix_base == 0 && body.first() == Some(&b'0');
    let (base, digits) = if prefix_base != 0 && (base == 0 || base == prefix_base) {
        // One underscore may follow the prefix.
        let rest = &body[2..];
        (prefix_base, rest.strip_prefix(b"_").unwrap_or(rest))
    } else {
        (if base == 0 { 10 } else { base }, body)
    };
    if limit != 0 && digits.len() > limit.max(LIMIT_THRESHOLD) && !base.is_power_of_two() {
        // Nothing is converted, nor copied, for a text with too many digits.
        if let Some(count) = count_digits(digits, base)
            && count > limit
            && count > LIMIT_THRESHOLD
        {
            return Err(ParseIntError::TooManyDigits(count));
        }
    }
    let mut values = Vec::with_capacity(digits.len());
    let mut after_digit = false;
    for c in digits {
        if *c == b'_' {
            if !after_digit {
                return Err(ParseIntError::Invalid);
            }
            after_digit = false;
            continue;
        }
        let value = char::from(*c)
            .to_digit(base)
            .ok_or(ParseIntError::Invalid)?;
        values.push(value as u8);
        after_digit = true;
    }
    if !after_digit || old_octal && values.iter().any(|v| *v != 0) {
        return Err(ParseIntError::Invalid);
    }
    // 12 digits of base 36 and 18 decimal ones fit 63 bits.
    if values.len() <= if base <= 10 { 18 } else { 12 } {
        let size = values
            .iter()
            .fold(0_i64, |size, v| size * i64::from(base) + i64::from(*v));
        return Ok(ParsedInt::Small(if negative { -size } else { size }));
    }
    let size = from_digits(&values, base);
    let value = BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, size);
    Ok(match value.to_i64() {
        Some(small) => ParsedInt::Small(small),
        None => ParsedInt::Big(value),
    })
}

/// Whether all bytes are decimal digits, looked at 16 at a time: also the texts that are refused may be long.
fn are_digits(text: &[u8]) -> bool {
    const HIGH: u128 = u128::from_ne_bytes([0xf0; 16]);
    const SIX: u128 = u128::from_ne_bytes([6; 16]);
    const ZEROS: u128 = u128::from_ne_bytes([b'0'; 16]);
    let (chunks, rest) = text.as_chunks::<16>();
    chunks.iter().all(|chunk| {
        let x = u128::from_ne_bytes(*chunk);
        // No byte below 0x40 carries into its neighbor.
        x & HIGH == ZEROS && (x + SIX) & HIGH == ZEROS
    }) && rest.iter().all(u8::is_ascii_digit)
}

/// Number of digits in a text of digits with single underscores between them; `None` for any other text.
fn count_digits(text: &[u8], base: u32) -> Option<usize> {
    if base >= 10 && are_digits(text) {
        return Some(text.len());
    }
    let (mut count, mut before) = (0, b'_');
    for c in text {
        if *c == b'_' {
            if before == b'_' {
                return None;
            }
        } else if char::from(*c).is_digit(base) {
            count += 1;
        } else {
            return None;
        }
        before = *c;
    }
    (before != b'_').then_some(count)
}

/// Digit values, most significant first, to a number.
fn from_digits(values: &[u8], base: u32) -> BigUint {
    const LEAF: usize = 1500;
    if values.len() <= LEAF || base.is_power_of_two() {
        return BigUint::from_radix_be(values, base).unwrap_or_default();
    }
    // Powers base**(LEAF * 2**level), each the square of the one before.
    let mut powers = vec![BigUint::from(base).pow(LEAF as u32)];
    while LEAF << powers.len() < values.len() {
        let last = &powers[powers.len() - 1];
        powers.push(last * last);
    }
    join_digits(values, base, &powers, LEAF)
}

fn join_digits(values: &[u8], base: u32, powers: &[BigUint], leaf: usize) -> BigUint {
    let Some((power, smaller)) = powers.split_last() else {
        return BigUint::from_radix_be(values, base).unwrap_or_default();
    };
    let low_len = leaf << smaller.len();
    if values.len() <= low_len {
        return join_digits(values, base, smaller, leaf);
    }
    let (high, low) = values.split_at(values.len() - low_len);
    join_digits(high, base, smaller, leaf) * power + join_digits(low, base, smaller, leaf)
}

/// `str(int)`; Err when it would have more than `limit` digits (0: no limit).
pub fn to_decimal(value: &BigInt, limit: usize) -> Result<String, DigitLimit> {
    let bits = value.bits();
    // 1233 / 4096 is a little less than log10(2), so this is less than the number of digits.
    let fewest = u128::from(bits.saturating_sub(1)) * 1233 / 4096;
    if limit >= LIMIT_THRESHOLD && fewest >= limit as u128 {
        return Err(DigitLimit);
    }
    let text = value.to_str_radix(10);
    let digits = text.len() - usize::from(value.sign() == Sign::Minus);
    if limit >= LIMIT_THRESHOLD && digits > limit {
        Err(DigitLimit)
    } else {
        Ok(text)
    }
}

/// The int has more digits than the limit allows: raise ValueError with [`print_limit_message`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DigitLimit;

/// Digits of the size of a big int in a base, without prefix, lower case.
#[must_use]
pub fn magnitude_to_radix(value: &BigInt, base: u32) -> String {
    value.magnitude().to_str_radix(base)
}

/// Digits of a machine word in a base, without prefix, lower case.
#[must_use]
pub fn word_to_radix(mut value: u64, base: u32) -> String {
    if base == 10 {
        return value.to_string();
    }
    let mut digits = [0; 64];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = DIGITS[(value % u64::from(base)) as usize];
        value /= u64::from(base);
        if value == 0 {
            break;
        }
    }
    digits[at..].iter().map(|d| char::from(*d)).collect()
}
