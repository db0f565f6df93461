//! Every knob of the runtime in one table: field, `-X` name, environment variable, type, default, doc.
//!
//! The row also names how its value is read and what is said about a bad one, so that command line and
//! environment cannot disagree. To add a knob, add a row; help, parser and struct follow from it.

/// The Python language version this runtime implements.
pub const PYTHON_VERSION: (u8, u8, u8) = (3, 14, 8);

/// The version as `python -V` prints it.
#[must_use]
pub fn python_version() -> String {
    let (major, minor, micro) = PYTHON_VERSION;
    format!("{major}.{minor}.{micro}")
}

/// A bad value of an option: the text of the fatal error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadOption(pub String);

/// One row of the table, for help and tests.
pub struct OptionInfo {
    /// Name after `-X`.
    pub name: &'static str,
    /// Environment variable, or empty.
    pub env: &'static str,
    /// How values are written: empty, `=N`, `[=0|1]` ...
    pub values: &'static str,
    /// One sentence.
    pub doc: &'static str,
}

macro_rules! options {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr,
        $read:ident, $name:literal $values:literal, $env:literal, $bad_x:literal, $bad_env:literal;)*) => {
        /// The values of all options.
        #[derive(Clone, PartialEq, Debug)]
        pub struct Options {
            $($(#[doc = $doc])+ pub $field: $type,)*
        }

        impl Default for Options {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        /// The table.
        pub const TABLE: &[OptionInfo] = &[
            $(OptionInfo { name: $name, env: $env, values: $values, doc: concat!($($doc),+) },)*
        ];

        impl Options {
            /// Set an option from `-X name[=value]`. Unknown names are nobody's error: Python keeps them in
            /// `sys._xoptions`.
            pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), BadOption> {
                match name {
                    $($name => match read::$read(value) {
                        Some(value) => self.$field = value,
                        None => return Err(BadOption($bad_x.to_owned())),
                    },)*
                    _ => {}
                }
                Ok(())
            }

            /// Set options from environment variables; empty ones do not count.
            pub fn set_from_env(&mut self, get: impl Fn(&str) -> Option<String>) -> Result<(), BadOption> {
                $(if !$env.is_empty() && let Some(text) = get($env).filter(|text| !text.is_empty()) {
                    match read::$read(Some(&text)) {
                        Some(value) => self.$field = value,
                        None => return Err(BadOption($bad_env.to_owned())),
                    }
                })*
                Ok(())
            }
        }
    };
}

options! {
    /// Show the time each import takes; 2 also shows imports of loaded modules.
    importtime: u8 = 0, import_time, "importtime" "[=2]", "PYTHONPROFILEIMPORTTIME",
        "config_init_import_time: -X importtime: values other than 1 and 2 are reserved for future use.",
        "config_init_import_time: PYTHONPROFILEIMPORTTIME: values other than 1 and 2 are reserved for future use.";
    /// Write the Python traceback of all threads when the process dies of a signal.
    faulthandler: bool = false, flag, "faulthandler" "", "PYTHONFAULTHANDLER", "", "";
    /// Use UTF-8 for files and streams whatever the locale says.
    utf8: Option<bool> = None, utf8, "utf8" "[=0|1]", "PYTHONUTF8",
        "preconfig_init_utf8_mode: invalid -X utf8 option value",
        "preconfig_init_utf8_mode: invalid PYTHONUTF8 environment variable value";
    /// Largest number of digits of an int converted from or to decimal text; 0 for no limit.
    int_max_str_digits: usize = 4300, digit_limit, "int_max_str_digits" "=N", "PYTHONINTMAXSTRDIGITS",
        "config_init_int_max_str_digits: -X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.",
        "config_init_int_max_str_digits: PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.";
    /// Take standard modules from the binary where it has them.
    frozen_modules: bool = true, on_off, "frozen_modules" "=on|off", "PYTHON_FROZEN_MODULES",
        "bad value for option -X frozen_modules (expected \"on\" or \"off\")",
        "bad value for PYTHON_FROZEN_MODULES (expected \"on\" or \"off\")";
    /// Development mode: more warnings and checks.
    dev: bool = false, flag, "dev" "", "PYTHONDEVMODE", "", "";
    /// Trace memory allocations, with this many frames each.
    tracemalloc: u16 = 0, frames, "tracemalloc" "[=N]", "PYTHONTRACEMALLOC",
        "config_init_tracemalloc: -X tracemalloc=NFRAME: invalid number of frames",
        "config_init_tracemalloc: PYTHONTRACEMALLOC: invalid number of frames";
    /// What `os.cpu_count()` answers, instead of asking the system.
    cpu_count: Option<u32> = None, cpu_count, "cpu_count" "=N|default", "PYTHON_CPU_COUNT",
        "config_init_cpu_count: -X cpu_count=n option: n is missing or an invalid number, n must be greater than 0",
        "config_init_cpu_count: -X cpu_count=n option: n is missing or an invalid number, n must be greater than 0";
    /// New threads start with a copy of the context variables of the thread that starts them.
    thread_inherit_context: bool = true, zero_one, "thread_inherit_context" "=0|1", "PYTHON_THREAD_INHERIT_CONTEXT",
        "config_init_thread_inherit_context: -X thread_inherit_context=n: n is missing or invalid",
        "config_init_thread_inherit_context: PYTHON_THREAD_INHERIT_CONTEXT=N: N is missing or invalid";
    /// The warnings module keeps its filters in a context variable.
    context_aware_warnings: bool = true, zero_one, "context_aware_warnings" "=0|1", "PYTHON_CONTEXT_AWARE_WARNINGS",
        "config_init_context_aware_warnings: -X context_aware_warnings=n: n is missing or invalid",
        "config_init_context_aware_warnings: PYTHON_CONTEXT_AWARE_WARNINGS=N: N is missing or invalid";
    /// Warn where text files are opened without an encoding.
    warn_default_encoding: bool = false, flag, "warn_default_encoding" "", "PYTHONWARNDEFAULTENCODING", "", "";
    /// Leave columns out of the positions of compiled code.
    no_debug_ranges: bool = false, flag, "no_debug_ranges" "", "PYTHONNODEBUGRANGES", "", "";
    /// Folder that mirrors the source tree and takes the compiled files.
    pycache_prefix: Option<String> = None, path, "pycache_prefix" "=PATH", "PYTHONPYCACHEPREFIX", "", "";
    /// Accepted for compatibility; there is no lock to choose.
    gil: bool = false, zero_one, "gil" "=0|1", "PYTHON_GIL",
        "config_read_gil: PYTHON_GIL / -X gil must be \"0\" or \"1\"",
        "config_read_gil: PYTHON_GIL / -X gil must be \"0\" or \"1\"";
    /// Compile hot code to machine code.
    jit: bool = true, jit_switch, "jit" "[=on|off]", "PYTHON_JIT",
        "bad value for option -X jit (expected \"on\" or \"off\")",
        "bad value for PYTHON_JIT (expected \"0\" or \"1\")";
    /// How often a loop runs before it is compiled.
    jit_threshold: u32 = 1000, positive, "jit-threshold" "=N", "PIRN_JIT_THRESHOLD",
        "bad value for option -X jit-threshold (expected a number above 0)",
        "bad value for PIRN_JIT_THRESHOLD (expected a number above 0)";
    /// Record every instruction of the main thread; at exit, print the last ones.
    record_dump: bool = false, flag, "record-dump" "", "", "", "";
    /// At exit, print counts of traces, exits, aborts and invalidations by reason, and code size.
    jit_stats: bool = false, flag, "jit-stats" "", "", "", "";
    /// Print compiled traces: any of bytecode, ir, asm, separated by commas.
    jit_dump: JitDump = JitDump::default(), jit_dump, "jit-dump" "[=bytecode,ir,asm]", "",
        "bad value for option -X jit-dump (expected some of \"bytecode\", \"ir\", \"asm\")", "";
    /// Run a handshake at every safepoint, to find borrowed values that outlive their slot.
    stress_handshake: bool = false, flag, "stress-handshake" "", "PIRN_STRESS_HANDSHAKE", "", "";
    /// After every N-th handshake and at exit, recount the references from heap and frames and report objects with too few counts.
    recount: u32 = 0, recount, "recount" "[=N]", "PIRN_RECOUNT",
        "bad value for option -X recount (expected a number above 0)",
        "bad value for PIRN_RECOUNT (expected a number above 0)";
}

/// What `-X jit-dump` prints.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct JitDump {
    /// The recorded bytecode.
    pub bytecode: bool,
    /// The optimized trace.
    pub ir: bool,
    /// The machine code.
    pub asm: bool,
}

