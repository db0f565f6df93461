//! Checks of the heap's invariants, for tests and the variable `PIRN_VERIFY_HEAP` (before each collection).

use crate::heap::{count, cycle};
use crate::object::header::{Header, flags};
use crate::object::type_::Type;
use crate::object::value::Word;
use crate::thread::Py;
use std::collections::HashMap;

/// Most messages that one check returns.
const MAX_MESSAGES: usize = 20;

/// Recounts the references between tracked objects and from frames, and returns a description of each violated invariant:
/// an object with fewer counts than references, a reference to freed memory, a header without a plausible type.
/// Runs while no other thread does; otherwise it checks nothing.
pub fn verify(py: &Py) -> Vec<String> {
    let mut messages = Vec::new();
    let mut objects: Vec<*mut Header> = Vec::new();
    cycle::each_live(py, &mut |p| objects.push(p));
    let mut counted: HashMap<usize, i64> = objects.iter().map(|&p| (p as usize, 0)).collect();
    for &p in &objects {
        // SAFETY: the walk gave a live object, and nothing is freed meanwhile.
        unsafe {
            let h = &*p;
            if Type::of(&crate::object::Obj::clone_word(type_word(h))).is_none() {
                messages.push(format!("{p:p}: its type is no type"));
                continue;
            }
            let name = h.ty().name().into_owned();
            cycle::trace(p, &mut |w| add(&mut counted, &mut messages, w, &name));
        }
    }
    py.interp.each_frame_word(&mut |w| {
        if w.is_ptr() && !w.is_unbound() {
            add(&mut counted, &mut messages, w, "frame");
        }
    });
    for (&at, &refs) in &counted {
        // SAFETY: as above.
        let h = unsafe { &*(at as *const Header) };
        let has = count::total(h);
        if h.flags() & flags::IMMORTAL == 0 && has < refs {
            messages.push(format!(
                "{at:#x}: a {} with {has} counts has {refs} references",
                h.ty().name()
            ));
        }
    }
    messages.truncate(MAX_MESSAGES);
    messages
}

/// Part of every handshake under the option `recount`.
pub(crate) fn after_handshake(py: &Py) {
    let n = py.stress.since.get() + 1;
    py.stress.since.set(n);
    if n >= py.stress.recount.get() {
        py.stress.since.set(0);
        report(py);
    }
}

/// Verifies and prints what is violated.
pub fn report(py: &Py) {
    for line in verify(py) {
        eprintln!("pirn: heap: {line}");
    }
}

fn type_word(h: &Header) -> Word {
    h.ty().as_word()
}

fn add(counted: &mut HashMap<usize, i64>, messages: &mut Vec<String>, w: Word, from: &str) {
    // SAFETY: a shape pointer of null marks freed memory; cells stay mapped while the heap is walked.
    if unsafe { (*w.ptr()).shape_ptr() }.is_null() {
        if messages.len() < MAX_MESSAGES {
            messages.push(format!("a {from} refers to freed memory at {:p}", w.ptr()));
        }
        return;
    }
    if w.is_owned_ptr()
        && let Some(n) = counted.get_mut(&(w.ptr() as usize))
    {
        *n += 1;
    }
}
