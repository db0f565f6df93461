//! Errors that cannot be raised: `sys.unraisablehook`.

use crate::builtins::exceptions::ExcObj;
use crate::builtins::str::StrObj;
use crate::builtins::structseq::SeqDef;
use crate::error::Raised;
use crate::object::ops;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// What `sys.unraisablehook` receives.
pub static UNRAISABLE_HOOK_ARGS: SeqDef = SeqDef::sealed(
    "UnraisableHookArgs",
    "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    &[
        "exc_type",
        "exc_value",
        "exc_traceback",
        "err_msg",
        "object",
    ],
);

/// Reports `e`, which happened in `what` (UNBOUND or None: unknown): "Exception ignored in: ...".
#[cold]
pub fn write(py: &Py, e: Raised, what: &Val) {
    report(py, &e.0, None, what.not_none().map(Val::to_obj));
}

/// As `write`, with a message instead of "Exception ignored in".
#[cold]
pub fn write_message(py: &Py, e: Raised, message: &str, what: Option<&Val>) {
    report(py, &e.0, Some(py.str(message)), what.map(Val::to_obj));
}

/// As `write`, saying what was done with which object: "Exception ignored while closing generator <...>".
#[cold]
pub fn write_doing(py: &Py, e: Raised, doing: &str, what: &Val) {
    let what = ops::repr_text(py, what).unwrap_or_else(|_| "<object repr() failed>".to_string());
    write_message(py, e, &format!("Exception ignored {doing} {what}"), None);
}

fn report(py: &Py, exc: &Obj, message: Option<Obj>, what: Option<Obj>) {
    let none = || py.none();
    // An error that comes from native code alone is shown with the place where that was called.
    if exc.get::<ExcObj>().is_some_and(|e| e.traceback.is_empty())
        && let Some(f) = py.interp.frames().next()
    {
        // SAFETY: the running frame is a live record of this thread.
        let (index, line) = unsafe {
            let index = (*f).index();
            (index, (*f).code().position(index as usize).line)
        };
        let frame = crate::builtins::frame::of(py, f);
        crate::builtins::traceback::push(py, exc, frame, index, line);
    }
    let tb = exc
        .get::<ExcObj>()
        .and_then(|e| e.traceback.get())
        .unwrap_or_else(none);
    let (message, what) = (message.unwrap_or_else(none), what.unwrap_or_else(none));
    let Some(hook) = super::sys_attr(py, "unraisablehook").filter(|h| !h.is_none()) else {
        default_hook(py, exc, &message, &what);
        return;
    };
    let args = UNRAISABLE_HOOK_ARGS.make(
        py,
        vec![
            exc.ty().to_obj(),
            exc.clone(),
            tb,
            message.clone(),
            what.clone(),
        ],
    );
    if let Err(second) = ops::call1(py, &hook, &args) {
        let text = py.str("Exception ignored in sys.unraisablehook");
        default_hook(py, &second.0, &text, &hook);
    }
}

/// What `sys.unraisablehook` does by default: prints to `sys.stderr`.
pub fn default_hook(py: &Py, exc: &Val, message: &Val, what: &Val) {
    let mut out = String::new();
    let message = message.get::<StrObj>().map(|m| m.lossy().into_owned());
    match (message, what.not_none()) {
        (Some(m), Some(w)) => out.push_str(&format!("{m}: {}\n", describe(py, w))),
        (Some(m), None) => out.push_str(&format!("{m}:\n")),
        (None, Some(w)) => out.push_str(&format!("Exception ignored in: {}\n", describe(py, w))),
        (None, None) => {}
    }
    out.push_str(&super::traceback::format_single(py, exc));
    super::traceback::write_stderr(py, &out);
}

fn describe(py: &Py, v: &Val) -> String {
    ops::repr_text(py, v).unwrap_or_else(|_| "<object repr() failed>".to_string())
}
