//! Random traces: the optimized form does the same as the original, for every pass alone and all together.
//!
//! Two generators: straight lines of arithmetic, guards and memory accesses, and rounds that are peeled into loops. The
//! seeds are fixed, so that a failure repeats; `PIRN_IR_SEEDS=100000` runs more.

mod common;

use pirn_jit::ir::desc::Env;
use pirn_jit::ir::parse::parse;
use pirn_jit::ir::print::trace_to_string;
use pirn_jit::ir::trace::Trace;
use pirn_jit::ir::verify::verify;
use pirn_jit::opt::{Passes, optimize};
use std::fmt::Write;

const TABLES: &str = "
field point.x: val at 24 width 8 alias point.x racy
field point.y: i64 at 32 width 8 alias point.y racy
field point.b: i64 at 40 width 1 alias point.b versioned
field items.item: i64 at 0 width 8 alias items racy
helper write_x(obj) -> void: writes point.x
helper anything(val) -> val: raises python safepoint reads all writes all
helper hash(i64) -> i64: pure
";

/// xorshift; good enough to choose.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// A trace in text, with the values that it has so far by type.
struct Generator {
    random: Random,
    text: String,
    snapshots: String,
    next: u32,
    snapshot: u32,
    ints: Vec<u32>,
    floats: Vec<u32>,
    bools: Vec<u32>,
    words: Vec<u32>,
    objects: Vec<u32>,
}

impl Generator {
    fn new(seed: u64, multi: bool) -> Generator {
        let mut generator = Generator {
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            text: format!("trace {}\n", if multi { "multi" } else { "single" }),
            snapshots: String::new(),
            next: 0,
            snapshot: 0,
            ints: vec![],
            floats: vec![],
            bools: vec![],
            words: vec![],
            objects: vec![],
        };
        generator.entry();
        generator
    }

    fn value(&mut self, ty: &str, text: &str) -> u32 {
        let n = self.next;
        self.next += 1;
        _ = writeln!(self.text, "%{n}: {ty} = {text}");
        n
    }

    /// A new snapshot with some of the values.
    fn leave(&mut self) -> String {
        let id = self.snapshot;
        self.snapshot += 1;
        let mut slots = Vec::new();
        for (slot, kind) in [
            (1, "int "),
            (2, "float "),
            (3, "bool "),
            (4, ""),
            (5, "borrowed "),
        ] {
            let from = match slot {
                1 => &self.ints,
                2 => &self.floats,
                3 => &self.bools,
                4 => &self.words,
                _ => &self.objects,
            };
            if !from.is_empty() && self.random.below(2) == 0 {
                slots.push(format!("{slot}={kind}%{}", self.random.pick(from)));
            }
        }
        _ = writeln!(self.snapshots, "s{id}: [1@{id}: {}]", slots.join(", "));
        format!("s{id}")
    }

    fn entry(&mut self) {
        for (slot, guard, untag, ty) in [
            (0, "guard_int", "untag_int", "i64"),
            (10, "guard_float", "untag_float", "f64"),
            (20, "guard_ptr", "untag_obj", "obj"),
        ] {
            for slot in [slot, slot + 1] {
                let word = self.value("val", &format!("slot {slot}"));
                let exit = self.leave();
                _ = writeln!(self.text, "{guard} %{word} -> {exit}");
                let value = self.value(ty, &format!("{untag} %{word}"));
                self.words.push(word);
                match ty {
                    "i64" => self.ints.push(value),
                    "f64" => self.floats.push(value),
                    _ => self.objects.push(value),
                }
            }
        }
        let truth = self.value("bool", "bool true");
        self.bools.push(truth);
    }

