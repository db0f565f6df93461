//! `_csv`: readers and writers of comma separated values.
//!
//! - `dialect`: how a file is written. `reader`: text to rows. `writer`: rows to text.

pub mod dialect;
pub mod reader;
pub mod writer;

use super::ModuleInit;
use crate::builtins::dict::{self, DictObj};
use crate::builtins::str::StrObj;
use crate::builtins::{list, tuple};
use crate::error::{PyResult, Raised};
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::ops;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicI64, Ordering};

/// Registered dialects by name.
static DIALECTS: Slot = Slot::empty();
static ERROR: Slot = Slot::empty();
/// Longest field that is read.
pub static FIELD_LIMIT: AtomicI64 = AtomicI64::new(128 * 1024);

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_csv");
    m.doc("CSV parsing and writing.");
    m.str("__version__", "1.0");
    let names = [
        "QUOTE_MINIMAL",
        "QUOTE_ALL",
        "QUOTE_NONNUMERIC",
        "QUOTE_NONE",
        "QUOTE_STRINGS",
        "QUOTE_NOTNULL",
    ];
    for (i, n) in names.iter().enumerate() {
        m.int(n, i as i64);
    }
    m.add("_dialects", registry(py));
    m.add("Error", error_class(py)?);
    m.ty(&dialect::DIALECT)
        .ty(&reader::READER)
        .ty(&writer::WRITER);
    m.function(
        "reader",
        "($module, iterable, /, dialect='excel', **fmtparams)",
        Raw(reader::make),
    );
    m.function(
        "writer",
        "($module, fileobj, /, dialect='excel', **fmtparams)",
        Raw(writer::make),
    );
    m.function(
        "register_dialect",
        "($module, name, /, dialect='excel', **fmtparams)",
        Raw(register),
    );
    m.function(
        "unregister_dialect",
        "($module, /, name)",
        Bound(
            |py, a| match registry(py).cast::<DictObj>().remove(py, &a[0])? {
                Some(_) => Ok(py.none()),
                None => Err(error(py, "unknown dialect")),
            },
        ),
    );
    m.function(
        "get_dialect",
        "($module, /, name)",
        Bound(|py, a| find(py, &a[0])),
    );
    m.function(
        "list_dialects",
        "($module, /)",
        Bound(|py, _| {
            let names = registry(py)
                .cast::<DictObj>()
                .items()
                .into_iter()
                .map(|(k, _)| k)
                .collect();
            Ok(list::new(py, names))
        }),
    );
    m.function(
        "field_size_limit",
        "($module, /, new_limit=<unrepresentable>)",
        Bound(|py, a| {
            // Relaxed: an independent number.
            let old = FIELD_LIMIT.load(Ordering::Relaxed);
            if let Some(v) = a[0].given() {
                if crate::builtins::int::view(v).is_none() {
                    return Err(py.type_error("limit must be an integer"));
                }
                FIELD_LIMIT.store(ops::to_i64(py, v)?, Ordering::Relaxed);
            }
            Ok(py.int(old))
        }),
    );
    m.finish()
}

fn registry(py: &Py) -> Obj {
    DIALECTS.get().unwrap_or_else(|| {
        DIALECTS.set(dict::new(py));
        DIALECTS.obj()
    })
}

fn error_class(py: &Py) -> PyResult<Obj> {
    if let Some(c) = ERROR.get() {
        return Ok(c);
    }
    let ns = dict::new(py);
    ns.cast::<DictObj>()
        .set_str(py, "__module__", py.str("_csv"));
    let bases = tuple::new(py, vec![crate::builtins::exceptions::EXCEPTION.obj()]);
    let c = ops::call3(
        py,
        &crate::object::type_::TYPE.obj(),
        &py.str("Error"),
        &bases,
        &ns,
    )?;
    ERROR.set(c.clone());
    Ok(c)
}

/// `_csv.Error(msg)`
#[cold]
pub fn error(py: &Py, msg: &str) -> Raised {
    match error_class(py).and_then(|c| ops::call1(py, &c, &py.str(msg))) {
        Ok(e) => Raised(e),
        Err(e) => e,
    }
}

/// A registered dialect.
pub fn find(py: &Py, name: &Val) -> PyResult<Obj> {
    registry(py)
        .cast::<DictObj>()
        .get(py, name)?
        .ok_or_else(|| error(py, "unknown dialect"))
}

fn register(py: &Py, args: Args) -> PyResult<Obj> {
    let pos = args.positional();
    if pos.is_empty() || pos.len() > 2 {
        return Err(py.type_error(format!(
            "register_dialect expected at least 1 argument, got {}",
            pos.len()
        )));
    }
    if pos[0].get::<StrObj>().is_none() {
        return Err(py.type_error("dialect name must be a string"));
    }
    let d = dialect::from_args(py, args)?;
    registry(py).cast::<DictObj>().set(py, &pos[0], d)?;
    Ok(py.none())
}
