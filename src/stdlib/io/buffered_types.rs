//! The types `BufferedReader`, `BufferedWriter`, `BufferedRandom` and `BufferedRWPair`.

use super::base::{self, BUFFERED_IO_BASE, unsupported_methods};
use super::buffered::{self, BufferedObj, count, raw_attr, raw_call, this};
use super::fileio::{self, FILE_IO};
use super::util::{
    attr_true, call, call_true, input, name_text, no_pickle, offset, output, size, then,
};
use crate::builtins::bytes;
use crate::error::PyResult;
use crate::object::native::function::NativeFnPtr::Bound;
use crate::object::native::typedef::{Trace, layout_of_def};
use crate::object::native::{Args, FnDef, Tracer, TypeDef, TypeInit};
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Slot, Val};
use crate::object::{names, ops};
use crate::thread::Py;

crate::native_type!(
    /// The type `_io.BufferedReader`.
    pub BUFFERED_READER: BufferedObj = "_io.BufferedReader", base BUFFERED_IO_BASE, flags tf::BASETYPE, init init_reader
);
/// The type `_io.BufferedWriter`.
pub static BUFFERED_WRITER: TypeDef = TypeDef::new(
    "_io.BufferedWriter",
    Some(&BUFFERED_IO_BASE),
    layout_of_def(&BUFFERED_READER),
    tf::BASETYPE,
    init_writer,
);
/// The type `_io.BufferedRandom`.
pub static BUFFERED_RANDOM: TypeDef = TypeDef::new(
    "_io.BufferedRandom",
    Some(&BUFFERED_IO_BASE),
    layout_of_def(&BUFFERED_READER),
    tf::BASETYPE,
    init_random,
);

fn init_reader(t: &mut TypeInit) {
    t.doc("Create a new buffered reader using the given readable raw IO object.");
    t.slots()
        .new
        .set(|py, ty, _| Ok(py.alloc_in(ty, BufferedObj::new(true, false))));
    t.slots().init.set(construct);
    common(t);
    reading(t);
    t.method(
        "flush",
        "($self, /)",
        Bound(|py, a| raw_call(py, &a[0], "flush")),
    );
}

fn init_writer(t: &mut TypeInit) {
    t.doc("A buffer for a writeable sequential RawIO object.");
    t.slots()
        .new
        .set(|py, ty, _| Ok(py.alloc_in(ty, BufferedObj::new(false, true))));
    t.slots().init.set(construct);
    common(t);
    writing(t);
}

fn init_random(t: &mut TypeInit) {
    t.doc("A buffered interface to random access streams.");
    t.slots()
        .new
        .set(|py, ty, _| Ok(py.alloc_in(ty, BufferedObj::new(true, true))));
    t.slots().init.set(construct);
    common(t);
    reading(t);
    writing(t);
}

static INIT: FnDef = FnDef::new(
    "Buffered",
    "(raw, buffer_size=131072)",
    Bound(|py, _| Ok(py.none())),
);

fn construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let bound = INIT.bind(py, args)?;
    let a = Val::from_words(&bound);
    this(v).raw.take();
    buffered::setup(py, v, &a[0], &a[1])
}

/// A buffered stream around a raw one, for `open`.
pub fn new(py: &Py, def: &'static TypeDef, raw: &Val, size: usize) -> PyResult<Obj> {
    let (readable, writable) = (
        !std::ptr::eq(def, &BUFFERED_WRITER),
        !std::ptr::eq(def, &BUFFERED_READER),
    );
    let v = py.alloc_in(def.ty(), BufferedObj::new(readable, writable));
    buffered::setup(py, &v, raw, &count(py, size))?;
    Ok(v)
}

