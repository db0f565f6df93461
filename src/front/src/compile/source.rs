//! Source text: decoding by byte-order mark and coding cookie (PEP 263), newline translation, and the line
//! index that turns byte offsets into line and column.

use super::error::SyntaxError;

/// Decoded source with `\n` newlines only, and the offsets of its lines.
pub struct Source {
    text: String,
    /// Byte offset of the first byte of every line.
    lines: Vec<u32>,
    ascii: bool,
}

/// A position as CPython counts it: line from 1, column from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LineCol {
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-8 bytes, from 0.
    pub col: u32,
}

impl Source {
    /// Takes decoded text, translates its newlines and indexes its lines.
    pub fn new(text: String) -> Self {
        let text = normalize_newlines(text);
        let mut lines = vec![0];
        lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        let ascii = text.is_ascii();
        Source { text, lines, ascii }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Number of lines; a text that ends in a newline has an empty last line.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// Line and byte column of a byte offset.
    pub fn line_col(&self, offset: u32) -> LineCol {
        let line = self.lines.partition_point(|&start| start <= offset) - 1;
        LineCol {
            line: line as u32 + 1,
            col: offset - self.lines[line],
        }
    }

    /// As [`Source::line_col`], starting the search at the line found last.
    pub fn line_col_near(&self, offset: u32, hint: &mut usize) -> LineCol {
        let mut line = (*hint).min(self.lines.len() - 1);
        if self.lines[line] <= offset {
            let mut steps = 0;
            while line + 1 < self.lines.len() && self.lines[line + 1] <= offset {
                line += 1;
                steps += 1;
                if steps > 8 {
                    line = self.lines.partition_point(|&start| start <= offset) - 1;
                    break;
                }
            }
        } else {
            line = self.lines.partition_point(|&start| start <= offset) - 1;
        }
        *hint = line;
        LineCol {
            line: line as u32 + 1,
            col: offset - self.lines[line],
        }
    }

    /// Line (from 1) and character column (from 1) of a byte offset, as `SyntaxError.offset` counts.
    pub fn line_char(&self, offset: u32) -> (u32, u32) {
        let at = self.line_col(offset);
        if self.ascii {
            return (at.line, at.col + 1);
        }
        let start = self.lines[at.line as usize - 1] as usize;
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        (at.line, self.text[start..end].chars().count() as u32 + 1)
    }

    /// Byte offset at which line `line` (from 1) starts.
    pub fn line_start(&self, line: u32) -> u32 {
        self.lines[(line as usize - 1).min(self.lines.len() - 1)]
    }

    /// Text of line `line` (from 1) with its newline, if it has one.
    pub fn line_text(&self, line: u32) -> &str {
        if line == 0 || line as usize > self.lines.len() {
            return "";
        }
        let start = self.lines[line as usize - 1] as usize;
        let end = self
            .lines
            .get(line as usize)
            .map_or(self.text.len(), |&end| end as usize);
        &self.text[start..end]
    }
}

/// `\r\n` and lone `\r` become `\n`, as the tokenizer of CPython translates them.
fn normalize_newlines(text: String) -> String {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\r') {
        out.push_str(&rest[..at]);
        out.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    out.push_str(rest);
    out
}

/// Decodes source bytes by their byte-order mark or coding cookie; UTF-8 otherwise.
pub fn decode(bytes: &[u8]) -> Result<String, SyntaxError> {
    let (bytes, bom) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    if memchr::memchr(0, bytes).is_some() {
        return Err(SyntaxError::without_position(
            "source code string cannot contain null bytes",
        ));
    }
    let cookie = find_cookie(bytes);
    let encoding = match cookie {
        None => Encoding::Utf8,
        Some(name) => {
            let name = String::from_utf8_lossy(name).into_owned();
            let normal = normalize_name(&name);
            if normal == "utf-8" {
                Encoding::Utf8
            } else {
                if bom {
                    return Err(SyntaxError {
                        lineno: Some(1),
                        offset: Some(0),
                        end_lineno: Some(1),
                        end_offset: Some(0),
                        ..SyntaxError::without_position(&format!(
                            "encoding problem: {normal} with BOM"
                        ))
                    });
                }
                match normal.as_str() {
                    "iso-8859-1" => Encoding::Latin1,
                    "ascii" | "us-ascii" => Encoding::Ascii,
                    _ => match encoding_rs::Encoding::for_label(normal.as_bytes()) {
                        Some(table) => Encoding::Table(table),
                        None => {
                            return Err(SyntaxError {
                                lineno: Some(0),
                                offset: Some(-1),
                                ..SyntaxError::without_position(&format!(
                                    "unknown encoding: {name}"
                                ))
                            });
                        }
                    },
                }
            }
        }
    };
    match encoding {
        Encoding::Utf8 => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(not_utf8(bytes, error.valid_up_to())),
        },
        Encoding::Latin1 => Ok(bytes.iter().map(|&byte| byte as char).collect()),
        Encoding::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
            None => Ok(String::from_utf8_lossy(bytes).into_owned()),
            Some(at) => Err(SyntaxError {
                lineno: Some(0),
                offset: Some(-1),
                ..SyntaxError::without_position(&format!(
                    "'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                    bytes[at]
                ))
            }),
        },
        Encoding::Table(table) => {
            let (text, malformed) = table.decode_without_bom_handling(bytes);
            if malformed {
                return Err(SyntaxError {
                    lineno: Some(0),
                    offset: Some(-1),
                    ..SyntaxError::without_position(&format!(
                        "'{}' codec can't decode the source",
                        table.name().to_ascii_lowercase()
                    ))
                });
            }
            Ok(text.into_owned())
        }
    }
}

