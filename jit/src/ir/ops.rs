//! The table of IR operations: everything that is generated from it cannot forget one.
//!
//! One row: doc sentence, variant, name in the text form, operand kinds, result kind, effect class, immediate, flags.
//!
//! # Adding an operation
//!
//! First ask whether existing ones can express it. Then: one row here, one arm in `eval.rs` (the compiler asks for it), or there in the list of those in `interp.rs`,
//! a rule file if it folds, and a case in `tests/`. Printer, parser, verifier, CSE and DCE read the table.

use super::effects::Effect;
use super::types::Type;

/// What an operand or a result may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// No result.
    Void,
    /// Exactly this type.
    Is(Type),
    /// An object or a raw address.
    Pointer,
    /// Any value.
    Any,
    /// Operand: the type of the first operand. Result: the same.
    First,
    /// Given by the descriptor of the immediate (field or helper).
    Described,
}

/// Short names of the kinds, for the table.
mod kind {
    use super::{Kind, Type};
    pub const VOID: Kind = Kind::Void;
    pub const I64: Kind = Kind::Is(Type::I64);
    pub const F64: Kind = Kind::Is(Type::F64);
    pub const BOOL: Kind = Kind::Is(Type::Bool);
    pub const VAL: Kind = Kind::Is(Type::Val);
    pub const OBJ: Kind = Kind::Is(Type::Obj);
    pub const RAW: Kind = Kind::Is(Type::Raw);
    pub const POINTER: Kind = Kind::Pointer;
    pub const ANY: Kind = Kind::Any;
    pub const FIRST: Kind = Kind::First;
    pub const DESCRIBED: Kind = Kind::Described;
}

/// What the immediate of an instruction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Imm {
    /// There is none.
    No,
    /// A signed integer, decimal.
    Int,
    /// The bits of a double.
    Float,
    /// 0 or 1; `false` or `true` in text.
    Bool,
    /// 64 bits that mean something to the runtime (an address, a shape, an assumption), hexadecimal.
    Key,
    /// A slot of the frame at entry, decimal.
    Slot,
    /// An index into the table of fields; its name in text.
    Field,
    /// An index into the table of helpers; its name in text.
    Helper,
    /// A trace; `T7` in text.
    Trace,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// Name in the text form.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Kinds of the operands. A call has any number.
    pub operands: &'static [Kind],
    /// Kind of the result.
    pub result: Kind,
    /// Effect class.
    pub effect: Effect,
    /// What the immediate is.
    pub imm: Imm,
    /// May leave the trace, so it carries a snapshot.
    pub exits: bool,
    /// The first two operands may be exchanged.
    pub commutes: bool,
    /// Takes any number of operands, described by the helper.
    pub variadic: bool,
    /// Ends the trace.
    pub ends: bool,
}

