//! Numbered handshakes and stop-the-world; used by the heap (limbo, retired storage), the collector, thread start and
//! exit, and invalidation.
//!
//! A handshake asks every registered thread to do a piece of work on itself once (turn the borrowed slots of its frames
//! into owned ones, move its young limbo list to old) and is complete when all have. Attached threads do it at their
//! next safepoint, detached threads are claimed and done by the requester. What a handshake makes free to reuse is told
//! in [`crate::qsbr`].
//!
//! # State
//!
//! | field | meaning |
//! |---|---|
//! | `registry` | the threads; its lock is also the right to request |
//! | `begun` | number of the newest handshake |
//! | `completed` | number of the newest complete one: `begun`, or `begun - 1` while one is in flight |
//! | `missing` | acknowledgements that the one in flight lacks, plus 1 while it is being requested |
//! | `running` | threads that a stop-the-world still waits for |
//!
//! **Invariant:** handshakes never overlap: n+1 begins only when `completed` is n, so a thread that sees its HANDSHAKE
//! bit reads its number in `begun`.
//!
//! **Invariant:** claims exist only while the registry's lock is held; a thread is registered and unregistered under it.
//! A thread that joins during a handshake counts as one that has acknowledged it.
//!
//! # Who may write what
//!
//! `registry`, `begun`: the holder of the registry's lock. `missing`, `running`: set by it, lowered by the threads.
//! `completed`: who lowers `missing` to zero, and a stop-the-world. A thread's own data (frames, lists): the thread while
//! attached, the holder of the lock while the thread is claimed or stopped.
//!
//! The registry's lock is taken by detached threads. An attached one uses `try_lock` ([`Handshakes::begin`]): if it is
//! taken, another request is under way that includes this thread.
//!
//! # Transitions
//!
//! - sole thread: [`Handshakes::alone`] -> `begun + 1`, converted, `completed = begun`, without lock or request
//! - request: [`Handshakes::begin`] -> `begun + 1`, HANDSHAKE set or claimed and converted
//! - acknowledge: [`Handshakes::safepoint`], [`Handshakes::detach`] -> converted, HANDSHAKE cleared, `missing - 1`
//! - complete: `missing` 1 -> 0 -> `completed = begun`, waiters woken
//! - stop: [`Handshakes::stop_the_world`] -> each thread STOPPED or CLAIMED; counts as a handshake of its own; dropping
//!   the [`World`] makes all DETACHED and wakes them
//!
//! # Orderings
//!
//! - AcqRel on `missing`: whoever completes has seen every thread's work; its Release store to `completed` with the
//!   Acquire in [`Handshakes::completed`]: whoever sees a handshake complete sees the work of all threads. The same for
//!   `running`.
//! - `begun` is Relaxed: written under the lock, published by the request bit (Release in `request_handshake`, Acquire
//!   in `requests`).
//!
//! # Reclamation
//!
//! The registry shares the threads' structures (`Arc`).
//!
//! # Model
//!
//! `loom-tests/tests/handshake.rs`: requester against attached and detached threads, exit and registration during a
//! handshake, stop-the-world, two requesters. `loom-tests/tests/qsbr.rs`: what may be freed when.

use crate::mutex::{Mutex, MutexGuard};
use crate::park::{self, Parked};
use crate::prim::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::thread_state::{Detach, Requested, Stop, ThreadWord};
use std::sync::Arc;
use std::time::Duration;

/// What the runtime's thread structure shows to this protocol.
pub trait Participant: Send + Sync {
    /// The thread's state and requests.
    fn word(&self) -> &ThreadWord;
    /// The thread runs, and something was just asked of it: it has to come to a safepoint soon.
    fn asked(&self) {}
}

impl Participant for ThreadWord {
    fn word(&self) -> &ThreadWord {
        self
    }
}

/// What a request for a handshake led to.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begin {
    /// Handshake with this number has begun; the requester answers it at its own next safepoint.
    Begun(u64),
    /// The handshake with this number is in flight: ask again when it is complete.
    InFlight(u64),
    /// Another thread holds the registry's lock: a request, a stop-the-world or a registration is under way.
    Busy,
}

