//! Interned identifiers of one compilation, and the cheap hasher that the front end's tables use.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// An interned identifier; equal names have equal ids within one [`Interner`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Name(pub u32);

/// Multiply-and-rotate hasher for small keys; not resistant to chosen collisions, but the tables are
/// short-lived and bounded by the size of the source text.
#[derive(Default, Clone, Copy)]
pub struct FastHasher(u64);

const SEED: u64 = 0x517c_c1b7_2722_0a95;

impl FastHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(SEED);
    }
}

impl Hasher for FastHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0u8; 8];
            word.copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            let mut word = [0u8; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.mix(u64::from_le_bytes(word));
        }
    }
    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.mix(u64::from(n));
    }
    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.mix(u64::from(n));
    }
    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.mix(n);
    }
    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.mix(n as u64);
    }
    #[inline]
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

/// Hash map with [`FastHasher`].
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// Names that the compiler itself mentions; interned first, so their ids are constants.
macro_rules! known_names {
    ($($id:ident = $text:literal,)*) => {
        const KNOWN: &[&str] = &[$($text),*];
        known_names!(@consts 0u32; $($id,)*);
    };
    (@consts $n:expr; $id:ident, $($rest:ident,)*) => {
        #[doc = "A name that the compiler mentions."]
        pub const $id: Name = Name($n);
        known_names!(@consts $n + 1; $($rest,)*);
    };
    (@consts $n:expr;) => {};
}

/// Ids of the known names.
pub mod known {
    use super::Name;
    known_names! {
        CLASS_CELL = "__class__",
        CLASSDICT = "__classdict__",
        CLASSDICT_CELL = "__classdictcell__",
        CLASSCELL = "__classcell__",
        CONDITIONAL_ANNOTATIONS = "__conditional_annotations__",
        ANNOTATE = "__annotate__",
        ANNOTATE_FUNC = "__annotate_func__",
        ANNOTATIONS = "__annotations__",
        DOT_FORMAT = ".format",
        DOT_TYPE_PARAMS = ".type_params",
        DOT_GENERIC_BASE = ".generic_base",
        DOT_DEFAULTS = ".defaults",
        DOT_KWDEFAULTS = ".kwdefaults",
        DOT_ZERO = ".0",
        DEBUG = "__debug__",
        SUPER = "super",
        MODULE_SCOPE = "<module>",
        LAMBDA = "<lambda>",
        LISTCOMP = "<listcomp>",
        SETCOMP = "<setcomp>",
        DICTCOMP = "<dictcomp>",
        GENEXPR = "<genexpr>",
        NAME = "__name__",
        MODULE = "__module__",
        QUALNAME = "__qualname__",
        DOC = "__doc__",
        TYPE_PARAMS = "__type_params__",
        STATIC_ATTRIBUTES = "__static_attributes__",
        FIRSTLINENO = "__firstlineno__",
    }
    pub(super) const TEXTS: &[&str] = KNOWN;
}

/// Table of the identifiers of one compilation.
pub struct Interner {
    map: FastMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Default for Interner {
    fn default() -> Self {
        Self::new()
    }
}

impl Interner {
    /// A table that holds the known names only.
    pub fn new() -> Self {
        let mut table = Interner {
            map: FastMap::default(),
            texts: Vec::with_capacity(128),
        };
        for text in known::TEXTS {
            table.intern(text);
        }
        table
    }

    /// The id of `text`.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(&name) = self.map.get(text) {
            return name;
        }
        let name = Name(self.texts.len() as u32);
        let shared: Arc<str> = Arc::from(text);
        self.texts.push(shared.clone());
        self.map.insert(shared, name);
        name
    }

    /// The id of `text`, if it has one.
    pub fn lookup(&self, text: &str) -> Option<Name> {
        self.map.get(text).copied()
    }

    /// The text of `name`.
    pub fn text(&self, name: Name) -> &str {
        &self.texts[name.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_have_their_ids() {
        let mut names = Interner::new();
        assert_eq!(names.intern("__class__"), known::CLASS_CELL);
        assert_eq!(names.text(known::GENEXPR), "<genexpr>");
        let a = names.intern("spam");
        assert_eq!(names.intern("spam"), a);
    }
}
