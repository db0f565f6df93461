//! The text form, read: for tests, dumps that are fed back, and fuzzing. Never panics on any input.
//!
//! A text is lines: `field`, `helper` (added to the environment), `trace`, instructions, snapshots. `;` starts a comment.
//! Numbers of values and snapshots are names; they need not be in order, and the printer's numbering makes two texts
//! comparable.

use super::desc::{Env, FieldDesc, HelperDesc, HelperEffects, Mutability};
use super::effects::AliasSet;
use super::inst::{Inst, IrRef};
use super::ops::{Imm, Kind, Op};
use super::snapshot::{FrameState, Rebuild, SnapId, SnapValue, Snapshot, SunkObject};
use super::trace::{Mode, Trace};
use super::types::Type;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Why a text is not a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

type Parsed<T> = Result<T, String>;

/// Reads a trace; its tables are added to `env`.
pub fn parse(text: &str, env: &mut Env) -> Result<Trace, ParseError> {
    let mut parser = Parser {
        env,
        trace: Trace::new(Mode::Single),
        names: HashMap::new(),
        snapshots: HashMap::new(),
        defined: HashSet::new(),
    };
    let mut phis = Vec::new();
    let mut snapshot_uses = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.split(';').next().unwrap_or("").trim();
        if !line.is_empty() {
            parser
                .line(line, &mut phis, &mut snapshot_uses)
                .map_err(|message| ParseError {
                    line: i + 1,
                    message,
                })?;
        }
    }
    let end = |message| ParseError {
        line: text.lines().count(),
        message,
    };
    for (phi, name) in phis {
        let value = *parser
            .names
            .get(&name)
            .ok_or_else(|| end(format!("%{name} is not defined")))?;
        parser.trace.close_phi(phi, value);
    }
    if let Some(id) = snapshot_uses.iter().find(|id| !parser.defined.contains(id)) {
        return Err(end(format!("s{id} is not defined")));
    }
    Ok(parser.trace)
}

struct Parser<'e> {
    env: &'e mut Env,
    trace: Trace,
    names: HashMap<u32, IrRef>,
    snapshots: HashMap<u32, SnapId>,
    /// Snapshots whose lines were read.
    defined: HashSet<u32>,
}

/// A position in a line.
struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn at_end(&mut self) -> bool {
        self.skip_space();
        self.rest.is_empty()
    }

    /// Takes `text` if it comes next.
    fn eat(&mut self, text: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, text: &str) -> Parsed<()> {
        if self.eat(text) {
            Ok(())
        } else {
            Err(format!("expected `{text}` at `{}`", self.rest))
        }
    }

    /// Takes a word: letters, digits, and the punctuation of names and numbers.
    fn word(&mut self) -> Parsed<&'t str> {
        self.skip_space();
        let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '+');
        let end = self.rest.find(|c| !in_word(c)).unwrap_or(self.rest.len());
        // `->` ends a word.
        let end = self.rest.find("->").map_or(end, |arrow| arrow.min(end));
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() {
            return Err(format!("expected a word at `{}`", self.rest));
        }
        self.rest = rest;
        Ok(word)
    }

    fn number<T: std::str::FromStr>(&mut self) -> Parsed<T> {
        let word = self.word()?;
        word.parse()
            .map_err(|_| format!("`{word}` is not a number that fits"))
    }

    /// A hexadecimal number.
    fn key(&mut self) -> Parsed<u64> {
        let word = self.word()?;
        hex(word).ok_or_else(|| format!("`{word}` is not hexadecimal"))
    }

    fn value_type(&mut self) -> Parsed<Type> {
        let word = self.word()?;
        Type::from_name(word).ok_or_else(|| format!("`{word}` is not a type"))
    }
}

fn hex(word: &str) -> Option<u64> {
    u64::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}