/// Calls a macro with the whole table.
macro_rules! for_each_ir_op {
    ($callback:ident) => {
        $callback! {
            // Constants.
            /// An integer.
            Int "int" () -> I64 | Pure | Int | ;
            /// A double.
            Float "float" () -> F64 | Pure | Float | ;
            /// A truth value.
            Bool "bool" () -> BOOL | Pure | Bool | ;
            /// A tagged word.
            Word "word" () -> VAL | Pure | Key | ;
            /// The address of an object that the trace keeps alive.
            Obj "obj" () -> OBJ | Pure | Key | ;
            /// An address.
            Raw "raw" () -> RAW | Pure | Key | ;

            // Entry.
            /// What a slot of the frame held when the trace was entered.
            Slot "slot" () -> VAL | Pure | Slot | ;

            // Integers.
            /// Sum, wrapping.
            IntAdd "int_add" (I64 I64) -> I64 | Pure | No | commutes;
            /// Difference, wrapping.
            IntSub "int_sub" (I64 I64) -> I64 | Pure | No | ;
            /// Product, wrapping.
            IntMul "int_mul" (I64 I64) -> I64 | Pure | No | commutes;
            /// Negative, wrapping.
            IntNeg "int_neg" (I64) -> I64 | Pure | No | ;
            /// Quotient rounded down; the divisor is not 0 and, if it is -1, the dividend is not the least integer.
            IntFloorDiv "int_floordiv" (I64 I64) -> I64 | Pure | No | ;
            /// Remainder with the sign of the divisor; the divisor is not 0.
            IntMod "int_mod" (I64 I64) -> I64 | Pure | No | ;
            /// Bitwise and.
            IntAnd "int_and" (I64 I64) -> I64 | Pure | No | commutes;
            /// Bitwise or.
            IntOr "int_or" (I64 I64) -> I64 | Pure | No | commutes;
            /// Bitwise exclusive or.
            IntXor "int_xor" (I64 I64) -> I64 | Pure | No | commutes;
            /// Shift left by 0 to 63 bits, wrapping.
            IntShl "int_shl" (I64 I64) -> I64 | Pure | No | ;
            /// Arithmetic shift right by 0 to 63 bits.
            IntShr "int_shr" (I64 I64) -> I64 | Pure | No | ;
            /// Sum; leaves on overflow.
            IntAddOvf "int_add_ovf" (I64 I64) -> I64 | Guard | No | exits commutes;
            /// Difference; leaves on overflow.
            IntSubOvf "int_sub_ovf" (I64 I64) -> I64 | Guard | No | exits;
            /// Product; leaves on overflow.
            IntMulOvf "int_mul_ovf" (I64 I64) -> I64 | Guard | No | exits commutes;
            /// Equal.
            IntEq "int_eq" (I64 I64) -> BOOL | Pure | No | commutes;
            /// Not equal.
            IntNe "int_ne" (I64 I64) -> BOOL | Pure | No | commutes;
            /// Less.
            IntLt "int_lt" (I64 I64) -> BOOL | Pure | No | ;
            /// Less or equal.
            IntLe "int_le" (I64 I64) -> BOOL | Pure | No | ;
            /// Greater.
            IntGt "int_gt" (I64 I64) -> BOOL | Pure | No | ;
            /// Greater or equal.
            IntGe "int_ge" (I64 I64) -> BOOL | Pure | No | ;

            // Doubles.
            /// Sum.
            FloatAdd "float_add" (F64 F64) -> F64 | Pure | No | commutes;
            /// Difference.
            FloatSub "float_sub" (F64 F64) -> F64 | Pure | No | ;
            /// Product.
            FloatMul "float_mul" (F64 F64) -> F64 | Pure | No | commutes;
            /// Quotient, by IEEE 754.
            FloatDiv "float_div" (F64 F64) -> F64 | Pure | No | ;
            /// Negative.
            FloatNeg "float_neg" (F64) -> F64 | Pure | No | ;
            /// Absolute value.
            FloatAbs "float_abs" (F64) -> F64 | Pure | No | ;
            /// Square root, by IEEE 754.
            FloatSqrt "float_sqrt" (F64) -> F64 | Pure | No | ;
            /// Equal.
            FloatEq "float_eq" (F64 F64) -> BOOL | Pure | No | commutes;
            /// Not equal.
            FloatNe "float_ne" (F64 F64) -> BOOL | Pure | No | commutes;
            /// Less.
            FloatLt "float_lt" (F64 F64) -> BOOL | Pure | No | ;
            /// Less or equal.
            FloatLe "float_le" (F64 F64) -> BOOL | Pure | No | ;
            /// Greater.
            FloatGt "float_gt" (F64 F64) -> BOOL | Pure | No | ;
            /// Greater or equal.
            FloatGe "float_ge" (F64 F64) -> BOOL | Pure | No | ;

            // Conversions.
            /// The nearest double.
            IntToFloat "int_to_float" (I64) -> F64 | Pure | No | ;
            /// Rounded towards zero, saturating; 0 for NaN.
            FloatToInt "float_to_int" (F64) -> I64 | Pure | No | ;
            /// 0 or 1.
            BoolToInt "bool_to_int" (BOOL) -> I64 | Pure | No | ;
            /// The other truth value.
            BoolNot "bool_not" (BOOL) -> BOOL | Pure | No | ;
            /// The word of an int that fits 63 bits.
            TagInt "tag_int" (I64) -> VAL | Pure | No | ;
            /// The int of a word that holds one.
            UntagInt "untag_int" (VAL) -> I64 | Pure | No | ;
            /// The word of a double that fits.
            TagFloat "tag_float" (F64) -> VAL | Pure | No | ;
            /// The double of a word that holds one.
            UntagFloat "untag_float" (VAL) -> F64 | Pure | No | ;
            /// The word that owns a count of the object, which passes to it.
            TagOwned "tag_owned" (OBJ) -> VAL | Pure | No | ;
            /// A word that owns no count of the object.
            TagBorrowed "tag_borrowed" (OBJ) -> VAL | Pure | No | ;
            /// The word as one that owns no count: what a load from the heap becomes in a frame.
            Borrow "borrow" (VAL) -> VAL | Pure | No | ;
            /// The object of a word that holds one.
            UntagObj "untag_obj" (VAL) -> OBJ | Pure | No | ;

            // Identity.
            /// The same object.
            ObjEq "obj_eq" (OBJ OBJ) -> BOOL | Pure | No | commutes;
            /// The same word but for ownership: `is`.
            ValIs "val_is" (VAL VAL) -> BOOL | Pure | No | commutes;

            // Guards on values.
            /// Leaves unless true.
            GuardTrue "guard_true" (BOOL) -> VOID | Guard | No | exits;
            /// Leaves unless false.
            GuardFalse "guard_false" (BOOL) -> VOID | Guard | No | exits;
            /// Leaves unless the word is an int.
            GuardInt "guard_int" (VAL) -> VOID | Guard | No | exits;
            /// Leaves unless the word is a float.
            GuardFloat "guard_float" (VAL) -> VOID | Guard | No | exits;
            /// Leaves unless the word refers to an object.
            GuardPtr "guard_ptr" (VAL) -> VOID | Guard | No | exits;
            /// Leaves if the word is unbound.
            GuardBound "guard_bound" (VAL) -> VOID | Guard | No | exits;
            /// Leaves unless the word is this one, ownership aside.
            GuardVal "guard_val" (VAL) -> VOID | Guard | Key | exits;
            /// Leaves unless it is this object.
            GuardObj "guard_obj" (OBJ) -> VOID | Guard | Key | exits;
            /// Leaves if the address is null.
            GuardNotNull "guard_not_null" (RAW) -> VOID | Guard | No | exits;
            /// Leaves unless the int fits a word.
            GuardFitsInt "guard_fits_int" (I64) -> VOID | Guard | No | exits;
            /// Leaves unless the double fits a word.
            GuardFitsFloat "guard_fits_float" (F64) -> VOID | Guard | No | exits;
            /// Leaves unless 0 <= index < length.
            GuardIndex "guard_index" (I64 I64) -> VOID | Guard | No | exits;

            // Guards on memory.
            /// Leaves unless the object has this shape.
            GuardShape "guard_shape" (OBJ) -> VOID | GuardMemory | Key | exits;
            /// Leaves here once the assumption is invalidated.
            Patchpoint "patchpoint" () -> VOID | GuardMemory | Key | exits;

            // Memory.
            /// A field.
            Load "load" (POINTER) -> DESCRIBED | Load | Field | ;
            /// Writes a field.
            Store "store" (POINTER ANY) -> VOID | Store | Field | ;
            /// An element of an array; the field describes the element.
            LoadItem "load_item" (RAW I64) -> DESCRIBED | Load | Field | ;
            /// Writes an element of an array.
            StoreItem "store_item" (RAW I64 ANY) -> VOID | Store | Field | ;
            /// A new object of the shape, with one count, seen by nobody else.
            New "new" () -> OBJ | Alloc | Key | ;
            /// The word of any double: one that fits, or a new boxed one.
            BoxFloat "box_float" (F64) -> VAL | Alloc | No | ;
            /// Takes the object's lock; leaves if it is held.
            Lock "lock" (OBJ) -> VOID | Lock | No | exits;
            /// Gives the object's lock back.
            Unlock "unlock" (OBJ) -> VOID | Lock | No | ;

            // Counts.
            /// Adds a count to the object.
            CountUp "count_up" (OBJ) -> VOID | Count | No | ;
            /// Gives a count of the object back.
            CountDown "count_down" (OBJ) -> VOID | Count | No | ;
            /// The word as one that owns a count: adds one if it is a borrowed pointer.
            Own "own" (VAL) -> VAL | Count | No | ;
            /// Drops the word: gives a count back if it owns one.
            Drop "drop" (VAL) -> VOID | Count | No | ;

            // Calls.
            /// Calls a helper; the snapshot, if the helper needs one, resumes after the call.
            Call "call" () -> DESCRIBED | Call | Helper | variadic;
            /// Leaves if the thread has something to answer.
            Poll "poll" () -> VOID | Poll | No | exits;

            // Control.
            /// Does nothing.
            Nop "nop" () -> VOID | Pure | No | ;
            /// Header of the loop.
            Loop "loop" () -> VOID | Control | No | ;
            /// The first operand in the first round, then the value that the second one had at the jump.
            Phi "phi" (ANY FIRST) -> FIRST | Join | No | ;
            /// Back to the header of the loop.
            Jump "jump" () -> VOID | Control | No | ends;
            /// On to another trace.
            Link "link" () -> VOID | Control | Trace | exits ends;
            /// Back to the interpreter.
            Exit "exit" () -> VOID | Control | No | exits ends;
        }
    };
}

