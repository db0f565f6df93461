//! `memoryview`: typed, possibly strided view of an exported buffer.
//!
//! All views of one export share a [`ManagedObj`], which counts them and ends the export with the last one.
//!
//! **Invariant:** the memory of a view is read and written only while its state says that it is not released, with the state
//! locked; positions come from shape and strides of the view, which lie within the export.

pub mod index;
pub mod methods;

use crate::error::PyResult;
use crate::object::buffer::{self, Buffer};
use crate::object::native::Tracer;
use crate::object::native::typedef::Trace;
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::stdlib::struct_::format::{NATIVE, PackError, code_size, pack, unpack};
use crate::thread::Py;
use parking_lot::Mutex;
use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Payload of the object that holds an export.
pub struct ManagedObj {
    buffer: Mutex<Option<Buffer>>,
    views: AtomicUsize,
}

impl Trace for ManagedObj {
    fn trace(&self, t: &mut Tracer) {
        if let Some(b) = &*self.buffer.lock() {
            t.obj(&b.owner);
        }
    }
    fn clear(&self) {
        let b = self.buffer.lock().take();
        drop(b);
    }
}

crate::native_type!(
    /// Holder of an export, not visible to programs.
    pub MANAGED: ManagedObj = "managedbuffer", base crate::object::base::OBJECT, flags tf::NO_NEW, init |_| ()
);

/// Payload.
pub struct MemoryViewObj {
    managed: Slot,
    state: Mutex<State>,
    /// Buffers that other objects took from this view.
    exports: AtomicUsize,
    /// The hash once it was computed; it outlives the release.
    hash: OnceLock<i64>,
}

/// What a view shows.
#[derive(Clone)]
pub struct State {
    pub ptr: *mut u8,
    pub readonly: bool,
    pub itemsize: usize,
    pub format: Cow<'static, str>,
    pub shape: Vec<isize>,
    pub strides: Vec<isize>,
    pub released: bool,
}

impl Trace for MemoryViewObj {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.managed);
    }
    fn clear(&self) {
        self.end();
    }
}

impl Drop for MemoryViewObj {
    fn drop(&mut self) {
        self.end();
    }
}

crate::native_type!(
    /// The type `memoryview`.
    pub MEMORYVIEW: MemoryViewObj = "memoryview", base crate::object::base::OBJECT, flags tf::SEQUENCE | tf::WEAKREF,
    init methods::init
);

impl MemoryViewObj {
    /// Ends this view, and the export if it was the last one.
    fn end(&self) {
        let mut s = self.state.lock();
        if std::mem::replace(&mut s.released, true) {
            return;
        }
        drop(s);
        if let Some(m) = self.managed.get()
            && let Some(m) = m.get::<ManagedObj>()
            // AcqRel: the last view ends the export after all uses by the others.
            && m.views.fetch_sub(1, Ordering::AcqRel) == 1
        {
            let b = m.buffer.lock().take();
            drop(b);
        }
    }
    /// A copy of the state; ValueError once released.
    pub fn state(&self, py: &Py) -> PyResult<State> {
        let s = self.state.lock();
        if s.released {
            drop(s);
            return Err(py.value_error("operation forbidden on released memoryview object"));
        }
        Ok(s.clone())
    }
    /// The object whose memory is shown.
    pub fn owner(&self) -> Option<Obj> {
        let m = self.managed.get()?;
        let b = m.get::<ManagedObj>()?.buffer.lock();
        b.as_ref().map(|b| b.owner.clone())
    }
}

impl State {
    pub fn ndim(&self) -> usize {
        self.shape.len()
    }
    /// Number of items.
    pub fn items(&self) -> usize {
        self.shape.iter().product::<isize>() as usize
    }
    pub fn nbytes(&self) -> usize {
        self.items() * self.itemsize
    }
    /// Whether the items lie one behind the other, the last index fastest.
    pub fn c_contiguous(&self) -> bool {
        contiguous(self.itemsize, self.shape.iter().zip(&self.strides).rev())
    }
    /// As `c_contiguous`, the first index fastest.
    pub fn f_contiguous(&self) -> bool {
        contiguous(self.itemsize, self.shape.iter().zip(&self.strides))
    }
    /// The one-letter native format; error text for others.
    pub fn code(&self, py: &Py) -> PyResult<u8> {
        native_code(&self.format).ok_or_else(|| {
            py.not_implemented_error(format!("memoryview: unsupported format {}", self.format))
        })
    }
    /// Reads the item at an address inside the view.
    pub fn read(&self, py: &Py, code: u8, at: *mut u8) -> Obj {
        // SAFETY: `at` comes from shape and strides, so an item lies there.
        let b = unsafe { std::slice::from_raw_parts(at, self.itemsize) };
        unpack(py, code, NATIVE, b)
    }
    /// Writes the item at an address inside the view.
    pub fn write(&self, py: &Py, code: u8, at: *mut u8, v: &Val) -> PyResult<()> {
        let mut item = [0; 16];
        let item = &mut item[..self.itemsize.min(16)];
        pack(py, code, NATIVE, v, item).map_err(|e| match e {
            PackError::Type(_) => py.type_error(format!(
                "memoryview: invalid type for format '{}'",
                self.format
            )),
            PackError::Range(_) => py.value_error(format!(
                "memoryview: invalid value for format '{}'",
                self.format
            )),
            PackError::Raised(e) => e,
        })?;
        // SAFETY: as in `read`; the view is writable (checked by the caller).
        unsafe { std::ptr::copy_nonoverlapping(item.as_ptr(), at, item.len()) };
        Ok(())
    }
    /// Calls `f` with the address of each item, the last index fastest.
    pub fn each(&self, f: &mut dyn FnMut(*mut u8)) {
        self.each_dim(0, self.ptr, f);
    }
    fn each_dim(&self, dim: usize, at: *mut u8, f: &mut dyn FnMut(*mut u8)) {
        if dim == self.ndim() {
            return f(at);
        }
        for i in 0..self.shape[dim] {
            self.each_dim(dim + 1, at.wrapping_offset(i * self.strides[dim]), f);
        }
    }
    /// The bytes of all items in C order.
    pub fn bytes(&self) -> Vec<u8> {
        if self.items() == 0 {
            return Vec::new();
        }
        if self.c_contiguous() {
            // SAFETY: a contiguous view of that many bytes.
            return unsafe { std::slice::from_raw_parts(self.ptr, self.nbytes()) }.to_vec();
        }
        let mut out = Vec::with_capacity(self.nbytes());
        // SAFETY: an item lies at each address.
        self.each(&mut |at| {
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(at, self.itemsize) })
        });
        out
    }
}

