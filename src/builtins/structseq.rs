//! Struct sequences: native tuple subclasses with named fields (`time.struct_time`, `os.stat_result`, `sys.flags` ...).
//!
//! Visible fields are the tuple's items. Hidden fields are kept as instance attributes that programs cannot set.

use crate::builtins::dict::DictObj;
use crate::builtins::iterators::push_repr;
use crate::builtins::str::{Builder, StrObj};
use crate::builtins::tuple::{self, TUPLE, TupleObj};
use crate::builtins::{dict, str};
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::{Bound, Raw};
use crate::object::native::{Args, FnDef, TypeDef, TypeInit};
use crate::object::slots::GetFn;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::object::{instance, ops};
use crate::thread::Py;
use parking_lot::Mutex;
use std::sync::OnceLock;

/// A struct sequence type as data.
pub struct SeqDef {
    /// Name with module: "time.struct_time".
    pub name: &'static str,
    pub doc: &'static str,
    /// Fields that are also items; those called "" have no attribute.
    pub fields: &'static [&'static str],
    /// Fields that are attributes only.
    pub hidden: &'static [&'static str],
    /// Programs may call the type.
    pub callable: bool,
    def: OnceLock<&'static TypeDef>,
}

static DEFS: Mutex<Vec<&'static SeqDef>> = Mutex::new(Vec::new());

impl SeqDef {
    pub const fn new(
        name: &'static str,
        doc: &'static str,
        fields: &'static [&'static str],
        hidden: &'static [&'static str],
    ) -> SeqDef {
        SeqDef {
            name,
            doc,
            fields,
            hidden,
            callable: true,
            def: OnceLock::new(),
        }
    }
    /// A type of which programs make no instances.
    pub const fn sealed(
        name: &'static str,
        doc: &'static str,
        fields: &'static [&'static str],
    ) -> SeqDef {
        SeqDef::sealed_with(name, doc, fields, &[])
    }
    /// As `sealed`, with fields that are attributes only.
    pub const fn sealed_with(
        name: &'static str,
        doc: &'static str,
        fields: &'static [&'static str],
        hidden: &'static [&'static str],
    ) -> SeqDef {
        SeqDef {
            name,
            doc,
            fields,
            hidden,
            callable: false,
            def: OnceLock::new(),
        }
    }
    /// The type, made on first use.
    pub fn ty(&'static self) -> &'static Type {
        let def = *self.def.get_or_init(|| {
            let extra = if self.hidden.is_empty() {
                0
            } else {
                tf::HAS_DICT
            };
            let sealed = if self.callable { 0 } else { tf::NO_NEW };
            let flags = extra | sealed | tf::IMMUTABLE;
            let def = Box::leak(Box::new(TypeDef::new(
                self.name,
                Some(&TUPLE),
                TUPLE.layout,
                flags,
                init,
            )));
            self.fill(def.ty());
            def
        });
        def.ty()
    }
    /// The type as a value.
    pub fn obj(&'static self) -> Obj {
        self.ty().to_obj()
    }

    fn fill(&'static self, ty: &'static Type) {
        let py = crate::thread::current();
        DEFS.lock().push(self);
        let mut t = TypeInit { py, ty };
        t.doc(self.doc);
        let mut names = Vec::new();
        for (i, name) in self.fields.iter().enumerate() {
            if !name.is_empty() {
                t.getset(name, ITEM_GETTERS[i], None);
                names.push(str::intern(py, name));
            }
        }
        let unnamed = self.fields.len() - names.len();
        for (i, name) in self.hidden.iter().enumerate() {
            t.getset(name, HIDDEN_GETTERS[i], None);
        }
        t.attr(
            "n_fields",
            py.int((self.fields.len() + self.hidden.len()) as i64),
        );
        t.attr("n_sequence_fields", py.int(self.fields.len() as i64));
        t.attr("n_unnamed_fields", py.int(unnamed as i64));
        t.attr("__match_args__", tuple::new(py, names));
        ty.modified();
    }

    /// An instance of all fields: items, then hidden ones (missing ones are None).
    pub fn make(&'static self, py: &Py, values: Vec<Obj>) -> Obj {
        self.make_in(py, self.ty(), values)
    }

    fn make_in(&'static self, py: &Py, ty: &'static Type, mut values: Vec<Obj>) -> Obj {
        let hidden = values.split_off(self.fields.len().min(values.len()));
        let o = tuple::new_in(py, ty, crate::object::native::args::objs(&values));
        for (name, v) in self.hidden.iter().zip(hidden) {
            instance::set(py, &o, &str::intern(py, name), v);
        }
        o
    }

    /// The value of a hidden field.
    fn hidden_value(&self, py: &Py, v: &Val, i: usize) -> Obj {
        instance::get(py, v, &str::intern(py, self.hidden[i])).unwrap_or_else(|| py.none())
    }
}

/// The definition behind an instance's type or one of its bases.
fn def_of(ty: &Type) -> Option<&'static SeqDef> {
    let defs = DEFS.lock().clone();
    defs.into_iter()
        .find(|d| d.def.get().is_some_and(|t| ty.is_subtype(t.ty())))
}

fn item<const I: usize>(py: &Py, v: &Val) -> PyResult<Obj> {
    Ok(v.get::<TupleObj>()
        .and_then(|t| t.items().get(I))
        .map_or_else(|| py.none(), Val::to_obj))
}

fn hidden<const I: usize>(py: &Py, v: &Val) -> PyResult<Obj> {
    Ok(def_of(v.ty()).map_or_else(|| py.none(), |d| d.hidden_value(py, v, I)))
}