    fn step(&mut self) {
        let (a, b) = (self.random.pick(&self.ints), self.random.pick(&self.ints));
        let (d, e) = (
            self.random.pick(&self.floats),
            self.random.pick(&self.floats),
        );
        let (p, q) = (
            self.random.pick(&self.bools),
            self.random.pick(&self.objects),
        );
        let w = self.random.pick(&self.words);
        match self.random.below(20) {
            0 => {
                let n = self.random.pick(&[
                    0,
                    1,
                    -1,
                    2,
                    3,
                    4,
                    8,
                    -8,
                    255,
                    i64::MAX,
                    i64::MIN,
                    i64::MAX >> 1,
                ]);
                let n = self.value("i64", &format!("int {n}"));
                self.ints.push(n);
            }
            1 => {
                let d = self.random.pick(&[
                    "0.0", "-0.0", "1.0", "2.0", "0.5", "3.0", "-4.0", "inf", "NaN",
                ]);
                let d = self.value("f64", &format!("float {d}"));
                self.floats.push(d);
            }
            2..=5 => {
                let op = self.random.pick(&[
                    "int_add", "int_sub", "int_mul", "int_and", "int_or", "int_xor",
                ]);
                let n = self.value("i64", &format!("{op} %{a}, %{b}"));
                self.ints.push(n);
            }
            6 => {
                let op = self
                    .random
                    .pick(&["int_add_ovf", "int_sub_ovf", "int_mul_ovf"]);
                let exit = self.leave();
                let n = self.value("i64", &format!("{op} %{a}, %{b} -> {exit}"));
                self.ints.push(n);
            }
            7 => {
                let k = self.random.below(64);
                let op = self.random.pick(&["int_shl", "int_shr"]);
                let k = self.value("i64", &format!("int {k}"));
                let n = self.value("i64", &format!("{op} %{a}, %{k}"));
                self.ints.push(n);
            }
            8 => {
                let divisor = self.random.pick(&[1, 2, 3, 16, -3, -16]);
                let op = self.random.pick(&["int_floordiv", "int_mod"]);
                let divisor = self.value("i64", &format!("int {divisor}"));
                let n = self.value("i64", &format!("{op} %{a}, %{divisor}"));
                self.ints.push(n);
            }
            9 => {
                let op = self
                    .random
                    .pick(&["int_eq", "int_ne", "int_lt", "int_le", "int_gt", "int_ge"]);
                let truth = self.value("bool", &format!("{op} %{a}, %{b}"));
                self.bools.push(truth);
            }
            10 => {
                let op = self.random.pick(&[
                    "float_eq", "float_ne", "float_lt", "float_le", "float_gt", "float_ge",
                ]);
                let truth = self.value("bool", &format!("{op} %{d}, %{e}"));
                self.bools.push(truth);
            }
            11 => {
                let op = self
                    .random
                    .pick(&["float_add", "float_sub", "float_mul", "float_div"]);
                let d = self.value("f64", &format!("{op} %{d}, %{e}"));
                self.floats.push(d);
            }
            12 => {
                let op = self.random.pick(&["float_neg", "float_abs"]);
                let d = self.value("f64", &format!("{op} %{d}"));
                self.floats.push(d);
            }
            13 => {
                let truth = self.value("bool", &format!("bool_not %{p}"));
                self.bools.push(truth);
                let n = self.value("i64", &format!("bool_to_int %{p}"));
                self.ints.push(n);
            }
            14 => {
                let exit = self.leave();
                _ = writeln!(self.text, "guard_fits_int %{a} -> {exit}");
                let word = self.value("val", &format!("tag_int %{a}"));
                self.words.push(word);
            }
            15 => {
                let op = self.random.pick(&["guard_true", "guard_false"]);
                // Most random comparisons do not hold; a few guards are enough.
                if self.random.below(3) == 0 {
                    let exit = self.leave();
                    _ = writeln!(self.text, "{op} %{p} -> {exit}");
                }
            }
            16 => {
                let n = self.value("i64", &format!("load point.y, %{q}"));
                self.ints.push(n);
                let n = self.value("i64", &format!("load point.b, %{q}"));
                self.ints.push(n);
                let word = self.value("val", &format!("load point.x, %{q}"));
                self.words.push(word);
            }
            17 => {
                _ = match self.random.below(3) {
                    0 => writeln!(self.text, "store point.x, %{q}, %{w}"),
                    1 => writeln!(self.text, "store point.y, %{q}, %{a}"),
                    _ => writeln!(self.text, "store point.b, %{q}, %{a}"),
                };
            }
            18 => {
                if self.random.below(2) == 0 {
                    _ = writeln!(self.text, "call write_x, %{q}");
                } else {
                    let exit = self.leave();
                    let word = self.value("val", &format!("call anything, %{w} -> {exit}"));
                    self.words.push(word);
                }
            }
            _ => {
                let exit = self.leave();
                _ = writeln!(self.text, "guard_shape 0x10, %{q} -> {exit}");
                let n = self.value("i64", &format!("call hash, %{a}"));
                self.ints.push(n);
            }
        }
    }

