//! Method resolution order: C3 linearization.

use crate::builtins::tuple::TupleObj;
use crate::error::PyResult;
use crate::object::ops;
use crate::object::type_::{TYPE, Type};
use crate::object::value::Obj;
use crate::thread::Py;

/// The linearization of a class with these bases, the class itself first.
pub fn linearize(
    py: &Py,
    ty: &'static Type,
    bases: &[&'static Type],
) -> PyResult<Vec<&'static Type>> {
    for (i, b) in bases.iter().enumerate() {
        if bases[..i].iter().any(|x| std::ptr::eq(*x, *b)) {
            return Err(py.type_error(format!("duplicate base class {}", b.full_name())));
        }
    }
    if let Some(b) = bases.iter().find(|b| b.mro.is_empty()) {
        return Err(py.type_error(format!(
            "Cannot extend an incomplete type '{}'",
            b.full_name()
        )));
    }
    let mut out = vec![ty];
    if let [only] = bases {
        out.extend(only.mro_iter());
        return Ok(out);
    }
    let mut lists: Vec<Vec<&'static Type>> = bases.iter().map(|b| b.mro_iter().collect()).collect();
    lists.push(bases.to_vec());
    let mut at = vec![0usize; lists.len()];
    loop {
        let mut next = None;
        let mut left = false;
        for (i, l) in lists.iter().enumerate() {
            let Some(&head) = l.get(at[i]) else { continue };
            left = true;
            let in_tail = lists.iter().zip(&at).any(|(l, &a)| {
                l.get(a + 1..)
                    .is_some_and(|t| t.iter().any(|x| std::ptr::eq(*x, head)))
            });
            if !in_tail {
                next = Some(head);
                break;
            }
        }
        if !left {
            return Ok(out);
        }
        let Some(head) = next else {
            return Err(inconsistent(py, &lists, &at));
        };
        out.push(head);
        for (l, a) in lists.iter().zip(at.iter_mut()) {
            if l.get(*a).is_some_and(|x| std::ptr::eq(*x, head)) {
                *a += 1;
            }
        }
    }
}

fn inconsistent(py: &Py, lists: &[Vec<&'static Type>], at: &[usize]) -> crate::error::Raised {
    let mut heads: Vec<&'static Type> = Vec::new();
    for (l, &a) in lists.iter().zip(at) {
        if let Some(h) = l.get(a)
            && !heads.iter().any(|x| std::ptr::eq(*x, *h))
        {
            heads.push(h);
        }
    }
    let names: Vec<String> = heads.iter().map(|t| t.name().into_owned()).collect();
    py.type_error(format!(
        "Cannot create a consistent method resolution order (MRO) for bases {}",
        names.join(", ")
    ))
}

/// Computes and stores the MRO of `ty` (whose `bases` are set): through the metaclass's `mro()` if it has its own.
pub fn set(py: &Py, ty: &'static Type) -> PyResult<()> {
    let bases = bases_of(ty);
    let meta = ty.header().ty();
    let custom = if std::ptr::eq(meta, TYPE.ty()) {
        None
    } else {
        meta.lookup(py, &crate::object::names::mro).filter(|f| {
            TYPE.ty()
                .lookup(py, &crate::object::names::mro)
                .is_none_or(|g| !g.is(f))
        })
    };
    let list: Vec<Obj> = match custom {
        None => linearize(py, ty, &bases)?
            .into_iter()
            .map(Type::to_obj)
            .collect(),
        Some(f) => {
            let r = ops::call1(py, &f, &ty.to_obj())?;
            let items = ops::collect(py, &r)?;
            for i in &items {
                let Some(t) = Type::of(i) else {
                    return Err(py.type_error(format!(
                        "mro() returned a non-class ('{}')",
                        i.ty().full_name()
                    )));
                };
                if !std::ptr::eq(t.layout, ty.layout)
                    && !std::ptr::eq(t.layout, crate::object::base::OBJECT.layout)
                    && !has_layout(ty, t)
                {
                    return Err(py.type_error(format!(
                        "mro() returned base with unsuitable layout ('{}')",
                        t.full_name()
                    )));
                }
            }
            items
        }
    };
    ty.mro.set(crate::builtins::tuple::new(py, list));
    Ok(())
}

/// Whether instances of `ty` can serve methods of `base` (same native layout somewhere up the chain of solid bases).
fn has_layout(ty: &'static Type, base: &'static Type) -> bool {
    let mut t = Some(ty);
    while let Some(x) = t {
        if std::ptr::eq(x.layout, base.layout) {
            return true;
        }
        t = x.base();
    }
    false
}

/// The direct bases.
pub fn bases_of(ty: &Type) -> Vec<&'static Type> {
    match ty.bases.get() {
        Some(b) => b.get::<TupleObj>().map_or(Vec::new(), |t| {
            t.items().iter().filter_map(Type::of).collect()
        }),
        None => Vec::new(),
    }
}
