//! Unicode facts as Python 3.14 knows them (Unicode 16.0).
//!
//! The tables are our own (`table.rs`) because crates follow newer Unicode versions, and programs
//! read the version: `unicodedata.unidata_version`. Files: `case` conversions, `normalize` forms,
//! `names` of characters.

pub mod case;
pub mod names;
pub mod normalize;
mod table;
#[cfg(test)]
mod tests;

use super::CodeUnit;
use table::{flag, flags, record};

/// The version of the data.
pub const UNIDATA_VERSION: &str = "16.0.0";

const CATEGORIES: [&str; 30] = [
    "Cn", "Lu", "Ll", "Lt", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs",
    "Co", "Lm", "Lo", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So",
];
const BIDIRECTIONAL: [&str; 24] = [
    "", "L", "LRE", "LRO", "R", "AL", "RLE", "RLO", "PDF", "EN", "ES", "ET", "AN", "CS", "NSM",
    "BN", "B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI",
];
const WIDTHS: [&str; 6] = ["F", "H", "W", "Na", "A", "N"];
const TAGS: [&str; 17] = [
    "",
    "<font>",
    "<noBreak>",
    "<initial>",
    "<medial>",
    "<final>",
    "<isolated>",
    "<circle>",
    "<super>",
    "<sub>",
    "<vertical>",
    "<wide>",
    "<narrow>",
    "<small>",
    "<square>",
    "<fraction>",
    "<compat>",
];

macro_rules! flag_predicates {
    ($($(#[$doc:meta])* $name:ident = $flag:expr;)*) => {
        $($(#[$doc])* #[inline] #[must_use] pub fn $name(cp: u32) -> bool { flags(cp) & ($flag) != 0 })*
    };
}

flag_predicates! {
    /// `str.isalpha` of one character.
    is_alpha = flag::ALPHA;
    /// `str.isalnum` of one character.
    is_alnum = flag::ALPHA | flag::DECIMAL | flag::DIGIT | flag::NUMERIC;
    /// `str.isdecimal` of one character.
    is_decimal = flag::DECIMAL;
    /// `str.isdigit` of one character.
    is_digit = flag::DIGIT;
    /// `str.isnumeric` of one character.
    is_numeric = flag::NUMERIC;
    /// `str.isspace` of one character.
    is_space = flag::SPACE;
    /// `str.isprintable` of one character.
    is_printable = flag::PRINTABLE;
    /// Whether an identifier may start with this character.
    is_xid_start = flag::XID_START;
    /// Whether an identifier may go on with this character.
    is_xid_continue = flag::XID_CONTINUE;
    /// Whether the character is lowercase.
    is_lower = flag::LOWER;
    /// Whether the character is uppercase.
    is_upper = flag::UPPER;
    /// Whether the character is titlecase.
    is_title = flag::TITLE;
    /// `unicodedata.mirrored`.
    is_mirrored = flag::MIRRORED;
}

/// Whether `str.splitlines` breaks after this character.
#[inline]
#[must_use]
pub fn is_linebreak(cp: u32) -> bool {
    matches!(cp, 0x0A..=0x0D | 0x1C..=0x1E | 0x85 | 0x2028 | 0x2029)
}

/// Value of a decimal digit: characters of which numbers are made.
#[inline]
#[must_use]
pub fn decimal(cp: u32) -> Option<u8> {
    if cp < 128 {
        return (cp as u8).is_ascii_digit().then(|| cp as u8 - b'0');
    }
    let record = record(cp);
    (record.flags() & flag::DECIMAL != 0).then(|| record.digit())
}

/// Value of a digit, decimal or not (such as superscripts).
#[must_use]
pub fn digit(cp: u32) -> Option<u8> {
    let record = record(cp);
    (record.flags() & flag::DIGIT != 0).then(|| record.digit())
}

/// Numeric value, fractions and large numbers included.
#[must_use]
pub fn numeric(cp: u32) -> Option<f64> {
    let record = record(cp);
    (record.flags() & flag::NUMERIC != 0).then(|| record.numeric())
}

/// General category, two letters.
#[must_use]
pub fn category(cp: u32) -> &'static str {
    CATEGORIES[record(cp).category()]
}

/// Bidirectional class, empty when not assigned.
#[must_use]
pub fn bidirectional(cp: u32) -> &'static str {
    BIDIRECTIONAL[record(cp).bidirectional()]
}

/// Canonical combining class.
#[inline]
#[must_use]
pub fn combining(cp: u32) -> u8 {
    record(cp).combining()
}

/// East Asian width.
#[must_use]
pub fn east_asian_width(cp: u32) -> &'static str {
    WIDTHS[record(cp).width()]
}

/// `unicodedata.decomposition`: tag and hexadecimal code points, or an empty text.
#[must_use]
pub fn decomposition(cp: u32) -> String {
    let (tag, parts): (usize, Vec<u32>) = match table::decomposition(cp) {
        Some((tag, sequence)) => (tag, sequence.collect()),
        None if (0xAC00..0xD7A4).contains(&cp) => {
            (0, normalize::normalize(normalize::Form::Nfd, &[cp]))
        }
        None => return String::new(),
    };
    let mut text = TAGS[tag].to_owned();
    for part in parts {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&format!("{part:04X}"));
    }
    text
}

/// `str.isidentifier`.
#[must_use]
pub fn is_identifier<C: CodeUnit>(text: &[C]) -> bool {
    match text.split_first() {
        Some((first, rest)) => {
            is_xid_start(first.cp()) && rest.iter().all(|c| is_xid_continue(c.cp()))
        }
        None => false,
    }
}

/// `str.isupper`: at least one cased character and no lowercase or titlecase one.
#[must_use]
pub fn is_upper_text<C: CodeUnit>(text: &[C]) -> bool {
    only_case(text, flag::UPPER, flag::LOWER | flag::TITLE)
}

/// `str.islower`: at least one cased character and no uppercase or titlecase one.
#[must_use]
pub fn is_lower_text<C: CodeUnit>(text: &[C]) -> bool {
    only_case(text, flag::LOWER, flag::UPPER | flag::TITLE)
}

fn only_case<C: CodeUnit>(text: &[C], wanted: u32, refused: u32) -> bool {
    let mut found = false;
    for c in text {
        let flags = flags(c.cp());
        if flags & refused != 0 {
            return false;
        }
        found |= flags & wanted != 0;
    }
    found
}

/// `str.istitle`: uppercase only after uncased, lowercase only after cased characters.
#[must_use]
pub fn is_title_text<C: CodeUnit>(text: &[C]) -> bool {
    let (mut found, mut after_cased) = (false, false);
    for c in text {
        let flags = flags(c.cp());
        let starts = flags & (flag::UPPER | flag::TITLE) != 0;
        let continues = flags & flag::LOWER != 0;
        if starts && after_cased || !starts && continues && !after_cased {
            return false;
        }
        after_cased = starts || continues;
        found |= after_cased;
    }
    found
}
