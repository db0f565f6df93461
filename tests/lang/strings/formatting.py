for spec in ["", "d", "5", "<5", ">5", "^5", "=5", "05", "+", " ", "-", ",", "_", "b", "#b", "o", "x", "#X", "c", "e", ".2f", "g", "%", "n", "*^9", "+08,", "#010x", "z.1f"]:
    try:
        print(repr(spec), repr(format(65, spec)), end=" ")
    except ValueError as e:
        print(repr(spec), e, end=" ")
    try:
        print(repr(format(-1234.5678, spec)))
    except ValueError as e:
        print(e)
for spec in ["", "s", "10", "<10", "^10.2", ".1", "*>6", "d", "=5", ",", "+", "0", "05"]:
    try:
        print(repr(spec), repr(format("abc", spec)))
    except ValueError as e:
        print(repr(spec), e)
print("{:{}}|{:{w}.{p}f}|{!r:>8}|{:>{w}}".format("a", 5, 3.14159, "s", "q", w=8, p=2) if False else "{:{}}|{:{}.{}f}".format("a", 5, 3.14159, 8, 2))
print("{0[0]}{0[1]} {a.__class__.__name__} {b[key]} {c[0][k]}".format([1, 2], a=5, b={"key": "v"}, c=[{"k": 9}]), "{:%Y-%m}".format(__import__("datetime").date(2024, 5, 1)))
print("%5d|%-5d|%05d|%+d|% d|%x|%X|%#o|%e|%.3g|%G|%c|%r|%a|%s|%%" % (1, 2, 3, 4, 5, 255, 255, 8, 1234.5, 0.00012345, 1e-10, "c", "é", "é", None))
print("%(x)5.2f %(y)s" % {"x": 1.234, "y": [1]}, "%s" % (("t",),), "%-10s|" % "l", "%.2s" % "abc", "%*.*f" % (8, 2, 3.14159), "%i %u" % (3.9, 4))
print(format(1e6, ",.2f"), format(123456789, "_"), format(0xdeadbeef, "_x"), format(1 + 2j, ".1f"), format(10 ** 20, "e"), format(float("nan"), "10"), format(True, "5"), format(None), f"{1e-7} {1e17} {123456789.123456789:.3f} {0.1:.20f} {1/3:.0%}")
from string import Formatter, Template
print(Formatter().format("{0} {x}", 1, x=2), list(Formatter().parse("a{b!r:c}d")), Template("$a $$ ${b}c").safe_substitute(a=1))
