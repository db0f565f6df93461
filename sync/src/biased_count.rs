//! Reference counts with an owner thread, and the way of an object from its last reference to its destruction; used by
//! object headers and the heap.
//!
//! The owner thread counts in [`LocalCount`] without atomic read-modify-writes, all others in [`SharedWord`]. The count
//! of an object is the sum of both. Zero does not destroy: the object waits in *limbo* until a handshake has ended every
//! borrow that a frame may still hold.
//!
//! # State
//!
//! `SharedWord`: a signed count in the upper 27 bits, five flags below.
//!
//! | MERGED | QUEUED | LIMBO | TOUCHED | DEAD | meaning |
//! |---|---|---|---|---|---|
//! | 0 | 0 | 0 | 0 | 0 | the owner counts locally; the shared count is not negative |
//! | 0 | 1 | 0 | 0 | 0 | as above, shared count of any sign; an entry of the owner's merge queue owns one reference |
//! | 1 | 0 | 0 | 0 | 0 | the whole count is here and positive |
//! | 1 | 1 | 0 | 0 | 0 | merged by a local zero before the owner came to the entry of its queue |
//! | 1 | 0 | 1 | 0 | 0 | in a limbo list; the count was zero when it entered |
//! | 1 | 0 | 1 | 1 | 0 | in a limbo list; a reference was added since it entered or since it was last examined |
//! | 1 | 0 | 0 | 0 | 1 | claimed for destruction, count zero |
//! | 0 | 0 | 1 | 0 | 0 | sole-thread mode: in limbo, the count is in `LocalCount` |
//! | 0 | 0 | 0 | 0 | 1 | sole-thread mode: claimed for destruction |
//!
//! A count at its maximum is *immortal*: nothing changes it until a collection counts anew. Overflow in either direction
//! leads there, so a count can be too high but never too low.
//!
//! # Who may write what
//!
//! - `LocalCount`: the owner while attached; whoever has claimed or stopped the owner; any thread that finds an object
//!   of an ended owner, under the registry's lock.
//! - `SharedWord`: any attached thread, by the transitions below; the `sole_*` methods only while the process has one
//!   thread; the `*_stopped` methods only while the world is stopped.
//!
//! # Transitions
//!
//! - [`SharedWord::add`]: count + 1; sets TOUCHED if LIMBO is set
//! - [`SharedWord::subtract`] on a MERGED word: count - 1; a zero without LIMBO sets LIMBO in the same
//!   compare-and-swap, so one thread finds it
//! - `subtract` on an unmerged word: count - 1; instead of the first step below zero, QUEUED is set and the reference
//!   passes to the queue
//! - [`SharedWord::merge`] by the owner (or in its place): MERGED, count + local count; may find zero
//! - [`SharedWord::merge_queued`] for an entry of the merge queue: the same, QUEUED cleared, count - 1
//! - [`SharedWord::leave_limbo`] by the owner of the limbo list, a whole handshake after the entry: (0, LIMBO) -> DEAD;
//!   (0, LIMBO, TOUCHED) -> TOUCHED cleared; positive -> LIMBO and TOUCHED cleared
//! - [`SharedWord::try_upgrade`] from a weak reference: as `add`, fails on DEAD
//!
//! Why TOUCHED: after the entry, a thread that still borrows the object may store it; another one, which has already
//! acknowledged the handshake, borrows it from there; then the store is undone. The count is zero again, and there is a
//! borrow that this handshake does not end.
//!
//! # Orderings
//!
//! - Release in `subtract`/`merge` with Acquire in `leave_limbo`: every use of the object through a dropped reference
//!   happens before its destruction. All writes are read-modify-writes, so a release sequence links them.
//! - `add` and `try_upgrade` are Relaxed: who adds already has a way to the object (a borrow, a weak reference's entry)
//!   that made its contents visible, and a read-modify-write always sees the newest flags.
//! - `merge` is AcqRel: the owner's plain local counts pass into the word.
//!
//! # Reclamation
//!
//! After `Zero` the caller owns the entry of one limbo list, after `Queue` the entry of one merge queue, after
//! [`LimboExit::Dead`] the object. After [`LimboExit::Lives`] the caller must not touch the object: another thread may
//! already have put it in its own limbo list, so an intrusive link is taken out before.
//!
//! # Model
//!
//! `loom-tests/tests/biased_count.rs`: two droppers and the owner's merge, queue against local zero, weak upgrade against
//! the claim, store and removal during limbo. Left out: saturation (unit tests here), more than three threads.

