//! Arguments of native calls.

use crate::object::value::{Obj, Val, Word};

/// Arguments of a call: positional ones, then the values of the keywords, contiguous; and the keywords' names.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    all: &'a [Val],
    names: &'a [Val],
}

impl<'a> Args<'a> {
    /// Positional arguments only.
    #[inline(always)]
    pub fn pos(all: &'a [Val]) -> Args<'a> {
        Args { all, names: &[] }
    }
    /// `names` are the (interned str) keywords of the last `names.len()` values of `all`.
    #[inline(always)]
    pub fn new(all: &'a [Val], names: &'a [Val]) -> Args<'a> {
        debug_assert!(names.len() <= all.len());
        Args { all, names }
    }
    #[inline(always)]
    pub fn positional(&self) -> &'a [Val] {
        &self.all[..self.all.len() - self.names.len()]
    }
    #[inline(always)]
    pub fn names(&self) -> &'a [Val] {
        self.names
    }
    #[inline(always)]
    pub fn all(&self) -> &'a [Val] {
        self.all
    }
    #[inline(always)]
    pub fn has_keywords(&self) -> bool {
        !self.names.is_empty()
    }
    /// Keyword names and values.
    pub fn keywords(&self) -> impl Iterator<Item = (&'a Val, &'a Val)> + use<'a> {
        self.names
            .iter()
            .zip(self.all[self.all.len() - self.names.len()..].iter())
    }
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
    /// The arguments behind the first `n` positional ones.
    pub fn skip(&self, n: usize) -> Args<'a> {
        Args {
            all: &self.all[n..],
            names: self.names,
        }
    }
}

/// Borrowed words of some values, to be viewed as an argument slice: `Val::from_words(&words([a, b]))`.
#[inline(always)]
pub fn words<const N: usize>(v: [&Val; N]) -> [Word; N] {
    v.map(|x| x.word().borrowed())
}

/// Owned handles viewed as an argument slice.
#[inline(always)]
pub fn objs(v: &[Obj]) -> &[Val] {
    // SAFETY: `Obj` and `Val` are transparent wrappers of one word.
    unsafe { &*(v as *const [Obj] as *const [Val]) }
}
