//! What the `pirn` program does: start the runtime, run what the command line names, report, shut down.

use crate::builtins::dict::DictObj;
use crate::builtins::module;
use crate::cli::{self, Action, Config, Run};
use crate::compile;
use crate::error::{PyResult, Raised};
use crate::object::ops;
use crate::object::value::Obj;
use crate::runtime;
use crate::stdlib::sys;
use crate::thread::Py;
use std::ffi::OsString;
use std::io::{IsTerminal, Read, Write};

/// Size of the native stack of the main Python thread.
const STACK: usize = 64 << 20;

/// Runs the program with its arguments (the name first) and returns the exit code.
pub fn main(args: Vec<OsString>) -> u8 {
    let version = format!("{}\n", crate::stdlib::sys::version_text())
        .trim_end()
        .to_string();
    let config = match cli::configure(args, |k| std::env::var_os(k), &version) {
        Action::Run(c) => *c,
        Action::Print(text) => {
            print!("{text}");
            return 0;
        }
        Action::Fail(text, code) => {
            eprint!("{text}");
            return code as u8;
        }
    };
    // Signals for the process go to the thread that runs Python, so that one sent by the program itself is there when `kill`
    // returns: this thread blocks all of them.
    let before = block_signals();
    // A thread of our own has a stack of known size.
    let t = std::thread::Builder::new()
        .name("main".into())
        .stack_size(STACK)
        .spawn(move || {
            set_signal_mask(&before);
            run(config)
        });
    match t.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code as u8,
        Ok(Err(_)) => 134,
        Err(e) => {
            eprintln!("pirn: cannot start: {e}");
            1
        }
    }
}

/// Blocks all signals for the calling thread; the mask that was in force.
fn block_signals() -> libc::sigset_t {
    // SAFETY: plain calls on sets of our own.
    unsafe {
        let (mut all, mut before) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        before
    }
}

fn set_signal_mask(mask: &libc::sigset_t) {
    // SAFETY: a plain call on a set that outlives it.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, mask, std::ptr::null_mut()) };
}

fn run(config: Config) -> i32 {
    let quiet = config.flags.quiet;
    let inspect = config.flags.inspect || config.flags.interactive;
    let py = match runtime::start(config) {
        Ok(py) => py,
        Err(e) => {
            let py = crate::thread::current();
            crate::error::traceback::print(py, &e.0);
            return 1;
        }
    };
    crate::stdlib::signal::start(py);
    let main = runtime::main_module(py);
    let r = prepare(py).and_then(|()| run_main(py, &main, quiet));
    let mut code = report(py, r);
    if inspect && !matches!(runtime::config().run, Run::Interactive) {
        code = report(py, crate::repl::run(py, &main).map(|()| py.none()));
    }
    drop(main);
    if !runtime::finish(py) && code == 0 {
        code = 120;
    }
    code
}

/// Standard streams, encodings, `site`.
pub(crate) fn prepare(py: &'static Py) -> PyResult<()> {
    std_streams(py)?;
    let c = runtime::config();
    if !c.flags.no_site {
        crate::import::import(py, "site")?;
        if let Some(site) = crate::import::loaded(py, "site") {
            ops::call0(py, &*ops::getattr_str(py, &site, "main")?)?;
        }
    }
    if !c.warn_options.is_empty() {
        crate::import::import(py, "warnings")?;
    }
    Ok(())
}

