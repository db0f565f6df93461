//! Text of uncaught exceptions, as CPython prints them: chains, tracebacks with source lines and marks, groups, notes.
//!
//! Everything that programs can influence (`__str__`, `__notes__`, long chains, cyclic ones) is treated as hostile: errors
//! while printing are replaced by a text, and nothing here recurses deeper than the nesting of groups that is shown.

use super::carets;
use super::source::Lines;
use crate::builtins::code::CodeObj;
use crate::builtins::exceptions::{BASE_EXCEPTION_GROUP, ExcObj, SYNTAX_ERROR, group};
use crate::builtins::frame::FrameObj;
use crate::builtins::int;
use crate::builtins::list::ListObj;
use crate::builtins::str::StrObj;
use crate::builtins::traceback::{self, TracebackObj};
use crate::builtins::tuple::TupleObj;
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::thread::Py;
use std::collections::HashSet;

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";
/// Equal entries shown before they are counted instead.
const REPEATS: usize = 3;
/// Exceptions of one group that are shown.
const GROUP_WIDTH: usize = 15;
/// Nesting of groups that is shown.
const GROUP_DEPTH: usize = 10;
/// Source lines of one entry that are looked at.
const MAX_SPAN: u32 = 1000;

/// An exception of the chain, and what belongs to it, by position in the list.
struct Node {
    exc: Obj,
    cause: Option<usize>,
    context: Option<usize>,
    group: Option<Vec<usize>>,
}

/// Finds everything to print, each exception of a chain once.
fn collect(exc: &Val) -> Vec<Node> {
    let node = |e: &Val| Node {
        exc: e.to_obj(),
        cause: None,
        context: None,
        group: None,
    };
    let mut seen = HashSet::from([exc.id()]);
    let mut nodes = vec![node(exc)];
    let mut todo = vec![0];
    while let Some(i) = todo.pop() {
        let e = nodes[i].exc.clone();
        let Some(x) = e.get::<ExcObj>() else { continue };
        let mut chained = |nodes: &mut Vec<Node>, next: Option<Obj>| {
            let next = next.filter(|n| seen.insert(n.id()))?;
            nodes.push(node(&next));
            Some(nodes.len() - 1)
        };
        let cause = chained(&mut nodes, x.cause.get());
        let context = if cause.is_none() && !x.suppresses_context() {
            chained(&mut nodes, x.context.get())
        } else {
            None
        };
        todo.extend(cause);
        todo.extend(context);
        (nodes[i].cause, nodes[i].context) = (cause, context);
        if BASE_EXCEPTION_GROUP.check(&e) {
            let mut members = Vec::new();
            for m in group::exceptions(&e) {
                // A group that contains itself through a member's chain ends where it is met again.
                seen.insert(m.id());
                nodes.push(node(&m));
                members.push(nodes.len() - 1);
            }
            todo.extend(&members);
            nodes[i].group = Some(members);
        }
    }
    nodes
}

struct Printer<'a> {
    py: &'a Py,
    nodes: Vec<Node>,
    lines: Lines,
    limit: Option<usize>,
    out: String,
    depth: usize,
    need_close: bool,
}

/// The whole text of an exception: causes, traceback, message, notes.
pub fn format(py: &Py, exc: &Val) -> String {
    print_nodes(py, collect(exc))
}

/// The text of one exception without what it was caused by.
pub fn format_single(py: &Py, exc: &Val) -> String {
    print_nodes(
        py,
        vec![Node {
            exc: exc.to_obj(),
            cause: None,
            context: None,
            group: None,
        }],
    )
}

fn print_nodes(py: &Py, nodes: Vec<Node>) -> String {
    let limit = super::sys_attr(py, "tracebacklimit")
        .filter(|l| int::INT.check(l))
        .map(|l| {
            int::view(&l)
                .and_then(|n| n.to_i64())
                .map_or(usize::MAX, |n| n.max(0) as usize)
        });
    let mut p = Printer {
        py,
        nodes,
        lines: Lines::default(),
        limit,
        out: String::new(),
        depth: 0,
        need_close: false,
    };
    p.chain(0);
    p.out
}

/// Prints an uncaught exception to `sys.stderr`, or to file descriptor 2 if that is not usable.
pub fn print(py: &Py, exc: &Val) {
    let text = format(py, exc);
    write_stderr(py, &text);
}

