//! Source lines for tracebacks: from registered texts (`-c`, interactive input, packed modules) or from files.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Largest file that is read for the sake of a traceback.
const MAX_FILE: u64 = 64 << 20;

static REGISTERED: Mutex<Option<HashMap<String, Arc<str>>>> = Mutex::new(None);

/// Remembers the text of a source that is no file. A later text of the same name replaces it.
pub fn register(filename: &str, text: &str) {
    REGISTERED
        .lock()
        .get_or_insert_default()
        .insert(filename.to_string(), text.into());
}

/// Lines of the sources that one traceback shows.
#[derive(Default)]
pub struct Lines(HashMap<String, Option<Vec<String>>>);

impl Lines {
    /// Line `n` (from 1) without trailing white space; `None` if the source or the line cannot be had.
    pub fn get(&mut self, filename: &str, n: u32) -> Option<&str> {
        if !self.0.contains_key(filename) {
            self.0.insert(filename.to_string(), load(filename));
        }
        self.0
            .get(filename)?
            .as_ref()?
            .get(n.checked_sub(1)? as usize)
            .map(|l| l.trim_end())
    }
}

fn load(filename: &str) -> Option<Vec<String>> {
    let registered = REGISTERED
        .lock()
        .as_ref()
        .and_then(|r| r.get(filename).cloned());
    if let Some(t) = registered {
        return Some(split(&t));
    }
    if filename.starts_with('<') && filename.ends_with('>') {
        return None;
    }
    let meta = std::fs::metadata(filename).ok()?;
    if !meta.is_file() || meta.len() > MAX_FILE {
        return None;
    }
    let bytes = std::fs::read(filename).ok()?;
    // A source in an encoding that is not known, or with bytes that do not fit it, is shown as far as it can be read.
    let text = crate::compile::source::decode(&bytes).unwrap_or_else(|_| {
        let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        String::from_utf8_lossy(body).into_owned()
    });
    Some(split(&text))
}

/// Lines that end in `\n`, `\r\n` or `\r`.
fn split(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n")
        .split(['\n', '\r'])
        .map(str::to_string)
        .collect()
}

/// Removes the white space that all lines (those of white space only aside, which become empty) start with.
pub fn dedent(lines: &mut [String]) {
    let mut margin: Option<String> = None;
    for l in lines.iter_mut() {
        let rest = l.trim_start_matches([' ', '\t']);
        if rest.is_empty() {
            l.clear();
            continue;
        }
        let indent = &l[..l.len() - rest.len()];
        margin = Some(match margin {
            None => indent.to_string(),
            Some(m) => m
                .chars()
                .zip(indent.chars())
                .take_while(|(a, b)| a == b)
                .map(|(a, _)| a)
                .collect(),
        });
    }
    let n = margin.map_or(0, |m| m.len());
    for l in lines.iter_mut().filter(|l| !l.is_empty()) {
        l.drain(..n);
    }
}
