//! Struct sequences: native tuple subclasses with named fields (`time.struct_time`, `os.stat_result`, `sys.flags` ...).

use crate::object::value::Obj;
use crate::thread::Py;

/// A struct sequence type as data.
pub struct SeqDef {
    /// Name with module: "time.struct_time".
    pub name: &'static str,
    /// Fields that are also items; a name starting with "unnamed" has no attribute.
    pub fields: &'static [&'static str],
    /// Fields that are attributes only.
    pub hidden: &'static [&'static str],
    ty: std::sync::OnceLock<u64>,
}

impl SeqDef {
    pub const fn new(name: &'static str, fields: &'static [&'static str], hidden: &'static [&'static str]) -> SeqDef {
        SeqDef { name, fields, hidden, ty: std::sync::OnceLock::new() }
    }
    /// The type object.
    pub fn ty(&self, py: &Py) -> Obj {
        let _ = (py, &self.ty);
        py.none()
    }
    /// An instance of all fields (items, then hidden ones).
    pub fn make(&self, py: &Py, values: Vec<Obj>) -> Obj {
        crate::builtins::tuple::new(py, values)
    }
}
