//! The optimizer.
//!
//! | step | file | when |
//! |---|---|---|
//! | substitution, canonical order | `emit.rs` | while emitting |
//! | fold | `fold.rs`, `rules/` | while emitting |
//! | guard elimination | `guard.rs` | while emitting |
//! | load and store forwarding | `load_store.rs` | while emitting |
//! | common subexpressions | `cse.rs` | while emitting |
//! | loop peeling | `loop_peel.rs` | once the trace is closed |
//! | dead code | `dce.rs` | last |
//!
//! Everything that happens while emitting also happens when a pass copies a trace through an [`emit::Emitter`]: a pass
//! never changes a trace in place, it makes a new one.
//!
//! # Rules for writing a rule
//!
//! 1. A rule never makes code worse, and keeps the type of its result.
//! 2. Its doc says why it terminates: fewer instructions, fewer operations of a kind, or constants moved to the right.
//! 3. It holds for every operand: overflow, -0.0, NaN, the least integer. If the operation's sentence in the table excludes
//!    operands (a divisor of 0), the rule may rely on it.
//! 4. One test that it fires, one that it does not where it must not.

pub mod cse;
pub mod dce;
pub mod emit;
pub mod fold;
pub mod guard;
pub mod load_store;
pub mod loop_peel;
pub mod rules;

use crate::ir::desc::Env;
use crate::ir::snapshot::Snapshot;
use crate::ir::trace::Trace;
use crate::ir::verify::verify;

/// Which optimizations are on: to find the one that is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Passes {
    /// Fold.
    pub fold: bool,
    /// Guard elimination.
    pub guard: bool,
    /// Load and store forwarding.
    pub load_store: bool,
    /// Common subexpressions.
    pub cse: bool,
    /// Loop peeling.
    pub loop_peel: bool,
    /// Dead code.
    pub dce: bool,
}

impl Passes {
    /// Everything on.
    pub const ALL: Passes = Passes {
        fold: true,
        guard: true,
        load_store: true,
        cse: true,
        loop_peel: true,
        dce: true,
    };
    /// Everything off.
    pub const NONE: Passes = Passes {
        fold: false,
        guard: false,
        load_store: false,
        cse: false,
        loop_peel: false,
        dce: false,
    };

    /// Switches passes off by name: `-cse,-dce`. `Err` with the first name that is none.
    pub fn from_option(text: &str) -> Result<Passes, String> {
        let mut passes = Passes::ALL;
        for name in text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let place = match name.strip_prefix('-') {
                Some("fold") => &mut passes.fold,
                Some("guard") => &mut passes.guard,
                Some("load_store") => &mut passes.load_store,
                Some("cse") => &mut passes.cse,
                Some("loop_peel") => &mut passes.loop_peel,
                Some("dce") => &mut passes.dce,
                _ => return Err(name.to_owned()),
            };
            *place = false;
        }
        Ok(passes)
    }
}

/// Runs one pass, and checks its result in debug builds.
fn run_pass(name: &str, trace: &Trace, env: &Env, pass: impl FnOnce(&Trace) -> Trace) -> Trace {
    let result = pass(trace);
    if cfg!(debug_assertions)
        && let Err(invalid) = verify(&result, env)
    {
        let text = crate::ir::print::trace_to_string(&result, env);
        panic!("after {name}: {invalid}\n{text}");
    }
    result
}

/// Optimizes a closed trace. `closing`: the state at the end, if the end is the trace's own beginning.
pub fn optimize(trace: &Trace, env: &Env, passes: Passes, closing: Option<&Snapshot>) -> Trace {
    let peeled = match closing {
        Some(closing) if passes.loop_peel => {
            let mut done = false;
            let result = run_pass("loop_peel", trace, env, |trace| {
                let peeled = loop_peel::peel(trace, env, passes, closing);
                done = peeled.is_some();
                peeled.unwrap_or_else(|| trace.clone())
            });
            done.then_some(result)
        }
        _ => None,
    };
    let copied = peeled
        .unwrap_or_else(|| run_pass("emit", trace, env, |trace| emit::copy(trace, env, passes)));
    if passes.dce {
        run_pass("dce", &copied, env, |trace| dce::remove_dead(trace, env))
    } else {
        copied
    }
}
