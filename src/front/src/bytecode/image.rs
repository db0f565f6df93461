//! Code images: a code unit with everything nested in it as one block of bytes, small enough to be kept in memory in place of
//! the unit, and readable code by code, so that a function costs little until it is called.
//!
//! ```text
//! strings | records | offset of the records u32, root record u32, file name u32
//! ```
//!
//! A string is a length (doubled; odd: four-byte code points) and its bytes; it is named by its offset. A record is one code
//! unit; nested ones come before the record that holds them. Numbers are in groups of seven bits, lowest first; signed ones
//! are folded (0, -1, 1, -2, ...).
//!
//! **Invariant:** readers never fail on an image made by [`Image::new`], or accepted by [`Image::checked`].

use super::code::{CodeUnit, Const, ExceptionEntry, Position, cf};
use super::instr::Instr;
use num_bigint::BigInt;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Deepest nesting of constants and of code that is read.
const MAX_DEPTH: usize = 2000;
const TRAILER: usize = 12;

/// A code image.
#[derive(Clone, Debug)]
pub struct Image(Cow<'static, [u8]>);

/// What a function needs to know about its code before it is called.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    pub name: &'a str,
    pub qualname: &'a str,
    pub first_line: u32,
    pub flags: u32,
    pub posonly_count: u32,
    pub arg_count: u32,
    pub kwonly_count: u32,
    pub slots: u32,
    /// Numbers of variables, cells and free variables.
    pub counts: [u32; 3],
    body: usize,
}

/// The rest of a code unit.
#[derive(Debug)]
pub struct Body<'a> {
    /// Names of variables, cells and free variables, in slot order.
    pub slot_names: Vec<&'a str>,
    pub names: Vec<&'a str>,
    pub consts: Vec<ConstRef<'a>>,
    pub words: Vec<u64>,
    pub exceptions: Vec<ExceptionEntry>,
}

