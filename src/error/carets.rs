//! The marks under the source of a traceback entry: which part of the line the instruction came from (PEP 657).
//!
//! `~~~^~~`: for a binary operation the carets are under the operator, for a subscript or call under the brackets; other
//! instructions have carets throughout. All columns here are characters, not bytes.

use super::source::dedent;
use crate::bytecode::code::Position;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

/// Where the carets are within the marked text; line numbers are relative to its first line.
struct Anchors {
    left: (usize, usize),
    right: (usize, usize),
}

/// The lines to show for source lines `original` (from the instruction's first to its last line) with their marks.
/// `None` if the position does not fit the source.
pub fn render(original: &[String], pos: Position) -> Option<Vec<String>> {
    let (first, last) = (original.first()?, original.last()?);
    let start = chars_before(first, pos.col as usize);
    let end = chars_before(last, pos.end_col as usize);
    let mut lines = original.to_vec();
    dedent(&mut lines);
    let removed = count(first).saturating_sub(count(&lines[0]));
    let (start, end) = (start.saturating_sub(removed), end.saturating_sub(removed));
    let n = lines.len();
    let (from, to) = (
        display_width(&lines[0], start),
        display_width(&lines[n - 1], end),
    );
    let segment = segment(&lines, start, end);
    let anchors = find_anchors(&segment);
    let show = should_show(&lines, start, end, anchors.is_some());

    let mut significant = vec![0, n - 1];
    let mut marks = None;
    if let Some(a) = &anchors {
        let column = |(line, col): (usize, usize)| {
            let col = if line == 0 { col + start } else { col };
            Some((line, display_width(lines.get(line)?, col)))
        };
        let (l, r) = (column(a.left)?, column(a.right)?);
        for line in [l.0, r.0] {
            significant.extend(line.saturating_sub(1)..(line + 2).min(n));
        }
        marks = Some((l, r));
    }
    significant.sort_unstable();
    significant.dedup();

    let mut out = Vec::new();
    let line_out = |out: &mut Vec<String>, i: usize| {
        out.push(lines[i].clone());
        if show {
            out.push(mark_line(
                &lines[i],
                i,
                if i == n - 1 {
                    to
                } else {
                    display_width(&lines[i], usize::MAX)
                },
                from,
                marks,
            ));
        }
    };
    let mut previous = None;
    for &i in &significant {
        if let Some(p) = previous {
            match i - p {
                2 => line_out(&mut out, i - 1),
                gap if gap > 2 => out.push(format!("...<{} lines>...", gap - 1)),
                _ => {}
            }
        }
        line_out(&mut out, i);
        previous = Some(i);
    }
    dedent(&mut out);
    Some(out)
}

type Column = (usize, usize);

/// The marks under line `i`: up to column `end`, from `from` on if it is the first line.
fn mark_line(
    line: &str,
    i: usize,
    end: usize,
    from: usize,
    marks: Option<(Column, Column)>,
) -> String {
    let indent = count(line) - count(line.trim_start());
    (0..end)
        .map(|col| match marks {
            _ if col < indent || i == 0 && col < from => ' ',
            Some((l, r)) if (i, col) >= l && (i, col) < r => '^',
            Some(_) => '~',
            None => '^',
        })
        .collect()
}

fn count(s: &str) -> usize {
    s.chars().count()
}

/// Number of characters in the first `bytes` bytes.
fn chars_before(s: &str, bytes: usize) -> usize {
    s.char_indices().take_while(|&(i, _)| i < bytes).count()
}

/// Columns that the first `n` characters take on a terminal.
fn display_width(s: &str, n: usize) -> usize {
    if s.is_ascii() {
        // Without an offset, the whole line.
        return if n == usize::MAX { s.len() } else { n };
    }
    let wide = |c: char| matches!(crate::text::unicode::east_asian_width(c as u32), "W" | "F");
    s.chars().take(n).map(|c| 1 + wide(c) as usize).sum()
}

/// The marked text.
fn segment(lines: &[String], start: usize, end: usize) -> String {
    let text: Vec<char> = lines.join("\n").chars().collect();
    let tail = count(&lines[lines.len() - 1]).saturating_sub(end);
    let stop = text.len().saturating_sub(tail);
    text.get(start.min(stop)..stop)
        .unwrap_or_default()
        .iter()
        .collect()
}

/// The lines of a text as characters, with conversion from byte offsets.
struct Grid {
    lines: Vec<Vec<char>>,
    starts: Vec<usize>,
    text: String,
}