enum Encoding {
    Utf8,
    Latin1,
    Ascii,
    Table(&'static encoding_rs::Encoding),
}

fn not_utf8(bytes: &[u8], at: usize) -> SyntaxError {
    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline);
    let line = memchr::memchr_iter(b'\n', &bytes[..at]).count() as i64 + 1;
    let column = String::from_utf8_lossy(&bytes[start..at]).chars().count() as i64 + 1;
    SyntaxError {
        lineno: Some(line),
        offset: Some(column),
        end_lineno: Some(line),
        end_offset: Some(column),
        text: Some(String::from_utf8_lossy(&bytes[start..end]).into_owned()),
        ..SyntaxError::without_position(&format!(
            "Non-UTF-8 code starting with '\\x{:02x}' on line {line}, but no encoding declared; \
             see https://peps.python.org/pep-0263/ for details",
            bytes[at]
        ))
    }
}

/// The encoding named by a comment in one of the first two lines; the first line must be blank or a comment
/// for the second to count.
fn find_cookie(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    for _ in 0..2 {
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        if let Some(name) = cookie_in_line(line) {
            return Some(name);
        }
        let blank = line
            .iter()
            .find(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'))
            .is_none_or(|&byte| byte == b'#');
        if !blank || end == rest.len() {
            return None;
        }
        rest = &rest[end + 1..];
        if bytes.get(end) == Some(&b'\r') {
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
    }
    None
}

fn cookie_in_line(line: &[u8]) -> Option<&[u8]> {
    let start = line
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'))?;
    if line[start] != b'#' {
        return None;
    }
    let comment = &line[start..];
    for at in memchr::memmem::find_iter(comment, b"coding") {
        let rest = &comment[at + 6..];
        let Some((b':' | b'=', rest)) = rest.split_first() else {
            continue;
        };
        let skip = rest
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t'))
            .unwrap_or(rest.len());
        let rest = &rest[skip..];
        let length = rest
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || b"-_.".contains(byte)))
            .unwrap_or(rest.len());
        if length > 0 {
            return Some(&rest[..length]);
        }
    }
    None
}

