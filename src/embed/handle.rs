//! Handles: references to Python objects that may be kept anywhere and sent to any thread.
//!
//! The objects are kept by one Python list, the table, which lives as long as the process. A handle is an index in it. A dropped
//! handle only notes its index, as the dropping thread may not be attached; the next attached thread that makes a handle
//! empties the entry.
//! **Invariant:** an index in `FREE` or `DROPPED` belongs to no handle, and is in one of them once.

use super::{Object, Python};
use crate::builtins::list::{self, ListObj};
use crate::object::header::flags;
use crate::object::value::{Obj, Val, Word};
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock};

/// The word of the table's list.
static TABLE: OnceLock<u64> = OnceLock::new();
/// Empty entries.
static FREE: Mutex<Vec<usize>> = Mutex::new(Vec::new());
/// Entries whose handles are gone.
static DROPPED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// A reference to a Python object that is valid in any attached thread. Cloning and dropping it need no attached thread.
#[derive(Clone)]
pub struct Handle(Arc<Entry>);

/// One entry of the table.
struct Entry(usize);

impl Drop for Entry {
    fn drop(&mut self) {
        DROPPED.lock().push(self.0);
    }
}

/// The table's list.
fn table(py: Python<'_>) -> Obj {
    let w = *TABLE.get_or_init(|| {
        let l = list::new(py.thread(), Vec::new());
        if let Some(h) = l.header() {
            h.set_flags(flags::IMMORTAL | flags::ESCAPED);
        }
        l.into_word().borrowed().0
    });
    Val::from_word_ref(&Word(w)).to_obj()
}

/// Empties the entries of handles that were dropped.
pub(super) fn sweep(py: Python<'_>) {
    let gone = std::mem::take(&mut *DROPPED.lock());
    if gone.is_empty() {
        return;
    }
    let t = table(py);
    for &i in &gone {
        t.cast::<ListObj>().set(i, py.thread().none());
    }
    FREE.lock().extend(gone);
}

impl Handle {
    /// A handle to a value; `None` when memory is exhausted.
    pub(super) fn of(py: Python<'_>, v: Obj) -> Option<Handle> {
        sweep(py);
        let t = table(py);
        let l = t.cast::<ListObj>();
        let free = FREE.lock().pop();
        if let Some(i) = free {
            l.set(i, v);
            return Some(Handle(Arc::new(Entry(i))));
        }
        // Attached threads take turns, so the new entry is the last one.
        l.push(py.thread(), v).ok()?;
        Some(Handle(Arc::new(Entry(l.len() - 1))))
    }
    pub(super) fn value(&self, py: Python<'_>) -> Option<Obj> {
        table(py).cast::<ListObj>().get(self.0.0)
    }
    /// The object, for use in this scope.
    pub fn get<'a>(&self, py: Python<'a>) -> Object<'a> {
        Object::new(py, self.value(py).unwrap_or_else(|| py.thread().none()))
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handle({})", self.0.0)
    }
}
