//! Tests of `int_text` against results of CPython 3.14.

use crate::text::int_text::*;
use crate::text::to_cps;
use num_bigint::BigInt;

fn small(text: &str, base: i64) -> Option<i64> {
    match parse(&to_cps(text), base, 0) {
        Ok(ParsedInt::Small(value)) => Some(value),
        _ => None,
    }
}

#[test]
fn parsing() {
    for (text, base, value) in [
        ("0", 10, Some(0)),
        (" -12\n", 10, Some(-12)),
        ("1_000", 10, Some(1000)),
        ("0x_ff", 0, Some(255)),
        ("0XFF", 16, Some(255)),
        ("ff", 16, Some(255)),
        ("0b11", 16, Some(0xB11)),
        ("0b11", 2, Some(3)),
        ("0o17", 0, Some(15)),
        ("00", 0, Some(0)),
        ("0_0", 0, Some(0)),
        ("010", 0, None),
        ("010", 10, Some(10)),
        ("zz", 36, Some(35 * 36 + 35)),
        ("٣٤", 10, Some(34)),
        ("9223372036854775807", 10, Some(i64::MAX)),
        ("-9223372036854775808", 10, Some(i64::MIN)),
        ("", 10, None),
        ("-", 10, None),
        ("- 1", 10, None),
        ("1__0", 10, None),
        ("_1", 10, None),
        ("1_", 10, None),
        ("0x", 16, None),
        ("0x__1", 16, None),
        ("12", 2, None),
        ("1\u{2003}", 10, Some(1)),
    ] {
        assert_eq!(small(text, base), value, "{text} {base}");
    }
    assert_eq!(parse(b"1", 1, 0), Err(ParseIntError::Base));
    assert_eq!(parse(b"1", 37, 0), Err(ParseIntError::Base));
    assert_eq!(
        parse(&[b'1'; 4301], 10, 4300),
        Err(ParseIntError::TooManyDigits(4301))
    );
    assert!(parse(&[b'1'; 4300], 10, 4300).is_ok());
    assert!(parse(&[b'1'; 9000], 16, 4300).is_ok());
    assert_eq!(parse_bytes(b" 7 ", 10, 0), Ok(ParsedInt::Small(7)));
    assert_eq!(parse_bytes(b"\xa07", 10, 0), Err(ParseIntError::Invalid));
}

#[test]
fn round_trip() {
    for size in [30_u32, 300, 2000, 5000, 40_000, 130_000] {
        for offset in [0_u32, 1] {
            let value = BigInt::from(7).pow(size) + offset;
            let quick = to_decimal(&value, 0).unwrap();
            assert_eq!(quick, value.to_str_radix(10));
            assert_eq!(parse(quick.as_bytes(), 10, 0), Ok(ParsedInt::Big(value)));
        }
    }
    for digits in [1500_u32, 7372, 14_745, 14_746, 60_000] {
        let value: BigInt = BigInt::from(10).pow(digits);
        assert_eq!(to_decimal(&value, 0).unwrap().len() as u32, digits + 1);
        assert_eq!(
            to_decimal(&-(value - 1_u32), 0).unwrap(),
            format!("-{}", "9".repeat(digits as usize))
        );
    }
}

#[test]
fn limits_and_bases() {
    let value: BigInt = BigInt::from(10).pow(4300);
    assert_eq!(to_decimal(&value, 4300), Err(DigitLimit));
    assert!(to_decimal(&(value - 1_u32), 4300).is_ok());
    assert_eq!(
        to_decimal(&BigInt::from(10).pow(100_000), 4300),
        Err(DigitLimit)
    );
    assert_eq!(word_to_radix(255, 2), "11111111");
    assert_eq!(word_to_radix(0, 16), "0");
    assert_eq!(word_to_radix(u64::MAX, 10), "18446744073709551615");
    assert_eq!(magnitude_to_radix(&BigInt::from(-255), 16), "ff");
}