/// Readers of values; None for a bad one. The argument is None when there is no `=value`.
mod read {
    use super::JitDump;

    pub(super) fn flag(_: Option<&str>) -> Option<bool> {
        Some(true)
    }

    pub(super) fn zero_one(value: Option<&str>) -> Option<bool> {
        match value? {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        }
    }

    pub(super) fn utf8(value: Option<&str>) -> Option<Option<bool>> {
        zero_one(value.or(Some("1"))).map(Some)
    }

    pub(super) fn on_off(value: Option<&str>) -> Option<bool> {
        match value {
            None | Some("" | "on") => Some(true),
            Some("off") => Some(false),
            Some(_) => None,
        }
    }

    pub(super) fn jit_switch(value: Option<&str>) -> Option<bool> {
        on_off(value).or_else(|| zero_one(value))
    }

    pub(super) fn import_time(value: Option<&str>) -> Option<u8> {
        match value {
            None | Some("" | "1") => Some(1),
            Some("2") => Some(2),
            Some(_) => None,
        }
    }

    pub(super) fn digit_limit(value: Option<&str>) -> Option<usize> {
        let limit = value?.parse().ok()?;
        (limit == 0 || (640..=i32::MAX as usize).contains(&limit)).then_some(limit)
    }

    pub(super) fn frames(value: Option<&str>) -> Option<u16> {
        value.unwrap_or("1").parse().ok()
    }

