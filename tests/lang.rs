//! Runs the Python programs of `tests/lang` with the built binary and compares their output with what CPython 3.14 printed.
//!
//! `NAME.py` must print what `NAME.out` holds and end with the code in `NAME.code` (0 without that file).
//! Arguments are parts of file names that select programs; `--list` prints the names. `PIRN_MODES` names the modes to run, with
//! commas (a build with the feature `portable` is a mode of its own); `PIRN_JOBS` says how many programs run at once.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a program may run.
const LIMIT: Duration = Duration::from_secs(10);

/// A way to run the binary: its name, the environment it needs, how many times longer than usual a program may run.
struct Mode {
    name: &'static str,
    env: &'static [(&'static str, &'static str)],
    slower: u32,
}

impl Mode {
    fn limit(&self) -> Duration {
        LIMIT * self.slower
    }
}

const MODES: &[Mode] = &[
    Mode {
        name: "default",
        env: &[],
        slower: 1,
    },
    Mode {
        name: "jit",
        env: &[("PIRN_JIT_THRESHOLD", "1")],
        slower: 1,
    },
    Mode {
        name: "stress",
        env: &[("PIRN_STRESS_HANDSHAKE", "1"), ("PIRN_RECOUNT", "5000")],
        slower: 6,
    },
    Mode {
        name: "verify",
        env: &[("PIRN_VERIFY_HEAP", "1")],
        slower: 2,
    },
];

/// What one run printed and how it ended; `None` as code is a signal or the time limit.
struct Outcome {
    stdout: String,
    stderr: String,
    code: Option<i32>,
    timed_out: bool,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lang");
    let filters: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let mut programs = Vec::new();
    collect(&root, &mut programs);
    programs.sort();
    programs.retain(|p| {
        filters.is_empty()
            || filters
                .iter()
                .any(|f| name_of(&root, p).contains(f.as_str()))
    });
    if std::env::args().any(|a| a == "--list") {
        programs
            .iter()
            .for_each(|p| println!("{}: test", name_of(&root, p)));
        return;
    }
    let wanted = std::env::var("PIRN_MODES").unwrap_or_else(|_| "default".to_string());
    let mut failures = 0;
    for name in wanted.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        let Some(mode) = MODES.iter().find(|m| m.name == name) else {
            eprintln!(
                "unknown mode {name}; there are: {}",
                MODES.iter().map(|m| m.name).collect::<Vec<_>>().join(", ")
            );
            std::process::exit(2);
        };
        failures += run_mode(mode, &root, &programs);
    }
    if failures > 0 {
        std::process::exit(1);
    }
}

fn name_of(root: &Path, program: &Path) -> String {
    program
        .strip_prefix(root)
        .unwrap_or(program)
        .with_extension("")
        .display()
        .to_string()
}

fn collect(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir)
        .expect("the folder of programs is readable")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "py") {
            out.push(path);
        }
    }
}

