//! The process-wide runtime: start-up, compilation, the `builtins` namespace, shut-down.

use crate::builtins::dict::DictObj;
use crate::builtins::exceptions as exc;
use crate::builtins::{code, module};
use crate::cli::{Config, HashSeed};
use crate::compile;
use crate::error::{PyResult, Raised};
use crate::interp;
use crate::object::value::{Obj, Val, Word};
use crate::object::{names, ops};
use crate::thread::{self, Py};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

static KEYS: OnceLock<(u64, u64)> = OnceLock::new();
static BUILTINS: AtomicU64 = AtomicU64::new(0);
static CONFIG: OnceLock<Config> = OnceLock::new();

/// Keys of str and bytes hashes, chosen once per process.
pub fn hash_keys() -> (u64, u64) {
    *KEYS.get_or_init(random_keys)
}

fn random_keys() -> (u64, u64) {
    let mut b = [0u8; 16];
    if getrandom::fill(&mut b).is_err() {
        return (std::process::id() as u64, 0x9e37_79b9_7f4a_7c15);
    }
    let half = |r: std::ops::Range<usize>| b[r].iter().fold(0u64, |n, &x| n << 8 | x as u64);
    (half(0..8), half(8..16))
}

/// The configuration that the runtime was started with.
pub fn config() -> &'static Config {
    CONFIG.get().expect("the runtime is running")
}

/// Whether threads record what they execute (`-X record-dump`).
pub(crate) fn recording() -> bool {
    CONFIG.get().is_some_and(|c| c.options.record_dump)
}

/// The keys that CPython derives from a hash seed: bytes of a linear congruential generator, none for 0.
fn seeded_keys(seed: u32) -> (u64, u64) {
    let mut bytes = [0u8; 16];
    let mut x = seed;
    if seed != 0 {
        for b in &mut bytes {
            x = x.wrapping_mul(214_013).wrapping_add(2_531_011);
            *b = (x >> 16) as u8;
        }
    }
    let word = |i: usize| {
        let mut w = [0u8; 8];
        w.copy_from_slice(&bytes[i..i + 8]);
        u64::from_le_bytes(w)
    };
    (word(0), word(8))
}

/// Starts the runtime on the calling thread, once per process. A second call returns the calling thread's state.
///
/// # Errors
/// What the initialization of the import system raised.
pub fn start(config: Config) -> PyResult<&'static Py> {
    if CONFIG.get().is_some() {
        return Ok(thread::current());
    }
    let _ = KEYS.set(match config.hash_seed {
        HashSeed::Random => random_keys(),
        HashSeed::Fixed(n) => seeded_keys(n as u32),
    });
    let _ = CONFIG.set(config);
    let py = Py::create();
    crate::object::type_::bootstrap(py);
    let builtins = crate::stdlib::builtins_mod::init(py)?;
    let d = module::dict(&builtins);
    BUILTINS.store(d.word().identity(), Ordering::Release);
    // The namespace of builtins lives as long as the process.
    d.header()
        .expect("heap object")
        .set_flags(crate::object::header::flags::IMMORTAL);
    crate::import::start(py, &builtins)?;
    Ok(py)
}

/// The namespace of the module `builtins`.
pub fn builtins_dict(_: &Py) -> Obj {
    // Acquire: pairs with the Release in `start`.
    Obj::clone_word(Word(BUILTINS.load(Ordering::Acquire)).borrowed())
}

/// Options for the code of a module that runs with its own dictionary as globals and namespace.
pub fn module_options() -> compile::Options {
    compile::Options {
        optimize: config().flags.optimize.min(2) as u8,
        global_namespace: true,
        ..compile::Options::default()
    }
}

/// Compiles source text to a code object; errors become SyntaxError and its relatives, warnings are issued.
pub fn compile_source(
    py: &Py,
    source: &[u8],
    filename: &str,
    mode: compile::Mode,
    options: compile::Options,
) -> PyResult<Obj> {
    let compiled = compile::compile_bytes(source, filename, mode, &options)
        .map_err(|e| compile_error(py, e, filename))?;
    finish_compiled(py, compiled, filename)
}

/// As `compile_source`, for text that is already decoded.
pub fn compile_text(
    py: &Py,
    text: &str,
    filename: &str,
    mode: compile::Mode,
    options: compile::Options,
) -> PyResult<Obj> {
    let compiled = compile::compile(text, filename, mode, &options)
        .map_err(|e| compile_error(py, e, filename))?;
    finish_compiled(py, compiled, filename)
}

/// As `compile_source`, for a syntax tree.
pub fn compile_tree(
    py: &Py,
    tree: &Val,
    filename: &str,
    mode: compile::Mode,
    options: compile::Options,
) -> PyResult<Obj> {
    let l = crate::stdlib::ast::lower::lower(py, tree, mode)?;
    let compiled = compile::compile_tree(&l.tree, l.text, l.depth, filename, mode, &options)
        .map_err(|e| compile_error(py, e, filename))?;
    finish_compiled(py, compiled, filename)
}

fn finish_compiled(py: &Py, compiled: compile::Compiled, filename: &str) -> PyResult<Obj> {
    for w in &compiled.warnings {
        warn(py, w, filename)?;
    }
    Ok(code::new(py, &compiled.unit))
}

