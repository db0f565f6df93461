//! Where a match can begin: from the first characters of all alternatives of a pattern.

use super::program::{Inst, Item, Program};
use crate::builtins::str::unit::Unit;

/// Most alternatives that are told apart, a bit for each.
const SEQUENCES: usize = 8;
/// Characters that are looked at, unless a pattern begins with a longer text.
const DEPTH: usize = 4;
const TEXT: usize = 32;

/// Finds candidates for the beginning of a match.
pub enum Prefilter {
    None,
    /// All matches begin with this text.
    Text(Vec<u32>, Option<Box<memchr::memmem::Finder<'static>>>),
    Table(Box<Masks>),
}

/// For each of the first characters: the alternatives that it fits.
pub struct Masks {
    depth: usize,
    narrow: [[u8; 256]; DEPTH],
    /// Characters above 255 may fit these.
    wide: [u8; DEPTH],
    /// The first characters, if they are few and all below 256.
    few: Option<([u8; 3], usize)>,
}

impl Prefilter {
    pub fn new(p: &Program) -> Prefilter {
        let mut w = Walker {
            p,
            out: Vec::new(),
            budget: 512,
        };
        if !w.walk(0, Vec::new()) || w.out.is_empty() {
            return Prefilter::None;
        }
        if let [only] = &w.out[..] {
            let text: Vec<u32> = only
                .iter()
                .map_while(|i| match i {
                    Item::Char(c) => Some(*c),
                    _ => None,
                })
                .collect();
            if text.len() > 1 {
                let bytes: Option<Vec<u8>> = text.iter().map(|&c| u8::try_from(c).ok()).collect();
                let finder = bytes.map(|b| Box::new(memchr::memmem::Finder::new(&b).into_owned()));
                return Prefilter::Text(text, finder);
            }
        }
        let depth = w.out.iter().map(Vec::len).min().unwrap_or(0).min(DEPTH);
        if depth == 0 {
            return Prefilter::None;
        }
        let mut m = Masks {
            depth,
            narrow: [[0; 256]; DEPTH],
            wide: [0; DEPTH],
            few: None,
        };
        for (n, items) in w.out.iter().enumerate() {
            for (i, item) in items.iter().take(depth).enumerate() {
                for c in 0..256 {
                    if p.item_has(*item, c) {
                        m.narrow[i][c as usize] |= 1 << n;
                    }
                }
                if p.item_may_be_wide(*item) {
                    m.wide[i] |= 1 << n;
                }
            }
        }
        let first: Vec<u8> = (0..=255)
            .filter(|&c| m.narrow[0][c as usize] != 0)
            .collect();
        if first.len() == 256 && depth == 1 {
            return Prefilter::None;
        }
        if let [a, rest @ ..] = &first[..]
            && rest.len() < 3
            && m.wide[0] == 0
        {
            let b = *rest.first().unwrap_or(a);
            m.few = Some(([*a, b, *rest.get(1).unwrap_or(&b)], first.len()));
        }
        Prefilter::Table(Box::new(m))
    }

    /// The first candidate at or behind `from`, at most `to`.
    #[inline]
    pub fn next<U: Unit>(&self, text: &[U], from: usize, to: usize) -> Option<usize> {
        match self {
            Prefilter::None => Some(from),
            Prefilter::Text(t, finder) => next_text(text, from, t, finder.as_deref()),
            Prefilter::Table(m) => m.next(text, from, to),
        }
    }
}

fn next_text<U: Unit>(
    text: &[U],
    from: usize,
    t: &[u32],
    finder: Option<&memchr::memmem::Finder<'static>>,
) -> Option<usize> {
    if let Some(bytes) = U::as_bytes(text) {
        return finder?.find(&bytes[from..]).map(|i| from + i);
    }
    let wanted = crate::builtins::str::unit::convert(text, crate::builtins::str::Units::Four(t))?;
    crate::builtins::str::unit::find(&text[from..], &wanted).map(|i| from + i)
}

impl Masks {
    #[inline(always)]
    fn mask(&self, i: usize, c: u32) -> u8 {
        match self.narrow[i].get(c as usize) {
            Some(m) => *m,
            None => self.wide[i],
        }
    }
    fn next<U: Unit>(&self, text: &[U], mut from: usize, to: usize) -> Option<usize> {
        let to = to.min(text.len().checked_sub(self.depth)?);
        let bytes = U::as_bytes(text);
        while from <= to {
            if let (Some(b), Some((few, n))) = (bytes, &self.few) {
                let part = &b[from..=to];
                from += match n {
                    1 => memchr::memchr(few[0], part),
                    2 => memchr::memchr2(few[0], few[1], part),
                    _ => memchr::memchr3(few[0], few[1], few[2], part),
                }?;
            }
            let mut m = self.mask(0, text[from].cp());
            let mut i = 1;
            while m != 0 && i < self.depth {
                m &= self.mask(i, text[from + i].cp());
                i += 1;
            }
            if m != 0 {
                return Some(from);
            }
            from += 1;
        }
        None
    }
}

struct Walker<'a> {
    p: &'a Program,
    out: Vec<Vec<Item>>,
    budget: usize,
}

impl Walker<'_> {
    /// Follows the program from `pc`, `items` being matched before; false if there are too many ways.
    fn walk(&mut self, mut pc: usize, mut items: Vec<Item>) -> bool {
        loop {
            self.budget = match self.budget.checked_sub(1) {
                Some(b) => b,
                None => return false,
            };
            let chars = items.iter().all(|i| matches!(i, Item::Char(_)));
            if items.len() >= if chars { TEXT } else { DEPTH } {
                break;
            }
            match &self.p.code[pc] {
                Inst::Mark(_) | Inst::At(_) | Inst::Atomic { .. } | Inst::SubEnd => pc += 1,
                Inst::Assert { end, .. } => pc = *end as usize,
                Inst::Item(i) => {
                    items.push(*i);
                    pc += 1;
                }
                Inst::Text(from, to) => {
                    let text = &self.p.text[*from as usize..*to as usize];
                    items.extend(text.iter().map(|&c| Item::Char(c)));
                    pc += 1;
                }
                Inst::Jump(to) => pc = *to as usize,
                Inst::Split { next, .. } => {
                    if !self.walk(pc + 1, items.clone()) {
                        return false;
                    }
                    pc = *next as usize;
                }
                Inst::Repeat { item, min, max, .. } => {
                    items.extend((0..(*min as usize).min(TEXT)).map(|_| *item));
                    if min != max {
                        if *min > 0 {
                            break;
                        }
                        let mut with = items.clone();
                        with.push(*item);
                        if self.out.len() >= SEQUENCES {
                            return false;
                        }
                        self.out.push(with);
                    }
                    pc += 1;
                }
                Inst::Enter { until, .. } => {
                    let Inst::Until { min, .. } = &self.p.code[*until as usize] else {
                        return false;
                    };
                    if *min == 0 && !self.walk(*until as usize + 1, items.clone()) {
                        return false;
                    }
                    pc += 1;
                }
                Inst::Fail => return true,
                Inst::Until { .. }
                | Inst::Possess { .. }
                | Inst::GroupRef(..)
                | Inst::GroupExists { .. }
                | Inst::Success => break,
            }
        }
        self.out.push(items);
        self.out.len() <= SEQUENCES
    }
}