use crate::prim::atomic::{AtomicU32, Ordering};

const SHIFT: u32 = 5;
/// The whole count is in this word; the owner no longer counts locally.
const MERGED_BIT: u32 = 0b0_0001;
/// An entry of the owner's merge queue refers to the object.
const QUEUED_BIT: u32 = 0b0_0010;
/// The object is in a limbo list.
const LIMBO_BIT: u32 = 0b0_0100;
/// A reference was added while in limbo.
const TOUCHED_BIT: u32 = 0b0_1000;
/// Claimed for destruction.
const DEAD_BIT: u32 = 0b1_0000;
const FLAGS_MASK: u32 = (1 << SHIFT) - 1;

/// The highest count: immortal.
const IMMORTAL: i64 = (1 << (31 - SHIFT)) - 1;
/// The lowest count; one step below leads to immortal.
const LOWEST: i64 = -(1 << (31 - SHIFT));

/// What dropping a reference led to.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dropped {
    /// Others remain, or the object already has an entry in a limbo list.
    Live,
    /// The caller pushes the object to its owner's merge queue; the dropped reference now belongs to that entry.
    Queue,
    /// The count became zero and LIMBO is set: the caller puts the object into its limbo list.
    Zero,
}

/// What a merge led to.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Merged {
    /// References remain.
    Live,
    /// The count is zero and LIMBO is set: the caller puts the object into its limbo list.
    Zero,
}

/// What became of an object that has waited for a whole handshake.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimboExit {
    /// The caller destroys it; weak references fail from now on.
    Dead,
    /// It was touched: it waits for another whole handshake, in the caller's list.
    Again,
    /// It has references and left limbo. The caller must not touch it any more.
    Lives,
}

/// A decoded shared word, for the collector, assertions and dumps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SharedState {
    /// The signed count.
    pub count: i32,
    /// The whole count is in the shared word.
    pub merged: bool,
    /// An entry of a merge queue exists.
    pub queued: bool,
    /// An entry of a limbo list exists.
    pub limbo: bool,
    /// A reference was added during limbo.
    pub touched: bool,
    /// Claimed for destruction.
    pub dead: bool,
    /// The count no longer changes.
    pub immortal: bool,
}

/// The part of the count that every thread may change, with the flags.
#[derive(Debug)]
#[repr(transparent)]
pub struct SharedWord(AtomicU32);

#[inline]
fn count_of(word: u32) -> i64 {
    i64::from(word.cast_signed() >> SHIFT)
}

/// The word with another count, which saturates to immortal in both directions.
#[inline]
fn with_count(word: u32, count: i64) -> u32 {
    let count = if (LOWEST..IMMORTAL).contains(&count) {
        count
    } else {
        IMMORTAL
    };
    // The range check makes the truncation exact.
    (word & FLAGS_MASK) | ((count as u32) << SHIFT)
}

#[inline]
fn is_immortal_word(word: u32) -> bool {
    count_of(word) == IMMORTAL
}

impl SharedWord {
    const_fn! {
        /// The word of a new object: its references are counted by its owner.
        #[inline]
        pub fn new() -> Self {
            Self(AtomicU32::new(0))
        }
    }

    const_fn! {
        /// The word of an object that is never destroyed.
        #[inline]
        pub fn immortal() -> Self {
            Self(AtomicU32::new(((IMMORTAL as u32) << SHIFT) | MERGED_BIT))
        }
    }

    const_fn! {
        /// The word of an object without an owner that has `count` references.
        #[inline]
        pub fn merged(count: u16) -> Self {
            Self(AtomicU32::new(((count as u32) << SHIFT) | MERGED_BIT))
        }
    }