/// Issues a compiler warning; where the filters make it an error, it is a SyntaxError at its place.
fn warn(py: &Py, w: &compile::Warning, filename: &str) -> PyResult<()> {
    let category = match w.kind {
        compile::WarningKind::Syntax => &exc::SYNTAX_WARNING,
        compile::WarningKind::Deprecation => &exc::DEPRECATION_WARNING,
    };
    crate::stdlib::warnings::warn_at(py, category, &w.msg, filename, w.lineno).map_err(|e| {
        if category.check(&e.0) {
            let spot = exc::SyntaxSpot {
                filename,
                lineno: w.lineno,
                offset: 0,
                text: None,
                end_lineno: 0,
                end_offset: 0,
            };
            exc::syntax_error(py, &exc::SYNTAX_ERROR, &w.msg, &spot)
        } else {
            e
        }
    })
}

/// The exception of a failed compilation.
pub fn compile_error(py: &Py, e: compile::error::CompileError, filename: &str) -> Raised {
    use compile::error::{CompileError as E, SyntaxErrorKind as K};
    match e {
        E::Syntax(s) => {
            let def = match s.kind {
                K::Syntax => &exc::SYNTAX_ERROR,
                K::Indentation => &exc::INDENTATION_ERROR,
                K::Tab => &exc::TAB_ERROR,
                K::IncompleteInput => &exc::INCOMPLETE_INPUT_ERROR,
            };
            let msg = s.msg;
            let Some(line) = s.lineno else {
                return py.error(def, &msg);
            };
            let n = |v: Option<i64>| v.unwrap_or(0).max(0) as u32;
            let spot = exc::SyntaxSpot {
                filename,
                lineno: line.max(0) as u32,
                offset: n(s.offset),
                text: s.text.as_deref(),
                end_lineno: n(s.end_lineno),
                end_offset: n(s.end_offset),
            };
            exc::syntax_error(py, def, &msg, &spot)
        }
        E::Memory(m) => py.error(&exc::MEMORY_ERROR, m),
        E::Recursion(m) => py.recursion_error(m),
        E::Overflow(m) => py.overflow_error(m),
    }
}

/// Runs a code object with globals and locals, as `exec` and `eval` do.
pub fn exec_code(
    py: &Py,
    code: &Val,
    globals: &Val,
    locals: &Val,
    closure: Option<Obj>,
) -> PyResult<Obj> {
    let g = globals.cast::<DictObj>();
    if g.get_interned(py, &names::__builtins__).is_none() {
        g.set_interned(py, &names::__builtins__, builtins_dict(py));
    }
    interp::run_code(py, code, globals, locals, closure)
}

/// A name of the module `builtins`.
pub fn builtin(py: &Py, name: &str) -> PyResult<Obj> {
    builtins_dict(py)
        .cast::<DictObj>()
        .get_str(py, name)
        .ok_or_else(|| py.runtime_error(format!("lost builtins.{name}")))
}

/// Runs source text in a module's namespace.
pub fn run_in_module(py: &Py, source: &[u8], filename: &str, module: &Val) -> PyResult<Obj> {
    let code = compile_source(py, source, filename, compile::Mode::Exec, module_options())?;
    let d = module::dict(module);
    exec_code(py, &code, &d, &d, None)
}

/// A new `__main__` module, registered in `sys.modules`.
pub fn main_module(py: &Py) -> Obj {
    let m = module::new(py, "__main__");
    let d = module::dict(&m);
    let d = d.cast::<DictObj>();
    d.set_interned(py, &names::__builtins__, crate::import::builtins_module(py));
    crate::import::modules(py)
        .cast::<DictObj>()
        .set_str(py, "__main__", m.clone());
    m
}

/// Ends the program: threading shut-down, `atexit` functions, finalizers, flushing of the standard streams.
/// Returns false if flushing failed.
pub fn finish(py: &Py) -> bool {
    if let Some(t) = crate::import::loaded(py, "threading") {
        let r = ops::getattr_str(py, &t, "_shutdown").and_then(|f| ops::call0(py, &f));
        if let Err(e) = r {
            py.write_unraisable(e, &t);
        }
    }
    if let Some(m) = crate::import::loaded(py, "atexit") {
        let r = ops::getattr_str(py, &m, "_run_exitfuncs").and_then(|f| ops::call0(py, &f));
        if let Err(e) = r {
            py.write_unraisable(e, &m);
        }
    }
    let _ = thread::pending::run(py);
    if crate::heap::cycle::is_enabled() {
        crate::stdlib::gc::collect(py, 2);
    }
    let ok = flush_streams(py);
    crate::stdlib::sys::FINALIZING.store(true, std::sync::atomic::Ordering::Relaxed);
    if crate::import::finish(py) {
        crate::stdlib::gc::collect(py, 2);
    }
    let _ = thread::pending::run(py);
    if py.stress.recount.get() > 0 || cfg!(debug_assertions) {
        crate::heap::verify::report(py);
    }
    // What the last finalizers printed.
    let ok = ok & flush_streams(py);
    if config().options.record_dump {
        let ring = &py.interp.record;
        eprint!("{}", ring.dump(usize::MAX));
        eprintln!("{} instructions recorded", ring.total());
    }
    ok
}

/// Flushes `sys.stdout` and `sys.stderr`.
pub fn flush_streams(py: &Py) -> bool {
    let mut ok = true;
    for name in ["stdout", "stderr"] {
        if let Some(s) = crate::stdlib::sys::get(py, name)
            && !s.is_none()
        {
            let closed = ops::getattr_str(py, &s, "closed").and_then(|c| ops::truth(py, &c));
            if matches!(closed, Ok(true)) {
                continue;
            }
            let r = ops::getattr_str(py, &s, "flush").and_then(|f| ops::call0(py, &f));
            if let Err(e) = r {
                ok = false;
                if name == "stdout" {
                    py.write_unraisable(e, &s);
                }
            }
        }
    }
    ok
}