/// The threads of a process and their handshakes.
#[derive(Debug)]
pub struct Handshakes<R: Participant> {
    registry: Mutex<Vec<Arc<R>>>,
    registered: AtomicUsize,
    begun: AtomicU64,
    completed: AtomicU64,
    missing: AtomicUsize,
    running: AtomicUsize,
}

impl<R: Participant> Handshakes<R> {
    const_fn! {
        /// No threads, no handshake yet.
        pub fn new() -> Self {
            Self {
                registry: Mutex::new(Vec::new()),
                registered: AtomicUsize::new(0),
                begun: AtomicU64::new(0),
                completed: AtomicU64::new(0),
                missing: AtomicUsize::new(0),
                running: AtomicUsize::new(0),
            }
        }
    }

    /// Adds a detached thread; returns how many there are now. Waits while a stop-the-world lasts.
    pub fn register(&self, thread: Arc<R>) -> usize {
        debug_assert!(!thread.word().is_attached());
        let mut registry = self.registry.lock();
        registry.with(|threads| {
            threads.push(thread);
            // Relaxed: exact under the lock, a hint elsewhere.
            self.registered.store(threads.len(), Ordering::Relaxed);
            threads.len()
        })
    }

    /// Removes a detached thread, whose frames are dropped and lists handed over; returns how many remain.
    pub fn unregister(&self, thread: &R) -> usize {
        debug_assert!(!thread.word().is_attached());
        let mut registry = self.registry.lock();
        registry.with(|threads| {
            threads.retain(|other| !std::ptr::eq(Arc::as_ptr(other), thread));
            // Relaxed: as in `register`.
            self.registered.store(threads.len(), Ordering::Relaxed);
            threads.len()
        })
    }

    /// How many threads are registered. A thread that reads 1 while attached, and is registered, is the only one until
    /// another one registers.
    pub fn registered(&self) -> usize {
        // Relaxed: a hint; who acts on it makes sure by other means (a new thread stops the world first).
        self.registered.load(Ordering::Relaxed)
    }

    /// The newest complete handshake.
    pub fn completed(&self) -> u64 {
        // Acquire: see "Orderings".
        self.completed.load(Ordering::Acquire)
    }

    /// The newest handshake that has begun.
    pub fn begun(&self) -> u64 {
        // Relaxed: see "Orderings".
        self.begun.load(Ordering::Relaxed)
    }

    /// Begins a handshake unless one is in flight. `convert` does the work for each claimed thread; it must not run
    /// Python code or wait. An attached caller is asked like the others, and answers at its next safepoint.
    pub fn begin(&self, mut convert: impl FnMut(&R, u64)) -> Begin {
        let Some(mut registry) = self.registry.try_lock() else {
            return Begin::Busy;
        };
        let number = self.begun() + 1;
        if self.completed() + 1 != number {
            return Begin::InFlight(number - 1);
        }
        // Relaxed: see "Orderings". The extra 1 keeps the handshake open until everybody has been asked.
        self.begun.store(number, Ordering::Relaxed);
        registry.with(|threads| {
            // Relaxed: published by the request bits.
            self.missing.store(threads.len() + 1, Ordering::Relaxed);
            for thread in threads.iter() {
                match thread.word().request_handshake() {
                    Requested::Claimed => {
                        convert(thread, number);
                        thread.word().release();
                        self.acknowledged();
                    }
                    Requested::Asked => thread.asked(),
                }
            }
        });
        self.acknowledged();
        Begin::Begun(number)
    }

