//! Programs of the matcher, translated from the (validated) code of the compiler of `re`.
//!
//! **Invariant:** every target of an instruction lies in the program, and every path ends in `Success` or `SubEnd`.

use super::set::{Fold, Set};
use rustpython_sre_engine::{SreAtCode, SreOpcode};

/// No upper bound of a repeat.
pub const NO_LIMIT: u32 = u32::MAX;

/// One character to be matched.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    Char(u32),
    NotChar(u32),
    /// Any character.
    All,
    /// Number of a set.
    Set(u32),
}

/// What the next character must be for what follows to match; tested before work is done for it.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    None,
    Char(u32),
    Set(u32),
}

/// Which alternative of a repeat is tried first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

/// An instruction; execution goes on with the next one unless it says otherwise.
#[derive(Debug)]
pub enum Inst {
    Item(Item),
    /// Several characters: range of `Program::text`.
    Text(u32, u32),
    Mark(u32),
    At(SreAtCode),
    Jump(u32),
    /// Goes on; another alternative is at `next`.
    Split {
        check: Check,
        next: u32,
    },
    Fail,
    /// One character repeated.
    Repeat {
        item: Item,
        min: u32,
        max: u32,
        greed: Greed,
        check: Check,
    },
    /// Enters the general repeat number `slot`, whose `Until` is at `until`.
    Enter {
        slot: u32,
        until: u32,
    },
    /// After each round of the body, which begins at `body`.
    Until {
        slot: u32,
        min: u32,
        max: u32,
        body: u32,
        greedy: bool,
        /// For the body and for what follows.
        check: Check,
        tail: Check,
    },
    /// Looks ahead, or at the `back` characters before; the body follows, `end` is behind it.
    Assert {
        back: u32,
        negate: bool,
        end: u32,
    },
    Atomic {
        end: u32,
    },
    Possess {
        min: u32,
        max: u32,
        end: u32,
    },
    GroupRef(u32, Fold),
    /// Goes to `no` if the group took no part.
    GroupExists {
        group: u32,
        no: u32,
    },
    /// End of the body of `Assert`, `Atomic`, `Possess`.
    SubEnd,
    Success,
}

/// A translated pattern.
pub struct Program {
    pub code: Vec<Inst>,
    pub sets: Vec<Set>,
    pub text: Vec<u32>,
    /// Number of general repeats.
    pub slots: u32,
    /// Fewest characters of a match.
    pub min_len: usize,
    /// Can only match at the beginning.
    pub anchored: bool,
}

/// Translates; `None` for code that the compiler of `re` cannot have made.
pub fn translate(codes: &[u32]) -> Option<Program> {
    let mut p = Program {
        code: Vec::new(),
        sets: Vec::new(),
        text: Vec::new(),
        slots: 0,
        min_len: 0,
        anchored: false,
    };
    let (_, body) = codes.split_last()?;
    if body.first() == Some(&(SreOpcode::INFO as u32)) {
        p.min_len = *body.get(3)? as usize;
    }
    p.sequence(body)?;
    p.code.push(Inst::Success);
    p.anchored = matches!(
        p.code.iter().find(|i| !matches!(i, Inst::Mark(_))),
        Some(Inst::At(SreAtCode::BEGINNING | SreAtCode::BEGINNING_STRING))
    );
    p.add_checks();
    Some(p)
}

impl Program {
    fn pc(&self) -> u32 {
        self.code.len() as u32
    }
    fn set(&mut self, codes: &[u32], fold: Fold) -> Item {
        self.sets.push(Set::new(codes, fold));
        Item::Set(self.sets.len() as u32 - 1)
    }
    fn literal(&mut self, c: u32, fold: Fold, negate: bool) -> Item {
        match (fold, negate) {
            (Fold::None, false) => return Item::Char(c),
            (Fold::None, true) => return Item::NotChar(c),
            _ => {}
        }
        self.sets.push(Set::of_literal(c, fold, negate));
        Item::Set(self.sets.len() as u32 - 1)
    }

