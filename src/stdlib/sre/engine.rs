//! The matcher: runs a program with an explicit stack of what to go back to.
//!
//! **Invariant:** whatever an instruction changes (marks, repeat counters) is recorded on the stack before, so going back to
//! a choice restores the state in which it was made.

use super::program::{Check, Greed, Inst, Item, NO_LIMIT, Program};
use super::set::{is_unicode_word, is_word};
use super::text::Span;
use crate::builtins::str::unit::Unit;
use rustpython_sre_engine::SreAtCode;
use smallvec::SmallVec;
use std::cell::Cell;

/// No position.
const NOWHERE: usize = usize::MAX;
/// Longest stack that is kept for the next search.
const KEPT: usize = 4096;

/// A choice that is left, or a change to be taken back.
#[derive(Clone, Copy)]
enum Entry {
    /// Go on here.
    Choice { pc: u32, pos: usize },
    /// A mark and the number of the last closed group as they were.
    Mark { index: u32, last: u32, pos: usize },
    /// A repeat's state as it was.
    Slot { slot: u32, count: i32, last: usize },
    /// A greedy repeat of one character that can give characters back, down to `min`.
    Greedy { pc: u32, min: usize, pos: usize },
    /// A lazy repeat of one character that can take more.
    Lazy { pc: u32, count: u32, pos: usize },
    /// A lazy general repeat that can run its body again.
    More { pc: u32, count: i32, pos: usize },
}

#[derive(Clone, Copy)]
struct Slot {
    count: i32,
    last: usize,
}

thread_local! {
    static STACK: Cell<Vec<Entry>> = const { Cell::new(Vec::new()) };
}

/// A run over one subject.
pub struct Machine<'a, U> {
    p: &'a Program,
    text: &'a [U],
    match_all: bool,
    /// Where the match must not end.
    not_at: usize,
    marks: SmallVec<[usize; 16]>,
    last: u32,
    slots: SmallVec<[Slot; 4]>,
    stack: Vec<Entry>,
}

impl<U> Drop for Machine<'_, U> {
    fn drop(&mut self) {
        let mut stack = std::mem::take(&mut self.stack);
        if stack.capacity() <= KEPT {
            stack.clear();
            STACK.set(stack);
        }
    }
}

impl<'a, U: Unit> Machine<'a, U> {
    /// `text` ends where matching ends.
    pub fn new(p: &'a Program, groups: usize, text: &'a [U], match_all: bool) -> Self {
        Machine {
            p,
            text,
            match_all,
            not_at: NOWHERE,
            marks: smallvec::smallvec![NOWHERE; 2 * groups],
            last: 0,
            slots: smallvec::smallvec![Slot { count: -1, last: NOWHERE }; p.slots as usize],
            stack: STACK.take(),
        }
    }

    /// Matches at `at`; an empty match does not count if `must_advance`. Returns the end.
    pub fn match_at(&mut self, at: usize, must_advance: bool) -> Option<usize> {
        self.not_at = if must_advance { at } else { NOWHERE };
        self.stack.clear();
        self.last = 0;
        self.marks.fill(NOWHERE);
        self.run(0, at)
    }
    /// Number of the last closed group.
    pub fn last(&self) -> Option<usize> {
        (self.last > 0).then_some(self.last as usize)
    }
    /// The part that a group matched, counted from 0.
    pub fn group(&self, i: usize) -> Span {
        let (from, to) = (self.marks[2 * i], self.marks[2 * i + 1]);
        (to != NOWHERE && from <= to).then_some((from, to))
    }

    #[inline(always)]
    fn item(&self, item: Item, c: u32) -> bool {
        match item {
            Item::Char(x) => c == x,
            Item::NotChar(x) => c != x,
            Item::All => true,
            Item::Set(s) => self.p.sets[s as usize].has(c),
        }
    }
    #[inline(always)]
    fn check(&self, check: Check, pos: usize) -> bool {
        match check {
            Check::None => true,
            Check::Char(c) => self.text.get(pos).is_some_and(|x| x.cp() == c),
            Check::Set(s) => self
                .text
                .get(pos)
                .is_some_and(|x| self.p.sets[s as usize].has(x.cp())),
        }
    }
    /// End of the longest run of `item` from `pos`, at most `max` characters.
    #[inline]
    fn run_end(&self, item: Item, pos: usize, max: u32) -> usize {
        let end = if max == NO_LIMIT {
            self.text.len()
        } else {
            self.text.len().min(pos.saturating_add(max as usize))
        };
        let part = &self.text[pos..end];
        let n = match item {
            Item::All => None,
            Item::Char(x) => part.iter().position(|c| c.cp() != x),
            Item::NotChar(x) => match U::fitting(x) {
                Some(x) => U::find_one(part, x),
                None => None,
            },
            Item::Set(s) => {
                let set = &self.p.sets[s as usize];
                part.iter().position(|c| !set.has(c.cp()))
            }
        };
        n.map_or(end, |n| pos + n)
    }

