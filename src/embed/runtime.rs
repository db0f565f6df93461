//! The runtime of a process: configuration, start, attaching threads, interruption, shut-down.
//!
//! There is one Python thread state for the embedder's threads; it wanders. **Invariant:** whoever has a state set as its
//! current one holds `TURN`.

use super::handle::sweep;
use super::{Error, ModuleBuilder, Object, Result, ToPy};
use crate::builtins::dict;
use crate::builtins::dict::DictObj;
use crate::cli::{self, Action, Config};
use crate::compile::{Mode, Options};
use crate::error::PyResult;
use crate::object::value::Obj;
use crate::thread::{self, Py, pending};
use crate::{import, program, runtime};
use parking_lot::ReentrantMutex;
use std::ffi::OsString;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// Held by the OS thread that is attached.
static TURN: ReentrantMutex<()> = ReentrantMutex::new(());
/// Set by the first `build`.
static STARTED: AtomicBool = AtomicBool::new(false);
/// The state that attached threads use.
static STATE: AtomicPtr<Py> = AtomicPtr::new(std::ptr::null_mut());

fn state() -> Option<&'static Py> {
    // SAFETY: null, or a state, which lives as long as the process. Acquire: pairs with the Release in `build`.
    unsafe { STATE.load(Ordering::Acquire).as_ref() }
}

/// The proof that the calling thread is attached, and the way to everything that needs it.
#[derive(Clone, Copy)]
pub struct Python<'a> {
    py: &'static Py,
    /// Belongs to its scope and its thread.
    scope: PhantomData<*mut &'a ()>,
}

impl<'a> Python<'a> {
    /// The token for native code that runs with `py` attached.
    pub(super) fn of(py: &'a Py) -> Python<'a> {
        Python {
            py: thread::current_of(py),
            scope: PhantomData,
        }
    }
    pub(super) fn thread(self) -> &'static Py {
        self.py
    }
    fn wrap(self, r: PyResult<Obj>) -> Result<Object<'a>> {
        match r {
            Ok(v) => Ok(Object::new(self, v)),
            Err(e) => Err(Error::of(self, e)),
        }
    }
    fn run(self, source: &str, mode: Mode, namespace: &Object<'a>) -> Result<Object<'a>> {
        let d = namespace.value();
        if d.get::<DictObj>().is_none() {
            return Err(Error::new(
                "TypeError",
                format!("globals must be a dict, not {}", namespace.type_name()),
            ));
        }
        let r = runtime::compile_source(
            self.py,
            source.as_bytes(),
            "<string>",
            mode,
            Options::default(),
        )
        .and_then(|code| runtime::exec_code(self.py, &code, d, d, None));
        self.wrap(r)
    }
    fn main_dict(self) -> Result<Object<'a>> {
        self.main().get("__dict__")
    }
    /// The value of an expression in the module `__main__`.
    pub fn eval(self, source: &str) -> Result<Object<'a>> {
        self.run(source, Mode::Eval, &self.main_dict()?)
    }
    /// Runs statements in the module `__main__`.
    pub fn exec(self, source: &str) -> Result<()> {
        self.run(source, Mode::Exec, &self.main_dict()?).map(drop)
    }
    /// The value of an expression with the given dict as its namespace.
    pub fn eval_in(self, source: &str, namespace: &Object<'a>) -> Result<Object<'a>> {
        self.run(source, Mode::Eval, namespace)
    }
    /// Runs statements with the given dict as their namespace.
    pub fn exec_in(self, source: &str, namespace: &Object<'a>) -> Result<()> {
        self.run(source, Mode::Exec, namespace).map(drop)
    }
    /// Imports a module by its dotted name.
    pub fn import(self, name: &str) -> Result<Object<'a>> {
        self.wrap(import::import(self.py, name))
    }
    /// The module `__main__`.
    pub fn main(self) -> Object<'a> {
        let m =
            import::loaded(self.py, "__main__").unwrap_or_else(|| runtime::main_module(self.py));
        Object::new(self, m)
    }
    /// A new dict.
    pub fn dict(self) -> Object<'a> {
        Object::new(self, dict::new(self.py))
    }
    /// None.
    pub fn none(self) -> Object<'a> {
        Object::new(self, self.py.none())
    }
    /// The Python object of a Rust value.
    pub fn object(self, value: impl ToPy) -> Result<Object<'a>> {
        value.to_py(self)
    }
    /// Registers a host module, which `import` finds from now on.
    pub fn add_module(
        self,
        name: &str,
        fill: impl FnOnce(&mut ModuleBuilder<'a>),
    ) -> Result<Object<'a>> {
        let mut m = ModuleBuilder::new(self, name);
        fill(&mut m);
        m.finish()
    }
    /// Runs the cycle collector.
    pub fn collect_garbage(self) {
        crate::heap::cycle::collect(self.py, None);
    }
}

/// Takes the runtime away from the calling thread when its scope ends, also by a panic.
struct Turn<'t> {
    outermost: bool,
    previous_limit: usize,
    _guard: parking_lot::ReentrantMutexGuard<'t, ()>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(py) = state() {
            py.set_stack_limit(self.previous_limit);
        }
        if self.outermost {
            thread::set_current(None);
        }
    }
}

