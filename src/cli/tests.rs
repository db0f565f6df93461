//! Tests of the command line.

use super::*;

fn run_with(arguments: &[&str], environment: &[(&str, &str)]) -> Action {
    let arguments = std::iter::once(&"pirn")
        .chain(arguments)
        .map(OsString::from)
        .collect();
    let get = |name: &str| {
        environment
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| OsString::from(value))
    };
    configure(arguments, get, "3.14 (long)")
}

fn config(arguments: &[&str], environment: &[(&str, &str)]) -> Config {
    match run_with(arguments, environment) {
        Action::Run(config) => *config,
        other => panic!("{other:?}"),
    }
}

fn failure(arguments: &[&str]) -> (String, i32) {
    match run_with(arguments, &[]) {
        Action::Fail(text, code) => (text.lines().next().unwrap_or("").to_owned(), code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_run() {
    for (arguments, run, argv) in [
        (
            &["-c", "x", "-z", "a"][..],
            Run::Command("x".into()),
            &["-c", "-z", "a"][..],
        ),
        (&["-Bcx=1"], Run::Command("x=1".into()), &["-c"]),
        (
            &["-m", "mod", "-c"],
            Run::Module("mod".into()),
            &["-m", "-c"],
        ),
        (
            &["-O", "file.py", "-O"],
            Run::Script("file.py".into()),
            &["file.py", "-O"],
        ),
        (&["-", "a"], Run::Stdin, &["-", "a"]),
        (&["--", "-c"], Run::Script("-c".into()), &["-c"]),
        (&["-q"], Run::Interactive, &[""]),
        (&["", "a"], Run::Script("".into()), &["", "a"]),
    ] {
        let config = config(arguments, &[]);
        assert_eq!(config.run, run);
        assert_eq!(
            config.argv(),
            argv.iter().map(OsString::from).collect::<Vec<_>>()
        );
    }
}

#[test]
fn flags_and_options() {
    let c = config(
        &[
            "-bbOOIvvuSxi",
            "-Werror",
            "-W",
            "ignore",
            "-Xutf8",
            "-X",
            "a=b=c",
            "f",
        ],
        &[],
    );
    assert_eq!(
        (c.flags.bytes_warning, c.flags.optimize, c.flags.verbose),
        (2, 2, 2)
    );
    assert!(
        c.flags.isolated && c.flags.ignore_environment && c.flags.safe_path && c.flags.no_user_site
    );
    assert!(c.flags.unbuffered && c.flags.no_site && c.flags.skip_first_line && c.flags.inspect);
    assert_eq!(c.warn_options, ["error", "ignore", "error::BytesWarning"]);
    assert_eq!(
        c.x_options,
        [
            ("utf8".to_owned(), None),
            ("a".to_owned(), Some("b=c".to_owned()))
        ]
    );
    assert_eq!(c.options.utf8, Some(true));
    let c = config(
        &["--check-hash-based-pycs", "never", "-J"].as_slice()[..2],
        &[],
    );
    assert_eq!(c.flags.pyc_check, PycCheck::Never);
}

#[test]
fn errors() {
    for (arguments, text) in [
        (&["-z"][..], "Unknown option: -z"),
        (&["-Bz"], "Unknown option: -z"),
        (&["--foo"], "Unknown option: --foo"),
        (&["-c"], "Argument expected for the -c option"),
        (&["-X"], "Argument expected for the -X option"),
        (
            &["--check-hash-based-pycs"],
            "Argument expected for the --check-hash-based-pycs options",
        ),
        (
            &["--check-hash-based-pycs", "x"],
            "--check-hash-based-pycs must be one of 'default', 'always', or 'never'",
        ),
    ] {
        assert_eq!(failure(arguments), (text.to_owned(), 2));
    }
    assert_eq!(
        failure(&["-X", "utf8=2"]),
        (
            "Fatal Python error: preconfig_init_utf8_mode: invalid -X utf8 option value".to_owned(),
            1
        )
    );
    match run_with(&["-z"], &[]) {
        Action::Fail(text, 2) => assert_eq!(
            text,
            "Unknown option: -z\nusage: pirn [option] ... [-c cmd | -m mod | file | -] [arg] ...\n\
             Try `pirn -h' for more information.\n"
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pages() {
    assert_eq!(
        run_with(&["-VV"], &[]),
        Action::Print("Python 3.14 (long)\n".to_owned())
    );
    assert!(
        matches!(run_with(&["-V", "file"], &[]), Action::Print(text) if text.starts_with("Python 3.14"))
    );
    for page in [
        "-h",
        "-?",
        "--help",
        "--help-env",
        "--help-xoptions",
        "--help-all",
    ] {
        assert!(
            matches!(run_with(&[page], &[]), Action::Print(text) if text.len() > 500),
            "{page}"
        );
    }
}

#[test]
fn environment() {
    let variables = [
        ("PYTHONPATH", "a::b"),
        ("PYTHONOPTIMIZE", "x"),
        ("PYTHONVERBOSE", "2"),
        ("PYTHONUNBUFFERED", "0"),
        ("PYTHONWARNINGS", "error,ignore"),
        ("PYTHONHASHSEED", "42"),
        ("PYTHONIOENCODING", "latin-1:replace"),
        ("PYTHONHOME", ""),
        ("PYTHON_JIT", "0"),
    ];
    let c = config(&["-W", "once", "-Xdev"], &variables);
    assert_eq!(c.search_path, ["a", "", "b"]);
    assert_eq!(
        (c.flags.optimize, c.flags.verbose, c.flags.unbuffered),
        (1, 2, false)
    );
    assert_eq!(c.warn_options, ["default", "error", "ignore", "once"]);
    assert_eq!((c.hash_seed, c.home), (HashSeed::Fixed(42), None));
    assert_eq!(
        c.io_encoding,
        Some(("latin-1".to_owned(), "replace".to_owned()))
    );
    assert!(!c.options.jit && config(&["-X", "jit=on"], &variables).options.jit);
    let ignored = config(&["-E"], &variables);
    assert_eq!(
        (ignored.hash_seed, ignored.flags.optimize),
        (HashSeed::Random, 0)
    );
    assert!(matches!(
        run_with(&[], &[("PYTHONHASHSEED", "x")]),
        Action::Fail(_, 1)
    ));
}