    /// A whole handshake of the only thread, begun and completed by it at a safepoint; returns its number. `None` if there
    /// are others or one is in flight: then it is [`Handshakes::begin`] and [`Handshakes::safepoint`].
    ///
    /// `own` is attached and registered. No second thread can appear meanwhile: it registers in a stop-the-world, which
    /// waits for this thread, or is registered by it.
    #[inline]
    pub fn alone(&self, own: &R, mut convert: impl FnMut(&R, u64)) -> Option<u64> {
        let number = self.begun() + 1;
        if self.registered() != 1 || self.completed() + 1 != number {
            return None;
        }
        debug_assert!(own.word().is_attached());
        // Relaxed, Release: see "Orderings"; there is nobody to see it in between.
        self.begun.store(number, Ordering::Relaxed);
        convert(own, number);
        self.completed.store(number, Ordering::Release);
        Some(number)
    }

    /// One acknowledgement came in.
    fn acknowledged(&self) {
        // AcqRel: see "Orderings".
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            // Release: see "Orderings".
            self.completed.store(self.begun(), Ordering::Release);
            park::unpark_all(&self.completed);
        }
    }

    /// Waits, detached, until handshake `number` is complete; false if the time ran out first.
    #[must_use]
    pub fn wait_completed(&self, number: u64, timeout: Option<Duration>) -> bool {
        while self.completed() < number {
            match park::park(&self.completed, || self.completed() < number, timeout) {
                Parked::TimedOut => return self.completed() >= number,
                Parked::Woken | Parked::NotNeeded => {}
            }
        }
        true
    }

    /// Makes the calling thread, which is detached, able to touch objects; waits while it is claimed or stopped.
    pub fn attach(&self, own: &R) {
        own.word().attach();
    }

    /// Makes the calling thread, which is attached, unable to touch objects; answers a pending handshake first.
    pub fn detach(&self, own: &R, mut convert: impl FnMut(&R, u64)) {
        loop {
            match own.word().try_detach() {
                Detach::Detached => return,
                Detach::AcknowledgeFirst => self.acknowledge(own, &mut convert),
                Detach::GaveToStop => return self.stopped(),
            }
        }
    }

    /// The slow half of a poll of the calling thread, which is attached: acknowledges, stops, until nothing is asked of
    /// it but attention, which the caller looks at afterwards.
    #[cold]
    pub fn safepoint(&self, own: &R, mut convert: impl FnMut(&R, u64)) {
        loop {
            if own.word().requests().handshake {
                self.acknowledge(own, &mut convert);
            }
            match own.word().try_stop() {
                Stop::Stopped => {
                    self.stopped();
                    own.word().attach();
                }
                Stop::AcknowledgeFirst => {}
                Stop::NotAsked => return,
            }
        }
    }

    fn acknowledge(&self, own: &R, convert: &mut impl FnMut(&R, u64)) {
        convert(own, self.begun());
        own.word().acknowledge();
        self.acknowledged();
    }

    /// One thread less runs.
    fn stopped(&self) {
        // AcqRel: see "Orderings".
        if self.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            park::unpark_all(&self.running);
        }
    }

    /// Stops every other thread, and does `convert` for all, the caller included: a stop-the-world is a handshake.
    ///
    /// `own` is the caller if it is attached (it must be at a safepoint); a thread that is not registered, or is about to
    /// be, passes `None`. The world runs on when the result is dropped.
    pub fn stop_the_world<'a>(
        &'a self,
        own: Option<&'a R>,
        mut convert: impl FnMut(&R, u64),
    ) -> World<'a, R> {
        if let Some(own) = own {
            // Detached while it waits for the lock: another stop-the-world may be going on.
            self.detach(own, &mut convert);
        }
        let registry = self.registry.lock();
        if let Some(own) = own {
            // Not blocked: claims exist only under the lock, which is ours.
            own.word().attach();
        }
        let mut world = World {
            handshakes: self,
            own,
            registry,
        };
        let mut number = 0;
        world.registry.with(|threads| {
            // Relaxed: published by the request bits.
            self.running
                .store(others(threads, own).count(), Ordering::Relaxed);
            for thread in others(threads, own) {
                match thread.word().request_stop() {
                    Requested::Claimed => self.stopped(),
                    Requested::Asked => thread.asked(),
                }
            }
            // Acquire: see "Orderings".
            while self.running.load(Ordering::Acquire) != 0 {
                match park::park(
                    &self.running,
                    || self.running.load(Ordering::Acquire) != 0,
                    None,
                ) {
                    Parked::Woken | Parked::NotNeeded | Parked::TimedOut => {}
                }
            }
            // Everybody has acknowledged the handshake that was in flight: the others on their way to stop, the caller
            // when it detached.
            debug_assert_eq!(self.completed(), self.begun());
            number = self.begun() + 1;
            // Relaxed: see "Orderings".
            self.begun.store(number, Ordering::Relaxed);
        });
        world.for_each(|thread| convert(thread, number));
        // Release: see "Orderings".
        self.completed.store(number, Ordering::Release);
        park::unpark_all(&self.completed);
        world
    }
}

