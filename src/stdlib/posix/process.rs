//! Processes: start, wait, signal, end.

use super::path;
use super::{c_int, check, none};
use crate::builtins::dict::DictObj;
use crate::builtins::exceptions::os_error;
use crate::builtins::list::{self, ListObj};
use crate::builtins::structseq::SeqDef;
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::stdlib::io::util::{call, errno};
use crate::thread::Py;
use std::ffi::CString;

static WAITID: SeqDef = SeqDef::new(
    "posix.waitid_result",
    "waitid_result: Result from waitid.",
    &["si_pid", "si_uid", "si_signo", "si_status", "si_code"],
    &[],
);
/// Functions to call around a fork: before, in the parent, in the child.
static HOOKS: [Slot; 3] = [const { Slot::empty() }; 3];
const BEFORE: usize = 0;
const PARENT: usize = 1;
const CHILD: usize = 2;

pub fn init(m: &mut ModuleInit) {
    m.add("waitid_result", WAITID.obj());
    starting(m);
    waiting(m);
    m.function(
        "kill",
        "($module, pid, signal, /)",
        Bound(|py, a| {
            let (pid, sig) = (c_int(py, &a[0])?, c_int(py, &a[1])?);
            // SAFETY: plain system call on numbers.
            check(py, || unsafe { libc::kill(pid, sig) as isize })?;
            crate::stdlib::signal::run_handlers(py)?;
            Ok(py.none())
        }),
    );
    m.function(
        "killpg",
        "($module, pgid, signal, /)",
        Bound(|py, a| {
            let (pid, sig) = (c_int(py, &a[0])?, c_int(py, &a[1])?);
            // SAFETY: plain system call on numbers.
            check(py, || unsafe { libc::killpg(pid, sig) as isize })?;
            crate::stdlib::signal::run_handlers(py)?;
            Ok(py.none())
        }),
    );
    m.function(
        "setsid",
        "($module, /)",
        Bound(|py, _| {
            // SAFETY: plain system call.
            none(py, check(py, || unsafe { libc::setsid() as isize }))
        }),
    );
    m.function(
        "setpgid",
        "($module, pid, pgrp, /)",
        Bound(|py, a| {
            let (pid, group) = (c_int(py, &a[0])?, c_int(py, &a[1])?);
            // SAFETY: plain system call on numbers.
            none(
                py,
                check(py, || unsafe { libc::setpgid(pid, group) as isize }),
            )
        }),
    );
    m.function(
        "tcgetpgrp",
        "($module, fd, /)",
        Bound(|py, a| {
            let fd = c_int(py, &a[0])?;
            // SAFETY: plain system call on a number.
            Ok(py.int(check(py, || unsafe { libc::tcgetpgrp(fd) as isize })? as i64))
        }),
    );
    m.function(
        "tcsetpgrp",
        "($module, fd, pgid, /)",
        Bound(|py, a| {
            let (fd, group) = (c_int(py, &a[0])?, c_int(py, &a[1])?);
            // SAFETY: plain system call on numbers.
            none(
                py,
                check(py, || unsafe { libc::tcsetpgrp(fd, group) as isize }),
            )
        }),
    );
    m.function("abort", "($module, /)", Bound(|_, _| std::process::abort()));
    m.function(
        "_exit",
        "($module, /, status)",
        Bound(|py, a| {
            let n = c_int(py, &a[0])?;
            // SAFETY: ends the process.
            unsafe { libc::_exit(n) }
        }),
    );
    m.function(
        "pidfd_open",
        "($module, /, pid, flags=0)",
        Bound(|py, a| {
            let pid = c_int(py, &a[0])?;
            let flags = a[1].given().map_or(Ok(0), |f| c_int(py, f))?;
            // SAFETY: plain system call on numbers.
            Ok(py.int(check(py, || unsafe {
                libc::syscall(libc::SYS_pidfd_open, pid, flags) as isize
            })? as i64))
        }),
    );
}

/// The list of one kind of hooks.
fn hooks(py: &Py, kind: usize) -> Obj {
    HOOKS[kind].get().unwrap_or_else(|| {
        HOOKS[kind].set(list::new(py, Vec::new()));
        HOOKS[kind].obj()
    })
}

/// Calls hooks; their errors are reported only.
pub fn run_hooks(py: &Py, kind: usize, reverse: bool) {
    let mut all = hooks(py, kind).cast::<ListObj>().to_vec();
    if reverse {
        all.reverse();
    }
    for f in all {
        if let Err(e) = ops::call0(py, &f) {
            py.write_unraisable(e, &f);
        }
    }
}

