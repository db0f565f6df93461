//! `cell`: a variable shared by nested functions.

use crate::object::native::typedef::Trace;
use crate::object::native::{Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Payload.
pub struct CellObj {
    /// The variable's value, empty if unbound.
    pub value: Slot,
}

impl Trace for CellObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.value);
    }
    fn clear(&self) {
        self.value.take();
    }
}

crate::native_type!(
    /// The type `cell`.
    pub CELL: CellObj = "cell", base crate::object::base::OBJECT, flags 0, init init
);

/// A cell with this content.
pub fn new(py: &Py, value: Option<Obj>) -> Obj {
    py.alloc(
        &CELL,
        CellObj {
            value: value.map_or(Slot::empty(), Slot::new),
        },
    )
}

fn content(v: &Val) -> Option<Obj> {
    v.get::<CellObj>().and_then(|c| c.value.get())
}

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(|py, _, args| {
        if args.has_keywords() {
            return Err(py.type_error("cell() takes no keyword arguments"));
        }
        match args.all() {
            [] => Ok(new(py, None)),
            [v] => Ok(new(py, Some(v.to_obj()))),
            a => Err(py.type_error(format!("cell expected at most 1 argument, got {}", a.len()))),
        }
    });
    s.repr.set(|py, v| {
        Ok(py.str(&match content(v) {
            None => format!("<cell at {:#x}: empty>", v.id()),
            Some(x) => format!(
                "<cell at {:#x}: {} object at {:#x}>",
                v.id(),
                x.ty().full_name(),
                x.id()
            ),
        }))
    });
    s.hash.set(crate::object::slots::hash_not_implemented);
    s.compare.set(|py, a, b, op| {
        if a.get::<CellObj>().is_none() || b.get::<CellObj>().is_none() {
            return Ok(py.not_implemented());
        }
        // An empty cell is less than any other.
        match (content(a), content(b)) {
            (Some(x), Some(y)) => ops::compare(py, &x, &y, op),
            (x, y) => Ok(py.bool(CmpOp::of(op, x.is_some().cmp(&y.is_some())))),
        }
    });
    t.unhashable();
    t.getset(
        "cell_contents",
        |py, v| content(v).ok_or_else(|| py.value_error("Cell is empty")),
        Some(|_, v, value| {
            let c = v.cast::<CellObj>();
            match value {
                Some(x) => c.value.set(x.to_obj()),
                None => drop(c.value.take()),
            }
            Ok(())
        }),
    );
}
