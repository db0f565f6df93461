//! The rules of the house that a compiler does not check: sizes of files, comments on unsafe code and on
//! orderings, the direction of dependencies, licences.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// More lines than this make a file hard to hold in the head: split it by family.
const MAX_LINES: usize = 1000;

/// How far above an `unsafe` block or an ordering its comment may be.
const NEAR: usize = 8;

struct Source {
    path: String,
    lines: Vec<String>,
}

impl Source {
    /// Whether one of the lines at most `NEAR` above `at`, or `at` itself, satisfies the condition.
    fn near(&self, at: usize, condition: impl Fn(&str) -> bool) -> bool {
        self.lines[at.saturating_sub(NEAR)..=at]
            .iter()
            .any(|line| condition(line))
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in [
        "src",
        "jit",
        "sync",
        "loom-tests",
        "tests",
        "benches",
        "build.rs",
    ] {
        collect(&root().join(folder), &mut found);
    }
    assert!(found.len() > 20, "the sources were not found");
    found
}

fn collect(path: &Path, found: &mut Vec<Source>) {
    if path.is_dir() {
        if path.file_name().is_some_and(|name| name == "target") {
            return;
        }
        for entry in fs::read_dir(path).expect("folder") {
            collect(&entry.expect("entry").path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let text = fs::read_to_string(path).expect("source");
        found.push(Source {
            path: path
                .strip_prefix(root())
                .unwrap_or(path)
                .display()
                .to_string(),
            lines: text.lines().map(str::to_owned).collect(),
        });
    }
}

/// The code of a line: without its comment, and without the text of simple string literals.
fn code(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars().peekable();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' if in_string => {
                chars.next();
            }
            '"' => in_string = !in_string,
            '/' if !in_string && chars.peek() == Some(&'/') => break,
            _ if in_string => {}
            _ => out.push(c),
        }
    }
    out
}

fn report(what: &str, problems: &[String]) {
    assert!(
        problems.is_empty(),
        "{what}: {} places\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// One problem per line of code for which the check answers true.
fn lines_where(check: impl Fn(&Source, usize, &str) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    for source in sources() {
        for (at, line) in source.lines.iter().enumerate() {
            if check(&source, at, &code(line)) {
                problems.push(format!("{}:{}: {}", source.path, at + 1, line.trim()));
            }
        }
    }
    problems
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut problems = Vec::new();
    for source in sources() {
        if source.lines.len() > MAX_LINES {
            problems.push(format!("{}: {} lines", source.path, source.lines.len()));
        }
        if !source
            .lines
            .first()
            .is_some_and(|line| line.starts_with("//!"))
        {
            problems.push(format!("{}: no head comment", source.path));
        }
    }
    report("files", &problems);
}

#[test]
fn unsafe_code_says_why_it_is_sound() {
    let problems = lines_where(|source, at, code| {
        let block = code.contains("unsafe {") || code.contains("unsafe impl");
        block && !source.near(at, |line| line.contains("SAFETY:"))
    });
    report("unsafe without SAFETY", &problems);
}

#[test]
fn unsafe_functions_say_what_they_need() {
    let problems = lines_where(|source, at, code| {
        let declares = code.contains("unsafe fn ") && !code.contains("=")
            || code.contains("unsafe extern \"C\" fn ");
        if !declares || !code.trim_start().starts_with("pub ") {
            return false;
        }
        // The whole doc comment above, however long it is.
        let docs = source.lines[..at].iter().rev().take_while(|line| {
            let line = line.trim_start();
            line.starts_with("///") || line.starts_with("#[")
        });
        !docs.into_iter().any(|line| line.contains("# Safety"))
    });
    report("public unsafe functions without # Safety", &problems);
}

#[test]
fn relaxed_orderings_are_explained() {
    let problems = lines_where(|source, at, code| {
        source.path.starts_with("sync/")
            && code.contains("Relaxed")
            && !code.trim_start().starts_with("use ")
            && !source.near(at, |line| line.contains("//"))
    });
    report("Relaxed without a comment", &problems);
}

#[test]
fn nothing_is_left_undone() {
    let macros = [
        ["to", "do!"].concat(),
        ["unimple", "mented!"].concat(),
        ["db", "g!("].concat(),
    ];
    let marks = [
        ["FIX", "ME"].concat(),
        ["XX", "X"].concat(),
        ["TO", "DO"].concat(),
    ];
    let allowed = ["TO", "DO(#"].concat();
    let dead = ["allow(dead", "_code)"].concat();
    let mut problems = lines_where(|_, _, code| {
        macros.iter().any(|mark| code.contains(mark)) || code.contains(&dead)
    });
    for source in sources() {
        for (at, line) in source.lines.iter().enumerate() {
            let comment = line.find("//").map_or("", |start| &line[start..]);
            if marks.iter().any(|mark| comment.contains(mark.as_str()))
                && !comment.contains(&allowed)
            {
                problems.push(format!("{}:{}: {}", source.path, at + 1, line.trim()));
            }
        }
    }
    report("unfinished work", &problems);
}

#[test]
fn dependencies_go_one_way() {
    let manifest = |crate_: &str| {
        fs::read_to_string(root().join(crate_).join("Cargo.toml")).expect("manifest")
    };
    let depends = |text: &str, on: &str| {
        text.lines().any(|line| {
            line.split(['=', '.'])
                .next()
                .is_some_and(|name| name.trim() == on)
        })
    };
    let mut problems = Vec::new();
    for (crate_, refused) in [
        ("sync", &["pirn", "pirn-jit", "pirn-front"][..]),
        ("src/front", &["pirn", "pirn-jit", "pirn-sync"]),
        ("jit", &["pirn", "pirn-front"]),
    ] {
        let text = manifest(crate_);
        for on in refused {
            if depends(&text, on) {
                problems.push(format!("{crate_} depends on {on}"));
            }
        }
    }
    problems.extend(lines_where(|source, _, code| {
        source.path.starts_with("sync/") && (code.contains("pirn_jit") || code.contains("pirn::"))
            || source.path.starts_with("jit/") && code.contains("pirn::")
    }));
    report("dependencies", &problems);
}

/// Licences that go together with static linking under MIT or Apache 2.0.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "CC0-1.0",
    "Unlicense",
    "BSL-1.0",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "MPL-2.0",
    "CDLA-Permissive-2.0",
];

/// Packages without a licence expression, and why they are fine.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "rustpython-pylib",
    "CPython's library, PSF licence, packed with its text",
)];