/// Forks with the hooks run. The result is the child's id, 0 in the child.
fn fork(py: &Py) -> PyResult<i32> {
    run_hooks(py, BEFORE, true);
    // SAFETY: the child goes on with this thread alone, as a fork of the whole process does.
    let pid = unsafe { libc::fork() };
    let e = errno();
    run_hooks(py, if pid == 0 { CHILD } else { PARENT }, false);
    if pid < 0 {
        Err(os_error(py, e, None))
    } else {
        Ok(pid)
    }
}

/// C strings of a sequence of paths.
pub fn strings(py: &Py, v: &Val) -> PyResult<Vec<CString>> {
    ops::collect(py, v)?
        .iter()
        .map(|x| path::fs_path(py, x))
        .collect()
}

/// "NAME=value" of a mapping.
fn environment(py: &Py, v: &Val) -> PyResult<Vec<CString>> {
    let items = match v.get::<DictObj>() {
        Some(d) => d.items(),
        None => {
            let keys = ops::collect(py, &*call(py, v, "keys", &[])?)?;
            let values = ops::collect(py, &*call(py, v, "values", &[])?)?;
            keys.into_iter().zip(values).collect()
        }
    };
    let mut out = Vec::new();
    for (k, x) in items {
        let (k, x) = (path::fs_path(py, &k)?, path::fs_path(py, &x)?);
        if k.as_bytes().is_empty() || k.as_bytes()[1..].contains(&b'=') {
            return Err(py.value_error("illegal environment variable name"));
        }
        let line = [k.as_bytes(), b"=", x.as_bytes()].concat();
        out.push(CString::new(line).map_err(|_| py.value_error("embedded null byte"))?);
    }
    Ok(out)
}

/// Pointers to the strings and a null pointer, as `exec` takes them.
pub fn pointers(v: &[CString]) -> Vec<*const libc::c_char> {
    v.iter()
        .map(|s| s.as_ptr())
        .chain([std::ptr::null()])
        .collect()
}

fn exec(py: &Py, func: &str, file: &Val, argv: &Val, env: Option<&Val>) -> PyResult<Obj> {
    let p = path::convert(py, file, func, "path", env.is_some(), false)?;
    if argv.get::<TupleObj>().is_none() && argv.get::<ListObj>().is_none() {
        return Err(py.type_error(format!("{func}: argv must be a tuple or list")));
    }
    let args = strings(py, argv)?;
    match args.first() {
        None => return Err(py.value_error(format!("{func}: argv must not be empty"))),
        Some(a) if a.is_empty() => {
            return Err(py.value_error(format!("{func}: argv first element cannot be empty")));
        }
        _ => {}
    }
    let argv = pointers(&args);
    let e = match env {
        None => {
            // SAFETY: terminated strings in a terminated array.
            unsafe { libc::execv(p.c().as_ptr(), argv.as_ptr()) };
            errno()
        }
        Some(env) => {
            let vars = environment(py, env)?;
            let envp = pointers(&vars);
            // SAFETY: as above.
            unsafe {
                match p.fd() {
                    Some(fd) => libc::fexecve(fd, argv.as_ptr(), envp.as_ptr()),
                    None => libc::execve(p.c().as_ptr(), argv.as_ptr(), envp.as_ptr()),
                }
            };
            errno()
        }
    };
    Err(p.error(py, e))
}

