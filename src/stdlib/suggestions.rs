//! Module `_suggestions`: what `traceback` uses to find the name that was probably meant.

use crate::builtins::list::ListObj;
use crate::builtins::str::StrObj;
use crate::error::{PyResult, suggest};
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

/// Builds the module.
pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "_suggestions");
    m.function(
        "_generate_suggestions",
        "(candidates, item, /)",
        Bound(generate),
    );
    m.finish()
}

fn generate(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(list) = a[0].get::<ListObj>() else {
        return Err(py.type_error("candidates must be a list"));
    };
    let Some(wrong) = a[1].get::<StrObj>() else {
        let got = a[1].ty().name();
        return Err(py.type_error(format!(
            "_generate_suggestions() argument 2 must be str, not {got}"
        )));
    };
    let mut names = Vec::new();
    for v in list.to_vec() {
        let Some(s) = v.get::<StrObj>() else {
            return Err(py.type_error("all elements in 'candidates' must be strings"));
        };
        names.extend(s.to_utf8().map(|s| s.into_owned()));
    }
    Ok(suggest::closest(&names, &wrong.lossy()).map_or_else(|| py.none(), |s| py.str(&s)))
}
