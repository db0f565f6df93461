//! Host modules and functions: Rust closures that Python code calls.

use super::{Error, FromPy, Object, Python, Result, ToPy};
use crate::builtins::dict::DictObj;
use crate::builtins::module;
use crate::error::PyResult;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Body = Box<dyn for<'a> Fn(Python<'a>, &[Object<'a>]) -> Result<Object<'a>> + Send + Sync>;

/// Payload of a host function.
pub struct HostFn {
    body: Body,
    name: String,
    module: String,
}

impl Trace for HostFn {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// Type of host functions.
    pub HOST_FUNCTION: HostFn = "host_function", base crate::object::base::OBJECT, flags crate::object::type_::tf::NO_NEW,
    init init
);

fn init(t: &mut TypeInit) {
    t.slots()
        .repr
        .set(|py, v| Ok(py.str(&format!("<host function {}>", v.cast::<HostFn>().name))));
    t.slots().call.set(call);
    t.getset(
        "__name__",
        |py, v| Ok(py.str(&v.cast::<HostFn>().name)),
        None,
    );
    t.getset(
        "__qualname__",
        |py, v| Ok(py.str(&v.cast::<HostFn>().name)),
        None,
    );
    t.getset(
        "__module__",
        |py, v| Ok(py.str(&v.cast::<HostFn>().module)),
        None,
    );
}

fn call(thread: &Py, v: &Val, args: Args) -> PyResult<Obj> {
    let f = v.cast::<HostFn>();
    if args.has_keywords() {
        return Err(thread.type_error(format!("{}() takes no keyword arguments", f.name)));
    }
    let py = Python::of(thread);
    let objects: Vec<Object<'_>> = args
        .positional()
        .iter()
        .map(|a| Object::new(py, a.to_obj()))
        .collect();
    match catch_unwind(AssertUnwindSafe(|| (f.body)(py, &objects))) {
        Ok(Ok(r)) => Ok(r.into_value()),
        Ok(Err(e)) => Err(e.raise(py)),
        Err(p) => {
            let text = p
                .downcast_ref::<&str>()
                .map(|s| s.to_string())
                .or_else(|| p.downcast_ref::<String>().cloned());
            Err(thread.system_error(format!(
                "host function {}() panicked: {}",
                f.name,
                text.unwrap_or_default()
            )))
        }
    }
}

/// Rust closures that can be Python functions: their parameters implement [`FromPy`], their result [`ToPy`].
/// `Params` is the tuple of the parameters' types.
pub trait HostFunction<Params>: Send + Sync + 'static {
    /// Calls the closure with converted arguments.
    fn invoke<'a>(&self, name: &str, py: Python<'a>, args: &[Object<'a>]) -> Result<Object<'a>>;
}

macro_rules! host_functions {
    ($($n:literal: $($t:ident $i:tt)*;)*) => {$(
        impl<Fun, R, $($t),*> HostFunction<($($t,)*)> for Fun
        where
            Fun: Fn($($t),*) -> R + Send + Sync + 'static,
            R: ToPy,
            $($t: for<'x> FromPy<'x>,)*
        {
            fn invoke<'a>(&self, name: &str, py: Python<'a>, args: &[Object<'a>]) -> Result<Object<'a>> {
                if args.len() != $n {
                    let s = if $n == 1 { "" } else { "s" };
                    let message = format!("{name}() takes {} positional argument{s} but {} were given", $n, args.len());
                    return Err(Error::new("TypeError", message));
                }
                self($(args[$i].extract::<$t>()?),*).to_py(py)
            }
        }
    )*};
}

host_functions! {
    0: ;
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
}

/// Collects the content of a host module.
pub struct ModuleBuilder<'a> {
    py: Python<'a>,
    name: String,
    module: Obj,
    error: Option<Error>,
}

impl<'a> ModuleBuilder<'a> {
    pub(super) fn new(py: Python<'a>, name: &str) -> ModuleBuilder<'a> {
        ModuleBuilder {
            py,
            name: name.to_string(),
            module: module::new(py.thread(), name),
            error: None,
        }
    }
    /// The scope's token.
    pub fn py(&self) -> Python<'a> {
        self.py
    }
    fn put(&mut self, name: &str, v: Obj) {
        module::dict(&self.module)
            .cast::<DictObj>()
            .set_str(self.py.thread(), name, v);
    }
    /// A function with typed parameters and result.
    pub fn function<Params, F: HostFunction<Params>>(&mut self, name: &str, f: F) -> &mut Self {
        let own = name.to_string();
        self.raw_function(name, move |py, args| f.invoke(&own, py, args))
    }
    /// A function that gets its positional arguments as they come.
    pub fn raw_function<F>(&mut self, name: &str, f: F) -> &mut Self
    where
        F: for<'x> Fn(Python<'x>, &[Object<'x>]) -> Result<Object<'x>> + Send + Sync + 'static,
    {
        let payload = HostFn {
            body: Box::new(f),
            name: name.to_string(),
            module: self.name.clone(),
        };
        let f = self.py.thread().alloc(&HOST_FUNCTION, payload);
        self.put(name, f);
        self
    }
    /// Any attribute.
    pub fn value(&mut self, name: &str, v: impl ToPy) -> &mut Self {
        match v.to_py(self.py) {
            Ok(o) => self.put(name, o.into_value()),
            Err(e) => self.error = Some(e),
        }
        self
    }
    /// The documentation.
    pub fn doc(&mut self, text: &str) -> &mut Self {
        self.value("__doc__", text)
    }
    /// Registers the module in `sys.modules`.
    pub(super) fn finish(self) -> Result<Object<'a>> {
        if let Some(e) = self.error {
            return Err(e);
        }
        let modules = crate::import::modules(self.py.thread());
        modules
            .cast::<DictObj>()
            .set_str(self.py.thread(), &self.name, self.module.clone());
        Ok(Object::new(self.py, self.module))
    }
}