    /// Replaces the word by `next(word)` unless that is `None`; returns the outcome and what was found.
    #[inline]
    fn update<R>(&self, success: Ordering, next: impl Fn(u32) -> (Option<u32>, R)) -> R {
        // Relaxed: only the first guess of the compare-and-swap.
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let (new, result) = next(word);
            let Some(new) = new else { return result };
            // The ordering of success is the caller's; Relaxed on failure: only the next guess.
            match self
                .0
                .compare_exchange_weak(word, new, success, Ordering::Relaxed)
            {
                Ok(_) => return result,
                Err(now) => word = now,
            }
        }
    }

    /// Adds a reference. The caller has a way to the object that keeps it alive meanwhile (a reference or a borrow).
    #[inline]
    pub fn add(&self) {
        // Relaxed: see "Orderings".
        self.update(Ordering::Relaxed, |word| {
            debug_assert!(word & DEAD_BIT == 0, "a reference to a dead object");
            (Self::added(word), ())
        });
    }

    #[inline]
    fn added(word: u32) -> Option<u32> {
        if is_immortal_word(word) {
            return None;
        }
        let touched = if word & LIMBO_BIT != 0 {
            TOUCHED_BIT
        } else {
            0
        };
        Some(with_count(word | touched, count_of(word) + 1))
    }

    /// Drops a reference: by a thread that is not the owner, or by any thread once the word is merged.
    #[inline]
    pub fn subtract(&self) -> Dropped {
        // Release: see "Orderings".
        self.update(Ordering::Release, |word| {
            if is_immortal_word(word) {
                return (None, Dropped::Live);
            }
            let count = count_of(word);
            if word & MERGED_BIT == 0 {
                if count == 0 && word & QUEUED_BIT == 0 {
                    return (Some(word | QUEUED_BIT), Dropped::Queue);
                }
                return (Some(with_count(word, count - 1)), Dropped::Live);
            }
            debug_assert!(count > 0, "a reference dropped twice");
            let new = with_count(word, count - 1);
            if count == 1 && word & LIMBO_BIT == 0 {
                (Some(new | LIMBO_BIT), Dropped::Zero)
            } else {
                (Some(new), Dropped::Live)
            }
        })
    }

    /// Folds the owner's count into the word: at a local zero, at the owner's end, or in its place while it is claimed.
    /// The caller clears the local count and the object's owner.
    #[inline]
    pub fn merge(&self, local: u32) -> Merged {
        self.fold(local, false)
    }

    /// The same for an entry taken from the merge queue, whose reference ends here. `local` is 0 if the word was merged
    /// meanwhile.
    #[inline]
    pub fn merge_queued(&self, local: u32) -> Merged {
        self.fold(local, true)
    }

    #[inline]
    fn fold(&self, local: u32, queued: bool) -> Merged {
        // AcqRel: see "Orderings".
        self.update(Ordering::AcqRel, |word| {
            debug_assert!(word & DEAD_BIT == 0, "merge of a dead object");
            debug_assert!(
                word & MERGED_BIT == 0 || local == 0,
                "a local count after the merge"
            );
            let flags = if queued {
                (word & !QUEUED_BIT) | MERGED_BIT
            } else {
                word | MERGED_BIT
            };
            if is_immortal_word(word) || local == LocalCount::IMMORTAL {
                return (Some(with_count(flags, IMMORTAL)), Merged::Live);
            }
            let count = count_of(word) + i64::from(local) - i64::from(queued);
            debug_assert!(count >= 0, "fewer references than drops");
            let new = with_count(flags, count);
            if count == 0 && word & LIMBO_BIT == 0 {
                (Some(new | LIMBO_BIT), Merged::Zero)
            } else {
                (Some(new), Merged::Live)
            }
        })
    }

    /// Decides about an object of the caller's limbo list that has seen one whole handshake begin and end.
    #[inline]
    pub fn leave_limbo(&self) -> LimboExit {
        // AcqRel: Acquire for "Orderings"; Release so that a weak reference that finds LIMBO cleared finds the rest too.
        self.update(Ordering::AcqRel, |word| {
            debug_assert!(
                word & LIMBO_BIT != 0 && word & DEAD_BIT == 0,
                "not in limbo"
            );
            let cleared = word & !(LIMBO_BIT | TOUCHED_BIT);
            if count_of(word) != 0 {
                (Some(cleared), LimboExit::Lives)
            } else if word & TOUCHED_BIT != 0 {
                (Some(word & !TOUCHED_BIT), LimboExit::Again)
            } else {
                (Some(cleared | DEAD_BIT), LimboExit::Dead)
            }
        })
    }

    /// Adds a reference for a weak reference or a weak table. False if the object is claimed for destruction.
    ///
    /// The owner may count locally instead while the word is not merged: only the owner merges, and an unmerged object
    /// of a multi-threaded process is neither in limbo nor dead.
    #[inline]
    #[must_use]
    pub fn try_upgrade(&self) -> bool {
        // Relaxed: see "Orderings".
        self.update(Ordering::Relaxed, |word| {
            if word & DEAD_BIT != 0 {
                (None, false)
            } else {
                (Self::added(word), true)
            }
        })
    }

    /// As [`Self::try_upgrade`], but false as soon as the count was found to be zero: for a heap that destroys at zero
    /// instead of waiting in limbo.
    #[inline]
    #[must_use]
    pub fn try_upgrade_live(&self) -> bool {
        // Relaxed: see "Orderings".
        self.update(Ordering::Relaxed, |word| {
            if word & (DEAD_BIT | LIMBO_BIT) != 0 {
                (None, false)
            } else {
                (Self::added(word), true)
            }
        })
    }

    /// Sole-thread mode, local zero: sets LIMBO. True if the object was not in limbo, and the caller adds it to the list.
    #[inline]
    #[must_use]
    pub fn sole_enter_limbo(&self) -> bool {
        // Relaxed: there is one thread.
        let word = self.0.load(Ordering::Relaxed);
        if word & LIMBO_BIT != 0 || is_immortal_word(word) {
            return false;
        }
        self.0.store(word | LIMBO_BIT, Ordering::Relaxed);
        true
    }

    /// Sole-thread mode, after the local handshake: decides about an object whose local count is `local`.
    #[inline]
    pub fn sole_leave_limbo(&self, local: u32) -> LimboExit {
        // Relaxed: there is one thread.
        let word = self.0.load(Ordering::Relaxed);
        debug_assert!(word & LIMBO_BIT != 0, "not in limbo");
        let cleared = word & !(LIMBO_BIT | TOUCHED_BIT);
        let (new, exit) = if i64::from(local) + count_of(word) == 0 {
            (cleared | DEAD_BIT, LimboExit::Dead)
        } else {
            (cleared, LimboExit::Lives)
        };
        // Relaxed: there is one thread.
        self.0.store(new, Ordering::Relaxed);
        exit
    }

    /// World stopped, return to sole-thread mode: takes the shared count out of the word and gives the local count that
    /// holds all references. LIMBO stays; the queue's entry, if there is one, was merged before.
    pub fn fold_into_local_stopped(&self, local: u32) -> u32 {
        // Relaxed: the world is stopped; the stop and the resumption order this against every other thread.
        let word = self.0.load(Ordering::Relaxed);
        debug_assert!(word & QUEUED_BIT == 0, "merge queues are drained first");
        if is_immortal_word(word) || local == LocalCount::IMMORTAL {
            return LocalCount::IMMORTAL;
        }
        self.0
            .store(word & (LIMBO_BIT | DEAD_BIT), Ordering::Relaxed);
        let total = (i64::from(local) + count_of(word)).max(0);
        u32::try_from(total).unwrap_or(LocalCount::IMMORTAL)
    }

    /// World stopped: a collection has counted the object's references; they are all in this word now.
    pub fn recount_stopped(&self, references: u32) {
        // Relaxed: the world is stopped, as above.
        let word = self.0.load(Ordering::Relaxed) | MERGED_BIT;
        self.0
            .store(with_count(word, i64::from(references)), Ordering::Relaxed);
    }

    /// World stopped, or the one thread that a collection runs on: the object is garbage that the collector destroys.
    pub fn claim_stopped(&self) {
        // Relaxed: the world is stopped, as above.
        let word = self.0.load(Ordering::Relaxed);
        self.0.store(
            (word & !(LIMBO_BIT | TOUCHED_BIT)) | DEAD_BIT,
            Ordering::Relaxed,
        );
    }

    /// Makes the object immortal from now on, whatever its owner counts. Before it is visible to others, or world stopped.
    pub fn make_immortal(&self) {
        // Relaxed: nobody else writes now, by the contract above.
        let word = self.0.load(Ordering::Relaxed);
        self.0
            .store(with_count(word | MERGED_BIT, IMMORTAL), Ordering::Relaxed);
    }

    /// A look at the word; exact only when nobody else can change it.
    pub fn state(&self) -> SharedState {
        // Acquire: with the Release of the drops, so that an exact look also sees what led to it.
        let word = self.0.load(Ordering::Acquire);
        SharedState {
            count: word.cast_signed() >> SHIFT,
            merged: word & MERGED_BIT != 0,
            queued: word & QUEUED_BIT != 0,
            limbo: word & LIMBO_BIT != 0,
            touched: word & TOUCHED_BIT != 0,
            dead: word & DEAD_BIT != 0,
            immortal: is_immortal_word(word),
        }
    }

    /// True once the owner no longer counts locally.
    #[inline]
    pub fn is_merged(&self) -> bool {
        // Relaxed: the owner asks about its own merge; for others it is a hint.
        self.0.load(Ordering::Relaxed) & MERGED_BIT != 0
    }

    /// True while an entry of a limbo list exists.
    #[inline]
    pub fn is_in_limbo(&self) -> bool {
        // Relaxed: a hint; the transitions decide.
        self.0.load(Ordering::Relaxed) & LIMBO_BIT != 0
    }

    /// True once the object is claimed for destruction.
    #[inline]
    pub fn is_dead(&self) -> bool {
        // Relaxed: a hint; `try_upgrade` decides.
        self.0.load(Ordering::Relaxed) & DEAD_BIT != 0
    }
}

