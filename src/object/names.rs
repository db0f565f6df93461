//! Interned names that the runtime itself uses, declared once.

use crate::object::value::{Val, Word};
use crate::thread::Py;
use std::sync::atomic::{AtomicU64, Ordering};

/// A name filled in at start-up.
#[repr(transparent)]
pub struct StaticName(AtomicU64);

impl std::ops::Deref for StaticName {
    type Target = Val;
    #[inline(always)]
    fn deref(&self) -> &Val {
        // SAFETY: both are transparent wrappers of an atomic word.
        unsafe { &*(self as *const StaticName as *const Val) }
    }
}

impl StaticName {
    pub(crate) const fn unset() -> StaticName {
        StaticName(AtomicU64::new(crate::object::value::UNBOUND.0))
    }
    /// Set once at start-up, to an immortal object.
    pub(crate) fn set(&self, w: Word) {
        // Relaxed: happens before any other thread exists.
        self.0.store(w.borrowed().0, Ordering::Relaxed);
    }
}

macro_rules! names {
    ($($n:ident)*) => {
        $(#[allow(non_upper_case_globals)] pub static $n: StaticName = StaticName::unset();)*
        /// Interns all names.
        pub(crate) fn init(py: &Py) {
            $($n.set(crate::builtins::str::intern(py, stringify!($n)).word());)*
        }
    };
}

names! {
    __abs__ __abstractmethods__ __add__ __aenter__ __aexit__ __aiter__ __all__ __and__ __anext__ __annotate__ __annotations__
    __annotations_cache__ __annotate_func__ __args__ __await__ __bases__ __bool__ __buffer__ __build_class__ __builtins__
    __bytes__ __call__ __cause__ __ceil__ __class__ __class_getitem__ __classcell__ __classdict__ __classdictcell__ __code__ __complex__
    __conditional_annotations__ __contains__ __context__ __copy__ __debug__ __deepcopy__ __defaults__ __del__ __delattr__ __delete__
    __delitem__ __dict__ __dir__ __divmod__ __doc__ __enter__ __eq__ __exit__ __file__ __firstlineno__ __float__ __floor__
    __floordiv__ __format__ __fspath__ __ge__ __get__ __getattr__ __getattribute__ __getitem__ __getnewargs__
    __getnewargs_ex__ __getstate__ __globals__ __gt__ __hash__ __iadd__ __iand__ __ifloordiv__ __ilshift__ __imatmul__
    __imod__ __import__ __imul__ __index__ __init__ __init_subclass__ __instancecheck__ __int__ __invert__ __ior__ __ipow__
    __irshift__ __isabstractmethod__ __isub__ __iter__ __itruediv__ __ixor__ __kwdefaults__ __le__ __len__ __length_hint__
    __loader__ __lshift__ __lt__ __main__ __match_args__ __matmul__ __missing__ __mod__ __module__ __mro_entries__ __mro__ __mul__
    __name__ __ne__ __neg__ __new__ __next__ __notes__ __objclass__ __or__ __orig_bases__ __orig_class__ __origin__ __package__
    __parameters__ __path__ __pos__ __pow__ __prepare__ __qualname__ __radd__ __rand__ __rdivmod__ __reduce__ __reduce_ex__ __repr__
    __reversed__ __rfloordiv__ __rlshift__ __rmatmul__ __rmod__ __rmul__ __ror__ __round__ __rpow__ __rrshift__ __rshift__
    __rsub__ __rtruediv__ __rxor__ __self__ __set__ __set_name__ __setattr__ __setitem__ __setstate__ __signature__ __sizeof__
    __slotnames__ __slots__ __spec__ __static_attributes__ __str__ __sub__ __subclasscheck__ __subclasshook__ __suppress_context__
    __text_signature__ __traceback__ __truediv__ __trunc__ __type_params__ __unpacked__ __weakref__ __wrapped__ __xor__
    _abc_impl _initializing _fields _attributes args athrow big builtins c_call close copy cr_frame decode default dict
    displayhook encode encoding end errors excepthook exception extend fget file flush fset get importlib indent items join key keys keepends
    lastgroup last_exc last_traceback last_type last_value len list little maxsplit modules msg name n_fields n_sequence_fields n_unnamed_fields newline
    obj object offset open partial path pop print_file_and_line print ps1 ps2 read readline readinto real replace reverse send sep set signed
    signature size sort step stdin stdout stderr stop str strict sys text throw timeout tuple update value values warnings warn write
    __text__ __static__ mro lineno filename end_lineno end_offset name_from metadata
}
