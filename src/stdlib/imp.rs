//! `_imp`: what importlib needs from the runtime. The embedded library appears as frozen modules.

use crate::builtins::code::CodeObj;
use crate::builtins::dict::DictObj;
use crate::builtins::str::{self, StrObj};
use crate::builtins::{list, tuple};
use crate::bytecode::image::Image;
use crate::bytecode::ops::FINGERPRINT;
use crate::compile;
use crate::error::{PyResult, Raised};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::{self, ModuleInit};
use crate::stdlib_pack;
use crate::thread::Py;
use parking_lot::lock_api::{GetThreadId, RawReentrantMutex};

type ImportLock = RawReentrantMutex<parking_lot::RawMutex, ThreadId>;

/// Names a thread to the import lock.
pub struct ThreadId;

// SAFETY: ids of attached threads are not zero and distinct.
unsafe impl GetThreadId for ThreadId {
    const INIT: ThreadId = ThreadId;
    fn nonzero_thread_id(&self) -> std::num::NonZeroUsize {
        std::num::NonZeroUsize::new(crate::thread::current_id() as usize)
            .unwrap_or(std::num::NonZeroUsize::MAX)
    }
}

static LOCK: ImportLock = ImportLock::INIT;

/// Start-up names of importlib's two core modules.
const ALIASES: [(&str, &str); 2] = [
    ("_frozen_importlib", "importlib/_bootstrap"),
    (
        "_frozen_importlib_external",
        "importlib/_bootstrap_external",
    ),
];

/// Path of a module of the embedded library, and whether it is a package.
fn locate(name: &str) -> Option<(String, bool)> {
    if let Some((_, path)) = ALIASES.iter().find(|a| a.0 == name) {
        return Some((format!("{path}.py"), false));
    }
    if name.is_empty() || name.contains('/') {
        return None;
    }
    let base = name.replace('.', "/");
    let file = format!("{base}.py");
    if stdlib_pack::is_file(&file) {
        return Some((file, false));
    }
    let init = format!("{base}/__init__.py");
    if stdlib_pack::is_file(&init) {
        return Some((init, true));
    }
    None
}

/// Code object of a module of the embedded library.
pub fn frozen_code(py: &Py, name: &str) -> PyResult<Obj> {
    let Some((path, _)) = locate(name) else {
        return Err(no_such(py, name));
    };
    if crate::runtime::config().flags.optimize == 0
        && let Some(code) = stdlib_pack::code(&path)
    {
        return Ok(crate::builtins::code::from_image(py, Image::embedded(code)));
    }
    let source = stdlib_pack::get(&path).ok_or_else(|| no_such(py, name))?;
    let shown = format!(
        "<frozen {}>",
        path.trim_end_matches(".py")
            .trim_end_matches("/__init__")
            .replace('/', ".")
    );
    crate::runtime::compile_source(
        py,
        &source,
        &shown,
        compile::Mode::Exec,
        crate::runtime::module_options(),
    )
}

fn no_such(py: &Py, name: &str) -> Raised {
    py.import_error(
        &format!("No such frozen object named {name}"),
        Some(&py.str(name)),
    )
}

fn text(py: &Py, v: &Val) -> PyResult<String> {
    match v.get::<StrObj>() {
        Some(s) => Ok(s.lossy().into_owned()),
        None => Err(py.type_error(format!("argument must be str, not {}", v.ty().name()))),
    }
}