    /// The item of an instruction that matches one character.
    fn item(&mut self, c: &[u32]) -> Option<Item> {
        use SreOpcode::*;
        let op = SreOpcode::try_from(*c.first()?).ok()?;
        let arg = c.get(1).copied().unwrap_or(0);
        Some(match op {
            ANY => Item::NotChar(10),
            ANY_ALL => Item::All,
            LITERAL => self.literal(arg, Fold::None, false),
            NOT_LITERAL => self.literal(arg, Fold::None, true),
            LITERAL_IGNORE => self.literal(arg, Fold::Ascii, false),
            NOT_LITERAL_IGNORE => self.literal(arg, Fold::Ascii, true),
            LITERAL_UNI_IGNORE => self.literal(arg, Fold::Unicode, false),
            NOT_LITERAL_UNI_IGNORE => self.literal(arg, Fold::Unicode, true),
            LITERAL_LOC_IGNORE => self.literal(arg, Fold::Locale, false),
            NOT_LITERAL_LOC_IGNORE => self.literal(arg, Fold::Locale, true),
            IN | IN_IGNORE | IN_UNI_IGNORE | IN_LOC_IGNORE => {
                let fold = match op {
                    IN => Fold::None,
                    IN_IGNORE => Fold::Ascii,
                    IN_UNI_IGNORE => Fold::Unicode,
                    _ => Fold::Locale,
                };
                self.set(c.get(2..1 + arg as usize)?, fold)
            }
            _ => return None,
        })
    }

    fn push_item(&mut self, item: Item) {
        if let Item::Char(c) = item {
            let at = self.text.len() as u32;
            match self.code.last_mut() {
                Some(Inst::Text(_, end)) if *end == at => {
                    self.text.push(c);
                    *end += 1;
                    return;
                }
                Some(Inst::Item(Item::Char(before))) => {
                    let before = *before;
                    self.text.extend([before, c]);
                    self.code.pop();
                    self.code.push(Inst::Text(at, at + 2));
                    return;
                }
                _ => {}
            }
        }
        self.code.push(Inst::Item(item));
    }

    /// Translates a sequence of instructions.
    fn sequence(&mut self, mut c: &[u32]) -> Option<()> {
        // Text must not run into what stands before: that may be the target of a jump.
        let mut joinable = false;
        while !c.is_empty() {
            let n = self.instruction(c, joinable)?;
            joinable = matches!(
                SreOpcode::try_from(c[0]),
                Ok(SreOpcode::LITERAL | SreOpcode::IN | SreOpcode::MARK)
            );
            c = c.get(n..)?;
        }
        Some(())
    }