macro_rules! getters {
    ($f:ident: $($i:literal)*) => { [$($f::<$i>),*] };
}

static ITEM_GETTERS: [GetFn; 24] =
    getters!(item: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23);
static HIDDEN_GETTERS: [GetFn; 16] = getters!(hidden: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);

fn init(t: &mut TypeInit) {
    t.slots().repr.set(repr);
    t.slots().new.set(new);
    t.slots().setattr.set(set_attribute);
    t.method("__reduce__", "($self, /)", Bound(reduce));
    t.method("__replace__", "($self, /, **changes)", Raw(replace));
}

fn set_attribute(py: &Py, v: &Val, name: &Val, _: Option<&Val>) -> PyResult<()> {
    let text = str::lossy(name);
    let message = if v.ty().lookup(py, name).is_some() {
        "readonly attribute".to_string()
    } else {
        format!(
            "'{}' object has no attribute '{text}' and no __dict__ for setting new attributes",
            v.ty().full_name()
        )
    };
    Err(py.attribute_error(&message, v, name))
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let Some(def) = def_of(v.ty()) else {
        return Err(py.system_error("not a struct sequence"));
    };
    let mut b = Builder::new();
    b.push_str(&v.ty().full_name());
    b.push_str("(");
    // Items without a name borrow the names of the hidden fields.
    let names = def
        .fields
        .iter()
        .chain(def.hidden)
        .filter(|n| !n.is_empty());
    for (i, (name, x)) in names.zip(v.cast::<TupleObj>().items()).enumerate() {
        if i > 0 {
            b.push_str(", ");
        }
        b.push_str(name);
        b.push_str("=");
        push_repr(py, &mut b, x)?;
    }
    b.push_str(")");
    Ok(b.finish(py))
}

static NEW: FnDef = FnDef::new(
    "structseq",
    "(sequence, dict={})",
    Bound(|py, _| Ok(py.none())),
);

fn new(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let Some(def) = def_of(ty) else {
        return Err(py.system_error("not a struct sequence"));
    };
    if !def.callable {
        return Err(py.type_error(format!("cannot create '{}' instances", def.name)));
    }
    let bound = NEW.bind(py, args)?;
    let a = Val::from_words(&bound);
    let mut values = match ops::collect(py, &a[0]) {
        Ok(v) => v,
        Err(e) if e.is(&crate::builtins::exceptions::TYPE_ERROR) => {
            return Err(py.type_error("constructor requires a sequence"));
        }
        Err(e) => return Err(e),
    };
    let extra = a[1].given();
    if let Some(d) = extra
        && d.get::<DictObj>().is_none()
    {
        return Err(py.type_error(format!("{}() takes a dict as second arg, if any", def.name)));
    }
    let (min, max, n) = (
        def.fields.len(),
        def.fields.len() + def.hidden.len(),
        values.len(),
    );
    if n < min || n > max {
        let bound = if min == max {
            format!("a {min}-sequence")
        } else if n < min {
            format!("an at least {min}-sequence")
        } else {
            format!("an at most {max}-sequence")
        };
        return Err(py.type_error(format!("{}() takes {bound} ({n}-sequence given)", def.name)));
    }
    if let Some(d) = extra.and_then(|d| d.get::<DictObj>()) {
        let mut used = 0;
        for name in &def.hidden[n - min..] {
            let found = d.get_str(py, name);
            used += found.is_some() as usize;
            values.push(found.unwrap_or_else(|| py.none()));
        }
        if used < d.len() {
            return Err(py.type_error(format!(
                "{}() got duplicate or unexpected field name(s)",
                def.name
            )));
        }
    }
    Ok(def.make_in(py, ty, values))
}

fn reduce(py: &Py, a: &[Val]) -> PyResult<Obj> {
    let Some(def) = def_of(a[0].ty()) else {
        return Err(py.system_error("not a struct sequence"));
    };
    let items = tuple::from_slice(py, a[0].cast::<TupleObj>().items());
    let d = dict::new(py);
    for (i, name) in def.hidden.iter().enumerate() {
        d.cast::<DictObj>()
            .set_str(py, name, def.hidden_value(py, &a[0], i));
    }
    let args = tuple::new(py, vec![items, d]);
    Ok(tuple::new(py, vec![a[0].ty().to_obj(), args]))
}

fn replace(py: &Py, args: Args) -> PyResult<Obj> {
    let [this] = args.positional() else {
        return Err(py.type_error("__replace__() takes no positional arguments"));
    };
    let Some(def) = def_of(this.ty()) else {
        return Err(py.system_error("not a struct sequence"));
    };
    if def.fields.contains(&"") {
        return Err(py.type_error(format!(
            "__replace__() is not supported for {} because it has unnamed field(s)",
            this.ty().full_name()
        )));
    }
    let mut values: Vec<Obj> = this
        .cast::<TupleObj>()
        .items()
        .iter()
        .map(Val::to_obj)
        .collect();
    values.extend((0..def.hidden.len()).map(|i| def.hidden_value(py, this, i)));
    let mut unknown = Vec::new();
    for (name, v) in args.keywords() {
        let position = def
            .fields
            .iter()
            .chain(def.hidden)
            .position(|f| name.get::<StrObj>().is_some_and(|s| s.eq_str(f)));
        match position {
            Some(i) => values[i] = v.to_obj(),
            None => unknown.push(ops::repr_text(py, name)?),
        }
    }
    if !unknown.is_empty() {
        return Err(py.type_error(format!(
            "Got unexpected field name(s): [{}]",
            unknown.join(", ")
        )));
    }
    Ok(def.make_in(py, this.ty(), values))
}