/// Makes `sys.stdin`, `sys.stdout`, `sys.stderr`; None for a descriptor that is closed.
fn std_streams(py: &'static Py) -> PyResult<()> {
    let c = runtime::config();
    let io = crate::import::import(py, "_io")?;
    let (open, wrapper) = (
        ops::getattr_str(py, &io, "open")?,
        ops::getattr_str(py, &io, "TextIOWrapper")?,
    );
    let names: Vec<Obj> = [
        "encoding",
        "errors",
        "newline",
        "line_buffering",
        "write_through",
    ]
    .iter()
    .map(|n| crate::builtins::str::intern(py, n))
    .collect();
    for (fd, name, mode) in [(0, "stdin", "rb"), (1, "stdout", "wb"), (2, "stderr", "wb")] {
        // SAFETY: a query of a descriptor.
        let v = if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            py.none()
        } else {
            let unbuffered = c.flags.unbuffered && fd != 0;
            let buffering = if unbuffered { 0 } else { -1 };
            let raw = ops::call_objs(
                py,
                &open,
                &[
                    py.int(fd as i64),
                    py.str(mode),
                    py.int(buffering),
                    py.none(),
                    py.none(),
                    py.none(),
                    py.bool(false),
                ],
            )?;
            // SAFETY: as above.
            let tty = unsafe { libc::isatty(fd) } == 1;
            let (encoding, errors) = c.io_encoding.clone().unwrap_or_default();
            let encoding = if encoding.is_empty() {
                "utf-8".to_string()
            } else {
                encoding
            };
            let errors = match (fd, errors.as_str()) {
                (2, _) => "backslashreplace".to_string(),
                (_, "") => if c.io_encoding.is_some() {
                    "strict"
                } else {
                    "surrogateescape"
                }
                .to_string(),
                (_, e) => e.to_string(),
            };
            let line = !c.flags.unbuffered && (tty || fd == 2);
            let newline = py.str("\n");
            let all = [
                raw,
                py.str(&encoding),
                py.str(&errors),
                newline,
                py.bool(line),
                py.bool(unbuffered),
            ];
            let objs = crate::object::native::args::objs;
            let s = ops::call(
                py,
                &wrapper,
                crate::object::Args::new(objs(&all), objs(&names)),
            )?;
            let shown = ["<stdin>", "<stdout>", "<stderr>"][fd as usize];
            let lowest = ops::getattr_str(py, &s, "buffer")?;
            let lowest = if unbuffered {
                lowest
            } else {
                ops::getattr_str(py, &lowest, "raw")?
            };
            ops::setattr(
                py,
                &lowest,
                &crate::builtins::str::intern(py, "name"),
                &py.str(shown),
            )?;
            ops::setattr(
                py,
                &s,
                &crate::builtins::str::intern(py, "mode"),
                &py.str(&mode[..1]),
            )?;
            s
        };
        sys::set(py, name, v.clone());
        sys::set(py, &format!("__{name}__"), v);
    }
    Ok(())
}

/// The exit code of a result; uncaught exceptions are printed through `sys.excepthook`.
fn report(py: &Py, r: PyResult<Obj>) -> i32 {
    match r {
        Ok(_) => 0,
        Err(e) => {
            if let Some(code) = sys::exit_code(py, &e) {
                return code & 0xff;
            }
            let interrupted = e.is(&crate::builtins::exceptions::KEYBOARD_INTERRUPT);
            print_uncaught(py, e);
            if interrupted { 130 } else { 1 }
        }
    }
}

/// Calls `sys.excepthook`.
pub fn print_uncaught(py: &Py, e: Raised) {
    sys::set(py, "last_exc", e.0.clone());
    runtime::flush_streams(py);
    let tb = ops::getattr_str(py, &e.0, "__traceback__").unwrap_or_else(|_| py.none());
    match sys::get(py, "excepthook") {
        Some(hook) => {
            if let Err(e2) = ops::call3(py, &hook, &e.0.ty().to_obj(), &e.0, &tb) {
                crate::error::traceback::write_stderr(py, "Error in sys.excepthook:\n");
                crate::error::traceback::print(py, &e2.0);
                crate::error::traceback::write_stderr(py, "\nOriginal exception was:\n");
                crate::error::traceback::print(py, &e.0);
            }
        }
        None => crate::error::traceback::print(py, &e.0),
    }
}

fn set_path0(py: &Py, dir: &str) {
    if runtime::config().flags.safe_path {
        return;
    }
    if let Some(path) = sys::get(py, "path")
        && let Some(l) = path.get::<crate::builtins::list::ListObj>()
    {
        let _ = l.insert(py, 0, py.str(dir));
    }
}

