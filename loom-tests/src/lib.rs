//! Helpers of the loom models in `tests/`, one file per protocol of `pirn-sync`.
//!
//! Without `cfg(loom)` the models compile to nothing. To run them:
//! `RUSTFLAGS="--cfg loom" cargo test --release -p pirn-loom-tests --target-dir target-loom`.
//!
//! # How the models are written
//!
//! Two or three threads, a few operations each. Waiting in a loop multiplies the schedules, so a thread that would wait
//! for a flag tests it once and gives up otherwise: some schedule finds it set. Memory that a protocol protects is a
//! [`pirn_sync::prim::UnsafeCell`], whose accesses loom checks for races; destruction is a write to it.
//!
//! Each model's head comment says what was broken on purpose to see it fail, and what loom then reported. loom treats
//! SeqCst accesses as AcqRel, does not show load buffering, and knows no time.

#[cfg(loom)]
mod model {
    use pirn_sync::prim::UnsafeCell;

    /// Runs `scenario` under every schedule with at most `preemptions` preemptions.
    pub fn model(preemptions: usize, scenario: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(preemptions);
        builder.check(scenario);
    }

    /// Memory that a protocol protects.
    #[derive(Default)]
    pub struct Memory(UnsafeCell<bool>);

    // SAFETY: the models exist to let loom check that the accesses do not race; the cell itself is loom's.
    unsafe impl Sync for Memory {}

    impl Memory {
        /// Memory in use.
        pub fn new() -> Self {
            Self(UnsafeCell::new(false))
        }

        /// A use by a reader.
        pub fn read(&self) {
            // SAFETY: loom reports a concurrent write before the pointer is used.
            self.0
                .with(|freed| assert!(!unsafe { *freed }, "read after free"));
        }

        /// A use by the one who may write.
        pub fn write(&self) {
            // SAFETY: loom reports a concurrent access before the pointer is used.
            self.0
                .with_mut(|freed| assert!(!unsafe { *freed }, "write after free"));
        }

        /// Destruction.
        pub fn free(&self) {
            // SAFETY: loom reports a concurrent access before the pointer is used.
            self.0.with_mut(|freed| {
                assert!(
                    !std::mem::replace(unsafe { &mut *freed }, true),
                    "freed twice"
                )
            });
        }
    }
}

#[cfg(loom)]
pub use model::{Memory, model};
