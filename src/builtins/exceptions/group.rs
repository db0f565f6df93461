//! `BaseExceptionGroup`, `ExceptionGroup`, and what `except*` needs.
//!
//! Fields: 0 message, 1 exceptions (tuple), 2 text of the sequence it was made from if that was neither list nor tuple.

use super::{BASE_EXCEPTION, BASE_EXCEPTION_GROUP, EXCEPTION, ExcObj, base, fields};
use crate::builtins::list::{self, ListObj};
use crate::builtins::str::{Builder, StrObj};
use crate::builtins::tuple::{self, TupleObj};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::{Args, TypeInit};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::object::{names, ops};
use crate::thread::Py;
use std::collections::HashSet;

crate::native_subtype!(
    /// `ExceptionGroup(BaseExceptionGroup, Exception)`.
    pub EXCEPTION_GROUP = "ExceptionGroup", base BASE_EXCEPTION_GROUP, layout ExcObj, flags tf::BASETYPE, init init_exception_group
);

pub(super) fn init(t: &mut TypeInit) {
    t.slots().new.set(new);
    t.slots().init.set(|py, v, args| {
        base::no_keywords(py, v.ty(), args)?;
        base::set_init_args(py, v, args.positional());
        Ok(())
    });
    t.slots().str.set(str);
    t.slots().repr.set(repr);
    t.getset("message", fields::get_field::<0>, None);
    t.getset("exceptions", fields::get_field::<1>, None);
    t.method(
        "derive",
        "($self, excs, /)",
        Bound(|py, a| derive(py, &a[0], &a[1])),
    );
    t.method("split", "($self, matcher_value, /)", Bound(split_method));
    t.method("subgroup", "($self, matcher_value, /)", Bound(subgroup));
    t.classmethod(
        "__class_getitem__",
        "($type, item, /)",
        Bound(|py, a| crate::builtins::type_obj::generic_alias(py, &a[0], &a[1])),
    );
}

/// The class has two bases; a definition names one, the layout's.
fn init_exception_group(t: &mut TypeInit) {
    let (py, ty) = (t.py(), t.ty());
    let [group, exception] = [BASE_EXCEPTION_GROUP.ty(), EXCEPTION.ty()];
    ty.bases
        .set(tuple::new(py, vec![group.to_obj(), exception.to_obj()]));
    let mro = [
        ty,
        group,
        exception,
        BASE_EXCEPTION.ty(),
        crate::object::base::OBJECT.ty(),
    ];
    ty.mro
        .set(tuple::new(py, mro.iter().map(|t| t.to_obj()).collect()));
    exception.subclasses.lock().push(ty);
    ty.modified();
}

