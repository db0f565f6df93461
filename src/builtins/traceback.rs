//! Traceback objects: a list of (frame, instruction) entries, outermost call first.

use crate::builtins::code::CodeObj;
use crate::builtins::exceptions::ExcObj;
use crate::builtins::frame::{FRAME, FrameObj};
use crate::builtins::list;
use crate::bytecode::code::Position;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::ops;
use crate::object::type_::Type;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// One entry of a traceback.
pub struct TracebackObj {
    /// Frame object.
    pub frame: Slot,
    /// Instruction word index; `NO_INSTRUCTION` if the constructor was given -1.
    pub lasti: u32,
    /// Line as given to the constructor; -1: computed from `lasti`.
    pub line: i32,
    /// Next entry (further from the root), empty for None.
    pub next: Slot,
}

/// Value of `TracebackObj::lasti` for "unknown".
pub const NO_INSTRUCTION: u32 = u32::MAX;

/// Bytes that `tb_lasti` counts for one instruction word, as `co_code` shows it.
const WORD_BYTES: i64 = 2;

impl Trace for TracebackObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.frame);
        t.slot(&self.next);
    }
    fn clear(&self) {
        self.next.take();
    }
}

crate::native_type!(
    /// The type `traceback`.
    pub TRACEBACK: TracebackObj = "traceback", base crate::object::base::OBJECT, flags 0, init init
);

impl TracebackObj {
    /// Source position of the entry's instruction, if the code knows it.
    pub fn position(&self) -> Option<Position> {
        if self.lasti == NO_INSTRUCTION {
            return None;
        }
        let frame = self.frame.get()?;
        let code = frame.get::<FrameObj>()?.code.clone();
        let p = code.get::<CodeObj>()?.position(self.lasti as usize);
        (p.line != 0).then_some(p)
    }
    /// The line number.
    pub fn lineno(&self) -> Option<u32> {
        match u32::try_from(self.line) {
            Ok(n) => Some(n),
            Err(_) => self.position().map(|p| p.line),
        }
    }
}

fn init(t: &mut TypeInit) {
    t.slots().new.set(new);
    t.getset(
        "tb_frame",
        |py, v| {
            Ok(v.cast::<TracebackObj>()
                .frame
                .get()
                .unwrap_or_else(|| py.none()))
        },
        None,
    );
    t.getset(
        "tb_next",
        |py, v| {
            Ok(v.cast::<TracebackObj>()
                .next
                .get()
                .unwrap_or_else(|| py.none()))
        },
        Some(set_next),
    );
    t.getset(
        "tb_lasti",
        |py, v| {
            let n = v.cast::<TracebackObj>().lasti;
            Ok(py.int(if n == NO_INSTRUCTION {
                -1
            } else {
                n as i64 * WORD_BYTES
            }))
        },
        None,
    );
    t.getset(
        "tb_lineno",
        |py, v| {
            Ok(v.cast::<TracebackObj>()
                .lineno()
                .map_or_else(|| py.none(), |n| py.int(n as i64)))
        },
        None,
    );
    t.method(
        "__dir__",
        "($self, /)",
        Bound(|py, _| {
            Ok(list::new(
                py,
                ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"]
                    .map(|s| py.str(s))
                    .into(),
            ))
        }),
    );
}

