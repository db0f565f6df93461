//! Stable sorting: `list.sort` and `sorted`.
//!
//! Keys that are all small ints, all floats (no NaN) or all exact strs are sorted without calling into Python. Everything else
//! goes through a merge sort over natural runs with galloping, whose comparison may raise. It sorts positions, not objects,
//! so an exception in the middle loses nothing; the list then keeps its order.

use super::ListObj;
use crate::builtins::float::{self, FLOAT};
use crate::builtins::str::{STR, StrObj, Units};
use crate::builtins::tuple::{TUPLE, TupleObj};
use crate::error::PyResult;
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Val};
use crate::thread::Py;

/// Sorts a list in place, as `list.sort`.
///
/// # Panics
/// If `list` is no list.
pub fn sort(py: &Py, list: &Val, key: Option<&Val>, reverse: bool) -> PyResult<()> {
    let l = list.cast::<ListObj>();
    // The list is empty while Python code runs, so nobody sees it half sorted.
    let mut items = l.take_all();
    let done = key.is_none() && (items.len() < 2 || sort_plain(&mut items, |x| x, reverse));
    let (items, result) = if done {
        (items, Ok(()))
    } else {
        // Without storage, so that whoever adds items meanwhile is found out even if they are gone again.
        l.clear_all();
        sort_vec(py, items, key, reverse)
    };
    let modified = !l.is_empty() || !done && l.has_storage();
    if !l.set_items(items) {
        return Err(py.memory_error());
    }
    result?;
    if modified {
        return Err(py.value_error("list modified during sort"));
    }
    Ok(())
}

/// Sorts items; they come back in any case, in their old order after an error.
pub fn sort_vec(
    py: &Py,
    mut items: Vec<Obj>,
    key: Option<&Val>,
    reverse: bool,
) -> (Vec<Obj>, PyResult<()>) {
    let Some(key) = key else {
        if items.len() < 2 {
            return (items, Ok(()));
        }
        if sort_plain(&mut items, |x| x, reverse) {
            return (items, Ok(()));
        }
        return match order(py, &items, reverse) {
            Ok(order) => (permute(items, &order), Ok(())),
            Err(e) => (items, Err(e)),
        };
    };
    let mut keys = Vec::with_capacity(items.len());
    for x in &items {
        match ops::call1(py, key, x) {
            Ok(k) => keys.push(k),
            Err(e) => return (items, Err(e)),
        }
    }
    if items.len() < 2 {
        return (items, Ok(()));
    }
    let mut pairs: Vec<(Obj, Obj)> = keys.into_iter().zip(items).collect();
    if sort_plain(&mut pairs, |p| &p.0, reverse) {
        return (pairs.into_iter().map(|p| p.1).collect(), Ok(()));
    }
    let (keys, items): (Vec<Obj>, Vec<Obj>) = pairs.into_iter().unzip();
    match order(py, &keys, reverse) {
        Ok(order) => (permute(items, &order), Ok(())),
        Err(e) => (items, Err(e)),
    }
}

/// Sorts elements whose keys all have one simple type; false if they do not.
fn sort_plain<T>(v: &mut [T], key: impl Fn(&T) -> &Obj, reverse: bool) -> bool {
    let directed = |o: std::cmp::Ordering| if reverse { o.reverse() } else { o };
    let first = key(&v[0]);
    if first.word().is_int() {
        if !v.iter().all(|x| key(x).word().is_int()) {
            return false;
        }
        v.sort_by(|a, b| directed(key(a).word().as_int().cmp(&key(b).word().as_int())));
        return true;
    }
    if STR.is_exact(first) {
        if !v.iter().all(|x| STR.is_exact(key(x))) {
            return false;
        }
        v.sort_by(|a, b| {
            directed(compare_str(
                key(a).cast::<StrObj>(),
                key(b).cast::<StrObj>(),
            ))
        });
        return true;
    }
    let plain = |x: &Val| {
        (FLOAT.is_exact(x))
            .then(|| float::view(x))
            .flatten()
            .filter(|d| !d.is_nan())
    };
    if plain(first).is_some() {
        if !v.iter().all(|x| plain(key(x)).is_some()) {
            return false;
        }
        let value = |x: &Obj| float::view(x).unwrap_or(0.0);
        v.sort_by(|a, b| {
            directed(
                value(key(a))
                    .partial_cmp(&value(key(b)))
                    .unwrap_or(std::cmp::Ordering::Equal),
            )
        });
        return true;
    }
    false
}

/// Order of two strings by code points.
fn compare_str(a: &StrObj, b: &StrObj) -> std::cmp::Ordering {
    match (a.units(), b.units()) {
        (Units::One(x), Units::One(y)) => x.cmp(y),
        (Units::Two(x), Units::Two(y)) => x.cmp(y),
        (Units::Four(x), Units::Four(y)) => x.cmp(y),
        _ => a.chars().cmp(b.chars()),
    }
}

