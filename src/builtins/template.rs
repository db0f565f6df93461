//! Template strings (PEP 750): `string.templatelib.Template` and `Interpolation`.

use crate::builtins::str::{Builder, StrObj};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeInit};
use crate::object::ops;
use crate::object::slots::BinOp;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Payload of `Template`.
pub struct TemplateObj {
    /// Tuple of str, one more than interpolations.
    pub strings: Slot,
    /// Tuple of `Interpolation`.
    pub interpolations: Slot,
}

impl Trace for TemplateObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.strings);
        t.slot(&self.interpolations);
    }
}

/// Payload of `Interpolation`.
pub struct InterpolationObj {
    pub value: Slot,
    pub expression: Slot,
    pub conversion: Slot,
    pub format_spec: Slot,
}

impl Trace for InterpolationObj {
    fn trace(&self, t: &mut Tracer) {
        for s in [
            &self.value,
            &self.expression,
            &self.conversion,
            &self.format_spec,
        ] {
            t.slot(s);
        }
    }
}

/// Iterates over a template: strings that are not empty, and interpolations, in order.
pub struct TemplateIter {
    template: Slot,
    at: AtomicUsize,
}

impl Trace for TemplateIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.template);
    }
}

crate::native_type!(
    /// The type `Template`.
    pub TEMPLATE: TemplateObj = "string.templatelib.Template", base crate::object::base::OBJECT, flags tf::IMMUTABLE,
    init init_template
);
crate::native_type!(
    /// The type `Interpolation`.
    pub INTERPOLATION: InterpolationObj = "string.templatelib.Interpolation", base crate::object::base::OBJECT,
    flags tf::IMMUTABLE, init init_interpolation
);
crate::native_type!(
    /// The iterator over a template.
    pub TEMPLATE_ITER: TemplateIter = "string.templatelib.TemplateIter", base crate::object::base::OBJECT, flags tf::NO_NEW,
    init |t| {
        t.slots().iter.set(|_, v| Ok(v.to_obj()));
        t.slots().next.set(next);
    }
);

impl TemplateObj {
    fn parts(&self) -> (Vec<Obj>, Vec<Obj>) {
        let items = |s: &Slot| {
            s.obj()
                .cast::<TupleObj>()
                .items()
                .iter()
                .map(Val::to_obj)
                .collect()
        };
        (items(&self.strings), items(&self.interpolations))
    }
}

fn init_template(t: &mut TypeInit) {
    t.doc("Template object");
    t.slots().new.set(new_template);
    t.slots().iter.set(|py, v| {
        Ok(py.alloc(
            &TEMPLATE_ITER,
            TemplateIter {
                template: Slot::new(v.to_obj()),
                at: AtomicUsize::new(0),
            },
        ))
    });
    t.slots().repr.set(|py, v| {
        let x = v.cast::<TemplateObj>();
        let (s, i) = (
            ops::repr(py, &x.strings.obj())?,
            ops::repr(py, &x.interpolations.obj())?,
        );
        let mut b = Builder::new();
        b.push_str("Template(strings=");
        b.push_obj(s.cast());
        b.push_str(", interpolations=");
        b.push_obj(i.cast());
        b.push_str(")");
        Ok(b.finish(py))
    });
    t.slots().bin(BinOp::Add).set(concat);
    t.getset(
        "strings",
        |_, v| Ok(v.cast::<TemplateObj>().strings.obj()),
        None,
    );
    t.getset(
        "interpolations",
        |_, v| Ok(v.cast::<TemplateObj>().interpolations.obj()),
        None,
    );
    t.getset(
        "values",
        |py, v| {
            let (_, i) = v.cast::<TemplateObj>().parts();
            Ok(tuple::new(
                py,
                i.iter()
                    .map(|i| i.cast::<InterpolationObj>().value.obj())
                    .collect(),
            ))
        },
        None,
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            let x = a[0].cast::<TemplateObj>();
            let module = crate::import::import(py, "string.templatelib")?;
            let f = ops::getattr_str(py, &module, "_template_unpickle")?;
            Ok(tuple::new(
                py,
                vec![
                    f,
                    tuple::new(py, vec![x.strings.obj(), x.interpolations.obj()]),
                ],
            ))
        }),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, item, /)",
        Bound(|py, a| crate::builtins::type_obj::generic_alias(py, &a[0], &a[1])),
    );
}

