import sys, os, signal, atexit, subprocess, platform, shutil, argparse, logging, configparser, csv, io, uuid, zlib, urllib.parse, html, shlex, glob, fnmatch, locale, calendar, operator, types, enum, warnings, ast, tokenize, dis
print(os.getcwd() != "", os.sep, os.path.join("a", "..", "b"), os.path.normpath("a/../b"), os.path.splitext("x.tar.gz"), os.environ.get("NOPE", "unset"), os.getpid() > 0, os.path.basename("/a/b"))
atexit.register(print, "atexit ran")
p = argparse.ArgumentParser(prog="prog"); p.add_argument("--n", type=int, default=3); p.add_argument("name")
print(p.parse_args(["--n", "5", "x"]))
log = io.StringIO(); h = logging.StreamHandler(log); lg = logging.getLogger("t"); lg.addHandler(h); lg.warning("w %d", 5); print(repr(log.getvalue()))
print(list(csv.reader(["a,b", '"c,d",e'])), urllib.parse.urlparse("http://h:1/p?q=1#f").netloc, urllib.parse.quote("a b/é"), html.escape("<a>"), shlex.split("a 'b c'"), fnmatch.fnmatch("a.py", "*.py"), zlib.decompress(zlib.compress(b"x" * 100))[:3], uuid.UUID(int=5))
print(ast.literal_eval("[1, {'a': (2, None)}]"), type(ast.parse("x = 1").body[0]).__name__, ast.dump(ast.parse("a + 1", mode="eval").body) , ast.unparse(ast.parse("x=[1,2]")))
c = configparser.ConfigParser(); c.read_string("[s]\nk = v\n"); print(c["s"]["k"], calendar.monthrange(2024, 2), types.SimpleNamespace(a=1), [t.string for t in tokenize.generate_tokens(io.StringIO("x = 1").readline)][:3])
print(subprocess.run(["echo", "sub"], capture_output=True, text=True).stdout, end="")
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always"); warnings.warn("careful", DeprecationWarning); print(w[0].message, w[0].category.__name__)
hits = []
signal.signal(signal.SIGUSR1, lambda s, f: hits.append(s)); os.kill(os.getpid(), signal.SIGUSR1)
print(hits == [signal.SIGUSR1], signal.Signals(2).name)
try:
    ast.literal_eval("f()")
except ValueError as e:
    print(str(e)[:30])
