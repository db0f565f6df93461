//! The embedding API, used as an embedder does. A process has one runtime, so all tests share it.

use pirn::embed::{Bytes, Error, Handle, Runtime};
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        Runtime::builder()
            .arguments(["one", "two"])
            .module("host", |m| {
                m.doc("Functions for tests.");
                m.value("answer", 42);
                m.function("add", |a: i64, b: i64| a + b);
                m.function("nothing", || ());
                m.function("join", |parts: Vec<String>, by: String| parts.join(&by));
                m.function("fail", |kind: String| -> Result<(), Error> {
                    Err(Error::new(kind, "from the host"))
                });
                m.function("panics", || -> i64 { panic!("on purpose") });
                m.raw_function("count", |py, args| py.object(args.len()));
                m.raw_function("apply", |_, args| args[0].call(args[1..].to_vec()));
            })
            .build()
            .expect("the runtime starts")
    })
}

#[test]
fn values_in_both_directions() {
    runtime().attach(|py| {
        macro_rules! round_trip {
            ($($v:expr => $t:ty),* $(,)?) => {$(
                let v: $t = $v;
                assert_eq!(py.object(v.clone()).unwrap().extract::<$t>().unwrap(), v);
            )*};
        }
        round_trip!(
            0 => i8, -5 => i16, i64::MIN => i64, i64::MAX => i64, u64::MAX => u64, i128::MIN => i128, 7 => usize,
            1.5 => f64, 0.25 => f32, true => bool, () => (), "é🎉".to_string() => String, Bytes(vec![0, 255]) => Bytes,
            None => Option<i64>, Some(3) => Option<i64>, vec![1, 2, 3] => Vec<i32>, vec![vec![0.5], vec![]] => Vec<Vec<f64>>,
            (1, "two".to_string(), 3.0) => (i64, String, f64),
            HashMap::from([("a".to_string(), 1), ("b".to_string(), 2)]) => HashMap<String, i64>,
            BTreeMap::from([(1, vec![true])]) => BTreeMap<i64, Vec<bool>>,
        );
        let kinds: Vec<String> = py
            .eval("lambda *a: [type(x).__name__ for x in a]")
            .unwrap()
            .call((1u8, "s", 'c', None::<i64>, vec![1], (1,)))
            .unwrap()
            .extract()
            .unwrap();
        assert_eq!(kinds, ["int", "str", "str", "NoneType", "list", "tuple"]);
    });
}

#[test]
fn conversions_refuse() {
    runtime().attach(|py| {
        let refused = |source: &str, to: fn(&pirn::embed::Object<'_>) -> Option<Error>| {
            to(&py.eval(source).unwrap()).map(|e| e.type_name().to_string())
        };
        assert_eq!(
            refused("300", |o| o.extract::<u8>().err()).as_deref(),
            Some("OverflowError")
        );
        assert_eq!(
            refused("-1", |o| o.extract::<u64>().err()).as_deref(),
            Some("OverflowError")
        );
        assert_eq!(
            refused("2 ** 200", |o| o.extract::<i128>().err()).as_deref(),
            Some("OverflowError")
        );
        assert_eq!(
            refused("'1'", |o| o.extract::<i64>().err()).as_deref(),
            Some("TypeError")
        );
        assert_eq!(
            refused("1", |o| o.extract::<String>().err()).as_deref(),
            Some("TypeError")
        );
        assert_eq!(
            refused("1", |o| o.extract::<bool>().err()).as_deref(),
            Some("TypeError")
        );
        assert_eq!(
            refused("'abc'", |o| o.extract::<Vec<String>>().err()).as_deref(),
            Some("TypeError")
        );
        assert_eq!(
            refused("(1, 2)", |o| o.extract::<(i64,)>().err()).as_deref(),
            Some("ValueError")
        );
        assert_eq!(
            refused("[1]", |o| o.extract::<HashMap<i64, i64>>().err()).as_deref(),
            Some("TypeError")
        );
        assert_eq!(
            refused("'\\ud800'", |o| o.extract::<String>().err()).as_deref(),
            Some("ValueError")
        );
    });
}

#[test]
fn code_and_namespaces() {
    runtime().attach(|py| {
        let d = py.dict();
        d.set_item("x", 20).unwrap();
        py.exec_in("def double(n): return n * 2\ny = double(x)", &d)
            .unwrap();
        assert_eq!(
            py.eval_in("y + 2", &d).unwrap().extract::<i64>().unwrap(),
            42
        );
        assert!(py.eval("y").is_err());
        let join = py
            .import("os.path")
            .unwrap()
            .call_method("basename", ("/a/b",))
            .unwrap();
        assert_eq!(join.str().unwrap(), "b");
        let argv: Vec<String> = py
            .import("sys")
            .unwrap()
            .get("argv")
            .unwrap()
            .extract()
            .unwrap();
        assert_eq!(argv[1..], ["one", "two"]);
        assert_eq!(py.eval("[1, 'a']").unwrap().repr().unwrap(), "[1, 'a']");
        assert!(py.none().is_none());
        let sorted = py.eval("sorted").unwrap();
        let reverse = py.object(true).unwrap();
        let r: Vec<i64> = sorted
            .call_with((vec![2, 3, 1],), &[("reverse", reverse)])
            .unwrap()
            .extract()
            .unwrap();
        assert_eq!(r, [3, 2, 1]);
    });
}