impl Grid {
    fn new(text: &str) -> Grid {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(i, _)| i + 1));
        Grid {
            lines: text.split('\n').map(|l| l.chars().collect()).collect(),
            starts,
            text: text.to_string(),
        }
    }
    /// Line and column of a byte offset.
    fn place(&self, offset: usize) -> Option<Column> {
        let line = self
            .starts
            .partition_point(|&s| s <= offset)
            .checked_sub(1)?;
        Some((
            line,
            self.text.get(self.starts[line]..offset)?.chars().count(),
        ))
    }
    /// The place itself or, past the end of a line, the start of the next one that is not empty.
    fn valid(&self, (mut line, mut col): Column) -> Option<Column> {
        while line < self.lines.len() && col >= self.lines[line].len() {
            col = 0;
            line += 1;
        }
        (line < self.lines.len()).then_some((line, col))
    }
    /// The first character from there on that `stop` accepts, comments and continuation marks skipped.
    fn search(&self, at: Column, stop: impl Fn(char) -> bool) -> Option<Column> {
        let (mut line, mut col) = at;
        loop {
            let c = *self.lines.get(line)?.get(col)?;
            (line, col) = match c {
                '\\' | '#' => self.valid((line + 1, 0))?,
                c if stop(c) => return Some((line, col)),
                _ => self.valid((line, col + 1))?,
            };
        }
    }
}

/// Text that goes before a segment so that it is parsed as an expression over several lines.
const OPEN: &str = "(\n";

fn find_anchors(segment: &str) -> Option<Anchors> {
    let parsed = ruff_python_parser::parse_expression(&format!("{OPEN}{segment}\n)")).ok()?;
    let grid = Grid::new(segment);
    let end_of = |r: &dyn Ranged| grid.place(r.end().to_usize().checked_sub(OPEN.len())?);
    let expr = &*parsed.syntax().body;
    match expr {
        Expr::BinOp(b) => {
            let at = grid.valid(end_of(&*b.left)?)?;
            let (line, col) = grid.search(at, |c| !c.is_whitespace() && c != ')')?;
            let right = grid.place(b.right.start().to_usize().checked_sub(OPEN.len())?)?;
            let mut end = col + 1;
            if let Some(&c) = grid.lines[line].get(end)
                && (right.0 > line || end < right.1)
                && !c.is_whitespace()
                && c != '\\'
                && c != '#'
            {
                end += 1;
            }
            Some(Anchors {
                left: (line, col),
                right: (line, end),
            })
        }
        Expr::Subscript(s) => {
            let at = grid.valid(end_of(&*s.value)?)?;
            Some(Anchors {
                left: grid.search(at, |c| c == '[')?,
                right: end_of(expr)?,
            })
        }
        Expr::Call(c) => {
            let at = grid.valid(end_of(&*c.func)?)?;
            Some(Anchors {
                left: grid.search(at, |c| c == '(')?,
                right: end_of(expr)?,
            })
        }
        _ => None,
    }
}

/// Marks are left out where they would cover all of the line or all of the call in `return f()` and `x = f()`.
fn should_show(lines: &[String], start: usize, end: usize, anchors: bool) -> bool {
    let text = lines.join("\n");
    if let Ok(m) = ruff_python_parser::parse_module(&text) {
        let call = match m.syntax().body.first() {
            None => return false,
            Some(Stmt::Return(r)) => r
                .value
                .as_deref()
                .filter(|v| matches!(v, Expr::Call(c) if c.func.is_name_expr())),
            Some(Stmt::Assign(a)) if matches!(&*a.targets, [t] if t.is_name_expr()) => {
                Some(&*a.value).filter(|v| v.is_call_expr())
            }
            Some(_) => None,
        };
        if let Some(v) = call {
            let grid = Grid::new(&text);
            let (from, to) = (
                grid.place(v.start().to_usize()),
                grid.place(v.end().to_usize()),
            );
            if from == Some((0, start)) && to == Some((lines.len() - 1, end)) {
                return false;
            }
        }
    }
    let before = lines[0].chars().take(start).any(|c| !c.is_whitespace());
    let after = lines[lines.len() - 1]
        .chars()
        .skip(end)
        .any(|c| !c.is_whitespace());
    anchors || before || after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(line: &str, col: u32, end_col: u32) -> Vec<String> {
        render(
            &[line.to_string()],
            Position {
                line: 1,
                end_line: 1,
                col,
                end_col,
            },
        )
        .unwrap()
    }

    #[test]
    fn binary_operator() {
        assert_eq!(marks("    x = a + b", 8, 13), ["x = a + b", "    ~~^~~"]);
        assert_eq!(marks("a // b", 0, 6), ["a // b", "~~^^~~"]);
    }

    #[test]
    fn subscript_and_call() {
        assert_eq!(marks("y = d[1][2]", 4, 11), ["y = d[1][2]", "    ~~~~^^^"]);
        assert_eq!(marks("g(f(1), 2)", 0, 10), ["g(f(1), 2)", "~^^^^^^^^^"]);
    }

    #[test]
    fn whole_line_and_plain_calls() {
        assert_eq!(marks("raise E", 0, 7), ["raise E"]);
        assert_eq!(marks("return f(1)", 7, 11), ["return f(1)"]);
        assert_eq!(marks("x = f(1)", 4, 8), ["x = f(1)"]);
        assert_eq!(
            marks("return x.f(1)", 7, 13),
            ["return x.f(1)", "       ~~~^^^"]
        );
        assert_eq!(marks("foo(bar)", 4, 7), ["foo(bar)", "    ^^^"]);
    }
}
