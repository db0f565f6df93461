//! The state of a thread and what is asked of it, in one word that is also its poll word; used by [`crate::handshake`],
//! the interpreter's polls and compiled code.
//!
//! # State
//!
//! Bits 0-1: the state. Bit 2: HANDSHAKE, bit 3: STOP. Bits 8-31: attention bits of the runtime (signals, pending calls,
//! recording), which this file only carries. An attached thread of which nothing is asked has the word 0, so a poll is
//! one comparison with zero.
//!
//! | state | HANDSHAKE | STOP | meaning |
//! |---|---|---|---|
//! | ATTACHED | any | any | runs Python code; requests are answered at its next safepoint |
//! | DETACHED | 0 | 0 | does not touch objects; may be claimed |
//! | CLAIMED | 0 | 0 | a requester works on the thread's frames and lists; re-attaching waits |
//! | STOPPED | 0 | 0 | the thread itself waits in a safepoint for the end of a stop-the-world |
//!
//! # Who may write what
//!
//! - ATTACHED, STOPPED: only the thread itself leaves ATTACHED; only the holder of the registry's lock ends STOPPED.
//! - DETACHED: left by the thread (attach) or by the holder of the registry's lock (claim); a compare-and-swap decides.
//! - CLAIMED: entered and left by the holder of the registry's lock; a thread that detaches while STOP is asked enters
//!   it in the requester's name.
//! - HANDSHAKE, STOP: set by the holder of the registry's lock, only on ATTACHED; cleared by the thread.
//! - attention bits: set by anybody, taken by the thread.
//!
//! # Transitions
//!
//! - DETACHED -> ATTACHED: [`ThreadWord::try_attach`]
//! - ATTACHED -> DETACHED: [`ThreadWord::try_detach`], only without HANDSHAKE (acknowledge first)
//! - ATTACHED+STOP -> CLAIMED: `try_detach`; -> STOPPED: `try_stop`
//! - DETACHED -> CLAIMED, or ATTACHED -> ATTACHED+HANDSHAKE: `request_handshake`; with STOP: `request_stop`
//! - ATTACHED+HANDSHAKE -> ATTACHED: `acknowledge`
//! - CLAIMED, STOPPED -> DETACHED: `release`
//!
//! Because the requests are bits of the state's own word, a thread cannot detach past a request that it has not seen:
//! one of the two compare-and-swaps fails.
//!
//! # Orderings
//!
//! - Release in `try_detach`/`try_stop` with Acquire in `request_*`: the requester sees the thread's frames and lists.
//! - Release in `release` with Acquire in `try_attach`: the thread sees what the requester did to them.
//! - Release in `request_handshake` with Acquire in `requests`: the thread sees the handshake's number.
//! - Release in `acknowledge`; its partner is the count of missing acknowledgements in `handshake.rs`.
//! - `poll` is Relaxed: it only decides whether to take the slow path, which loads again with Acquire. A request is seen
//!   late at worst, and nothing happens before it is answered.
//!
//! # Reclamation
//!
//! The word lives in the thread's structure, which the registry shares; it is unregistered before it is freed.
//!
//! # Model
//!
//! `loom-tests/tests/handshake.rs`: claim against attach, detach against request, stop-the-world against both.

use crate::park::{self, Parked};
use crate::prim::atomic::{AtomicU32, Ordering};

const STATE_MASK: u32 = 0b11;
const ATTACHED: u32 = 0b00;
const DETACHED: u32 = 0b01;
const CLAIMED: u32 = 0b10;
const STOPPED: u32 = 0b11;
/// A handshake waits for this thread's acknowledgement.
const HANDSHAKE_BIT: u32 = 0b0100;
/// A stop-the-world waits for this thread.
const STOP_BIT: u32 = 0b1000;
/// The first attention bit.
const ATTENTION_SHIFT: u32 = 8;

/// What an attempt to attach led to.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attach {
    /// The thread may touch objects.
    Attached,
    /// A requester has claimed or stopped the thread.
    Blocked,
}

/// What an attempt to detach led to.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detach {
    /// The thread may wait.
    Detached,
    /// A handshake came first: acknowledge it, then detach again.
    AcknowledgeFirst,
    /// Detached, and given to a stop-the-world, whose count of missing threads the caller lowers.
    GaveToStop,
}

/// What a request to another thread led to.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Requested {
    /// It was detached and belongs to the requester until released.
    Claimed,
    /// It is attached and will answer.
    Asked,
}

