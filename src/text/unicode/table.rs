//! Reads `ucd16.bin`, the Unicode 16 tables written by `src/text/unicode/tables.py`.
//!
//! Layout, all little-endian: seven pairs (offset, length) of u32, then the sections they point at:
//! 1. stage 1: u16 block number per 128 code points
//! 2. stage 2: u16 record number per code point of a block
//! 3. records of 32 bytes, see [`Record`]
//! 4. decompositions: rows (code point, offset in 7 | length << 20 | tag << 26), sorted
//! 5. special cases: rows (code point, then upper, lower, title, fold as offset | length << 20), sorted
//! 6. composition pairs: rows (first, second, composed), sorted
//! 7. pool of code points for 4 and 5

/// Bits of [`Record::flags`], in the order of `FLAG_NAMES` in the generator.
pub mod flag {
    /// `str.isalpha`.
    pub const ALPHA: u32 = 1 << 0;
    /// Has the Lowercase property.
    pub const LOWER: u32 = 1 << 1;
    /// Has the Uppercase property.
    pub const UPPER: u32 = 1 << 2;
    /// Is a titlecase letter.
    pub const TITLE: u32 = 1 << 3;
    /// Cased, for the choice of the final sigma and for `title`.
    pub const CASED: u32 = 1 << 4;
    /// Case-ignorable.
    pub const IGNORABLE: u32 = 1 << 5;
    /// `str.isspace`.
    pub const SPACE: u32 = 1 << 6;
    /// `str.isprintable`.
    pub const PRINTABLE: u32 = 1 << 7;
    /// May start an identifier (includes the underscore).
    pub const XID_START: u32 = 1 << 8;
    /// May continue an identifier.
    pub const XID_CONTINUE: u32 = 1 << 9;
    /// `str.isdecimal`.
    pub const DECIMAL: u32 = 1 << 10;
    /// `str.isdigit`.
    pub const DIGIT: u32 = 1 << 11;
    /// `str.isnumeric`.
    pub const NUMERIC: u32 = 1 << 12;
    /// Mirrored in bidirectional text.
    pub const MIRRORED: u32 = 1 << 13;
    /// Has a row in the special cases.
    pub const SPECIAL_CASE: u32 = 1 << 14;
    /// Has a name.
    pub const HAS_NAME: u32 = 1 << 15;
    /// May make a text not NFC.
    pub const NFC_CHECK: u32 = 1 << 16;
    /// May make a text not NFKC.
    pub const NFKC_CHECK: u32 = 1 << 17;
    /// Is changed by NFD.
    pub const NFD_CHANGES: u32 = 1 << 18;
    /// Is changed by NFKD.
    pub const NFKD_CHANGES: u32 = 1 << 19;
}

const RECORD_SIZE: usize = 32;

const fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

const fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

const fn section(number: usize) -> &'static [u8] {
    const BYTES: &[u8] = include_bytes!("ucd16.bin");
    let start = u32_at(BYTES, number * 8) as usize;
    let len = u32_at(BYTES, number * 8 + 4) as usize;
    BYTES.split_at(start).1.split_at(len).0
}

static STAGE1: &[u8] = section(0);
static STAGE2: &[u8] = section(1);
static RECORDS: &[u8] = section(2);
static DECOMPOSITIONS: &[u8] = section(3);
static SPECIAL: &[u8] = section(4);
static PAIRS: &[u8] = section(5);
static POOL: &[u8] = section(6);

