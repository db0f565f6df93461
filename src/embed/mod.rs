//! The embedding API: Python in a Rust program, without `unsafe`.
//!
//! [`Runtime`] is started once per process. [`Runtime::attach`] makes the calling thread the one that runs Python for a scope
//! and hands it a [`Python`], the proof of that; [`Object`]s live in the scope, [`Handle`]s are kept beyond it and sent between
//! threads. Threads that attach at the same time take turns.
//!
//! ```
//! use pirn::embed::{Error, Runtime};
//!
//! let runtime = Runtime::builder()
//!     .module("host", |m| {
//!         m.function("add", |a: i64, b: i64| a + b);
//!         m.function("check", |n: i64| if n < 0 { Err(Error::new("ValueError", "negative")) } else { Ok(n) });
//!     })
//!     .build()?;
//! runtime.attach(|py| {
//!     let total: i64 = py.eval("sum(range(10))")?.extract()?;
//!     assert_eq!(total, 45);
//!
//!     py.exec("import host\ndef greet(name, n=1): return f'hello {name}' * host.add(n, 1)")?;
//!     let text: String = py.main().get("greet")?.call(("rust", 1))?.extract()?;
//!     assert_eq!(text, "hello rusthello rust");
//!
//!     let error = py.eval("host.check(-1)").unwrap_err();
//!     assert_eq!((error.type_name(), error.message()), ("ValueError", "negative"));
//!     Ok::<(), Error>(())
//! })?;
//! # Ok::<(), Error>(())
//! ```

mod convert;
mod error;
mod handle;
mod native;
mod object;
mod runtime;

pub use convert::{Bytes, FromPy, ToArgs, ToPy};
pub use error::{Error, Result};
pub use handle::Handle;
pub use native::{HostFunction, ModuleBuilder};
pub use object::Object;
pub use runtime::{Builder, Interrupter, Python, Runtime};