/// What a safepoint that was asked to stop did.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// The state is STOPPED; the caller lowers the count of missing threads and attaches again.
    Stopped,
    /// A handshake came first.
    AcknowledgeFirst,
    /// Nobody asked.
    NotAsked,
}

/// What is asked of a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Requests {
    /// A handshake waits for an acknowledgement.
    pub handshake: bool,
    /// A stop-the-world waits.
    pub stop: bool,
    /// The runtime's attention bits, shifted down to bit 0.
    pub attention: u32,
}

/// State and requests of one thread.
#[derive(Debug)]
#[repr(transparent)]
pub struct ThreadWord(AtomicU32);

impl ThreadWord {
    const_fn! {
        /// The word of a detached thread.
        pub fn new() -> Self {
            Self(AtomicU32::new(DETACHED))
        }
    }

    /// True if the thread (attached, the caller) has something to answer.
    #[inline(always)]
    pub fn poll(&self) -> bool {
        // Relaxed: see "Orderings".
        self.0.load(Ordering::Relaxed) != 0
    }

    /// What is asked of the thread.
    pub fn requests(&self) -> Requests {
        // Acquire: with the Release of `request_handshake`.
        let word = self.0.load(Ordering::Acquire);
        Requests {
            handshake: word & HANDSHAKE_BIT != 0,
            stop: word & STOP_BIT != 0,
            attention: word >> ATTENTION_SHIFT,
        }
    }

    /// Sets attention bits (numbered from 0, at most 24).
    pub fn request_attention(&self, bits: u32) {
        debug_assert!(bits < 1 << (32 - ATTENTION_SHIFT));
        // Release: with the Acquire of `take_attention`, for what the bits announce.
        self.0.fetch_or(bits << ATTENTION_SHIFT, Ordering::Release);
    }

    /// Takes those attention bits of `mask` that are set.
    pub fn take_attention(&self, mask: u32) -> u32 {
        // Acquire: with the Release of `request_attention`.
        (self
            .0
            .fetch_and(!(mask << ATTENTION_SHIFT), Ordering::Acquire)
            >> ATTENTION_SHIFT)
            & mask
    }

    /// True while the thread itself may touch objects.
    pub fn is_attached(&self) -> bool {
        // Relaxed: exact for the thread itself; a hint for others.
        self.0.load(Ordering::Relaxed) & STATE_MASK == ATTACHED
    }

    /// Replaces the word by `next(word)` unless that is `None`; returns the outcome.
    fn update<R>(&self, success: Ordering, next: impl Fn(u32) -> (Option<u32>, R)) -> R {
        // Acquire: a transition that changes nothing still reports a state, and the caller acts on it.
        let mut word = self.0.load(Ordering::Acquire);
        loop {
            let (new, result) = next(word);
            let Some(new) = new else { return result };
            // The ordering of success is the caller's; Acquire on failure as above.
            match self
                .0
                .compare_exchange_weak(word, new, success, Ordering::Acquire)
            {
                Ok(_) => return result,
                Err(now) => word = now,
            }
        }
    }

    /// Attaches, unless a requester holds the thread.
    pub fn try_attach(&self) -> Attach {
        // Acquire: with the Release of `release`.
        self.update(Ordering::Acquire, |word| match word & STATE_MASK {
            DETACHED => (Some(word & !STATE_MASK | ATTACHED), Attach::Attached),
            CLAIMED | STOPPED => (None, Attach::Blocked),
            _ => {
                debug_assert!(false, "attached twice");
                (None, Attach::Attached)
            }
        })
    }

    /// Attaches, waiting for the requester that holds the thread.
    pub fn attach(&self) {
        while self.try_attach() == Attach::Blocked {
            let held = || {
                matches!(
                    self.0.load(Ordering::Acquire) & STATE_MASK,
                    CLAIMED | STOPPED
                )
            };
            match park::park(self, held, None) {
                Parked::Woken | Parked::NotNeeded | Parked::TimedOut => {}
            }
        }
    }

    /// Detaches the calling thread.
    pub fn try_detach(&self) -> Detach {
        // Release: with the Acquire of `request_*`.
        self.update(Ordering::Release, |word| {
            debug_assert!(word & STATE_MASK == ATTACHED, "detached twice");
            if word & HANDSHAKE_BIT != 0 {
                (None, Detach::AcknowledgeFirst)
            } else if word & STOP_BIT != 0 {
                (
                    Some(word & !(STATE_MASK | STOP_BIT) | CLAIMED),
                    Detach::GaveToStop,
                )
            } else {
                (Some(word & !STATE_MASK | DETACHED), Detach::Detached)
            }
        })
    }

