//! Native modules of the standard library, one file or folder per module, and the table that `import` finds them in.
//!
//! A module is a function that builds it: `pub fn init(py: &Py) -> PyResult<Obj>`, written with [`ModuleInit`].

pub mod abc;
pub mod array;
pub mod ast;
pub mod atexit;
pub mod binascii;
pub mod bisect;
pub mod builtins_mod;
pub mod cmath;
pub mod codecs;
pub mod collections;
pub mod contextvars;
pub mod csv;
pub mod errno;
pub mod fcntl;
pub mod functools;
pub mod gc;
pub mod hashes;
pub mod heapq;
pub mod imp;
pub mod io;
pub mod itertools;
pub mod json;
pub mod locale;
pub mod marshal;
pub mod math;
pub mod opcode;
pub mod operator;
pub mod posix;
pub mod pwd;
pub mod queue;
pub mod random;
pub mod resource;
pub mod select;
pub mod signal;
pub mod socket;
pub mod sre;
pub mod statistics;
pub mod string_;
pub mod struct_;
pub mod suggestions;
pub mod sys;
pub mod sysconfig;
pub mod termios;
pub mod thread;
pub mod time;
pub mod tokenize;
pub mod typing;
pub mod unicodedata;
pub mod warnings;
pub mod weakref;
pub mod zlib;

use crate::builtins::dict::DictObj;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr;
use crate::object::native::{FnDef, NativeFn, TypeDef};
use crate::object::value::Obj;
use crate::thread::Py;

/// Builds a native module.
pub type ModuleFn = fn(&Py) -> PyResult<Obj>;

/// All native modules by their names in Python, one line each.
pub const REGISTRY: &[(&str, ModuleFn)] = &[
    ("_abc", abc::init),
    ("_ast", ast::init),
    ("_bisect", bisect::init),
    ("_blake2", hashes::init_blake2),
    ("_codecs", codecs::init),
    ("_collections", collections::init),
    ("_contextvars", contextvars::init),
    ("_csv", csv::init),
    ("_functools", functools::init),
    ("_hashlib", hashes::init_hashlib),
    ("_heapq", heapq::init),
    ("_io", io::init),
    ("_json", json::init),
    ("_locale", locale::init),
    ("_md5", hashes::init_md5),
    ("_opcode", opcode::init),
    ("_operator", operator::init),
    ("_posixsubprocess", posix::subprocess::init),
    ("_queue", queue::init),
    ("_random", random::init),
    ("_sha1", hashes::init_sha1),
    ("_sha2", hashes::init_sha2),
    ("_sha3", hashes::init_sha3),
    ("_signal", signal::init),
    ("_socket", socket::init),
    ("_sre", sre::init),
    ("_statistics", statistics::init),
    ("_string", string_::init),
    ("_struct", struct_::init),
    ("_suggestions", suggestions::init),
    ("_thread", thread::init),
    ("_tokenize", tokenize::init),
    ("_typing", typing::init),
    ("_warnings", warnings::init),
    ("_weakref", weakref::init),
    (sysconfig::NAME, sysconfig::init),
    ("array", array::init),
    ("atexit", atexit::init),
    ("binascii", binascii::init),
    ("builtins", builtins_mod::init),
    ("cmath", cmath::init),
    ("errno", errno::init),
    ("fcntl", fcntl::init),
    ("gc", gc::init),
    ("grp", pwd::init_grp),
    ("itertools", itertools::init),
    ("marshal", marshal::init),
    ("math", math::init),
    ("posix", posix::init),
    ("pwd", pwd::init),
    ("resource", resource::init),
    ("select", select::init),
    ("termios", termios::init),
    ("time", time::init),
    ("unicodedata", unicodedata::init),
    ("zlib", zlib::init),
];

/// The builder of a native module.
pub fn find(name: &str) -> Option<ModuleFn> {
    REGISTRY.iter().find(|(n, _)| *n == name).map(|(_, f)| *f)
}

/// Collects the content of a native module. Nothing here runs Python code.
pub struct ModuleInit<'a> {
    py: &'a Py,
    module: Obj,
    dict: Obj,
    name: Obj,
}

impl<'a> ModuleInit<'a> {
    pub fn new(py: &'a Py, name: &'static str) -> ModuleInit<'a> {
        let module = crate::builtins::module::new(py, name);
        let dict = crate::builtins::module::dict(&module);
        ModuleInit {
            py,
            module,
            dict,
            name: crate::builtins::str::intern(py, name),
        }
    }
    pub fn py(&self) -> &'a Py {
        self.py
    }
    /// The module object under construction.
    pub fn module(&self) -> &Obj {
        &self.module
    }
    /// Any attribute.
    pub fn add(&mut self, name: &str, v: Obj) -> &mut Self {
        self.dict.cast::<DictObj>().set_str(self.py, name, v);
        self
    }
    /// A function; `sig` is its parameter list as in [`FnDef`], without receiver.
    pub fn function(&mut self, name: &'static str, sig: &'static str, f: NativeFnPtr) -> &mut Self {
        let def = FnDef::leak(name, sig, f);
        let f = NativeFn::new(self.py, def, None, Some(self.name.clone()));
        self.add(name, f)
    }
    pub fn int(&mut self, name: &str, n: i64) -> &mut Self {
        self.add(name, self.py.int(n))
    }
    pub fn float(&mut self, name: &str, d: f64) -> &mut Self {
        self.add(name, self.py.float(d))
    }
    pub fn str(&mut self, name: &str, s: &str) -> &mut Self {
        self.add(name, self.py.str(s))
    }
    pub fn doc(&mut self, text: &str) -> &mut Self {
        self.str("__doc__", text)
    }
    /// A native type, under the last part of its name.
    pub fn ty(&mut self, def: &'static TypeDef) -> &mut Self {
        self.add(def.name.rsplit('.').next().unwrap_or(def.name), def.obj())
    }
    pub fn finish(self) -> PyResult<Obj> {
        Ok(self.module)
    }
}
