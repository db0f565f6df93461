//! print, input, open.

use crate::builtins::exceptions as exc;
use crate::builtins::float::FLOAT;
use crate::builtins::int::INT;
use crate::builtins::str::{self, Builder, STR, StrObj};
use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::Raw;
use crate::object::type_::tf;
use crate::object::value::Obj;
use crate::object::{names, ops};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

pub fn add(m: &mut ModuleInit) {
    m.function(
        "print",
        "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)",
        Raw(print),
    );
    m.function("input", "($module, prompt='', /)", Raw(input));
    m.function(
        "open",
        "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
        Raw(|py, args| {
            let open = ops::getattr(py, &*crate::import::import(py, "_io")?, &names::open)?;
            ops::call(py, &open, args)
        }),
    );
}

/// `print`. Text that comes from built-in values is collected and written at once; before an object that runs its own
/// `__str__`, and for streams written in Python, the pieces are written one by one as the program expects.
pub fn print(py: &Py, args: Args) -> PyResult<Obj> {
    let (mut sep, mut end, mut file, mut flush) = (None, None, None, None);
    for (k, v) in args.keywords() {
        let Some(k) = k.get::<StrObj>() else { continue };
        match k.lossy().as_ref() {
            "sep" => sep = v.not_none(),
            "end" => end = v.not_none(),
            "file" => file = v.not_none(),
            "flush" => flush = Some(v),
            other => {
                return Err(py.type_error(format!(
                    "print() got an unexpected keyword argument '{other}'"
                )));
            }
        }
    }
    let file = match file {
        Some(f) => f.to_obj(),
        None => match crate::stdlib::sys::get(py, "stdout") {
            Some(f) if f.is_none() => return Ok(py.none()),
            Some(f) => f,
            None => return Err(py.runtime_error("lost sys.stdout")),
        },
    };
    for (what, v) in [("sep", sep), ("end", end)] {
        if let Some(v) = v
            && v.get::<StrObj>().is_none()
        {
            return Err(py.type_error(format!(
                "{what} must be None or a string, not {}",
                v.ty().full_name()
            )));
        }
    }
    let mut out = Printer {
        file,
        at_once: false,
        text: Builder::new(),
    };
    out.at_once = !out.file.ty().has(tf::HEAP);
    for (i, v) in args.positional().iter().enumerate() {
        if i > 0 {
            match sep.and_then(|s| s.get::<StrObj>()) {
                Some(s) => out.text.push_obj(s),
                None => out.text.push(u32::from(b' ')),
            }
            out.piece(py)?;
        }
        if !(STR.is_exact(v) || INT.is_exact(v) || FLOAT.is_exact(v) || v.is_none()) {
            out.write(py)?;
        }
        let s = ops::str(py, v)?;
        if let Some(s) = s.get::<StrObj>() {
            out.text.push_obj(s);
        }
        out.piece(py)?;
    }
    match end.and_then(|s| s.get::<StrObj>()) {
        Some(s) => out.text.push_obj(s),
        None => out.text.push(u32::from(b'\n')),
    }
    out.write(py)?;
    if let Some(f) = flush
        && ops::truth(py, f)?
    {
        ops::call_method(py, &out.file, &names::flush, &[])?;
    }
    Ok(py.none())
}

struct Printer {
    file: Obj,
    at_once: bool,
    text: Builder,
}

impl Printer {
    /// A piece is complete.
    fn piece(&mut self, py: &Py) -> PyResult<()> {
        if self.at_once {
            return Ok(());
        }
        let text = std::mem::take(&mut self.text).finish(py);
        ops::call_method(py, &self.file, &names::write, &[&text])?;
        Ok(())
    }
    fn write(&mut self, py: &Py) -> PyResult<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        let text = std::mem::take(&mut self.text).finish(py);
        ops::call_method(py, &self.file, &names::write, &[&text])?;
        Ok(())
    }
}

fn input(py: &Py, args: Args) -> PyResult<Obj> {
    if args.has_keywords() {
        return Err(py.type_error("input() takes no keyword arguments"));
    }
    let pos = args.positional();
    if pos.len() > 1 {
        return Err(py.type_error(format!(
            "input expected at most 1 argument, got {}",
            pos.len()
        )));
    }
    let stream = |name: &str| -> PyResult<Obj> {
        crate::stdlib::sys::get(py, name)
            .filter(|f| !f.is_none())
            .ok_or_else(|| py.runtime_error(format!("input(): lost sys.{name}")))
    };
    let (stdin, stdout, stderr) = (stream("stdin")?, stream("stdout")?, stream("stderr")?);
    // Streams that cannot be flushed do not matter here.
    let _ = ops::call_method(py, &stderr, &names::flush, &[]);
    if let Some(p) = pos.first() {
        let p = ops::str(py, p)?;
        ops::call_method(py, &stdout, &names::write, &[&p])?;
    }
    let _ = ops::call_method(py, &stdout, &names::flush, &[]);
    let line = ops::call_method(py, &stdin, &names::readline, &[])?;
    let Some(s) = line.get::<StrObj>() else {
        return Err(py.type_error("object.readline() returned non-string"));
    };
    match s.len() {
        0 => Err(py.error(&exc::EOF_ERROR, "EOF when reading a line")),
        n if s.units().at(n - 1) == u32::from(b'\n') => Ok(str::slice(py, &line, 0, n - 1)),
        _ => Ok(line),
    }
}