    #[inline(always)]
    fn save_slot(&mut self, slot: u32) {
        let s = self.slots[slot as usize];
        self.stack.push(Entry::Slot {
            slot,
            count: s.count,
            last: s.last,
        });
    }

    /// Runs from `pc` to the end of the (sub)program; the stack keeps what is needed to go back further.
    fn run(&mut self, pc: u32, pos: usize) -> Option<usize> {
        let base = self.stack.len();
        let (mut pc, mut pos) = (pc as usize, pos);
        let p = self.p;
        let text = self.text;
        macro_rules! fail {
            () => {{
                (pc, pos) = self.back(base)?;
                continue;
            }};
        }
        loop {
            match &p.code[pc] {
                Inst::Item(item) => match text.get(pos) {
                    Some(c) if self.item(*item, c.cp()) => {
                        pc += 1;
                        pos += 1;
                    }
                    _ => fail!(),
                },
                Inst::Text(from, to) => {
                    let want = &p.text[*from as usize..*to as usize];
                    match text.get(pos..pos + want.len()) {
                        Some(have) if have.iter().zip(want).all(|(a, b)| a.cp() == *b) => {
                            pc += 1;
                            pos += want.len();
                        }
                        _ => fail!(),
                    }
                }
                Inst::Mark(i) => {
                    let index = *i as usize;
                    self.stack.push(Entry::Mark {
                        index: *i,
                        last: self.last,
                        pos: self.marks[index],
                    });
                    self.marks[index] = pos;
                    if i & 1 != 0 {
                        self.last = i / 2 + 1;
                    }
                    pc += 1;
                }
                Inst::At(at) => {
                    if !self.at(*at, pos) {
                        fail!();
                    }
                    pc += 1;
                }
                Inst::Jump(to) => pc = *to as usize,
                Inst::Split { check, next } => {
                    if self.check(*check, pos) {
                        self.stack.push(Entry::Choice { pc: *next, pos });
                        pc += 1;
                    } else {
                        pc = *next as usize;
                    }
                }
                Inst::Fail => fail!(),
                Inst::Repeat {
                    item,
                    min,
                    max,
                    greed,
                    check,
                } => {
                    if text.len() - pos < *min as usize {
                        fail!();
                    }
                    if *greed == Greed::Lazy {
                        let end = self.run_end(*item, pos, *min);
                        if end - pos < *min as usize {
                            fail!();
                        }
                        match self.lazy(pc, end, *min) {
                            Some(at) => (pc, pos) = (pc + 1, at),
                            None => fail!(),
                        }
                        continue;
                    }
                    let end = self.run_end(*item, pos, *max);
                    let least = pos + *min as usize;
                    if end < least {
                        fail!();
                    }
                    if *greed == Greed::Possessive {
                        if !self.check(*check, end) {
                            fail!();
                        }
                        pos = end;
                    } else {
                        match self.greedy(pc, *check, least, end) {
                            Some(at) => pos = at,
                            None => fail!(),
                        }
                    }
                    pc += 1;
                }
                Inst::Enter { slot, until } => {
                    self.save_slot(*slot);
                    self.slots[*slot as usize] = Slot {
                        count: -1,
                        last: NOWHERE,
                    };
                    pc = *until as usize;
                }
                Inst::Until {
                    slot,
                    min,
                    max,
                    body,
                    greedy,
                    check,
                    tail,
                } => {
                    let s = self.slots[*slot as usize];
                    let count = s.count + 1;
                    if (count as u32) < *min {
                        self.save_slot(*slot);
                        self.slots[*slot as usize].count = count;
                        pc = *body as usize;
                        continue;
                    }
                    if !*greedy {
                        self.stack.push(Entry::More {
                            pc: pc as u32,
                            count,
                            pos,
                        });
                        pc += 1;
                        continue;
                    }
                    let again = (*max == NO_LIMIT || (count as u32) < *max) && pos != s.last;
                    if again && self.check(*check, pos) {
                        if self.check(*tail, pos) {
                            self.stack.push(Entry::Choice {
                                pc: pc as u32 + 1,
                                pos,
                            });
                        }
                        self.save_slot(*slot);
                        self.slots[*slot as usize] = Slot { count, last: pos };
                        pc = *body as usize;
                        continue;
                    }
                    pc += 1;
                }
                Inst::Assert { back, negate, end } => {
                    let from = pos.checked_sub(*back as usize);
                    let bottom = self.stack.len();
                    let hit = match from {
                        Some(from) => self.run(pc as u32 + 1, from).is_some(),
                        None => false,
                    };
                    if hit == *negate {
                        if hit {
                            self.undo(bottom);
                        }
                        fail!();
                    }
                    self.commit(bottom);
                    pc = *end as usize;
                }
                Inst::Atomic { end } => {
                    let bottom = self.stack.len();
                    match self.run(pc as u32 + 1, pos) {
                        Some(at) => pos = at,
                        None => fail!(),
                    }
                    self.commit(bottom);
                    pc = *end as usize;
                }
                Inst::Possess { min, max, end } => {
                    match self.possess(pc as u32 + 1, pos, *min, *max) {
                        Some(at) => (pc, pos) = (*end as usize, at),
                        None => fail!(),
                    }
                }
                Inst::GroupRef(group, fold) => {
                    let Some((from, to)) = self.group(*group as usize) else {
                        fail!()
                    };
                    let want = &text[from..to.min(text.len())];
                    let same = text.get(pos..pos + want.len()).is_some_and(|have| {
                        have.iter()
                            .zip(want)
                            .all(|(a, b)| a == b || fold.lower(a.cp()) == fold.lower(b.cp()))
                    });
                    if !same {
                        fail!();
                    }
                    pos += want.len();
                    pc += 1;
                }
                Inst::GroupExists { group, no } => {
                    pc = match self.group(*group as usize) {
                        Some(_) => pc + 1,
                        None => *no as usize,
                    };
                }
                Inst::SubEnd => return Some(pos),
                Inst::Success => {
                    if (self.match_all && pos != text.len()) || pos == self.not_at {
                        fail!();
                    }
                    return Some(pos);
                }
            }
        }
    }