/// Whether an SPDX expression can be satisfied with the allowed licences.
fn acceptable(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    // Parentheses only ever group alternatives here, so each part of an AND must have an allowed one.
    plain.split(" AND ").all(|part| {
        part.split(" OR ")
            .any(|licence| LICENCES.contains(&licence.trim()))
    })
}

/// The text of a JSON string field after `"key":`, if it is a string.
fn string_field<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let rest = &json[json.find(&format!("\"{key}\":"))? + key.len() + 3..];
    rest.strip_prefix('"')?.split('"').next()
}

#[test]
fn licences_are_permissive() {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut problems = Vec::new();
    let mut count = 0;
    for package in text.split("{\"name\":\"").skip(1) {
        // A package starts with name, version, id and licence; a dependency entry does not.
        let name = package.split('"').next().unwrap_or("");
        let head = &package[..package.find("\"dependencies\":").unwrap_or(0)];
        if !head.contains("\"license\":") {
            continue;
        }
        count += 1;
        let fine = match string_field(head, "license") {
            Some(expression) => acceptable(expression),
            None => EXCEPTIONS.iter().any(|(known, _)| *known == name),
        };
        if !fine {
            problems.push(format!(
                "{name}: {}",
                string_field(head, "license").unwrap_or("no licence")
            ));
        }
    }
    let locked = fs::read_to_string(root().join("Cargo.lock")).expect("lock file");
    let locked = locked.matches("[[package]]").count();
    assert_eq!(
        count, locked,
        "packages in the metadata and in the lock file"
    );
    report("licences", &problems);
}

#[test]
fn the_checks_themselves() {
    assert_eq!(code("let x = \"a // b\"; // c"), "let x = ; ");
    assert!(
        acceptable("MIT OR GPL-3.0")
            && acceptable("MIT/Apache-2.0")
            && acceptable("(MIT OR Apache-2.0) AND Unicode-3.0")
    );
    assert!(!acceptable("GPL-3.0") && !acceptable("MIT AND LGPL-2.1"));
    assert_eq!(
        string_field("{\"name\":\"x\",\"license\":\"MIT\"}", "license"),
        Some("MIT")
    );
    assert_eq!(string_field("{\"license\":null}", "license"), None);
}