    /// At a safepoint of the calling thread: stops if asked to.
    pub(crate) fn try_stop(&self) -> Stop {
        // Release: with the Acquire of `request_stop`'s caller, through the count of missing threads.
        self.update(Ordering::Release, |word| {
            if word & HANDSHAKE_BIT != 0 {
                (None, Stop::AcknowledgeFirst)
            } else if word & STOP_BIT != 0 {
                (
                    Some(word & !(STATE_MASK | STOP_BIT) | STOPPED),
                    Stop::Stopped,
                )
            } else {
                (None, Stop::NotAsked)
            }
        })
    }

    /// Registry's lock held: claims the thread, or asks it to acknowledge.
    pub(crate) fn request_handshake(&self) -> Requested {
        self.request(HANDSHAKE_BIT)
    }

    /// Registry's lock held: claims the thread, or asks it to stop.
    pub(crate) fn request_stop(&self) -> Requested {
        self.request(STOP_BIT)
    }

    fn request(&self, bit: u32) -> Requested {
        // AcqRel: Acquire with `try_detach`, Release for the number of the handshake.
        self.update(Ordering::AcqRel, |word| match word & STATE_MASK {
            ATTACHED => (Some(word | bit), Requested::Asked),
            state => {
                debug_assert!(
                    state == DETACHED,
                    "claims end before the registry's lock is released"
                );
                (Some(word & !STATE_MASK | CLAIMED), Requested::Claimed)
            }
        })
    }

    /// Clears HANDSHAKE. The calling thread has done what the handshake asks for.
    pub(crate) fn acknowledge(&self) {
        // Release: see "Orderings".
        let before = self.0.fetch_and(!HANDSHAKE_BIT, Ordering::Release);
        debug_assert!(
            before & HANDSHAKE_BIT != 0,
            "an acknowledgement that nobody waits for"
        );
    }

    /// Registry's lock held: gives a claimed or stopped thread back to itself.
    pub(crate) fn release(&self) {
        // Release: with the Acquire of `try_attach`.
        self.update(Ordering::Release, |word| {
            debug_assert!(
                matches!(word & STATE_MASK, CLAIMED | STOPPED),
                "released twice"
            );
            (Some(word & !STATE_MASK | DETACHED), ())
        });
        park::unpark_all(self);
    }
}

impl Default for ThreadWord {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn attached_and_idle_is_zero() {
        let word = ThreadWord::new();
        assert!(word.poll());
        assert_eq!(word.try_attach(), Attach::Attached);
        assert!(!word.poll() && word.is_attached());
        assert_eq!(word.try_detach(), Detach::Detached);
    }

    #[test]
    fn a_request_blocks_detaching_until_acknowledged() {
        let word = ThreadWord::new();
        word.attach();
        assert_eq!(word.request_handshake(), Requested::Asked);
        assert!(word.poll() && word.requests().handshake);
        assert_eq!(word.try_detach(), Detach::AcknowledgeFirst);
        assert_eq!(word.try_stop(), Stop::AcknowledgeFirst);
        word.acknowledge();
        assert_eq!(word.try_stop(), Stop::NotAsked);
        assert_eq!(word.try_detach(), Detach::Detached);
    }

    #[test]
    fn claimed_and_stopped_threads_wait() {
        let word = ThreadWord::new();
        assert_eq!(word.request_stop(), Requested::Claimed);
        assert_eq!(word.try_attach(), Attach::Blocked);
        word.release();
        word.attach();
        assert_eq!(word.request_stop(), Requested::Asked);
        assert_eq!(word.try_stop(), Stop::Stopped);
        assert_eq!(word.try_attach(), Attach::Blocked);
        word.release();
        word.attach();
        assert_eq!(word.request_stop(), Requested::Asked);
        assert_eq!(word.try_detach(), Detach::GaveToStop);
        assert_eq!(word.try_attach(), Attach::Blocked);
    }

    #[test]
    fn attention_bits_survive_transitions() {
        let word = ThreadWord::new();
        word.request_attention(0b101);
        word.attach();
        assert!(word.poll());
        assert_eq!(word.take_attention(0b001), 0b001);
        assert_eq!(word.requests().attention, 0b100);
        assert_eq!(word.try_detach(), Detach::Detached);
        word.attach();
        assert_eq!(word.take_attention(0b110), 0b100);
        assert!(!word.poll());
    }
}