impl<R: Participant> Default for Handshakes<R> {
    fn default() -> Self {
        Self::new()
    }
}

/// The threads without `own`.
fn others<'a, R>(threads: &'a [Arc<R>], own: Option<&R>) -> impl Iterator<Item = &'a Arc<R>> {
    let own = own.map_or(std::ptr::null(), std::ptr::from_ref);
    threads
        .iter()
        .filter(move |thread| !std::ptr::eq(Arc::as_ptr(thread), own))
}

/// A stopped world: the holder may touch every thread's data. Dropping it lets the threads run on.
#[derive(Debug)]
pub struct World<'a, R: Participant> {
    handshakes: &'a Handshakes<R>,
    own: Option<&'a R>,
    registry: MutexGuard<'a, Vec<Arc<R>>>,
}

impl<R: Participant> World<'_, R> {
    /// Runs `f` on every registered thread, the holder included.
    pub fn for_each(&mut self, mut f: impl FnMut(&R)) {
        self.registry
            .with(|threads| threads.iter().for_each(|thread| f(thread)));
    }

    /// Adds a thread while the world is stopped; it can attach when the world runs on.
    pub fn register(&mut self, thread: Arc<R>) -> usize {
        let claimed = thread.word().request_stop();
        debug_assert_eq!(claimed, Requested::Claimed);
        self.registry.with(|threads| {
            threads.push(thread);
            // Relaxed: as in `Handshakes::register`.
            self.handshakes
                .registered
                .store(threads.len(), Ordering::Relaxed);
            threads.len()
        })
    }

    /// Removes every thread but the holder: after a fork, where the others do not exist.
    pub fn forget_others(&mut self) {
        let own = self.own;
        self.registry.with(|threads| {
            threads.retain(|thread| own.is_some_and(|own| std::ptr::eq(Arc::as_ptr(thread), own)));
            // Relaxed: as in `Handshakes::register`.
            self.handshakes
                .registered
                .store(threads.len(), Ordering::Relaxed);
        });
    }
}

