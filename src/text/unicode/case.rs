//! Case conversions of whole texts, with the full mappings (one character may become three) and the
//! final sigma.

use super::super::{CodeUnit, TextSink};
use super::table::{CaseColumn, Record, flag, flags, record, special_case};

const CAPITAL_SIGMA: u32 = 0x3A3;
const SMALL_SIGMA: u32 = 0x3C3;
const FINAL_SIGMA: u32 = 0x3C2;

#[inline]
fn map(cp: u32, column: CaseColumn, simple: fn(Record, u32) -> u32, out: &mut impl TextSink) {
    let record = record(cp);
    if record.flags() & flag::SPECIAL_CASE != 0
        && let Some(sequence) = special_case(cp, column)
    {
        sequence.for_each(|cp| out.push_cp(cp));
        return;
    }
    out.push_cp(simple(record, cp));
}

fn push_upper(cp: u32, out: &mut impl TextSink) {
    if cp < 128 {
        out.push_cp(u32::from((cp as u8).to_ascii_uppercase()));
    } else {
        map(cp, CaseColumn::Upper, Record::upper, out);
    }
}

fn push_title(cp: u32, out: &mut impl TextSink) {
    if cp < 128 {
        out.push_cp(u32::from((cp as u8).to_ascii_uppercase()));
    } else {
        map(cp, CaseColumn::Title, Record::title, out);
    }
}

fn push_lower<C: CodeUnit>(text: &[C], at: usize, out: &mut impl TextSink) {
    let cp = text[at].cp();
    if cp < 128 {
        out.push_cp(u32::from((cp as u8).to_ascii_lowercase()));
    } else if cp == CAPITAL_SIGMA {
        out.push_cp(if is_final_sigma(text, at) {
            FINAL_SIGMA
        } else {
            SMALL_SIGMA
        });
    } else {
        map(cp, CaseColumn::Lower, Record::lower, out);
    }
}

/// A sigma is final after a cased and not before a cased character, case-ignorable ones skipped.
fn is_final_sigma<C: CodeUnit>(text: &[C], at: usize) -> bool {
    let cased = |c: &C| {
        let flags = flags(c.cp());
        (flags & flag::IGNORABLE == 0).then_some(flags & flag::CASED != 0)
    };
    let before = text[..at].iter().rev().find_map(cased).unwrap_or(false);
    before && !text[at + 1..].iter().find_map(cased).unwrap_or(false)
}

/// `str.upper`.
pub fn upper<C: CodeUnit>(text: &[C], out: &mut impl TextSink) {
    for c in text {
        push_upper(c.cp(), out);
    }
}

/// `str.lower`.
pub fn lower<C: CodeUnit>(text: &[C], out: &mut impl TextSink) {
    for at in 0..text.len() {
        push_lower(text, at, out);
    }
}

/// `str.casefold`.
pub fn casefold<C: CodeUnit>(text: &[C], out: &mut impl TextSink) {
    for c in text {
        let cp = c.cp();
        if cp < 128 {
            out.push_cp(u32::from((cp as u8).to_ascii_lowercase()));
        } else {
            map(cp, CaseColumn::Fold, Record::lower, out);
        }
    }
}

/// `str.capitalize`: the first character in titlecase, the others in lowercase.
pub fn capitalize<C: CodeUnit>(text: &[C], out: &mut impl TextSink) {
    for at in 0..text.len() {
        if at == 0 {
            push_title(text[0].cp(), out);
        } else {
            push_lower(text, at, out);
        }
    }
}

/// `str.title`: titlecase after uncased characters, lowercase after cased ones.
pub fn title<C: CodeUnit>(text: &[C], out: &mut impl TextSink) {
    let mut after_cased = false;
    for at in 0..text.len() {
        if after_cased {
            push_lower(text, at, out);
        } else {
            push_title(text[at].cp(), out);
        }
        after_cased = is_cased(text[at].cp());
    }
}

/// `str.swapcase`.
pub fn swapcase<C: CodeUnit>(text: &[C], out: &mut impl TextSink) {
    for (at, c) in text.iter().enumerate() {
        let flags = flags(c.cp());
        if flags & flag::UPPER != 0 {
            push_lower(text, at, out);
        } else if flags & flag::LOWER != 0 {
            push_upper(c.cp(), out);
        } else {
            out.push_cp(c.cp());
        }
    }
}

/// Simple lowercase of one character, for case-insensitive matching.
#[must_use]
pub fn simple_lower(cp: u32) -> u32 {
    if cp == 0x130 {
        // The only character whose full lowercase is longer.
        return u32::from(b'i');
    }
    single(cp, CaseColumn::Lower).unwrap_or_else(|| record(cp).lower(cp))
}

/// Simple uppercase of one character, for case-insensitive matching.
#[must_use]
pub fn simple_upper(cp: u32) -> u32 {
    // Where the full uppercase is longer, the simple one is the titlecase if that is one character.
    single(cp, CaseColumn::Upper)
        .or_else(|| single(cp, CaseColumn::Title))
        .unwrap_or_else(|| record(cp).upper(cp))
}

fn single(cp: u32, column: CaseColumn) -> Option<u32> {
    if flags(cp) & flag::SPECIAL_CASE == 0 {
        return None;
    }
    let mut sequence = special_case(cp, column)?;
    let first = sequence.next()?;
    sequence.next().is_none().then_some(first)
}

/// Whether `title` goes on in lowercase after this character.
fn is_cased(cp: u32) -> bool {
    flags(cp) & (flag::CASED | flag::LOWER | flag::UPPER | flag::TITLE) != 0
}
