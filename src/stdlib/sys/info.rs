//! Constant data of `sys`: version, implementation, limits, flags.

use crate::builtins::structseq::SeqDef;
use crate::builtins::{list, tuple};
use crate::cli::{Config, HashSeed};
use crate::object::value::Obj;
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// `sys.version_info` in numbers.
pub const VERSION: (i64, i64, i64) = {
    let v = crate::options::PYTHON_VERSION;
    (v.0 as i64, v.1 as i64, v.2 as i64)
};

static VERSION_INFO: SeqDef = SeqDef::sealed(
    "sys.version_info",
    "Version information as a named tuple.",
    &["major", "minor", "micro", "releaselevel", "serial"],
);
static FLAGS: SeqDef = SeqDef::sealed_with(
    "sys.flags",
    "Flags provided through command line arguments or environment vars.",
    &[
        "debug",
        "inspect",
        "interactive",
        "optimize",
        "dont_write_bytecode",
        "no_user_site",
        "no_site",
        "ignore_environment",
        "verbose",
        "bytes_warning",
        "quiet",
        "hash_randomization",
        "isolated",
        "dev_mode",
        "utf8_mode",
        "warn_default_encoding",
        "safe_path",
        "int_max_str_digits",
    ],
    &["gil", "thread_inherit_context", "context_aware_warnings"],
);
static FLOAT_INFO: SeqDef = SeqDef::sealed(
    "sys.float_info",
    "Limits of the float type.",
    &[
        "max",
        "max_exp",
        "max_10_exp",
        "min",
        "min_exp",
        "min_10_exp",
        "dig",
        "mant_dig",
        "epsilon",
        "radix",
        "rounds",
    ],
);
static INT_INFO: SeqDef = SeqDef::sealed(
    "sys.int_info",
    "Representation of ints.",
    &[
        "bits_per_digit",
        "sizeof_digit",
        "default_max_str_digits",
        "str_digits_check_threshold",
    ],
);
static HASH_INFO: SeqDef = SeqDef::sealed(
    "sys.hash_info",
    "Parameters of hashing.",
    &[
        "width",
        "modulus",
        "inf",
        "nan",
        "imag",
        "algorithm",
        "hash_bits",
        "seed_bits",
        "cutoff",
    ],
);
static THREAD_INFO: SeqDef = SeqDef::sealed(
    "sys.thread_info",
    "Thread implementation.",
    &["name", "lock", "version"],
);
/// Result of `sys.get_asyncgen_hooks`.
pub static ASYNCGEN_HOOKS: SeqDef = SeqDef::sealed(
    "sys.asyncgen_hooks",
    "Hooks for async generators.",
    &["firstiter", "finalizer"],
);

/// The text of `sys.version`.
pub fn version_text() -> String {
    format!(
        "{}.{}.{} (pirn {}) [Rust]",
        VERSION.0,
        VERSION.1,
        VERSION.2,
        env!("CARGO_PKG_VERSION")
    )
}

fn version_info(py: &Py) -> Obj {
    VERSION_INFO.make(
        py,
        vec![
            py.int(VERSION.0),
            py.int(VERSION.1),
            py.int(VERSION.2),
            py.str("final"),
            py.int(0),
        ],
    )
}

