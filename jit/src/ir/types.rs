//! Types of IR values, and the encoding of the tagged word.
//!
//! The encoding is the runtime's; it is repeated here because compiled code tests and makes tags inline. The runtime checks
//! at compile time that both sides agree.

use std::fmt;

/// Type of an instruction's result.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Type {
    /// No result.
    Void,
    /// 64-bit integer.
    I64,
    /// Double.
    F64,
    /// True or false, 0 or 1 in a register.
    Bool,
    /// Tagged word: small int, float, or pointer with its ownership bit.
    Val,
    /// Address of an object.
    Obj,
    /// Any other address (storage of a list, a shape).
    Raw,
}

impl Type {
    /// All types that a value can have.
    pub const VALUES: [Type; 6] = [
        Type::I64,
        Type::F64,
        Type::Bool,
        Type::Val,
        Type::Obj,
        Type::Raw,
    ];

    /// Name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Type::Void => "void",
            Type::I64 => "i64",
            Type::F64 => "f64",
            Type::Bool => "bool",
            Type::Val => "val",
            Type::Obj => "obj",
            Type::Raw => "raw",
        }
    }

    /// The type with this name.
    pub fn from_name(name: &str) -> Option<Type> {
        Type::VALUES.into_iter().find(|ty| ty.name() == name)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The tagged word.
///
/// | low bits | meaning |
/// |---|---|
/// | `...1` | int of 63 bits |
/// | `..10` | float with an exponent in the common range, +0.0 excluded |
/// | `.000` | pointer that owns a count |
/// | `.100` | pointer that owns none; with address 0: unbound |
pub mod word {
    /// Set in pointers that own no count.
    pub const BORROWED_BIT: u64 = 4;
    /// No value: an unbound local, an argument that was not given.
    pub const UNBOUND: u64 = BORROWED_BIT;
    /// Greatest int that fits.
    pub const INT_MAX: i64 = i64::MAX >> 1;
    /// Least int that fits.
    pub const INT_MIN: i64 = i64::MIN >> 1;
    const FLOAT_BIAS: u64 = 0x3000_0000_0000_0000;

    /// True if the int fits.
    pub fn fits_int(n: i64) -> bool {
        (INT_MIN..=INT_MAX).contains(&n)
    }

    /// Encodes an int that fits.
    pub fn from_int(n: i64) -> u64 {
        (n << 1).cast_unsigned() | 1
    }

    /// Decodes an int.
    pub fn to_int(word: u64) -> i64 {
        word.cast_signed() >> 1
    }

    /// True if the word is an int.
    pub fn is_int(word: u64) -> bool {
        word & 1 != 0
    }

    /// True if the float fits.
    pub fn fits_float(d: f64) -> bool {
        rotated(d) & 3 == 0
    }

    fn rotated(d: f64) -> u64 {
        d.to_bits().wrapping_sub(FLOAT_BIAS).rotate_left(3)
    }

    /// Encodes a float that fits.
    pub fn from_float(d: f64) -> u64 {
        rotated(d) | 2
    }

    /// Decodes a float.
    pub fn to_float(word: u64) -> f64 {
        f64::from_bits((word ^ 2).rotate_right(3).wrapping_add(FLOAT_BIAS))
    }

    /// True if the word is a float.
    pub fn is_float(word: u64) -> bool {
        word & 3 == 2
    }

    /// True if the word is a pointer to an object.
    pub fn is_object(word: u64) -> bool {
        word & 3 == 0 && word & !BORROWED_BIT != 0
    }

    /// The word as one that owns no count.
    pub fn borrowed(word: u64) -> u64 {
        if word & 3 == 0 {
            word | BORROWED_BIT
        } else {
            word
        }
    }

    /// The word without its ownership: equal for two references to the same object.
    pub fn identity(word: u64) -> u64 {
        if word & 3 == 0 {
            word & !BORROWED_BIT
        } else {
            word
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for ty in Type::VALUES {
            assert_eq!(Type::from_name(ty.name()), Some(ty));
        }
        assert_eq!(Type::from_name("void"), None);
    }

    #[test]
    fn words_round_trip() {
        for n in [0, 1, -1, word::INT_MAX, word::INT_MIN] {
            assert!(word::fits_int(n) && word::is_int(word::from_int(n)));
            assert_eq!(word::to_int(word::from_int(n)), n);
        }
        assert!(!word::fits_int(word::INT_MAX + 1));
        for d in [1.0, -1.5, 1e-30, 3e40] {
            assert!(word::fits_float(d) && word::is_float(word::from_float(d)));
            assert_eq!(word::to_float(word::from_float(d)), d);
        }
        assert!(!word::fits_float(0.0) && !word::fits_float(f64::NAN) && !word::fits_float(1e300));
        assert!(word::is_object(16) && word::is_object(20) && !word::is_object(word::UNBOUND));
        assert_eq!(word::identity(20), word::identity(16));
    }
}
