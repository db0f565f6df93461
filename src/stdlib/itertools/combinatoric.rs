//! `product`, `permutations`, `combinations`, `combinations_with_replacement`.
//!
//! Each keeps the positions of the last result and moves them to the next one in lexicographic order.

use super::iterator;
use crate::builtins::{sequence, str, tuple};
use crate::error::PyResult;
use crate::object::native::typedef::Trace;
use crate::object::native::{Args, Tracer, TypeDef};
use crate::object::ops;
use crate::object::type_::{Type, tf};
use crate::object::value::{Obj, Val};
use crate::thread::Py;
use parking_lot::Mutex;

/// Payload of all four: the pools of items, and the positions of the last result.
pub struct Selection {
    pools: Vec<Vec<Obj>>,
    /// Length of a result.
    r: usize,
    state: Mutex<State>,
}

/// Before the first result, between results, after the last one.
enum State {
    Start,
    At(Positions),
    End,
}

struct Positions {
    indices: Vec<usize>,
    /// `permutations` only: how far each place is from its next exchange.
    cycles: Vec<usize>,
}

impl Trace for Selection {
    fn trace(&self, t: &mut Tracer) {
        self.pools.iter().flatten().for_each(|v| t.obj(v));
    }
}

crate::native_type!(
    /// `itertools.product`
    pub PRODUCT: Selection = "itertools.product", base crate::object::base::OBJECT, flags tf::BASETYPE, init |t| {
        iterator(t, new_product, |py, v| step(py, v, first_product, advance_product));
        t.doc("Cartesian product of input iterables. Equivalent to nested for-loops.");
    }
);