macro_rules! define_ops {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal ($($operand:ident)*) -> $result:ident | $effect:ident | $imm:ident | $($flag:ident)*;)*) => {
        /// An operation; see the table.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Op {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Op {
            /// Every operation, in the order of the table.
            pub const ALL: &[Op] = &[$(Op::$variant),*];
            /// How many there are.
            pub const COUNT: usize = Op::ALL.len();
        }

        static INFO: [OpInfo; Op::COUNT] = [$({
            const FLAGS: &[&str] = &[$(stringify!($flag)),*];
            OpInfo {
                name: $name,
                doc: concat!($($doc),+),
                operands: &[$(kind::$operand),*],
                result: kind::$result,
                effect: Effect::$effect,
                imm: Imm::$imm,
                exits: has_flag(FLAGS, "exits"),
                commutes: has_flag(FLAGS, "commutes"),
                variadic: has_flag(FLAGS, "variadic"),
                ends: has_flag(FLAGS, "ends"),
            }
        }),*];
    };
}

/// `flags.contains(&flag)`, for constants.
const fn has_flag(flags: &[&str], flag: &str) -> bool {
    let mut i = 0;
    while i < flags.len() {
        let (a, b) = (flags[i].as_bytes(), flag.as_bytes());
        let mut same = a.len() == b.len();
        let mut j = 0;
        while same && j < a.len() {
            same = a[j] == b[j];
            j += 1;
        }
        if same {
            return true;
        }
        i += 1;
    }
    false
}

