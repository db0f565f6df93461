//! Listing directories: `listdir`, `scandir` and its entries.

use super::follow;
use super::path::{self, Path};
use super::stat::{stat_object, zeroed};
use crate::builtins::list;
use crate::builtins::{bytes, int};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::ModuleInit;
use crate::stdlib::io::util::{errno, sys_call};
use crate::thread::Py;
use parking_lot::Mutex;

/// An open directory stream.
struct Dir(*mut libc::DIR);

impl Drop for Dir {
    fn drop(&mut self) {
        // SAFETY: the stream was opened by `open` and is closed once.
        unsafe { libc::closedir(self.0) };
    }
}

/// One entry: name, inode, type.
struct Raw {
    name: Vec<u8>,
    ino: u64,
    kind: u8,
}

impl Dir {
    fn open(py: &Py, p: &Path) -> PyResult<Dir> {
        let r = match p.fd() {
            // SAFETY: the duplicate belongs to the stream.
            Some(fd) => py.detached(|| unsafe {
                let fd = libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0);
                if fd < 0 {
                    return Err(errno());
                }
                let d = libc::fdopendir(fd);
                if d.is_null() {
                    let e = errno();
                    libc::close(fd);
                    return Err(e);
                }
                libc::rewinddir(d);
                Ok(d)
            }),
            // SAFETY: the path is terminated.
            None => py.detached(|| unsafe {
                let d = libc::opendir(p.c().as_ptr());
                if d.is_null() { Err(errno()) } else { Ok(d) }
            }),
        };
        r.map(Dir).map_err(|e| p.error(py, e))
    }
    /// The next entry but "." and "..".
    fn next(&mut self) -> Result<Option<Raw>, i32> {
        loop {
            // SAFETY: the stream is open and used by one thread at a time (`&mut`); the entry is read before the next call.
            unsafe {
                *libc::__errno_location() = 0;
                let e = libc::readdir(self.0);
                if e.is_null() {
                    return match errno() {
                        0 => Ok(None),
                        n => Err(n),
                    };
                }
                let name = std::ffi::CStr::from_ptr((*e).d_name.as_ptr()).to_bytes();
                if name != b"." && name != b".." {
                    return Ok(Some(Raw {
                        name: name.to_vec(),
                        ino: (*e).d_ino,
                        kind: (*e).d_type,
                    }));
                }
            }
        }
    }
}

pub fn init(m: &mut ModuleInit) {
    m.function(
        "listdir",
        "($module, /, path=None)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "listdir", "path", true, true)?;
            let mut d = Dir::open(py, &p)?;
            let names = py.detached(|| {
                let mut names = Vec::new();
                while let Some(r) = d.next()? {
                    names.push(r.name);
                }
                Ok(names)
            });
            let names: Vec<Vec<u8>> = names.map_err(|e| p.error(py, e))?;
            Ok(list::new(
                py,
                names.iter().map(|n| p.result(py, n)).collect(),
            ))
        }),
    );
    m.function(
        "scandir",
        "($module, /, path=None)",
        Bound(|py, a| {
            let p = path::convert(py, &a[0], "scandir", "path", true, true)?;
            let d = Dir::open(py, &p)?;
            let prefix = match &p.target {
                path::Target::Path(c) => {
                    let mut b = c.to_bytes().to_vec();
                    if !b.is_empty() && b.last() != Some(&b'/') {
                        b.push(b'/');
                    }
                    b
                }
                path::Target::Fd(_) => Vec::new(),
            };
            let fd = p.fd().unwrap_or(-1);
            Ok(py.alloc(
                &SCANDIR,
                Scandir {
                    dir: Mutex::new(Some(d)),
                    prefix,
                    fd,
                    bytes: p.bytes,
                    path: Slot::new(p.arg),
                },
            ))
        }),
    );
    m.ty(&DIR_ENTRY);
}

