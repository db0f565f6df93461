//! Checks the structure of compiled patterns, so that the engine cannot be led out of its code or its memory.

use rustpython_sre_engine::{SreAtCode, SreCatCode, SreInfo, SreOpcode};

/// Whether the code is what the compiler of `re` could have made for that many groups.
pub fn valid(codes: &[u32], groups: usize) -> bool {
    groups <= i32::MAX as usize
        && matches!(codes.split_last(), Some((&last, body)) if last == SreOpcode::SUCCESS as u32 && Checker { groups }.code(body, 0))
}

struct Checker {
    groups: usize,
}

const MAX_DEPTH: usize = 2000;

impl Checker {
    /// A sequence of instructions that ends exactly at the slice's end.
    fn code(&self, mut c: &[u32], depth: usize) -> bool {
        while !c.is_empty() {
            match self.instruction(c, depth) {
                Some(n) if n <= c.len() => c = &c[n..],
                _ => return false,
            }
        }
        depth <= MAX_DEPTH
    }

    /// Length of the first instruction; `None` if it is malformed.
    fn instruction(&self, c: &[u32], depth: usize) -> Option<usize> {
        use SreOpcode::*;
        if depth > MAX_DEPTH {
            return None;
        }
        let op = SreOpcode::try_from(c[0]).ok()?;
        // A skip counts from its own position.
        let skip = |at: usize| {
            c.get(at)
                .map(|&n| n as usize)
                .filter(|&n| n >= 1 && at + n <= c.len())
        };
        let depth = depth + 1;
        match op {
            ANY | ANY_ALL | FAILURE | SUCCESS => Some(1),
            LITERAL
            | NOT_LITERAL
            | LITERAL_IGNORE
            | NOT_LITERAL_IGNORE
            | LITERAL_UNI_IGNORE
            | NOT_LITERAL_UNI_IGNORE
            | LITERAL_LOC_IGNORE
            | NOT_LITERAL_LOC_IGNORE => c.get(1).map(|_| 2),
            MARK => ((*c.get(1)? as usize) < self.groups * 2).then_some(2),
            AT => SreAtCode::try_from(*c.get(1)?).ok().map(|_| 2),
            GROUPREF | GROUPREF_IGNORE | GROUPREF_UNI_IGNORE | GROUPREF_LOC_IGNORE => {
                ((*c.get(1)? as usize) < self.groups).then_some(2)
            }
            IN | IN_IGNORE | IN_UNI_IGNORE | IN_LOC_IGNORE => {
                let n = skip(1)?;
                self.charset(&c[2..1 + n]).then_some(1 + n)
            }
            INFO => {
                let n = skip(1)?;
                self.info(&c[2..1 + n]).then_some(1 + n)
            }
            BRANCH => self.branch(c, depth),
            REPEAT_ONE | MIN_REPEAT_ONE | POSSESSIVE_REPEAT_ONE => {
                let n = skip(1)?;
                let body = c.get(4..1 + n)?;
                self.bounds(c).then_some(())?;
                self.ended(body, depth).then_some(1 + n)
            }
            REPEAT | POSSESSIVE_REPEAT => {
                let n = skip(1)?;
                let body = c.get(4..1 + n)?;
                self.bounds(c).then_some(())?;
                let end = *c.get(1 + n)?;
                let fine = match op {
                    REPEAT => end == MAX_UNTIL as u32 || end == MIN_UNTIL as u32,
                    _ => end == SUCCESS as u32,
                };
                (fine && self.code(body, depth)).then_some(2 + n)
            }
            ATOMIC_GROUP => {
                let n = skip(1)?;
                self.ended(c.get(2..1 + n)?, depth).then_some(1 + n)
            }
            ASSERT | ASSERT_NOT => {
                let n = skip(1)?;
                (*c.get(2)? <= i32::MAX as u32 && self.ended(c.get(3..1 + n)?, depth))
                    .then_some(1 + n)
            }
            GROUPREF_EXISTS => self.conditional(c, depth),
            _ => None,
        }
    }

    fn bounds(&self, c: &[u32]) -> bool {
        c[2] <= c[3]
    }