fn starting(m: &mut ModuleInit) {
    m.function(
        "fork",
        "($module, /)",
        Bound(|py, _| Ok(py.int(i64::from(fork(py)?)))),
    );
    m.function(
        "forkpty",
        "($module, /)",
        Bound(|py, _| {
            let mut master = 0;
            run_hooks(py, BEFORE, true);
            // SAFETY: a valid place for the descriptor, no name or settings.
            let pid = unsafe {
                libc::forkpty(
                    &mut master,
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                )
            };
            let e = errno();
            run_hooks(py, if pid == 0 { CHILD } else { PARENT }, false);
            if pid < 0 {
                return Err(os_error(py, e, None));
            }
            Ok(tuple::new(
                py,
                vec![py.int(i64::from(pid)), py.int(i64::from(master))],
            ))
        }),
    );
    m.function(
        "register_at_fork",
        "($module, /, **kwargs)",
        Raw(register_at_fork),
    );
    m.function(
        "execv",
        "($module, path, argv, /)",
        Bound(|py, a| exec(py, "execv", &a[0], &a[1], None)),
    );
    m.function(
        "execve",
        "($module, /, path, argv, env)",
        Bound(|py, a| exec(py, "execve", &a[0], &a[1], Some(&a[2]))),
    );
    m.function(
        "system",
        "($module, /, command)",
        Bound(|py, a| {
            let c = path::fs_path(py, &a[0])?;
            // SAFETY: the text is terminated.
            let r = py.detached(|| unsafe { libc::system(c.as_ptr()) });
            Ok(py.int(i64::from(r)))
        }),
    );
    const SPAWN: &str = "($module, path, argv, env, /, *, file_actions=(), setpgroup=<unrepresentable>, resetids=False, \
                         setsid=False, setsigmask=(), setsigdef=(), scheduler=<unrepresentable>)";
    m.function("posix_spawn", SPAWN, Bound(|py, a| spawn(py, a, false)));
    m.function("posix_spawnp", SPAWN, Bound(|py, a| spawn(py, a, true)));
}

fn register_at_fork(py: &Py, args: Args) -> PyResult<Obj> {
    if !args.positional().is_empty() {
        return Err(py.type_error("register_at_fork() takes no positional arguments"));
    }
    let mut any = false;
    for (k, f) in args.keywords() {
        let name = crate::builtins::str::lossy(k);
        let kind = match name.as_ref() {
            "before" => BEFORE,
            "after_in_parent" => PARENT,
            "after_in_child" => CHILD,
            other => {
                return Err(py.type_error(format!(
                    "register_at_fork() got an unexpected keyword argument '{other}'"
                )));
            }
        };
        if !ops::call::is_callable(f) {
            return Err(py.type_error(format!("'{name}' must be callable, not {}", f.ty().name())));
        }
        any = true;
        hooks(py, kind).cast::<ListObj>().push(py, f.to_obj())?;
    }
    if !any {
        return Err(py.type_error("At least one argument is required."));
    }
    Ok(py.none())
}

/// Signal numbers as a set.
fn signals(py: &Py, v: &Val) -> PyResult<libc::sigset_t> {
    // SAFETY: `sigemptyset` makes the zeroed memory a valid set.
    let mut set = unsafe {
        let mut s: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut s);
        s
    };
    for s in ops::collect(py, v)? {
        let n = c_int(py, &s)?;
        // SAFETY: a valid set; bad numbers are refused.
        if unsafe { libc::sigaddset(&mut set, n) } != 0 {
            return Err(py.value_error(format!("signal number {n} out of range [1; 64]")));
        }
    }
    Ok(set)
}

fn spawn(py: &Py, a: &[Val], search: bool) -> PyResult<Obj> {
    let func = if search {
        "posix_spawnp"
    } else {
        "posix_spawn"
    };
    let p = path::convert(py, &a[0], func, "path", false, false)?;
    let args = strings(py, &a[1])?;
    if args.first().is_none_or(|s| s.is_empty()) {
        let what = if args.is_empty() {
            "argv must not be empty"
        } else {
            "argv first element cannot be empty"
        };
        return Err(py.value_error(format!("{func}: {what}")));
    }
    let vars = match a[2].not_none() {
        Some(e) => environment(py, e)?,
        None => std::env::vars_os()
            .filter_map(|(k, v)| {
                use std::os::unix::ffi::OsStrExt;
                CString::new([k.as_bytes(), b"=", v.as_bytes()].concat()).ok()
            })
            .collect(),
    };
    let mut kept: Vec<CString> = Vec::new();
    let (argv, envp) = (pointers(&args), pointers(&vars));
    // SAFETY: both are initialized by the calls below before they are used, and destroyed at the end.
    let (mut actions, mut attr): (libc::posix_spawn_file_actions_t, libc::posix_spawnattr_t) =
        unsafe { std::mem::zeroed() };
    // SAFETY: valid places.
    unsafe {
        libc::posix_spawn_file_actions_init(&mut actions);
        libc::posix_spawnattr_init(&mut attr);
    }
    let filled = fill_spawn(py, a, &mut actions, &mut attr, &mut kept);
    let r = filled.map(|()| {
        let mut pid = 0;
        // SAFETY: initialized objects, terminated strings and arrays.
        let e = py.detached(|| unsafe {
            let f = if search {
                libc::posix_spawnp
            } else {
                libc::posix_spawn
            };
            f(
                &mut pid,
                p.c().as_ptr(),
                &actions,
                &attr,
                argv.as_ptr().cast(),
                envp.as_ptr().cast(),
            )
        });
        (pid, e)
    });
    // SAFETY: initialized above.
    unsafe {
        libc::posix_spawn_file_actions_destroy(&mut actions);
        libc::posix_spawnattr_destroy(&mut attr);
    }
    match r? {
        (pid, 0) => Ok(py.int(i64::from(pid))),
        (_, e) => Err(p.error(py, e)),
    }
}