for_each_ir_op!(define_ops);

impl Op {
    /// Its row of the table.
    #[inline]
    pub fn info(self) -> &'static OpInfo {
        &INFO[self as usize]
    }

    /// Name in the text form.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// Its effect class.
    #[inline]
    pub fn effect(self) -> Effect {
        self.info().effect
    }

    /// The operation with this name.
    pub fn from_name(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// The constant's operation for a type.
    pub fn is_constant(self) -> bool {
        matches!(
            self,
            Op::Int | Op::Float | Op::Bool | Op::Word | Op::Obj | Op::Raw
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_round_trip() {
        let names: HashSet<_> = Op::ALL.iter().map(|op| op.name()).collect();
        assert_eq!(names.len(), Op::COUNT);
        for &op in Op::ALL {
            assert_eq!(Op::from_name(op.name()), Some(op));
        }
    }

    #[test]
    fn rows_are_consistent() {
        for &op in Op::ALL {
            let info = op.info();
            assert!(
                info.doc.trim_end().ends_with('.'),
                "{}: a doc sentence",
                info.name
            );
            assert!(info.operands.len() <= 3 && !info.operands.contains(&Kind::Void));
            assert!(!info.commutes || info.operands.len() == 2);
            assert!(
                !matches!(
                    info.effect,
                    Effect::Guard | Effect::GuardMemory | Effect::Poll
                ) || info.exits
            );
        }
    }
}