    /// Translates the first instruction and returns its length.
    fn instruction(&mut self, c: &[u32], joinable: bool) -> Option<usize> {
        use SreOpcode::*;
        let op = SreOpcode::try_from(c[0]).ok()?;
        let skip = || c.get(1).map(|&n| n as usize);
        match op {
            FAILURE => {
                self.code.push(Inst::Fail);
                Some(1)
            }
            ANY | ANY_ALL => {
                let item = self.item(c)?;
                self.push_item(item);
                Some(1)
            }
            LITERAL
            | NOT_LITERAL
            | LITERAL_IGNORE
            | NOT_LITERAL_IGNORE
            | LITERAL_UNI_IGNORE
            | NOT_LITERAL_UNI_IGNORE
            | LITERAL_LOC_IGNORE
            | NOT_LITERAL_LOC_IGNORE => {
                let item = self.item(c)?;
                if joinable {
                    self.push_item(item);
                } else {
                    self.code.push(Inst::Item(item));
                }
                Some(2)
            }
            IN | IN_IGNORE | IN_UNI_IGNORE | IN_LOC_IGNORE => {
                let item = self.item(c)?;
                self.code.push(Inst::Item(item));
                Some(1 + skip()?)
            }
            MARK => {
                self.code.push(Inst::Mark(*c.get(1)?));
                Some(2)
            }
            AT => {
                let at = SreAtCode::try_from(*c.get(1)?).ok()?;
                self.code.push(Inst::At(at));
                Some(2)
            }
            GROUPREF | GROUPREF_IGNORE | GROUPREF_UNI_IGNORE | GROUPREF_LOC_IGNORE => {
                let fold = match op {
                    GROUPREF => Fold::None,
                    GROUPREF_IGNORE => Fold::Ascii,
                    GROUPREF_UNI_IGNORE => Fold::Unicode,
                    _ => Fold::Locale,
                };
                self.code.push(Inst::GroupRef(*c.get(1)?, fold));
                Some(2)
            }
            INFO => Some(1 + skip()?),
            BRANCH => self.branch(c),
            REPEAT_ONE | MIN_REPEAT_ONE | POSSESSIVE_REPEAT_ONE => {
                let n = skip()?;
                let body = c.get(4..1 + n)?;
                let item = self.item(body)?;
                let single = match body.len() {
                    2 => matches!(item, Item::NotChar(10) | Item::All),
                    3 => true,
                    len => Some(len) == body.get(1).map(|&n| n as usize + 2),
                };
                if !single {
                    return None;
                }
                let greed = match op {
                    REPEAT_ONE => Greed::Greedy,
                    MIN_REPEAT_ONE => Greed::Lazy,
                    _ => Greed::Possessive,
                };
                self.code.push(Inst::Repeat {
                    item,
                    min: c[2],
                    max: c[3],
                    greed,
                    check: Check::None,
                });
                Some(1 + n)
            }
            REPEAT => {
                let n = skip()?;
                let slot = self.slots;
                self.slots += 1;
                let enter = self.pc();
                self.code.push(Inst::Fail);
                self.sequence(c.get(4..1 + n)?)?;
                let until = self.pc();
                self.code.push(Inst::Until {
                    slot,
                    min: c[2],
                    max: c[3],
                    body: enter + 1,
                    greedy: *c.get(1 + n)? == MAX_UNTIL as u32,
                    check: Check::None,
                    tail: Check::None,
                });
                self.code[enter as usize] = Inst::Enter { slot, until };
                Some(2 + n)
            }
            POSSESSIVE_REPEAT => {
                let n = skip()?;
                let at = self.sub(c.get(4..1 + n)?)?;
                self.code[at] = Inst::Possess {
                    min: c[2],
                    max: c[3],
                    end: self.pc(),
                };
                Some(2 + n)
            }
            ATOMIC_GROUP => {
                let n = skip()?;
                let at = self.sub(c.get(2..n)?)?;
                self.code[at] = Inst::Atomic { end: self.pc() };
                Some(1 + n)
            }
            ASSERT | ASSERT_NOT => {
                let n = skip()?;
                let at = self.sub(c.get(3..n)?)?;
                self.code[at] = Inst::Assert {
                    back: c[2],
                    negate: op == ASSERT_NOT,
                    end: self.pc(),
                };
                Some(1 + n)
            }
            GROUPREF_EXISTS => self.conditional(c),
            _ => None,
        }
    }

    /// A body that is run by itself, behind a place for the instruction that runs it.
    fn sub(&mut self, body: &[u32]) -> Option<usize> {
        let at = self.code.len();
        self.code.push(Inst::Fail);
        self.sequence(body)?;
        self.code.push(Inst::SubEnd);
        Some(at)
    }

    fn branch(&mut self, c: &[u32]) -> Option<usize> {
        let mut at = 1;
        let mut jumps = Vec::new();
        loop {
            let n = *c.get(at)? as usize;
            if n == 0 {
                break;
            }
            let last = *c.get(at + n)? == 0;
            let split = self.code.len();
            if !last {
                self.code.push(Inst::Fail);
            }
            self.sequence(c.get(at + 1..at + n - 2)?)?;
            if !last {
                jumps.push(self.code.len());
                self.code.push(Inst::Fail);
                self.code[split] = Inst::Split {
                    check: Check::None,
                    next: self.pc(),
                };
            }
            at += n;
        }
        for j in jumps {
            self.code[j] = Inst::Jump(self.pc());
        }
        Some(at + 1)
    }