fn take_turn() -> Option<(Turn<'static>, &'static Py)> {
    let guard = TURN.lock();
    let py = state()?;
    let outermost = thread::current_id() == 0;
    if outermost {
        thread::set_current(Some(py));
    }
    let previous_limit = py.stack_limit();
    if outermost {
        py.set_stack_limit(thread::state::native_stack_limit());
    }
    Some((
        Turn {
            outermost,
            previous_limit,
            _guard: guard,
        },
        py,
    ))
}

type Fill = Box<dyn FnOnce(&mut ModuleBuilder<'_>) + Send>;

/// The configuration of a [`Runtime`].
pub struct Builder {
    arguments: Vec<OsString>,
    search_path: Vec<PathBuf>,
    site: bool,
    recursion_limit: Option<usize>,
    modules: Vec<(String, Fill)>,
}

impl Builder {
    /// `sys.argv[1:]`
    pub fn arguments<S: Into<OsString>>(
        mut self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Builder {
        self.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }
    /// A folder in which `import` looks for modules.
    pub fn search_path(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.search_path.push(folder.into());
        self
    }
    /// Whether site-packages and `site` customizations are loaded; they are not unless asked for.
    pub fn site(mut self, on: bool) -> Builder {
        self.site = on;
        self
    }
    /// How deep Python functions may call each other.
    pub fn recursion_limit(mut self, limit: usize) -> Builder {
        self.recursion_limit = Some(limit);
        self
    }
    /// A host module.
    pub fn module(
        mut self,
        name: &str,
        fill: impl FnOnce(&mut ModuleBuilder<'_>) + Send + 'static,
    ) -> Builder {
        self.modules.push((name.to_string(), Box::new(fill)));
        self
    }
    /// Starts the runtime.
    ///
    /// # Errors
    /// RuntimeError if the process has (or had) one already; what initialization raised.
    pub fn build(self) -> Result<Runtime> {
        let _guard = TURN.lock();
        // AcqRel: exactly one call goes on.
        if STARTED.swap(true, Ordering::AcqRel) {
            return Err(Error::new(
                "RuntimeError",
                "the runtime of this process was started already",
            ));
        }
        let py = match runtime::start(self.config()?) {
            Ok(py) => py,
            Err(e) => {
                let py = Python {
                    py: thread::current(),
                    scope: PhantomData,
                };
                return Err(Error::of(py, e));
            }
        };
        // Release: the state is complete.
        STATE.store((py as *const Py).cast_mut(), Ordering::Release);
        let token = Python {
            py,
            scope: PhantomData,
        };
        let started = self.prepare(token);
        thread::set_current(None);
        started.map(|()| Runtime { _private: () })
    }

    fn prepare(self, py: Python<'_>) -> Result<()> {
        py.main();
        program::prepare(py.py).map_err(|e| Error::of(py, e))?;
        if let Some(n) = self.recursion_limit {
            py.py.interp.set_recursion_limit(n);
        }
        for (name, fill) in self.modules {
            py.add_module(&name, |m| fill(m))?;
        }
        Ok(())
    }

    fn config(&self) -> Result<Config> {
        let program = std::env::args_os()
            .next()
            .unwrap_or_else(|| OsString::from("pirn"));
        let action = cli::configure(
            vec![program, "-I".into(), "-c".into(), "".into()],
            |_| None,
            "",
        );
        let Action::Run(mut c) = action else {
            return Err(Error::new("RuntimeError", "bad configuration"));
        };
        c.arguments = self.arguments.clone();
        c.search_path = self
            .search_path
            .iter()
            .map(|p| p.clone().into_os_string())
            .collect();
        c.flags.no_site = !self.site;
        Ok(*c)
    }
}

/// The Python runtime of this process. Dropping it ends Python: `atexit` functions run, standard streams are flushed.
pub struct Runtime {
    _private: (),
}

impl Runtime {
    /// A runtime to be configured.
    pub fn builder() -> Builder {
        Builder {
            arguments: Vec::new(),
            search_path: Vec::new(),
            site: false,
            recursion_limit: None,
            modules: Vec::new(),
        }
    }

    /// Makes the calling thread the one that runs Python while `f` does. Other threads that attach wait meanwhile; a thread that
    /// is attached may attach again.
    pub fn attach<R>(&self, f: impl for<'a> FnOnce(Python<'a>) -> R) -> R {
        let (turn, py) = take_turn().expect("a runtime was built");
        let token = Python {
            py,
            scope: PhantomData,
        };
        sweep(token);
        let r = f(token);
        drop(turn);
        r
    }

    /// What other threads interrupt running Python code with.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter { _private: () }
    }

    /// Ends Python; the same as dropping the runtime, but says whether the standard streams could be flushed.
    pub fn shutdown(self) -> bool {
        let ok = finish();
        std::mem::forget(self);
        ok
    }
}

fn finish() -> bool {
    match take_turn() {
        Some((_turn, py)) => runtime::finish(py),
        None => true,
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        finish();
    }
}

/// Interrupts Python code from any thread.
#[derive(Clone, Copy)]
pub struct Interrupter {
    _private: (),
}

impl Interrupter {
    /// Raises KeyboardInterrupt in the attached thread, at its next instruction.
    pub fn interrupt(self) {
        if let Some(py) = state() {
            py.set_pending(pending::INTERRUPT);
        }
    }
}
