//! Packs the pure-Python standard library into one archive for `src/stdlib_pack.rs`.
//!
//! The sources are CPython's own `Lib` as the crate rustpython-pylib ships it, less what cannot work
//! here, with that crate's few changes for its own interpreter taken back; files in `pylib/` come on
//! top. Every module is compiled as well, so that importing one takes no compiler. The layout of the archive is described in
//! `src/stdlib_pack.rs`.

use flate2::{Compression, write::DeflateEncoder};
use pirn_front::bytecode::image::Image;
use pirn_front::compile::{Mode, Options, compile_bytes};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

/// Folders that are left out, wherever they are.
const SKIPPED_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "idle_test",
    "idlelib",
    "tkinter",
    "turtledemo",
    "_bundled",
    "macholib",
    "__pycache__",
];

/// Files that are left out: they need a GUI, or exist for another interpreter only.
const SKIPPED_FILES: &[&str] = &[
    "turtle.py",
    "_dummy_os.py",
    "_dummy_thread.py",
    "dummy_threading.py",
    "_pycodecs.py",
    "README.md",
];

/// Texts that name another interpreter: (file, as shipped, as CPython has it).
const RESTORED: &[(&str, &str, &str)] = &[
    (
        "site.py",
        "return 'RustPython' # XXX: RUSTPYTHON; for site-packages",
        "return 'Python'",
    ),
    (
        "site.py",
        "lib/rustpython{version[0]}",
        "lib/python{version[0]}",
    ),
    ("site.py", "    # XXX: RUSTPYTHON\n", ""),
    (
        "sysconfig/__init__.py",
        "return 'RustPython'  # XXX: RUSTPYTHON; For site-packages",
        "return 'Python'",
    ),
];

/// Modules that every start imports: their code lies side by side.
const FIRST: &[&str] = &[
    "importlib/_bootstrap.py",
    "importlib/_bootstrap_external.py",
    "abc.py",
    "io.py",
    "site.py",
    "os.py",
    "stat.py",
    "posixpath.py",
    "genericpath.py",
    "_collections_abc.py",
    "_sitebuiltins.py",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=pylib");
    let mut files = BTreeMap::new();
    for root in [Path::new(rustpython_pylib::LIB_PATH), Path::new("pylib")] {
        if root.is_dir() {
            collect(root, root, &mut files);
        }
    }
    assert!(
        files.contains_key("os.py"),
        "no standard library in {}",
        rustpython_pylib::LIB_PATH
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("OUT_DIR")).join("stdlib.pack");
    fs::write(&out, pack(&files)).expect("cannot write the archive");
    order_functions();
}

/// Has the linker put the functions of `src/start-up.order` side by side in optimized programs.
fn order_functions() {
    println!("cargo:rerun-if-changed=src/start-up.order");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|v| v == value);
    if !(is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu"))
    {
        return;
    }
    let list = fs::read_to_string("src/start-up.order").expect("cannot read start-up.order");
    let mut script = "SECTIONS {\n  .text.start : {\n".to_owned();
    for name in list.lines().filter(|line| !line.starts_with('#')) {
        script += &format!("    *(\".text.{name}\" \".text.unlikely.{name}\")\n");
    }
    script += "  }\n}\nINSERT BEFORE .text;\n";
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("OUT_DIR")).join("start-up.ld");
    fs::write(&out, script).expect("cannot write the linker script");
    println!("cargo:rustc-link-arg-bins=-Wl,-T,{}", out.display());
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("folder entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("file name");
        if path.is_dir() {
            if !SKIPPED_FOLDERS.contains(&name) {
                collect(root, &path, files);
            }
            continue;
        }
        let inside = path
            .strip_prefix(root)
            .expect("inside the root")
            .to_str()
            .expect("UTF-8")
            .replace('\\', "/");
        if SKIPPED_FILES.contains(&inside.as_str()) {
            continue;
        }
        // Where license() and `site` look for it.
        let inside = if inside == "PSF-LICENSE" {
            "LICENSE.txt".to_owned()
        } else {
            inside
        };
        let data = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        files.insert(inside.clone(), restore(&inside, data));
    }
}

fn restore(path: &str, data: Vec<u8>) -> Vec<u8> {
    if !RESTORED.iter().any(|(file, ..)| *file == path) {
        return data;
    }
    let mut text = String::from_utf8(data).expect("UTF-8");
    for (file, shipped, original) in RESTORED {
        if *file == path {
            text = text.replace(shipped, original);
        }
    }
    text.into_bytes()
}

/// A packed file: deflated source, code image (empty if it is no module).
struct Packed {
    source: Vec<u8>,
    code: Vec<u8>,
}

fn pack_file(path: &str, data: &[u8]) -> Packed {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).expect("deflate");
    let source = encoder.finish().expect("deflate");
    let code = match path.strip_suffix(".py") {
        Some(module) => {
            let module = module.strip_suffix("/__init__").unwrap_or(module);
            let name = format!("<frozen {}>", module.replace('/', "."));
            let options = Options {
                global_namespace: true,
                ..Options::default()
            };
            compile_bytes(data, &name, Mode::Exec, &options)
                .map(|compiled| Image::new(&compiled.unit).bytes().to_vec())
                .unwrap_or_default()
        }
        None => Vec::new(),
    };
    Packed { source, code }
}

/// Packs all files, on as many threads as there are processors.
fn pack_files(files: &BTreeMap<String, Vec<u8>>) -> Vec<Packed> {
    let list: Vec<(&String, &Vec<u8>)> = files.iter().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((path, data)) = list.get(number) else {
                return done;
            };
            done.push((number, pack_file(path, data)));
        }
    };
    let threads = thread::available_parallelism().map_or(1, |n| n.get().min(16));
    let mut all: Vec<(usize, Packed)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("packing"))
            .collect()
    });
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, packed)| packed).collect()
}

fn pack(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let packed = pack_files(files);
    let (mut index, mut names, mut sources) = (Vec::new(), Vec::<u8>::new(), Vec::<u8>::new());
    // Where the code of each file lies.
    let mut code = Vec::<u8>::new();
    let mut places = vec![0; packed.len()];
    let mut order: Vec<(bool, usize)> = files
        .keys()
        .enumerate()
        .map(|(number, path)| (!FIRST.contains(&path.as_str()), number))
        .collect();
    order.sort_unstable();
    for (_, number) in order {
        places[number] = code.len();
        code.extend(&packed[number].code);
    }
    let mut fingerprint = 0xCBF2_9CE4_8422_2325_u64;
    for (((path, data), file), place) in files.iter().zip(packed).zip(places) {
        for number in [
            names.len(),
            path.len(),
            sources.len(),
            file.source.len(),
            data.len(),
            place,
            file.code.len(),
        ] {
            index.extend(
                u32::try_from(number)
                    .expect("archive below 4 GB")
                    .to_le_bytes(),
            );
        }
        names.extend(path.as_bytes());
        for byte in path.bytes().chain(file.source.iter().copied()) {
            fingerprint = (fingerprint ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        sources.extend(file.source);
    }
    let mut archive = Vec::new();
    archive.extend(fingerprint.to_le_bytes());
    for number in [files.len(), names.len(), code.len()] {
        archive.extend(u32::try_from(number).expect("size").to_le_bytes());
    }
    archive.extend([0; 4]);
    for part in [index, names, code, sources] {
        archive.extend(part);
    }
    archive
}
