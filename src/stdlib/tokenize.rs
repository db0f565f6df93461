//! Module `_tokenize`: the tokens of a source text, from the parser's own lexer.

use crate::builtins::int;
use crate::builtins::str::{self, StrObj};
use crate::builtins::tuple;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{FnDef, Tracer, TypeInit};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;
use ruff_python_ast::PythonVersion;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One token: its type by name, text, start and end as (line, column), and its line.
struct Item {
    kind: &'static str,
    text: String,
    start: (usize, usize),
    end: (usize, usize),
    line: String,
}

/// Payload. The text is read when the first token is asked for.
pub struct TokenizerObj {
    readline: Slot,
    encoding: Slot,
    extra: bool,
    items: OnceLock<Vec<Item>>,
    next: AtomicUsize,
}

impl Trace for TokenizerObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.readline);
        t.slot(&self.encoding);
    }
}

crate::native_type!(
    /// The type `_tokenize.TokenizerIter`.
    pub TOKENIZER: TokenizerObj = "_tokenize.TokenizerIter", base crate::object::base::OBJECT, flags 0, init init_tokenizer
);

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_tokenize");
    m.ty(&TOKENIZER);
    m.finish()
}

static NEW: FnDef = FnDef::new(
    "tokenizeriter",
    "(readline, /, *, encoding=None, extra_tokens=False)",
    Bound(|py, _| Ok(py.none())),
);

fn init_tokenizer(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, ty, args| {
        let bound = NEW.bind(py, args)?;
        let a = Val::from_words(&bound);
        let payload = TokenizerObj {
            readline: Slot::new(a[0].to_obj()),
            encoding: a[1]
                .not_none()
                .map_or(Slot::empty(), |e| Slot::new(e.to_obj())),
            extra: a[2].given().map_or(Ok(false), |e| ops::truth(py, e))?,
            items: OnceLock::new(),
            next: AtomicUsize::new(0),
        };
        Ok(py.alloc_in(ty, payload))
    });
    s.iter.set(|_, v| Ok(v.to_obj()));
    s.next.set(|py, v| {
        let t = v.cast::<TokenizerObj>();
        if t.items.get().is_none() {
            let text = read(py, t)?;
            // A thread that was faster has read the text; this one's is empty then.
            let _ = t.items.set(tokens(&text, t.extra));
        }
        // Relaxed: each value is handed out once.
        let i = t.next.fetch_add(1, Ordering::Relaxed);
        let Some(item) = t.items.get().and_then(|items| items.get(i)) else {
            return Ok(None);
        };
        item_tuple(py, item).map(Some)
    });
}

/// The whole text, line by line from `readline`.
fn read(py: &Py, t: &TokenizerObj) -> PyResult<String> {
    let mut text = String::new();
    loop {
        let line = match ops::call0(py, &t.readline.obj()) {
            Ok(l) => l,
            Err(e) if e.is(&crate::builtins::exceptions::STOP_ITERATION) => return Ok(text),
            Err(e) => return Err(e),
        };
        let line = match t.encoding.get() {
            Some(enc) if line.get::<StrObj>().is_none() => {
                let decode = ops::getattr_str(py, &line, "decode")?;
                ops::call1(py, &decode, &enc)?
            }
            _ => line,
        };
        let Some(s) = line.get::<StrObj>() else {
            return Err(py.type_error(format!(
                "readline() returned a non-string object: {}",
                line.ty().name()
            )));
        };
        if s.is_empty() {
            return Ok(text);
        }
        text.push_str(&s.lossy());
    }
}

fn kind_name(kind: TokenKind, text: &str) -> &'static str {
    match kind {
        TokenKind::Int | TokenKind::Float | TokenKind::Complex => "NUMBER",
        TokenKind::String => "STRING",
        TokenKind::FStringStart => "FSTRING_START",
        TokenKind::FStringMiddle => "FSTRING_MIDDLE",
        TokenKind::FStringEnd => "FSTRING_END",
        TokenKind::TStringStart => "TSTRING_START",
        TokenKind::TStringMiddle => "TSTRING_MIDDLE",
        TokenKind::TStringEnd => "TSTRING_END",
        TokenKind::Comment => "COMMENT",
        TokenKind::Newline => "NEWLINE",
        TokenKind::NonLogicalNewline => "NL",
        TokenKind::Indent => "INDENT",
        TokenKind::Dedent => "DEDENT",
        TokenKind::EndOfFile => "ENDMARKER",
        TokenKind::Name => "NAME",
        k if k.is_keyword() => "NAME",
        TokenKind::Unknown if text.starts_with(|c: char| c.is_alphabetic() || c == '_') => "NAME",
        _ => "OP",
    }
}

/// The tokens of a text. `extra` asks for comments and blank lines too.
fn tokens(text: &str, extra: bool) -> Vec<Item> {
    if u32::try_from(text.len()).is_err() {
        return Vec::new();
    }
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY314);
    let parsed = parse_unchecked(text, options);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut starts = Vec::with_capacity(lines.len());
    let mut at = 0;
    for l in &lines {
        starts.push(at);
        at += l.len();
    }
    let position = |offset: usize| -> (usize, usize) {
        let row = starts.partition_point(|&s| s <= offset).max(1);
        let start = starts.get(row - 1).copied().unwrap_or(0);
        (
            row,
            text.get(start..offset).map_or(0, |t| t.chars().count()),
        )
    };
    let mut out = Vec::new();
    for token in parsed.tokens().iter() {
        let range = token.range();
        let (from, to) = (range.start().to_usize(), range.end().to_usize());
        let piece = text.get(from..to).unwrap_or("");
        let kind = kind_name(token.kind(), piece);
        if !extra && matches!(kind, "COMMENT" | "NL") {
            continue;
        }
        let (start, mut end) = (position(from), position(to));
        let line = lines.get(start.0 - 1).copied().unwrap_or("");
        let mut shown = piece.to_string();
        let (start, line) = match kind {
            "ENDMARKER" => {
                end = (lines.len() + 1, 0);
                shown.clear();
                (end, "")
            }
            "DEDENT" => {
                shown.clear();
                end = start;
                (start, line)
            }
            "NEWLINE" | "NL" => {
                end = (start.0, start.1 + piece.chars().count().max(1));
                (start, line)
            }
            _ => (start, line),
        };
        out.push(Item {
            kind,
            text: shown,
            start,
            end,
            line: line.to_string(),
        });
    }
    out
}

fn item_tuple(py: &Py, item: &Item) -> PyResult<Obj> {
    let numbers = crate::import::import(py, "token")?;
    let kind = ops::getattr_str(py, &numbers, item.kind)?;
    let place = |p: (usize, usize)| {
        tuple::new(py, vec![int::from_usize(py, p.0), int::from_usize(py, p.1)])
    };
    let (text, line) = (str::new(py, &item.text), str::new(py, &item.line));
    Ok(tuple::new(
        py,
        vec![kind, text, place(item.start), place(item.end), line],
    ))
}