/// Payload of the iterator.
pub struct Scandir {
    dir: Mutex<Option<Dir>>,
    prefix: Vec<u8>,
    fd: i32,
    bytes: bool,
    path: Slot,
}

impl Trace for Scandir {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.path);
    }
}

crate::native_type!(
    /// Type of what `scandir` returns.
    pub SCANDIR: Scandir = "posix.ScandirIterator", base crate::object::base::OBJECT, flags tf::NO_NEW, init init_scandir
);

fn init_scandir(t: &mut TypeInit) {
    t.slots().iter.set(|_, v| Ok(v.to_obj()));
    t.slots().next.set(|py, v| {
        let s = v.cast::<Scandir>();
        let Some(mut d) = s.dir.lock().take() else {
            return Ok(None);
        };
        match py.detached(|| d.next()) {
            Ok(Some(raw)) => {
                *s.dir.lock() = Some(d);
                Ok(Some(entry(py, s, raw)))
            }
            Ok(None) => Ok(None),
            Err(e) => Err(crate::builtins::exceptions::os_error(
                py,
                e,
                Some(&s.path.obj()),
            )),
        }
    });
    t.slots().finalize.set(|py, v| {
        if v.cast::<Scandir>().dir.lock().is_some() {
            let text = ops::repr_text(py, v).unwrap_or_default();
            let message = format!("unclosed scandir iterator {text}");
            if let Err(e) = crate::stdlib::warnings::warn(
                py,
                &crate::builtins::exceptions::RESOURCE_WARNING,
                &message,
                1,
            ) {
                py.write_unraisable(e, v);
            }
            let open = v.cast::<Scandir>().dir.lock().take();
            drop(open);
        }
    });
    t.slots()
        .needs_finalize
        .set(|v| v.cast::<Scandir>().dir.lock().is_some());
    t.method("close", "($self, /)", Bound(close));
    t.method("__enter__", "($self, /)", Bound(|_, a| Ok(a[0].to_obj())));
    t.method("__exit__", "($self, /, *args)", Bound(close));
}

fn close(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let open = a[0].cast::<Scandir>().dir.lock().take();
    drop(open);
    Ok(py.none())
}

/// Payload of an entry. Results of `stat` are kept.
pub struct DirEntry {
    name: Slot,
    path: Slot,
    /// The full path in bytes.
    raw: std::ffi::CString,
    dir_fd: i32,
    ino: u64,
    kind: u8,
    stat: Slot,
    lstat: Slot,
}

impl Trace for DirEntry {
    fn trace(&self, t: &mut Tracer) {
        for s in [&self.name, &self.path, &self.stat, &self.lstat] {
            t.slot(s);
        }
    }
}

crate::native_type!(
    /// The type `os.DirEntry`.
    pub DIR_ENTRY: DirEntry = "posix.DirEntry", base crate::object::base::OBJECT, flags tf::NO_NEW, init init_entry
);

fn entry(py: &Py, s: &Scandir, r: Raw) -> Obj {
    let mut full = s.prefix.clone();
    full.extend_from_slice(&r.name);
    let text = |b: &[u8]| {
        if s.bytes {
            bytes::new(py, b)
        } else {
            path::decode(py, b)
        }
    };
    py.alloc(
        &DIR_ENTRY,
        DirEntry {
            name: Slot::new(text(&r.name)),
            path: Slot::new(text(&full)),
            // Names from the system have no NUL inside.
            raw: std::ffi::CString::new(full).unwrap_or_default(),
            dir_fd: s.fd,
            ino: r.ino,
            kind: r.kind,
            stat: Slot::empty(),
            lstat: Slot::empty(),
        },
    )
}

fn this(v: &Val) -> &DirEntry {
    v.cast::<DirEntry>()
}