/// Writes to `sys.stderr`; if there is none or it fails, to file descriptor 2. Nothing if `sys.stderr` is None.
pub fn write_stderr(py: &Py, text: &str) {
    let raw = || eprint!("{text}");
    let Some(file) = super::sys_attr(py, "stderr") else {
        return raw();
    };
    if file.is_none() {
        return;
    }
    let written =
        ops::getattr(py, &file, &names::write).and_then(|w| ops::call1(py, &w, &py.str(text)));
    match written {
        Ok(_) => {
            // An error here leaves the text in the file's buffer.
            let _ = ops::call_method(py, &file, &names::flush, &[]);
        }
        Err(_) => raw(),
    }
}

/// The text of a value, or a replacement if its `__str__` fails.
fn safe_str(py: &Py, v: &Val, what: &str) -> String {
    match ops::str(py, v) {
        Ok(s) => text_of(&s),
        Err(_) => format!("<{what} str() failed>"),
    }
}

/// Text for a stream that cannot take surrogates: they are escaped.
fn text_of(v: &Val) -> String {
    let Some(s) = v.get::<StrObj>() else {
        return String::new();
    };
    match s.to_utf8() {
        Some(t) => t.into_owned(),
        None => s
            .chars()
            .map(|c| char::from_u32(c).map_or_else(|| format!("\\u{c:04x}"), String::from))
            .collect(),
    }
}

fn attr_text(py: &Py, v: &Val, name: &Val) -> Option<String> {
    let x = ops::getattr_opt(py, v, name).ok().flatten()?;
    x.get::<StrObj>().map(|_| text_of(&x))
}

/// Name of the exception's class, with its module unless that is obvious.
pub fn type_text(py: &Py, exc: &Val) -> String {
    let ty = exc.ty().to_obj();
    let name =
        attr_text(py, &ty, &names::__qualname__).unwrap_or_else(|| exc.ty().name().into_owned());
    match attr_text(py, &ty, &names::__module__) {
        Some(m) if m == "builtins" || m == "__main__" => name,
        Some(m) => format!("{m}.{name}"),
        None => format!("<unknown>.{name}"),
    }
}

