//! `str`: storage of 1, 2 or 4 bytes per code point behind the payload (PEP 393), surrogates allowed.
//!
//! **Invariant:** the kind is the smallest that holds all code points; `ASCII` says all are below 128, so the bytes are
//! UTF-8. Strings are immutable once published; interned strings are immortal.

pub mod case;
pub mod codec;
pub mod find;
pub mod format;
pub mod intern;
pub mod iter;
pub mod join;
pub mod methods;
pub mod percent;
pub mod split;
pub mod translate;
pub mod unit;

use crate::error::PyResult;
use crate::object::header::HEADER_SIZE;
use crate::object::native::Tracer;
use crate::object::native::typedef::Trace;
use crate::object::type_::tf;
use crate::object::value::{Obj, Val};
use crate::thread::Py;
pub use format::format_simple;
pub use intern::{char_obj, intern, intern_obj};
pub use join::join_words;
pub use methods::getitem;
use std::borrow::Cow;
use std::hash::Hasher;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Payload; the code units follow.
#[repr(C)]
pub struct StrObj {
    /// 0: not computed yet.
    hash: AtomicU64,
    /// Number of code points: the low 32 bits, and 8 more.
    len_low: u32,
    len_high: u8,
    /// Bytes per code point: 1, 2, 4.
    kind: u8,
    ascii: bool,
    interned: AtomicU8,
}

impl Trace for StrObj {
    const LEAF: bool = true;
    fn trace(&self, _: &mut Tracer) {}
}

crate::native_type!(
    /// The type `str`.
    pub STR: StrObj = "str", base crate::object::base::OBJECT, flags tf::BASETYPE | tf::STR | tf::MATCH_SELF,
    init methods::init
);