    /// A body that ends with SUCCESS.
    fn ended(&self, body: &[u32], depth: usize) -> bool {
        matches!(body.split_last(), Some((&last, b)) if last == SreOpcode::SUCCESS as u32 && self.code(b, depth))
    }

    /// `<BRANCH> <0=skip> code <JUMP> ... <NULL>`: each alternative jumps behind the last one.
    fn branch(&self, c: &[u32], depth: usize) -> Option<usize> {
        let mut at = 1;
        let mut target = None;
        loop {
            let n = *c.get(at)? as usize;
            if n == 0 {
                let end = at + 1;
                return target.is_none_or(|t| t == at || t == end).then_some(end);
            }
            let stop = at.checked_add(n).filter(|&s| n >= 3 && s <= c.len())?;
            let jump = stop - 2;
            if c[jump] != SreOpcode::JUMP as u32 || !self.code(&c[at + 1..jump], depth) {
                return None;
            }
            let to = (jump + 1).checked_add(c[jump + 1] as usize)?;
            if to > c.len() || *target.get_or_insert(to) != to {
                return None;
            }
            at = stop;
        }
    }

    /// `<GROUPREF_EXISTS> <group> <skip> yes <JUMP> <skip> no`, or without jump and `no`.
    fn conditional(&self, c: &[u32], depth: usize) -> Option<usize> {
        if *c.get(1)? as usize >= self.groups {
            return None;
        }
        // The skip leads to `no` and counts from behind the group number.
        let no = (*c.get(2)? as usize)
            .checked_add(1)
            .filter(|&n| n >= 3 && n <= c.len())?;
        if no >= 5 && c[no - 2] == SreOpcode::JUMP as u32 {
            let end = (no - 1)
                .checked_add(c[no - 1] as usize)
                .filter(|&e| e >= no && e <= c.len());
            if let Some(end) = end
                && self.code(&c[3..no - 2], depth)
                && self.code(&c[no..end], depth)
            {
                return Some(end);
            }
        }
        self.code(&c[3..no], depth).then_some(no)
    }

    /// Body of INFO behind its skip: flags, min, max, prefix or charset.
    fn info(&self, c: &[u32]) -> bool {
        if c.len() < 3 {
            return false;
        }
        let flags = SreInfo::from_bits_truncate(c[0]);
        let rest = &c[3..];
        if flags.contains(SreInfo::PREFIX) {
            let [len, skip, data @ ..] = rest else {
                return false;
            };
            let len = *len as usize;
            let fits = len >= 1 && len.checked_mul(2).is_some_and(|n| data.len() == n);
            return fits
                && *skip as usize <= len
                && data[len..].iter().all(|&o| (o as usize) < len);
        }
        if flags.contains(SreInfo::CHARSET) {
            return self.charset(rest);
        }
        rest.is_empty()
    }

    /// A set, up to and with its FAILURE.
    fn charset(&self, mut c: &[u32]) -> bool {
        use SreOpcode::*;
        loop {
            let Some(&op) = c.first() else { return false };
            let n = match SreOpcode::try_from(op) {
                Ok(FAILURE) => return true,
                Ok(NEGATE) => 1,
                Ok(LITERAL) => 2,
                Ok(RANGE | RANGE_UNI_IGNORE) => 3,
                Ok(CHARSET) => 9,
                Ok(CATEGORY) => match c.get(1) {
                    Some(&cat) if SreCatCode::try_from(cat).is_ok() => 2,
                    _ => return false,
                },
                Ok(BIGCHARSET) => {
                    let Some(blocks) = c.get(1).map(|&n| n as usize).filter(|&n| n <= 256) else {
                        return false;
                    };
                    let Some(index) = c.get(2..66) else {
                        return false;
                    };
                    if index
                        .iter()
                        .any(|w| w.to_ne_bytes().iter().any(|&b| b as usize >= blocks))
                    {
                        return false;
                    }
                    66 + blocks * 8
                }
                _ => return false,
            };
            if n > c.len() {
                return false;
            }
            c = &c[n..];
        }
    }
}