impl Printer<'_> {
    /// Adds text at the current nesting of groups.
    fn emit(&mut self, text: &str, margin: char) {
        if self.depth == 0 {
            self.out.push_str(text);
            return;
        }
        for line in text.split_inclusive('\n') {
            self.out.push_str(&" ".repeat(2 * self.depth));
            self.out.push(margin);
            self.out.push(' ');
            self.out.push_str(line);
        }
    }

    /// Prints an exception after those that led to it.
    fn chain(&mut self, start: usize) {
        let mut list = Vec::new();
        let mut at = Some(start);
        while let Some(i) = at {
            let n = &self.nodes[i];
            let (message, next) = match (n.cause, n.context) {
                (Some(c), _) => (Some(CAUSE), Some(c)),
                (None, Some(c)) => (Some(CONTEXT), Some(c)),
                (None, None) => (None, None),
            };
            list.push((message, i));
            at = next;
        }
        for (message, i) in list.into_iter().rev() {
            if let Some(m) = message {
                self.emit(m, '|');
            }
            match self.nodes[i].group.clone() {
                None => self.one(i, "Traceback (most recent call last):\n", '|'),
                Some(_) if self.depth > GROUP_DEPTH => {
                    self.emit(&format!("... (max_group_depth is {GROUP_DEPTH})\n"), '|')
                }
                Some(members) => self.group(i, &members),
            }
        }
    }

    fn one(&mut self, i: usize, header: &str, margin: char) {
        let exc = self.nodes[i].exc.clone();
        let stack = self.stack(&exc);
        if !stack.is_empty() {
            self.emit(header, margin);
            self.emit(&stack, '|');
        }
        let text = self.exception_only(&exc);
        self.emit(&text, '|');
    }

    fn group(&mut self, i: usize, members: &[usize]) {
        let top = self.depth == 0;
        self.depth += top as usize;
        self.one(
            i,
            "Exception Group Traceback (most recent call last):\n",
            if top { '+' } else { '|' },
        );
        let shown = members.len().min(GROUP_WIDTH + 1);
        self.need_close = false;
        for (k, &m) in members.iter().take(shown).enumerate() {
            let last = k + 1 == shown;
            // A group inside may close for both.
            self.need_close |= last;
            let title = if k < GROUP_WIDTH {
                (k + 1).to_string()
            } else {
                "...".to_string()
            };
            self.out.push_str(&" ".repeat(2 * self.depth));
            self.out.push_str(if k == 0 { "+-" } else { "  " });
            self.out
                .push_str(&format!("+---------------- {title} ----------------\n"));
            self.depth += 1;
            if k < GROUP_WIDTH {
                self.chain(m);
            } else {
                let n = members.len() - GROUP_WIDTH;
                self.emit(
                    &format!("and {n} more exception{}\n", if n > 1 { "s" } else { "" }),
                    '|',
                );
            }
            if last && self.need_close {
                self.out.push_str(&" ".repeat(2 * self.depth));
                self.out.push_str("+------------------------------------\n");
                self.need_close = false;
            }
            self.depth -= 1;
        }
        if top {
            self.depth = 0;
        }
    }

    /// The entries of an exception's traceback.
    fn stack(&mut self, exc: &Val) -> String {
        let Some(tb) = exc.get::<ExcObj>().and_then(|e| e.traceback.get()) else {
            return String::new();
        };
        let all = traceback::entries(&tb, 1 << 20);
        let skip = self.limit.map_or(0, |l| all.len().saturating_sub(l));
        let mut out = String::new();
        let mut last: Option<(String, Option<u32>, String)> = None;
        let mut times = 0;
        for t in &all[skip..] {
            let Some((file, name, entry)) = entry_of(t) else {
                continue;
            };
            let key = (file, entry.lineno(), name);
            if last.as_ref() != Some(&key) {
                repeated(&mut out, times);
                times = 0;
            }
            times += 1;
            if times <= REPEATS {
                self.entry(&mut out, &key.0, &key.2, entry);
            }
            last = Some(key);
        }
        repeated(&mut out, times);
        out
    }

    fn entry(&mut self, out: &mut String, file: &str, name: &str, t: &TracebackObj) {
        let line = t.lineno();
        let shown = line.map_or("None".to_string(), |n| n.to_string());
        let interactive = file.starts_with("<stdin-") && file.ends_with('>');
        let display = if interactive { "<stdin>" } else { file };
        out.push_str(&format!("  File \"{display}\", line {shown}, in {name}\n"));
        let Some(line) = line else { return };
        let pos = t.position().filter(|p| p.line == line);
        let last = pos.map_or(line, |p| {
            p.end_line.clamp(line, line.saturating_add(MAX_SPAN))
        });
        let source: Vec<String> = (line..=last)
            .map(|n| self.lines.get(file, n).unwrap_or("").to_string())
            .collect();
        if source.iter().all(|l| l.trim().is_empty()) {
            return;
        }
        let known = pos.filter(|p| p.end_line == last && (p.end_col > 0 || p.col > 0));
        let lines = known
            .and_then(|p| carets::render(&source, p))
            .unwrap_or_else(|| vec![source[0].trim().to_string()]);
        for l in lines {
            out.push_str("    ");
            out.push_str(&l);
            out.push('\n');
        }
    }

    /// The exception's own lines: type and message, notes.
    fn exception_only(&mut self, exc: &Val) -> String {
        let ty = type_text(self.py, exc);
        let mut out = if SYNTAX_ERROR.check(exc) {
            self.syntax_error(exc, &ty)
        } else {
            let mut text = safe_str(self.py, exc, "exception");
            if let Some(s) = super::suggest::suggestion(self.py, exc) {
                text.push_str(&s);
            }
            if text.is_empty() {
                format!("{ty}\n")
            } else {
                format!("{ty}: {text}\n")
            }
        };
        let notes = match ops::getattr_opt(self.py, exc, &names::__notes__) {
            Ok(None) => return out,
            Ok(Some(n)) => n,
            Err(e) => {
                let e = ops::repr_text(self.py, &e.0)
                    .unwrap_or_else(|_| "<__notes__ repr() failed>".to_string());
                out.push_str(&format!("Ignored error getting __notes__: {e}\n"));
                return out;
            }
        };
        let list = match (notes.get::<ListObj>(), notes.get::<TupleObj>()) {
            (Some(l), _) => l.to_vec(),
            (_, Some(t)) => t.items().iter().map(Val::to_obj).collect(),
            _ if notes.is_none() => return out,
            _ => {
                let text = ops::repr_text(self.py, &notes)
                    .unwrap_or_else(|_| "<__notes__ repr() failed>".to_string());
                out.push_str(&format!("{text}\n"));
                return out;
            }
        };
        for n in list {
            out.push_str(&safe_str(self.py, &n, "note"));
            out.push('\n');
        }
        out
    }

    fn syntax_error(&mut self, exc: &Val, ty: &str) -> String {
        let Some(e) = exc.get::<ExcObj>() else {
            return String::new();
        };
        let field = |i: usize| e.extra[i].get().filter(|v| !v.is_none());
        let number = |i: usize| field(i).and_then(|v| int::view(&v).and_then(|n| n.to_i64()));
        let filename = field(1)
            .map(|f| safe_str(self.py, &f, "filename"))
            .filter(|f| !f.is_empty());
        let lineno = field(2).map(|n| safe_str(self.py, &n, "lineno"));
        let end_lineno = field(5).map(|n| safe_str(self.py, &n, "end_lineno"));
        let mut out = String::new();
        let mut suffix = String::new();
        match (&lineno, &filename) {
            (Some(n), f) => out.push_str(&format!(
                "  File \"{}\", line {n}\n",
                f.as_deref().unwrap_or("<string>")
            )),
            (None, Some(f)) => suffix = format!(" ({f})"),
            (None, None) => {}
        }
        if let Some(text) = field(4).filter(|t| t.get::<StrObj>().is_some()) {
            let text = text_of(&text);
            let same_line = lineno == end_lineno;
            show_spot(
                &mut out,
                &text,
                field(3).is_some(),
                number(3),
                number(6).filter(|&n| n != 0),
                same_line,
            );
        }
        let msg = match e.extra[0].get() {
            Some(m) if !m.is_none() => Some(safe_str(self.py, &m, "msg")).filter(|m| !m.is_empty()),
            _ => None,
        };
        let msg = msg.unwrap_or_else(|| "<no detail available>".to_string());
        out.push_str(&format!("{ty}: {msg}{suffix}\n"));
        out
    }
}

