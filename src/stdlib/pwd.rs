//! `pwd` and `grp`: the databases of users and groups.

use super::ModuleInit;
use crate::builtins::list;
use crate::builtins::structseq::SeqDef;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::posix::path;
use crate::thread::Py;
use parking_lot::Mutex;
use std::ffi::{CStr, CString};

static PASSWD: SeqDef = SeqDef::new(
    "pwd.struct_passwd",
    "pwd.struct_passwd: Results from getpw*() routines.",
    &[
        "pw_name",
        "pw_passwd",
        "pw_uid",
        "pw_gid",
        "pw_gecos",
        "pw_dir",
        "pw_shell",
    ],
    &[],
);
static GROUP: SeqDef = SeqDef::new(
    "grp.struct_group",
    "grp.struct_group: Results from getgr*() routines.",
    &["gr_name", "gr_passwd", "gr_gid", "gr_mem"],
    &[],
);
/// Held while the iteration over a database runs, whose place is the process's.
static ITERATING: Mutex<()> = Mutex::new(());

/// A user, copied out of the C library's memory.
struct User {
    texts: [Vec<u8>; 5],
    uid: u32,
    gid: u32,
}

/// A group, likewise.
struct Group {
    name: Vec<u8>,
    password: Vec<u8>,
    gid: u32,
    members: Vec<Vec<u8>>,
}

/// # Safety
/// `p` is null or a terminated text.
unsafe fn text(p: *const libc::c_char) -> Vec<u8> {
    // SAFETY: by the caller's promise.
    if p.is_null() {
        Vec::new()
    } else {
        unsafe { CStr::from_ptr(p) }.to_bytes().to_vec()
    }
}

/// # Safety
/// `p` points to a filled struct.
unsafe fn user(p: *const libc::passwd) -> User {
    // SAFETY: by the caller's promise.
    unsafe {
        let p = &*p;
        User {
            texts: [
                text(p.pw_name),
                text(p.pw_passwd),
                text(p.pw_gecos),
                text(p.pw_dir),
                text(p.pw_shell),
            ],
            uid: p.pw_uid,
            gid: p.pw_gid,
        }
    }
}

/// # Safety
/// `p` points to a filled struct.
unsafe fn group(p: *const libc::group) -> Group {
    // SAFETY: by the caller's promise; the list of members ends with null.
    unsafe {
        let p = &*p;
        let mut members = Vec::new();
        let mut m = p.gr_mem;
        while !m.is_null() && !(*m).is_null() {
            members.push(text(*m));
            m = m.add(1);
        }
        Group {
            name: text(p.gr_name),
            password: text(p.gr_passwd),
            gid: p.gr_gid,
            members,
        }
    }
}

/// Calls a reentrant query with a buffer that grows as needed.
fn query<S, R>(
    mut call: impl FnMut(*mut S, *mut libc::c_char, usize, *mut *mut S) -> i32,
    copy: unsafe fn(*const S) -> R,
) -> Option<R> {
    let mut buf = vec![0u8; 2048];
    loop {
        let mut place = std::mem::MaybeUninit::<S>::uninit();
        let mut found = std::ptr::null_mut();
        let e = call(
            place.as_mut_ptr(),
            buf.as_mut_ptr().cast(),
            buf.len(),
            &mut found,
        );
        if e == libc::ERANGE && buf.len() < 1 << 22 {
            let n = buf.len() * 2;
            buf.resize(n, 0);
            continue;
        }
        if found.is_null() {
            return None;
        }
        // SAFETY: the call filled the struct; its texts are in `buf`.
        return Some(unsafe { copy(found) });
    }
}

fn user_by_id(uid: u32) -> Option<User> {
    // SAFETY: all places are valid for the call.
    query(
        |p, b, n, f| unsafe { libc::getpwuid_r(uid, p, b, n, f) },
        user,
    )
}

/// The name of a user.
pub fn name_of(uid: u32) -> Option<Vec<u8>> {
    user_by_id(uid).map(|u| {
        let [name, ..] = u.texts;
        name
    })
}

fn user_object(py: &Py, u: &User) -> Obj {
    let t = |i: usize| path::decode(py, &u.texts[i]);
    let ids = [u.uid, u.gid].map(|n| py.int(i64::from(n)));
    let [uid, gid] = ids;
    PASSWD.make(py, vec![t(0), t(1), uid, gid, t(2), t(3), t(4)])
}

fn group_object(py: &Py, g: &Group) -> Obj {
    let members = g.members.iter().map(|m| path::decode(py, m)).collect();
    let all = vec![
        path::decode(py, &g.name),
        path::decode(py, &g.password),
        py.int(i64::from(g.gid)),
        list::new(py, members),
    ];
    GROUP.make(py, all)
}