/// Spellings of UTF-8 and Latin-1 become the two names that CPython uses.
fn normalize_name(name: &str) -> String {
    let lower: String = name
        .chars()
        .take(12)
        .map(|c| {
            if c == '_' {
                '-'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    if lower == "utf-8" || lower.starts_with("utf-8-") || lower == "utf8" {
        "utf-8".to_owned()
    } else if ["latin-1", "iso-8859-1", "iso-latin-1"]
        .iter()
        .any(|known| lower == *known || lower.starts_with(&format!("{known}-")))
        || matches!(lower.as_str(), "latin1" | "l1" | "8859" | "cp819")
    {
        "iso-8859-1".to_owned()
    } else {
        name.to_ascii_lowercase().replace('_', "-")
    }
}

/// An upper bound of the depth of the syntax tree of `text`, from one pass over its bytes: tokens since the
/// last comma of every open bracket, summed. Strings count by the braces in them (nested f-strings).
pub fn nesting_bound(text: &str) -> usize {
    let bytes = text.as_bytes();
    // Per open bracket: tokens since its last comma, tokens that a comma does not take back.
    let mut levels: Vec<(usize, usize)> = vec![(0, 0)];
    let mut below = 0usize;
    let mut max = 0usize;
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        let top = levels.len() - 1;
        match byte {
            b' ' | b'\t' | b'\x0c' => {
                i += 1;
                continue;
            }
            b'\n' => {
                if levels.len() == 1 {
                    levels[0] = (0, 0);
                }
                i += 1;
                continue;
            }
            b'#' => {
                i = memchr::memchr(b'\n', &bytes[i..]).map_or(bytes.len(), |n| i + n);
                continue;
            }
            b'\\' => {
                i += 2;
                continue;
            }
            b'(' | b'[' | b'{' => {
                levels[top].0 += 1;
                below += levels[top].0 + levels[top].1;
                levels.push((1, 0));
                i += 1;
            }
            b')' | b']' | b'}' => {
                if levels.len() > 1 {
                    levels.pop();
                    let top = levels.len() - 1;
                    below -= levels[top].0 + levels[top].1;
                }
                i += 1;
            }
            b',' => {
                levels[top].0 = 0;
                i += 1;
            }
            b'\'' | b'"' => {
                let triple = bytes[i..].starts_with(&[byte, byte, byte]);
                let width = if triple { 3 } else { 1 };
                i += width;
                while i < bytes.len() {
                    let c = bytes[i];
                    if c == b'\\' {
                        i += 2;
                        continue;
                    }
                    if c == byte && (!triple || bytes[i..].starts_with(&[byte, byte, byte])) {
                        i += width;
                        break;
                    }
                    if c == b'\n' && !triple {
                        break;
                    }
                    if c == b'{' {
                        levels[top].1 += 1;
                    }
                    i += 1;
                }
            }
            _ if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => {
                let start = i;
                while i < bytes.len()
                    && (bytes[i].is_ascii_alphanumeric() || bytes[i] == b'_' || bytes[i] >= 0x80)
                {
                    i += 1;
                }
                if &bytes[start..i] == b"lambda" {
                    levels[top].1 += 1;
                } else {
                    levels[top].0 += 1;
                }
            }
            _ => {
                levels[top].0 += 1;
                i += 1;
            }
        }
        let top = levels.len() - 1;
        max = max.max(below + levels[top].0 + levels[top].1);
    }
    max
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns() {
        let source = Source::new("a\r\nb\u{e9}c\rd".to_owned());
        assert_eq!(source.text(), "a\nb\u{e9}c\nd");
        assert_eq!(source.line_col(2), LineCol { line: 2, col: 0 });
        assert_eq!(source.line_char(5), (2, 3));
        assert_eq!(source.line_text(2), "b\u{e9}c\n");
        let mut hint = 0;
        assert_eq!(
            source.line_col_near(7, &mut hint),
            LineCol { line: 3, col: 0 }
        );
        assert_eq!(
            source.line_col_near(0, &mut hint),
            LineCol { line: 1, col: 0 }
        );
    }

    #[test]
    fn cookies() {
        assert_eq!(
            decode(b"# coding: latin-1\nx='\xe9'").unwrap(),
            "# coding: latin-1\nx='\u{e9}'"
        );
        assert_eq!(
            decode(b"\n# -*- coding=utf8 -*-\n").unwrap(),
            "\n# -*- coding=utf8 -*-\n"
        );
        let error = decode(b"# coding: foo\n").unwrap_err();
        assert_eq!(error.msg, "unknown encoding: foo");
        let error = decode(b"x=1\ny=\"\xff\"\n").unwrap_err();
        assert_eq!((error.lineno, error.offset), (Some(2), Some(4)));
        assert!(decode(b"a\0b").is_err());
    }

    #[test]
    fn nesting() {
        assert!(nesting_bound("a + b\n") < 5);
        assert!(nesting_bound(&"1,".repeat(1000)) < 5);
        assert!(nesting_bound(&"(".repeat(1000)) >= 1000);
        assert!(nesting_bound(&"-".repeat(1000)) >= 1000);
        assert!(nesting_bound(&"lambda a, b: ".repeat(1000)) >= 1000);
        assert!(nesting_bound(&"f\"{".repeat(1000)) >= 500);
    }
}