fn init_entry(t: &mut TypeInit) {
    t.getset("name", |_, v| Ok(this(v).name.obj()), None);
    t.getset("path", |_, v| Ok(this(v).path.obj()), None);
    t.slots().repr.set(|py, v| {
        Ok(py.str(&format!(
            "<DirEntry {}>",
            ops::repr_text(py, &this(v).name.obj())?
        )))
    });
    t.method(
        "__fspath__",
        "($self, /)",
        Bound(|_, a| Ok(this(&a[0]).path.obj())),
    );
    t.method(
        "inode",
        "($self, /)",
        Bound(|py, a| Ok(int::from_u64(py, this(&a[0]).ino))),
    );
    t.method(
        "stat",
        "($self, /, *, follow_symlinks=True)",
        Bound(|py, a| stat(py, &a[0], follow(py, &a[1])?)),
    );
    t.method(
        "is_dir",
        "($self, /, *, follow_symlinks=True)",
        Bound(|py, a| {
            let f = follow(py, &a[1])?;
            Ok(py.bool(is_kind(py, &a[0], f, libc::S_IFDIR)?))
        }),
    );
    t.method(
        "is_file",
        "($self, /, *, follow_symlinks=True)",
        Bound(|py, a| {
            let f = follow(py, &a[1])?;
            Ok(py.bool(is_kind(py, &a[0], f, libc::S_IFREG)?))
        }),
    );
    t.method(
        "is_symlink",
        "($self, /)",
        Bound(|py, a| Ok(py.bool(is_symlink(py, &a[0])?))),
    );
    t.method(
        "is_junction",
        "($self, /)",
        Bound(|py, _| Ok(py.bool(false))),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, item, /)",
        Bound(crate::builtins::iterators::generic_alias),
    );
}

fn fetch(py: &Py, e: &DirEntry, follow: bool) -> PyResult<Obj> {
    let dir = if e.dir_fd >= 0 {
        e.dir_fd
    } else {
        libc::AT_FDCWD
    };
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let mut st = zeroed();
    // SAFETY: the path is terminated; the place is valid.
    let r = sys_call(py, || unsafe {
        libc::fstatat(dir, e.raw.as_ptr(), &mut st, flags) as isize
    })?;
    r.map_err(|n| crate::builtins::exceptions::os_error(py, n, Some(&e.path.obj())))?;
    Ok(stat_object(py, &st))
}

fn is_symlink(py: &Py, v: &Val) -> PyResult<bool> {
    let e = this(v);
    match e.kind {
        libc::DT_UNKNOWN => is_kind(py, v, false, libc::S_IFLNK),
        k => Ok(k == libc::DT_LNK),
    }
}

fn stat(py: &Py, v: &Val, follow: bool) -> PyResult<Obj> {
    let e = this(v);
    // Without a link, both are the same.
    let follow = follow && is_symlink(py, v)?;
    let slot = if follow { &e.stat } else { &e.lstat };
    if let Some(s) = slot.get() {
        return Ok(s);
    }
    let s = fetch(py, e, follow)?;
    slot.set(s.clone());
    Ok(s)
}

fn is_kind(py: &Py, v: &Val, follow: bool, want: u32) -> PyResult<bool> {
    let e = this(v);
    let direct = match e.kind {
        libc::DT_UNKNOWN => None,
        libc::DT_LNK if follow => None,
        libc::DT_DIR => Some(want == libc::S_IFDIR),
        libc::DT_REG => Some(want == libc::S_IFREG),
        libc::DT_LNK => Some(want == libc::S_IFLNK),
        _ => Some(false),
    };
    if let Some(d) = direct {
        return Ok(d);
    }
    let r = if e.kind == libc::DT_UNKNOWN && !follow {
        fetch(py, e, false)
    } else {
        stat(py, v, follow)
    };
    let st = match r {
        Ok(st) => st,
        Err(x) if x.is(&crate::builtins::exceptions::FILE_NOT_FOUND_ERROR) => return Ok(false),
        Err(x) => return Err(x),
    };
    let mode = ops::to_i64(py, &*ops::getattr_str(py, &st, "st_mode")?)?;
    Ok(mode as u32 & libc::S_IFMT == want)
}
