//! Runs CPython's own test modules under the built binary.
//!
//! `PIRN_CPYTHON_TESTS` names the folder that holds CPython's package `test` (its `Lib`); without it only the list of
//! expected failures is checked. `PIRN_BINARY` names another binary than the one Cargo has built. Arguments are parts of
//! module names that select modules; `--list` prints the names.
//!
//! `tests/cpython/expected_failures.txt` has one case a line, sorted: `test.test_x.Class.method  # reason`. A case that
//! fails without being listed, a listed one that passes (unless its reason begins with "(unstable)"), a crash, a hang, and
//! a module of which fewer than 85 % pass are failures here. `tests/cpython/shims/test_x` is searched first by the module of that name.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MODULES: &[&str] = &[
    "test_grammar",
    "test_int",
    "test_float",
    "test_bool",
    "test_list",
    "test_tuple",
    "test_dict",
    "test_set",
    "test_range",
    "test_generators",
    "test_class",
    "test_scope",
    "test_exceptions",
    "test_with",
    "test_patma",
    "test_fstring",
    "test_builtin",
    "test_itertools",
    "test_functools",
    "test_collections",
    "test_math",
    "test_json",
    "test_weakref",
    "test_gc",
];

/// How long a module may run: builds without optimization are many times slower.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 3600 } else { 900 });
/// Percentage of the cases that have to pass.
const ENOUGH: usize = 85;

/// What happened to the cases of a module.
#[derive(Default)]
struct Report {
    passed: BTreeSet<String>,
    failed: BTreeSet<String>,
    skipped: usize,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let chosen: Vec<&str> = {
        let parts: Vec<&String> = args.iter().filter(|a| !a.starts_with("--")).collect();
        let wanted = |m: &&&str| parts.is_empty() || parts.iter().any(|p| m.contains(p.as_str()));
        MODULES.iter().filter(wanted).copied().collect()
    };
    if args.iter().any(|a| a == "--list") {
        chosen.iter().for_each(|m| println!("{m}: test"));
        return;
    }
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpython/expected_failures.txt");
    let expected = expected_failures(&list);
    let Some(tests) = std::env::var_os("PIRN_CPYTHON_TESTS").map(PathBuf::from) else {
        println!("cpython: skipped, PIRN_CPYTHON_TESTS does not name CPython's tests");
        return;
    };
    let binary = installed_binary(&tests);
    let mut bad = Vec::new();
    for module in chosen {
        let start = Instant::now();
        let problems = check(&binary, &tests, module, &expected);
        let seconds = start.elapsed().as_secs_f64();
        let shown = if problems.is_empty() { "ok" } else { "FAILED" };
        println!("cpython: {module} {shown} ({seconds:.1} s)");
        for p in &problems {
            println!("  {p}");
        }
        if !problems.is_empty() {
            bad.push(module);
        }
    }
    if !bad.is_empty() {
        println!("cpython: failed: {}", bad.join(" "));
        std::process::exit(1);
    }
}

/// The listed cases by module, with a mark for those that may pass; ends the test if the list is not well-formed.
fn expected_failures(path: &Path) -> BTreeMap<String, BTreeMap<String, bool>> {
    let text = std::fs::read_to_string(path).expect("the list of expected failures is readable");
    let (mut all, mut last) = (BTreeMap::<_, BTreeMap<_, _>>::new(), "");
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parts = line.split_once("  # ");
        let (case, reason) = parts
            .filter(|(_, reason)| !reason.trim().is_empty())
            .unwrap_or_else(|| panic!("expected_failures.txt: no reason: {line}"));
        let module = case.split('.').nth(1).unwrap_or_default();
        assert!(
            case.starts_with("test.") && case.split('.').count() >= 4 && MODULES.contains(&module),
            "expected_failures.txt: no case of a known module: {line}"
        );
        assert!(
            last < case,
            "expected_failures.txt: not sorted, or twice: {line}"
        );
        last = case;
        all.entry(module.to_string())
            .or_default()
            .insert(case.to_string(), reason.starts_with("(unstable)"));
    }
    all
}