fn contiguous<'a>(itemsize: usize, dims: impl Iterator<Item = (&'a isize, &'a isize)>) -> bool {
    let mut want = itemsize as isize;
    let mut ok = true;
    for (&n, &stride) in dims {
        if n == 0 {
            return true;
        }
        ok &= n == 1 || stride == want;
        want *= n;
    }
    ok
}

/// The letter of a format that is one native item, `@` allowed before it.
pub fn native_code(format: &str) -> Option<u8> {
    let b = format.as_bytes();
    let code = match b {
        [c] | [b'@', c] => *c,
        _ => return None,
    };
    let known = matches!(
        code,
        b'c' | b'b' | b'B' | b'?' | b'h' | b'H' | b'i' | b'I' | b'l' | b'L'
    ) || matches!(
        code,
        b'q' | b'Q' | b'n' | b'N' | b'e' | b'f' | b'd' | b'F' | b'D' | b'P'
    );
    known.then_some(code)
}

/// Size of an item of a native one-letter format.
pub fn native_size(format: &str) -> Option<usize> {
    native_code(format)
        .and_then(|c| code_size(c, true))
        .map(|(n, _)| n)
}

/// A view of an object's memory.
pub fn new(py: &Py, v: &Val) -> PyResult<Obj> {
    if let Some(m) = v.get::<MemoryViewObj>() {
        let s = m.state(py)?;
        return Ok(derive(py, m, s));
    }
    if !buffer::supports(v) {
        let m = format!(
            "memoryview: a bytes-like object is required, not '{}'",
            v.ty().full_name()
        );
        return Err(py.type_error(m));
    }
    let writable = buffer::get_any(py, v, true);
    let b = match writable {
        Ok(b) => b,
        Err(e) if e.is(&crate::builtins::exceptions::BUFFER_ERROR) => {
            buffer::get_any(py, v, false)?
        }
        Err(e) => return Err(e),
    };
    Ok(from_buffer(py, b))
}

/// A view of a buffer.
pub fn from_buffer(py: &Py, b: Buffer) -> Obj {
    let state = State {
        ptr: b.ptr,
        readonly: b.readonly,
        itemsize: b.itemsize,
        format: b.format.clone(),
        shape: b.shape.clone(),
        strides: b.strides.clone(),
        released: false,
    };
    let managed = py.alloc(
        &MANAGED,
        ManagedObj {
            buffer: Mutex::new(Some(b)),
            views: AtomicUsize::new(1),
        },
    );
    py.alloc(
        &MEMORYVIEW,
        MemoryViewObj {
            managed: Slot::new(managed),
            state: Mutex::new(state),
            exports: AtomicUsize::new(0),
            hash: OnceLock::new(),
        },
    )
}

/// Another view of the same export.
pub fn derive(py: &Py, of: &MemoryViewObj, state: State) -> Obj {
    let managed = of.managed.obj();
    if let Some(m) = managed.get::<ManagedObj>() {
        // Relaxed: `of` keeps the export alive meanwhile.
        m.views.fetch_add(1, Ordering::Relaxed);
    }
    py.alloc(
        &MEMORYVIEW,
        MemoryViewObj {
            managed: Slot::new(managed),
            state: Mutex::new(state),
            exports: AtomicUsize::new(0),
            hash: OnceLock::new(),
        },
    )
}

/// The buffer slot: lends the view's memory.
fn lend(py: &Py, v: &Val, writable: bool) -> PyResult<Buffer> {
    let m = v.cast::<MemoryViewObj>();
    let s = m.state(py)?;
    if writable && s.readonly {
        return Err(py.buffer_error("memoryview: underlying buffer is not writable"));
    }
    m.exports.fetch_add(1, Ordering::Relaxed);
    Ok(Buffer {
        owner: v.to_obj(),
        ptr: s.ptr,
        len: s.nbytes(),
        readonly: s.readonly,
        itemsize: s.itemsize,
        format: s.format,
        shape: s.shape,
        strides: s.strides,
        release: Some(|v| {
            v.cast::<MemoryViewObj>()
                .exports
                .fetch_sub(1, Ordering::Relaxed);
        }),
    })
}