/// A constant that may borrow from the image; code is named by its record.
#[derive(Clone, Debug)]
pub enum ConstRef<'a> {
    Plain(Const),
    Str(&'a str),
    Bytes(&'a [u8]),
    Tuple(Vec<ConstRef<'a>>),
    FrozenSet(Vec<ConstRef<'a>>),
    Slice(Vec<ConstRef<'a>>),
    Code(u32),
}

impl Image {
    /// The image of a unit.
    pub fn new(unit: &CodeUnit) -> Image {
        let mut w = Writer::default();
        let filename = w.string(&unit.filename);
        let root = w.unit(unit);
        let mut bytes = w.strings;
        let records = bytes.len() as u32;
        bytes.extend(w.records);
        for n in [records, root, filename] {
            bytes.extend(n.to_le_bytes());
        }
        bytes.shrink_to_fit();
        Image(Cow::Owned(bytes))
    }

    /// An image that is part of the program.
    pub const fn embedded(bytes: &'static [u8]) -> Image {
        Image(Cow::Borrowed(bytes))
    }

    /// An image from outside, after reading all of it and verifying its code.
    pub fn checked(bytes: Vec<u8>) -> Option<Image> {
        let image = Image(Cow::Owned(bytes));
        if image.0.len() < TRAILER || image.records() > image.0.len() - TRAILER {
            return None;
        }
        image.string(image.trailer(2) as usize)?;
        image.check(image.root(), 0)?;
        Some(image)
    }

    fn check(&self, at: u32, depth: usize) -> Option<()> {
        let unit = self.read_unit(at, &Arc::from(""), depth, &mut |_, _| Some(Const::None))?;
        let star = |flag| u32::from(unit.flags & flag != 0);
        let parameters = [unit.kwonly_count, star(cf::VARARGS), star(cf::VARKEYWORDS)];
        let parameters = parameters
            .iter()
            .try_fold(unit.arg_count, |a, &b| a.checked_add(b))?;
        if parameters as usize > unit.varnames.len()
            || unit.posonly_count > unit.arg_count
            || unit.slots > 1 << 16
            || (unit.flags & cf::HAS_DOCSTRING != 0 && unit.consts.is_empty())
        {
            return None;
        }
        super::verify::verify(&unit).ok()?;
        let mut consts = self.read_body(&self.read_head(at)?)?.0.consts;
        while let Some(c) = consts.pop() {
            match c {
                // Nested records come first: this ends.
                ConstRef::Code(inner) if inner < at && depth < MAX_DEPTH => {
                    self.check(inner, depth + 1)?;
                }
                ConstRef::Code(_) => return None,
                ConstRef::Tuple(v) | ConstRef::FrozenSet(v) | ConstRef::Slice(v) => {
                    consts.extend(v);
                }
                _ => {}
            }
        }
        Some(())
    }

    /// The bytes, as [`Image::checked`] takes them.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Record of the outermost code.
    pub fn root(&self) -> u32 {
        self.trailer(1)
    }

    /// The file name of all its code.
    pub fn filename(&self) -> &str {
        self.string(self.trailer(2) as usize).unwrap_or_default()
    }

    /// The head of a record.
    pub fn head(&self, at: u32) -> Head<'_> {
        self.read_head(at).expect("a valid image")
    }

    /// The body of a record.
    pub fn body(&self, at: u32) -> Body<'_> {
        self.read_head(at)
            .and_then(|h| self.read_body(&h))
            .expect("a valid image")
            .0
    }

    /// First words and positions of the runs of equal positions.
    pub fn positions(&self, at: u32) -> Vec<(u32, Position)> {
        self.read_head(at)
            .and_then(|h| {
                let (body, mut r) = self.read_body(&h)?;
                r.positions(h.first_line, body.words.len())
            })
            .expect("a valid image")
    }

    /// The whole unit, with the file name that its code object has.
    pub fn unit(&self, at: u32, filename: &Arc<str>) -> CodeUnit {
        self.read_unit(at, filename, 0, &mut |image, inner| {
            Some(Const::Code(Arc::new(image.unit(inner, filename))))
        })
        .expect("a valid image")
    }

    fn read_unit(
        &self,
        at: u32,
        filename: &Arc<str>,
        depth: usize,
        code: &mut dyn FnMut(&Image, u32) -> Option<Const>,
    ) -> Option<CodeUnit> {
        if depth > MAX_DEPTH {
            return None;
        }
        let head = self.read_head(at)?;
        let (body, mut r) = self.read_body(&head)?;
        let runs = r.positions(head.first_line, body.words.len())?;
        let mut positions = Vec::with_capacity(body.words.len());
        for (i, (start, p)) in runs.iter().enumerate() {
            let end = runs.get(i + 1).map_or(body.words.len(), |n| n.0 as usize);
            positions.resize(end.max(*start as usize), *p);
        }
        let mut lists = body.slot_names.iter().map(|&s| Box::from(s));
        let mut take = |n: u32| lists.by_ref().take(n as usize).collect::<Vec<Box<str>>>();
        let [vars, cells, frees] = head.counts;
        Some(CodeUnit {
            name: head.name.into(),
            qualname: head.qualname.into(),
            filename: filename.clone(),
            first_line: head.first_line,
            flags: head.flags,
            posonly_count: head.posonly_count,
            arg_count: head.arg_count,
            kwonly_count: head.kwonly_count,
            varnames: take(vars),
            cellvars: take(cells),
            freevars: take(frees),
            names: body.names.iter().map(|&s| Box::from(s)).collect(),
            consts: body
                .consts
                .into_iter()
                .map(|c| self.owned(c, code))
                .collect::<Option<_>>()?,
            slots: head.slots,
            words: body.words,
            exceptions: body.exceptions,
            positions,
        })
    }

    fn owned(
        &self,
        c: ConstRef,
        code: &mut dyn FnMut(&Image, u32) -> Option<Const>,
    ) -> Option<Const> {
        let mut all = |v: Vec<ConstRef>| {
            v.into_iter()
                .map(|c| self.owned(c, code))
                .collect::<Option<Vec<_>>>()
        };
        Some(match c {
            ConstRef::Plain(c) => c,
            ConstRef::Str(s) => Const::Str(s.into()),
            ConstRef::Bytes(b) => Const::Bytes(b.into()),
            ConstRef::Tuple(v) => Const::Tuple(all(v)?),
            ConstRef::FrozenSet(v) => Const::FrozenSet(all(v)?),
            ConstRef::Slice(v) => Const::Slice(Box::new(all(v)?.try_into().ok()?)),
            ConstRef::Code(at) => code(self, at)?,
        })
    }

    fn trailer(&self, n: usize) -> u32 {
        let at = self.0.len() - TRAILER + 4 * n;
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.0[at..at + 4]);
        u32::from_le_bytes(bytes)
    }

    fn records(&self) -> usize {
        self.trailer(0) as usize
    }

    fn reader(&self, at: usize) -> Reader<'_> {
        Reader { image: self, at }
    }

    fn string(&self, at: usize) -> Option<&str> {
        let mut r = self.reader(at);
        let n = r.size()?;
        if n & 1 != 0 {
            return None;
        }
        std::str::from_utf8(r.take(n >> 1)?).ok()
    }

    fn read_head(&self, at: u32) -> Option<Head<'_>> {
        let mut r = self.reader(self.records().checked_add(at as usize)?);
        Some(Head {
            name: r.string()?,
            qualname: r.string()?,
            first_line: r.u32()?,
            flags: r.u32()?,
            posonly_count: r.u32()?,
            arg_count: r.u32()?,
            kwonly_count: r.u32()?,
            slots: r.u32()?,
            counts: [r.u32()?, r.u32()?, r.u32()?],
            body: r.at,
        })
    }

    /// The body, and a reader that stands at the positions.
    fn read_body(&self, head: &Head) -> Option<(Body<'_>, Reader<'_>)> {
        let mut r = self.reader(head.body);
        let slots = head
            .counts
            .iter()
            .try_fold(0usize, |n, &c| n.checked_add(c as usize))?;
        let slot_names = r.list(slots, Reader::string)?;
        let n = r.size()?;
        let names = r.list(n, Reader::string)?;
        let n = r.size()?;
        let consts = r.list(n, |r| r.constant(0))?;
        let instructions = r.size()?;
        let mut words = Vec::with_capacity(r.room(instructions)?);
        for _ in 0..instructions {
            let op = r.byte()?;
            let x = r.byte()?;
            let mut field = || r.size().filter(|&n| n <= 0xffff).map(|n| n as u64);
            let word = u64::from(op)
                | u64::from(x) << 8
                | field()? << 16
                | field()? << 32
                | field()? << 48;
            words.push(word);
            for _ in 0..Instr(word).opcode().words() {
                words.push(r.number()?);
            }
        }
        let n = r.size()?;
        let exceptions = r.list(n, |r| {
            Some(ExceptionEntry {
                start: r.u32()?,
                end: r.u32()?,
                handler: r.u32()?,
                depth: u16::try_from(r.u32()?).ok()?,
            })
        })?;
        let body = Body {
            slot_names,
            names,
            consts,
            words,
            exceptions,
        };
        Some((body, r))
    }
}