/// The code units.
#[derive(Clone, Copy)]
pub enum Units<'a> {
    One(&'a [u8]),
    Two(&'a [u16]),
    Four(&'a [u32]),
}

impl Units<'_> {
    /// Code point at `i`.
    ///
    /// # Panics
    /// If `i` is out of range.
    #[inline(always)]
    pub fn at(&self, i: usize) -> u32 {
        match self {
            Units::One(s) => s[i] as u32,
            Units::Two(s) => s[i] as u32,
            Units::Four(s) => s[i],
        }
    }
    pub fn len(&self) -> usize {
        match self {
            Units::One(s) => s.len(),
            Units::Two(s) => s.len(),
            Units::Four(s) => s.len(),
        }
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// A part, by code point indices.
    pub fn slice(&self, from: usize, to: usize) -> Self {
        match self {
            Units::One(s) => Units::One(&s[from..to]),
            Units::Two(s) => Units::Two(&s[from..to]),
            Units::Four(s) => Units::Four(&s[from..to]),
        }
    }
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        (0..self.len()).map(move |i| self.at(i))
    }
    pub fn to_vec(&self) -> Vec<u32> {
        match self {
            Units::One(s) => s.iter().map(|&c| c as u32).collect(),
            Units::Two(s) => s.iter().map(|&c| c as u32).collect(),
            Units::Four(s) => s.to_vec(),
        }
    }
}

impl StrObj {
    /// Number of code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len_low as usize | (self.len_high as usize) << 32
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    #[inline(always)]
    pub fn kind(&self) -> u8 {
        self.kind
    }
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }
    #[inline(always)]
    fn data(&self) -> *const u8 {
        // SAFETY: the units start right behind the payload.
        unsafe { (self as *const StrObj).add(1) as *const u8 }
    }
    #[inline(always)]
    pub fn units(&self) -> Units<'_> {
        // SAFETY: `len` units of `kind` bytes stand behind the payload, aligned to 8.
        unsafe {
            match self.kind {
                1 => Units::One(std::slice::from_raw_parts(self.data(), self.len())),
                2 => Units::Two(std::slice::from_raw_parts(
                    self.data() as *const u16,
                    self.len(),
                )),
                _ => Units::Four(std::slice::from_raw_parts(
                    self.data() as *const u32,
                    self.len(),
                )),
            }
        }
    }
    /// The raw bytes of the units.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: as in `units`.
        unsafe { std::slice::from_raw_parts(self.data(), self.len() * self.kind as usize) }
    }
    /// The text, if it is ASCII.
    #[inline(always)]
    pub fn as_ascii(&self) -> Option<&str> {
        // SAFETY: ASCII bytes are UTF-8.
        if self.ascii {
            Some(unsafe { std::str::from_utf8_unchecked(self.bytes()) })
        } else {
            None
        }
    }
    /// The text as UTF-8; `None` if it has surrogates.
    pub fn to_utf8(&self) -> Option<Cow<'_, str>> {
        if let Some(s) = self.as_ascii() {
            return Some(Cow::Borrowed(s));
        }
        self.chars()
            .map(char::from_u32)
            .collect::<Option<String>>()
            .map(Cow::Owned)
    }
    /// The text with surrogates replaced by U+FFFD.
    pub fn lossy(&self) -> Cow<'_, str> {
        if let Some(s) = self.as_ascii() {
            return Cow::Borrowed(s);
        }
        Cow::Owned(
            self.chars()
                .map(|c| char::from_u32(c).unwrap_or('\u{fffd}'))
                .collect(),
        )
    }
    /// Code points.
    pub fn chars(&self) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        let u = self.units();
        (0..self.len()).map(move |i| u.at(i))
    }
    /// Hash as Python sees it (never -1); equal for equal text of any kind.
    #[inline(always)]
    pub fn hash(&self) -> i64 {
        // Relaxed: every thread computes the same value.
        let h = self.hash.load(Ordering::Relaxed);
        if h != 0 { h as i64 } else { self.hash_slow() }
    }
    #[cold]
    fn hash_slow(&self) -> i64 {
        let h = hash_bytes(self.bytes());
        // A value that is 0 is computed again each time.
        self.hash.store(h as u64, Ordering::Relaxed);
        h
    }
    /// Equal text.
    #[inline(always)]
    pub fn eq(&self, o: &StrObj) -> bool {
        std::ptr::eq(self, o)
            || (self.len() == o.len() && self.kind == o.kind && self.bytes() == o.bytes())
    }
    /// Equal to a Rust string.
    pub fn eq_str(&self, s: &str) -> bool {
        match self.as_ascii() {
            Some(t) => t == s,
            None => self.chars().eq(s.chars().map(|c| c as u32)),
        }
    }
    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.interned.load(Ordering::Relaxed) != 0
    }
    /// Whole payload bytes with items, for `var_payload_size`.
    pub(crate) fn payload_size(&self) -> usize {
        (size_of::<StrObj>() + self.bytes().len()).next_multiple_of(8)
    }
}

/// Hash of bytes, keyed by the process's hash seed; never -1.
pub fn hash_bytes(b: &[u8]) -> i64 {
    if b.is_empty() {
        return 0;
    }
    let (k0, k1) = crate::runtime::hash_keys();
    let mut h = siphasher::sip::SipHasher13::new_with_keys(k0, k1);
    h.write(b);
    match h.finish() as i64 {
        -1 => -2,
        n => n,
    }
}

/// Largest number of bytes of a string's units: what the length field can tell.
const MAX_BYTES: usize = (1 << 40) - 4096;

/// An uninitialized string of `len` units of `kind` bytes; `fill` must write all bytes. `None`: out of memory.
fn alloc(py: &Py, len: usize, kind: u8, ascii: bool, fill: impl FnOnce(*mut u8)) -> Option<Obj> {
    let bytes = len.checked_mul(kind as usize).filter(|&b| b <= MAX_BYTES)?;
    let payload = StrObj {
        hash: AtomicU64::new(0),
        len_low: len as u32,
        len_high: (len >> 32) as u8,
        kind,
        ascii,
        interned: AtomicU8::new(0),
    };
    py.alloc_var(STR.ty(), payload, bytes, fill)
}

/// A string of UTF-8 text.
pub fn new(py: &Py, s: &str) -> Obj {
    if s.is_ascii() {
        return from_latin1_known(py, s.as_bytes(), true);
    }
    let v: Vec<u32> = s.chars().map(|c| c as u32).collect();
    from_code_points(py, &v)
}

