//! The interactive loop: line editing, history, continuation lines.

use crate::builtins::module;
use crate::compile;
use crate::error::PyResult;
use crate::object::ops;
use crate::object::value::Obj;
use crate::stdlib::sys;
use crate::thread::Py;
use std::io::{BufRead, IsTerminal, Write};

/// Reads lines: with an editor on a terminal, plainly otherwise.
enum Input {
    Editor(Box<rustyline::DefaultEditor>, Option<std::path::PathBuf>),
    Plain,
}

enum Line {
    Text(String),
    Interrupted,
    End,
}

impl Input {
    fn new() -> Input {
        if !std::io::stdin().is_terminal() {
            return Input::Plain;
        }
        match rustyline::DefaultEditor::new() {
            Ok(mut e) => {
                let history = std::env::var_os("HOME")
                    .map(|h| std::path::Path::new(&h).join(".pirn_history"));
                if let Some(h) = &history {
                    let _ = e.load_history(h);
                }
                Input::Editor(Box::new(e), history)
            }
            Err(_) => Input::Plain,
        }
    }
    fn read(&mut self, prompt: &str) -> Line {
        match self {
            Input::Editor(e, _) => match e.readline(prompt) {
                Ok(s) => Line::Text(s),
                Err(rustyline::error::ReadlineError::Interrupted) => Line::Interrupted,
                Err(_) => Line::End,
            },
            Input::Plain => {
                eprint!("{prompt}");
                let _ = std::io::stderr().flush();
                let mut s = String::new();
                match std::io::stdin().lock().read_line(&mut s) {
                    Ok(0) | Err(_) => Line::End,
                    Ok(_) => Line::Text(s.trim_end_matches('\n').to_string()),
                }
            }
        }
    }
    fn remember(&mut self, text: &str) {
        if let Input::Editor(e, history) = self {
            let _ = e.add_history_entry(text);
            if let Some(h) = history {
                let _ = e.save_history(h);
            }
        }
    }
}

fn prompt(py: &Py, name: &str, default: &str) -> String {
    sys::get(py, name)
        .and_then(|p| ops::str(py, &p).ok())
        .map_or_else(
            || default.to_string(),
            |s| crate::builtins::str::lossy(&s).into_owned(),
        )
}

/// Runs until end of input. SystemExit is passed on; other errors are printed.
pub fn run(py: &'static Py, main: &Obj) -> PyResult<()> {
    let mut input = Input::new();
    loop {
        crate::runtime::flush_streams(py);
        let first = match input.read(&prompt(py, "ps1", ">>> ")) {
            Line::Text(s) => s,
            Line::Interrupted => {
                eprintln!("KeyboardInterrupt");
                continue;
            }
            Line::End => {
                eprintln!();
                return Ok(());
            }
        };
        if first.trim().is_empty() {
            continue;
        }
        let Some(source) = complete(py, &mut input, first) else {
            continue;
        };
        input.remember(source.trim_end());
        if let Err(e) = execute(py, main, &source) {
            if e.is(&crate::builtins::exceptions::SYSTEM_EXIT) {
                return Err(e);
            }
            crate::program::print_uncaught(py, e);
        }
    }
}

/// Reads continuation lines until the statement is complete; `None` if it was interrupted.
fn complete(py: &Py, input: &mut Input, first: String) -> Option<String> {
    let mut source = first + "\n";
    let is_block = |s: &str| s.trim_end().ends_with(':') || s.trim_start().starts_with('@');
    let mut block = is_block(&source);
    loop {
        let r = compile::compile(
            &source,
            "<stdin>",
            compile::Mode::Single,
            &compile::Options {
                allow_incomplete: true,
                ..compile::Options::default()
            },
        );
        let incomplete = matches!(&r, Err(compile::CompileError::Syntax(s))
            if s.kind == compile::SyntaxErrorKind::IncompleteInput);
        if !incomplete && !block {
            return Some(source);
        }
        match input.read(&prompt(py, "ps2", "... ")) {
            Line::Text(s) => {
                // An empty line ends a block.
                if s.trim().is_empty() && !incomplete {
                    return Some(source);
                }
                block |= is_block(&s);
                if s.trim().is_empty() {
                    block = false;
                }
                source.push_str(&s);
                source.push('\n');
            }
            Line::Interrupted => {
                eprintln!("KeyboardInterrupt");
                return None;
            }
            Line::End => return Some(source),
        }
    }
}

fn execute(py: &'static Py, main: &Obj, source: &str) -> PyResult<()> {
    let code = crate::runtime::compile_source(
        py,
        source.as_bytes(),
        "<stdin>",
        compile::Mode::Single,
        crate::runtime::module_options(),
    )?;
    let d = module::dict(main);
    crate::runtime::exec_code(py, &code, &d, &d, None).map(drop)
}
