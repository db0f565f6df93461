import io, os, tempfile
s = io.StringIO("line1\nline2\n")
print(s.readline(), list(s), s.read(), s.getvalue(), s.tell())
b = io.BytesIO(b"abc"); b.seek(1); b.write(b"Z"); print(b.getvalue(), b.read(), b.seek(0), b.read(2))
with tempfile.TemporaryDirectory() as d:
    p = os.path.join(d, "f.txt")
    with open(p, "w", encoding="utf-8") as f: print(f.write("héllo\nworld\n"), f.writable(), f.name == p, f.mode)
    with open(p, encoding="utf-8") as f: print(f.read(3), f.readline(), f.readlines(), f.read())
    with open(p, "rb") as f: print(f.read(), f.seek(-3, 2), f.read())
    with open(p, "a") as f: f.write("more")
    print([l for l in open(p, encoding="utf-8")], os.path.getsize(p), os.path.exists(p), os.listdir(d))
    try:
        open(os.path.join(d, "missing"))
    except FileNotFoundError as e:
        print(e.errno, e.strerror)
    for bad in [lambda: open(p, "q"), lambda: open(p, "rw"), lambda: open(p, "rb", encoding="utf8"), lambda: open(d), lambda: f.write("x"), lambda: open(p).write("x")]:
        try:
            bad()
        except Exception as e:
            print(type(e).__name__, str(e).split("'/")[0])
    from pathlib import Path
    q = Path(d) / "sub" / "x.txt"; q.parent.mkdir(); q.write_text("t"); print(q.read_text(), q.name, q.suffix, q.exists(), sorted(x.name for x in Path(d).iterdir()))