struct Reader<'a> {
    image: &'a Image,
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let b = *self.image.0.get(self.at)?;
        self.at += 1;
        Some(b)
    }
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let s = self.image.0.get(self.at..self.at.checked_add(n)?)?;
        self.at += n;
        Some(s)
    }
    #[inline]
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(u64::from(first));
        }
        let (mut n, mut shift) = (u64::from(first & 0x7f), 7);
        loop {
            let b = self.byte()?;
            n |= u64::from(b & 0x7f).checked_shl(shift)?;
            if b < 0x80 {
                return Some(n);
            }
            shift += 7;
        }
    }
    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }
    fn u32(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }
    fn signed(&mut self) -> Option<i64> {
        let n = self.number()?;
        Some((n >> 1) as i64 ^ -((n & 1) as i64))
    }
    /// `n`, if that many things of one byte or more can still come.
    fn room(&self, n: usize) -> Option<usize> {
        (n <= self.image.0.len() - self.at).then_some(n)
    }
    fn list<T>(
        &mut self,
        n: usize,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut v = Vec::with_capacity(self.room(n)?);
        for _ in 0..n {
            v.push(read(self)?);
        }
        Some(v)
    }
    fn string(&mut self) -> Option<&'a str> {
        let at = self.size()?;
        self.image.string(at)
    }
    fn float(&mut self) -> Option<f64> {
        let mut b = [0; 8];
        b.copy_from_slice(self.take(8)?);
        Some(f64::from_le_bytes(b))
    }
    fn constant(&mut self, depth: usize) -> Option<ConstRef<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let tag = self.byte()?;
        Some(ConstRef::Plain(match tag {
            b'N' => Const::None,
            b'T' => Const::True,
            b'F' => Const::False,
            b'.' => Const::Ellipsis,
            b'i' => Const::Int(self.signed()?),
            b'l' => {
                let n = self.size()?;
                Const::BigInt(BigInt::from_signed_bytes_le(self.take(n)?))
            }
            b'f' => Const::Float(self.float()?),
            b'c' => Const::Complex(self.float()?, self.float()?),
            b's' => return Some(ConstRef::Str(self.string()?)),
            b'w' => {
                let n = self.size()?;
                let points = self.list(n, |r| r.u32().filter(|&c| c <= 0x10_ffff))?;
                Const::Wide(points.into())
            }
            b'b' => {
                let n = self.size()?;
                return Some(ConstRef::Bytes(self.take(n)?));
            }
            b'(' | b'>' | b':' => {
                let n = self.size()?;
                let v = self.list(n, |r| r.constant(depth + 1))?;
                return match tag {
                    b'(' => Some(ConstRef::Tuple(v)),
                    b'>' => Some(ConstRef::FrozenSet(v)),
                    _ => (n == 3).then_some(ConstRef::Slice(v)),
                };
            }
            b'C' => return Some(ConstRef::Code(self.u32()?)),
            _ => return None,
        }))
    }
    fn positions(&mut self, first_line: u32, words: usize) -> Option<Vec<(u32, Position)>> {
        let n = self.size()?;
        let mut start = 0usize;
        let mut last = Position {
            line: first_line,
            ..Position::default()
        };
        let runs = self.list(n, |r| {
            let here = start as u32;
            let length = r.size()?;
            start = start.checked_add(length >> 1)?;
            if start > words {
                return None;
            }
            if length & 1 == 0 {
                return Some((here, Position::default()));
            }
            let add = |a: u32, d: i64| u32::try_from(i64::from(a).checked_add(d)?).ok();
            last.line = add(last.line, r.signed()?)?;
            last.end_line = add(last.line, r.signed()?)?;
            last.col = add(last.col, r.signed()?)?;
            last.end_col = add(last.col, r.signed()?)?;
            Some((here, last))
        })?;
        (start == words).then_some(runs)
    }
}

