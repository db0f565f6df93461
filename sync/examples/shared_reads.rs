//! What a thread pays for a load of a reference to another thread's object and the drop that follows it: counted in the
//! object's shared word, or deferred (the word is copied, nothing is counted).
//!
//! `cargo run --release -p pirn-sync --example shared_reads -- THREADS`

use pirn_sync::biased_count::{Dropped, LocalCount, SharedWord};
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 2_000_000;
const REPEATS: usize = 5;

/// One cache line for each object, so that only the counts of one object share a line.
#[repr(align(128))]
struct Object {
    local: LocalCount,
    shared: SharedWord,
    word: u64,
}

impl Object {
    fn new() -> Object {
        Object {
            local: LocalCount::new(1),
            shared: SharedWord::new(),
            word: 1,
        }
    }
}

/// The shortest time that a load and drop took on average, with `threads` threads at work.
fn measure(threads: usize, work: impl Fn(usize) + Sync) -> f64 {
    let mut best = Duration::MAX;
    for _ in 0..REPEATS {
        let start = Barrier::new(threads);
        let slowest = std::thread::scope(|s| {
            let all: Vec<_> = (0..threads)
                .map(|t| {
                    let (start, work) = (&start, &work);
                    s.spawn(move || {
                        start.wait();
                        let begin = Instant::now();
                        (0..ROUNDS).for_each(|_| work(t));
                        begin.elapsed()
                    })
                })
                .collect();
            all.into_iter()
                .map(|t| t.join().expect("no panic"))
                .max()
                .unwrap_or_default()
        });
        best = best.min(slowest);
    }
    best.as_nanos() as f64 / f64::from(ROUNDS)
}

fn main() {
    let threads = std::env::args()
        .nth(1)
        .and_then(|a| a.parse().ok())
        .unwrap_or(2);
    let objects: Vec<Object> = (0..threads).map(|_| Object::new()).collect();
    // A reference in the heap, so that no drop finds zero.
    objects.iter().for_each(|o| o.shared.add());
    let counted = |o: &Object| {
        o.shared.add();
        black_box(o.word);
        assert_eq!(o.shared.subtract(), Dropped::Live);
    };
    let local = |o: &Object| {
        o.local.add();
        black_box(o.word);
        let _ = black_box(o.local.subtract());
    };
    let deferred = |o: &Object| {
        let w = black_box(std::ptr::from_ref(o) as u64 | 4);
        black_box(o.word);
        black_box(w & 7 == 0);
    };
    println!("threads: {threads}; nanoseconds for a load and a drop");
    println!(
        "owner's count      {:7.2}",
        measure(1, |_| local(&objects[0]))
    );
    println!(
        "deferred           {:7.2}",
        measure(threads, |_| deferred(&objects[0]))
    );
    println!(
        "counted, own word  {:7.2}",
        measure(threads, |t| counted(&objects[t]))
    );
    println!(
        "counted, one word  {:7.2}",
        measure(threads, |_| counted(&objects[0]))
    );
}
