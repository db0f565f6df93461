//! Options of the program that show what the runtime does.

use std::process::{Command, Output};

fn pirn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pirn"))
        .args(arguments)
        .output()
        .expect("the program runs")
}

#[test]
fn record_dump_shows_the_last_instructions() {
    let output = pirn(&[
        "-X",
        "record-dump",
        "-c",
        "n = 0\nfor i in range(3000):\n    n = n * 3 % 7 + i * 0.5\nprint(n > 0)",
    ]);
    assert!(output.status.success());
    assert_eq!(output.stdout, b"True\n");
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    // The ring, and the number of all instructions.
    assert_eq!(lines.len(), 4097, "{}", lines.last().unwrap_or(&""));
    let total = lines[4096]
        .strip_suffix(" instructions recorded")
        .and_then(|n| n.parse::<u64>().ok());
    assert!(total.is_some_and(|n| n > 15_000), "{}", lines[4096]);
    let multiplications = lines.iter().filter(|l| l.contains(" MUL "));
    assert!(
        multiplications
            .filter(|l| l.ends_with("int, float"))
            .count()
            > 100
    );
}

#[test]
fn nothing_is_shown_without_the_option() {
    let output = pirn(&["-c", "print(1)"]);
    assert_eq!(output.stdout, b"1\n");
    assert!(output.stderr.is_empty());
}