fn fill_spawn(
    py: &Py,
    a: &[Val],
    actions: &mut libc::posix_spawn_file_actions_t,
    attr: &mut libc::posix_spawnattr_t,
    kept: &mut Vec<CString>,
) -> PyResult<()> {
    if let Some(list) = a[3].not_none() {
        for action in ops::collect(py, list)? {
            let items = match action.get::<TupleObj>() {
                Some(t) if !t.is_empty() => t.items(),
                _ => {
                    return Err(
                        py.type_error("Each file_actions element must be a non-empty tuple")
                    );
                }
            };
            let bad = |what: &str| {
                py.type_error(format!(
                    "A {what} file_action tuple must have {} elements",
                    match what {
                        "open" => 5,
                        "close" => 2,
                        _ => 3,
                    }
                ))
            };
            let e = match (c_int(py, &items[0])?, items.len()) {
                (0, 5) => {
                    kept.push(path::fs_path(py, &items[2])?);
                    let (fd, flags, mode) = (
                        c_int(py, &items[1])?,
                        c_int(py, &items[3])?,
                        c_int(py, &items[4])?,
                    );
                    let name = kept.last().map_or(std::ptr::null(), |s| s.as_ptr());
                    // SAFETY: initialized actions; the path lives in `kept`.
                    unsafe {
                        libc::posix_spawn_file_actions_addopen(
                            actions,
                            fd,
                            name,
                            flags,
                            mode as libc::mode_t,
                        )
                    }
                }
                (0, _) => return Err(bad("open")),
                // SAFETY: initialized actions.
                (1, 2) => unsafe {
                    libc::posix_spawn_file_actions_addclose(actions, c_int(py, &items[1])?)
                },
                (1, _) => return Err(bad("close")),
                // SAFETY: initialized actions.
                (2, 3) => unsafe {
                    libc::posix_spawn_file_actions_adddup2(
                        actions,
                        c_int(py, &items[1])?,
                        c_int(py, &items[2])?,
                    )
                },
                (2, _) => return Err(bad("dup2")),
                _ => return Err(py.type_error("Unknown file_actions identifier")),
            };
            if e != 0 {
                return Err(os_error(py, e, None));
            }
        }
    }
    let mut flags = 0;
    // SAFETY: an initialized attribute object in all calls.
    unsafe {
        if let Some(g) = a[4].given() {
            libc::posix_spawnattr_setpgroup(attr, c_int(py, g)?);
            flags |= libc::POSIX_SPAWN_SETPGROUP;
        }
        if a[5].given().map_or(Ok(false), |x| ops::truth(py, x))? {
            flags |= libc::POSIX_SPAWN_RESETIDS;
        }
        if a[6].given().map_or(Ok(false), |x| ops::truth(py, x))? {
            flags |= 0x80;
        }
        if let Some(s) = a[7].given() {
            let set = signals(py, s)?;
            libc::posix_spawnattr_setsigmask(attr, &set);
            flags |= libc::POSIX_SPAWN_SETSIGMASK;
        }
        if let Some(s) = a[8].given() {
            let set = signals(py, s)?;
            libc::posix_spawnattr_setsigdefault(attr, &set);
            flags |= libc::POSIX_SPAWN_SETSIGDEF;
        }
        libc::posix_spawnattr_setflags(attr, flags as libc::c_short);
    }
    Ok(())
}