impl<R: Participant> Drop for World<'_, R> {
    fn drop(&mut self) {
        let own = self.own;
        self.registry
            .with(|threads| others(threads, own).for_each(|thread| thread.word().release()));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    fn thread(handshakes: &Handshakes<ThreadWord>) -> Arc<ThreadWord> {
        let word = Arc::new(ThreadWord::new());
        handshakes.register(Arc::clone(&word));
        word
    }

    #[test]
    fn alone_it_completes_at_the_own_safepoint() {
        let handshakes = Handshakes::new();
        let own = thread(&handshakes);
        handshakes.attach(&own);
        assert_eq!(
            handshakes.begin(|_, _| panic!("nobody is detached")),
            Begin::Begun(1)
        );
        assert_eq!(handshakes.begin(|_, _| {}), Begin::InFlight(1));
        assert_eq!(handshakes.completed(), 0);
        let mut answered = 0;
        handshakes.safepoint(&own, |_, number| answered = number);
        assert_eq!((answered, handshakes.completed()), (1, 1));
        assert!(handshakes.wait_completed(1, None));
        assert!(!own.poll());
    }

    #[test]
    fn detached_threads_are_claimed() {
        let handshakes = Handshakes::new();
        let own = thread(&handshakes);
        let other = thread(&handshakes);
        handshakes.attach(&own);
        let mut converted = Vec::new();
        assert_eq!(
            handshakes.begin(|thread, number| converted.push((std::ptr::from_ref(thread), number))),
            Begin::Begun(1)
        );
        assert_eq!(converted, [(Arc::as_ptr(&other), 1)]);
        handshakes.detach(&own, |_, _| {});
        assert_eq!(handshakes.completed(), 1);
        assert_eq!(handshakes.unregister(&other), 1);
        assert_eq!(handshakes.registered(), 1);
    }

    #[test]
    fn waiting_times_out() {
        let handshakes = Handshakes::new();
        let own = thread(&handshakes);
        handshakes.attach(&own);
        assert_eq!(handshakes.begin(|_, _| {}), Begin::Begun(1));
        assert!(!handshakes.wait_completed(1, Some(Duration::from_millis(1))));
    }

    #[test]
    fn the_world_stops_and_runs_on() {
        let handshakes = Handshakes::new();
        let own = thread(&handshakes);
        let other = thread(&handshakes);
        let (ready, done, inside) = (
            AtomicBool::new(false),
            AtomicBool::new(false),
            AtomicBool::new(false),
        );
        std::thread::scope(|scope| {
            scope.spawn(|| {
                handshakes.attach(&other);
                ready.store(true, Ordering::SeqCst);
                while !done.load(Ordering::SeqCst) {
                    inside.store(true, Ordering::SeqCst);
                    inside.store(false, Ordering::SeqCst);
                    if other.poll() {
                        handshakes.safepoint(&other, |_, _| {});
                    }
                }
                handshakes.detach(&other, |_, _| {});
            });
            while !ready.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            handshakes.attach(&own);
            for number in 1..100 {
                let mut seen = 0;
                let mut world = handshakes.stop_the_world(Some(&own), |_, _| seen += 1);
                assert!(!inside.load(Ordering::SeqCst));
                world.for_each(|thread| {
                    assert_eq!(
                        thread.is_attached(),
                        std::ptr::eq(thread, Arc::as_ptr(&own))
                    )
                });
                assert_eq!(seen, 2);
                drop(world);
                assert_eq!(handshakes.completed(), number);
            }
            done.store(true, Ordering::SeqCst);
            handshakes.detach(&own, |_, _| {});
        });
    }

    #[test]
    fn a_sole_thread_needs_nobody() {
        let handshakes = Handshakes::new();
        let own = thread(&handshakes);
        handshakes.attach(&own);
        let mut seen = Vec::new();
        for number in 1..=3 {
            assert_eq!(handshakes.alone(&own, |_, n| seen.push(n)), Some(number));
            assert_eq!(handshakes.completed(), number);
        }
        let other = thread(&handshakes);
        assert_eq!(handshakes.alone(&own, |_, n| seen.push(n)), None);
        assert_eq!(seen, [1, 2, 3]);
        handshakes.unregister(&other);
        assert_eq!(handshakes.alone(&own, |_, n| seen.push(n)), Some(4));
    }

    #[test]
    fn a_new_thread_stops_the_world_and_joins() {
        let handshakes = Handshakes::new();
        let first = thread(&handshakes);
        let second = Arc::new(ThreadWord::new());
        let mut world = handshakes.stop_the_world(None, |_, _| {});
        assert_eq!(world.register(Arc::clone(&second)), 2);
        drop(world);
        handshakes.attach(&second);
        handshakes.attach(&first);
        let mut world = handshakes.stop_the_world_for_test(&first, &second);
        world.forget_others();
        drop(world);
        assert_eq!(handshakes.registered(), 1);
    }

    impl Handshakes<ThreadWord> {
        /// Stops the world while `other`, driven by this thread too, is detached.
        fn stop_the_world_for_test<'a>(
            &'a self,
            own: &'a ThreadWord,
            other: &ThreadWord,
        ) -> World<'a, ThreadWord> {
            self.detach(other, |_, _| {});
            self.stop_the_world(Some(own), |_, _| {})
        }
    }
}
