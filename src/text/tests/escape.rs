//! Tests of `escape` against results of CPython 3.14.

use crate::text::escape::*;
use crate::text::{from_cps, to_cps};

fn repr(text: &[u32]) -> String {
    let mut out = Vec::new();
    str_repr(text, &mut out);
    from_cps(&out)
}

#[test]
fn strings() {
    for (text, expected) in [
        ("", "''"),
        ("a'b", "\"a'b\""),
        ("a'\"b", "'a\\'\"b'"),
        ("\\\t\n\r\x00\x7f", "'\\\\\\t\\n\\r\\x00\\x7f'"),
        ("é\u{a0}\u{ad}", "'é\\xa0\\xad'"),
        ("\u{200b}\u{20ac}", "'\\u200b€'"),
        ("\u{1F600}\u{E0001}", "'\u{1F600}\\U000e0001'"),
    ] {
        assert_eq!(repr(&to_cps(text)), expected);
    }
    assert_eq!(repr(&[0xD800, 0x10FFFF]), "'\\ud800\\U0010ffff'");
    let mut out = Vec::new();
    str_ascii(&to_cps("é€\u{1F600}"), &mut out);
    assert_eq!(from_cps(&out), "'\\xe9\\u20ac\\U0001f600'");
    assert!(is_plain_ascii(b"abc"));
    assert!(!is_plain_ascii(b"a'"));
}

#[test]
fn bytes() {
    assert_eq!(bytes_repr(b"a\x00\xff\t'"), "b\"a\\x00\\xff\\t'\"");
    assert_eq!(bytes_repr(b"'\""), "b'\\'\"'");
    assert_eq!(escape_encode(b"'\"\\\n"), "\\'\"\\\\\\n");
    let decode = |text: &[u8]| escape_decode(text, |_| None).map(|d| (d.bytes, d.invalid));
    assert_eq!(
        decode(b"\\x41\\101\\n\\\na\\z"),
        Ok((b"AA\na\\z".to_vec(), Some("z".into())))
    );
    assert_eq!(decode(b"\\777"), Ok((vec![0xFF], Some("777".into()))));
    assert_eq!(decode(b"ab\\x4"), Err(2));
    assert_eq!(decode(b"ab\\"), Err(3));
}