fn permute(items: Vec<Obj>, order: &[usize]) -> Vec<Obj> {
    let mut from: Vec<Option<Obj>> = items.into_iter().map(Some).collect();
    order.iter().filter_map(|&i| from[i].take()).collect()
}

/// `a < b`, with short cuts for simple operands.
fn less(py: &Py, a: &Val, b: &Val) -> PyResult<bool> {
    let (x, y) = (a.word(), b.word());
    if x.is_int() && y.is_int() {
        return Ok(x.as_int() < y.as_int());
    }
    if x.is_float() && y.is_float() {
        return Ok(x.as_float() < y.as_float());
    }
    if STR.is_exact(a) && STR.is_exact(b) {
        return Ok(compare_str(a.cast(), b.cast()).is_lt());
    }
    if TUPLE.is_exact(a) && TUPLE.is_exact(b) {
        py.check_native_stack()?;
        let (p, q) = (a.cast::<TupleObj>().items(), b.cast::<TupleObj>().items());
        for (u, v) in p.iter().zip(q) {
            if !ops::eq(py, u, v)? {
                return less(py, u, v);
            }
        }
        return Ok(p.len() < q.len());
    }
    ops::compare_bool(py, a, b, CmpOp::Lt)
}

/// The sorted order of `keys`, as positions.
fn order(py: &Py, keys: &[Obj], reverse: bool) -> PyResult<Vec<usize>> {
    let mut v: Vec<usize> = (0..keys.len()).collect();
    // Sorting the reversed sequence and reversing the result keeps equal items in order.
    if reverse {
        v.reverse();
    }
    Merger {
        less: |a: usize, b: usize| less(py, &keys[a], &keys[b]),
        tmp: Vec::new(),
        gallop: MIN_GALLOP,
    }
    .sort(&mut v)?;
    if reverse {
        v.reverse();
    }
    Ok(v)
}

/// So many wins in a row make a merge search exponentially.
const MIN_GALLOP: usize = 7;

/// Merge sort of positions by a comparison that may fail.
struct Merger<F> {
    less: F,
    tmp: Vec<usize>,
    gallop: usize,
}

/// A sorted part, and the depth of the merge with its successor in a nearly balanced tree of merges.
struct Run {
    start: usize,
    len: usize,
    power: u32,
}

impl<F: FnMut(usize, usize) -> PyResult<bool>> Merger<F> {
    fn sort(&mut self, v: &mut [usize]) -> PyResult<()> {
        let n = v.len();
        let min_run = min_run(n);
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0;
        while at < n {
            let mut len = self.natural_run(&mut v[at..])?;
            if len < min_run {
                let want = min_run.min(n - at);
                self.insertion(&mut v[at..at + want], len)?;
                len = want;
            }
            let run = Run {
                start: at,
                len,
                power: 0,
            };
            if let Some(last) = runs.last_mut() {
                let p = power(last.start, last.len, len, n);
                while runs.len() > 1 && runs[runs.len() - 2].power > p {
                    self.merge_top(v, &mut runs)?;
                }
                if let Some(last) = runs.last_mut() {
                    last.power = p;
                }
            }
            runs.push(run);
            at += len;
        }
        while runs.len() > 1 {
            self.merge_top(v, &mut runs)?;
        }
        Ok(())
    }

    /// Length of the run that starts `v`; a strictly descending one is reversed.
    fn natural_run(&mut self, v: &mut [usize]) -> PyResult<usize> {
        if v.len() < 2 {
            return Ok(v.len());
        }
        let mut n = 2;
        if (self.less)(v[1], v[0])? {
            while n < v.len() && (self.less)(v[n], v[n - 1])? {
                n += 1;
            }
            v[..n].reverse();
        } else {
            while n < v.len() && !(self.less)(v[n], v[n - 1])? {
                n += 1;
            }
        }
        Ok(n)
    }

    /// Sorts `v`, whose first `sorted` positions are sorted.
    fn insertion(&mut self, v: &mut [usize], sorted: usize) -> PyResult<()> {
        for i in sorted.max(1)..v.len() {
            let x = v[i];
            let (mut lo, mut hi) = (0, i);
            while lo < hi {
                let mid = (lo + hi) / 2;
                if (self.less)(x, v[mid])? {
                    hi = mid
                } else {
                    lo = mid + 1
                }
            }
            v.copy_within(lo..i, lo + 1);
            v[lo] = x;
        }
        Ok(())
    }