impl Parser<'_> {
    fn line(
        &mut self,
        line: &str,
        phis: &mut Vec<(IrRef, u32)>,
        uses: &mut Vec<u32>,
    ) -> Parsed<()> {
        let mut cursor = Cursor { rest: line };
        if cursor.eat("field ") {
            return self.field(&mut cursor);
        }
        if cursor.eat("helper ") {
            return self.helper(&mut cursor);
        }
        if cursor.eat("trace ") {
            self.trace.mode = match cursor.word()? {
                "single" => Mode::Single,
                "multi" => Mode::Multi,
                other => return Err(format!("`{other}` is not a mode")),
            };
            return end_of_line(&mut cursor);
        }
        if let Some((head, rest)) = line.split_once(':')
            && let Some(id) = head.strip_prefix('s').and_then(|id| id.parse().ok())
        {
            return self.snapshot(id, &mut Cursor { rest });
        }
        self.inst(&mut cursor, phis, uses)
    }

    fn inst(
        &mut self,
        cursor: &mut Cursor<'_>,
        phis: &mut Vec<(IrRef, u32)>,
        uses: &mut Vec<u32>,
    ) -> Parsed<()> {
        let mut result = None;
        if cursor.eat("%") {
            let name: u32 = cursor.number()?;
            cursor.expect(":")?;
            let ty = cursor.value_type()?;
            cursor.expect("=")?;
            result = Some((name, ty));
        }
        let word = cursor.word()?;
        let op = Op::from_name(word).ok_or_else(|| format!("`{word}` is not an operation"))?;
        let info = op.info();
        let ty = result.map_or(Type::Void, |(_, ty)| ty);
        let mut inst = Inst::new(op, ty, &[]);
        let mut first = true;
        if info.imm != Imm::No {
            inst.imm = self.imm(info.imm, cursor)?;
            first = false;
        }
        let mut operands = Vec::new();
        let mut forward = None;
        while !cursor.at_end() && !cursor.rest.starts_with("->") {
            if !first {
                cursor.expect(",")?;
            }
            first = false;
            cursor.expect("%")?;
            let name: u32 = cursor.number()?;
            if op == Op::Phi && operands.len() == 1 {
                forward = Some(name);
                operands.push(IrRef::NONE);
            } else {
                operands.push(
                    *self
                        .names
                        .get(&name)
                        .ok_or_else(|| format!("%{name} is not defined before"))?,
                );
            }
        }
        if info.variadic {
            inst = self.trace.with_list(inst, &operands);
        } else if operands.len() == info.operands.len() {
            inst.args[..operands.len()].copy_from_slice(&operands);
        } else {
            return Err(format!(
                "{} has {} operands, not {}",
                info.name,
                info.operands.len(),
                operands.len()
            ));
        }
        if cursor.eat("->") {
            let word = cursor.word()?;
            let id = word.strip_prefix('s').and_then(|id| id.parse().ok());
            let id = id.ok_or_else(|| format!("`{word}` is not a snapshot"))?;
            // Snapshots come after the instructions; their numbers are given out in the order of first use.
            inst.snap = self.snapshot_id(id);
            uses.push(id);
        }
        end_of_line(cursor)?;
        if (info.result == Kind::Void) != result.is_none() && !info.variadic {
            return Err(format!(
                "{} {} a result",
                info.name,
                if result.is_some() { "has not" } else { "has" }
            ));
        }
        let r = self.trace.push(inst);
        if let Some((name, _)) = result
            && self.names.insert(name, r).is_some()
        {
            return Err(format!("%{name} is defined twice"));
        }
        if let Some(name) = forward {
            phis.push((r, name));
        }
        Ok(())
    }

    fn imm(&mut self, kind: Imm, cursor: &mut Cursor<'_>) -> Parsed<u64> {
        Ok(match kind {
            Imm::No => 0,
            Imm::Int => cursor.number::<i64>()?.cast_unsigned(),
            Imm::Float => {
                let word = cursor.word()?;
                match hex(word) {
                    Some(bits) => bits,
                    None => word
                        .parse::<f64>()
                        .map_err(|_| format!("`{word}` is not a double"))?
                        .to_bits(),
                }
            }
            Imm::Bool => match cursor.word()? {
                "false" => 0,
                "true" => 1,
                other => return Err(format!("`{other}` is not a truth value")),
            },
            Imm::Key => cursor.key()?,
            Imm::Slot => u64::from(cursor.number::<u16>()?),
            Imm::Field => u64::from(self.field_id(cursor)?),
            Imm::Helper => {
                let name = cursor.word()?;
                u64::from(
                    self.env
                        .helper_named(name)
                        .ok_or_else(|| format!("no helper `{name}`"))?
                        .0,
                )
            }
            Imm::Trace => {
                let word = cursor.word()?;
                let id = word.strip_prefix('T').and_then(|id| id.parse::<u32>().ok());
                u64::from(id.ok_or_else(|| format!("`{word}` is not a trace"))?)
            }
        })
    }

    fn field_id(&self, cursor: &mut Cursor<'_>) -> Parsed<u32> {
        let name = cursor.word()?;
        Ok(self
            .env
            .field_named(name)
            .ok_or_else(|| format!("no field `{name}`"))?
            .0)
    }

    /// The number of a snapshot in the trace; a place is made for it at its first use.
    fn snapshot_id(&mut self, name: u32) -> SnapId {
        *self
            .snapshots
            .entry(name)
            .or_insert_with(|| self.trace.push_snapshot(Snapshot::default()))
    }

    fn snapshot(&mut self, name: u32, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let mut snapshot = Snapshot::default();
        while cursor.eat("[") {
            let code = cursor.number()?;
            cursor.expect("@")?;
            let pc = cursor.number()?;
            cursor.expect(":")?;
            let mut slots = Vec::new();
            while !cursor.eat("]") {
                if !slots.is_empty() {
                    cursor.expect(",")?;
                }
                let slot = cursor.number()?;
                cursor.expect("=")?;
                slots.push((slot, self.snap_value(cursor)?));
            }
            snapshot.frames.push(FrameState { code, pc, slots });
        }
        while cursor.eat("{") {
            let shape = cursor.key()?;
            cursor.expect(":")?;
            let mut fields = Vec::new();
            while !cursor.eat("}") {
                if !fields.is_empty() {
                    cursor.expect(",")?;
                }
                let field = self.field_id(cursor)?;
                cursor.expect("=")?;
                fields.push((field, self.snap_value(cursor)?));
            }
            snapshot.sunk.push(SunkObject { shape, fields });
        }
        end_of_line(cursor)?;
        if !self.defined.insert(name) {
            return Err(format!("s{name} is defined twice"));
        }
        let id = self.snapshot_id(name);
        if let Some(place) = self.trace.snapshot_mut(id) {
            *place = snapshot;
        }
        Ok(())
    }

    fn snap_value(&mut self, cursor: &mut Cursor<'_>) -> Parsed<SnapValue> {
        let mut how = Rebuild::Word;
        if !cursor.eat("%") {
            match cursor.word()? {
                "sunk" => return Ok(SnapValue::Sunk(cursor.number()?)),
                "unbound" => return Ok(SnapValue::Unbound),
                word => {
                    let found = Rebuild::ALL.iter().find(|(_, name)| *name == word);
                    how = found.ok_or_else(|| format!("`{word}` is not a value"))?.0;
                }
            }
            cursor.expect("%")?;
        }
        let name: u32 = cursor.number()?;
        let r = *self
            .names
            .get(&name)
            .ok_or_else(|| format!("%{name} is not defined"))?;
        Ok(SnapValue::Ir(r, how))
    }

    /// `field list.len: i64 at 32 width 8 alias list racy`
    fn field(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let name = cursor.word()?.to_owned();
        cursor.expect(":")?;
        let ty = cursor.value_type()?;
        cursor.expect("at")?;
        let offset = cursor.number()?;
        cursor.expect("width")?;
        let width = cursor.number()?;
        cursor.expect("alias")?;
        let alias = cursor.word()?;
        let alias = self.env.alias(alias).ok_or("too many alias classes")?;
        let word = cursor.word()?;
        let mutability = Mutability::ALL.iter().find(|(_, name)| *name == word);
        let mutability = mutability
            .ok_or_else(|| format!("`{word}` is not a mutability"))?
            .0;
        end_of_line(cursor)?;
        self.env.fields.push(FieldDesc {
            name,
            ty,
            offset,
            width,
            alias,
            mutability,
        });
        Ok(())
    }

    /// `helper list_append(obj, val) -> bool: raises allocates reads list writes list`
    fn helper(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let name = cursor.word()?.to_owned();
        cursor.expect("(")?;
        let mut params = Vec::new();
        while !cursor.eat(")") {
            if !params.is_empty() {
                cursor.expect(",")?;
            }
            params.push(cursor.value_type()?);
        }
        cursor.expect("->")?;
        let result = match cursor.word()? {
            "void" => Type::Void,
            word => Type::from_name(word).ok_or_else(|| format!("`{word}` is not a type"))?,
        };
        cursor.expect(":")?;
        let mut effects = HelperEffects::default();
        while !cursor.at_end() {
            match cursor.word()? {
                "pure" => effects.pure_function = true,
                "raises" => effects.raises = true,
                "python" => effects.runs_python = true,
                "allocates" => effects.allocates = true,
                "safepoint" => effects.safepoint = true,
                word @ ("reads" | "writes") => {
                    let set = match cursor.word()? {
                        "all" => AliasSet::ALL,
                        alias => {
                            AliasSet::of(self.env.alias(alias).ok_or("too many alias classes")?)
                        }
                    };
                    let place = if word == "reads" {
                        &mut effects.reads
                    } else {
                        &mut effects.writes
                    };
                    *place = place.with(set);
                }
                other => return Err(format!("`{other}` is not an effect")),
            }
        }
        self.env.helpers.push(HelperDesc {
            name,
            address: 0,
            params,
            result,
            effects,
        });
        Ok(())
    }
}

fn end_of_line(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if cursor.at_end() {
        Ok(())
    } else {
        Err(format!("`{}` is too much", cursor.rest))
    }
}