impl Default for SharedWord {
    fn default() -> Self {
        Self::new()
    }
}

/// What dropping a reference in the local count led to.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LocalDrop {
    /// The owner has more references, or the object is immortal.
    Live,
    /// The local count became zero: `merge(0)` next (or, in sole-thread mode, `sole_enter_limbo`).
    LocalZero,
}

/// The owner's part of the count. Plain adds and subtracts; atomic only so that others may look at it.
///
/// All accesses are Relaxed: one thread writes at a time, and hand-overs go through the thread's state word.
#[derive(Debug)]
#[repr(transparent)]
pub struct LocalCount(AtomicU32);

impl LocalCount {
    /// The local count of an object that is never destroyed.
    pub const IMMORTAL: u32 = u32::MAX;

    const_fn! {
        /// A local count of `count` references.
        #[inline]
        pub fn new(count: u32) -> Self {
            Self(AtomicU32::new(count))
        }
    }

    /// The count.
    #[inline]
    pub fn get(&self) -> u32 {
        // Relaxed: see the type.
        self.0.load(Ordering::Relaxed)
    }

    /// Sets the count: at a merge, a recount, a change of owner.
    #[inline]
    pub fn set(&self, count: u32) {
        // Relaxed: see the type.
        self.0.store(count, Ordering::Relaxed);
    }