    fn finish(mut self, end: &str) -> String {
        _ = writeln!(self.text, "{end}");
        self.text.push_str(&self.snapshots);
        self.text
    }

    /// A trace that ends with an exit.
    fn line(seed: u64) -> String {
        let mut generator = Generator::new(seed, seed.is_multiple_of(2));
        for _ in 0..8 + seed % 40 {
            generator.step();
        }
        let exit = generator.leave();
        generator.finish(&format!("exit -> {exit}"))
    }

    /// A round that counts slot 0 up and changes others.
    fn round(seed: u64) -> String {
        let mut generator = Generator::new(seed, seed.is_multiple_of(2));
        let counter = generator.ints[0];
        for _ in 0..4 + seed % 20 {
            generator.step();
        }
        let one = generator.value("i64", "int 1");
        let exit = generator.leave();
        let next = generator.value("i64", &format!("int_add_ovf %{counter}, %{one} -> {exit}"));
        let (fits, poll) = (generator.leave(), generator.leave());
        _ = writeln!(
            generator.text,
            "guard_fits_int %{next} -> {fits}\npoll -> {poll}"
        );
        let (word, float) = (
            generator.random.pick(&generator.words),
            generator.random.pick(&generator.floats),
        );
        // A boxed double would be another kind of word to the next round of the original.
        let fits = generator.leave();
        _ = writeln!(generator.text, "guard_fits_float %{float} -> {fits}");
        let end = generator.snapshot;
        _ = writeln!(
            generator.snapshots,
            "s{end}: [1@0: 0=int %{next}, 1=%{word}, 10=float %{float}]"
        );
        generator.finish(&format!("exit -> s{end}"))
    }
}

fn check(text: &str, seed: u64, looping: bool) {
    let mut env = Env::new();
    parse(TABLES, &mut env).expect("tables");
    let trace =
        parse(text, &mut env).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
    verify(&trace, &env).unwrap_or_else(|invalid| panic!("seed {seed}: {invalid}\n{text}"));
    let none = Passes::NONE;
    let sets = [
        Passes { fold: true, ..none },
        Passes {
            guard: true,
            ..none
        },
        Passes {
            load_store: true,
            ..none
        },
        Passes {
            cse: true,
            dce: true,
            ..none
        },
        Passes { dce: true, ..none },
        Passes {
            loop_peel: true,
            ..none
        },
        Passes::ALL,
    ];
    for passes in sets {
        let closing = common::closing_of(&trace).filter(|_| looping);
        let result = optimize(&trace, &env, passes, closing);
        verify(&result, &env).unwrap_or_else(|invalid| {
            panic!(
                "seed {seed}, {passes:?}: {invalid}\n{text}\n{}",
                trace_to_string(&result, &env)
            )
        });
        compare(
            &trace,
            &result,
            &env,
            looping && result.loop_header().is_some(),
            seed,
            passes,
        );
    }
}

fn compare(trace: &Trace, result: &Trace, env: &Env, looping: bool, seed: u64, passes: Passes) {
    for world in 0..6 {
        let before = common::outcome(trace, env, world, looping);
        let after = common::outcome(result, env, world, false);
        if before.is_some() && after.is_some() && before != after {
            panic!(
                "seed {seed}, world {world}, {passes:?}\n{before:?}\n{after:?}\n{}\n{}",
                trace_to_string(trace, env),
                trace_to_string(result, env)
            );
        }
    }
}

fn seeds() -> u64 {
    std::env::var("PIRN_IR_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1500)
}

#[test]
fn lines() {
    for seed in 0..seeds() {
        check(&Generator::line(seed), seed, false);
    }
}

#[test]
fn rounds() {
    for seed in 0..seeds() / 2 {
        check(&Generator::round(seed), seed, true);
    }
}