/// The record of one code point; fields are read on demand.
#[derive(Clone, Copy)]
pub struct Record(&'static [u8]);

/// The record of a code point; beyond U+10FFFF that of an unassigned one.
#[inline]
pub fn record(cp: u32) -> Record {
    let cp = if cp > 0x10_FFFF {
        0x10_FFFF
    } else {
        cp as usize
    };
    let block = u16_at(STAGE1, (cp >> 7) * 2) as usize;
    let number = u16_at(STAGE2, (block * 128 + (cp & 127)) * 2) as usize;
    Record(&RECORDS[number * RECORD_SIZE..(number + 1) * RECORD_SIZE])
}

impl Record {
    /// The [`flag`]s.
    #[inline]
    pub fn flags(self) -> u32 {
        u32_at(self.0, 0)
    }

    /// Number of the general category.
    pub fn category(self) -> usize {
        self.0[4] as usize
    }

    /// Canonical combining class.
    #[inline]
    pub fn combining(self) -> u8 {
        self.0[5]
    }

    /// Number of the bidirectional class.
    pub fn bidirectional(self) -> usize {
        self.0[6] as usize
    }

    /// Number of the East Asian width.
    pub fn width(self) -> usize {
        self.0[7] as usize
    }

    /// Numeric value, if [`flag::NUMERIC`] is set.
    pub fn numeric(self) -> f64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[8..16]);
        f64::from_le_bytes(bytes)
    }

    fn delta(self, cp: u32, at: usize) -> u32 {
        cp.wrapping_add(u32_at(self.0, at))
    }

    /// Simple uppercase of `cp`, unless [`flag::SPECIAL_CASE`] is set.
    pub fn upper(self, cp: u32) -> u32 {
        self.delta(cp, 16)
    }

    /// Simple lowercase of `cp`, unless [`flag::SPECIAL_CASE`] is set.
    pub fn lower(self, cp: u32) -> u32 {
        self.delta(cp, 20)
    }

    /// Simple titlecase of `cp`, unless [`flag::SPECIAL_CASE`] is set.
    pub fn title(self, cp: u32) -> u32 {
        self.delta(cp, 24)
    }

    /// Value of a digit, if [`flag::DIGIT`] is set.
    pub fn digit(self) -> u8 {
        self.0[28]
    }
}

/// The four full case mappings of a special code point.
#[derive(Clone, Copy)]
pub enum CaseColumn {
    /// Uppercase.
    Upper = 1,
    /// Lowercase.
    Lower = 2,
    /// Titlecase.
    Title = 3,
    /// Case folding.
    Fold = 4,
}

/// Offset of the row that starts with `key` in a table of rows of `words` u32, sorted by their first word.
fn find_row(table: &[u8], words: usize, key: u32) -> Option<usize> {
    let size = words * 4;
    let (mut low, mut high) = (0, table.len() / size);
    while low < high {
        let middle = (low + high) / 2;
        let found = u32_at(table, middle * size);
        if found == key {
            return Some(middle * size);
        }
        if found < key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    None
}

/// A sequence of code points in the pool.
#[derive(Clone)]
pub struct Sequence {
    bytes: &'static [u8],
}

impl Sequence {
    fn new(word: u32) -> Self {
        let start = (word & 0xF_FFFF) as usize * 4;
        let len = (word >> 20 & 0x3F) as usize * 4;
        Self {
            bytes: &POOL[start..start + len],
        }
    }
}

impl Iterator for Sequence {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (head, rest) = self.bytes.split_at_checked(4)?;
        self.bytes = rest;
        Some(u32_at(head, 0))
    }
}

/// Full case mapping of a code point with [`flag::SPECIAL_CASE`].
pub fn special_case(cp: u32, column: CaseColumn) -> Option<Sequence> {
    let row = find_row(SPECIAL, 5, cp)?;
    Some(Sequence::new(u32_at(SPECIAL, row + column as usize * 4)))
}

/// One step of decomposition: number of the compatibility tag (0: canonical) and the sequence.
/// Hangul syllables are not in the table.
pub fn decomposition(cp: u32) -> Option<(usize, Sequence)> {
    let row = find_row(DECOMPOSITIONS, 2, cp)?;
    let word = u32_at(DECOMPOSITIONS, row + 4);
    Some(((word >> 26) as usize, Sequence::new(word)))
}

/// The primary composite of two code points (Hangul not included).
pub fn compose(first: u32, second: u32) -> Option<u32> {
    let (mut low, mut high) = (0, PAIRS.len() / 12);
    while low < high {
        let middle = (low + high) / 2;
        let found = (u32_at(PAIRS, middle * 12), u32_at(PAIRS, middle * 12 + 4));
        match found.cmp(&(first, second)) {
            std::cmp::Ordering::Equal => return Some(u32_at(PAIRS, middle * 12 + 8)),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// Flags of the Latin-1 range, so that the common cases read one word.
pub static LATIN1_FLAGS: [u32; 256] = {
    const S1: &[u8] = section(0);
    const S2: &[u8] = section(1);
    const REC: &[u8] = section(2);
    let mut flags = [0; 256];
    let mut cp = 0;
    while cp < 256 {
        let block = u16_at(S1, (cp >> 7) * 2) as usize;
        let number = u16_at(S2, (block * 128 + (cp & 127)) * 2) as usize;
        flags[cp] = u32_at(REC, number * RECORD_SIZE);
        cp += 1;
    }
    flags
};

/// The flags of a code point.
#[inline]
pub fn flags(cp: u32) -> u32 {
    if cp < 256 {
        LATIN1_FLAGS[cp as usize]
    } else {
        record(cp).flags()
    }
}