    /// Adds a reference. The caller is the owner.
    #[inline]
    pub fn add(&self) {
        // Saturates to immortal without a branch on the hot path's result.
        self.set(self.get().saturating_add(1));
    }

    /// Drops a reference. The caller is the owner.
    #[inline]
    pub fn subtract(&self) -> LocalDrop {
        let count = self.get();
        if count == Self::IMMORTAL {
            return LocalDrop::Live;
        }
        debug_assert!(count > 0, "a reference dropped twice");
        self.set(count - 1);
        if count == 1 {
            LocalDrop::LocalZero
        } else {
            LocalDrop::Live
        }
    }

    /// True if the count no longer changes.
    #[inline]
    pub fn is_immortal(&self) -> bool {
        self.get() == Self::IMMORTAL
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn raw(count: i64, flags: u32) -> SharedWord {
        SharedWord(AtomicU32::new(with_count(flags, count)))
    }

    #[test]
    fn is_one_word() {
        assert_eq!(size_of::<SharedWord>(), 4);
        assert_eq!(size_of::<LocalCount>(), 4);
    }

    #[test]
    fn local_zero_then_limbo_then_dead() {
        let (local, shared) = (LocalCount::new(1), SharedWord::new());
        assert_eq!(local.subtract(), LocalDrop::LocalZero);
        assert_eq!(shared.merge(0), Merged::Zero);
        assert!(shared.is_merged() && shared.is_in_limbo());
        assert_eq!(shared.leave_limbo(), LimboExit::Dead);
        assert!(!shared.try_upgrade());
        assert!(shared.is_dead());
    }

    #[test]
    fn foreign_drop_below_zero_queues_once() {
        let shared = SharedWord::new();
        assert_eq!(shared.subtract(), Dropped::Queue);
        assert_eq!(shared.state().count, 0);
        assert_eq!(shared.subtract(), Dropped::Live);
        assert_eq!(shared.state().count, -1);
        // Two references were the owner's: one passed to the queue, one was dropped.
        assert_eq!(shared.merge_queued(2), Merged::Zero);
        assert!(!shared.state().queued);
    }

    #[test]
    fn local_zero_before_the_queue_is_drained() {
        let shared = SharedWord::new();
        shared.add();
        assert_eq!(shared.subtract(), Dropped::Live);
        assert_eq!(shared.subtract(), Dropped::Queue);
        // The owner had two: one dropped by itself, one passed to the queue.
        assert_eq!(shared.merge(1), Merged::Live);
        assert!(shared.state().queued && shared.state().merged);
        assert_eq!(shared.merge_queued(0), Merged::Zero);
    }

    #[test]
    fn touched_waits_once_more() {
        let shared = SharedWord::merged(1);
        assert_eq!(shared.subtract(), Dropped::Zero);
        shared.add();
        assert_eq!(shared.subtract(), Dropped::Live);
        assert_eq!(shared.leave_limbo(), LimboExit::Again);
        assert_eq!(shared.leave_limbo(), LimboExit::Dead);
    }

    #[test]
    fn a_reference_ends_limbo() {
        let shared = SharedWord::merged(1);
        assert_eq!(shared.subtract(), Dropped::Zero);
        assert!(shared.try_upgrade());
        assert_eq!(shared.leave_limbo(), LimboExit::Lives);
        assert_eq!(shared.subtract(), Dropped::Zero);
        assert_eq!(shared.leave_limbo(), LimboExit::Dead);
    }

    #[test]
    fn saturates_upward() {
        let shared = raw(IMMORTAL - 1, MERGED_BIT);
        shared.add();
        assert!(shared.state().immortal);
        shared.add();
        assert_eq!(shared.subtract(), Dropped::Live);
        assert!(shared.state().immortal);
        shared.recount_stopped(1);
        assert_eq!(shared.subtract(), Dropped::Zero);
    }

    #[test]
    fn saturates_downward_and_by_merge() {
        let shared = raw(LOWEST, QUEUED_BIT);
        assert_eq!(shared.subtract(), Dropped::Live);
        assert!(shared.state().immortal);
        let shared = SharedWord::new();
        assert_eq!(shared.merge(u32::MAX - 1), Merged::Live);
        assert!(shared.state().immortal && shared.is_merged());
        assert_eq!(SharedWord::new().merge(LocalCount::IMMORTAL), Merged::Live);
    }

    #[test]
    fn immortal_objects_ignore_counting() {
        let (local, shared) = (
            LocalCount::new(LocalCount::IMMORTAL),
            SharedWord::immortal(),
        );
        local.add();
        assert_eq!(local.subtract(), LocalDrop::Live);
        shared.add();
        assert_eq!(shared.subtract(), Dropped::Live);
        assert!(shared.try_upgrade());
        assert!(local.is_immortal() && shared.state().immortal);
    }

    #[test]
    fn sole_thread_mode() {
        let shared = SharedWord::new();
        assert!(shared.sole_enter_limbo());
        assert!(!shared.sole_enter_limbo());
        assert_eq!(shared.sole_leave_limbo(1), LimboExit::Lives);
        assert!(shared.sole_enter_limbo());
        assert_eq!(shared.sole_leave_limbo(0), LimboExit::Dead);
        assert!(!shared.try_upgrade());
    }

    #[test]
    fn folding_back_to_one_thread() {
        let shared = raw(3, MERGED_BIT | LIMBO_BIT);
        assert_eq!(shared.fold_into_local_stopped(0), 3);
        assert!(!shared.is_merged() && shared.is_in_limbo());
        let shared = raw(-2, 0);
        assert_eq!(shared.fold_into_local_stopped(5), 3);
    }
}
