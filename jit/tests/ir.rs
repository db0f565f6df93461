//! Text -> text tests of the optimizer: every `tests/ir/*.ir`.
//!
//! A file is a head (`; passes: fold dce`, tables) and cases: `=== name`, a trace, `=>`, the expected trace. Each trace is
//! verified, printed and read back; input and result run in the IR interpreter on several inputs and must do the same.
//! `passes: none` tests only that. With `loop_peel` the exit at the end of the input is its own beginning.
//! `BLESS=1` rewrites the expectations.

mod common;

use pirn_jit::ir::desc::Env;
use pirn_jit::ir::parse::parse;
use pirn_jit::ir::print::{env_to_string, trace_to_string};
use pirn_jit::ir::trace::Trace;
use pirn_jit::ir::verify::verify;
use pirn_jit::opt::{Passes, optimize};
use std::fmt::Write;
use std::path::Path;

fn passes(head: &str) -> Passes {
    let mut passes = Passes::NONE;
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("; passes:"))
        .expect("a line `; passes:`");
    for name in line.split_whitespace() {
        match name {
            "none" => {}
            "all" => passes = Passes::ALL,
            "fold" => passes.fold = true,
            "guard" => passes.guard = true,
            "load_store" => passes.load_store = true,
            "cse" => passes.cse = true,
            "loop_peel" => passes.loop_peel = true,
            "dce" => passes.dce = true,
            other => panic!("no pass `{other}`"),
        }
    }
    passes
}

fn read(text: &str, env: &mut Env, case: &str) -> Trace {
    let trace = parse(text, env).unwrap_or_else(|error| panic!("{case}: {error}\n{text}"));
    if let Err(invalid) = verify(&trace, env) {
        panic!("{case}: {invalid}\n{text}");
    }
    let printed = trace_to_string(&trace, env);
    let again = parse(&printed, env).unwrap_or_else(|error| panic!("{case}: {error}\n{printed}"));
    assert_eq!(
        printed,
        trace_to_string(&again, env),
        "{case}: the text form does not round-trip"
    );
    trace
}

/// Runs one file; returns it with the results in place of the expectations.
fn run_file(text: &str, file: &str, differences: &mut String) -> String {
    let mut cases = text.split("=== ");
    let head = cases.next().unwrap_or("");
    let passes = passes(head);
    let mut blessed = head.to_owned();
    for case in cases {
        let (name, body) = case.split_once('\n').expect("a name");
        let (input, expected) = body.split_once("=>\n").unwrap_or((body, ""));
        let name = format!("{file}: {name}");
        let mut env = Env::new();
        parse(head, &mut env).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut tables = Env::new();
        parse(&env_to_string(&env), &mut tables).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(tables, env, "the tables do not round-trip");

        let trace = read(input, &mut env, &name);
        let closing = common::closing_of(&trace).filter(|_| passes.loop_peel);
        let result = optimize(&trace, &env, passes, closing);
        if let Err(invalid) = verify(&result, &env) {
            panic!("{name}: {invalid}\n{}", trace_to_string(&result, &env));
        }
        let closed = closing.is_some() && result.loop_header().is_some();
        for seed in 0..40 {
            let before = common::outcome(&trace, &env, seed, closed);
            let after = common::outcome(&result, &env, seed, false);
            if before.is_some() && after.is_some() {
                assert_eq!(
                    before,
                    after,
                    "{name}: seed {seed}\n{}",
                    trace_to_string(&result, &env)
                );
            }
        }
        let printed = trace_to_string(&result, &env);
        let wanted = if expected.trim().is_empty() {
            String::new()
        } else {
            trace_to_string(&read(expected, &mut env, &name), &env)
        };
        if printed != wanted {
            _ = write!(differences, "{name}\n{printed}\n");
        }
        let (name, _) = case.split_once('\n').expect("a name");
        _ = write!(blessed, "=== {name}\n{input}=>\n{printed}\n");
    }
    format!("{}\n", blessed.trim_end())
}

#[test]
fn ir_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ir");
    let bless = std::env::var_os("BLESS").is_some();
    let mut differences = String::new();
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("tests/ir")
        .map(|entry| entry.expect("entry").path())
        .collect();
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a text file");
        let name = path.file_name().expect("a name").to_string_lossy();
        let blessed = run_file(&text, &name, &mut differences);
        if bless {
            std::fs::write(&path, blessed).expect("writable");
        }
    }
    assert!(
        bless || differences.is_empty(),
        "different results:\n{differences}"
    );
}
