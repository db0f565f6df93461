//! Python in a Rust program: host functions, calls with typed results, exceptions as errors.
//!
//! Run it with `cargo run --example embed`.

use pirn::embed::{Error, Result, Runtime};
use std::collections::HashMap;

const SCRIPT: &str = r#"
import shop

class Cart:
    def __init__(self):
        self.items = {}

    def add(self, name, count=1):
        if count < 1:
            raise ValueError(f"cannot add {count} of {name}")
        self.items[name] = self.items.get(name, 0) + count

    def total(self):
        return sum(shop.price(name) * n for name, n in self.items.items())

def fill(cart, wishes):
    for name, count in wishes.items():
        cart.add(name, count)
    return cart.total()
"#;

fn main() -> Result<()> {
    // Rust functions are a Python module.
    let runtime = Runtime::builder()
        .module("shop", |m| {
            m.doc("Prices of the shop.");
            m.value("currency", "EUR");
            m.function("price", |name: String| match name.as_str() {
                "tea" => Ok(3.5),
                "cake" => Ok(4.25),
                _ => Err(Error::new("LookupError", format!("no {name} today"))),
            });
        })
        .build()?;

    // The handle keeps the cart between scopes, and may be used by any thread.
    let cart = runtime.attach(|py| {
        py.exec(SCRIPT)?;
        py.main().get("Cart")?.call(())?.handle()
    })?;

    runtime.attach(|py| {
        let wishes = HashMap::from([("tea", 2), ("cake", 1)]);
        let total: f64 = py.main().get("fill")?.call((&cart, wishes))?.extract()?;
        let currency: String = py.import("shop")?.get("currency")?.extract()?;
        println!("total: {total} {currency}");

        // Exceptions are Rust errors with the text that Python would print.
        let error = cart
            .get(py)
            .call_method("add", ("tea", 0))
            .expect_err("zero is refused");
        println!("{}: {}", error.type_name(), error.message());
        print!("{}", error.traceback());

        // Errors of Rust functions are exceptions that Python code can catch.
        py.exec("try:\n    shop.price('ham')\nexcept LookupError as e:\n    print('caught:', e, flush=True)")
    })?;

    // Another thread of the host.
    std::thread::scope(|s| {
        s.spawn(|| {
            runtime.attach(|py| {
                let n: usize = cart.get(py).get("items")?.len()?;
                println!("kinds of things in the cart: {n}");
                Ok::<(), Error>(())
            })
        })
        .join()
        .expect("the thread does not panic")
    })
}