/// First word of a cached code file; changes with the bytecode. The line end keeps text tools off.
pub const PYC_MAGIC: i64 = 0x0a0d_0000 | FINGERPRINT as i64;

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_imp");
    m.function(
        "lock_held",
        "($module, /)",
        Bound(|py, _| Ok(py.bool(LOCK.is_locked()))),
    );
    m.function(
        "acquire_lock",
        "($module, /)",
        Bound(|py, _| {
            LOCK.lock();
            Ok(py.none())
        }),
    );
    m.function(
        "release_lock",
        "($module, /)",
        Bound(|py, _| {
            if !LOCK.is_owned_by_current_thread() {
                return Err(py.runtime_error("not holding the import lock"));
            }
            // SAFETY: this thread holds the lock.
            unsafe { LOCK.unlock() };
            Ok(py.none())
        }),
    );
    m.function(
        "is_builtin",
        "($module, name, /)",
        Bound(|py, a| {
            let n = text(py, &a[0])?;
            Ok(py.int(match n.as_str() {
                "sys" | "builtins" | "_imp" => -1,
                n => stdlib::find(n).is_some() as i64,
            }))
        }),
    );
    m.function(
        "create_builtin",
        "($module, spec, /)",
        Bound(create_builtin),
    );
    m.function(
        "exec_builtin",
        "($module, mod, /)",
        Bound(|py, _| Ok(py.int(0))),
    );
    m.function(
        "is_frozen",
        "($module, name, /)",
        Bound(|py, a| {
            let n = text(py, &a[0])?;
            Ok(py.bool(locate(&n).is_some()))
        }),
    );
    m.function(
        "is_frozen_package",
        "($module, name, /)",
        Bound(|py, a| {
            let n = text(py, &a[0])?;
            match locate(&n) {
                Some((_, package)) => Ok(py.bool(package)),
                None => Err(no_such(py, &n)),
            }
        }),
    );
    m.function(
        "find_frozen",
        "($module, name, /, *, withdata=False)",
        Bound(find_frozen),
    );
    m.function(
        "get_frozen_object",
        "($module, name, data=None, /)",
        Bound(|py, a| {
            let n = text(py, &a[0])?;
            frozen_code(py, &n)
        }),
    );
    m.function(
        "init_frozen",
        "($module, name, /)",
        Bound(|py, _| Ok(py.none())),
    );
    m.function(
        "_fix_co_filename",
        "($module, code, path, /)",
        Bound(|py, a| {
            let Some(code) = a[0].get::<CodeObj>() else {
                return Err(py.type_error(format!(
                    "_fix_co_filename() argument 1 must be code, not {}",
                    a[0].ty().name()
                )));
            };
            text(py, &a[1])?;
            code.rename_file(&code.filename(), &a[1]);
            Ok(py.none())
        }),
    );
    m.function(
        "extension_suffixes",
        "($module, /)",
        Bound(|py, _| Ok(list::new(py, vec![]))),
    );
    m.function("source_hash", "($module, key, source)", Bound(source_hash));
    m.function(
        "_frozen_module_names",
        "($module, /)",
        Bound(|py, _| Ok(list::new(py, vec![]))),
    );
    m.function(
        "_override_frozen_modules_for_tests",
        "($module, override, /)",
        Bound(|py, _| Ok(py.none())),
    );
    m.function(
        "_override_multi_interp_extensions_check",
        "($module, override, /)",
        Bound(|py, _| Ok(py.int(0))),
    );
    m.str("check_hash_based_pycs", "default");
    m.int("pyc_magic_number_token", PYC_MAGIC);
    m.finish()
}

fn create_builtin(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let name = ops::getattr_str(py, &a[0], "name")?;
    let n = text(py, &name)?;
    if let Some(m) = crate::import::loaded(py, &n) {
        return Ok(m);
    }
    match stdlib::find(&n) {
        Some(f) => {
            let m = f(py)?;
            let d = crate::builtins::module::dict(&m);
            d.cast::<DictObj>().set_str(py, "__name__", name);
            Ok(m)
        }
        None => Ok(py.none()),
    }
}

fn find_frozen(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let n = text(py, &a[0])?;
    let Some((path, package)) = locate(&n) else {
        return Ok(py.none());
    };
    let data = py.none();
    let origin = match ALIASES.iter().find(|x| x.0 == n) {
        Some(_) => path.trim_end_matches(".py").replace('/', "."),
        None => n,
    };
    Ok(tuple::new(
        py,
        vec![data, py.bool(package), str::new(py, &origin)],
    ))
}

fn source_hash(py: &Py, a: &[Val]) -> PyResult<Obj> {
    use std::hash::Hasher;
    let key = ops::to_i64(py, &a[0])? as u64;
    let data = crate::object::buffer::get(py, &a[1], false)?.to_vec();
    let mut h = siphasher::sip::SipHasher13::new_with_keys(key, 0);
    h.write(&data);
    Ok(crate::builtins::bytes::new(py, &h.finish().to_le_bytes()))
}
