//! The command line and the environment of the `pirn` program, as plain data.
//!
//! `arguments` knows Python's option grammar, `environment` the PYTHON* variables, `help` the texts. The
//! binary calls [`configure`] and does what the [`Action`] says.

mod arguments;
mod environment;
mod help;
#[cfg(test)]
mod tests;

pub use arguments::{Flags, PycCheck, Run};
pub use environment::HashSeed;

use crate::options::Options;
use std::ffi::{OsStr, OsString};

/// Everything that the command line and the environment say.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// The program's own name (`argv[0]` of the process).
    pub program: OsString,
    /// What to run.
    pub run: Run,
    /// The arguments after it: `sys.argv[1:]`.
    pub arguments: Vec<OsString>,
    /// All arguments of the process: `sys.orig_argv`.
    pub original: Vec<OsString>,
    /// The flags, from both sources.
    pub flags: Flags,
    /// `-X` options and their environment variables.
    pub options: Options,
    /// `sys._xoptions`, in order: name and value.
    pub x_options: Vec<(String, Option<String>)>,
    /// `sys.warnoptions`.
    pub warn_options: Vec<String>,
    /// Seed of the hashes of str and bytes.
    pub hash_seed: HashSeed,
    /// PYTHONHOME
    pub home: Option<OsString>,
    /// PYTHONPATH, split.
    pub search_path: Vec<OsString>,
    /// PYTHONSTARTUP
    pub startup: Option<OsString>,
    /// PYTHONUSERBASE
    pub user_base: Option<OsString>,
    /// PYTHONPLATLIBDIR
    pub platlibdir: Option<OsString>,
    /// PYTHONIOENCODING: encoding and error handler, each maybe empty.
    pub io_encoding: Option<(String, String)>,
}

/// What the program is to do.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Run Python.
    Run(Box<Config>),
    /// Print this to the standard output and exit with 0.
    Print(String),
    /// Print this to the standard error and exit with this code.
    Fail(String, i32),
}

/// Read arguments (the program's name first) and environment. `version` is the long version text.
pub fn configure(
    arguments: Vec<OsString>,
    environment: impl Fn(&str) -> Option<OsString>,
    version: &str,
) -> Action {
    let program = arguments
        .first()
        .cloned()
        .unwrap_or_else(|| OsString::from("pirn"));
    let name = program.to_string_lossy().into_owned();
    let parsed = match arguments::parse(&arguments) {
        Ok(parsed) => parsed,
        Err(arguments::Stop::Help(page)) => return Action::Print(help::page(page, &name)),
        Err(arguments::Stop::Usage(error)) => {
            return Action::Fail(format!("{error}\n{}", help::usage_error(&name)), 2);
        }
    };
    match parsed.version {
        0 => {}
        1 => return Action::Print(format!("Python {}\n", crate::options::python_version())),
        _ => return Action::Print(format!("Python {version}\n")),
    }
    match environment::complete(parsed, arguments, program, environment) {
        Ok(config) => Action::Run(Box::new(config)),
        Err(error) => {
            let text = format!(
                "Fatal Python error: {}\nPython runtime state: preinitialized\n\n",
                error.0
            );
            Action::Fail(text, 1)
        }
    }
}

impl Config {
    /// `sys.argv` before a module or script replaces its first item.
    #[must_use]
    pub fn argv(&self) -> Vec<OsString> {
        let first = match &self.run {
            Run::Command(_) => OsStr::new("-c"),
            Run::Module(_) => OsStr::new("-m"),
            Run::Script(path) => path,
            Run::Stdin => OsStr::new("-"),
            Run::Interactive => OsStr::new(""),
        };
        std::iter::once(first.to_owned())
            .chain(self.arguments.iter().cloned())
            .collect()
    }
}
