//! Sets of characters: a bitmap for code points below 256, the instructions of the compiler for the others.

use crate::text::unicode;
use rustpython_sre_engine::string::{lower_ascii, lower_unicode, upper_unicode};
use rustpython_sre_engine::{SreCatCode, SreOpcode};

/// How case is ignored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fold {
    None,
    Ascii,
    Unicode,
    Locale,
}

impl Fold {
    /// The character that is compared.
    pub fn lower(self, c: u32) -> u32 {
        match self {
            Fold::None => c,
            Fold::Ascii | Fold::Locale => lower_ascii(c),
            Fold::Unicode => lower_unicode(c),
        }
    }
}

/// A set as the engine asks it.
pub struct Set {
    bits: [u64; 4],
    /// Instructions up to and with FAILURE; validated.
    codes: Box<[u32]>,
    fold: Fold,
    /// Only characters below 256 can be members.
    narrow: bool,
}

impl Set {
    pub fn new(codes: &[u32], fold: Fold) -> Set {
        let mut set = Set {
            bits: [0; 4],
            codes: codes.into(),
            fold,
            narrow: fold == Fold::None && is_narrow(codes),
        };
        for c in 0..256 {
            if set.evaluate(c) {
                set.bits[c as usize >> 6] |= 1 << (c & 63);
            }
        }
        set
    }
    /// The set of one character, or of all others.
    pub fn of_literal(c: u32, fold: Fold, negate: bool) -> Set {
        let mut codes = Vec::with_capacity(4);
        if negate {
            codes.push(SreOpcode::NEGATE as u32);
        }
        codes.extend([SreOpcode::LITERAL as u32, c, SreOpcode::FAILURE as u32]);
        if fold == Fold::Locale {
            // Either case of a literal counts as the literal.
            let mut both = Set::new(&codes, Fold::None);
            both.bits = [0; 4];
            for x in 0..256 {
                let same = x == c || lower_ascii(x) == c || upper_ascii(x) == c;
                if same != negate {
                    both.bits[x as usize >> 6] |= 1 << (x & 63);
                }
            }
            return both;
        }
        Set::new(&codes, fold)
    }
    /// Whether `c` is a member.
    #[inline(always)]
    pub fn has(&self, c: u32) -> bool {
        if c < 256 {
            self.has_narrow(c as u8)
        } else {
            !self.narrow && self.evaluate(c)
        }
    }
    #[inline(always)]
    pub fn has_narrow(&self, c: u8) -> bool {
        self.bits[c as usize >> 6] >> (c & 63) & 1 != 0
    }
    pub fn bits(&self) -> &[u64; 4] {
        &self.bits
    }
    /// Whether only characters below 256 can be members.
    pub fn is_narrow(&self) -> bool {
        self.narrow
    }
    /// Whether the sets certainly have no common member.
    pub fn is_disjoint(&self, o: &Set) -> bool {
        (self.narrow || o.narrow) && self.bits.iter().zip(&o.bits).all(|(a, b)| a & b == 0)
    }

    #[inline(never)]
    fn evaluate(&self, c: u32) -> bool {
        match self.fold {
            Fold::None => member(&self.codes, c),
            Fold::Locale => {
                // Either case decides, also of a set that is negated as a whole.
                let (negate, codes) = match self.codes.split_first() {
                    Some((&n, rest)) if n == SreOpcode::NEGATE as u32 => (true, rest),
                    _ => (false, &self.codes[..]),
                };
                (member(codes, lower_ascii(c)) || member(codes, upper_ascii(c))) != negate
            }
            f => member(&self.codes, f.lower(c)),
        }
    }
}

fn upper_ascii(c: u32) -> u32 {
    u8::try_from(c).map_or(c, |c| c.to_ascii_uppercase() as u32)
}

/// Whether the instructions add nothing above 255.
fn is_narrow(mut c: &[u32]) -> bool {
    loop {
        let n = match SreOpcode::try_from(c[0]) {
            Ok(SreOpcode::LITERAL) if c[1] < 256 => 2,
            Ok(SreOpcode::RANGE) if c[2] < 256 => 3,
            Ok(SreOpcode::CHARSET) => 9,
            Ok(SreOpcode::CATEGORY) if c[1] < 8 && c[1] % 2 == 0 => 2,
            Ok(SreOpcode::FAILURE) => return true,
            _ => return false,
        };
        c = &c[n..];
    }
}

fn member(mut set: &[u32], c: u32) -> bool {
    use SreOpcode::*;
    let mut ok = true;
    loop {
        let Ok(op) = SreOpcode::try_from(set[0]) else {
            return false;
        };
        let (hit, n) = match op {
            FAILURE => return !ok,
            NEGATE => {
                ok = !ok;
                (false, 1)
            }
            LITERAL => (c == set[1], 2),
            RANGE => (set[1] <= c && c <= set[2], 3),
            RANGE_UNI_IGNORE => {
                let within = |c: u32| set[1] <= c && c <= set[2];
                (within(c) || within(upper_unicode(c)), 3)
            }
            CATEGORY => (category(set[1], c), 2),
            CHARSET => (
                c < 256 && set[1 + (c >> 5) as usize] >> (c & 31) & 1 != 0,
                9,
            ),
            BIGCHARSET => {
                let blocks = set[1] as usize;
                let hit = c < 0x10000 && {
                    let at = (c >> 8) as usize;
                    let block = set[2 + at / 4].to_ne_bytes()[at % 4] as u32;
                    let bit = block * 256 + (c & 255);
                    set[66 + (bit >> 5) as usize] >> (bit & 31) & 1 != 0
                };
                (hit, 66 + blocks * 8)
            }
            _ => return false,
        };
        if hit {
            return ok;
        }
        set = &set[n..];
    }
}

/// Word characters of ASCII and locale matching.
pub fn is_word(c: u32) -> bool {
    u8::try_from(c).is_ok_and(|c| c == b'_' || c.is_ascii_alphanumeric())
}

/// Word characters of Unicode matching.
pub fn is_unicode_word(c: u32) -> bool {
    if c < 128 {
        return is_word(c);
    }
    unicode::is_alnum(c)
}

fn category(code: u32, c: u32) -> bool {
    use SreCatCode::*;
    let is_space = |c: u32| matches!(c, 9..=13 | 32);
    let is_digit = |c: u32| matches!(c, 48..=57);
    let Ok(code) = SreCatCode::try_from(code) else {
        return false;
    };
    match code {
        DIGIT => is_digit(c),
        NOT_DIGIT => !is_digit(c),
        SPACE => is_space(c),
        NOT_SPACE => !is_space(c),
        WORD | LOC_WORD => is_word(c),
        NOT_WORD | LOC_NOT_WORD => !is_word(c),
        LINEBREAK => c == 10,
        NOT_LINEBREAK => c != 10,
        UNI_DIGIT => unicode::is_decimal(c),
        UNI_NOT_DIGIT => !unicode::is_decimal(c),
        UNI_SPACE => unicode::is_space(c),
        UNI_NOT_SPACE => !unicode::is_space(c),
        UNI_WORD => is_unicode_word(c),
        UNI_NOT_WORD => !is_unicode_word(c),
        UNI_LINEBREAK => unicode::is_linebreak(c),
        UNI_NOT_LINEBREAK => !unicode::is_linebreak(c),
    }
}
