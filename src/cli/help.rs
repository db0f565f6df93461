//! The help texts, made from the tables.

use super::environment::VARIABLES;
use crate::options::TABLE;
use std::fmt::Write as _;

/// A page of help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Page {
    /// `-h`
    Options,
    /// `--help-env`
    Environment,
    /// `--help-xoptions`
    XOptions,
    /// `--help-all`
    All,
}

/// Options with letters: how they are written, and one sentence.
const LETTERS: &[(&str, &str)] = &[
    (
        "-b",
        "Warn where bytes are compared with str or converted to it; -bb makes it an error.",
    ),
    ("-B", "Write no compiled files."),
    ("-c code", "Run this code; what follows are its arguments."),
    ("-d", "Parser debugging output."),
    ("-E", "Ignore the PYTHON* environment variables."),
    ("-h", "Print this text (also -? and --help)."),
    ("-i", "Start a dialog after the program."),
    ("-I", "Isolated from the user's settings: -E, -P and -s."),
    (
        "-m module",
        "Run this module as a program; what follows are its arguments.",
    ),
    ("-O", "Leave out assert statements; -OO also docstrings."),
    ("-P", "Put no folder of the program first on sys.path."),
    ("-q", "No banner before a dialog."),
    ("-s", "Leave the user's site-packages out of sys.path."),
    ("-S", "Do not import site."),
    ("-u", "No buffers for standard output and error."),
    ("-v", "Tell what is imported; more with -vv."),
    ("-V", "Print the version (also --version); more with -VV."),
    (
        "-W filter",
        "Add a warning filter: action:message:category:module:line.",
    ),
    ("-x", "Skip the first line of the program."),
    (
        "-X option",
        "Set an option of this implementation; see --help-xoptions.",
    ),
    (
        "--check-hash-based-pycs always|default|never",
        "How compiled files that hold a hash of their source are checked.",
    ),
    ("--help-env", "Print what environment variables do."),
    (
        "--help-xoptions",
        "Print the options of this implementation.",
    ),
    ("--help-all", "Print all three texts."),
];

fn usage(program: &str) -> String {
    format!("usage: {program} [option] ... [-c cmd | -m mod | file | -] [arg] ...\n")
}

/// What follows the message about a bad option.
pub(super) fn usage_error(program: &str) -> String {
    format!(
        "{}Try `{program} -h' for more information.\n",
        usage(program)
    )
}

fn row(out: &mut String, head: &str, doc: &str) {
    // Writing to a String cannot fail.
    let _ = if head.len() > 22 {
        writeln!(out, "  {head}\n{:26}{doc}", "")
    } else {
        writeln!(out, "  {head:<23} {doc}")
    };
}

pub(super) fn page(page: Page, program: &str) -> String {
    let mut out = String::new();
    if matches!(page, Page::Options | Page::All) {
        out.push_str(&usage(program));
        out.push_str("\nOptions:\n");
        LETTERS
            .iter()
            .for_each(|(head, doc)| row(&mut out, head, doc));
        out.push_str("\nA file, a folder or zip file with a __main__.py, or - for the standard input, is run.\n");
    }
    if matches!(page, Page::XOptions | Page::All) {
        out.push_str("\nOptions of this implementation:\n");
        for option in TABLE {
            let mut doc = option.doc.trim().to_owned();
            if !option.env.is_empty() {
                doc.push_str(&format!(" ({})", option.env));
            }
            row(
                &mut out,
                &format!("-X {}{}", option.name, option.values),
                &doc,
            );
        }
    }
    if matches!(page, Page::Environment | Page::All) {
        out.push_str("\nEnvironment variables:\n");
        VARIABLES
            .iter()
            .for_each(|(name, doc)| row(&mut out, name, doc));
        for option in TABLE.iter().filter(|option| !option.env.is_empty()) {
            row(&mut out, option.env, &format!("As -X {}.", option.name));
        }
    }
    out
}
