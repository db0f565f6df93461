//! min, max, sorted.

use crate::builtins::{list, str};
use crate::error::PyResult;
use crate::object::native::Args;
use crate::object::native::function::NativeFnPtr::Raw;
use crate::object::ops;
use crate::object::slots::CmpOp;
use crate::object::value::{Obj, Val};
use crate::stdlib::ModuleInit;
use crate::thread::Py;

pub fn add(m: &mut ModuleInit) {
    m.function(
        "max",
        "(*args, **kwargs)",
        Raw(|py, a| extreme(py, a, "max", CmpOp::Gt)),
    );
    m.function(
        "min",
        "(*args, **kwargs)",
        Raw(|py, a| extreme(py, a, "min", CmpOp::Lt)),
    );
    m.function(
        "sorted",
        "($module, iterable, /, *, key=None, reverse=False)",
        Raw(sorted),
    );
}

/// The best item so far, with the value it is compared by if there is a key function.
struct Best<'a> {
    key: Option<&'a Val>,
    op: CmpOp,
    item: Option<Obj>,
    by: Option<Obj>,
}

impl Best<'_> {
    fn offer(&mut self, py: &Py, item: Obj) -> PyResult<()> {
        let by = match self.key {
            Some(k) => Some(ops::call1(py, k, &item)?),
            None => None,
        };
        if let Some(best) = &self.item {
            let (new, old) = match (&by, &self.by) {
                (Some(n), Some(o)) => (n, o),
                _ => (&item, best),
            };
            let (n, o) = (new.word(), old.word());
            let better = if n.is_int() && o.is_int() {
                self.op.of(n.as_int().cmp(&o.as_int()))
            } else {
                ops::compare_bool(py, new, old, self.op)?
            };
            if !better {
                return Ok(());
            }
        }
        self.item = Some(item);
        self.by = by;
        Ok(())
    }
}

fn extreme(py: &Py, args: Args, name: &str, op: CmpOp) -> PyResult<Obj> {
    let (mut key, mut default) = (None, None);
    for (k, v) in args.keywords() {
        if str::eq_text(k, "key") {
            key = v.not_none();
        } else if str::eq_text(k, "default") {
            default = Some(v);
        } else {
            return Err(py.type_error(format!(
                "{name}() got an unexpected keyword argument '{}'",
                str::lossy(k)
            )));
        }
    }
    let mut best = Best {
        key,
        op,
        item: None,
        by: None,
    };
    match args.positional() {
        [] => return Err(py.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => ops::for_each(py, iterable, &mut |v| best.offer(py, v).map(|()| true))?,
        items => {
            if default.is_some() {
                return Err(py.type_error(format!(
                    "Cannot specify a default for {name}() with multiple positional arguments"
                )));
            }
            for v in items {
                best.offer(py, v.to_obj())?;
            }
        }
    }
    match (best.item, default) {
        (Some(v), _) => Ok(v),
        (None, Some(d)) => Ok(d.to_obj()),
        (None, None) => Err(py.value_error(format!("{name}() iterable argument is empty"))),
    }
}

fn sorted(py: &Py, args: Args) -> PyResult<Obj> {
    let iterable = match args.positional() {
        [v] => v,
        other => {
            return Err(py.type_error(format!("sorted expected 1 argument, got {}", other.len())));
        }
    };
    let (mut key, mut reverse) = (None, false);
    let l = list::new(py, ops::collect(py, iterable)?);
    for (k, v) in args.keywords() {
        if str::eq_text(k, "key") {
            key = v.not_none();
        } else if str::eq_text(k, "reverse") {
            reverse = ops::truth(py, v)?;
        } else {
            return Err(py.type_error(format!(
                "sort() got an unexpected keyword argument '{}'",
                str::lossy(k)
            )));
        }
    }
    list::sort::sort(py, &l, key, reverse)?;
    Ok(l)
}
