//! Effect classes, alias sets, and the questions that passes ask. No pass lists operations.
//!
//! ```text
//! Pure   Join         removable if unused; Pure is also the same wherever it is computed
//! Guard               on values: what it proved holds for good
//! GuardMemory         on memory: what it proved holds until the memory is written
//! Load                removable if unused; the same until the memory is written
//! Alloc               removable if unused
//! Store  Count  Lock  seen by the program or by other threads: stay where they are
//! Call   Poll         as the helper says; a safepoint
//! Control             structure of the trace
//! ```
//!
//! # What a safepoint does
//!
//! In single-threaded mode a poll changes nothing that the trace knows (it leaves before anything runs). In multi-threaded
//! mode other threads may have written all shared memory, so every fact about memory that is not constant ends there.
//! Between two safepoints a trace may act as if it had read everything at the first one.

use super::desc::{AliasClass, Env, FieldDesc, Mutability};
use super::inst::Inst;
use super::trace::Mode;

/// Effect class of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// None.
    Pure,
    /// A phi.
    Join,
    /// May leave, depending on values.
    Guard,
    /// May leave, depending on memory.
    GuardMemory,
    /// Reads memory.
    Load,
    /// Writes memory.
    Store,
    /// Makes an object.
    Alloc,
    /// Changes a count.
    Count,
    /// Takes or gives back a lock.
    Lock,
    /// Calls a helper.
    Call,
    /// Safepoint.
    Poll,
    /// Structure of the trace.
    Control,
}

impl Effect {
    /// An instruction of this class goes away if nobody uses its result.
    pub fn removable_if_unused(self) -> bool {
        matches!(
            self,
            Effect::Pure | Effect::Join | Effect::Load | Effect::Alloc
        )
    }

    /// The program or another thread can see it, so it is not done twice.
    pub fn visible(self) -> bool {
        matches!(
            self,
            Effect::Store | Effect::Count | Effect::Lock | Effect::Call
        )
    }
}

/// A set of alias classes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AliasSet(u64);

impl AliasSet {
    /// No memory.
    pub const NONE: AliasSet = AliasSet(0);
    /// All memory.
    pub const ALL: AliasSet = AliasSet(u64::MAX);

    /// The set of one class.
    pub fn of(class: AliasClass) -> AliasSet {
        AliasSet(1 << class.0)
    }

    /// The union.
    #[must_use]
    pub fn with(self, other: AliasSet) -> AliasSet {
        AliasSet(self.0 | other.0)
    }

    /// True if the class is in the set.
    pub fn contains(self, class: AliasClass) -> bool {
        self.0 & (1 << class.0) != 0
    }

    /// True if there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The classes.
    pub fn iter(self) -> impl Iterator<Item = AliasClass> {
        (0..64)
            .map(AliasClass)
            .filter(move |&class| self.contains(class))
    }
}

/// Memory about which nothing is known any more after the instruction, constant fields aside.
pub fn kills(inst: &Inst, env: &Env, mode: Mode) -> AliasSet {
    match inst.op.effect() {
        Effect::Store => env
            .field(inst.imm)
            .map_or(AliasSet::ALL, |field| AliasSet::of(field.alias)),
        Effect::Call => match env.helper(inst.imm) {
            None => AliasSet::ALL,
            Some(helper) if helper.effects.runs_python => AliasSet::ALL,
            Some(helper) if helper.effects.safepoint && mode == Mode::Multi => AliasSet::ALL,
            Some(helper) => helper.effects.writes,
        },
        // Another thread may have held the lock, and what it wrote is visible now.
        Effect::Lock if mode == Mode::Multi => AliasSet::ALL,
        Effect::Poll if mode == Mode::Multi => AliasSet::ALL,
        // The facts at the header must hold in every round; loop peeling is what moves facts into loops.
        Effect::Control => AliasSet::ALL,
        _ => AliasSet::NONE,
    }
}

/// True for a call whose result is all that there is to it.
pub fn is_pure_call(inst: &Inst, env: &Env) -> bool {
    inst.op.effect() == Effect::Call
        && env
            .helper(inst.imm)
            .is_some_and(|helper| helper.effects.pure_function)
}

/// The instruction goes away if nobody uses its result.
pub fn removable_if_unused(inst: &Inst, env: &Env) -> bool {
    inst.op.effect().removable_if_unused() || is_pure_call(inst, env)
}

/// True if a load of the field gives the same value whatever is written.
pub fn never_changes(field: &FieldDesc) -> bool {
    field.mutability == Mutability::Const
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let set = AliasSet::of(AliasClass(3)).with(AliasSet::of(AliasClass(63)));
        assert!(set.contains(AliasClass(3)) && !set.contains(AliasClass(4)));
        assert_eq!(
            set.iter().collect::<Vec<_>>(),
            [AliasClass(3), AliasClass(63)]
        );
        assert!(AliasSet::NONE.is_empty() && !AliasSet::ALL.is_empty());
    }
}