    pub(super) fn recount(value: Option<&str>) -> Option<u32> {
        positive(value.or(Some("1")))
    }

    pub(super) fn positive(value: Option<&str>) -> Option<u32> {
        value?
            .parse()
            .ok()
            .filter(|count| (1..=i32::MAX as u32).contains(count))
    }

    pub(super) fn cpu_count(value: Option<&str>) -> Option<Option<u32>> {
        if value == Some("default") {
            Some(None)
        } else {
            positive(value).map(Some)
        }
    }

    pub(super) fn path(value: Option<&str>) -> Option<Option<String>> {
        Some(value.filter(|path| !path.is_empty()).map(str::to_owned))
    }

    pub(super) fn jit_dump(value: Option<&str>) -> Option<JitDump> {
        let mut dump = JitDump::default();
        for part in value.unwrap_or("bytecode,ir,asm").split(',') {
            match part {
                "bytecode" => dump.bytecode = true,
                "ir" => dump.ir = true,
                "asm" => dump.asm = true,
                _ => return None,
            }
        }
        Some(dump)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let mut options = Options::default();
        for (name, value) in [
            ("utf8", None),
            ("importtime", Some("2")),
            ("int_max_str_digits", Some("0")),
            ("jit", Some("off")),
            ("jit-threshold", Some("7")),
            ("jit-dump", Some("ir,asm")),
            ("cpu_count", Some("3")),
            ("pycache_prefix", Some("/tmp/x")),
            ("no-such-option", Some("1")),
        ] {
            assert_eq!(options.set(name, value), Ok(()), "{name}");
        }
        assert_eq!(
            (options.utf8, options.importtime, options.int_max_str_digits),
            (Some(true), 2, 0)
        );
        assert_eq!(
            (options.jit, options.jit_threshold, options.cpu_count),
            (false, 7, Some(3))
        );
        assert!(options.jit_dump.ir && !options.jit_dump.bytecode);
        assert_eq!(options.set("cpu_count", Some("default")), Ok(()));
        assert_eq!(options.cpu_count, None);
        for (name, value) in [
            ("utf8", Some("2")),
            ("int_max_str_digits", Some("5")),
            ("gil", None),
            ("frozen_modules", Some("x")),
            ("jit-threshold", Some("0")),
            ("tracemalloc", Some("x")),
        ] {
            assert!(options.set(name, value).is_err(), "{name}");
        }
    }

    #[test]
    fn environment() {
        let mut options = Options::default();
        let get = |name: &str| match name {
            "PYTHON_JIT" => Some("0".to_owned()),
            "PYTHONDEVMODE" => Some(String::new()),
            "PYTHONFAULTHANDLER" => Some("yes".to_owned()),
            _ => None,
        };
        assert_eq!(options.set_from_env(get), Ok(()));
        assert!(!options.jit && !options.dev && options.faulthandler);
        let bad = |name: &str| (name == "PYTHONUTF8").then(|| "2".to_owned());
        assert_eq!(
            options.set_from_env(bad),
            Err(BadOption(
                "preconfig_init_utf8_mode: invalid PYTHONUTF8 environment variable value"
                    .to_owned()
            ))
        );
    }

    #[test]
    fn every_row_is_documented() {
        for (at, row) in TABLE.iter().enumerate() {
            assert!(
                row.doc.trim().ends_with('.') && row.doc.len() > 20,
                "{}",
                row.name
            );
            assert!(
                TABLE[..at].iter().all(|other| other.name != row.name),
                "{} twice",
                row.name
            );
        }
    }
}
