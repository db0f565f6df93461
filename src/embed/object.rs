//! Objects of a scope: attribute access, calls, items, conversion.

use super::{Error, FromPy, Handle, Python, Result, ToArgs, ToPy};
use crate::builtins::{self, str};
use crate::error::PyResult;
use crate::object::header::flags;
use crate::object::native::Args;
use crate::object::native::args::objs;
use crate::object::ops;
use crate::object::value::Obj;
use std::fmt;

/// A reference to a Python object, valid while the thread is attached.
#[derive(Clone)]
pub struct Object<'a> {
    value: Obj,
    /// Keeps objects that are not counted (functions, classes, modules) reachable for the collector.
    root: Option<Handle>,
    py: Python<'a>,
}

impl<'a> Object<'a> {
    pub(super) fn new(py: Python<'a>, value: Obj) -> Object<'a> {
        let uncounted = value
            .header()
            .is_some_and(|h| h.flags() & (flags::DEFERRED | flags::IMMORTAL) == flags::DEFERRED);
        let root = if uncounted {
            Handle::of(py, value.clone())
        } else {
            None
        };
        Object { value, root, py }
    }
    pub(super) fn value(&self) -> &Obj {
        &self.value
    }
    pub(super) fn into_value(self) -> Obj {
        self.value
    }
    fn wrap(&self, r: PyResult<Obj>) -> Result<Object<'a>> {
        match r {
            Ok(v) => Ok(Object::new(self.py, v)),
            Err(e) => Err(Error::of(self.py, e)),
        }
    }
    fn result<T>(&self, r: PyResult<T>) -> Result<T> {
        r.map_err(|e| Error::of(self.py, e))
    }

    /// The scope's token.
    pub fn py(&self) -> Python<'a> {
        self.py
    }
    /// Converts to a Rust value; TypeError, OverflowError or ValueError if it is none of that type.
    pub fn extract<T: FromPy<'a>>(&self) -> Result<T> {
        T::from_py(self)
    }
    /// A handle that outlives the scope.
    pub fn handle(&self) -> Result<Handle> {
        if let Some(h) = &self.root {
            return Ok(h.clone());
        }
        Handle::of(self.py, self.value.clone()).ok_or_else(|| Error::new("MemoryError", ""))
    }
    /// Attribute `name`.
    pub fn get(&self, name: &str) -> Result<Object<'a>> {
        self.wrap(ops::getattr_str(self.py.thread(), &self.value, name))
    }
    /// Sets attribute `name`.
    pub fn set(&self, name: &str, value: impl ToPy) -> Result<()> {
        let thread = self.py.thread();
        let v = value.to_py(self.py)?;
        self.result(ops::setattr(
            thread,
            &self.value,
            &str::intern(thread, name),
            &v.value,
        ))
    }
    /// `self[key]`
    pub fn item(&self, key: impl ToPy) -> Result<Object<'a>> {
        let k = key.to_py(self.py)?;
        self.wrap(ops::getitem(self.py.thread(), &self.value, &k.value))
    }
    /// `self[key] = value`
    pub fn set_item(&self, key: impl ToPy, value: impl ToPy) -> Result<()> {
        let (k, v) = (key.to_py(self.py)?, value.to_py(self.py)?);
        self.result(ops::setitem(
            self.py.thread(),
            &self.value,
            &k.value,
            &v.value,
        ))
    }
    /// Calls the object with positional arguments: a tuple, or a vector of objects.
    pub fn call(&self, args: impl ToArgs<'a>) -> Result<Object<'a>> {
        self.call_with(args, &[])
    }
    /// Calls the object with positional and keyword arguments.
    pub fn call_with(
        &self,
        args: impl ToArgs<'a>,
        keywords: &[(&str, Object<'a>)],
    ) -> Result<Object<'a>> {
        let thread = self.py.thread();
        // The objects stay alive, and rooted, until the call has returned.
        let args = args.to_args(self.py)?;
        let mut all: Vec<Obj> = args.iter().map(|a| a.value.clone()).collect();
        all.extend(keywords.iter().map(|(_, v)| v.value.clone()));
        let names: Vec<Obj> = keywords
            .iter()
            .map(|(n, _)| str::intern(thread, n))
            .collect();
        self.wrap(ops::call(
            thread,
            &self.value,
            Args::new(objs(&all), objs(&names)),
        ))
    }
    /// `self.name(*args)`
    pub fn call_method(&self, name: &str, args: impl ToArgs<'a>) -> Result<Object<'a>> {
        self.get(name)?.call(args)
    }
    /// All items of an iterable.
    pub fn items(&self) -> Result<Vec<Object<'a>>> {
        let items = self.result(ops::collect(self.py.thread(), &self.value))?;
        Ok(items.into_iter().map(|v| Object::new(self.py, v)).collect())
    }
    /// `len(self)`
    pub fn len(&self) -> Result<usize> {
        self.result(ops::len(self.py.thread(), &self.value))
    }
    /// `len(self) == 0`
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }
    /// `bool(self)`
    pub fn is_true(&self) -> Result<bool> {
        self.result(ops::truth(self.py.thread(), &self.value))
    }
    /// `self is None`
    pub fn is_none(&self) -> bool {
        self.value.is_none()
    }
    /// `self is other`
    pub fn is(&self, other: &Object<'_>) -> bool {
        self.value.is(&other.value)
    }
    /// `self == other`
    pub fn equals(&self, other: &Object<'_>) -> Result<bool> {
        self.result(ops::eq(self.py.thread(), &self.value, &other.value))
    }
    /// `isinstance(self, class)`
    pub fn is_instance(&self, class: &Object<'_>) -> Result<bool> {
        self.result(ops::is_instance(
            self.py.thread(),
            &self.value,
            &class.value,
        ))
    }
    /// Name of the object's class.
    pub fn type_name(&self) -> String {
        self.value.ty().name().into_owned()
    }
    /// `str(self)`
    pub fn str(&self) -> Result<String> {
        let s = self.result(ops::str(self.py.thread(), &self.value))?;
        Ok(builtins::str::lossy(&s).into_owned())
    }
    /// `repr(self)`
    pub fn repr(&self) -> Result<String> {
        self.result(ops::repr_text(self.py.thread(), &self.value))
    }
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.repr() {
            Ok(text) => f.write_str(&text),
            Err(_) => write!(f, "<{} object>", self.type_name()),
        }
    }
}