    fn merge_top(&mut self, v: &mut [usize], runs: &mut Vec<Run>) -> PyResult<()> {
        let (Some(b), Some(a)) = (runs.pop(), runs.last_mut()) else {
            return Ok(());
        };
        let (start, mid) = (a.start, a.len);
        a.len += b.len;
        a.power = b.power;
        let v = &mut v[start..start + mid + b.len];
        // What is already in place at both ends stays there.
        let skip = self.upper(&v[..mid], v[mid], false)?;
        let mid = mid - skip;
        let v = &mut v[skip..];
        if mid == 0 {
            return Ok(());
        }
        let end = mid + self.lower(&v[mid..], v[mid - 1], true)?;
        self.merge(&mut v[..end], mid)
    }

    /// Number of positions of sorted `v` that are not greater than `x`; searched from the end if `from_end`.
    fn upper(&mut self, v: &[usize], x: usize, from_end: bool) -> PyResult<usize> {
        let less = &mut self.less;
        gallop(v.len(), from_end, |i| Ok(!less(x, v[i])?))
    }

    /// Number of positions of sorted `v` that are less than `x`.
    fn lower(&mut self, v: &[usize], x: usize, from_end: bool) -> PyResult<usize> {
        let less = &mut self.less;
        gallop(v.len(), from_end, |i| less(v[i], x))
    }

    /// Merges the sorted halves of `v` that meet at `mid`; the left one is set aside.
    fn merge(&mut self, v: &mut [usize], mid: usize) -> PyResult<()> {
        let mut left = std::mem::take(&mut self.tmp);
        left.clear();
        left.extend_from_slice(&v[..mid]);
        let r = self.merge_from(&left, v, mid);
        self.tmp = left;
        r
    }

    fn merge_from(&mut self, left: &[usize], v: &mut [usize], mid: usize) -> PyResult<()> {
        let (mut i, mut j, mut to) = (0, mid, 0);
        let (mut wins_left, mut wins_right) = (0, 0);
        while i < left.len() && j < v.len() {
            if (self.less)(v[j], left[i])? {
                v[to] = v[j];
                j += 1;
                wins_right += 1;
                wins_left = 0;
            } else {
                v[to] = left[i];
                i += 1;
                wins_left += 1;
                wins_right = 0;
            }
            to += 1;
            if wins_left.max(wins_right) < self.gallop {
                continue;
            }
            // One side wins again and again: look for the end of its streak.
            while i < left.len() && j < v.len() {
                let n = self.upper(&left[i..], v[j], false)?;
                v[to..to + n].copy_from_slice(&left[i..i + n]);
                (i, to) = (i + n, to + n);
                if i == left.len() {
                    break;
                }
                let m = self.lower(&v[j..], left[i], false)?;
                v.copy_within(j..j + m, to);
                (j, to) = (j + m, to + m);
                if n < MIN_GALLOP && m < MIN_GALLOP {
                    self.gallop += 1;
                    break;
                }
                self.gallop = self.gallop.saturating_sub(1).max(1);
            }
            (wins_left, wins_right) = (0, 0);
        }
        v[to..to + left.len() - i].copy_from_slice(&left[i..]);
        Ok(())
    }
}

/// First position of `0..n` where `before` is false (it is true up to there): steps of growing width from one end, then halves.
fn gallop(
    n: usize,
    from_end: bool,
    mut before: impl FnMut(usize) -> PyResult<bool>,
) -> PyResult<usize> {
    let (mut lo, mut hi) = (0, n);
    let mut step = 1;
    if from_end {
        while hi > lo {
            let at = hi.saturating_sub(step);
            if before(at)? {
                lo = at + 1;
                break;
            }
            hi = at;
            step *= 2;
        }
    } else {
        while lo < hi {
            let at = (lo + step - 1).min(hi - 1);
            if !before(at)? {
                hi = at;
                break;
            }
            lo = at + 1;
            step *= 2;
        }
    }
    while lo < hi {
        let mid = (lo + hi) / 2;
        if before(mid)? { lo = mid + 1 } else { hi = mid }
    }
    Ok(lo)
}

/// Shortest run for `n` items: 32 to 64, such that the number of runs is close to a power of two.
fn min_run(mut n: usize) -> usize {
    let mut odd = 0;
    while n >= 64 {
        odd |= n & 1;
        n >>= 1;
    }
    n + odd
}

/// Depth in the merge tree of the boundary between two neighboring runs of a sequence of `n` items.
fn power(start: usize, len_a: usize, len_b: usize, n: usize) -> u32 {
    let (mut a, mut b) = (
        2 * start as u128 + len_a as u128,
        2 * start as u128 + 2 * len_a as u128 + len_b as u128,
    );
    let n = 2 * n as u128;
    let mut p = 0;
    loop {
        p += 1;
        a *= 2;
        b *= 2;
        let (x, y) = (a / n, b / n);
        if x != y {
            return p;
        }
        a -= x * n;
        b -= y * n;
    }
}