    /// The last position between `min` and `end` where what follows can match, leaving the others on the stack.
    #[inline]
    fn greedy(&mut self, pc: usize, check: Check, min: usize, end: usize) -> Option<usize> {
        let at = match check {
            Check::None => end,
            Check::Char(c) => {
                if self.check(check, end) {
                    end
                } else {
                    let c = U::fitting(c)?;
                    min + U::rfind_one(&self.text[min..end], c)?
                }
            }
            Check::Set(_) => {
                let mut at = end;
                while !self.check(check, at) {
                    if at == min {
                        return None;
                    }
                    at -= 1;
                }
                at
            }
        };
        if at > min {
            self.stack.push(Entry::Greedy {
                pc: pc as u32,
                min,
                pos: at,
            });
        }
        Some(at)
    }

    /// The first position from `pos` on, `count` characters having been taken, where what follows the lazy repeat can match.
    fn lazy(&mut self, pc: usize, mut pos: usize, mut count: u32) -> Option<usize> {
        let Inst::Repeat {
            item, max, check, ..
        } = &self.p.code[pc]
        else {
            return None;
        };
        while !self.check(*check, pos) {
            if count >= *max || !self.item(*item, self.text.get(pos)?.cp()) {
                return None;
            }
            pos += 1;
            count = count.saturating_add(1);
        }
        self.stack.push(Entry::Lazy {
            pc: pc as u32,
            count,
            pos,
        });
        Some(pos)
    }

    #[inline(never)]
    fn possess(&mut self, body: u32, mut pos: usize, min: u32, max: u32) -> Option<usize> {
        let mut count = 0;
        let mut before = NOWHERE;
        while count < min || ((max == NO_LIMIT || count < max) && pos != before) {
            if count >= min {
                before = pos;
            }
            let bottom = self.stack.len();
            match self.run(body, pos) {
                Some(at) => pos = at,
                None if count < min => return None,
                None => break,
            }
            self.commit(bottom);
            count += 1;
        }
        Some(pos)
    }