fn new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let a = args.positional();
    let [message, excs] = a else {
        let n = a.len();
        return Err(py.type_error(format!(
            "BaseExceptionGroup.__new__() takes exactly 2 arguments ({n} given)"
        )));
    };
    if message.get::<StrObj>().is_none() {
        let got = message.ty().name();
        return Err(py.type_error(format!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {got}"
        )));
    }
    let sequence = excs.type_has(tf::LIST | tf::TUPLE | tf::STR | tf::BYTES)
        || !excs.type_has(tf::DICT) && excs.ty().slots.getitem.get().is_some();
    if !sequence {
        return Err(py.type_error("second argument (exceptions) must be a sequence"));
    }
    let items = ops::collect(py, excs)?;
    if items.is_empty() {
        return Err(py.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    if let Some(i) = items.iter().position(|x| !BASE_EXCEPTION.check(x)) {
        return Err(py.value_error(format!(
            "Item {i} of second argument (exceptions) is not an exception"
        )));
    }
    let plain = items.iter().all(|x| EXCEPTION.check(x));
    let mut ty = ty;
    if plain && std::ptr::eq(ty, BASE_EXCEPTION_GROUP.ty()) {
        ty = EXCEPTION_GROUP.ty();
    } else if !plain && std::ptr::eq(ty, EXCEPTION_GROUP.ty()) {
        return Err(py.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    } else if !plain && ty.is_subtype(EXCEPTION.ty()) {
        return Err(py.type_error(format!("Cannot nest BaseExceptions in '{}'", ty.name())));
    }
    let e = py.alloc_in(ty, ExcObj::with_args(tuple::from_slice(py, a)));
    let x = e.cast::<ExcObj>();
    x.extra[0].set(message.to_obj());
    x.extra[1].set(tuple::new(py, items));
    if excs.get::<ListObj>().is_none() && excs.get::<TupleObj>().is_none() {
        x.extra[2].set(ops::repr(py, excs)?);
    }
    Ok(e)
}

/// `Name(message, exceptions)`, the latter in the form in which they were given; later changes of that list do not matter.
fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let e = v.cast::<ExcObj>();
    let list =
        |a: &Obj| matches!(a.cast::<TupleObj>().items(), [_, l] if l.get::<ListObj>().is_some());
    let excs = match (e.extra[2].get(), e.extra[1].get()) {
        (Some(text), _) => text,
        (None, Some(_)) if list(&e.args.obj()) => ops::repr(py, &list::new(py, exceptions(v)))?,
        (None, Some(t)) => ops::repr(py, &t)?,
        (None, None) => py.str("()"),
    };
    let message = ops::repr(py, &e.extra[0].get().unwrap_or_else(|| py.none()))?;
    let mut b = Builder::new();
    b.push_str(&v.ty().name());
    b.push_str("(");
    b.push_obj(message.cast());
    b.push_str(", ");
    b.push_obj(excs.cast());
    b.push_str(")");
    Ok(b.finish(py))
}

/// The exceptions of a group.
pub fn exceptions(group: &Val) -> Vec<Obj> {
    let Some(e) = group.get::<ExcObj>() else {
        return Vec::new();
    };
    match e.extra[1].get() {
        Some(t) => t
            .get::<TupleObj>()
            .map_or_else(Vec::new, |t| t.items().iter().map(Val::to_obj).collect()),
        None => Vec::new(),
    }
}

fn str(py: &Py, v: &Val) -> PyResult<Obj> {
    let n = exceptions(v).len();
    let mut b = Builder::new();
    if let Some(m) = v.cast::<ExcObj>().extra[0]
        .get()
        .as_ref()
        .and_then(|m| m.get::<StrObj>())
    {
        b.push_obj(m);
    }
    b.push_str(&format!(
        " ({n} sub-exception{})",
        if n == 1 { "" } else { "s" }
    ));
    Ok(b.finish(py))
}

fn derive(py: &Py, v: &Val, excs: &Val) -> PyResult<Obj> {
    let message = v.cast::<ExcObj>().extra[0]
        .get()
        .unwrap_or_else(|| py.str(""));
    ops::call2(py, &BASE_EXCEPTION_GROUP.obj(), &message, excs)
}

/// What decides whether an exception is taken by a split.
enum Matcher<'a> {
    /// A class or a tuple of classes.
    Type(&'a Val),
    Call(&'a Val),
    /// Addresses of the exceptions to take.
    Instances(&'a HashSet<u64>),
}

impl Matcher<'_> {
    fn from_value<'a>(py: &Py, v: &'a Val) -> PyResult<Matcher<'a>> {
        let is_exc = |t: &Val| Type::of(t).is_some_and(|t| t.is_subtype(BASE_EXCEPTION.ty()));
        if is_exc(v)
            || v.get::<TupleObj>()
                .is_some_and(|t| t.items().iter().all(is_exc))
        {
            return Ok(Matcher::Type(v));
        }
        if Type::of(v).is_none() && v.ty().slots.call.get().is_some() {
            return Ok(Matcher::Call(v));
        }
        Err(py.type_error(
            "expected an exception type, a tuple of exception types, or a callable (other than a class)",
        ))
    }
    fn takes(&self, py: &Py, exc: &Val) -> PyResult<bool> {
        match self {
            Matcher::Type(t) => Ok(base::matches(exc, t)),
            Matcher::Call(f) => {
                let r = ops::call1(py, f, exc)?;
                ops::truth(py, &r)
            }
            Matcher::Instances(set) => {
                Ok(!BASE_EXCEPTION_GROUP.check(exc) && set.contains(&exc.id()))
            }
        }
    }
}

