//! Times of Python programs in this interpreter, and of its start.
//!
//! Run `cargo bench --bench interpreter [-- FILTER]`. Every program of `benches/programs` defines `run()`, which does a fixed
//! amount of work and answers whether its result is right. It runs in one process several times; the median counts. Start-up
//! is the median of whole processes that do nothing, with the largest resident memory of one.
//!
//! With `PIRN_BENCH_AGAINST=/path/to/python` the same is measured there and the ratio of the medians is shown (below 1: this
//! interpreter is faster). Both take turns, so that a noisy machine harms both. `PIRN_BENCH_RUNS` sets the number of runs
//! (default 9). Ratios of one machine are worth comparing, bare times are not.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// Executed behind a program: prints the seconds of each run.
const DRIVER: &str = r"
import sys, time
for _ in range(int(sys.argv[1])):
    begin = time.perf_counter()
    ok = run()
    taken = time.perf_counter() - begin
    if not ok:
        sys.exit('wrong result')
    print(taken)
";

/// Prints the largest resident memory of a process that only starts, in KiB.
const MEMORY: &str = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)";

fn median(mut times: Vec<f64>) -> Option<f64> {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

fn python(program: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Seconds of `runs` runs of a program; the first run of a process warms its caches and does not count.
fn program_times(interpreter: &Path, source: &str, runs: usize) -> Result<Vec<f64>, String> {
    let text = python(interpreter, &["-c", source, &(runs + 1).to_string()])?;
    text.lines()
        .skip(1)
        .map(|line| line.parse().map_err(|_| format!("not a time: {line}")))
        .collect()
}

fn start_times(interpreter: &Path, runs: usize) -> Result<Vec<f64>, String> {
    (0..runs)
        .map(|_| {
            let begin = Instant::now();
            python(interpreter, &["-c", "pass"])?;
            Ok(begin.elapsed().as_secs_f64())
        })
        .collect()
}

/// Medians of a measurement in both interpreters, which take turns.
fn compare(
    interpreters: &[PathBuf],
    runs: usize,
    measure: impl Fn(&Path, usize) -> Result<Vec<f64>, String>,
) -> Result<Vec<f64>, String> {
    const TURNS: usize = 3;
    let mut times = vec![Vec::new(); interpreters.len()];
    for _ in 0..TURNS {
        for (all, interpreter) in times.iter_mut().zip(interpreters) {
            all.extend(measure(interpreter, runs.div_ceil(TURNS))?);
        }
    }
    times
        .into_iter()
        .map(|t| median(t).ok_or_else(|| "no times".to_owned()))
        .collect()
}

fn show(name: &str, medians: &[f64]) {
    print!("{name:<14}");
    for seconds in medians {
        print!("{:>10.2} ms", seconds * 1e3);
    }
    if let [own, other] = medians {
        print!("{:>9.2}", own / other);
    }
    println!();
}

fn run() -> Result<(), String> {
    let filter = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    let wanted = |name: &str| filter.as_ref().is_none_or(|f| name.contains(f.as_str()));
    let runs = std::env::var("PIRN_BENCH_RUNS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(9);
    let mut interpreters = vec![PathBuf::from(env!("CARGO_BIN_EXE_pirn"))];
    interpreters.extend(std::env::var_os("PIRN_BENCH_AGAINST").map(PathBuf::from));
    if wanted("start-up") {
        let medians = compare(&interpreters, runs.max(15), start_times)?;
        show("start-up", &medians);
        for interpreter in &interpreters {
            let kib = python(interpreter, &["-c", MEMORY])?;
            println!("    {} KiB  {}", kib.trim(), interpreter.display());
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/programs");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .and_then(|entries| entries.map(|e| Ok(e?.path())).collect())
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if !wanted(&name) || file.extension().is_none_or(|e| e != "py") {
            continue;
        }
        let source = std::fs::read_to_string(&file).map_err(|error| error.to_string())? + DRIVER;
        let medians = compare(&interpreters, runs, |interpreter, runs| {
            program_times(interpreter, &source, runs)
        })
        .map_err(|error| format!("{name}: {error}"))?;
        show(&name, &medians);
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