fn new(py: &Py, _: &'static Type, args: Args) -> PyResult<Obj> {
    let names = ["tb_next", "tb_frame", "tb_lasti", "tb_lineno"];
    let mut given: [Option<Obj>; 4] = [const { None }; 4];
    let a = args.positional();
    if a.len() > 4 {
        return Err(py.type_error(format!(
            "traceback() takes at most 4 arguments ({} given)",
            a.len()
        )));
    }
    for (i, v) in a.iter().enumerate() {
        given[i] = Some(v.to_obj());
    }
    for (k, v) in args.keywords() {
        let Some(i) = names
            .iter()
            .position(|n| crate::builtins::str::eq_text(k, n))
        else {
            let k = crate::builtins::str::lossy(k);
            return Err(py.type_error(format!(
                "traceback() got an unexpected keyword argument '{k}'"
            )));
        };
        given[i] = Some(v.to_obj());
    }
    if let Some(i) = given.iter().position(Option::is_none) {
        return Err(py.type_error(format!(
            "traceback() missing required argument '{}' (pos {})",
            names[i],
            i + 1
        )));
    }
    let [Some(next), Some(frame), Some(lasti), Some(line)] = given else {
        return Err(py.type_error("traceback() takes 4 arguments"));
    };
    if !next.is_none() && !TRACEBACK.is_exact(&next) {
        return Err(py.type_error(format!(
            "expected traceback object or None, got '{}'",
            next.ty().name()
        )));
    }
    if !FRAME.is_exact(&frame) {
        return Err(py.type_error(format!(
            "traceback() argument 'tb_frame' must be frame, not {}",
            frame.ty().name()
        )));
    }
    let (lasti, line) = (c_int(py, &lasti)?, c_int(py, &line)?);
    let payload = TracebackObj {
        frame: Slot::new(frame),
        lasti: u32::try_from(lasti as i64 / WORD_BYTES)
            .ok()
            .filter(|_| lasti >= 0)
            .unwrap_or(NO_INSTRUCTION),
        line,
        next: if next.is_none() {
            Slot::empty()
        } else {
            Slot::new(next)
        },
    };
    Ok(py.alloc(&TRACEBACK, payload))
}

fn c_int(py: &Py, v: &Val) -> PyResult<i32> {
    i32::try_from(ops::to_i64(py, v)?)
        .map_err(|_| py.overflow_error("Python int too large to convert to C int"))
}

fn set_next(py: &Py, v: &Val, value: Option<&Val>) -> PyResult<()> {
    let Some(next) = value else {
        return Err(py.type_error("can't delete tb_next attribute"));
    };
    if !next.is_none() && !TRACEBACK.is_exact(next) {
        return Err(py.type_error(format!(
            "expected traceback object or None, got '{}'",
            next.ty().name()
        )));
    }
    let mut at = next.not_none().map(Val::to_obj);
    while let Some(tb) = at {
        if tb.is(v) {
            return Err(py.value_error("traceback loop detected"));
        }
        at = tb.cast::<TracebackObj>().next.get();
    }
    let slot = &v.cast::<TracebackObj>().next;
    match next.not_none() {
        Some(n) => slot.set(n.to_obj()),
        None => drop(slot.take()),
    }
    Ok(())
}

/// Puts an entry for `frame` at the front of the exception's traceback.
///
/// `line` is that of the instruction word `lasti`, 0 if unknown.
pub fn push(py: &Py, exc: &Val, frame: Obj, lasti: u32, line: u32) {
    let Some(e) = exc.get::<ExcObj>() else { return };
    let line = if line == 0 {
        -1
    } else {
        line.min(i32::MAX as u32) as i32
    };
    let next = e.traceback.get().map_or(Slot::empty(), Slot::new);
    e.traceback.set(py.alloc(
        &TRACEBACK,
        TracebackObj {
            frame: Slot::new(frame),
            lasti,
            line,
            next,
        },
    ));
}

/// Where `frame` stands in the newest part of the exception's traceback.
pub(crate) fn lasti_in(exc: &Val, frame: &Val) -> Option<u32> {
    let tb = exc.get::<ExcObj>()?.traceback.get()?;
    let t = tb.get::<TracebackObj>()?;
    t.frame.get().filter(|f| f.is(frame)).map(|_| t.lasti)
}

/// Gives a group that `except*` made around an exception the innermost position of the handling frame: the head of the
/// exception's own traceback.
pub(crate) fn wrap_position(py: &Py, group: &Val, tb: &Val) {
    if let Some(t) = tb.get::<TracebackObj>()
        && let Some(frame) = t.frame.get()
    {
        push(py, group, frame, t.lasti, t.lineno().unwrap_or(0));
    }
}

/// The entries from the outermost call on. Ends at `limit` entries, so that a list edited into a loop is harmless.
pub fn entries(tb: &Val, limit: usize) -> Vec<Obj> {
    let mut v = Vec::new();
    let mut at = Some(tb.to_obj());
    while let Some(t) = at {
        if v.len() >= limit {
            break;
        }
        let Some(p) = t.get::<TracebackObj>() else {
            break;
        };
        let next = p.next.get();
        v.push(t);
        at = next;
    }
    v
}
