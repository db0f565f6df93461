//! The pure-Python standard library, packed into the binary by `build.rs`.
//!
//! Layout of the archive (little-endian): fingerprint u64, number of files u32, bytes of names u32,
//! bytes of code u32, 0u32; one row of seven u32 per file, sorted by path (name offset, name length, source
//! offset, packed length, length, code offset, code length); the names; the code images of the modules; the
//! sources, each deflated on its own. Paths are relative, with slashes: `json/decoder.py`.
//!
//! Code images are used where they lie, so an import costs the pages of that module only. Sources are
//! unpacked for tracebacks, `inspect` and optimized modes.

use flate2::{Decompress, FlushDecompress, Status};
use std::borrow::Cow;

static ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/stdlib.pack"));

const HEADER: usize = 24;
const ROW: usize = 28;

fn u32_at(at: usize) -> usize {
    let bytes = &ARCHIVE[at..at + 4];
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize
}

/// Number of files.
#[must_use]
pub fn len() -> usize {
    u32_at(8)
}

/// Changes whenever a file changes; keys caches of compiled modules.
#[must_use]
pub fn fingerprint() -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&ARCHIVE[..8]);
    u64::from_le_bytes(bytes)
}

fn names_start() -> usize {
    HEADER + len() * ROW
}

fn path_bytes(number: usize) -> &'static [u8] {
    let row = HEADER + number * ROW;
    let start = names_start() + u32_at(row);
    &ARCHIVE[start..start + u32_at(row + 4)]
}

/// Number of the first file whose path is not below `path`.
fn lower_bound(path: &[u8]) -> usize {
    let (mut low, mut high) = (0, len());
    while low < high {
        let middle = (low + high) / 2;
        if path_bytes(middle) < path {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn find(path: &str) -> Option<usize> {
    let number = lower_bound(path.as_bytes());
    (number < len() && path_bytes(number) == path.as_bytes()).then_some(number)
}

/// Whether there is a file with this path.
#[must_use]
pub fn is_file(path: &str) -> bool {
    find(path).is_some()
}

/// Length of a file without unpacking it.
#[must_use]
pub fn file_len(path: &str) -> Option<usize> {
    find(path).map(|number| u32_at(HEADER + number * ROW + 16))
}

/// Compiled code of a module (`bytecode::image`), unless it is compiled at import.
#[must_use]
pub fn code(path: &str) -> Option<&'static [u8]> {
    let row = HEADER + find(path)? * ROW;
    let start = names_start() + u32_at(12) + u32_at(row + 20);
    let code = &ARCHIVE[start..start + u32_at(row + 24)];
    (!code.is_empty()).then_some(code)
}

/// Contents of a file.
#[must_use]
pub fn get(path: &str) -> Option<Cow<'static, [u8]>> {
    let row = HEADER + find(path)? * ROW;
    let sources = names_start() + u32_at(12) + u32_at(16);
    let start = sources + u32_at(row + 8);
    let packed = &ARCHIVE[start..start + u32_at(row + 12)];
    let mut unpacked = Vec::with_capacity(u32_at(row + 16));
    if unpacked.capacity() == 0 {
        return Some(Cow::Borrowed(&[]));
    }
    let status =
        Decompress::new(false).decompress_vec(packed, &mut unpacked, FlushDecompress::Finish);
    matches!(status, Ok(Status::StreamEnd)).then_some(Cow::Owned(unpacked))
}

fn prefix_of(folder: &str) -> String {
    let folder = folder.trim_end_matches('/');
    if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    }
}

/// Whether there is a folder with this path; the root is the empty path.
#[must_use]
pub fn is_dir(folder: &str) -> bool {
    let prefix = prefix_of(folder);
    let number = lower_bound(prefix.as_bytes());
    number < len() && path_bytes(number).starts_with(prefix.as_bytes())
}

/// Names in a folder, sorted as paths are; with true for a folder.
#[must_use]
pub fn list(folder: &str) -> Vec<(&'static str, bool)> {
    let prefix = prefix_of(folder);
    let mut found: Vec<(&'static str, bool)> = Vec::new();
    for number in lower_bound(prefix.as_bytes())..len() {
        let Some(rest) = path_bytes(number).strip_prefix(prefix.as_bytes()) else {
            break;
        };
        let Ok(rest) = std::str::from_utf8(rest) else {
            continue;
        };
        let entry = match rest.split_once('/') {
            Some((name, _)) => (name, true),
            None => (rest, false),
        };
        if found.last() != Some(&entry) {
            found.push(entry);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders() {
        assert!(len() > 500);
        let source = get("abc.py").unwrap();
        assert_eq!(Some(source.len()), file_len("abc.py"));
        assert!(source.windows(13).any(|w| w == b"class ABCMeta"));
        assert!(get("json/decoder.py").is_some());
        assert!(get("json").is_none() && get("nothing.py").is_none() && get("").is_none());
        assert!(
            is_dir("json") && is_dir("json/") && is_dir("") && !is_dir("jso") && !is_dir("abc.py")
        );
        assert!(!is_dir("tkinter") && !is_file("turtle.py"));
        let root = list("");
        assert!(root.contains(&("json", true)) && root.contains(&("abc.py", false)));
        assert!(list("json").contains(&("__init__.py", false)));
        assert!(list("jso").is_empty());
    }

    #[test]
    fn every_file_unpacks() {
        for number in 0..len() {
            let path = std::str::from_utf8(path_bytes(number)).unwrap();
            if let Some(code) = code(path) {
                assert!(
                    crate::bytecode::image::Image::checked(code.to_vec()).is_some(),
                    "{path}"
                );
            } else {
                assert!(!path.ends_with(".py"), "{path}");
            }
            assert_eq!(get(path).unwrap().len(), file_len(path).unwrap(), "{path}");
        }
    }

    #[test]
    fn names_this_interpreter() {
        for path in ["site.py", "sysconfig/__init__.py"] {
            let source = get(path).unwrap();
            assert!(
                !String::from_utf8_lossy(&source)
                    .to_lowercase()
                    .contains("rustpython"),
                "{path}"
            );
        }
    }
}
