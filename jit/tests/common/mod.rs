//! A toy world for the IR interpreter, and the comparison of a trace with its optimized form.
//!
//! The world is deterministic: what memory holds before it is written, what helpers return and which shape an object has
//! are functions of the address or the arguments. It logs what a program could see.

use pirn_jit::interp::{Left, Rebuilt, RebuiltFrame, World, run};
use pirn_jit::ir::desc::{Env, HelperId};
use pirn_jit::ir::snapshot::Snapshot;
use pirn_jit::ir::trace::Trace;
use pirn_jit::ir::types::word;
use std::collections::{BTreeMap, HashMap};

/// Instructions that one run may take; a longer loop is compared up to here only if both run out.
const FUEL: usize = 20_000;
/// Rounds after which a poll has something to answer.
const POLLS: u32 = 50;

/// Something that a program or another thread can see.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    Store(u64, u8, u64),
    Count(u64, i32),
    Lock(u64, bool),
    Call(u32, Vec<u64>),
}

#[derive(Clone, Default)]
pub struct Toy {
    seed: u64,
    pub slots: BTreeMap<u16, u64>,
    memory: HashMap<u64, u64>,
    new_objects: u64,
    polls: u32,
    /// Helpers that nobody sees.
    pure_helpers: Vec<bool>,
    pub events: Vec<Event>,
}

/// A mixing function; equal inputs give equal outputs.
fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    n ^ (n >> 29)
}

impl Toy {
    /// A world whose slots hold ints, floats and objects as the seed says.
    pub fn new(seed: u64) -> Toy {
        Toy {
            seed,
            ..Toy::default()
        }
    }

    /// The word of an int that varies with the seed: small, at the limits, or anything.
    fn some_int(&self, n: u64) -> u64 {
        let n = mix(n);
        word::from_int(match n % 4 {
            0 => (n >> 8) as i64 % 8,
            1 => -((n >> 8) as i64 % 100),
            2 => word::INT_MAX - ((n >> 8) as i64 & 3),
            _ => (n as i64) >> 1,
        })
    }
}

impl World for Toy {
    fn slot(&mut self, slot: u16) -> u64 {
        let seeded = mix(self.seed ^ (u64::from(slot) << 32));
        *self
            .slots
            .entry(slot)
            .or_insert_with(|| match (slot / 10, self.seed % 5) {
                // Slots 10-19 hold floats, 20-29 objects, others ints; with some seeds something else.
                (1, 0..4) => word::from_float((seeded % 1000) as f64 / 8.0 - 60.0 + 0.0625),
                (2, 0..4) => 0x1000 + (seeded % 4) * 0x100 + (seeded & word::BORROWED_BIT),
                (_, 4) if seeded & 1 == 0 => word::UNBOUND,
                _ => Toy::new(self.seed).some_int(seeded),
            })
    }

    fn load(&mut self, address: u64, width: u8) -> u64 {
        let mask = if width == 8 {
            u64::MAX
        } else {
            (1 << (8 * u32::from(width))) - 1
        };
        *self
            .memory
            .entry(address)
            .or_insert(mix(address ^ self.seed) % 50)
            & mask
    }

    fn store(&mut self, address: u64, width: u8, bits: u64) {
        let mask = if width == 8 {
            u64::MAX
        } else {
            (1 << (8 * u32::from(width))) - 1
        };
        self.memory.insert(address, bits & mask);
        self.events.push(Event::Store(address, width, bits & mask));
    }

    fn shape(&mut self, object: u64) -> u64 {
        if self.seed % 7 == 3 && object == 0x1100 {
            0x99
        } else {
            0x10
        }
    }

    fn new_object(&mut self, _shape: u64) -> u64 {
        self.new_objects += 0x100;
        0x10_0000 + self.new_objects
    }

    fn box_float(&mut self, bits: u64) -> u64 {
        let d = f64::from_bits(bits);
        if word::fits_float(d) {
            word::from_float(d)
        } else {
            0x2000
        }
    }

    fn count(&mut self, object: u64, change: i32) {
        self.events.push(Event::Count(object, change));
    }

    fn lock(&mut self, object: u64) -> bool {
        self.events.push(Event::Lock(object, true));
        true
    }

    fn unlock(&mut self, object: u64) {
        self.events.push(Event::Lock(object, false));
    }

    fn call(&mut self, helper: HelperId, args: &[u64]) -> u64 {
        if !self
            .pure_helpers
            .get(helper.0 as usize)
            .is_some_and(|pure| *pure)
        {
            self.events.push(Event::Call(helper.0, args.to_vec()));
        }
        args.iter()
            .fold(u64::from(helper.0) + self.seed, |sum, &arg| mix(sum ^ arg))
            & 0xfff8
    }

    fn poll(&mut self) -> bool {
        self.polls += 1;
        self.polls > POLLS
    }

    fn holds(&mut self, _assumption: u64) -> bool {
        true
    }
}

/// What is left after a run: the slots of the entry frame, the frames inside it, the sunk objects, the events.
#[derive(PartialEq, Debug)]
pub struct Outcome {
    place: Option<(u32, u32)>,
    slots: BTreeMap<u16, String>,
    inner: Vec<RebuiltFrame>,
    sunk: Vec<(u64, Vec<(u32, Rebuilt)>)>,
    events: Vec<Event>,
}

/// Runs a trace; if its end is its own beginning, runs it again from there. `None` if it runs out of fuel.
pub fn outcome(trace: &Trace, env: &Env, seed: u64, closing: bool) -> Option<Outcome> {
    let mut world = Toy::new(seed);
    world.pure_helpers = env
        .helpers
        .iter()
        .map(|helper| helper.effects.pure_function)
        .collect();
    let mut changed: BTreeMap<u16, String> = BTreeMap::new();
    for _ in 0..FUEL {
        match run(trace, env, &mut world, FUEL) {
            Left::OutOfFuel => return None,
            Left::Link(_) => {
                return Some(Outcome {
                    place: None,
                    slots: changed,
                    inner: vec![],
                    sunk: vec![],
                    events: world.events,
                });
            }
            Left::Exit {
                at,
                mut frames,
                sunk,
                ..
            } => {
                let outer = frames.remove(0);
                for (slot, value) in outer.slots {
                    changed.insert(slot, format!("{value:?}"));
                    // A big int or a boxed float is an object to the next round.
                    let bits = if let Rebuilt::Word(bits) = value {
                        bits
                    } else {
                        0x3000
                    };
                    world.slots.insert(slot, bits);
                }
                if !closing || at.index() + 1 != trace.len() {
                    let place = Some((outer.code, outer.pc));
                    return Some(Outcome {
                        place,
                        slots: changed,
                        inner: frames,
                        sunk,
                        events: world.events,
                    });
                }
            }
        }
    }
    None
}

/// The snapshot of the exit at the end of a trace, if that is how it ends.
pub fn closing_of(trace: &Trace) -> Option<&Snapshot> {
    let (_, last) = trace.iter().next_back()?;
    trace.snapshot(last.snap)
}