/// The binary in a folder of its own whose site-packages lead to the tests: cases start it without the environment.
fn installed_binary(tests: &Path) -> PathBuf {
    let built = std::env::var_os("PIRN_BINARY")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_pirn")), PathBuf::from);
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cpython");
    let bin = root.join("bin/pirn");
    let site = root.join("lib/python3.14t/site-packages");
    let install = || -> std::io::Result<()> {
        std::fs::create_dir_all(&site)?;
        std::fs::create_dir_all(root.join("bin"))?;
        std::fs::write(
            site.join("cpython_tests.pth"),
            format!("{}\n", tests.display()),
        )?;
        let _ = std::fs::remove_file(&bin);
        std::fs::hard_link(&built, &bin).or_else(|_| std::fs::copy(&built, &bin).map(drop))
    };
    install().unwrap_or_else(|e| panic!("cannot install {}: {e}", built.display()));
    bin
}

/// Runs one module; what is wrong with the result.
fn check(
    binary: &Path,
    tests: &Path,
    module: &str,
    expected: &BTreeMap<String, BTreeMap<String, bool>>,
) -> Vec<String> {
    let text = match run(binary, tests, module) {
        Ok(text) => text,
        Err(why) => return vec![why],
    };
    let report = parse(&text);
    let none = BTreeMap::new();
    let expected = expected.get(module).unwrap_or(&none);
    let mut problems: Vec<String> = Vec::new();
    let total = report.passed.len() + report.failed.len();
    let percent = 100 * report.passed.len() / total.max(1);
    println!(
        "cpython: {module}: {} of {total} cases passed ({percent} %), {} skipped",
        report.passed.len(),
        report.skipped
    );
    if percent < ENOUGH {
        problems.push(format!("only {percent} % of the cases pass"));
    }
    for case in report.failed.iter().filter(|c| !expected.contains_key(*c)) {
        problems.push(format!("fails: {case}"));
    }
    for (case, unstable) in expected {
        if !unstable && report.passed.contains(case) {
            problems.push(format!(
                "passes, but is listed as an expected failure: {case}"
            ));
        }
    }
    problems
}

/// The output of a module's run. An error if it does not come to its end.
fn run(binary: &Path, tests: &Path, module: &str) -> Result<String, String> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("cpython/work")
        .join(module);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).map_err(|e| format!("no folder to work in: {e}"))?;
    // Stand-ins for CPython's internal modules that some cases ask for.
    let shims = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cpython/shims")
        .join(module);
    let path = std::env::join_paths([shims.as_path(), tests])
        .map_err(|e| format!("no search path: {e}"))?;
    let mut child = Command::new(binary)
        .args(["-m", "unittest", "-v", &format!("test.{module}")])
        .env("PYTHONPATH", path)
        .env_remove("PYTHONHOME")
        .current_dir(&dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("cannot run {}: {e}", binary.display()))?;
    let mut pipe = child.stderr.take();
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(p) = pipe.as_mut() {
            // What was read before an error still counts.
            let _ = p.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let start = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() > LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                let text = reader.join().unwrap_or_default();
                return Err(format!(
                    "hangs: {}",
                    text.lines().last().unwrap_or_default()
                ));
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(e) => return Err(format!("cannot wait: {e}")),
        }
    };
    let text = reader.join().unwrap_or_default();
    let ended = text.lines().any(|l| l.starts_with("Ran "));
    if status.code().is_none() || !ended {
        let last: Vec<&str> = text.lines().rev().take(3).collect();
        return Err(format!("crashes ({status}): {}", last.join(" | ")));
    }
    Ok(text)
}

/// Reads the output of `unittest -v`: results of cases, then a block for each failure (of subtests, too).
fn parse(text: &str) -> Report {
    let mut report = Report::default();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut last = String::new();
    for line in text.lines() {
        let marks = ["FAIL: ", "ERROR: ", "UNEXPECTED SUCCESS: "];
        if let Some(rest) = marks.iter().find_map(|m| line.strip_prefix(m))
            && let Some(case) = case_name(rest)
        {
            report.failed.insert(case);
            continue;
        }
        if let Some(case) = case_name(line) {
            last.clone_from(&case);
            seen.insert(case);
        }
        // A case with a description has its result on the description's line.
        if line.contains(" ... skipped ") && seen.remove(&last) {
            report.skipped += 1;
        }
    }
    report.passed = seen.difference(&report.failed).cloned().collect();
    report
}

/// `method (test.module.Class.method) ...`: the name in parentheses. Class and module fixtures have the class only.
fn case_name(line: &str) -> Option<String> {
    let line = line.trim_start();
    let (method, rest) = line.split_once(" (")?;
    let (name, _) = rest.split_once(')')?;
    if !name.starts_with("test.") || method.contains(' ') {
        return None;
    }
    if name.ends_with(&format!(".{method}")) {
        return Some(name.to_string());
    }
    Some(format!("{name}.{method}"))
}