#[derive(Default)]
struct Writer {
    strings: Vec<u8>,
    records: Vec<u8>,
    known: HashMap<Box<str>, u32>,
}

fn number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn signed(out: &mut Vec<u8>, n: i64) {
    number(out, (n << 1 ^ n >> 63) as u64);
}

fn bytes(out: &mut Vec<u8>, b: &[u8]) {
    number(out, b.len() as u64);
    out.extend(b);
}

impl Writer {
    fn string(&mut self, s: &str) -> u32 {
        if let Some(&at) = self.known.get(s) {
            return at;
        }
        let at = self.strings.len() as u32;
        number(&mut self.strings, (s.len() as u64) << 1);
        self.strings.extend(s.as_bytes());
        self.known.insert(s.into(), at);
        at
    }

    /// Writes the unit behind those nested in it.
    fn unit(&mut self, u: &CodeUnit) -> u32 {
        let mut out = Vec::new();
        for s in [&u.name, &u.qualname] {
            number(&mut out, self.string(s).into());
        }
        let lists = [&u.varnames, &u.cellvars, &u.freevars];
        for n in [
            u.first_line,
            u.flags,
            u.posonly_count,
            u.arg_count,
            u.kwonly_count,
            u.slots,
        ] {
            number(&mut out, n.into());
        }
        lists.iter().for_each(|l| number(&mut out, l.len() as u64));
        for s in lists.into_iter().flatten() {
            number(&mut out, self.string(s).into());
        }
        number(&mut out, u.names.len() as u64);
        for s in &u.names {
            number(&mut out, self.string(s).into());
        }
        number(&mut out, u.consts.len() as u64);
        for c in &u.consts {
            self.constant(&mut out, c);
        }
        write_words(&mut out, &u.words);
        number(&mut out, u.exceptions.len() as u64);
        for e in &u.exceptions {
            for n in [e.start, e.end, e.handler, e.depth.into()] {
                number(&mut out, n.into());
            }
        }
        write_positions(&mut out, u);
        let at = self.records.len() as u32;
        self.records.extend(out);
        at
    }

