//! `_tuplegetter`: the attributes of named tuples.

use crate::builtins::exceptions::ATTRIBUTE_ERROR;
use crate::builtins::sequence;
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::native::{Args, Tracer};
use crate::object::ops;
use crate::object::type_::Type;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;

/// Payload.
pub struct TupleGetter {
    pub index: usize,
    doc: Slot,
}

impl Trace for TupleGetter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.doc);
    }
    fn clear(&self) {
        self.doc.take();
    }
}

crate::native_type!(
    /// `_collections._tuplegetter`
    pub TUPLEGETTER: TupleGetter = "_collections._tuplegetter", base crate::object::base::OBJECT, flags 0, init init
);

fn init(t: &mut TypeInit) {
    let s = t.slots();
    s.new.set(construct);
    s.descr_get.set(get);
    s.descr_set.set(|py, _, _, value| {
        let what = if value.is_some() {
            "can't set attribute"
        } else {
            "can't delete attribute"
        };
        Err(py.error(&ATTRIBUTE_ERROR, what))
    });
    t.getset(
        "__doc__",
        |py, v| {
            Ok(v.cast::<TupleGetter>()
                .doc
                .get()
                .unwrap_or_else(|| py.none()))
        },
        Some(|py, v, doc| {
            v.cast::<TupleGetter>()
                .doc
                .set(doc.map_or_else(|| py.none(), Val::to_obj));
            Ok(())
        }),
    );
    s.repr.set(|py, v| {
        let g = v.cast::<TupleGetter>();
        let doc = ops::repr_text(py, &g.doc.get().unwrap_or_else(|| py.none()))?;
        Ok(py.str(&format!("{}({}, {doc})", v.ty().name(), g.index)))
    });
    t.method("__reduce__", "($self, /)", Bound(reduce));
}

fn construct(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let a = sequence::positional(py, "_tuplegetter", 2, 2, args)?;
    let index = ops::to_isize(py, &a[0])?;
    // No tuple has an item at a negative position, so such a getter always fails.
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    Ok(py.alloc_in(
        ty,
        TupleGetter {
            index,
            doc: Slot::new(a[1].to_obj()),
        },
    ))
}

fn get(py: &Py, v: &Val, obj: Option<&Val>, _: Option<&Val>) -> PyResult<Obj> {
    let index = v.cast::<TupleGetter>().index;
    let Some(obj) = obj.filter(|o| !o.is_none()) else {
        return Ok(v.to_obj());
    };
    let Some(t) = obj.get::<TupleObj>() else {
        return Err(py.type_error(format!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{}' object",
            obj.ty().full_name()
        )));
    };
    t.items()
        .get(index)
        .map(Val::to_obj)
        .ok_or_else(|| py.index_error("tuple index out of range"))
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let g = a[0].cast::<TupleGetter>();
    let args = tuple::new(
        py,
        vec![
            py.int(g.index as i64),
            g.doc.get().unwrap_or_else(|| py.none()),
        ],
    );
    Ok(tuple::new(py, vec![a[0].ty().to_obj(), args]))
}
