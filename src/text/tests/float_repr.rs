//! Tests of `float_repr` against results of CPython 3.14.

use crate::text::float_repr::*;
use crate::text::to_cps;

#[test]
fn shortest() {
    for (value, text) in [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (9999999999999998.0, "9999999999999998.0"),
        (1.5e16, "1.5e+16"),
        (1e22, "1e+22"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1.234e-5, "1.234e-05"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (f64::INFINITY, "inf"),
        (-f64::INFINITY, "-inf"),
        (f64::NAN, "nan"),
        (123456789.125, "123456789.125"),
        (100.0, "100.0"),
    ] {
        assert_eq!(repr(value), text);
    }
    assert_eq!(complex_repr(1.0, -2.0), "(1-2j)");
    assert_eq!(complex_repr(0.0, 2.0), "2j");
    assert_eq!(complex_repr(-0.0, 2.0), "(-0+2j)");
    assert_eq!(complex_repr(1.5, f64::NAN), "(1.5+nanj)");
}

#[test]
fn exact() {
    let plain = FloatFlags::default();
    let alternate = FloatFlags {
        alternate: true,
        ..plain
    };
    let dot = FloatFlags {
        add_dot_0: true,
        ..plain
    };
    for (value, code, precision, flags, text) in [
        (2.5, FloatCode::Fixed, 0, plain, "2"),
        (3.5, FloatCode::Fixed, 0, plain, "4"),
        (0.125, FloatCode::Fixed, 2, plain, "0.12"),
        (2.5, FloatCode::Fixed, 0, alternate, "2."),
        (
            1e23,
            FloatCode::Fixed,
            3,
            plain,
            "99999999999999991611392.000",
        ),
        (
            0.1,
            FloatCode::Fixed,
            60,
            plain,
            "0.100000000000000005551115123125782702118158340454101562500000",
        ),
        (0.0, FloatCode::Exponent, 3, plain, "0.000e+00"),
        (12345.678, FloatCode::Exponent, 2, plain, "1.23e+04"),
        (9.995, FloatCode::Exponent, 0, plain, "1e+01"),
        (1.0, FloatCode::Exponent, 0, alternate, "1.e+00"),
        (1e-100, FloatCode::Exponent, 1, plain, "1.0e-100"),
        (100000.0, FloatCode::General, 6, plain, "100000"),
        (1000000.0, FloatCode::General, 6, plain, "1e+06"),
        (999999.5, FloatCode::General, 6, plain, "1e+06"),
        (0.0001, FloatCode::General, 6, plain, "0.0001"),
        (0.00001, FloatCode::General, 6, plain, "1e-05"),
        (1.0, FloatCode::General, 6, alternate, "1.00000"),
        (1e10, FloatCode::General, 3, alternate, "1.00e+10"),
        (0.0, FloatCode::General, 0, plain, "0"),
        (0.0, FloatCode::General, 6, alternate, "0.00000"),
        (100.0, FloatCode::General, 3, dot, "1e+02"),
        (100.0, FloatCode::General, 4, dot, "100.0"),
        (0.5, FloatCode::General, 6, alternate, "0.500000"),
        (3.0, FloatCode::General, 1, alternate, "3."),
    ] {
        assert_eq!(
            double_to_string(value, code, precision, flags),
            text,
            "{value} {code:?} {precision}"
        );
    }
    let long = double_to_string(0.5, FloatCode::Fixed, 70_000, plain);
    assert_eq!(long.len(), 70_002);
    assert_eq!(
        double_to_string(0.5, FloatCode::Exponent, 2000, plain).len(),
        2006
    );
}

#[test]
fn hexadecimal() {
    for (value, text) in [
        (1.0, "0x1.0000000000000p+0"),
        (-0.1, "-0x1.999999999999ap-4"),
        (5e-324, "0x0.0000000000001p-1022"),
        (0.0, "0x0.0p+0"),
        (3.5e300, "0x1.4e7b4f70066e8p+998"),
    ] {
        assert_eq!(hex(value), text);
        assert_eq!(from_hex(text), Ok(value));
    }
    for (text, value) in [
        (" 0x1p3 ", 8.0),
        ("a.8", 10.5),
        (".8p1", 1.0),
        ("-INF", -f64::INFINITY),
        ("0x1.fffffffffffff8p0", 2.0),
        ("0x1.fffffffffffff7p0", 1.9999999999999998),
        ("0x0.8p-1074", 0.0),
        ("0x0.80000000000001p-1074", 5e-324),
        ("0x1p-99999999999999999999", 0.0),
        ("0x0p99999999999999999999", 0.0),
    ] {
        assert_eq!(from_hex(text), Ok(value), "{text}");
    }
    for text in ["", "0x", "1.2.3", "0x1p", "0x1p+", "1 2", "p1", "."] {
        assert_eq!(from_hex(text), Err(HexError::Invalid), "{text}");
    }
    for text in [
        "0x1p1024",
        "0x1.fffffffffffff8p1023",
        "1p99999999999999999999",
    ] {
        assert_eq!(from_hex(text), Err(HexError::TooLarge), "{text}");
    }
}

#[test]
fn parsing() {
    for (text, value) in [
        ("1", 1.0),
        (" \u{a0}1.5\n", 1.5),
        ("1_000.0_1e1_0", 1000.01e10),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1e-3", -0.001),
        ("+Infinity", f64::INFINITY),
        ("1e400", f64::INFINITY),
        ("1e-999999999999999999999999", 0.0),
        ("١٢.٥", 12.5),
        ("0x10p", f64::NAN),
        ("", f64::NAN),
        (" ", f64::NAN),
        ("1__0", f64::NAN),
        ("_1", f64::NAN),
        ("1_", f64::NAN),
        ("1_.0", f64::NAN),
        ("1e", f64::NAN),
        (".", f64::NAN),
        ("+-1", f64::NAN),
        ("1 2", f64::NAN),
        ("é", f64::NAN),
    ] {
        let found = parse(&to_cps(text));
        assert_eq!(found, (!value.is_nan()).then_some(value), "{text}");
    }
    assert!(parse(b"nan").is_some_and(f64::is_nan));
    assert_eq!(parse_bytes(b" 12\t"), Some(12.0));
    assert_eq!(parse_bytes(b"\xa012"), None);
    for (text, value) in [
        ("1+2j", Some((1.0, 2.0))),
        (" ( 1-2J ) ", Some((1.0, -2.0))),
        ("-j", Some((0.0, -1.0))),
        ("3e1-j", Some((30.0, -1.0))),
        ("5", Some((5.0, 0.0))),
        ("infj", Some((0.0, f64::INFINITY))),
        ("1+2", None),
        ("1+ 2j", None),
        ("(1", None),
        ("()", None),
        ("1j2", None),
    ] {
        assert_eq!(parse_complex(text.as_bytes()), value, "{text}");
    }
}

#[test]
fn rounding() {
    for (value, digits, result) in [
        (2.675, 2, 2.67),
        (0.5, 0, 0.0),
        (1.5, 0, 2.0),
        (15.0, -1, 20.0),
        (25.0, -1, 20.0),
        (25.5, -1, 30.0),
        (-1234.5, -2, -1200.0),
        (5.0, -1, 0.0),
        (5.1, -1, 10.0),
        (99.0, -2, 100.0),
        (1.0, 400, 1.0),
        (1e300, -400, 0.0),
        (1.7976931348623157e308, -308, f64::INFINITY),
    ] {
        assert_eq!(round_decimal(value, digits), result, "{value} {digits}");
    }
}
