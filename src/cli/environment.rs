//! The PYTHON* variables, and how they combine with the command line.

use super::Config;
use super::arguments::Parsed;
use crate::options::{BadOption, Options};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// PYTHONHASHSEED
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HashSeed {
    /// Ask the system for randomness.
    Random,
    /// The same hashes in every run; 0 switches randomization off.
    Fixed(u32),
}

/// The variables that are not rows of the option table, for help: name and one sentence.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    (
        "PYTHONPATH",
        "Folders to search for modules before the standard library, separated by colons.",
    ),
    (
        "PYTHONHOME",
        "Folder of a standard library to use instead of the built-in one.",
    ),
    ("PYTHONSTARTUP", "File to run before a dialog starts."),
    ("PYTHONUSERBASE", "Folder of the user's own packages."),
    ("PYTHONPLATLIBDIR", "Value of sys.platlibdir."),
    (
        "PYTHONIOENCODING",
        "encoding[:errors] of the standard streams.",
    ),
    (
        "PYTHONHASHSEED",
        "\"random\", or a number that makes the hashes of str and bytes repeatable.",
    ),
    (
        "PYTHONWARNINGS",
        "Warning filters as with -W, separated by commas.",
    ),
    ("PYTHONOPTIMIZE", "As -O, or a level."),
    ("PYTHONDEBUG", "As -d."),
    ("PYTHONVERBOSE", "As -v, or a level."),
    ("PYTHONINSPECT", "As -i, also when the program sets it."),
    ("PYTHONUNBUFFERED", "As -u."),
    ("PYTHONDONTWRITEBYTECODE", "As -B."),
    ("PYTHONNOUSERSITE", "As -s."),
    ("PYTHONSAFEPATH", "As -P."),
];

pub(super) fn complete(
    parsed: Parsed,
    original: Vec<OsString>,
    program: OsString,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Config, BadOption> {
    let Parsed {
        run,
        arguments,
        mut flags,
        warnings,
        x_options,
        ..
    } = parsed;
    let ignore = flags.ignore_environment;
    // An empty variable is as good as none.
    let get = |name: &str| {
        if ignore {
            None
        } else {
            environment(name).filter(|value| !value.is_empty())
        }
    };
    let text = |name: &str| get(name).map(|value| value.to_string_lossy().into_owned());

    let level = |name: &str| text(name).map_or(0, |value| value.trim().parse::<u8>().unwrap_or(1));
    flags.debug = flags.debug.max(level("PYTHONDEBUG"));
    flags.verbose = flags.verbose.max(level("PYTHONVERBOSE"));
    flags.optimize = flags.optimize.max(level("PYTHONOPTIMIZE")).min(2);
    flags.dont_write_bytecode |= level("PYTHONDONTWRITEBYTECODE") > 0;
    flags.no_user_site |= level("PYTHONNOUSERSITE") > 0;
    flags.unbuffered |= level("PYTHONUNBUFFERED") > 0;
    flags.safe_path |= get("PYTHONSAFEPATH").is_some();
    flags.inspect |= get("PYTHONINSPECT").is_some();

    let mut options = Options::default();
    options.set_from_env(text)?;
    for (name, value) in &x_options {
        options.set(name, value.as_deref())?;
    }

    let hash_seed = match text("PYTHONHASHSEED").as_deref() {
        None | Some("random") => HashSeed::Random,
        Some(number) => HashSeed::Fixed(number.parse().map_err(|_| {
            let text = "config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]";
            BadOption(text.to_owned())
        })?),
    };

    // The later a filter stands, the more it weighs.
    let mut warn_options = Vec::new();
    if options.dev {
        warn_options.push("default".to_owned());
    }
    if let Some(list) = text("PYTHONWARNINGS") {
        warn_options.extend(
            list.split(',')
                .filter(|item| !item.is_empty())
                .map(str::to_owned),
        );
    }
    warn_options.extend(warnings);
    match flags.bytes_warning {
        0 => {}
        1 => warn_options.push("default::BytesWarning".to_owned()),
        _ => warn_options.push("error::BytesWarning".to_owned()),
    }

    let search_path = get("PYTHONPATH").map_or_else(Vec::new, |list| {
        list.as_bytes()
            .split(|byte| *byte == b':')
            .map(|item| OsString::from_vec(item.to_vec()))
            .collect()
    });
    let io_encoding = text("PYTHONIOENCODING").map(|value| match value.split_once(':') {
        Some((encoding, errors)) => (encoding.to_owned(), errors.to_owned()),
        None => (value, String::new()),
    });
    Ok(Config {
        program,
        run,
        arguments,
        original,
        flags,
        options,
        x_options,
        warn_options,
        hash_seed,
        home: get("PYTHONHOME"),
        search_path,
        startup: get("PYTHONSTARTUP"),
        user_base: get("PYTHONUSERBASE"),
        platlibdir: get("PYTHONPLATLIBDIR"),
        io_encoding,
    })
}
