//! `__slots__`: which members a class adds, and whether instances get `__dict__` and weak references.

use super::class::is_var;
use crate::builtins::descr;
use crate::builtins::dict::DictObj;
use crate::builtins::module::MODULE;
use crate::builtins::str::{self, StrObj, lossy};
use crate::error::PyResult;
use crate::object::names;
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// What a class adds to the layout of its base.
pub struct ClassLayout {
    /// Mangled member names, sorted.
    pub members: Vec<Obj>,
    /// Members that stay with the other attributes, since the layout has no fixed place for them.
    pub loose: Vec<Obj>,
    pub add_dict: bool,
    pub add_weak: bool,
}

fn has_dict(t: &Type) -> bool {
    t.has(tf::HAS_DICT | tf::TYPE) || std::ptr::eq(t.layout, MODULE.layout)
}

/// Reads `__slots__` from a new class's namespace.
pub fn layout(
    py: &Py,
    class_name: &StrObj,
    base: &'static Type,
    bases: &[Obj],
    dict: &DictObj,
) -> PyResult<ClassLayout> {
    // Layouts with items of variable number cannot be extended; a str's items are no obstacle in Python's eyes.
    let var = is_var(base) && !base.has(tf::STR) || base.has(tf::INT);
    let may_dict = !has_dict(base);
    let may_weak = !base.has(tf::WEAKREF) && !var;
    let mut out = ClassLayout {
        members: Vec::new(),
        loose: Vec::new(),
        add_dict: false,
        add_weak: false,
    };
    let Some(slots) = dict.get_interned(py, &names::__slots__) else {
        out.add_dict = may_dict;
        out.add_weak = may_weak;
        return Ok(out);
    };
    let items = if slots.get::<StrObj>().is_some() {
        vec![slots]
    } else {
        ops::collect(py, &slots)?
    };
    if !items.is_empty() && (var || base.has(tf::TYPE)) {
        return Err(py.type_error(format!(
            "nonempty __slots__ not supported for subtype of '{}'",
            base.full_name()
        )));
    }
    let mut wanted: Vec<Obj> = Vec::new();
    for item in items {
        let Some(s) = item.get::<StrObj>() else {
            return Err(py.type_error(format!(
                "__slots__ items must be strings, not '{}'",
                item.ty().full_name()
            )));
        };
        let text = s.lossy().into_owned();
        if !is_identifier(&text) {
            return Err(py.type_error("__slots__ must be identifiers"));
        }
        match text.as_str() {
            "__dict__" => {
                if !may_dict || out.add_dict {
                    return Err(py.type_error("__dict__ slot disallowed: we already got one"));
                }
                out.add_dict = true;
            }
            "__weakref__" => {
                if !may_weak || out.add_weak {
                    return Err(py.type_error("__weakref__ slot disallowed: we already got one"));
                }
                out.add_weak = true;
            }
            _ => {
                let name = str::intern(py, &mangle(&class_name.lossy(), &text));
                let own =
                    ["__qualname__", "__classcell__", "__classdictcell__"].contains(&text.as_str());
                if !own && dict.get_interned_word(&name).is_some() {
                    return Err(py.value_error(format!(
                        "{} in __slots__ conflicts with class variable",
                        ops::repr_text(py, &name)?
                    )));
                }
                if !wanted.iter().any(|w| w.is(&name)) {
                    wanted.push(name);
                }
            }
        }
    }
    wanted.sort_by_key(|n| lossy(n).into_owned());
    for b in bases
        .iter()
        .filter_map(|b| Type::of(b))
        .filter(|b| !std::ptr::eq(*b, base))
    {
        out.add_dict |= may_dict && has_dict(b);
        out.add_weak |= may_weak && b.has(tf::WEAKREF);
    }
    if base.has(tf::STR) && !wanted.is_empty() {
        // The members need some place: the instance's attribute storage.
        out.add_dict |= may_dict;
        out.loose = wanted;
    } else {
        out.members = wanted;
    }
    Ok(out)
}

fn is_identifier(s: &str) -> bool {
    let mut c = s.chars();
    match c.next() {
        Some(f) if f == '_' || crate::text::unicode::is_xid_start(f as u32) => {
            c.all(|c| crate::text::unicode::is_xid_continue(c as u32))
        }
        _ => false,
    }
}

/// The private-name form of an attribute in a class body.
pub fn mangle(class_name: &str, name: &str) -> String {
    let stripped = class_name.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || stripped.is_empty()
    {
        return name.to_string();
    }
    format!("_{stripped}{name}")
}

/// Adds the descriptors of members, `__dict__` and `__weakref__`. `offset` is that of the first new member.
pub fn add_descriptors(py: &Py, ty: &'static Type, layout: &ClassLayout, offset: u32) {
    for (i, n) in layout.members.iter().enumerate() {
        ty.dict().set_interned(
            py,
            n,
            descr::member(py, ty, n.clone(), offset + 8 * i as u32),
        );
    }
    for n in &layout.loose {
        ty.dict()
            .set_interned(py, n, descr::member(py, ty, n.clone(), 0));
    }
    if layout.add_dict && ty.ext != 0 && ty.dict().get_interned_word(&names::__dict__).is_none() {
        let d = descr::getset_descriptor(
            py,
            ty,
            "__dict__",
            crate::builtins::object_::get_dict,
            Some(crate::builtins::object_::set_dict),
        );
        ty.dict().set_interned(py, &names::__dict__, d);
    }
    if layout.add_weak && ty.dict().get_interned_word(&names::__weakref__).is_none() {
        let d = descr::getset_descriptor(py, ty, "__weakref__", weakref, None);
        ty.dict().set_interned(py, &names::__weakref__, d);
    }
}

fn weakref(py: &Py, v: &Val) -> PyResult<Obj> {
    Ok(crate::heap::weakref::refs_of(v)
        .into_iter()
        .next()
        .unwrap_or_else(|| py.none()))
}