    fn conditional(&mut self, c: &[u32]) -> Option<usize> {
        let no = (*c.get(2)? as usize).checked_add(1)?;
        let at = self.code.len();
        self.code.push(Inst::Fail);
        let group = c[1];
        // As the validation reads it: with an alternative if a jump over one stands before its place.
        if no >= 5 && c[no - 2] == SreOpcode::JUMP as u32 {
            let end = no - 1 + c[no - 1] as usize;
            let (code, sets, text, slots) = (
                self.code.len(),
                self.sets.len(),
                self.text.len(),
                self.slots,
            );
            if end >= no && end <= c.len() && self.sequence(&c[3..no - 2]).is_some() {
                let jump = self.code.len();
                self.code.push(Inst::Fail);
                self.code[at] = Inst::GroupExists {
                    group,
                    no: self.pc(),
                };
                self.sequence(&c[no..end])?;
                self.code[jump] = Inst::Jump(self.pc());
                return Some(end);
            }
            self.code.truncate(code);
            self.sets.truncate(sets);
            self.text.truncate(text);
            self.slots = slots;
        }
        self.sequence(c.get(3..no)?)?;
        self.code[at] = Inst::GroupExists {
            group,
            no: self.pc(),
        };
        Some(no)
    }

    /// What the character at the execution of `pc` must be.
    pub fn check_at(&self, mut pc: usize) -> Check {
        for _ in 0..16 {
            match &self.code[pc] {
                Inst::Mark(_) => pc += 1,
                Inst::Jump(to) => pc = *to as usize,
                Inst::Item(Item::Char(c)) => return Check::Char(*c),
                Inst::Item(Item::Set(s)) => return Check::Set(*s),
                Inst::Text(from, _) => return Check::Char(self.text[*from as usize]),
                Inst::Repeat { item, min, .. } if *min > 0 => match item {
                    Item::Char(c) => return Check::Char(*c),
                    Item::Set(s) => return Check::Set(*s),
                    _ => return Check::None,
                },
                _ => return Check::None,
            }
        }
        Check::None
    }

    fn add_checks(&mut self) {
        for pc in 0..self.code.len() {
            let follow = match self.code[pc] {
                Inst::Split { .. } | Inst::Repeat { .. } | Inst::Until { .. } => {
                    self.check_at(pc + 1)
                }
                _ => continue,
            };
            let inner = match self.code[pc] {
                Inst::Until { body, .. } => self.check_at(body as usize),
                _ => Check::None,
            };
            let exclusive = match self.code[pc] {
                Inst::Repeat { item, greed, .. } => {
                    greed == Greed::Greedy && self.excludes(item, follow)
                }
                _ => false,
            };
            match &mut self.code[pc] {
                Inst::Split { check, .. } => *check = follow,
                Inst::Until { check, tail, .. } => (*check, *tail) = (inner, follow),
                Inst::Repeat { check, greed, .. } => {
                    *check = follow;
                    if exclusive {
                        // What follows cannot begin inside of the repeat: giving characters back is in vain.
                        *greed = Greed::Possessive;
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether no character that passes the check is matched by the item.
    fn excludes(&self, item: Item, check: Check) -> bool {
        match (item, check) {
            (Item::Char(a), Check::Char(b)) => a != b,
            (Item::NotChar(a), Check::Char(b)) => a == b,
            (Item::Set(s), Check::Char(c)) => !self.sets[s as usize].has(c),
            (Item::Char(c), Check::Set(s)) => !self.sets[s as usize].has(c),
            (Item::Set(a), Check::Set(b)) => {
                self.sets[a as usize].is_disjoint(&self.sets[b as usize])
            }
            _ => false,
        }
    }
}