/// A string of ASCII bytes.
pub fn from_ascii(py: &Py, b: &[u8]) -> Obj {
    debug_assert!(b.is_ascii());
    from_latin1_known(py, b, true)
}

/// A string of latin-1 bytes.
pub fn from_latin1(py: &Py, b: &[u8]) -> Obj {
    from_latin1_known(py, b, b.is_ascii())
}

fn from_latin1_known(py: &Py, b: &[u8], ascii: bool) -> Obj {
    match b {
        [] => return intern::empty(py),
        [c] => return char_obj(py, *c as u32),
        _ => {}
    }
    // SAFETY: `fill` copies exactly the bytes it was given room for.
    alloc(py, b.len(), 1, ascii, |p| unsafe {
        std::ptr::copy_nonoverlapping(b.as_ptr(), p, b.len())
    })
    .unwrap_or_else(|| intern::out_of_memory())
}

/// A string of code points (surrogates allowed), in the smallest kind.
///
/// # Panics
/// If a value is above 0x10FFFF (callers check).
pub fn from_code_points(py: &Py, v: &[u32]) -> Obj {
    let max = v.iter().fold(0, |m, &c| m | c);
    if max < 256 {
        let b: Vec<u8> = v.iter().map(|&c| c as u8).collect();
        return from_latin1_known(py, &b, max < 128);
    }
    let wide = v.iter().any(|&c| c > 0xffff);
    assert!(
        !wide || v.iter().all(|&c| c <= 0x10ffff),
        "code point out of range"
    );
    if let [c] = v {
        return char_obj(py, *c);
    }
    let kind = if wide { 4 } else { 2 };
    alloc(py, v.len(), kind, false, |p| {
        for (i, &c) in v.iter().enumerate() {
            // SAFETY: room for `v.len()` units of `kind` bytes, aligned to 8.
            unsafe {
                if kind == 4 {
                    (p as *mut u32).add(i).write(c);
                } else {
                    (p as *mut u16).add(i).write(c as u16);
                }
            }
        }
    })
    .unwrap_or_else(|| intern::out_of_memory())
}

/// A string of units that may be wider than needed.
pub fn from_units(py: &Py, u: Units) -> Obj {
    match u {
        Units::One(b) => from_latin1(py, b),
        Units::Two(s) if s.iter().all(|&c| c < 256) => {
            from_latin1(py, &s.iter().map(|&c| c as u8).collect::<Vec<_>>())
        }
        Units::Two(s) => {
            if let [c] = s {
                return char_obj(py, *c as u32);
            }
            // SAFETY: copies exactly the units that there is room for.
            alloc(py, s.len(), 2, false, |p| unsafe {
                std::ptr::copy_nonoverlapping(s.as_ptr() as *const u8, p, s.len() * 2)
            })
            .unwrap_or_else(|| intern::out_of_memory())
        }
        Units::Four(s) => from_code_points(py, s),
    }
}

/// A part of a string; `v` itself when it is an exact str and the part is everything.
pub fn slice(py: &Py, v: &Val, from: usize, to: usize) -> Obj {
    let s = v.cast::<StrObj>();
    if from == 0 && to == s.len() && STR.is_exact(v) {
        return v.to_obj();
    }
    let u = s.units().slice(from, to);
    if let (Units::One(b), true) = (u, s.ascii) {
        return from_latin1_known(py, b, true);
    }
    from_units(py, u)
}

/// Concatenation.
pub fn concat(py: &Py, a: &StrObj, b: &StrObj) -> PyResult<Obj> {
    let kind = a.kind.max(b.kind);
    let len = a
        .len()
        .checked_add(b.len())
        .ok_or_else(|| py.memory_error())?;
    alloc(py, len, kind, a.ascii && b.ascii, |p| {
        copy_units(a, p, kind);
        // SAFETY: the room is for the units of both.
        copy_units(b, unsafe { p.add(a.len() * kind as usize) }, kind);
    })
    .ok_or_else(|| py.memory_error())
}

