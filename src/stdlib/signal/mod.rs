//! `_signal`: the OS handler only sets a flag; the Python handler runs in the main thread at a bytecode boundary.
//!
//! - `timers`: alarm and interval timers
//! - `masks`: blocking, waiting for and sending signals

mod masks;
mod timers;

use super::ModuleInit;
use crate::builtins::exceptions as exc;
use crate::builtins::exceptions::oserror::os_error;
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::{Py, pending};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64, Ordering};

/// One more than the largest signal number.
pub(super) const NSIG: usize = 65;

/// Signals that arrived and whose Python handlers have not run yet.
static ARRIVED: [AtomicBool; NSIG] = [const { AtomicBool::new(false) }; NSIG];
/// Python handlers: SIG_DFL and SIG_IGN as ints, a callable, or empty when not set from Python.
static HANDLERS: [Slot; NSIG] = [const { Slot::empty() }; NSIG];
/// File descriptor that the OS handler writes signal numbers to, -1 for none.
static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
/// The main thread's state and its OS id. Null before the module is initialized.
static MAIN: AtomicPtr<Py> = AtomicPtr::new(std::ptr::null_mut());
static MAIN_THREAD: AtomicU64 = AtomicU64::new(0);

const SIG_DFL: i64 = 0;
const SIG_IGN: i64 = 1;

macro_rules! signals {
    ($($name:ident)*) => {
        const SIGNALS: &[(&str, i32)] = &[$((stringify!($name), libc::$name)),*];
    };
}

signals! {
    SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGFPE SIGKILL SIGBUS SIGSEGV SIGSYS SIGPIPE SIGALRM SIGTERM SIGUSR1
    SIGUSR2 SIGCHLD SIGIO SIGURG SIGWINCH SIGSTOP SIGTSTP SIGCONT SIGTTIN SIGTTOU SIGVTALRM SIGPROF SIGXCPU SIGXFSZ
}

/// Runs in signal context: only atomics, `write` and `pthread_kill`.
extern "C" fn on_signal(n: libc::c_int) {
    let main = MAIN.load(Ordering::Acquire);
    // SAFETY: async-signal-safe calls.
    unsafe {
        let me = libc::pthread_self();
        if main.is_null() || me as u64 != MAIN_THREAD.load(Ordering::Relaxed) {
            // The main thread's state belongs to it: let the signal arrive there.
            libc::pthread_kill(MAIN_THREAD.load(Ordering::Relaxed) as libc::pthread_t, n);
            return;
        }
        let errno = *libc::__errno_location();
        if let Some(flag) = ARRIVED.get(n as usize) {
            flag.store(true, Ordering::Release);
        }
        let fd = WAKEUP_FD.load(Ordering::Relaxed);
        if fd >= 0 {
            let byte = n as u8;
            libc::write(fd, (&raw const byte).cast(), 1);
        }
        (*main).set_pending(pending::SIGNALS);
        *libc::__errno_location() = errno;
    }
}

/// Lets the OS call `on_signal` (or do nothing, or the default).
fn install(n: i32, action: libc::sighandler_t) -> Result<(), i32> {
    // SAFETY: a zeroed sigaction is valid; no flags, so that system calls are interrupted.
    unsafe {
        let mut a: libc::sigaction = std::mem::zeroed();
        a.sa_sigaction = action;
        libc::sigemptyset(&mut a.sa_mask);
        if libc::sigaction(n, &a, std::ptr::null_mut()) != 0 {
            return Err(errno());
        }
    }
    Ok(())
}

fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

#[cold]
fn last_error(py: &Py) -> Raised {
    os_error(py, errno(), None)
}

fn is_main(py: &Py) -> bool {
    std::ptr::eq(MAIN.load(Ordering::Acquire), py)
}

/// Runs the Python handlers of signals that arrived.
pub fn run_handlers(py: &Py) -> PyResult<()> {
    if !is_main(py) {
        return Ok(());
    }
    for n in 1..NSIG {
        // Acquire: pairs with the Release in `on_signal`.
        if !ARRIVED[n].swap(false, Ordering::Acquire) {
            continue;
        }
        let Some(h) = HANDLERS[n].get() else { continue };
        if h.word().is_int() || h.is_none() {
            continue;
        }
        let frame = py
            .interp
            .frames()
            .next()
            .map_or_else(|| py.none(), |f| crate::builtins::frame::of(py, f));
        let result = ops::call2(py, &h, &py.int(n as i64), &frame);
        if let Err(e) = result {
            // The remaining signals are handled at the next opportunity.
            if ARRIVED.iter().any(|f| f.load(Ordering::Relaxed)) {
                py.set_pending(pending::SIGNALS);
            }
            return Err(e);
        }
    }
    Ok(())
}

/// Makes the calling thread the one that handles signals, and Ctrl-C a KeyboardInterrupt. Called once at start-up.
pub fn start(py: &'static Py) {
    // SAFETY: plain query.
    MAIN_THREAD.store(unsafe { libc::pthread_self() } as u64, Ordering::Relaxed);
    // Release: the state is complete.
    MAIN.store(py as *const Py as *mut Py, Ordering::Release);
    for n in 1..NSIG {
        // SAFETY: queries the current action into a zeroed structure.
        let action = unsafe {
            let mut a: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(n as i32, std::ptr::null(), &mut a) != 0 {
                continue;
            }
            a.sa_sigaction
        };
        HANDLERS[n].set(match action {
            libc::SIG_DFL => py.int(SIG_DFL),
            libc::SIG_IGN => py.int(SIG_IGN),
            _ => py.none(),
        });
    }
    for n in [libc::SIGPIPE, libc::SIGXFSZ] {
        if install(n, libc::SIG_IGN).is_ok() {
            HANDLERS[n as usize].set(py.int(SIG_IGN));
        }
    }
    let default = HANDLERS[libc::SIGINT as usize]
        .get()
        .is_some_and(|h| h.is(&py.int(SIG_DFL)));
    if default && install(libc::SIGINT, on_signal as *const () as libc::sighandler_t).is_ok() {
        HANDLERS[libc::SIGINT as usize].set(default_int_handler(py));
    }
}