fn run_main(py: &'static Py, main: &Obj, quiet: bool) -> PyResult<Obj> {
    let c = runtime::config();
    match &c.run {
        Run::Command(text) => {
            set_path0(py, "");
            let mut source = text.to_string_lossy().into_owned();
            source.push('\n');
            exec(py, main, source.as_bytes(), "<string>")
        }
        Run::Module(name) => {
            set_path0(py, "");
            let runpy = crate::import::import(py, "runpy")?;
            let f = ops::getattr_str(py, &runpy, "_run_module_as_main")?;
            ops::call2(py, &f, &py.str(&name.to_string_lossy()), &py.bool(true))
        }
        Run::Script(path) => run_path(py, main, path),
        Run::Stdin => {
            set_path0(py, "");
            let mut source = Vec::new();
            if std::io::stdin().read_to_end(&mut source).is_err() {
                return Err(py.system_error("cannot read standard input"));
            }
            exec(py, main, &source, "<stdin>")
        }
        Run::Interactive => {
            set_path0(py, "");
            if !std::io::stdin().is_terminal() && !c.flags.interactive {
                let mut source = Vec::new();
                let _ = std::io::stdin().read_to_end(&mut source);
                return exec(py, main, &source, "<stdin>");
            }
            if !quiet {
                eprintln!("Python {}", crate::stdlib::sys::version_text());
                let _ = std::io::stderr().flush();
            }
            crate::repl::run(py, main).map(|()| py.none())
        }
    }
}

fn run_path(py: &'static Py, main: &Obj, path: &OsString) -> PyResult<Obj> {
    let p = std::path::Path::new(path);
    let shown = p.to_string_lossy().into_owned();
    let program = runtime::config().program.to_string_lossy().into_owned();
    let is_zip = || {
        let mut magic = [0u8; 4];
        std::fs::File::open(p)
            .and_then(|mut f| f.read_exact(&mut magic))
            .is_ok()
            && &magic == b"PK\x03\x04"
    };
    if p.is_dir() || is_zip() {
        set_path0(py, &shown);
        let runpy = crate::import::import(py, "runpy")?;
        let f = ops::getattr_str(py, &runpy, "_run_module_as_main")?;
        return ops::call2(py, &f, &py.str("__main__"), &py.bool(false));
    }
    let source = match std::fs::read(p) {
        Ok(s) => s,
        Err(e) => {
            let n = e.raw_os_error().unwrap_or(2);
            let text = e.to_string();
            let text = text.split(" (os error").next().unwrap_or("").to_string();
            crate::error::traceback::write_stderr(
                py,
                &format!(
                    "{program}: can't open file '{}': [Errno {n}] {text}\n",
                    absolute(&shown)
                ),
            );
            return Err(py.error_args(&crate::builtins::exceptions::SYSTEM_EXIT, &[py.int(2)]));
        }
    };
    let dir = std::fs::canonicalize(p)
        .ok()
        .and_then(|p| p.parent().map(|d| d.to_string_lossy().into_owned()));
    set_path0(py, &dir.unwrap_or_default());
    let d = module::dict(main);
    let d = d.cast::<DictObj>();
    let file = absolute(&shown);
    d.set_str(py, "__file__", py.str(&file));
    d.set_str(py, "__cached__", py.none());
    exec(py, main, &source, &file)
}

fn absolute(path: &str) -> String {
    if path.starts_with('/') {
        return path.to_string();
    }
    std::env::current_dir().map_or_else(
        |_| path.to_string(),
        |d| d.join(path).to_string_lossy().into_owned(),
    )
}

fn exec(py: &'static Py, main: &Obj, source: &[u8], filename: &str) -> PyResult<Obj> {
    let code = runtime::compile_source(
        py,
        source,
        filename,
        compile::Mode::Exec,
        runtime::module_options(),
    )?;
    let d = module::dict(main);
    runtime::exec_code(py, &code, &d, &d, None)
}
