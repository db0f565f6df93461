//! Texts that are not traces, and traces that are not well formed: each check of the parser and the verifier fails once.

use pirn_jit::ir::desc::Env;
use pirn_jit::ir::parse::parse;
use pirn_jit::ir::verify::verify;

const TABLES: &str = "
field point.x: val at 24 width 8 alias point racy
helper take(obj) -> val: raises
helper hash(val) -> i64: pure
";

fn env() -> Env {
    let mut env = Env::new();
    parse(TABLES, &mut env).expect("tables");
    env
}

fn parse_error(text: &str) -> String {
    parse(text, &mut env()).expect_err(text).to_string()
}

fn verify_error(text: &str) -> String {
    let mut env = env();
    let trace = parse(text, &mut env).unwrap_or_else(|error| panic!("{error}\n{text}"));
    verify(&trace, &env).expect_err(text).to_string()
}

#[test]
fn texts() {
    for (text, message) in [
        ("trace double", "line 1: `double` is not a mode"),
        (
            "trace single\nint_plus %0",
            "line 2: `int_plus` is not an operation",
        ),
        ("%0: i64 = int x", "line 1: `x` is not a number that fits"),
        ("%0: i65 = int 1", "line 1: `i65` is not a type"),
        ("%0: i64 = int_neg %1", "line 1: %1 is not defined before"),
        (
            "%0: i64 = int 1\n%0: i64 = int 2",
            "line 2: %0 is defined twice",
        ),
        (
            "%0: i64 = int 1\n%1: i64 = int_add %0",
            "line 2: int_add has 2 operands, not 1",
        ),
        ("int 1", "line 1: int has a result"),
        ("%0: i64 = jump", "line 1: jump has not a result"),
        ("%0: i64 = int 1 2", "line 1: expected `,` at `2`"),
        ("exit -> s0", "line 1: s0 is not defined"),
        (
            "exit -> s0\ns0: [1@0:]\ns0: [1@0:]",
            "line 3: s0 is defined twice",
        ),
        ("exit -> 0", "line 1: `0` is not a snapshot"),
        ("s0: [1@0: 0=%0]", "line 1: %0 is not defined"),
        ("s0: [1@0: 0=loud %0]", "line 1: `loud` is not a value"),
        (
            "%0: obj = obj 0x10\n%1: val = load point.z, %0",
            "line 2: no field `point.z`",
        ),
        ("%1: val = call put", "line 1: no helper `put`"),
        (
            "%0: bool = bool maybe",
            "line 1: `maybe` is not a truth value",
        ),
        ("%0: val = word 12", "line 1: `12` is not hexadecimal"),
        ("helper f() -> i64: loud", "line 1: `loud` is not an effect"),
        (
            "field f: i64 at 0 width 8 alias a sometimes",
            "line 1: `sometimes` is not a mutability",
        ),
    ] {
        assert_eq!(parse_error(text), message, "{text}");
    }
}

#[test]
fn any_text_is_rejected_without_a_panic() {
    let pieces = [
        "%",
        "0",
        ":",
        " i64",
        " = ",
        "int ",
        "-> ",
        "s0",
        "[",
        "]",
        "@",
        "{",
        "\n",
        "é",
        "load point.x",
        ",",
        "0x",
    ];
    let mut state = 1_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        let mut env = env();
        if let Ok(trace) = parse(&text, &mut env) {
            _ = verify(&trace, &env);
        }
    }
}

#[test]
fn traces() {
    let cases = [
        ("", "the trace has no end"),
        (
            "%0: i64 = int 1",
            "the last instruction does not end the trace",
        ),
        (
            "%0: f64 = float 1.0\n%1: i64 = int_neg %0\nexit -> s0\ns0: [1@0:]",
            "operand %0 has type f64",
        ),
        (
            "%0: f64 = int 1\nexit -> s0\ns0: [1@0:]",
            "the result has type f64, not i64",
        ),
        (
            "%0: val = slot 0\nguard_int %0\nexit -> s0\ns0: [1@0:]",
            "a snapshot is missing",
        ),
        (
            "%0: val = slot 0 -> s0\nexit -> s0\ns0: [1@0:]",
            "there is a snapshot",
        ),
        ("exit -> s0\ns0:", "s0 has no frame"),
        (
            "%0: val = slot 0\nexit -> s0\ns0: [1@0: 3=%0, 2=%0]",
            "slots of s0 do not ascend",
        ),
        (
            "%0: val = slot 0\nguard_int %0 -> s0\n%1: val = slot 1\nexit -> s0\ns0: [1@0: 0=%1]",
            "%2 in s0 is not defined before",
        ),
        (
            "%0: val = slot 0\nexit -> s0\ns0: [1@0: 0=int %0]",
            "%0 in s0 has type val",
        ),
        ("exit -> s0\ns0: [1@0: 0=sunk 0]", "s0 has no sunk object 0"),
        (
            "exit -> s0\nexit -> s0\ns0: [1@0:]",
            "instructions after the end",
        ),
        ("jump", "a jump without loop"),
        ("loop\nloop\njump", "a second loop"),
        (
            "%0: i64 = int 1\nloop\nnop\n%1: i64 = phi %0, %0\njump",
            "a phi that is not at the header of the loop",
        ),
        (
            "%0: i64 = int 1\nloop\n%1: i64 = phi %0, %1\n%2: i64 = phi %1, %0\njump",
            "%2 is not from before the loop",
        ),
        (
            "%0: val = slot 0\n%1: val = call take, %0\nexit -> s0\ns0: [1@0:]",
            "take takes [Obj], not [Val]",
        ),
        (
            "%0: obj = obj 0x10\n%1: val = call take, %0\nexit -> s0\ns0: [1@0:]",
            "a snapshot is missing",
        ),
        (
            "%0: obj = obj 0x10\n%1: i64 = int 1\nstore point.x, %0, %1\nexit -> s0\ns0: [1@0:]",
            "operand %1 has type i64",
        ),
        (
            "%0: val = slot 0\n%1: obj = obj 0x10\nguard_int %0 -> s0\nstore point.x, %1, %0\nguard_int %0 -> s0\nexit -> s1\ns0: [1@0:]\ns1: [1@1:]",
            "an effect between two exits with s0",
        ),
    ];
    for (text, message) in cases {
        let error = verify_error(&format!("trace single\n{text}"));
        let (_, found) = error.split_once(": ").expect("a place");
        assert_eq!(found, message, "{text}");
    }
}