/// The predicates and attributes that come from the raw stream.
fn common(t: &mut TypeInit) {
    t.slots().repr.set(repr);
    t.method(
        "seekable",
        "($self, /)",
        Bound(|py, a| raw_call(py, &a[0], "seekable")),
    );
    t.method(
        "fileno",
        "($self, /)",
        Bound(|py, a| raw_call(py, &a[0], "fileno")),
    );
    t.method(
        "isatty",
        "($self, /)",
        Bound(|py, a| raw_call(py, &a[0], "isatty")),
    );
    t.method(
        "close",
        "($self, /)",
        Bound(|py, a| buffered::close(py, &a[0])),
    );
    t.method(
        "detach",
        "($self, /)",
        Bound(|py, a| buffered::detach(py, &a[0])),
    );
    t.method(
        "tell",
        "($self, /)",
        Bound(|py, a| Ok(py.int(buffered::tell(py, &a[0])?))),
    );
    t.method(
        "seek",
        "($self, target, whence=0, /)",
        Bound(|py, a| {
            let whence = a[2].given().map_or(Ok(0), |w| ops::to_i64(py, w))?;
            Ok(py.int(buffered::seek(py, &a[0], offset(py, &a[1])?, whence)?))
        }),
    );
    t.method(
        "truncate",
        "($self, pos=None, /)",
        Bound(|py, a| {
            if !this(&a[0]).writable {
                this(&a[0]).raw(py)?;
                return Err(super::util::unsupported(py, "truncate"));
            }
            buffered::truncate(py, &a[0], &a[1])
        }),
    );
    t.method(
        "_dealloc_warn",
        "($self, source, /)",
        Bound(|py, a| {
            if let Some(raw) = this(&a[0]).raw.get() {
                if FILE_IO.check(&raw) {
                    fileio::warn_unclosed(py, &raw, &a[1]);
                } else {
                    let _ = call(py, &raw, "_dealloc_warn", &[&a[1]]);
                }
            }
            Ok(py.none())
        }),
    );
    t.method("__getstate__", "($self, /)", Bound(no_pickle));
    t.method("__reduce__", "($self, /)", Bound(no_pickle));
    t.method("__reduce_ex__", "($self, protocol, /)", Bound(no_pickle));
    t.method(
        "__sizeof__",
        "($self, /)",
        Bound(|py, a| {
            let n = this(&a[0]).st.lock().size;
            Ok(count(py, n + a[0].ty().instance_size()))
        }),
    );
    t.getset(
        "raw",
        |py, v| Ok(this(v).raw.get().unwrap_or_else(|| py.none())),
        None,
    );
    t.getset(
        "closed",
        |py, v| Ok(py.bool(buffered::is_closed(py, &*this(v).raw(py)?)?)),
        None,
    );
    t.getset("name", |py, v| raw_attr(py, v, "name"), None);
    t.getset("mode", |py, v| raw_attr(py, v, "mode"), None);
}

fn reading(t: &mut TypeInit) {
    t.method(
        "readable",
        "($self, /)",
        Bound(|py, a| raw_call(py, &a[0], "readable")),
    );
    t.method(
        "read",
        "($self, size=-1, /)",
        Bound(|py, a| {
            let n =
                match a[1].not_none() {
                    None => None,
                    Some(v) => match ops::to_isize(py, v)? {
                        -1 => None,
                        n => Some(usize::try_from(n).map_err(|_| {
                            py.value_error("read length must be non-negative or -1")
                        })?),
                    },
                };
            if n == Some(0) {
                buffered::enter(py, &a[0], "read of")?;
                return Ok(bytes::new(py, b""));
            }
            Ok(buffered::read(py, &a[0], n)?.map_or_else(|| py.none(), |b| bytes::new(py, &b)))
        }),
    );
    t.method(
        "read1",
        "($self, size=-1, /)",
        Bound(|py, a| {
            let n = a[1].given().map_or(Ok(-1), |v| ops::to_isize(py, v))?;
            Ok(bytes::new(
                py,
                &*buffered::read1(py, &a[0], usize::try_from(n).ok())?,
            ))
        }),
    );
    t.method(
        "peek",
        "($self, size=0, /)",
        Bound(|py, a| Ok(bytes::new(py, &*buffered::peek(py, &a[0])?))),
    );
    t.method(
        "readinto",
        "($self, buffer, /)",
        Bound(|py, a| readinto(py, a, "readinto", false)),
    );
    t.method(
        "readinto1",
        "($self, buffer, /)",
        Bound(|py, a| readinto(py, a, "readinto1", true)),
    );
    t.method(
        "readline",
        "($self, size=-1, /)",
        Bound(|py, a| {
            let n = size(py, &a[1])?;
            Ok(bytes::new(py, &*buffered::read_line(py, &a[0], n)?))
        }),
    );
    t.slots().next.set(|py, v| {
        let exact = BUFFERED_READER.is_exact(v) || BUFFERED_RANDOM.is_exact(v);
        if exact {
            let line = buffered::read_line(py, v, None)?;
            return Ok((!line.is_empty()).then(|| bytes::new(py, &line)));
        }
        let line = ops::call_method(py, v, &names::readline, &[])?;
        if bytes::view(&line).is_none() {
            return Err(py.error(
                &crate::builtins::exceptions::OS_ERROR,
                &format!(
                    "readline() should have returned a bytes object, not '{}'",
                    line.ty().name()
                ),
            ));
        }
        Ok((ops::len(py, &line)? != 0).then_some(line))
    });
}

fn readinto(py: &Py, a: &[Val], func: &str, once: bool) -> PyResult<Obj> {
    let mut out = output(py, &a[1], func)?;
    Ok(buffered::read_into(py, &a[0], out.as_mut_slice(), once)?
        .map_or_else(|| py.none(), |n| count(py, n)))
}