#[test]
fn objects() {
    runtime().attach(|py| {
        let d = py.dict();
        py.exec_in(
            "class C:\n    def __init__(self, v): self.v = v\n    def __len__(self): return 3",
            &d,
        )
        .unwrap();
        let class = d.item("C").unwrap();
        let c = class.call((5,)).unwrap();
        assert_eq!(c.get("v").unwrap().extract::<i64>().unwrap(), 5);
        c.set("v", "new").unwrap();
        assert_eq!(c.get("v").unwrap().str().unwrap(), "new");
        assert_eq!((c.len().unwrap(), c.is_true().unwrap()), (3, true));
        assert!(c.is_instance(&class).unwrap());
        assert_eq!(c.type_name(), "C");
        assert_eq!(c.get("w").unwrap_err().type_name(), "AttributeError");
        let items = py
            .eval("(x * x for x in range(4))")
            .unwrap()
            .items()
            .unwrap();
        assert_eq!(
            items
                .iter()
                .map(|i| i.extract::<i64>().unwrap())
                .collect::<Vec<_>>(),
            [0, 1, 4, 9]
        );
    });
}

#[test]
fn exceptions() {
    runtime().attach(|py| {
        let d = py.dict();
        py.exec_in(
            "def f(): return {}['missing']\nclass E(Exception): pass",
            &d,
        )
        .unwrap();
        let e = d.item("f").unwrap().call(()).unwrap_err();
        assert_eq!((e.type_name(), e.message()), ("KeyError", "'missing'"));
        assert_eq!(e.to_string(), "KeyError: 'missing'");
        assert!(
            e.traceback()
                .starts_with("Traceback (most recent call last):\n"),
            "{}",
            e.traceback()
        );
        assert!(e.traceback().contains("in f"), "{}", e.traceback());
        let object = e.exception().unwrap().get(py);
        assert!(object.is_instance(&py.eval("KeyError").unwrap()).unwrap());
        let e = py.exec("x = = 1").unwrap_err();
        assert_eq!(
            (e.type_name(), e.message()),
            ("SyntaxError", "invalid syntax (<string>, line 1)")
        );
        let e = py.import("no_such_module").unwrap_err();
        assert_eq!(
            (e.type_name(), e.message()),
            ("ModuleNotFoundError", "No module named 'no_such_module'")
        );
        let e = py.eval_in("1 + (lambda: f())()", &d).unwrap_err();
        assert_eq!(e.type_name(), "KeyError");
        let e = py.exec("def r(): r()\nr()").unwrap_err();
        assert_eq!(e.type_name(), "RecursionError");
    });
}

#[test]
fn host_functions() {
    runtime().attach(|py| {
        let d = py.dict();
        py.exec_in("import host", &d).unwrap();
        let eval = |s: &str| py.eval_in(s, &d);
        assert_eq!(
            eval("host.add(2, 3) + host.answer")
                .unwrap()
                .extract::<i64>()
                .unwrap(),
            47
        );
        assert!(eval("host.nothing()").unwrap().is_none());
        assert_eq!(
            eval("host.join(['a', 'b'], '-')").unwrap().str().unwrap(),
            "a-b"
        );
        assert_eq!(
            eval("host.count(1, 2, 3)")
                .unwrap()
                .extract::<i64>()
                .unwrap(),
            3
        );
        assert_eq!(
            eval("host.apply(lambda x, y: x * y, 6, 7)")
                .unwrap()
                .extract::<i64>()
                .unwrap(),
            42
        );
        assert_eq!(
            eval("host.__doc__, host.add.__name__")
                .unwrap()
                .repr()
                .unwrap(),
            "('Functions for tests.', 'add')"
        );
        let error = |s: &str| {
            let e = eval(s).unwrap_err();
            format!("{}: {}", e.type_name(), e.message())
        };
        assert_eq!(
            error("host.add(1)"),
            "TypeError: add() takes 2 positional arguments but 1 were given"
        );
        assert_eq!(
            error("host.add(1, 'a')"),
            "TypeError: 'str' object cannot be interpreted as an integer"
        );
        assert_eq!(
            error("host.add(1, b=2)"),
            "TypeError: add() takes no keyword arguments"
        );
        assert_eq!(error("host.fail('KeyError')"), "KeyError: 'from the host'");
        assert_eq!(
            error("host.fail('Unknown')"),
            "RuntimeError: Unknown: from the host"
        );
        assert_eq!(
            error("host.apply(lambda: 1 / 0)"),
            "ZeroDivisionError: division by zero"
        );
        py.exec_in(
            "try:\n    host.fail('OSError')\nexcept OSError as e:\n    caught = str(e)",
            &d,
        )
        .unwrap();
        assert_eq!(d.item("caught").unwrap().str().unwrap(), "from the host");
        py.add_module("late", |m| {
            m.function("twice", |x: f64| x * 2.0);
        })
        .unwrap();
        py.exec_in("import late", &d).unwrap();
        assert_eq!(
            eval("late.twice(1.5)").unwrap().extract::<f64>().unwrap(),
            3.0
        );
    });
}