/// `Template(*args)`: adjacent strings are joined, missing ones are empty.
fn new_template(py: &Py, _: &'static Type, args: Args) -> PyResult<Obj> {
    if args.has_keywords() {
        return Err(py.type_error("Template.__new__ only accepts *args arguments"));
    }
    let (mut strings, mut parts) = (Vec::new(), Vec::new());
    let mut text: Option<Obj> = None;
    for a in args.positional() {
        if let Some(s) = a.get::<StrObj>() {
            text = Some(match text {
                None => a.to_obj(),
                Some(t) => crate::builtins::str::concat(py, t.cast(), s)?,
            });
        } else if a.get::<InterpolationObj>().is_some() {
            strings.push(text.take().unwrap_or_else(|| py.str("")));
            parts.push(a.to_obj());
        } else {
            return Err(py.type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {}",
                a.ty().name()
            )));
        }
    }
    strings.push(text.unwrap_or_else(|| py.str("")));
    Ok(new(py, tuple::new(py, strings), tuple::new(py, parts)))
}

fn concat(py: &Py, a: &Val, b: &Val) -> PyResult<Obj> {
    if let (Some(x), Some(y)) = (a.get::<TemplateObj>(), b.get::<TemplateObj>()) {
        let ((mut strings, mut parts), (more, more_parts)) = (x.parts(), y.parts());
        let mut more = more.into_iter();
        if let (Some(last), Some(first)) = (strings.pop(), more.next()) {
            strings.push(crate::builtins::str::concat(py, last.cast(), first.cast())?);
        }
        strings.extend(more);
        parts.extend(more_parts);
        return Ok(new(py, tuple::new(py, strings), tuple::new(py, parts)));
    }
    if a.get::<TemplateObj>().is_none() {
        return Ok(py.not_implemented());
    }
    Err(py.type_error(format!(
        "can only concatenate string.templatelib.Template (not \"{}\") to string.templatelib.Template",
        b.ty().full_name()
    )))
}

fn next(_: &Py, v: &Val) -> PyResult<Option<Obj>> {
    let it = v.cast::<TemplateIter>();
    let t = it.template.obj();
    let (strings, parts) = t.cast::<TemplateObj>().parts();
    loop {
        // Relaxed: the position alone; two threads that share the iterator get different positions.
        let at = it.at.fetch_add(1, Ordering::Relaxed);
        if at >= strings.len() + parts.len() {
            it.at.store(strings.len() + parts.len(), Ordering::Relaxed);
            return Ok(None);
        }
        let item = if at % 2 == 0 {
            &strings[at / 2]
        } else {
            &parts[at / 2]
        };
        if at % 2 == 0 && item.get::<StrObj>().is_some_and(StrObj::is_empty) {
            continue;
        }
        return Ok(Some(item.clone()));
    }
}

fn init_interpolation(t: &mut TypeInit) {
    t.doc("Interpolation object");
    t.slots().new.set(new_interpolation);
    t.slots().repr.set(|py, v| {
        let x = v.cast::<InterpolationObj>();
        let mut b = Builder::new();
        b.push_str("Interpolation(");
        for (i, s) in [&x.value, &x.expression, &x.conversion, &x.format_spec]
            .into_iter()
            .enumerate()
        {
            if i > 0 {
                b.push_str(", ");
            }
            let r = ops::repr(py, &s.obj())?;
            b.push_obj(r.cast());
        }
        b.push_str(")");
        Ok(b.finish(py))
    });
    t.attr("__match_args__", {
        let py = t.py();
        tuple::new(
            py,
            ["value", "expression", "conversion", "format_spec"]
                .map(|s| py.str(s))
                .into(),
        )
    });
    t.getset(
        "value",
        |_, v| Ok(v.cast::<InterpolationObj>().value.obj()),
        None,
    );
    t.getset(
        "expression",
        |_, v| Ok(v.cast::<InterpolationObj>().expression.obj()),
        None,
    );
    t.getset(
        "conversion",
        |_, v| Ok(v.cast::<InterpolationObj>().conversion.obj()),
        None,
    );
    t.getset(
        "format_spec",
        |_, v| Ok(v.cast::<InterpolationObj>().format_spec.obj()),
        None,
    );
    t.method(
        "__reduce__",
        "($self, /)",
        Bound(|py, a| {
            let x = a[0].cast::<InterpolationObj>();
            let args = vec![
                x.value.obj(),
                x.expression.obj(),
                x.conversion.obj(),
                x.format_spec.obj(),
            ];
            Ok(tuple::new(
                py,
                vec![a[0].ty().to_obj(), tuple::new(py, args)],
            ))
        }),
    );
    t.classmethod(
        "__class_getitem__",
        "($type, item, /)",
        Bound(|py, a| crate::builtins::type_obj::generic_alias(py, &a[0], &a[1])),
    );
}