fn writing(t: &mut TypeInit) {
    t.method(
        "writable",
        "($self, /)",
        Bound(|py, a| raw_call(py, &a[0], "writable")),
    );
    t.method(
        "write",
        "($self, buffer, /)",
        Bound(|py, a| {
            this(&a[0]).raw(py)?;
            let data = input(py, &a[1])?;
            buffered::write(py, &a[0], data.as_slice())?;
            Ok(count(py, data.len))
        }),
    );
    t.method(
        "flush",
        "($self, /)",
        Bound(|py, a| {
            buffered::flush(py, &a[0])?;
            Ok(py.none())
        }),
    );
}

fn repr(py: &Py, v: &Val) -> PyResult<Obj> {
    let ty = v.ty();
    let ty = if ty.has(tf::HEAP) {
        ty.name().into_owned()
    } else {
        ty.full_name()
    };
    let Some(_guard) = ops::repr_enter(py, v) else {
        return Err(py.runtime_error(format!("reentrant call inside {ty}.__repr__")));
    };
    Ok(py.str(&match name_text(py, v)? {
        Some(n) => format!("<{ty} name={n}>"),
        None => format!("<{ty}>"),
    }))
}

/// Payload of `BufferedRWPair`: two streams.
pub struct PairObj {
    reader: Slot,
    writer: Slot,
}

impl Trace for PairObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.reader);
        t.slot(&self.writer);
    }
    fn clear(&self) {
        self.reader.take();
        self.writer.take();
    }
}

crate::native_type!(
    /// The type `_io.BufferedRWPair`.
    pub BUFFERED_RW_PAIR: PairObj = "_io.BufferedRWPair", base BUFFERED_IO_BASE, flags tf::BASETYPE, init init_pair
);

fn side(py: &Py, v: &Val, writer: bool) -> PyResult<Obj> {
    let p = v.cast::<PairObj>();
    let slot = if writer { &p.writer } else { &p.reader };
    slot.get()
        .ok_or_else(|| py.value_error("I/O operation on uninitialized object"))
}

static PAIR_INIT: FnDef = FnDef::new(
    "BufferedRWPair",
    "(reader, writer, buffer_size=131072, /)",
    Bound(|py, _| Ok(py.none())),
);

fn pair_new(py: &Py, ty: &'static Type, _: Args) -> PyResult<Obj> {
    Ok(py.alloc_in(
        ty,
        PairObj {
            reader: Slot::empty(),
            writer: Slot::empty(),
        },
    ))
}

fn pair_construct(py: &Py, v: &Val, args: Args) -> PyResult<()> {
    let bound = PAIR_INIT.bind(py, args)?;
    let a = Val::from_words(&bound);
    base::check(py, &a[0], "readable")?;
    base::check(py, &a[1], "writable")?;
    let size = match a[2].given() {
        Some(n) => ops::to_isize(py, n)?,
        None => super::util::DEFAULT_BUFFER_SIZE as isize,
    };
    let Some(size) = usize::try_from(size).ok().filter(|&n| n > 0) else {
        return Err(py.value_error("buffer size must be strictly positive"));
    };
    let p = v.cast::<PairObj>();
    p.reader.set(new(py, &BUFFERED_READER, &a[0], size)?);
    p.writer.set(new(py, &BUFFERED_WRITER, &a[1], size)?);
    Ok(())
}

fn init_pair(t: &mut TypeInit) {
    t.doc("A buffered reader and writer object together.");
    t.slots().new.set(pair_new);
    t.slots().init.set(pair_construct);
    macro_rules! forward {
        ($($name:literal $sig:literal $writer:literal)*) => {
            $({
                fn f(py: &Py, a: &[Val]) -> PyResult<Obj> {
                    let given: Vec<&Val> = a[1..].iter().filter_map(Val::given).collect();
                    call(py, &*side(py, &a[0], $writer)?, $name, &given)
                }
                t.method($name, $sig, Bound(f));
            })*
        };
    }
    forward!("read" "($self, size=-1, /)" false "read1" "($self, size=-1, /)" false "peek" "($self, size=0, /)" false
        "readinto" "($self, buffer, /)" false "readinto1" "($self, buffer, /)" false "readable" "($self, /)" false
        "write" "($self, b, /)" true "flush" "($self, /)" true "writable" "($self, /)" true);
    t.method(
        "isatty",
        "($self, /)",
        Bound(|py, a| {
            let w = call_true(py, &*side(py, &a[0], true)?, "isatty")?;
            Ok(py.bool(w || call_true(py, &*side(py, &a[0], false)?, "isatty")?))
        }),
    );
    t.method(
        "close",
        "($self, /)",
        Bound(|py, a| {
            let w = side(py, &a[0], true)?;
            let r = side(py, &a[0], false)?;
            then(call(py, &w, "close", &[]), || call(py, &r, "close", &[]))
        }),
    );
    t.getset(
        "closed",
        |py, v| Ok(py.bool(attr_true(py, &*side(py, v, true)?, "closed")?)),
        None,
    );
    unsupported_methods!(t, "detach" "($self, /)");
}
