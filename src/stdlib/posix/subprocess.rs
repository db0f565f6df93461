//! `_posixsubprocess`: fork and exec in one step.
//!
//! Between fork and exec the child only makes system calls on memory that was prepared before, unless there is a
//! `preexec_fn`, which is Python code and thus the caller's risk.

use super::files::close_range;
use super::path;
use super::process::{pointers, strings};
use super::{c_int, id_arg};
use crate::builtins::bytes;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::stdlib::io::util::errno;
use crate::thread::Py;
use std::ffi::CString;

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_posixsubprocess");
    m.doc("A POSIX helper for the subprocess module.");
    m.function(
        "fork_exec",
        "($module, args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, \
         errwrite, errpipe_read, errpipe_write, restore_signals, start_new_session, process_group, gid, extra_groups, uid, \
         umask, preexec_fn, /)",
        Bound(fork_exec),
    );
    m.finish()
}

/// Everything the child needs.
struct Child {
    argv: Vec<*const libc::c_char>,
    files: Vec<CString>,
    env: Option<Vec<*const libc::c_char>>,
    cwd: Option<CString>,
    keep: Vec<i32>,
    close_fds: bool,
    /// Child's ends of stdin, stdout, stderr; -1 to inherit.
    streams: [i32; 3],
    /// Ends of the parent, to be closed.
    parents: [i32; 3],
    errpipe: [i32; 2],
    restore_signals: bool,
    new_session: bool,
    process_group: i32,
    gid: Option<u32>,
    groups: Option<Vec<u32>>,
    uid: Option<u32>,
    umask: i32,
}

/// Why the child ended before exec: text before the errno in hexadecimal.
enum Failure {
    Os(i32, &'static str),
    Preexec,
}

fn fork_exec(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let int = |i: usize| c_int(py, &a[i]);
    let args = strings(py, &a[0])?;
    let files: Vec<CString> = strings(py, &a[1])?;
    let mut keep = Vec::new();
    for fd in ops::collect(py, &a[3])? {
        let fd = c_int(py, &fd)?;
        if fd < 0 || keep.last().is_some_and(|&l| l >= fd) {
            return Err(py.value_error("bad value(s) in fds_to_keep"));
        }
        keep.push(fd);
    }
    let close_fds = ops::truth(py, &a[2])?;
    let cwd = a[4].not_none().map(|c| path::fs_path(py, c)).transpose()?;
    let vars = match a[5].not_none() {
        Some(list) => {
            let mut out = Vec::new();
            for line in ops::collect(py, list)? {
                let b = match bytes::view(&line) {
                    Some(b) => b.to_vec(),
                    None => path::encode(py, &line)?,
                };
                out.push(CString::new(b).map_err(|_| py.value_error("embedded null byte"))?);
            }
            Some(out)
        }
        None => None,
    };
    let id = |i: usize| a[i].not_none().map(|v| id_arg(py, v)).transpose();
    let groups = match a[18].not_none() {
        Some(g) => Some(
            ops::collect(py, g)?
                .iter()
                .map(|x| id_arg(py, x))
                .collect::<PyResult<Vec<u32>>>()?,
        ),
        None => None,
    };
    let preexec = a[21].not_none();
    let child = Child {
        argv: pointers(&args),
        files,
        env: vars.as_deref().map(pointers),
        cwd,
        keep,
        close_fds,
        streams: [int(6)?, int(9)?, int(11)?],
        parents: [int(7)?, int(8)?, int(10)?],
        errpipe: [int(12)?, int(13)?],
        restore_signals: ops::truth(py, &a[14])?,
        new_session: ops::truth(py, &a[15])?,
        process_group: int(16)?,
        gid: id(17)?,
        groups,
        uid: id(19)?,
        umask: int(20)?,
    };
    if child.close_fds && child.errpipe[1] < 3 {
        return Err(py.value_error("errpipe_write must be >= 3"));
    }
    if preexec.is_some() {
        super::process::run_hooks(py, 0, true);
    }
    // SAFETY: the child runs `run_child` only, which ends in exec or `_exit`.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        if preexec.is_some() {
            super::process::run_hooks(py, 2, false);
        }
        let failure = run_child(&child, &mut || {
            preexec.is_none_or(|f| ops::call0(py, f).is_ok())
        });
        report(child.errpipe[1], failure);
        // SAFETY: ends the child without running anything of the parent's.
        unsafe { libc::_exit(255) }
    }
    let e = errno();
    if preexec.is_some() {
        super::process::run_hooks(py, 1, false);
    }
    if pid < 0 {
        return Err(crate::builtins::exceptions::os_error(py, e, None));
    }
    Ok(py.int(i64::from(pid)))
}

