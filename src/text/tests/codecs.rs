//! Tests of `codecs` against results of CPython 3.14.
//!
//! `codec_cases.txt` has one case per line: D or E, codec, error handler, whether the input is complete,
//! input (bytes in hexadecimal, or code points), and the result: `=` output and, when decoding, the bytes
//! consumed; `!` the fields of the Unicode error; `T` for TypeError.

use crate::text::codecs::single::{EncodingMap, UNDEFINED, decode_charmap};
use crate::text::codecs::*;

fn code_points(text: &[u32]) -> String {
    text.iter()
        .map(|cp| format!("{cp:x}"))
        .collect::<Vec<_>>()
        .join(",")
}

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}

#[test]
fn cases() {
    for line in include_str!("codec_cases.txt").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let codec = Codec::from_name(fields[1]).unwrap();
        let handler = Handler::from_name(fields[2]).unwrap();
        let fail = |start, end, reason| format!("!{};{start};{end};{reason}", codec.name());
        let found = if fields[0] == "D" {
            let mut out = Vec::new();
            match decode(
                codec,
                &bytes(fields[4]),
                handler,
                fields[3] == "1",
                &mut out,
            ) {
                Ok(used) => format!("={};{used}", code_points(&out)),
                Err(Failure::Raise(e)) => fail(e.start, e.end, e.reason),
                Err(Failure::WrongKind) => "T".to_owned(),
            }
        } else {
            let text: Vec<u32> = fields[4]
                .split(',')
                .map(|cp| u32::from_str_radix(cp, 16).unwrap())
                .collect();
            let mut out = Vec::new();
            match encode(codec, &text, handler, &mut out) {
                Ok(()) => format!(
                    "={}",
                    out.iter().map(|b| format!("{b:02x}")).collect::<String>()
                ),
                Err(Failure::Raise(e)) => fail(e.start, e.end, e.reason),
                Err(Failure::WrongKind) => "T".to_owned(),
            }
        };
        assert_eq!(found, fields[5], "{line}");
    }
}

#[test]
fn tables() {
    let table = [0x20AC_u32, UNDEFINED, 0x61];
    let mut text = Vec::new();
    let error = decode_charmap(&[0, 2, 1], 0, &table, &mut text).unwrap_err();
    assert_eq!((text, error.start, error.end), (vec![0x20AC, 0x61], 2, 3));
    assert_eq!(error.reason, "character maps to <undefined>");
    let map = EncodingMap::new(&table);
    let mut out = Vec::new();
    assert!(
        map.encode(&[0x61_u32, 0x20AC], Handler::Strict, &mut out)
            .is_ok()
    );
    assert_eq!(out, [2, 0]);
    let failed = map.encode(&[0x61_u32, 0x62, 0x63], Handler::Replace, &mut out);
    assert_eq!(
        failed,
        Err(Failure::Raise(EncodeError {
            start: 1,
            end: 3,
            reason: "character maps to <undefined>"
        }))
    );
}

#[test]
fn marks_and_names() {
    assert_eq!(utf::utf16_mark(b"\xfe\xffab"), (Endian::Big, 2));
    assert_eq!(utf::utf16_mark(b"ab"), (NATIVE, 0));
    assert_eq!(utf::utf32_mark(b"\xff\xfe\0\0"), (Endian::Little, 4));
    assert_eq!(Codec::from_name("UTF_8"), Some(Codec::Utf8));
    assert_eq!(Codec::from_name("utf-16"), None);
    assert_eq!(escapes::first_invalid(b"a\\n\\z"), Some("z".to_owned()));
    assert_eq!(
        escapes::first_invalid(b"\\\\z\\477"),
        Some("477".to_owned())
    );
    assert_eq!(escapes::first_invalid(b"\\377\\08"), None);
}