/// An id argument; `None` for numbers that no id can be.
fn id(py: &Py, v: &Val) -> PyResult<Option<u32>> {
    let i = ops::index(py, v)?;
    Ok(crate::builtins::int::view(&i)
        .and_then(|n| n.to_i64())
        .and_then(|n| u32::try_from(n).ok()))
}

fn name(py: &Py, v: &Val, func: &str) -> PyResult<CString> {
    if v.get::<crate::builtins::str::StrObj>().is_none() {
        return Err(py.type_error(format!(
            "{func}() argument must be str, not {}",
            v.ty().name()
        )));
    }
    CString::new(path::encode(py, v)?).map_err(|_| py.value_error("embedded null byte"))
}

fn missing(py: &Py, msg: String) -> crate::error::Raised {
    py.error(&crate::builtins::exceptions::KEY_ERROR, &msg)
}

/// Builds `pwd`.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "pwd");
    m.doc("This module provides access to the Unix password database.");
    m.add("struct_passwd", PASSWD.obj());
    m.function(
        "getpwuid",
        "($module, uidobj, /)",
        Bound(|py, a| {
            let n = id(py, &a[0])?;
            match n.and_then(|n| py.detached(|| user_by_id(n))) {
                Some(u) => Ok(user_object(py, &u)),
                None => Err(missing(
                    py,
                    format!("getpwuid(): uid not found: {}", ops::repr_text(py, &a[0])?),
                )),
            }
        }),
    );
    m.function(
        "getpwnam",
        "($module, name, /)",
        Bound(|py, a| {
            let n = name(py, &a[0], "getpwnam")?;
            // SAFETY: the name is terminated; all places are valid for the call.
            let u = py.detached(|| {
                query(
                    |p, b, k, f| unsafe { libc::getpwnam_r(n.as_ptr(), p, b, k, f) },
                    user,
                )
            });
            match u {
                Some(u) => Ok(user_object(py, &u)),
                None => Err(missing(
                    py,
                    format!("getpwnam(): name not found: {}", ops::repr_text(py, &a[0])?),
                )),
            }
        }),
    );
    m.function(
        "getpwall",
        "($module, /)",
        Bound(|py, _| {
            let all: Vec<User> = py.detached(|| {
                let _guard = ITERATING.lock();
                let mut all = Vec::new();
                // SAFETY: one iteration at a time; each struct is copied before the next call.
                unsafe {
                    libc::setpwent();
                    loop {
                        let p = libc::getpwent();
                        if p.is_null() {
                            break;
                        }
                        all.push(user(p));
                    }
                    libc::endpwent();
                }
                all
            });
            Ok(list::new(
                py,
                all.iter().map(|u| user_object(py, u)).collect(),
            ))
        }),
    );
    m.finish()
}

/// Builds `grp`.
pub fn init_grp(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "grp");
    m.doc("Access to the Unix group database.");
    m.add("struct_group", GROUP.obj());
    m.function(
        "getgrgid",
        "($module, /, id)",
        Bound(|py, a| {
            let n = id(py, &a[0])?;
            // SAFETY: all places are valid for the call.
            let g = n.and_then(|n| {
                py.detached(|| {
                    query(
                        |p, b, k, f| unsafe { libc::getgrgid_r(n, p, b, k, f) },
                        group,
                    )
                })
            });
            match g {
                Some(g) => Ok(group_object(py, &g)),
                None => Err(missing(
                    py,
                    format!("getgrgid(): gid not found: {}", ops::repr_text(py, &a[0])?),
                )),
            }
        }),
    );
    m.function(
        "getgrnam",
        "($module, /, name)",
        Bound(|py, a| {
            let n = name(py, &a[0], "getgrnam")?;
            // SAFETY: the name is terminated; all places are valid for the call.
            let g = py.detached(|| {
                query(
                    |p, b, k, f| unsafe { libc::getgrnam_r(n.as_ptr(), p, b, k, f) },
                    group,
                )
            });
            match g {
                Some(g) => Ok(group_object(py, &g)),
                None => Err(missing(
                    py,
                    format!("getgrnam(): name not found: {}", ops::repr_text(py, &a[0])?),
                )),
            }
        }),
    );
    m.function(
        "getgrall",
        "($module, /)",
        Bound(|py, _| {
            let all: Vec<Group> = py.detached(|| {
                let _guard = ITERATING.lock();
                let mut all = Vec::new();
                // SAFETY: as in `getpwall`.
                unsafe {
                    libc::setgrent();
                    loop {
                        let p = libc::getgrent();
                        if p.is_null() {
                            break;
                        }
                        all.push(group(p));
                    }
                    libc::endgrent();
                }
                all
            });
            Ok(list::new(
                py,
                all.iter().map(|g| group_object(py, g)).collect(),
            ))
        }),
    );
    m.finish()
}
