//! The words of bytecode that change while it runs: instruction words, inline-cache words, hot counts; used by the
//! interpreter of every thread at once.
//!
//! # State
//!
//! | word | bits | meaning |
//! |---|---|---|
//! | [`InstrWord`] | 0-7 opcode, 8-63 operands | the operands never change; the opcode changes within its family |
//! | [`CacheWord`] | 32-63 version, 0-31 payload | version 0: empty |
//! | [`HotCount`] | the count | runs down to zero, then says so once |
//!
//! # Who may write what
//!
//! Any thread, at any time.
//!
//! # Transitions
//!
//! - specialize, unspecialize: [`InstrWord::replace_opcode`], a compare-and-swap on the whole word
//! - fill, clear: [`CacheWord::fill`], [`CacheWord::clear`], plain stores; the last one wins
//! - [`HotCount::count`]: down by one; at zero, the thread that takes it there starts a recording and sets the next
//!   distance
//!
//! # Orderings
//!
//! All Relaxed. An instruction word publishes nothing: the specialized handler does not trust the opcode, it looks at the
//! cache word. A cache word validates itself: version and payload are one word, the version is compared with that of the
//! object at hand, and a version is never reused, so a stale or early word is at worst a miss. The payload is an index or
//! a kind, not a pointer: what it leads to is reached from the object, by acquiring loads.
//!
//! Lost counts of a `HotCount` only delay a recording.
//!
//! # Reclamation
//!
//! The words live in the code object.
//!
//! # Model
//!
//! `loom-tests/tests/code_word.rs`: fill against look-up, two specializers, change of the type against fill and look-up.

use crate::prim::atomic::{AtomicU32, AtomicU64, Ordering};

const OPCODE_MASK: u64 = 0xff;

/// What an attempt to change an opcode led to.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Specialized {
    /// The word has the new opcode.
    Done,
    /// Another thread changed it first; this is its opcode.
    Lost(u8),
}

/// One instruction.
#[derive(Debug)]
#[repr(transparent)]
pub struct InstrWord(AtomicU64);

impl InstrWord {
    const_fn! {
        /// The word of an instruction.
        #[inline]
        pub fn new(word: u64) -> Self {
            Self(AtomicU64::new(word))
        }
    }

    /// The whole word: a handler decodes it once and passes it on.
    #[inline(always)]
    pub fn load(&self) -> u64 {
        // Relaxed: see "Orderings".
        self.0.load(Ordering::Relaxed)
    }

    /// Replaces the opcode of an instruction that was seen as `word`.
    pub fn replace_opcode(&self, word: u64, opcode: u8) -> Specialized {
        let new = word & !OPCODE_MASK | u64::from(opcode);
        // Relaxed: see "Orderings".
        match self
            .0
            .compare_exchange(word, new, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => Specialized::Done,
            Err(now) => Specialized::Lost((now & OPCODE_MASK) as u8),
        }
    }
}

/// One inline-cache entry.
#[derive(Debug)]
#[repr(transparent)]
pub struct CacheWord(AtomicU64);

/// The contents of a cache word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CacheEntry {
    /// The version under which the payload holds; 0 is none.
    pub version: u32,
    /// Kind, slot or index.
    pub payload: u32,
}

impl CacheWord {
    const_fn! {
        /// An empty entry.
        #[inline]
        pub fn new() -> Self {
            Self(AtomicU64::new(0))
        }
    }

    /// The entry.
    #[inline(always)]
    pub fn load(&self) -> CacheEntry {
        // Relaxed: see "Orderings".
        let word = self.0.load(Ordering::Relaxed);
        CacheEntry {
            version: (word >> 32) as u32,
            payload: word as u32,
        }
    }

    /// The payload, if the entry was filled under `version`, which is not 0.
    #[inline(always)]
    pub fn look_up(&self, version: u32) -> Option<u32> {
        debug_assert!(version != 0, "things without a version are not cached");
        let entry = self.load();
        (entry.version == version).then_some(entry.payload)
    }

    /// Fills the entry. The version was read before what the payload says was looked up.
    #[inline]
    pub fn fill(&self, version: u32, payload: u32) {
        // Relaxed: see "Orderings".
        self.0.store(
            u64::from(version) << 32 | u64::from(payload),
            Ordering::Relaxed,
        );
    }

    /// Empties the entry.
    #[inline]
    pub fn clear(&self) {
        self.fill(0, 0);
    }
}

impl Default for CacheWord {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts down executions of an anchor or of an unspecialized instruction.
#[derive(Debug)]
#[repr(transparent)]
pub struct HotCount(AtomicU32);

impl HotCount {
    /// A count that never reports.
    pub const NEVER: u32 = u32::MAX;

    const_fn! {
        /// Reports after `distance` executions.
        #[inline]
        pub fn new(distance: u32) -> Self {
            Self(AtomicU32::new(distance))
        }
    }

    /// Counts one execution; true when the distance is used up. The caller then sets the next one.
    #[inline(always)]
    #[must_use]
    pub fn count(&self) -> bool {
        // Relaxed: see "Orderings". Load and store, not a read-modify-write: this is on the path of every loop.
        let left = self.0.load(Ordering::Relaxed);
        if left == Self::NEVER {
            return false;
        }
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        left <= 1
    }

    /// Sets the distance to the next report ([`HotCount::NEVER`]: none).
    pub fn set(&self, distance: u32) {
        // Relaxed: see "Orderings".
        self.0.store(distance, Ordering::Relaxed);
    }

    /// What is left.
    pub fn get(&self) -> u32 {
        // Relaxed: see "Orderings".
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn opcodes_change_and_operands_stay() {
        let word = InstrWord::new(0x1234_5678_9abc_de07);
        assert_eq!(word.replace_opcode(word.load(), 9), Specialized::Done);
        assert_eq!(word.load(), 0x1234_5678_9abc_de09);
        assert_eq!(
            word.replace_opcode(0x1234_5678_9abc_de07, 8),
            Specialized::Lost(9)
        );
    }

    #[test]
    fn entries_hold_under_their_version_only() {
        let word = CacheWord::new();
        assert_eq!(word.look_up(3), None);
        word.fill(3, u32::MAX);
        assert_eq!(word.look_up(3), Some(u32::MAX));
        assert_eq!(word.look_up(4), None);
        word.clear();
        assert_eq!(
            word.load(),
            CacheEntry {
                version: 0,
                payload: 0
            }
        );
    }

    #[test]
    fn hot_counts_report() {
        let count = HotCount::new(3);
        assert_eq!(
            [count.count(), count.count(), count.count()],
            [false, false, true]
        );
        count.set(HotCount::NEVER);
        assert!(!count.count());
        assert_eq!(count.get(), HotCount::NEVER);
    }
}