fn status_functions(m: &mut ModuleInit) {
    macro_rules! status {
        ($($name:ident $how:ident)*) => {
            $(m.function(stringify!($name), "($module, /, status)", Bound(|py, a| {
                let s = c_int(py, &a[0])?;
                Ok(py.$how(libc::$name(s).into()))
            }));)*
        };
    }
    status!(WIFEXITED bool WIFSIGNALED bool WIFSTOPPED bool WIFCONTINUED bool WCOREDUMP bool WEXITSTATUS int WTERMSIG int WSTOPSIG int);
    m.function(
        "waitstatus_to_exitcode",
        "($module, /, status)",
        Bound(|py, a| {
            let s = c_int(py, &a[0])?;
            if libc::WIFEXITED(s) {
                return Ok(py.int(i64::from(libc::WEXITSTATUS(s))));
            }
            if libc::WIFSIGNALED(s) {
                return Ok(py.int(-i64::from(libc::WTERMSIG(s))));
            }
            if libc::WIFSTOPPED(s) {
                return Err(py.value_error(format!(
                    "process stopped by delivery of signal {}",
                    libc::WSTOPSIG(s)
                )));
            }
            Err(py.value_error(format!("invalid wait status: {s}")))
        }),
    );
}

fn waiting(m: &mut ModuleInit) {
    status_functions(m);
    m.function(
        "waitpid",
        "($module, pid, options, /)",
        Bound(|py, a| {
            let (pid, options) = (c_int(py, &a[0])?, c_int(py, &a[1])?);
            let mut status = 0;
            // SAFETY: a valid place for the status.
            let r = check(py, || unsafe {
                libc::waitpid(pid, &mut status, options) as isize
            })?;
            Ok(tuple::new(
                py,
                vec![py.int(r as i64), py.int(i64::from(status))],
            ))
        }),
    );
    m.function(
        "wait",
        "($module, /)",
        Bound(|py, _| {
            let mut status = 0;
            // SAFETY: a valid place for the status.
            let r = check(py, || unsafe { libc::wait(&mut status) as isize })?;
            Ok(tuple::new(
                py,
                vec![py.int(r as i64), py.int(i64::from(status))],
            ))
        }),
    );
    m.function(
        "waitid",
        "($module, idtype, id, options, /)",
        Bound(|py, a| {
            let (kind, id, options) = (
                c_int(py, &a[0])?,
                ops::to_i64(py, &a[1])? as libc::id_t,
                c_int(py, &a[2])?,
            );
            // SAFETY: a zeroed struct is a valid place for the result.
            let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
            // SAFETY: the place is valid.
            check(py, || unsafe {
                libc::waitid(kind as _, id, &mut info, options) as isize
            })?;
            // SAFETY: the fields of child events are set, or zero when no child changed.
            let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
            if pid == 0 {
                return Ok(py.none());
            }
            let all = [
                i64::from(pid),
                i64::from(uid),
                i64::from(info.si_signo),
                i64::from(status),
                i64::from(info.si_code),
            ];
            Ok(WAITID.make(py, all.iter().map(|&n| py.int(n)).collect()))
        }),
    );
    for name in ["wait3", "wait4"] {
        let sig = if name == "wait3" {
            "($module, /, options)"
        } else {
            "($module, /, pid, options)"
        };
        m.function(
            name,
            sig,
            Bound(|py, a| {
                let (pid, options) = match a {
                    [o] => (-1, c_int(py, o)?),
                    _ => (c_int(py, &a[0])?, c_int(py, &a[1])?),
                };
                let mut status = 0;
                // SAFETY: a zeroed struct is a valid place for the result.
                let mut ru: libc::rusage = unsafe { std::mem::zeroed() };
                // SAFETY: valid places.
                let r = check(py, || unsafe {
                    libc::wait4(pid, &mut status, options, &mut ru) as isize
                })?;
                let seconds =
                    |t: libc::timeval| py.float(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
                let mut usage = vec![seconds(ru.ru_utime), seconds(ru.ru_stime)];
                usage.extend(
                    [
                        ru.ru_maxrss,
                        ru.ru_ixrss,
                        ru.ru_idrss,
                        ru.ru_isrss,
                        ru.ru_minflt,
                        ru.ru_majflt,
                        ru.ru_nswap,
                        ru.ru_inblock,
                        ru.ru_oublock,
                        ru.ru_msgsnd,
                        ru.ru_msgrcv,
                        ru.ru_nsignals,
                        ru.ru_nvcsw,
                        ru.ru_nivcsw,
                    ]
                    .iter()
                    .map(|&n| py.int(n)),
                );
                Ok(tuple::new(
                    py,
                    vec![
                        py.int(r as i64),
                        py.int(i64::from(status)),
                        tuple::new(py, usage),
                    ],
                ))
            }),
        );
    }
}