/// Writes the units of `s`, widened to `kind`, to `p`, which has room for them.
fn copy_units(s: &StrObj, p: *mut u8, kind: u8) {
    // SAFETY: callers pass room for `s.len` units of `kind` >= `s.kind` bytes, aligned for them.
    unsafe {
        if s.kind == kind {
            std::ptr::copy_nonoverlapping(s.data(), p, s.bytes().len());
            return;
        }
        for (i, c) in s.chars().enumerate() {
            if kind == 2 {
                (p as *mut u16).add(i).write(c as u16);
            } else {
                (p as *mut u32).add(i).write(c);
            }
        }
    }
}

/// Collects text and makes the smallest string of it.
#[derive(Default)]
pub struct Builder {
    narrow: Vec<u8>,
    wide: Vec<u32>,
    is_wide: bool,
}

impl Builder {
    pub fn new() -> Builder {
        Builder::default()
    }
    fn widen(&mut self) {
        if !self.is_wide {
            self.is_wide = true;
            self.wide = self.narrow.drain(..).map(|c| c as u32).collect();
        }
    }
    /// Adds a code point.
    #[inline]
    pub fn push(&mut self, c: u32) {
        if c < 256 && !self.is_wide {
            self.narrow.push(c as u8);
        } else {
            self.widen();
            self.wide.push(c);
        }
    }
    pub fn push_str(&mut self, s: &str) {
        if s.is_ascii() && !self.is_wide {
            self.narrow.extend_from_slice(s.as_bytes());
        } else {
            s.chars().for_each(|c| self.push(c as u32));
        }
    }
    /// Adds ASCII bytes.
    #[inline]
    pub fn push_ascii_bytes(&mut self, b: &[u8]) {
        debug_assert!(b.is_ascii());
        if self.is_wide {
            self.wide.extend(b.iter().map(|&c| c as u32));
        } else {
            self.narrow.extend_from_slice(b);
        }
    }
    /// Adds another string's text.
    pub fn push_units(&mut self, u: Units) {
        match u {
            Units::One(b) if !self.is_wide => self.narrow.extend_from_slice(b),
            Units::Four(s) => {
                self.widen();
                self.wide.extend_from_slice(s);
            }
            u => {
                self.widen();
                self.wide.extend(u.iter());
            }
        }
    }
    pub fn push_obj(&mut self, s: &StrObj) {
        self.push_units(s.units());
    }
    pub fn len(&self) -> usize {
        if self.is_wide {
            self.wide.len()
        } else {
            self.narrow.len()
        }
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    pub fn finish(self, py: &Py) -> Obj {
        if self.is_wide {
            from_code_points(py, &self.wide)
        } else {
            from_latin1(py, &self.narrow)
        }
    }
}

impl crate::text::TextSink for Builder {
    #[inline]
    fn push_cp(&mut self, cp: u32) {
        self.push(cp);
    }
    fn push_ascii(&mut self, text: &str) {
        self.push_str(text);
    }
    fn push_repeated(&mut self, cp: u32, count: usize) {
        if cp < 256 && !self.is_wide {
            self.narrow.resize(self.narrow.len() + count, cp as u8);
        } else if count > 0 {
            self.widen();
            self.wide.resize(self.wide.len() + count, cp);
        }
    }
}

/// The text of a str value for messages; other types give their repr-like type name.
pub fn lossy(v: &Val) -> Cow<'_, str> {
    match v.get::<StrObj>() {
        Some(s) => s.lossy(),
        None => Cow::Owned(format!("<{}>", v.ty().name())),
    }
}

/// Whether `v` is a str with this text.
pub fn eq_text(v: &Val, s: &str) -> bool {
    v.get::<StrObj>().is_some_and(|t| t.eq_str(s))
}

/// The str payload of an argument, or TypeError "... must be str, not X" with `what` as subject.
pub fn expect<'a>(py: &Py, v: &'a Val, what: &str) -> PyResult<&'a StrObj> {
    v.get::<StrObj>()
        .ok_or_else(|| py.type_error(format!("{what} must be str, not {}", v.ty().name())))
}

const _: () = assert!((HEADER_SIZE + size_of::<StrObj>()).is_multiple_of(8));
