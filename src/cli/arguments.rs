//! Python's option grammar: short options may be joined (`-Bc code`), the first argument that is no option,
//! `-c` or `-m` ends them, `--` ends them too.

use super::help::Page;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// What to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Run {
    /// `-c`: this code.
    Command(OsString),
    /// `-m`: this module.
    Module(OsString),
    /// This file (or folder, or zip file).
    Script(OsString),
    /// `-`: the standard input.
    Stdin,
    /// Nothing given: a dialog if the standard input is a terminal, otherwise a program from there.
    Interactive,
}

/// `--check-hash-based-pycs`
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PycCheck {
    /// As the file says.
    #[default]
    Default,
    /// Always check the source.
    Always,
    /// Never.
    Never,
}

/// The flags of `sys.flags` that have letters, and a few more.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Flags {
    /// `-b`
    pub bytes_warning: u8,
    /// `-B`
    pub dont_write_bytecode: bool,
    /// `-d`
    pub debug: u8,
    /// `-E`
    pub ignore_environment: bool,
    /// `-i`
    pub interactive: bool,
    /// `-i`, PYTHONINSPECT: a dialog after the program.
    pub inspect: bool,
    /// `-I`
    pub isolated: bool,
    /// `-O`
    pub optimize: u8,
    /// `-P`
    pub safe_path: bool,
    /// `-q`
    pub quiet: bool,
    /// `-s`
    pub no_user_site: bool,
    /// `-S`
    pub no_site: bool,
    /// `-u`
    pub unbuffered: bool,
    /// `-v`
    pub verbose: u8,
    /// `-x`
    pub skip_first_line: bool,
    /// `--check-hash-based-pycs`
    pub pyc_check: PycCheck,
}

/// The command line alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Parsed {
    pub run: Run,
    pub arguments: Vec<OsString>,
    pub flags: Flags,
    /// `-W`
    pub warnings: Vec<String>,
    /// `-X`
    pub x_options: Vec<(String, Option<String>)>,
    /// How often `-V` was given.
    pub version: u32,
}

/// Why nothing is run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Stop {
    Help(Page),
    Usage(String),
}

pub(super) fn parse(arguments: &[OsString]) -> Result<Parsed, Stop> {
    let mut parsed = Parsed {
        run: Run::Interactive,
        arguments: Vec::new(),
        flags: Flags::default(),
        warnings: Vec::new(),
        x_options: Vec::new(),
        version: 0,
    };
    let mut at = 1;
    while let Some(argument) = arguments.get(at) {
        let bytes = argument.as_bytes();
        if bytes.first() != Some(&b'-') || bytes == b"-" {
            break;
        }
        at += 1;
        if bytes == b"--" {
            break;
        }
        if let Some(long) = bytes.strip_prefix(b"--") {
            long_option(long, arguments, &mut at, &mut parsed)?;
            continue;
        }
        let mut rest = &bytes[1..];
        while let Some((letter, after)) = rest.split_first() {
            rest = after;
            if !matches!(letter, b'c' | b'm' | b'W' | b'X') {
                flag(*letter, &mut parsed)?;
                continue;
            }
            let value = if rest.is_empty() {
                let next = arguments.get(at).cloned();
                at += 1;
                let missing =
                    || format!("Argument expected for the -{} option", char::from(*letter));
                next.ok_or_else(|| Stop::Usage(missing()))?
            } else {
                OsString::from_vec(rest.to_vec())
            };
            rest = &[];
            match letter {
                b'c' => parsed.run = Run::Command(value),
                b'm' => parsed.run = Run::Module(value),
                b'W' => parsed.warnings.push(value.to_string_lossy().into_owned()),
                _ => {
                    let text = value.to_string_lossy();
                    let (name, value) = match text.split_once('=') {
                        Some((name, value)) => (name, Some(value.to_owned())),
                        None => (&*text, None),
                    };
                    parsed.x_options.push((name.to_owned(), value));
                }
            }
            if matches!(letter, b'c' | b'm') {
                parsed.arguments = arguments[at..].to_vec();
                return Ok(parsed);
            }
        }
    }
    if let Some((first, rest)) = arguments.get(at..).and_then(<[OsString]>::split_first) {
        parsed.run = if first == OsStr::new("-") {
            Run::Stdin
        } else {
            Run::Script(first.clone())
        };
        parsed.arguments = rest.to_vec();
    }
    Ok(parsed)
}

fn flag(letter: u8, parsed: &mut Parsed) -> Result<(), Stop> {
    let flags = &mut parsed.flags;
    let add = |count: &mut u8| *count = count.saturating_add(1);
    match letter {
        b'b' => add(&mut flags.bytes_warning),
        b'B' => flags.dont_write_bytecode = true,
        b'd' => add(&mut flags.debug),
        b'E' => flags.ignore_environment = true,
        b'h' | b'?' => return Err(Stop::Help(Page::Options)),
        b'i' => (flags.interactive, flags.inspect) = (true, true),
        b'I' => {
            flags.isolated = true;
            flags.ignore_environment = true;
            flags.safe_path = true;
            flags.no_user_site = true;
        }
        b'O' => add(&mut flags.optimize),
        b'P' => flags.safe_path = true,
        b'q' => flags.quiet = true,
        // Hashes are always randomized, and tabs have been checked since Python 3.
        b'R' | b't' => {}
        b's' => flags.no_user_site = true,
        b'S' => flags.no_site = true,
        b'u' => flags.unbuffered = true,
        b'v' => add(&mut flags.verbose),
        b'V' => parsed.version += 1,
        b'x' => flags.skip_first_line = true,
        _ => {
            let shown = if letter.is_ascii() {
                char::from(letter)
            } else {
                char::REPLACEMENT_CHARACTER
            };
            return Err(Stop::Usage(format!("Unknown option: -{shown}")));
        }
    }
    Ok(())
}

fn long_option(
    name: &[u8],
    arguments: &[OsString],
    at: &mut usize,
    parsed: &mut Parsed,
) -> Result<(), Stop> {
    match name {
        b"help" => Err(Stop::Help(Page::Options)),
        b"help-env" => Err(Stop::Help(Page::Environment)),
        b"help-xoptions" => Err(Stop::Help(Page::XOptions)),
        b"help-all" => Err(Stop::Help(Page::All)),
        b"version" => {
            parsed.version += 1;
            Ok(())
        }
        b"check-hash-based-pycs" => {
            let value = arguments.get(*at);
            *at += 1;
            parsed.flags.pyc_check = match value.map(|value| value.as_bytes()) {
                Some(b"default") => PycCheck::Default,
                Some(b"always") => PycCheck::Always,
                Some(b"never") => PycCheck::Never,
                Some(_) => {
                    let text =
                        "--check-hash-based-pycs must be one of 'default', 'always', or 'never'";
                    return Err(Stop::Usage(text.to_owned()));
                }
                None => {
                    let text = "Argument expected for the --check-hash-based-pycs options";
                    return Err(Stop::Usage(text.to_owned()));
                }
            };
            Ok(())
        }
        _ => Err(Stop::Usage(format!(
            "Unknown option: --{}",
            String::from_utf8_lossy(name)
        ))),
    }
}
