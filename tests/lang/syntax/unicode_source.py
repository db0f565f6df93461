# -*- coding: utf-8 -*-
π = 3.14
class Ñ:
    größe = 5
def функция(аргумент): return аргумент * 2
print(π, Ñ.größe, функция(2), Ñ.__name__, функция.__name__)
ﬁ = 1
print(fi, "ﬁ" in globals(), "fi" in globals())
print("\u00e9", "\U0001F600", "\N{GREEK SMALL LETTER ALPHA}", '\x41', "\101", b"\x41\101", r"\u00e9", "a\
b", "tab\there", '\'"', "\a\b\f\v" == "\x07\x08\x0c\x0b")
exec("# coding: latin-1\ns = 'ok'")
print(s)
print(eval(b"# coding: latin-1\n'\xe9'"), eval("'é'".encode()), eval("\ufeff1") if False else "bom")
ns = {}
exec(b"\xef\xbb\xbfx = 5", ns); print(ns["x"])
for src in [b"# coding: nope\nx=1", b"x = '\xff'", b"\xef\xbb\xbf# coding: latin-1\n"]:
    try:
        compile(src, "s", "exec")
        print("ok")
    except SyntaxError as e:
        print(e.msg)
exec("x = 1\r\ny = 2\rz = 3\n\tif_ = 1" if False else "x = 1\r\ny = 2\rz = 3", ns); print(ns["y"], ns["z"])
exec("if 1:\n\tx = 1\n\ty = 2\n\n  # comment\n\tz = 4\n", ns); print(ns["z"])
exec("x = 1; y = 2;", ns); exec("\f\nw = 1\n\f", ns); print(ns["w"])
exec("def f(): return 1\\\n + 2\nr = f()", ns); print(ns["r"])
