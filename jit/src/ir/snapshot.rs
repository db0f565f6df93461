//! Snapshots: what an exit needs to rebuild the interpreter's frames.
//!
//! A snapshot lists the frames from the one that entered the trace to the innermost one (frames of inlined calls exist
//! only here), for each the slots that changed since entry or that the frame has at all, and the objects whose allocation
//! was sunk into exits. The instruction at `pc` is executed again from its start, or resumes after a call for calls.

use super::inst::IrRef;
use std::fmt;

/// Index of a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SnapId(pub u32);

impl SnapId {
    /// No snapshot.
    pub const NONE: SnapId = SnapId(u32::MAX);

    /// True unless [`SnapId::NONE`].
    pub fn is_some(self) -> bool {
        self != SnapId::NONE
    }

    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for SnapId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

/// How a slot's word is made from an IR value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rebuild {
    /// A tagged word, as it is: its ownership tag is a run-time fact.
    Word,
    /// An `i64`: tagged, or a big int if it does not fit.
    Int,
    /// An `f64`: tagged, or boxed if it does not fit.
    Float,
    /// A truth value: the runtime's True or False.
    Bool,
    /// An object of which the trace owns a count that passes to the slot.
    Owned,
    /// An object that the slot borrows.
    Borrowed,
}

impl Rebuild {
    /// All, with their names in the text form; a word has none.
    pub const ALL: [(Rebuild, &'static str); 6] = [
        (Rebuild::Word, ""),
        (Rebuild::Int, "int"),
        (Rebuild::Float, "float"),
        (Rebuild::Bool, "bool"),
        (Rebuild::Owned, "owned"),
        (Rebuild::Borrowed, "borrowed"),
    ];

    /// Name in the text form.
    pub fn name(self) -> &'static str {
        Rebuild::ALL
            .iter()
            .find(|(how, _)| *how == self)
            .map_or("", |(_, name)| name)
    }
}

/// The value of a slot or of a field of a sunk object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SnapValue {
    /// Made from an IR value.
    Ir(IrRef, Rebuild),
    /// An object of the snapshot's list of sunk objects, with one count for this place.
    Sunk(u16),
    /// Unbound.
    Unbound,
}

/// One frame.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct FrameState {
    /// The runtime's number for the code object.
    pub code: u32,
    /// The instruction to go on with.
    pub pc: u32,
    /// Slots in ascending order, each once.
    pub slots: Vec<(u16, SnapValue)>,
}

/// An object that is made only if the trace is left here.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SunkObject {
    /// The shape, as of `new`.
    pub shape: u64,
    /// Fields (by number) and their values.
    pub fields: Vec<(u32, SnapValue)>,
}

/// Everything that one exit rebuilds.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Snapshot {
    /// Frames from outside to inside.
    pub frames: Vec<FrameState>,
    /// Sunk objects; they may refer to each other in any order.
    pub sunk: Vec<SunkObject>,
}

impl Snapshot {
    /// Every value.
    pub fn values(&self) -> impl Iterator<Item = SnapValue> {
        let slots = self
            .frames
            .iter()
            .flat_map(|frame| frame.slots.iter().map(|&(_, value)| value));
        let fields = self
            .sunk
            .iter()
            .flat_map(|object| object.fields.iter().map(|&(_, value)| value));
        slots.chain(fields)
    }

    /// Every IR value.
    pub fn refs(&self) -> impl Iterator<Item = IrRef> {
        self.values().filter_map(|value| match value {
            SnapValue::Ir(r, _) => Some(r),
            SnapValue::Sunk(_) | SnapValue::Unbound => None,
        })
    }

    /// Replaces every IR value.
    pub fn map_refs(&mut self, mut f: impl FnMut(IrRef) -> IrRef) {
        let slots = self
            .frames
            .iter_mut()
            .flat_map(|frame| frame.slots.iter_mut().map(|(_, value)| value));
        let fields = self
            .sunk
            .iter_mut()
            .flat_map(|object| object.fields.iter_mut().map(|(_, value)| value));
        for value in slots.chain(fields) {
            if let SnapValue::Ir(r, _) = value {
                *r = f(*r);
            }
        }
    }
}