    fn constant(&mut self, out: &mut Vec<u8>, c: &Const) {
        let mut list = |out: &mut Vec<u8>, tag: u8, v: &[Const]| {
            out.push(tag);
            number(out, v.len() as u64);
            v.iter().for_each(|c| self.constant(out, c));
        };
        match c {
            Const::None => out.push(b'N'),
            Const::True => out.push(b'T'),
            Const::False => out.push(b'F'),
            Const::Ellipsis => out.push(b'.'),
            Const::Int(n) => {
                out.push(b'i');
                signed(out, *n);
            }
            Const::BigInt(b) => {
                out.push(b'l');
                bytes(out, &b.to_signed_bytes_le());
            }
            Const::Float(d) => {
                out.push(b'f');
                out.extend(d.to_le_bytes());
            }
            Const::Complex(re, im) => {
                out.push(b'c');
                out.extend(re.to_le_bytes());
                out.extend(im.to_le_bytes());
            }
            Const::Str(s) => {
                let at = self.string(s);
                out.push(b's');
                number(out, at.into());
            }
            Const::Wide(v) => {
                out.push(b'w');
                number(out, v.len() as u64);
                v.iter().for_each(|&c| number(out, c.into()));
            }
            Const::Bytes(b) => {
                out.push(b'b');
                bytes(out, b);
            }
            Const::Tuple(v) => list(out, b'(', v),
            Const::FrozenSet(v) => list(out, b'>', v),
            Const::Slice(v) => list(out, b':', &v[..]),
            Const::Code(u) => {
                let at = self.unit(u);
                out.push(b'C');
                number(out, at.into());
            }
        }
    }
}

fn write_words(out: &mut Vec<u8>, words: &[u64]) {
    let (mut text, mut count, mut at) = (Vec::new(), 0, 0);
    while let Some(&word) = words.get(at) {
        let i = Instr(word);
        text.extend([i.op(), i.x()]);
        for field in [i.a(), i.b(), i.c()] {
            number(&mut text, field.into());
        }
        let more = i.opcode().words();
        for &w in words.iter().skip(at + 1).take(more) {
            number(&mut text, w);
        }
        at += 1 + more;
        count += 1;
    }
    number(out, count);
    out.extend(text);
}

fn write_positions(out: &mut Vec<u8>, u: &CodeUnit) {
    let mut text = Vec::new();
    let mut last = Position {
        line: u.first_line,
        ..Position::default()
    };
    let mut runs = 0;
    for run in u.positions.chunk_by(|a, b| a == b) {
        let p = run[0];
        runs += 1;
        number(&mut text, (run.len() as u64) << 1 | u64::from(p.line != 0));
        if p.line == 0 {
            continue;
        }
        for (to, from) in [
            (p.line, last.line),
            (p.end_line, p.line),
            (p.col, last.col),
            (p.end_col, p.col),
        ] {
            signed(&mut text, i64::from(to) - i64::from(from));
        }
        last = p;
    }
    number(out, runs);
    out.extend(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::{Mode, Options, compile};

    const PROGRAM: &str = r#"
"""Doc."""
import os
class A(list):
    x: int = 1
    def f(self, a, /, b=(1, 2.5, 1j, b"x", "\udc80"), *c, d=10**30, **e):
        try:
            return [a for a in b if a in {1, 2, 3}][1:2]
        except (OSError, ValueError) as error:
            raise error from None
        finally:
            print(a, b, sep="", end=...)
async def g():
    async with g() as q:
        yield lambda: q
"#;

    fn compiled() -> CodeUnit {
        compile(PROGRAM, "prog.py", Mode::Exec, &Options::default())
            .unwrap()
            .unit
    }

    #[test]
    fn units_come_back() {
        let unit = compiled();
        let image = Image::new(&unit);
        assert_eq!(image.filename(), "prog.py");
        let again = image.unit(image.root(), &unit.filename);
        assert_eq!(format!("{unit:?}"), format!("{again:?}"));
        let image = Image::checked(image.bytes().to_vec()).unwrap();
        let runs = image.positions(image.root());
        for (i, p) in unit.positions.iter().enumerate() {
            let k = runs.partition_point(|r| r.0 as usize <= i);
            assert_eq!(*p, runs[k - 1].1);
        }
    }

    #[test]
    fn damaged_images_are_refused() {
        let image = Image::new(&compiled());
        let bytes = image.bytes();
        for n in 0..bytes.len() {
            let _ = Image::checked(bytes[..n].to_vec());
            for change in [1, 0x80, 0xff] {
                let mut b = bytes.to_vec();
                b[n] ^= change;
                // Whatever is accepted can be read.
                if let Some(i) = Image::checked(b) {
                    i.unit(i.root(), &Arc::from(""));
                }
            }
        }
    }
}