/// Splits by a matcher: (taken, rest), each `None` when empty. The rest is only made when `want_rest`.
fn split(py: &Py, exc: &Val, m: &Matcher, want_rest: bool) -> PyResult<(Option<Obj>, Option<Obj>)> {
    py.check_native_stack()?;
    if m.takes(py, exc)? {
        return Ok((Some(exc.to_obj()), None));
    }
    if !BASE_EXCEPTION_GROUP.check(exc) {
        return Ok((None, want_rest.then(|| exc.to_obj())));
    }
    let (mut taken, mut rest) = (Vec::new(), Vec::new());
    for e in exceptions(exc) {
        let (t, r) = split(py, &e, m, want_rest)?;
        taken.extend(t);
        rest.extend(r);
    }
    Ok((
        subset(py, exc, taken)?,
        if want_rest {
            subset(py, exc, rest)?
        } else {
            None
        },
    ))
}

/// A group like `orig` of some of its exceptions, with the same traceback, cause, context and notes.
fn subset(py: &Py, orig: &Val, excs: Vec<Obj>) -> PyResult<Option<Obj>> {
    if excs.is_empty() {
        return Ok(None);
    }
    let excs = list::new(py, excs);
    let group = ops::call_method(
        py,
        orig,
        &crate::builtins::str::intern(py, "derive"),
        &[&excs],
    )?;
    if !BASE_EXCEPTION_GROUP.check(&group) {
        return Err(py.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    let (from, to) = (orig.cast::<ExcObj>(), group.cast::<ExcObj>());
    for (f, t) in [
        (&from.traceback, &to.traceback),
        (&from.context, &to.context),
    ] {
        match f.get() {
            Some(x) => t.set(x),
            None => drop(t.take()),
        }
    }
    if let Some(c) = from.cause.get() {
        base::put_cause(&group, &c);
    }
    if from.suppresses_context() {
        to.suppress_context
            .store(true, std::sync::atomic::Ordering::Relaxed);
    }
    if let Some(notes) = ops::getattr_opt(py, orig, &names::__notes__)?
        && (notes.get::<ListObj>().is_some() || notes.get::<TupleObj>().is_some())
    {
        let copy = list::new(py, ops::collect(py, &notes)?);
        ops::setattr(py, &group, &names::__notes__, &copy)?;
    }
    Ok(Some(group))
}

fn or_none(py: &Py, v: Option<Obj>) -> Obj {
    v.unwrap_or_else(|| py.none())
}

fn split_method(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let m = Matcher::from_value(py, &a[1])?;
    let (taken, rest) = split(py, &a[0], &m, true)?;
    Ok(tuple::new(py, vec![or_none(py, taken), or_none(py, rest)]))
}

fn subgroup(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let m = Matcher::from_value(py, &a[1])?;
    Ok(or_none(py, split(py, &a[0], &m, false)?.0))
}

/// TypeError if `typ` cannot stand in an `except*` clause.
fn check_star_type(py: &Py, typ: &Val) -> PyResult<()> {
    let one = |t: &Val| match Type::of(t).filter(|t| t.is_subtype(BASE_EXCEPTION.ty())) {
        None => Err(
            py.type_error("catching classes that do not inherit from BaseException is not allowed")
        ),
        Some(t) if t.is_subtype(BASE_EXCEPTION_GROUP.ty()) => Err(py.type_error(
            "catching ExceptionGroup with except* is not allowed. Use except instead.",
        )),
        Some(_) => Ok(()),
    };
    match typ.get::<TupleObj>() {
        Some(t) => t.items().iter().try_for_each(one),
        None => one(typ),
    }
}

/// Splits a raised exception for one `except*` clause: (matched or None, rest or None). A matching exception that is not a
/// group is wrapped into one.
pub fn match_split(py: &Py, exc: &Val, typ: &Val) -> PyResult<(Obj, Obj)> {
    check_star_type(py, typ)?;
    if exc.is_none() {
        return Ok((py.none(), py.none()));
    }
    if base::matches(exc, typ) {
        if BASE_EXCEPTION_GROUP.check(exc) {
            return Ok((exc.to_obj(), py.none()));
        }
        let excs = tuple::new(py, vec![exc.to_obj()]);
        let group = ops::call2(py, &BASE_EXCEPTION_GROUP.obj(), &py.str(""), &excs)?;
        if let Some(tb) = exc.get::<ExcObj>().and_then(|e| e.traceback.get()) {
            crate::builtins::traceback::wrap_position(py, &group, &tb);
        }
        return Ok((group, py.none()));
    }
    if !BASE_EXCEPTION_GROUP.check(exc) {
        return Ok((py.none(), exc.to_obj()));
    }
    let pair = ops::call_method(py, exc, &crate::builtins::str::intern(py, "split"), &[typ])?;
    let Some(t) = pair.get::<TupleObj>() else {
        return Err(py.type_error(format!(
            "{}.split must return a tuple, not {}",
            exc.ty().name(),
            pair.ty().name()
        )));
    };
    let [taken, rest, ..] = t.items() else {
        return Err(py.type_error(format!(
            "{}.split must return a 2-tuple, got tuple of size {}",
            exc.ty().name(),
            t.len()
        )));
    };
    Ok((taken.to_obj(), rest.to_obj()))
}

/// Whether `a` is a part of the group `b`, raised again unchanged.
fn same_origin(py: &Py, a: &Val, b: &Val) -> PyResult<bool> {
    if !BASE_EXCEPTION_GROUP.check(a) {
        return Ok(false);
    }
    let same_notes = {
        let (x, y) = (
            ops::getattr_opt(py, a, &names::__notes__)?,
            ops::getattr_opt(py, b, &names::__notes__)?,
        );
        match (x, y) {
            (None, None) => true,
            (Some(x), Some(y)) => {
                let (x, y) = (ops::collect(py, &x)?, ops::collect(py, &y)?);
                x.len() == y.len() && x.iter().zip(&y).all(|(p, q)| p.is(q))
            }
            _ => false,
        }
    };
    let (x, y) = (a.cast::<ExcObj>(), b.cast::<ExcObj>());
    let same = |p: &crate::object::Slot, q: &crate::object::Slot| {
        p.word().identity() == q.word().identity()
    };
    Ok(same_notes
        && same(&x.traceback, &y.traceback)
        && same(&x.cause, &y.cause)
        && same(&x.context, &y.context))
}

/// Collects the addresses of the exceptions in a tree of groups.
fn leaves(py: &Py, exc: &Val, ids: &mut HashSet<u64>) -> PyResult<()> {
    py.check_native_stack()?;
    if !BASE_EXCEPTION_GROUP.check(exc) {
        ids.insert(exc.id());
        return Ok(());
    }
    exceptions(exc).iter().try_for_each(|e| leaves(py, e, ids))
}

/// The exception to raise after all `except*` clauses ran, None if there is none. `results`: what each clause raised or left,
/// None where it handled everything.
pub fn prep_reraise_star(py: &Py, orig: &Val, results: &[Obj]) -> PyResult<Obj> {
    let live: Vec<&Obj> = results.iter().filter(|e| !e.is_none()).collect();
    if !BASE_EXCEPTION_GROUP.check(orig) {
        // Only one clause can have run for an exception that is not a group.
        return Ok(live.first().map_or_else(|| py.none(), |e| (*e).clone()));
    }
    let (mut raised, mut kept) = (Vec::new(), HashSet::new());
    for e in live {
        if same_origin(py, e, orig)? {
            leaves(py, e, &mut kept)?;
        } else {
            raised.push(e.clone());
        }
    }
    let again = if kept.is_empty() {
        None
    } else {
        split(py, orig, &Matcher::Instances(&kept), false)?.0
    };
    if raised.is_empty() {
        return Ok(or_none(py, again));
    }
    raised.extend(again);
    if let [one] = raised.as_slice() {
        return Ok(one.clone());
    }
    let excs = list::new(py, raised);
    ops::call2(py, &BASE_EXCEPTION_GROUP.obj(), &py.str(""), &excs)
}