/// Runs all programs in one mode, several at once; prints each mismatch and a summary, returns the number of failures.
fn run_mode(mode: &Mode, root: &Path, programs: &[PathBuf]) -> usize {
    let jobs = std::env::var("PIRN_JOBS")
        .ok()
        .and_then(|j| j.parse().ok())
        .unwrap_or(2usize)
        .max(1);
    let next = AtomicUsize::new(0);
    let failed: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());
    let start = Instant::now();
    std::thread::scope(|s| {
        for _ in 0..jobs {
            s.spawn(|| {
                // Relaxed: the counter only hands out indices.
                while let Some(p) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = check(mode, p) {
                        failed
                            .lock()
                            .expect("no run panicked")
                            .push((name_of(root, p), why));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("no run panicked");
    failed.sort();
    let known = expected_failures(root);
    // A listed program that passes must leave the list, unless only some programs were selected or it depends on time.
    for (name, flaky) in &known {
        let ran = programs.iter().any(|p| name_of(root, p) == *name);
        if ran && !flaky && !failed.iter().any(|f| f.0 == *name) {
            failed.push((
                name.clone(),
                "  passes, but is listed in expected_failures.txt".to_string(),
            ));
        } else {
            failed.retain(|f| f.0 != *name);
        }
    }
    println!(
        "lang [{}]: {} programs are expected to fail",
        mode.name,
        known.len()
    );
    for (name, why) in &failed {
        println!("FAILED {name} [{}]\n{why}", mode.name);
    }
    let ok = programs.len() - failed.len();
    println!(
        "lang [{}]: {ok} of {} programs passed in {:.1} s",
        mode.name,
        programs.len(),
        start.elapsed().as_secs_f64()
    );
    if !failed.is_empty() {
        println!(
            "failed: {}",
            failed
                .iter()
                .map(|(n, _)| n.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        );
    }
    failed.len()
}

/// Programs that do not give CPython's result yet, with a mark for those whose result depends on the machine's speed.
fn expected_failures(root: &Path) -> Vec<(String, bool)> {
    let text = std::fs::read_to_string(root.join("expected_failures.txt")).unwrap_or_default();
    let rows = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    rows.map(|l| {
        let (name, reason) = l.split_once(' ').unwrap_or((l, ""));
        (name.to_string(), reason.contains("(time)"))
    })
    .collect()
}

/// Runs one program; the error says how it differs from what is expected.
fn check(mode: &Mode, program: &Path) -> Result<(), String> {
    let want = std::fs::read_to_string(program.with_extension("out"))
        .map_err(|e| format!("  no expected output: {e}"))?;
    let code: i32 = std::fs::read_to_string(program.with_extension("code"))
        .ok()
        .and_then(|c| c.trim().parse().ok())
        .unwrap_or(0);
    let got = run(mode, program).map_err(|e| format!("  cannot run: {e}"))?;
    let mut why = String::new();
    if got.timed_out {
        why.push_str(&format!(
            "  still running after {} s\n",
            mode.limit().as_secs()
        ));
    } else if got.code != Some(code) {
        let shown = got
            .code
            .map_or_else(|| "a signal".to_string(), |c| format!("exit code {c}"));
        why.push_str(&format!(
            "  ended with {shown}, expected exit code {code}\n"
        ));
    }
    if got.stdout != want {
        why.push_str(&difference(&want, &got.stdout));
    }
    if got.stderr.lines().any(|l| l.starts_with("pirn: heap: ")) {
        why.push_str("  the heap verifier found something\n");
    }
    if why.is_empty() {
        return Ok(());
    }
    let tail: Vec<&str> = got.stderr.lines().rev().take(6).collect();
    for line in tail.iter().rev() {
        why.push_str(&format!("  stderr: {line}\n"));
    }
    Err(why)
}

fn run(mode: &Mode, program: &Path) -> std::io::Result<Outcome> {
    let dir = program
        .parent()
        .and_then(Path::parent)
        .unwrap_or(Path::new("."));
    let relative = program.strip_prefix(dir).unwrap_or(program);
    let mut child = Command::new(env!("CARGO_BIN_EXE_pirn"))
        .arg(relative)
        .current_dir(dir)
        .envs(mode.env.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    // The pipes are drained by threads of their own, so a program that prints much does not wait for us.
    let stdout = std::thread::spawn(move || read_all(out.as_mut()));
    let stderr = std::thread::spawn(move || read_all(err.as_mut()));
    let start = Instant::now();
    let mut timed_out = false;
    let status = loop {
        if let Some(s) = child.try_wait()? {
            break s;
        }
        if start.elapsed() > mode.limit() {
            timed_out = true;
            child.kill()?;
            break child.wait()?;
        }
        std::thread::sleep(Duration::from_millis(3));
    };
    Ok(Outcome {
        // As in `expected.sh`: without the folder's own path.
        stdout: stdout
            .join()
            .unwrap_or_default()
            .replace(&format!("{}/", dir.display()), ""),
        stderr: stderr.join().unwrap_or_default(),
        code: status.code(),
        timed_out,
    })
}

fn read_all(from: Option<&mut impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(f) = from {
        // What was read before an error still counts.
        let _ = f.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The first lines that differ.
fn difference(want: &str, got: &str) -> String {
    let (w, g): (Vec<&str>, Vec<&str>) = (want.lines().collect(), got.lines().collect());
    let first = (0..w.len().max(g.len())).find(|&i| w.get(i) != g.get(i));
    let Some(first) = first else {
        return "  the end of the last line differs\n".to_string();
    };
    let differing = (first..w.len().max(g.len()))
        .filter(|&i| w.get(i) != g.get(i))
        .count();
    let mut out = format!("  line {} differs ({differing} lines do):\n", first + 1);
    out.push_str(&format!(
        "    expected: {}\n",
        w.get(first).unwrap_or(&"(end of output)")
    ));
    out.push_str(&format!(
        "    got:      {}\n",
        g.get(first).unwrap_or(&"(end of output)")
    ));
    out
}
