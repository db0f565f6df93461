//! The four normalization forms on code points; surrogates pass through.

use super::super::CodeUnit;
use super::table::{compose, decomposition, flag, flags, record};

/// A normalization form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Canonical composition.
    Nfc,
    /// Compatibility composition.
    Nfkc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility decomposition.
    Nfkd,
}

const S_BASE: u32 = 0xAC00;
const L_BASE: u32 = 0x1100;
const V_BASE: u32 = 0x1161;
const T_BASE: u32 = 0x11A7;
const L_COUNT: u32 = 19;
const V_COUNT: u32 = 21;
const T_COUNT: u32 = 28;
const S_COUNT: u32 = L_COUNT * V_COUNT * T_COUNT;

impl Form {
    /// The form with this name, as `unicodedata.normalize` takes it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "NFC" => Self::Nfc,
            "NFKC" => Self::Nfkc,
            "NFD" => Self::Nfd,
            "NFKD" => Self::Nfkd,
            _ => return None,
        })
    }

    fn check_flag(self) -> u32 {
        match self {
            Self::Nfc => flag::NFC_CHECK,
            Self::Nfkc => flag::NFKC_CHECK,
            Self::Nfd => flag::NFD_CHANGES,
            Self::Nfkd => flag::NFKD_CHANGES,
        }
    }
}

/// True when the text is surely normalized: no suspicious character, marks in order.
#[must_use]
pub fn quick_check<C: CodeUnit>(form: Form, text: &[C]) -> bool {
    let mask = form.check_flag();
    let mut previous = 0;
    text.iter().all(|c| {
        let cp = c.cp();
        if cp < 0xC0 && form != Form::Nfkc && form != Form::Nfkd || cp < 0x80 {
            previous = 0;
            return true;
        }
        let record = record(cp);
        let class = record.combining();
        let ordered = class == 0 || class >= previous;
        previous = class;
        ordered && record.flags() & mask == 0
    })
}

/// `unicodedata.is_normalized`.
#[must_use]
pub fn is_normalized<C: CodeUnit>(form: Form, text: &[C]) -> bool {
    quick_check(form, text) || {
        let normal = normalize(form, text);
        normal.len() == text.len() && normal.iter().zip(text).all(|(a, b)| *a == b.cp())
    }
}

/// `unicodedata.normalize`.
#[must_use]
pub fn normalize<C: CodeUnit>(form: Form, text: &[C]) -> Vec<u32> {
    if quick_check(form, text) {
        return text.iter().map(|c| c.cp()).collect();
    }
    let compatible = matches!(form, Form::Nfkc | Form::Nfkd);
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    for c in text {
        decompose(c.cp(), compatible, &mut out);
    }
    order_marks(&mut out);
    if matches!(form, Form::Nfc | Form::Nfkc) {
        compose_all(&mut out);
    }
    out
}

/// Decompose one code point fully. The data nests a few levels at most.
fn decompose(cp: u32, compatible: bool, out: &mut Vec<u32>) {
    let mask = if compatible {
        flag::NFKD_CHANGES
    } else {
        flag::NFD_CHANGES
    };
    if cp < 0x80 || flags(cp) & mask == 0 {
        out.push(cp);
        return;
    }
    let syllable = cp.wrapping_sub(S_BASE);
    if syllable < S_COUNT {
        out.push(L_BASE + syllable / (V_COUNT * T_COUNT));
        out.push(V_BASE + syllable % (V_COUNT * T_COUNT) / T_COUNT);
        let tail = syllable % T_COUNT;
        if tail != 0 {
            out.push(T_BASE + tail);
        }
        return;
    }
    match decomposition(cp) {
        Some((tag, sequence)) if tag == 0 || compatible => {
            for part in sequence {
                decompose(part, compatible, out);
            }
        }
        _ => out.push(cp),
    }
}

/// Sort each run of combining marks by class, keeping the order of equals.
fn order_marks(text: &mut [u32]) {
    let mut at = 0;
    while at < text.len() {
        if text[at] < 0x300 || record(text[at]).combining() == 0 {
            at += 1;
            continue;
        }
        let start = at;
        while at < text.len() && record(text[at]).combining() != 0 {
            at += 1;
        }
        if at - start > 1 {
            text[start..at].sort_by_key(|cp| record(*cp).combining());
        }
    }
}

/// Compose in place: each starter takes up the following marks that are not blocked.
fn compose_all(text: &mut Vec<u32>) {
    let mut starter = None;
    let mut last_class = None;
    let mut write = 0;
    for read in 0..text.len() {
        let cp = text[read];
        let class = record(cp).combining();
        if let Some(at) = starter {
            // Blocked: something of the same or a higher class, or a starter, stands between.
            let blocked = match last_class {
                None => false,
                Some(last) => last == 0 || last >= class,
            };
            if !blocked && let Some(composed) = compose_pair(text[at], cp) {
                text[at] = composed;
                continue;
            }
        }
        if class == 0 {
            starter = Some(write);
            last_class = None;
        } else {
            last_class = Some(class);
        }
        text[write] = cp;
        write += 1;
    }
    text.truncate(write);
}

fn compose_pair(first: u32, second: u32) -> Option<u32> {
    if first.wrapping_sub(L_BASE) < L_COUNT && second.wrapping_sub(V_BASE) < V_COUNT {
        return Some(S_BASE + ((first - L_BASE) * V_COUNT + (second - V_BASE)) * T_COUNT);
    }
    let syllable = first.wrapping_sub(S_BASE);
    let tail = second.wrapping_sub(T_BASE);
    if syllable < S_COUNT && syllable.is_multiple_of(T_COUNT) && tail > 0 && tail < T_COUNT {
        return Some(first + tail);
    }
    if second < 0x300 {
        return None;
    }
    compose(first, second)
}
