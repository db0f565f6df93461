//! Whole-range checks: digests over all code points, computed with CPython 3.14, of one line per
//! code point. A line is what the property function returns there, as text.

use super::super::{from_cps, to_cps};
use super::case;
use super::normalize::{Form, is_normalized, normalize};
use super::*;
use sha1::{Digest, Sha1};

fn digest(line: impl Fn(u32) -> String) -> String {
    let mut hash = Sha1::new();
    for cp in 0..0x11_0000 {
        hash.update(line(cp).as_bytes());
        hash.update(b"\n");
    }
    hash.finalize()[..8]
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

type Conversion = fn(&[u32], &mut Vec<u32>);

fn hex(text: &[u32]) -> String {
    text.iter()
        .map(|cp| format!("{cp:X}"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn properties() {
    assert_eq!(
        digest(|cp| {
            format!(
                "{} {} {} {} {}",
                category(cp),
                bidirectional(cp),
                combining(cp),
                u8::from(is_mirrored(cp)),
                east_asian_width(cp)
            )
        }),
        "de31d22aa2299f74"
    );
}

#[test]
fn predicates() {
    let all = [
        is_alpha,
        is_alnum,
        is_decimal,
        is_digit,
        is_numeric,
        is_space,
        is_printable,
        is_xid_start,
        is_xid_continue,
        is_lower,
        is_upper,
    ];
    assert_eq!(
        digest(|cp| all.iter().map(|f| if f(cp) { '1' } else { '0' }).collect()),
        "cd07a769a2eff308"
    );
}

#[test]
fn values() {
    assert_eq!(
        digest(|cp| format!(
            "{} {} {:.6}",
            decimal(cp).map_or(-1, i32::from),
            digit(cp).map_or(-1, i32::from),
            numeric(cp).unwrap_or(-7.0)
        )),
        "76d7f8d139fb412b"
    );
}

#[test]
fn decompositions() {
    assert_eq!(digest(decomposition), "49c36255a8bb08ac");
}

#[test]
fn character_names() {
    assert_eq!(
        digest(|cp| names::name(cp).unwrap_or_default()),
        "109cb3c848a06131"
    );
    for cp in 0..0x11_0000 {
        if let Some(name) = names::name(cp) {
            assert_eq!(names::lookup(&name), Some(cp), "{name}");
        }
    }
    assert_eq!(names::lookup("line feed"), Some(10));
    assert_eq!(names::lookup("cjk unified ideograph-4E00"), Some(0x4E00));
    assert_eq!(names::lookup("CJK UNIFIED IDEOGRAPH-04E00"), None);
    assert_eq!(names::lookup("HANGUL SYLLABLE GAG"), Some(0xAC01));
    assert_eq!(names::lookup("HANGUL  SYLLABLE GAG"), None);
    assert_eq!(names::lookup("no such name"), None);
}

#[test]
fn case_of_characters() {
    assert_eq!(
        digest(|cp| {
            let text = [cp, 0x61, cp];
            let mut parts = Vec::new();
            let all: [Conversion; 6] = [
                case::upper,
                case::lower,
                case::title,
                case::casefold,
                case::capitalize,
                case::swapcase,
            ];
            for f in all {
                let mut out = Vec::new();
                f(&text, &mut out);
                parts.push(hex(&out));
            }
            parts.push(format!("{:X}", case::simple_lower(cp)));
            parts.join(";")
        }),
        "f436e49e398b6c33"
    );
}

#[test]
fn normal_forms_of_characters() {
    for (form, expected) in [
        (Form::Nfc, "b8316ed0ed03ad5a"),
        (Form::Nfkc, "3916a921b0b8d1e3"),
        (Form::Nfd, "89a95907671a99a4"),
        (Form::Nfkd, "e60e693fffa80979"),
    ] {
        assert_eq!(
            digest(|cp| {
                let text = [cp, 0x301, 0x327, cp, 0x65, cp, 0x0345, 0x1162, 0x11A8];
                format!(
                    "{} {}",
                    hex(&normalize(form, &text)),
                    u8::from(is_normalized(form, &[cp, 0x65]))
                )
            }),
            expected,
            "{form:?}"
        );
    }
}

#[test]
fn texts() {
    let mut out = Vec::new();
    case::lower(&to_cps("ΑΣ ΑΣ. ΑΣΑ Σ A\u{301}Σ"), &mut out);
    assert_eq!(from_cps(&out), "ας ας. ασα σ a\u{301}ς");
    assert!(is_title_text(b"Hello World 12"));
    assert!(!is_title_text(b"Hello world"));
    assert!(!is_title_text(b"HEllo"));
    assert!(!is_title_text(b""));
    assert!(is_upper_text(b"ABC1"));
    assert!(!is_upper_text(b"1"));
    assert!(is_identifier(&to_cps("été_1")));
    assert!(!is_identifier(b"1a"));
    assert!(!is_identifier(b""));
    assert_eq!(case::simple_upper(0x1F80), 0x1F88);
    assert_eq!(case::simple_upper(0xDF), 0xDF);
    assert_eq!(
        normalize(Form::Nfc, &[0xD800_u32, 0x65, 0x301]),
        [0xD800, 0xE9]
    );
}
