//! Iterators over list, tuple, anything with `__getitem__`, and calls until a sentinel.

use crate::object::native::Tracer;
use crate::object::native::typedef::{Trace, TypeInit};
use crate::object::type_::tf;
use crate::object::value::{Obj, Slot, Val};
use crate::thread::Py;
use std::sync::atomic::AtomicUsize;

macro_rules! iter_struct {
    ($(#[$m:meta])* $name:ident { $field:ident }) => {
        $(#[$m])*
        pub struct $name {
            /// Empty when exhausted.
            pub $field: Slot,
            pub index: AtomicUsize,
        }
        impl Trace for $name {
            fn trace(&self, t: &mut Tracer) {
                t.slot(&self.$field);
            }
            fn clear(&self) {
                self.$field.take();
            }
        }
    };
}

iter_struct!(
    /// Iterator over a list.
    ListIter { list }
);
iter_struct!(
    /// Iterator over a tuple.
    TupleIter { tuple }
);
iter_struct!(
    /// Iterator over an object with `__getitem__`.
    SeqIter { seq }
);

crate::native_type!(pub LIST_ITER: ListIter = "list_iterator", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE, init init);
crate::native_type!(pub TUPLE_ITER: TupleIter = "tuple_iterator", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE, init init);
crate::native_type!(pub SEQ_ITER: SeqIter = "iterator", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE, init init);
crate::native_type!(pub CALLABLE_ITER: CallableIter = "callable_iterator", base crate::object::base::OBJECT, flags tf::NO_NEW | tf::IMMUTABLE, init init);

/// Iterator of `iter(callable, sentinel)`; both empty when exhausted.
pub struct CallableIter {
    pub callable: Slot,
    pub sentinel: Slot,
}

impl Trace for CallableIter {
    fn trace(&self, t: &mut Tracer) {
        t.slot(&self.callable);
        t.slot(&self.sentinel);
    }
    fn clear(&self) {
        self.callable.take();
        self.sentinel.take();
    }
}

fn init(_: &mut TypeInit) {}

/// Iterator over an object with `__getitem__`.
pub fn seq_iter(py: &Py, seq: &Val) -> Obj {
    py.alloc(
        &SEQ_ITER,
        SeqIter {
            seq: Slot::new(seq.to_obj()),
            index: AtomicUsize::new(0),
        },
    )
}

/// `iter(callable, sentinel)`.
pub fn callable_iter(py: &Py, callable: &Val, sentinel: &Val) -> Obj {
    py.alloc(
        &CALLABLE_ITER,
        CallableIter {
            callable: Slot::new(callable.to_obj()),
            sentinel: Slot::new(sentinel.to_obj()),
        },
    )
}