/// The line of a syntax error, with carets under the part from `offset` to `end` (from 1).
fn show_spot(
    out: &mut String,
    text: &str,
    has_offset: bool,
    offset: Option<i64>,
    end: Option<i64>,
    same_line: bool,
) {
    let line: Vec<char> = text.trim_end_matches('\n').chars().collect();
    let spaces = line
        .iter()
        .take_while(|c| matches!(c, ' ' | '\n' | '\u{c}'))
        .count();
    let shown = &line[spaces..];
    let plain: String = shown.iter().collect();
    if !has_offset {
        out.push_str(&format!("    {plain}\n"));
        return;
    }
    let Some(mut offset) = offset else { return };
    let (len, full) = (line.len() as i64 + 1, text.chars().count() as i64);
    let mut end = if same_line {
        end.unwrap_or(offset)
    } else {
        len
    };
    if full > 0 && offset > full {
        offset = len;
    }
    if full > 0 && end > full {
        end = len;
    }
    if offset >= end || end < 0 {
        end = offset.saturating_add(1);
    }
    let first = offset.saturating_sub(1 + spaces as i64);
    out.push_str(&format!("    {plain}\n"));
    if first >= 0 {
        // Tabs stay tabs, so that the carets stand under the text.
        let pad = shown
            .iter()
            .take(first as usize)
            .map(|&c| if c.is_whitespace() { c } else { ' ' });
        let pad: String = pad.collect();
        out.push_str(&format!(
            "    {pad}{}\n",
            "^".repeat((end - offset) as usize)
        ));
    }
}

/// File, function and entry of a traceback object.
fn entry_of(t: &Val) -> Option<(String, String, &TracebackObj)> {
    let entry = t.get::<TracebackObj>()?;
    let frame = entry.frame.get()?;
    let code = frame.get::<FrameObj>()?.code.clone();
    let code = code.get::<CodeObj>()?;
    let text = |v: &Val| crate::builtins::str::lossy(v).into_owned();
    Some((text(&code.filename()), text(code.co_name()), entry))
}

fn repeated(out: &mut String, times: usize) {
    if times > REPEATS {
        let n = times - REPEATS;
        out.push_str(&format!(
            "  [Previous line repeated {n} more time{}]\n",
            if n > 1 { "s" } else { "" }
        ));
    }
}