macro_rules! selections {
    ($($(#[$m:meta])* $def:ident = $name:literal, $new:ident, $first:ident, $advance:ident, $doc:literal;)*) => {
        $($(#[$m])* pub static $def: TypeDef = TypeDef::new(
            concat!("itertools.", $name),
            Some(&crate::object::base::OBJECT),
            crate::object::native::typedef::layout_of_def(&PRODUCT),
            tf::BASETYPE,
            |t| {
                iterator(t, $new, |py, v| step(py, v, $first, $advance));
                t.doc($doc);
            },
        );)*
    };
}

selections! {
    /// `itertools.combinations`
    COMBINATIONS = "combinations", new_combinations, first_combination, advance_combination,
        "Return successive r-length combinations of elements in the iterable.";
    /// `itertools.combinations_with_replacement`
    COMBINATIONS_WITH_REPLACEMENT = "combinations_with_replacement", new_with_replacement, first_with_replacement,
        advance_with_replacement,
        "Return successive r-length combinations of elements in the iterable allowing individual elements to be repeated.";
    /// `itertools.permutations`
    PERMUTATIONS = "permutations", new_permutations, first_permutation, advance_permutation,
        "Return successive r-length permutations of elements in the iterable.";
}

/// The next result: `first` makes the first positions, `advance` moves to the next ones (false: none left).
fn step(
    py: &Py,
    v: &Val,
    first: fn(&Selection) -> Option<Positions>,
    advance: fn(&Selection, &mut Positions) -> bool,
) -> PyResult<Option<Obj>> {
    let s = v.cast::<Selection>();
    let mut state = s.state.lock();
    let next = match std::mem::replace(&mut *state, State::End) {
        State::Start => first(s),
        State::At(mut p) => advance(s, &mut p).then_some(p),
        State::End => None,
    };
    let Some(p) = next else { return Ok(None) };
    let one = s.pools.len() == 1;
    let items: Vec<Obj> = p.indices[..s.r]
        .iter()
        .enumerate()
        .map(|(k, &i)| s.pools[if one { 0 } else { k % s.pools.len() }][i].clone())
        .collect();
    *state = State::At(p);
    drop(state);
    Ok(Some(tuple::new(py, items)))
}

fn make(py: &Py, ty: &'static Type, pools: Vec<Vec<Obj>>, r: usize) -> Obj {
    py.alloc_in(
        ty,
        Selection {
            pools,
            r,
            state: Mutex::new(State::Start),
        },
    )
}

fn plain(indices: Vec<usize>) -> Option<Positions> {
    Some(Positions {
        indices,
        cycles: Vec::new(),
    })
}

fn new_product(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let mut repeat = 1;
    for (key, v) in args.keywords() {
        if !str::eq_text(key, "repeat") {
            let key = str::lossy(key);
            return Err(py.type_error(format!(
                "product() got an unexpected keyword argument '{key}'"
            )));
        }
        repeat = ops::to_isize(py, v)?;
        if repeat < 0 {
            return Err(py.value_error("repeat argument cannot be negative"));
        }
    }
    let given = if repeat == 0 { &[] } else { args.positional() };
    let r = given
        .len()
        .checked_mul(repeat as usize)
        .filter(|&n| n < isize::MAX as usize / 16);
    let r = r.ok_or_else(|| py.overflow_error("repeat argument too large"))?;
    // The positions of a result are stored, so they must fit the memory.
    Vec::<usize>::new()
        .try_reserve_exact(r)
        .map_err(|_| py.memory_error())?;
    let mut pools = Vec::with_capacity(given.len());
    for v in given {
        pools.push(ops::collect(py, v)?);
    }
    Ok(make(py, ty, pools, r))
}

fn first_product(s: &Selection) -> Option<Positions> {
    if s.pools.iter().any(Vec::is_empty) {
        return None;
    }
    plain(vec![0; s.r])
}

fn advance_product(s: &Selection, p: &mut Positions) -> bool {
    for k in (0..s.r).rev() {
        p.indices[k] += 1;
        if p.indices[k] < s.pools[k % s.pools.len()].len() {
            return true;
        }
        p.indices[k] = 0;
    }
    false
}

/// The arguments `iterable, r`.
fn pool_and_length(py: &Py, name: &str, args: Args) -> PyResult<(Vec<Obj>, usize)> {
    let [iterable, r] = sequence::bind(py, name, ["iterable", "r"], 2, args)?;
    let pool = ops::collect(py, &iterable)?;
    match ops::to_isize(py, &r)? {
        n if n < 0 => Err(py.value_error("r must be non-negative")),
        n => Ok((pool, n as usize)),
    }
}

fn new_combinations(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let (pool, r) = pool_and_length(py, "combinations", args)?;
    Ok(make(py, ty, vec![pool], r))
}

fn first_combination(s: &Selection) -> Option<Positions> {
    if s.r > s.pools[0].len() {
        None
    } else {
        plain((0..s.r).collect())
    }
}

fn advance_combination(s: &Selection, p: &mut Positions) -> bool {
    let (n, r) = (s.pools[0].len(), s.r);
    let Some(k) = (0..r).rev().find(|&k| p.indices[k] != k + n - r) else {
        return false;
    };
    p.indices[k] += 1;
    for j in k + 1..r {
        p.indices[j] = p.indices[j - 1] + 1;
    }
    true
}

fn new_with_replacement(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let (pool, r) = pool_and_length(py, "combinations_with_replacement", args)?;
    Vec::<usize>::new()
        .try_reserve_exact(r)
        .map_err(|_| py.memory_error())?;
    Ok(make(py, ty, vec![pool], r))
}

fn first_with_replacement(s: &Selection) -> Option<Positions> {
    if s.r > 0 && s.pools[0].is_empty() {
        None
    } else {
        plain(vec![0; s.r])
    }
}

fn advance_with_replacement(s: &Selection, p: &mut Positions) -> bool {
    let n = s.pools[0].len();
    let Some(k) = (0..s.r).rev().find(|&k| p.indices[k] != n - 1) else {
        return false;
    };
    let i = p.indices[k] + 1;
    p.indices[k..].fill(i);
    true
}

fn new_permutations(py: &Py, ty: &'static Type, args: Args) -> PyResult<Obj> {
    let [iterable, r] = sequence::bind(py, "permutations", ["iterable", "r"], 1, args)?;
    let pool = ops::collect(py, &iterable)?;
    let r = match r.not_none() {
        None => pool.len(),
        Some(r) => {
            if crate::builtins::int::view(r).is_none() {
                return Err(py.type_error("Expected int as r"));
            }
            match ops::to_isize(py, r)? {
                n if n < 0 => return Err(py.value_error("r must be non-negative")),
                n => n as usize,
            }
        }
    };
    Ok(make(py, ty, vec![pool], r))
}

fn first_permutation(s: &Selection) -> Option<Positions> {
    let n = s.pools[0].len();
    if s.r > n {
        return None;
    }
    Some(Positions {
        indices: (0..n).collect(),
        cycles: (0..s.r).map(|k| n - k).collect(),
    })
}

fn advance_permutation(s: &Selection, p: &mut Positions) -> bool {
    let n = s.pools[0].len();
    for k in (0..s.r).rev() {
        p.cycles[k] -= 1;
        if p.cycles[k] == 0 {
            p.indices[k..].rotate_left(1);
            p.cycles[k] = n - k;
        } else {
            p.indices.swap(k, n - p.cycles[k]);
            return true;
        }
    }
    false
}