/// Adds everything.
pub fn fill(py: &Py, m: &mut ModuleInit, c: &Config) {
    m.str("version", &version_text());
    m.add("version_info", version_info(py));
    m.int(
        "hexversion",
        VERSION.0 << 24 | VERSION.1 << 16 | VERSION.2 << 8 | 0xf0,
    );
    m.int("api_version", 1013);
    m.str(
        "copyright",
        "Copyright (c) the pirn authors. Library: Copyright (c) 2001 Python Software Foundation.",
    );
    m.str("platform", "linux");
    m.str(
        "byteorder",
        if cfg!(target_endian = "little") {
            "little"
        } else {
            "big"
        },
    );
    m.int("maxsize", i64::MAX);
    m.int("maxunicode", 0x10_ffff);
    m.str("float_repr_style", "short");
    m.str("abiflags", "t");
    m.str("platlibdir", "lib");
    m.add(
        "pycache_prefix",
        c.options
            .pycache_prefix
            .as_ref()
            .map_or_else(|| py.none(), |p| py.str(p)),
    );
    m.add(
        "_git",
        tuple::new(py, vec![py.str("pirn"), py.str(""), py.str("")]),
    );
    m.str("_framework", "");
    m.str("ps1", ">>> ");
    m.str("ps2", "... ");
    let names = crate::stdlib::REGISTRY
        .iter()
        .map(|r| r.0)
        .chain(["builtins", "sys", "_imp"]);
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    m.add(
        "builtin_module_names",
        tuple::new(
            py,
            names
                .iter()
                .map(|n| crate::builtins::str::intern(py, n))
                .collect(),
        ),
    );
    let mut all: Vec<String> = crate::stdlib_pack::list("")
        .into_iter()
        .map(|(n, _)| n.trim_end_matches(".py").to_string())
        .filter(|n| !n.contains('.') && !n.contains('-'))
        .chain(names.iter().map(|n| n.to_string()))
        .collect();
    all.sort_unstable();
    all.dedup();
    let all = all.iter().map(|n| py.str(n)).collect();
    m.add(
        "stdlib_module_names",
        crate::builtins::set::frozen_from(py, all).unwrap_or_else(|_| list::new(py, vec![])),
    );
    paths(py, m, c);
    flags(py, m, c);
    m.add(
        "float_info",
        FLOAT_INFO.make(
            py,
            vec![
                py.float(f64::MAX),
                py.int(1024),
                py.int(308),
                py.float(f64::MIN_POSITIVE),
                py.int(-1021),
                py.int(-307),
                py.int(15),
                py.int(53),
                py.float(f64::EPSILON),
                py.int(2),
                py.int(1),
            ],
        ),
    );
    m.add(
        "int_info",
        INT_INFO.make(py, vec![py.int(30), py.int(4), py.int(4300), py.int(640)]),
    );
    m.add(
        "hash_info",
        HASH_INFO.make(
            py,
            vec![
                py.int(64),
                py.int((1 << 61) - 1),
                py.int(314_159),
                py.int(0),
                py.int(1_000_003),
                py.str("siphash13"),
                py.int(64),
                py.int(128),
                py.int(0),
            ],
        ),
    );
    m.add(
        "thread_info",
        THREAD_INFO.make(py, vec![py.str("pthread"), py.none(), py.none()]),
    );
    implementation(py, m);
}

fn implementation(py: &Py, m: &mut ModuleInit) {
    let ns = crate::builtins::namespace::new(py);
    let set = |k: &str, v: Obj| {
        let k = crate::builtins::str::intern(py, k);
        crate::object::instance::set(py, &ns, &k, v);
    };
    set("name", py.str("pirn"));
    set("cache_tag", py.str("pirn-314"));
    set("version", version_info(py));
    set(
        "hexversion",
        py.int(VERSION.0 << 24 | VERSION.1 << 16 | VERSION.2 << 8 | 0xf0),
    );
    set(
        "_multiarch",
        py.str(&format!("{}-linux-gnu", std::env::consts::ARCH)),
    );
    set("supports_isolated_interpreters", py.bool(false));
    m.add("implementation", ns);
}

fn paths(py: &Py, m: &mut ModuleInit, c: &Config) {
    let exe = std::env::current_exe().ok();
    let exe_text = exe
        .as_ref()
        .map_or(String::new(), |p| p.to_string_lossy().into_owned());
    m.str("executable", &exe_text);
    m.str("_base_executable", &exe_text);
    let prefix = match &c.home {
        Some(h) => h.to_string_lossy().into_owned(),
        None => exe
            .as_deref()
            .and_then(|p| p.parent())
            .and_then(|p| p.parent())
            .map_or_else(
                || "/usr/local".to_string(),
                |p| p.to_string_lossy().into_owned(),
            ),
    };
    for n in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] {
        m.str(n, &prefix);
    }
    m.add("_stdlib_dir", py.none());
}

fn flags(py: &Py, m: &mut ModuleInit, c: &Config) {
    let f = &c.flags;
    let o = &c.options;
    let n = |b: bool| py.int(b as i64);
    let randomized = !matches!(c.hash_seed, HashSeed::Fixed(0));
    let values = vec![
        py.int(f.debug as i64),
        n(f.inspect),
        n(f.interactive),
        py.int(f.optimize as i64),
        n(f.dont_write_bytecode),
        n(f.no_user_site),
        n(f.no_site),
        n(f.ignore_environment),
        py.int(f.verbose as i64),
        py.int(f.bytes_warning as i64),
        n(f.quiet),
        n(randomized),
        n(f.isolated),
        py.bool(o.dev),
        n(o.utf8.unwrap_or(true)),
        n(o.warn_default_encoding),
        py.bool(f.safe_path),
        py.int(o.int_max_str_digits as i64),
        py.int(0),
        n(o.thread_inherit_context),
        n(o.context_aware_warnings),
    ];
    m.add("flags", FLAGS.make(py, values));
}
