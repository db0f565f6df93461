//! `_sysconfigdata_*`: the figures of the build that `sysconfig` answers with.
//!
//! Only what describes this interpreter is in the table: there is no C compiler and no C API to build against.

use crate::builtins::dict::{self, DictObj};
use crate::error::PyResult;
use crate::object::value::Obj;
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// Name of the module: `sysconfig` derives it from `sys.abiflags`, `sys.platform` and the multiarch text.
#[cfg(target_arch = "x86_64")]
pub const NAME: &str = "_sysconfigdata_t_linux_x86_64-linux-gnu";
#[cfg(target_arch = "aarch64")]
pub const NAME: &str = "_sysconfigdata_t_linux_aarch64-linux-gnu";

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let vars = dict::new(py);
    let d = vars.cast::<DictObj>();
    let multiarch = format!("{}-linux-gnu", std::env::consts::ARCH);
    for (key, n) in [
        ("HAVE_FORK", 1),
        ("HAVE_GETRANDOM", 1),
        ("HAVE_GETRANDOM_SYSCALL", 1),
        ("HAVE_VFORK", 1),
        ("PY_COERCE_C_LOCALE", 1),
        ("Py_DEBUG", 0),
        ("Py_ENABLE_SHARED", 0),
        ("Py_GIL_DISABLED", 1),
        ("Py_HASH_ALGORITHM", 0),
        ("Py_TRACE_REFS", 0),
        ("SIZEOF_INT", 4),
        ("SIZEOF_LONG", 8),
        ("SIZEOF_SIZE_T", 8),
        ("SIZEOF_VOID_P", 8),
        ("TEST_MODULES", 0),
        ("WITH_DOC_STRINGS", 1),
        ("WITH_DTRACE", 0),
        ("WITH_PYMALLOC", 0),
    ] {
        d.set_str(py, key, py.int(n));
    }
    for (key, text) in [
        ("ABIFLAGS", "t"),
        ("EXE", ""),
        ("LDVERSION", "3.14t"),
        ("MULTIARCH", &*multiarch),
        ("SHLIB_SUFFIX", ".so"),
        (
            "TZPATH",
            "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo",
        ),
        ("VERSION", "3.14"),
    ] {
        d.set_str(py, key, py.str(text));
    }
    let mut m = ModuleInit::new(py, NAME);
    m.add("build_time_vars", vars);
    m.finish()
}