fn default_int_handler(py: &Py) -> Obj {
    static DEF: crate::object::FnDef = crate::object::FnDef::new(
        "default_int_handler",
        "($module, signalnum, frame, /)",
        Bound(|py, _| Err(Raised(exc::new(py, &exc::KEYBOARD_INTERRUPT, &[])))),
    );
    static FUNCTION: Slot = Slot::empty();
    FUNCTION.get().unwrap_or_else(|| {
        FUNCTION.set(crate::object::NativeFn::new(
            py,
            &DEF,
            None,
            Some(py.str("_signal")),
        ));
        FUNCTION.obj()
    })
}

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_signal");
    m.doc("Handling of signals of the operating system.");
    for (name, n) in SIGNALS {
        m.int(name, i64::from(*n));
    }
    for (name, n) in [
        ("SIGCLD", libc::SIGCHLD),
        ("SIGPOLL", libc::SIGIO),
        ("SIGIOT", libc::SIGABRT),
    ] {
        m.int(name, i64::from(n));
    }
    #[cfg(target_os = "linux")]
    {
        m.int("SIGPWR", i64::from(libc::SIGPWR));
        m.int("SIGSTKFLT", i64::from(libc::SIGSTKFLT));
        m.int("SIGRTMIN", i64::from(libc::SIGRTMIN()));
        m.int("SIGRTMAX", i64::from(libc::SIGRTMAX()));
    }
    m.int("NSIG", NSIG as i64);
    m.int("SIG_DFL", SIG_DFL);
    m.int("SIG_IGN", SIG_IGN);
    m.add("default_int_handler", default_int_handler(py));
    m.function("signal", "($module, signalnum, handler, /)", Bound(signal));
    m.function(
        "getsignal",
        "($module, signalnum, /)",
        Bound(|py, a| {
            let n = number(py, &a[0])?;
            Ok(HANDLERS[n].get().unwrap_or_else(|| py.none()))
        }),
    );
    m.function(
        "set_wakeup_fd",
        "($module, fd, /, *, warn_on_full_buffer=True)",
        Bound(set_wakeup_fd),
    );
    m.function(
        "siginterrupt",
        "($module, signalnum, flag, /)",
        Bound(siginterrupt),
    );
    timers::add(&mut m)?;
    masks::add(&mut m);
    m.finish()
}

/// A signal number argument.
pub(super) fn number(py: &Py, v: &Val) -> PyResult<usize> {
    let n = ops::to_i64(py, v)?;
    if n < 1 || n >= NSIG as i64 {
        return Err(py.value_error("signal number out of range"));
    }
    Ok(n as usize)
}

fn signal(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let handler = &a[1];
    let as_int = handler.word().is_int().then(|| handler.word().as_int());
    if !is_main(py) {
        return Err(py.value_error("signal only works in main thread of the main interpreter"));
    }
    let n = number(py, &a[0])?;
    let action = match as_int {
        Some(SIG_DFL) => libc::SIG_DFL,
        Some(SIG_IGN) => libc::SIG_IGN,
        _ if ops::call::is_callable(handler) => on_signal as *const () as libc::sighandler_t,
        _ => {
            return Err(py.type_error(
                "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object",
            ));
        }
    };
    // Signals that arrived before are for the old handler.
    run_handlers(py)?;
    install(n as i32, action).map_err(|e| os_error(py, e, None))?;
    let old = HANDLERS[n].replace(handler.to_obj());
    Ok(old.unwrap_or_else(|| py.none()))
}

fn set_wakeup_fd(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let fd = ops::to_i64(py, &a[0])?;
    if !is_main(py) {
        return Err(
            py.value_error("set_wakeup_fd only works in main thread of the main interpreter")
        );
    }
    let fd = i32::try_from(fd).map_err(|_| py.value_error("invalid fd"))?;
    if fd != -1 {
        // SAFETY: plain queries of a descriptor.
        let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
        if flags < 0 {
            return Err(last_error(py));
        }
        if flags & libc::O_NONBLOCK == 0 {
            return Err(py.value_error(format!("the fd {fd} must be in non-blocking mode")));
        }
    }
    Ok(py.int(i64::from(WAKEUP_FD.swap(fd, Ordering::SeqCst))))
}

fn siginterrupt(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = number(py, &a[0])?;
    let interrupt = ops::truth(py, &a[1])?;
    // SAFETY: reads and writes back the action of a valid signal.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(n as i32, std::ptr::null(), &mut action) != 0 {
            return Err(last_error(py));
        }
        if interrupt {
            action.sa_flags &= !libc::SA_RESTART;
        } else {
            action.sa_flags |= libc::SA_RESTART;
        }
        if libc::sigaction(n as i32, &action, std::ptr::null_mut()) != 0 {
            return Err(last_error(py));
        }
    }
    Ok(py.none())
}