/// Tells the parent through the pipe, without allocating.
fn report(fd: i32, f: Failure) {
    let put = |b: &[u8]| {
        // SAFETY: the memory is valid for its length. Nothing can be done about a failure.
        let _ = unsafe { libc::write(fd, b.as_ptr().cast(), b.len()) };
    };
    match f {
        Failure::Preexec => put(b"SubprocessError:0:Exception occurred in preexec_fn."),
        Failure::Os(e, context) => {
            put(b"OSError:");
            let mut hex = [0u8; 8];
            let mut at = hex.len();
            let mut n = e as u32;
            while n > 0 && at > 0 {
                at -= 1;
                hex[at] = b"0123456789ABCDEF"[(n & 15) as usize];
                n >>= 4;
            }
            put(&hex[at..]);
            put(b":");
            put(context.as_bytes());
        }
    }
}

fn run_child(c: &Child, preexec: &mut dyn FnMut() -> bool) -> Failure {
    match set_up(c, preexec) {
        Ok(()) => {}
        Err(f) => return f,
    }
    let mut saved = 0;
    for file in &c.files {
        // SAFETY: terminated strings in terminated arrays.
        unsafe {
            match &c.env {
                Some(env) => libc::execve(file.as_ptr(), c.argv.as_ptr(), env.as_ptr()),
                None => libc::execv(file.as_ptr(), c.argv.as_ptr()),
            }
        };
        let e = errno();
        if e != libc::ENOENT && e != libc::ENOTDIR && saved == 0 {
            saved = e;
        }
    }
    Failure::Os(if saved != 0 { saved } else { errno() }, "")
}

fn set_up(c: &Child, preexec: &mut dyn FnMut() -> bool) -> Result<(), Failure> {
    let ok = |r: i32| {
        if r < 0 {
            Err(Failure::Os(errno(), ""))
        } else {
            Ok(())
        }
    };
    // SAFETY: plain system calls on numbers and on memory that `c` owns.
    unsafe {
        for &fd in &c.keep {
            if fd != c.errpipe[1] {
                libc::fcntl(fd, libc::F_SETFD, 0);
            }
        }
        for fd in c.parents {
            if fd >= 0 {
                libc::close(fd);
            }
        }
        libc::close(c.errpipe[0]);
        let mut s = c.streams;
        // A low descriptor must not be overwritten before it was used.
        for i in 1..3 {
            if s[i] >= 0 && (s[i] as usize) < i {
                s[i] = libc::dup(s[i]);
                ok(s[i])?;
            }
        }
        for (i, &fd) in s.iter().enumerate() {
            let want = i as i32;
            if fd == want {
                libc::fcntl(fd, libc::F_SETFD, 0);
            } else if fd >= 0 {
                ok(libc::dup2(fd, want))?;
            }
        }
        if let Some(d) = &c.cwd
            && libc::chdir(d.as_ptr()) != 0
        {
            return Err(Failure::Os(errno(), "noexec:chdir"));
        }
        if c.umask >= 0 {
            libc::umask(c.umask as libc::mode_t);
        }
        if c.restore_signals {
            for sig in [libc::SIGPIPE, libc::SIGXFSZ] {
                libc::signal(sig, libc::SIG_DFL);
            }
        }
        if c.new_session {
            ok(libc::setsid())?;
        }
        if c.process_group >= 0 {
            ok(libc::setpgid(0, c.process_group))?;
        }
        let id = |r: i32| {
            if r < 0 {
                Err(Failure::Os(errno(), "noexec"))
            } else {
                Ok(())
            }
        };
        if let Some(g) = &c.groups {
            id(libc::setgroups(g.len(), g.as_ptr()))?;
        }
        if let Some(g) = c.gid {
            id(libc::setregid(g, g))?;
        }
        if let Some(u) = c.uid {
            id(libc::setreuid(u, u))?;
        }
        if !preexec() {
            return Err(Failure::Preexec);
        }
        if c.close_fds {
            let mut low = 3;
            for &fd in &c.keep {
                if fd >= low {
                    close_range(low, fd - 1);
                    low = fd + 1;
                }
            }
            close_range(low, i32::MAX);
        }
    }
    Ok(())
}
