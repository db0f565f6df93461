//! The opcode table. Enum, names, operand kinds, number of following words, disassembler, verifier and dispatch tables
//! come from it.
//!
//! Operand kinds, one letter for each of `a b c`: `d` destination slot, `s` source slot, `u` slot that is updated, `w` first
//! slot of a window of temporaries (consumed), `n` index into `names`, `k` index into `consts`, `i` immediate,
//! `j` jump distance in words, relative to the instruction's own word (`j` in b: the 32-bit field `bc`; `j` in c: 16 bits,
//! signed), `-` unused. `K`/`I`/`J` in b: the 32-bit field `bc`.
//!
//! Every write to a slot drops what the slot held. A source flagged `*_TEMP` in `x` is emptied when the instruction has
//! succeeded; windows are emptied always when it has succeeded.
//!
//! A new instruction: one line here; `cargo check` then asks for its handler `op_<name>` in `interp::handlers`.

/// Calls `$m` with the table: `NAME "operands" words "doc sentence"`.
#[macro_export]
macro_rules! for_each_opcode {
    ($m:ident) => {
        $m! {
            NOP "---" 0 "Does nothing."
            LOAD_BODY "---" 0 "Makes the body of the code and goes on with its first word. Stands alone in the stub of code that has none."
            RESUME "---" 1 "Function entry: safepoint, hotness counter (cache)."
            LOAD_CONST "dK-" 0 "a = consts[bc]."
            LOAD_INT "dI-" 0 "a = the int bc."
            MOVE "ds-" 0 "a = b, counted; with B_TEMP b is moved and emptied. Copies UNBOUND too."
            COPY_ARG "ds-" 0 "a = b without a count: an outgoing argument whose source stays in place during the call."
            LOAD_CHECK "ds-" 0 "a = b; UnboundLocalError if local b is unbound."
            DELETE_LOCAL "u--" 0 "Unbinds local a; UnboundLocalError if it is unbound."
            CLEAR "u--" 0 "Drops and empties slot a."
            MAKE_CELL "ds-" 0 "a = new cell holding local b (moved out of b); b = 0xffff: an empty cell."
            LOAD_DEREF "ds-" 0 "a = content of cell b; NameError/UnboundLocalError if empty."
            STORE_DEREF "us-" 0 "Content of cell a = b."
            DELETE_DEREF "u--" 0 "Empties cell a; error if empty."
            LOAD_GLOBAL "d-n" 2 "a = global or builtin names[c] (caches: globals, builtins)."
            STORE_GLOBAL "s-n" 0 "Global names[c] = a."
            DELETE_GLOBAL "--n" 0 "Deletes global names[c]."
            LOAD_NAME "d-n" 0 "a = names[c] in the frame's namespace, then globals, then builtins."
            STORE_NAME "s-n" 0 "names[c] = a in the frame's namespace."
            DELETE_NAME "--n" 0 "Deletes names[c] from the frame's namespace."
            LOAD_LOCALS "d--" 0 "a = the frame's namespace."
            LOAD_FROM_DICT_OR_DEREF "dss" 0 "a = the name of cell c looked up in mapping b, else the content of cell c."
            LOAD_FROM_DICT_OR_GLOBALS "dsn" 0 "a = names[c] looked up in mapping b, then globals, then builtins."
            LOAD_BUILD_CLASS "d--" 0 "a = builtins.__build_class__."
            LOAD_COMMON_CONST "di-" 0 "a = 0 AssertionError, 1 NotImplementedError, 2 tuple, 3 all, 4 any."
            ADD "dss" 0 "a = b + c."
            SUB "dss" 0 "a = b - c."
            MUL "dss" 0 "a = b * c."
            MATMUL "dss" 0 "a = b @ c."
            TRUEDIV "dss" 0 "a = b / c."
            FLOORDIV "dss" 0 "a = b // c."
            MOD "dss" 0 "a = b % c."
            POW "dss" 0 "a = b ** c."
            LSHIFT "dss" 0 "a = b << c."
            RSHIFT "dss" 0 "a = b >> c."
            AND "dss" 0 "a = b & c."
            OR "dss" 0 "a = b | c."
            XOR "dss" 0 "a = b ^ c."
            IADD "dss" 0 "a = b += c."
            ISUB "dss" 0 "a = b -= c."
            IMUL "dss" 0 "a = b *= c."
            IMATMUL "dss" 0 "a = b @= c."
            ITRUEDIV "dss" 0 "a = b /= c."
            IFLOORDIV "dss" 0 "a = b //= c."
            IMOD "dss" 0 "a = b %= c."
            IPOW "dss" 0 "a = b **= c."
            ILSHIFT "dss" 0 "a = b <<= c."
            IRSHIFT "dss" 0 "a = b >>= c."
            IAND "dss" 0 "a = b &= c."
            IOR "dss" 0 "a = b |= c."
            IXOR "dss" 0 "a = b ^= c."
            ADD_INT "dsi" 0 "a = b + the int c (16 bits, signed); OP0: in-place form."
            SUB_INT "dsi" 0 "a = b - the int c; OP0: in-place form."
            NEG "ds-" 0 "a = -b."
            POS "ds-" 0 "a = +b."
            INVERT "ds-" 0 "a = ~b."
            NOT "ds-" 0 "a = not b."
            TO_BOOL "ds-" 0 "a = bool(b)."
            LT "dss" 0 "a = b < c."
            LE "dss" 0 "a = b <= c."
            EQ "dss" 0 "a = b == c."
            NE "dss" 0 "a = b != c."
            GT "dss" 0 "a = b > c."
            GE "dss" 0 "a = b >= c."
            IS "dss" 0 "a = b is c; OP0: is not."
            IN "dss" 0 "a = b in c; OP0: not in."
            JUMP "-J-" 0 "Jumps by bc."
            JUMP_BACK "-J-" 1 "Loop back edge: safepoint, hotness counter (cache); jumps by bc."
            JUMP_IF_TRUE "sJ-" 0 "Jumps by bc if a is true."
            JUMP_IF_FALSE "sJ-" 0 "Jumps by bc if a is false."
            JUMP_IF_NONE "sJ-" 0 "Jumps by bc if a is None."
            JUMP_IF_NOT_NONE "sJ-" 0 "Jumps by bc if a is not None."
            JUMP_LT "ssj" 0 "Jumps by c if a < b; OP0: if not. Sources may be A_TEMP, B_TEMP."
            JUMP_LE "ssj" 0 "Jumps by c if a <= b; OP0: if not."
            JUMP_EQ "ssj" 0 "Jumps by c if a == b; OP0: if not."
            JUMP_NE "ssj" 0 "Jumps by c if a != b; OP0: if not."
            JUMP_GT "ssj" 0 "Jumps by c if a > b; OP0: if not."
            JUMP_GE "ssj" 0 "Jumps by c if a >= b; OP0: if not."
            JUMP_LT_INT "sij" 0 "Jumps by c if a < the int b (16 bits, signed); OP0: if not."
            JUMP_LE_INT "sij" 0 "Jumps by c if a <= the int b; OP0: if not."
            JUMP_EQ_INT "sij" 0 "Jumps by c if a == the int b; OP0: if not."
            JUMP_NE_INT "sij" 0 "Jumps by c if a != the int b; OP0: if not."
            JUMP_GT_INT "sij" 0 "Jumps by c if a > the int b; OP0: if not."
            JUMP_GE_INT "sij" 0 "Jumps by c if a >= the int b; OP0: if not."
            JUMP_IS "ssj" 0 "Jumps by c if a is b; OP0: if is not."
            JUMP_IN "ssj" 0 "Jumps by c if a in b; OP0: if not in."
            LOAD_ATTR "dsn" 1 "a = b.names[c] (cache)."
            STORE_ATTR "ssn" 1 "a.names[c] = b (cache). Sources may be A_TEMP, B_TEMP."
            DELETE_ATTR "s-n" 0 "del a.names[c]."
            LOAD_METHOD "dsn" 1 "For a call: a = function, a+1 = receiver b; or a = b.names[c], a+1 = UNBOUND (cache)."
            LOAD_SUPER_ATTR "dwn" 0 "a = super(b+1, b+2).names[c], b holds the global `super`; OP0: method form writing a, a+1; OP1: written with arguments."
            GETITEM "dss" 0 "a = b[c]."
            GETITEM_INT "dsi" 0 "a = b[the int c] (16 bits, signed)."
            SETITEM "sss" 0 "a[b] = c. Sources may be A_TEMP, B_TEMP, C_TEMP."
            DELITEM "ss-" 0 "del a[b]."
            GETSLICE "dw-" 0 "a = b[b+1:b+2] of three temporaries."
            BUILD_SLICE "dwi" 0 "a = slice of the c (2 or 3) temporaries from b."
            CALL "wdi" 1 "b = call of a with c arguments from a+2 (cache). OP0: a+1 holds a receiver or UNBOUND, as LOAD_METHOD wrote it; else a+1 is dead."
            CALL_KW "wdi" 2 "As CALL; the last of the c arguments are keywords, whose names are the tuple consts[next word] (then cache)."
            CALL_EX "wd-" 0 "b = a(*a+2, **a+3); a+1 = UNBOUND, a+2 any iterable, a+3 a dict or UNBOUND."
            RETURN "s--" 0 "Returns a."
            RETURN_NONE "---" 0 "Returns None."
            RETURN_GENERATOR "---" 0 "First instruction of generators and coroutines: returns the generator object made from the frame."
            YIELD "sds" 0 "Yields a; b = the value sent in. OP0: delegating, the sub-iterator is in c. OP1: wrap for async generators."
            SEND "suj" 0 "Sends b to sub-iterator a: b = what it yields, or b = its result, a emptied, jump by c."
            GET_YIELD_FROM_ITER "ds-" 0 "a = iterator for `yield from b`."
            GET_AWAITABLE "dsi" 0 "a = iterator of awaitable b; c: 1 from __aenter__, 2 from __aexit__ (messages)."
            GET_AITER "ds-" 0 "a = b.__aiter__()."
            GET_ANEXT "ds-" 0 "a = iterator of the awaitable b.__anext__()."
            END_ASYNC_FOR "uu-" 0 "a holds an exception: StopAsyncIteration ends the loop (a, b emptied), others are raised again. b holds the async iterator."
            GET_ITER "ds-" 0 "a = iter(b)."
            FOR_ITER "duj" 0 "a = next(b); when exhausted b is emptied and it jumps by c."
            UNPACK "dsi" 0 "a .. a+c-1 = the c items of b."
            UNPACK_EX "dsi" 0 "As UNPACK for a starred target: c = items before | items after << 8; the starred list stands between."
            BUILD_TUPLE "dwi" 0 "a = tuple of c temporaries from b."
            BUILD_LIST "dwi" 0 "a = list of c temporaries from b."
            BUILD_SET "dwi" 0 "a = set of c temporaries from b."
            BUILD_MAP "dwi" 0 "a = dict of c key/value pairs from b."
            BUILD_STRING "dwi" 0 "a = concatenation of c strs from b."
            LIST_APPEND "us-" 0 "Appends b to list a."
            SET_ADD "us-" 0 "Adds b to set a."
            MAP_ADD "uss" 0 "dict a[b] = c."
            LIST_EXTEND "us-" 0 "Extends list a by iterable b. OP0: for call arguments (message: argument after * must be an iterable), callable in c."
            SET_UPDATE "us-" 0 "Adds the items of iterable b to set a."
            DICT_UPDATE "us-" 0 "Updates dict a with mapping b ({**b})."
            DICT_MERGE "uss" 0 "Merges keyword arguments b into dict a; duplicates raise TypeError naming the callable in c (not consumed)."
            LIST_TO_TUPLE "ds-" 0 "a = tuple of list b."
            CONVERT_VALUE "dsi" 0 "a = str(b), repr(b), ascii(b) for c = 1, 2, 3."
            FORMAT_SIMPLE "ds-" 0 "a = format(b)."
            FORMAT_WITH_SPEC "dss" 0 "a = format(b, c)."
            BUILD_INTERPOLATION "dwi" 0 "a = Interpolation of value b, expression text b+1 and, with bit 4 of c, format spec b+2; conversion in bits 0..1 of c."
            BUILD_TEMPLATE "dw-" 0 "a = Template of strings tuple b and interpolations tuple b+1."
            MAKE_FUNCTION "dk-" 0 "a = function of code consts[b]."
            SET_FUNCTION_ATTR "usi" 0 "Function a: c = 0 defaults tuple, 1 keyword defaults dict, 2 annotations dict, 3 closure tuple of cells, 4 annotate function, 5 type parameters; value b."
            SETUP_ANNOTATIONS "---" 0 "Makes __annotations__ in the frame's namespace if missing."
            PUSH_EXC "u--" 0 "Handler entry: a holds the exception; a+1 = the exception handled before; a becomes the handled one."
            POP_EXC "u--" 0 "Handled exception = a+1; a and a+1 are emptied."
            EXC_MATCH "dss" 0 "a = whether exception b matches c (class or tuple of classes)."
            EXC_GROUP_MATCH "dss" 0 "a, a+1 = matching part and rest of exception (group) b for c; None where empty."
            RAISE "ssi" 0 "c = 0: raise the handled exception; 1: raise a; 2: raise a from b."
            RERAISE "s--" 0 "Raises a again with its traceback."
            LOAD_SPECIAL "dsi" 0 "a, a+1 = special method of b as LOAD_METHOD does: c = 0 __enter__, 1 __exit__, 2 __aenter__, 3 __aexit__."
            WITH_EXCEPT "dss" 0 "a = call of exit method b (receiver b+1) with type, value, traceback of exception c; nothing is consumed."
            MATCH_CLASS "dwi" 0 "a = tuple of attributes or None: subject b, class b+1, keyword names tuple b+2, c positional patterns."
            MATCH_MAPPING "ds-" 0 "a = whether b is a mapping for patterns."
            MATCH_SEQUENCE "ds-" 0 "a = whether b is a sequence for patterns."
            MATCH_KEYS "dss" 0 "a = tuple of values of mapping b for the keys in tuple c, or None."
            GET_LEN "ds-" 0 "a = len(b)."
            IMPORT_NAME "dwn" 0 "a = __import__(names[c], globals, locals, fromlist b+1, level b)."
            IMPORT_FROM "dsn" 0 "a = attribute or submodule names[c] of module b."
            INTRINSIC_1 "dsi" 0 "a = intrinsic c of b (see Intrinsic1)."
            INTRINSIC_2 "dwi" 0 "a = intrinsic c of b and b+1 (see Intrinsic2)."
        }
    };
}