fn new_interpolation(py: &Py, _: &'static Type, args: Args) -> PyResult<Obj> {
    let names = ["value", "expression", "conversion", "format_spec"];
    let a = args.positional();
    if a.len() > 4 {
        return Err(py.type_error(format!(
            "Interpolation() takes at most 4 arguments ({} given)",
            a.len()
        )));
    }
    let mut given: [Option<Obj>; 4] = [const { None }; 4];
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
                "Interpolation() got an unexpected keyword argument '{k}'"
            )));
        };
        if given[i].is_some() {
            let n = names[i];
            return Err(py.type_error(format!(
                "argument for Interpolation() given by name ('{n}') and position ({})",
                i + 1
            )));
        }
        given[i] = Some(v.to_obj());
    }
    let [value, expression, conversion, spec] = given;
    let Some(value) = value else {
        return Err(py.type_error("Interpolation() missing required argument 'value' (pos 1)"));
    };
    for (x, n) in [(&expression, "expression"), (&spec, "format_spec")] {
        if let Some(x) = x
            && x.get::<StrObj>().is_none()
        {
            let got = x.ty().name();
            return Err(py.type_error(format!(
                "Interpolation() argument '{n}' must be str, not {got}"
            )));
        }
    }
    let conversion = conversion.unwrap_or_else(|| py.none());
    if !conversion.is_none() {
        if conversion.get::<StrObj>().is_none() {
            let got = conversion.ty().name();
            return Err(py.type_error(format!(
                "Interpolation() argument 'conversion' must be str, not {got}"
            )));
        }
        if !["s", "r", "a"]
            .iter()
            .any(|c| crate::builtins::str::eq_text(&conversion, c))
        {
            return Err(py.value_error(
                "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'",
            ));
        }
    }
    let payload = InterpolationObj {
        value: Slot::new(value),
        expression: Slot::new(expression.unwrap_or_else(|| py.str(""))),
        conversion: Slot::new(conversion),
        format_spec: Slot::new(spec.unwrap_or_else(|| py.str(""))),
    };
    Ok(py.alloc(&INTERPOLATION, payload))
}

/// A template of a tuple of strings and a tuple of interpolations.
pub fn new(py: &Py, strings: Obj, interpolations: Obj) -> Obj {
    py.alloc(
        &TEMPLATE,
        TemplateObj {
            strings: Slot::new(strings),
            interpolations: Slot::new(interpolations),
        },
    )
}

/// An interpolation; `conversion`: 0 none, 1 `!s`, 2 `!r`, 3 `!a`.
pub fn interpolation(py: &Py, value: Obj, expr: Obj, conversion: u8, spec: Option<Obj>) -> Obj {
    let conversion = match conversion {
        1 => py.str("s"),
        2 => py.str("r"),
        3 => py.str("a"),
        _ => py.none(),
    };
    let payload = InterpolationObj {
        value: Slot::new(value),
        expression: Slot::new(expr),
        conversion: Slot::new(conversion),
        format_spec: Slot::new(spec.unwrap_or_else(|| py.str(""))),
    };
    py.alloc(&INTERPOLATION, payload)
}
