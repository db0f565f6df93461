//! `_json`: the accelerators of `json`. `scan` reads, `encode` writes.

pub mod encode;
pub mod scan;

use crate::error::{PyResult, Raised};
use crate::object::native::NativeFn;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_json");
    m.add("make_scanner", scan::SCANNER.obj());
    m.add("make_encoder", encode::ENCODER.obj());
    m.function(
        "scanstring",
        "($module, pystr, end, strict=True, /)",
        Bound(scan::scanstring),
    );
    let name = Some(crate::builtins::str::intern(py, "_json"));
    m.add(
        "encode_basestring",
        NativeFn::new(py, &encode::PLAIN, None, name.clone()),
    );
    m.add(
        "encode_basestring_ascii",
        NativeFn::new(py, &encode::ASCII, None, name),
    );
    m.finish()
}

/// `json.JSONDecodeError(message, doc, position)`
fn decode_error(py: &Py, message: &str, doc: &Val, at: usize) -> Raised {
    let made = (|| {
        let module = crate::import::import_module(py, "json.decoder")?;
        let class = ops::getattr_str(py, &module, "JSONDecodeError")?;
        ops::call3(py, &class, &py.str(message), doc, &py.int(at as i64))
    })();
    match made {
        Ok(e) => Raised(e),
        Err(e) => e,
    }
}