macro_rules! define_opcodes {
    ($($name:ident $operands:literal $words:literal $doc:literal)*) => {
        /// An opcode; see the table above.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Opcode { $(#[doc = $doc] $name,)* }

        /// Number of opcodes.
        pub const OPCODES: usize = [$(Opcode::$name,)*].len();
        pub(crate) const ALL: [Opcode; OPCODES] = [$(Opcode::$name,)*];
        const NAMES: [&str; OPCODES] = [$(stringify!($name),)*];
        const OPERANDS: [&str; OPCODES] = [$($operands,)*];
        const WORDS: [u8; OPCODES] = [$($words,)*];
        const DOCS: [&str; OPCODES] = [$($doc,)*];
    };
}

for_each_opcode!(define_opcodes);

/// Changes with the opcode table. Raise `FORM` when code images change in another way.
pub const FINGERPRINT: u16 = {
    const FORM: u32 = 1;
    let (mut hash, mut i) = (0x811c_9dc5_u32 ^ FORM, 0);
    while i < OPCODES {
        let mut n = 0;
        let name = NAMES[i].as_bytes();
        while n < name.len() {
            hash = (hash ^ name[n] as u32).wrapping_mul(0x0100_0193);
            n += 1;
        }
        hash = (hash ^ WORDS[i] as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    (hash ^ hash >> 16) as u16
};

impl Opcode {
    /// The opcode of a byte that an instruction word holds; NOP for bytes that are none.
    #[inline]
    pub fn from_u8(n: u8) -> Opcode {
        if (n as usize) < OPCODES {
            ALL[n as usize]
        } else {
            Opcode::NOP
        }
    }
    pub fn all() -> &'static [Opcode] {
        &ALL
    }
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
    /// All opcodes, for constants.
    pub const ALL_OPS: [Opcode; OPCODES] = ALL;
    /// Operand kinds of a, b, c.
    pub const fn operands(self) -> &'static str {
        OPERANDS[self as usize]
    }
    /// Number of words (caches, extra operands) that follow the instruction word.
    pub fn words(self) -> usize {
        WORDS[self as usize] as usize
    }
    /// As `words`, for pointer arithmetic in handlers.
    pub const fn words_const(self) -> usize {
        WORDS[self as usize] as usize
    }
    pub fn doc(self) -> &'static str {
        DOCS[self as usize]
    }
}