    /// Forgets the choices above `bottom` but not the changes to be taken back.
    #[inline(never)]
    fn commit(&mut self, bottom: usize) {
        let mut to = bottom;
        for from in bottom..self.stack.len() {
            let e = self.stack[from];
            if matches!(e, Entry::Mark { .. } | Entry::Slot { .. }) {
                self.stack[to] = e;
                to += 1;
            }
        }
        self.stack.truncate(to);
    }

    /// Takes back all changes above `bottom`.
    fn undo(&mut self, bottom: usize) {
        self.commit(bottom);
        let none = self.back(bottom);
        debug_assert!(none.is_none());
    }

    /// Takes changes back up to the last choice, which is left: where to go on.
    fn back(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.stack.len() > base {
            match self.stack.pop()? {
                Entry::Choice { pc, pos } => return Some((pc as usize, pos)),
                Entry::Mark { index, last, pos } => {
                    self.marks[index as usize] = pos;
                    self.last = last;
                }
                Entry::Slot { slot, count, last } => {
                    self.slots[slot as usize] = Slot { count, last };
                }
                Entry::Greedy { pc, min, pos } => {
                    let Inst::Repeat { check, .. } = &self.p.code[pc as usize] else {
                        continue;
                    };
                    if let Some(at) = self.greedy(pc as usize, *check, min, pos - 1) {
                        return Some((pc as usize + 1, at));
                    }
                }
                Entry::Lazy { pc, count, pos } => {
                    let Inst::Repeat { item, max, .. } = &self.p.code[pc as usize] else {
                        continue;
                    };
                    if count < *max
                        && let Some(c) = self.text.get(pos)
                        && self.item(*item, c.cp())
                        && let Some(at) = self.lazy(pc as usize, pos + 1, count.saturating_add(1))
                    {
                        return Some((pc as usize + 1, at));
                    }
                }
                Entry::More { pc, count, pos } => {
                    let Inst::Until {
                        slot,
                        max,
                        body,
                        check,
                        ..
                    } = &self.p.code[pc as usize]
                    else {
                        continue;
                    };
                    let full = *max != NO_LIMIT && count as u32 >= *max;
                    if !full && pos != self.slots[*slot as usize].last && self.check(*check, pos) {
                        self.save_slot(*slot);
                        self.slots[*slot as usize] = Slot { count, last: pos };
                        return Some((*body as usize, pos));
                    }
                }
            }
        }
        None
    }

    #[inline]
    fn at(&self, at: SreAtCode, pos: usize) -> bool {
        let t = self.text;
        let newline = |i: usize| t.get(i).is_some_and(|c| c.cp() == 10);
        let boundary = |f: fn(u32) -> bool| {
            let before = pos > 0 && f(t[pos - 1].cp());
            let behind = t.get(pos).is_some_and(|c| f(c.cp()));
            before != behind
        };
        match at {
            SreAtCode::BEGINNING | SreAtCode::BEGINNING_STRING => pos == 0,
            SreAtCode::BEGINNING_LINE => pos == 0 || newline(pos - 1),
            SreAtCode::END => pos == t.len() || (pos + 1 == t.len() && newline(pos)),
            SreAtCode::END_LINE => pos == t.len() || newline(pos),
            SreAtCode::END_STRING => pos == t.len(),
            SreAtCode::BOUNDARY | SreAtCode::LOC_BOUNDARY => boundary(is_word),
            SreAtCode::NON_BOUNDARY | SreAtCode::LOC_NON_BOUNDARY => !boundary(is_word),
            SreAtCode::UNI_BOUNDARY => boundary(is_unicode_word),
            SreAtCode::UNI_NON_BOUNDARY => !boundary(is_unicode_word),
        }
    }
}

impl Program {
    /// Whether the item matches `c`.
    pub fn item_has(&self, item: Item, c: u32) -> bool {
        match item {
            Item::Char(x) => c == x,
            Item::NotChar(x) => c != x,
            Item::All => true,
            Item::Set(s) => self.sets[s as usize].has(c),
        }
    }
    /// Whether the item may match characters above 255.
    pub fn item_may_be_wide(&self, item: Item) -> bool {
        match item {
            Item::Char(x) => x > 255,
            Item::NotChar(_) | Item::All => true,
            Item::Set(s) => !self.sets[s as usize].is_narrow(),
        }
    }
}
