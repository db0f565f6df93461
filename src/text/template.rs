//! The template language of `str.format`: literal text and replacement fields, and inside a field the path
//! of attributes and items. Looking things up is the caller's business.
//!
//! A format specification may hold fields again; the caller formats it first, with one level less.

use super::CodeUnit;
use super::unicode::decimal;
use std::ops::Range;

/// A malformed template: the text of the ValueError.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TemplateError(pub &'static str);

type Result<T> = std::result::Result<T, TemplateError>;

/// A replacement field, as ranges of the template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// What is formatted, for [`path`].
    pub name: Range<usize>,
    /// The character after `!`.
    pub conversion: Option<u32>,
    /// The format specification.
    pub spec: Range<usize>,
    /// Whether the specification has fields.
    pub nested: bool,
}

/// Literal text, then maybe a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Text to copy; doubled braces are already single in it.
    pub literal: Range<usize>,
    /// The field after it.
    pub field: Option<Field>,
}

/// Iterator over the parts of a template.
pub struct Parts<'a, C> {
    text: &'a [C],
    at: usize,
}

/// Parse a template, or the range of one that is a nested specification.
pub fn parts<C: CodeUnit>(text: &[C]) -> Parts<'_, C> {
    Parts { text, at: 0 }
}

fn is(cp: u32, byte: u8) -> bool {
    cp == u32::from(byte)
}

impl<C: CodeUnit> Iterator for Parts<'_, C> {
    type Item = Result<Part>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let result = self.part();
        if result.is_err() {
            self.at = self.text.len();
        }
        Some(result)
    }
}

impl<C: CodeUnit> Parts<'_, C> {
    fn take(&mut self) -> Option<u32> {
        let cp = self.text.get(self.at)?.cp();
        self.at += 1;
        Some(cp)
    }

    fn part(&mut self) -> Result<Part> {
        let start = self.at;
        let mut brace = None;
        while let Some(cp) = self.take() {
            if is(cp, b'{') || is(cp, b'}') {
                brace = Some(cp);
                break;
            }
        }
        let Some(brace) = brace else {
            return Ok(Part {
                literal: start..self.at,
                field: None,
            });
        };
        let end = self.at - 1;
        let next = self.text.get(self.at).map(|c| c.cp());
        if next == Some(brace) {
            // A doubled brace stands for itself.
            self.at += 1;
            return Ok(Part {
                literal: start..end + 1,
                field: None,
            });
        }
        if is(brace, b'}') {
            return Err(TemplateError("Single '}' encountered in format string"));
        }
        if next.is_none() {
            return Err(TemplateError("Single '{' encountered in format string"));
        }
        let field = self.field()?;
        Ok(Part {
            literal: start..end,
            field: Some(field),
        })
    }

    fn field(&mut self) -> Result<Field> {
        let start = self.at;
        let mut in_brackets = false;
        let mut last = None;
        while let Some(cp) = self.take() {
            last = Some(cp);
            if in_brackets {
                in_brackets = !is(cp, b']');
            } else if is(cp, b'{') {
                return Err(TemplateError("unexpected '{' in field name"));
            } else if is(cp, b'[') {
                in_brackets = true;
            } else if is(cp, b'}') || is(cp, b':') || is(cp, b'!') {
                break;
            }
            last = None;
        }
        let Some(stop) = last else {
            return Err(TemplateError("expected '}' before end of string"));
        };
        let mut field = Field {
            name: start..self.at - 1,
            conversion: None,
            spec: self.at - 1..self.at - 1,
            nested: false,
        };
        if is(stop, b'}') {
            return Ok(field);
        }
        if is(stop, b'!') {
            const LOOKING: TemplateError =
                TemplateError("end of string while looking for conversion specifier");
            field.conversion = Some(self.take().ok_or(LOOKING)?);
            match self.take() {
                Some(cp) if is(cp, b'}') => return Ok(field),
                Some(cp) if is(cp, b':') => {}
                Some(_) => return Err(TemplateError("expected ':' after conversion specifier")),
                None => {}
            }
        }
        let spec = self.at;
        let mut open = 0_usize;
        while let Some(cp) = self.take() {
            if is(cp, b'{') {
                field.nested = true;
                open += 1;
            } else if is(cp, b'}') {
                if open == 0 {
                    field.spec = spec..self.at - 1;
                    return Ok(field);
                }
                open -= 1;
            }
        }
        Err(TemplateError("unmatched '{' in format spec"))
    }
}

