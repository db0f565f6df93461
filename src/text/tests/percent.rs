//! Tests of `percent` against results of CPython 3.14.

use crate::text::from_cps;
use crate::text::percent::*;

fn parse(text: &str) -> Result<Vec<Piece>, PercentError> {
    pieces(text.as_bytes()).collect()
}

fn only(text: &str) -> Directive {
    match parse(text).unwrap().as_slice() {
        [Piece::Directive(directive)] => directive.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn parsing() {
    assert_eq!(parse("ab%%c").unwrap().len(), 3);
    let directive = only("%(a(b)c)-+ #05.3ld");
    assert_eq!(directive.key, Some(2..7));
    assert!(
        directive.left
            && directive.plus
            && directive.blank
            && directive.alternate
            && directive.zero
    );
    assert_eq!(
        (directive.width, directive.precision),
        (Amount::Value(5), Amount::Value(3))
    );
    assert_eq!(directive.code, u32::from(b'd'));
    assert_eq!(only("%.f").precision, Amount::Value(0));
    assert_eq!(only("%*.*f").width, Amount::Argument);
    assert_eq!(only("%5%").code, u32::from(b'%'));
    assert_eq!(
        only("%z").unsupported(),
        "unsupported format character 'z' (0x7a) at index 1"
    );
    for (text, error) in [
        ("%", "incomplete format"),
        ("%(a", "incomplete format key"),
        ("%5", "incomplete format"),
        ("%99999999999999999999d", "width too big"),
        ("%.2147483648d", "precision too big"),
    ] {
        assert_eq!(parse(text), Err(PercentError(error)), "{text}");
    }
}

#[test]
fn numbers() {
    let int = |format: &str, negative, digits: &str| {
        let directive = only(format);
        let given = |amount| match amount {
            Amount::Value(value) => Some(value),
            _ => None,
        };
        let mut out = Vec::new();
        let (width, precision) = (given(directive.width), given(directive.precision));
        directive.write_int(negative, digits, width.unwrap_or(0), precision, &mut out);
        from_cps(&out)
    };
    assert_eq!(int("%05d", true, "12"), "-0012");
    assert_eq!(int("%-5d", true, "12"), "-12  ");
    assert_eq!(int("%-05d", false, "12"), "12   ");
    assert_eq!(int("%+5d", false, "12"), "  +12");
    assert_eq!(int("% d", false, "12"), " 12");
    assert_eq!(int("%#x", false, "ff"), "0xff");
    assert_eq!(int("%#08x", true, "ff"), "-0x000ff");
    assert_eq!(int("%.5d", true, "12"), "-00012");
    assert_eq!(int("%08.5d", true, "12"), "-0000012");
    assert_eq!(int("%8.5d", true, "12"), "  -00012");
    let mut out = Vec::new();
    only("%6s").write_text(b"abcdef", 6, Some(2), &mut out);
    assert_eq!(from_cps(&out), "    ab");
}
