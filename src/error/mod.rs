//! Errors: `Raised` carries the exception instance through native code; constructors for the built-in exceptions.

use crate::builtins::exceptions as exc;
use crate::object::native::TypeDef;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// A raised exception: the instance, always normalized.
pub struct Raised(pub Obj);

/// Result of everything that may raise.
pub type PyResult<T> = Result<T, Raised>;

impl Raised {
    /// Whether the exception is an instance of a built-in exception type.
    pub fn is(&self, def: &'static TypeDef) -> bool {
        def.check(&self.0)
    }
    pub fn value(&self) -> &Val {
        &self.0
    }
}

/// Attribute `name` of module `sys`, if that exists already.
pub(crate) fn sys_attr(py: &Py, name: &str) -> Option<Obj> {
    let sys = crate::import::loaded(py, "sys")?;
    crate::object::ops::getattr_str(py, &sys, name).ok()
}

impl std::fmt::Debug for Raised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raised({})", self.0.ty().name())
    }
}

macro_rules! constructors {
    ($($f:ident => $def:ident),* $(,)?) => {
        impl Py {
            $(
                #[doc = concat!("An exception `", stringify!($def), "` with a message.")]
                #[cold]
                #[inline(never)]
                pub fn $f(&self, msg: impl AsRef<str>) -> Raised {
                    self.error(&exc::$def, msg.as_ref())
                }
            )*
        }
    };
}

constructors! {
    type_error => TYPE_ERROR, value_error => VALUE_ERROR, index_error => INDEX_ERROR,
    runtime_error => RUNTIME_ERROR, overflow_error => OVERFLOW_ERROR, zero_division => ZERO_DIVISION_ERROR,
    system_error => SYSTEM_ERROR, recursion_error => RECURSION_ERROR, not_implemented_error => NOT_IMPLEMENTED_ERROR,
    buffer_error => BUFFER_ERROR, eof_error => EOF_ERROR, lookup_error => LOOKUP_ERROR, assertion_error => ASSERTION_ERROR,
    unbound_local => UNBOUND_LOCAL_ERROR, arithmetic_error => ARITHMETIC_ERROR, reference_error => REFERENCE_ERROR,
}

impl Py {
    /// An exception of a built-in type with one str argument.
    #[cold]
    pub fn error(&self, def: &'static TypeDef, msg: &str) -> Raised {
        Raised(exc::new(self, def, &[crate::builtins::str::new(self, msg)]))
    }
    /// An exception of a built-in type with any arguments.
    #[cold]
    pub fn error_args(&self, def: &'static TypeDef, args: &[Obj]) -> Raised {
        Raised(exc::new(self, def, args))
    }
    /// KeyError(key).
    #[cold]
    pub fn key_error(&self, key: &Val) -> Raised {
        Raised(exc::new(self, &exc::KEY_ERROR, &[key.to_obj()]))
    }
    #[cold]
    pub fn memory_error(&self) -> Raised {
        Raised(exc::new(self, &exc::MEMORY_ERROR, &[]))
    }
    #[cold]
    pub fn stop_iteration(&self, value: Option<Obj>) -> Raised {
        match value {
            Some(v) => Raised(exc::new(self, &exc::STOP_ITERATION, &[v])),
            None => Raised(exc::new(self, &exc::STOP_ITERATION, &[])),
        }
    }
    /// AttributeError with `name` and `obj` set.
    #[cold]
    pub fn attribute_error(&self, msg: &str, obj: &Val, name: &Val) -> Raised {
        Raised(exc::new_attribute_error(self, msg, obj, name))
    }
    /// Reports an error that cannot be raised (finalizers, callbacks) through `sys.unraisablehook`.
    pub fn write_unraisable(&self, e: Raised, what: &Val) {
        crate::error::unraisable::write(self, e, what);
    }
}

pub mod carets;
pub mod source;
pub mod suggest;
pub mod traceback;
pub mod unraisable;
