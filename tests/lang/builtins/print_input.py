import io, sys
buf = io.StringIO()
print("a", 1, None, [1], sep="-", end="|\n", file=buf)
print(repr(buf.getvalue()))
print("x", flush=True)
print(*range(5), sep="\n")
print("no newline", end=""); print()
print(sep="")
print("é🎉", "\x41")
for f in [lambda: print("a", sep=5), lambda: print("a", end=5), lambda: print("a", foo=1), lambda: print(file=5)]:
    try:
        f()
    except (TypeError, AttributeError) as e:
        print(e)
class W:
    def write(self, s): out.append(s)
out = []
print("to", "writer", file=W()); sys.stdout.write("direct\n")
print(out)
class S:
    def __str__(self): return "str"
    def __repr__(self): return "repr"
print(S(), [S()], f"{S()} {S()!r}", "%s %r" % (S(), S()), str(S()), {S(): S()}.__len__())
old = sys.stdout
sys.stdout = io.StringIO()
print("hidden")
captured, sys.stdout = sys.stdout.getvalue(), old
print(repr(captured), sys.stdout.encoding.lower(), sys.stdout.isatty() if False else "", sys.__stdout__ is sys.stdout)
sys.stdout.flush()
print(sys.stdin.read() == "", sys.argv[0].endswith(".py"), len(sys.argv), sys.version_info[:2], sys.implementation.name != "", sys.byteorder, sys.maxunicode, sys.getsizeof([]) > 0, sys.platform)