/// A name or a number in a field's path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Key {
    /// All digits.
    Index(usize),
    /// Anything else, as a range of the field's name; empty for automatic numbering (first key only).
    Name(Range<usize>),
}

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// `.name`
    Attribute(Range<usize>),
    /// `[key]`
    Item(Key),
}

/// Split a field's name into its first key and the steps after it.
pub fn path<C: CodeUnit>(name: &[C]) -> Result<(Key, Steps<'_, C>)> {
    let end = name
        .iter()
        .position(|c| is(c.cp(), b'.') || is(c.cp(), b'['))
        .unwrap_or(name.len());
    Ok((key(name, 0..end)?, Steps { name, at: end }))
}

fn key<C: CodeUnit>(name: &[C], range: Range<usize>) -> Result<Key> {
    let mut index = 0_usize;
    for c in &name[range.clone()] {
        let Some(digit) = decimal(c.cp()) else {
            return Ok(Key::Name(range));
        };
        let next = index
            .checked_mul(10)
            .and_then(|v| v.checked_add(usize::from(digit)));
        let next = next.filter(|v| isize::try_from(*v).is_ok());
        index = next.ok_or(TemplateError("Too many decimal digits in format string"))?;
    }
    Ok(if range.is_empty() {
        Key::Name(range)
    } else {
        Key::Index(index)
    })
}

/// Iterator over the steps of a path.
pub struct Steps<'a, C> {
    name: &'a [C],
    at: usize,
}

impl<C: CodeUnit> Iterator for Steps<'_, C> {
    type Item = Result<Step>;

    fn next(&mut self) -> Option<Self::Item> {
        let kind = self.name.get(self.at)?.cp();
        self.at += 1;
        let result = self.step(kind);
        if result.is_err() {
            self.at = self.name.len();
        }
        Some(result)
    }
}

impl<C: CodeUnit> Steps<'_, C> {
    fn step(&mut self, kind: u32) -> Result<Step> {
        const EMPTY: TemplateError = TemplateError("Empty attribute in format string");
        let start = self.at;
        let rest = &self.name[start..];
        if is(kind, b'.') {
            let len = rest
                .iter()
                .position(|c| is(c.cp(), b'.') || is(c.cp(), b'['))
                .unwrap_or(rest.len());
            self.at += len;
            return if len == 0 {
                Err(EMPTY)
            } else {
                Ok(Step::Attribute(start..self.at))
            };
        }
        if !is(kind, b'[') {
            return Err(TemplateError(
                "Only '.' or '[' may follow ']' in format field specifier",
            ));
        }
        let len = rest.iter().position(|c| is(c.cp(), b']'));
        let len = len.ok_or(TemplateError("Missing ']' in format string"))?;
        self.at += len + 1;
        if len == 0 {
            return Err(EMPTY);
        }
        Ok(Step::Item(key(self.name, start..start + len)?))
    }
}

/// Numbering of fields without a key: automatic and explicit numbers do not mix.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Numbering {
    /// Nothing numbered yet.
    #[default]
    Unknown,
    /// Automatic; the next number.
    Automatic(usize),
    /// Explicit.
    Manual,
}

impl Numbering {
    /// The number for a field without a key.
    pub fn automatic(&mut self) -> Result<usize> {
        let next = match self {
            Self::Unknown => 0,
            Self::Automatic(next) => *next,
            Self::Manual => {
                let text =
                    "cannot switch from manual field specification to automatic field numbering";
                return Err(TemplateError(text));
            }
        };
        *self = Self::Automatic(next + 1);
        Ok(next)
    }

    /// Note a field with an explicit number.
    pub fn manual(&mut self) -> Result<()> {
        if matches!(self, Self::Automatic(_)) {
            let text = "cannot switch from automatic field numbering to manual field specification";
            return Err(TemplateError(text));
        }
        *self = Self::Manual;
        Ok(())
    }
}
