//! Tests of `format_spec` against results of CPython 3.14.
//!
//! `format_cases.txt` has one case per line: kind (i, f, c, s), value (int in decimal, floats as bits,
//! str escaped), specification, and `=` with the result or the exception.

use crate::text::format_spec::*;
use crate::text::{from_cps, to_cps};

fn unescape(text: &str) -> Vec<u32> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.extend(to_cps(before));
        let len = match after.as_bytes()[0] {
            b'\\' => {
                out.push(u32::from(b'\\'));
                rest = &after[1..];
                continue;
            }
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => panic!("escape {other}"),
        };
        out.push(u32::from_str_radix(&after[1..=len], 16).unwrap());
        rest = &after[len + 1..];
    }
    out.extend(to_cps(rest));
    out
}

fn float(bits: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(bits, 16).unwrap())
}

#[test]
fn cases() {
    for line in include_str!("format_cases.txt").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let (value, spec) = (fields[1], unescape(fields[2]));
        let mut out = to_cps("=");
        let result = match fields[0] {
            "i" => format_i64(value.parse().unwrap(), &spec, &mut out),
            "f" => format_float(float(value), &spec, &mut out),
            "c" => {
                let (real, imag) = value.split_once(',').unwrap();
                format_complex(float(real), float(imag), &spec, &mut out)
            }
            _ => format_str(&unescape(value), &spec, &mut out),
        };
        let found = match result {
            Ok(()) => from_cps(&out),
            Err(FormatError::Value(text)) => format!("ValueError: {text}"),
            Err(FormatError::Overflow(text)) => format!("OverflowError: {text}"),
        };
        assert_eq!(found, from_cps(&unescape(fields[3])), "{line}");
    }
}

#[test]
fn errors() {
    let fail = |spec: &str| match format_i64(5, &to_cps(spec), &mut Vec::new()) {
        Err(FormatError::Value(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        fail("abc"),
        "Invalid format specifier 'abc' for object of type 'int'"
    );
    assert_eq!(fail("."), "Format specifier missing precision");
    assert_eq!(
        fail("99999999999999999999"),
        "Too many decimal digits in format string"
    );
    assert_eq!(fail(",_"), "Cannot specify both ',' and '_'.");
    assert_eq!(fail(",x"), "Cannot specify ',' with 'x'.");
    assert_eq!(
        fail("s"),
        "Unknown format code 's' for object of type 'int'"
    );
}