#[test]
fn panics_are_exceptions() {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    runtime().attach(|py| {
        let e = py.eval("__import__('host').panics()").unwrap_err();
        assert_eq!(
            (e.type_name(), e.message()),
            ("SystemError", "host function panics() panicked: on purpose")
        );
    });
    let outcome = std::panic::catch_unwind(|| runtime().attach(|_| panic!("in the scope")));
    std::panic::set_hook(quiet);
    assert!(outcome.is_err());
    // The runtime is usable afterwards.
    runtime().attach(|py| assert_eq!(py.eval("1 + 1").unwrap().extract::<i64>().unwrap(), 2));
}

#[test]
fn handles_outlive_scopes() {
    let (list, function): (Handle, Handle) = runtime().attach(|py| {
        let d = py.dict();
        py.exec_in("def grow(l): l.append(len(l)); return l", &d)
            .unwrap();
        (
            py.eval("[]").unwrap().handle().unwrap(),
            d.item("grow").unwrap().handle().unwrap(),
        )
    });
    runtime().attach(|py| py.collect_garbage());
    let copies = [list.clone(), list.clone()];
    let grow = &function;
    std::thread::scope(|s| {
        for handle in &copies {
            s.spawn(move || {
                runtime().attach(|py| {
                    for _ in 0..50 {
                        grow.get(py).call((handle,)).unwrap();
                    }
                })
            });
        }
    });
    let all: Vec<i64> = runtime().attach(|py| list.get(py).extract().unwrap());
    assert_eq!(all, (0..100).collect::<Vec<_>>());
    drop(copies);
    runtime().attach(|py| {
        py.exec("import weakref\nclass W: pass\nw = W()\nr = weakref.ref(w)")
            .unwrap();
        let h = py.eval("w").unwrap().handle().unwrap();
        py.exec("del w").unwrap();
        assert!(py.eval("r() is not None").unwrap().is_true().unwrap());
        // A dropped handle gives its object up when the table is looked at next.
        drop(h);
        let _other = py.eval("[]").unwrap().handle().unwrap();
        assert!(py.eval("r() is None").unwrap().is_true().unwrap());
    });
}

#[test]
fn threads_take_turns() {
    static INSIDE: AtomicUsize = AtomicUsize::new(0);
    std::thread::scope(|s| {
        for k in 0..4 {
            s.spawn(move || {
                for i in 0..25i64 {
                    runtime().attach(|py| {
                        assert_eq!(INSIDE.fetch_add(1, Ordering::SeqCst), 0);
                        let n: i64 = py
                            .eval("lambda k, i: k * 100 + i")
                            .unwrap()
                            .call((k, i))
                            .unwrap()
                            .extract()
                            .unwrap();
                        assert_eq!(n, k * 100 + i);
                        // Nested scopes are the same turn.
                        runtime().attach(|py| assert!(py.eval("True").unwrap().is_true().unwrap()));
                        INSIDE.fetch_sub(1, Ordering::SeqCst);
                    });
                }
            });
        }
    });
}

#[test]
fn interruption() {
    let interrupter = runtime().interrupter();
    let e = runtime().attach(|py| {
        std::thread::scope(|s| {
            s.spawn(move || {
                std::thread::sleep(Duration::from_millis(100));
                interrupter.interrupt();
            });
            py.exec("while True: pass").unwrap_err()
        })
    });
    assert_eq!(e.type_name(), "KeyboardInterrupt");
    runtime().attach(|py| {
        assert_eq!(
            py.eval("'still ' + 'works'").unwrap().str().unwrap(),
            "still works"
        )
    });
}

#[test]
fn one_runtime_per_process() {
    runtime();
    let Err(e) = Runtime::builder().build() else {
        panic!("a second runtime was built")
    };
    assert_eq!(e.type_name(), "RuntimeError");
}
