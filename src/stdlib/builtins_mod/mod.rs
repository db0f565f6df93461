//! The module `builtins`.
//!
//! - `numbers`: abs, round, pow, divmod, sum, bin, oct, hex, chr, ord
//! - `order`: min, max, sorted
//! - `iterate`: iter, next, aiter, anext, any, all
//! - `anext`: the awaitable of anext with a default
//! - `objects`: attributes, types, representation, identity
//! - `io`: print, input, open
//! - `code`: imports, namespaces, class statements
//! - `docs`: what `__doc__` of the functions says
//! - `exec`: eval, exec, compile
//! - `types`: the names of built-in types, exceptions and constants

mod anext;
mod code;
pub mod docs;
mod exec;
mod io;
mod iterate;
mod numbers;
mod objects;
mod order;
mod types;

use super::ModuleInit;
use crate::error::PyResult;
use crate::object::value::Obj;
use crate::thread::Py;

pub use io::print;

pub fn init(py: &Py) -> PyResult<Obj> {
    let mut m = ModuleInit::new(py, "builtins");
    m.doc(
        "Built-in functions, types, exceptions, and other objects.\n\nEvery program sees these names without an import: \
         None and NotImplemented are constants, the rest is callable.",
    );
    numbers::add(&mut m);
    order::add(&mut m);
    iterate::add(&mut m);
    objects::add(&mut m);
    io::add(&mut m);
    code::add(&mut m);
    exec::add(&mut m);
    types::add(&mut m);
    m.finish()
}