macro_rules! intrinsics {
    ($(#[$m:meta])* $e:ident { $($name:ident $doc:literal)* }) => {
        $(#[$m])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u16)]
        pub enum $e { $(#[doc = $doc] $name,)* }
        impl $e {
            pub fn from_u16(n: u16) -> Option<$e> {
                [$($e::$name,)*].get(n as usize).copied()
            }
        }
    };
}

intrinsics! {
    /// Rare operations with one operand.
    Intrinsic1 {
        Print "Interactive mode: sys.displayhook(b)."
        ImportStar "from b import *, into the frame's namespace."
        StopIterationError "In generators: StopIteration b (an exception leaving the body) becomes RuntimeError; others stay. Result is the exception to raise."
        AsyncStopIterationError "The same for async generators (StopAsyncIteration too)."
        TypeVar "TypeVar named b."
        ParamSpec "ParamSpec named b."
        TypeVarTuple "TypeVarTuple named b."
        SubscriptGeneric "typing.Generic[b] for the type parameters tuple b."
        TypeAlias "TypeAliasType of the tuple b: (name, type_params or None, compute function)."
        AsyncGenWrap "Wraps b as a value yielded by an async generator."
    }
}

intrinsics! {
    /// Rare operations with two operands.
    Intrinsic2 {
        PrepReraiseStar "except*: (original exception, list of results) -> exception to raise or None."
        TypeVarWithBound "TypeVar named b whose bound is computed by b+1."
        TypeVarWithConstraints "TypeVar named b whose constraints are computed by b+1."
        SetTypeParamDefault "Type parameter b with default computed by b+1; result is b."
        SetFunctionTypeParams "Function b gets type parameters b+1; result is b."
        DictWithoutKeys "New dict of mapping b without the keys in tuple b+1 (`**rest` patterns)."
    }
}
