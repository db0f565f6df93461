print(eval("1 + 2"), eval("x + y", {"x": 1}, {"y": 2}), exec("z = 5"), z)
ns = {}
exec("a = 1\ndef f(): return a\nclass C: v = a", ns)
print(ns["f"](), ns["C"].v, sorted(k for k in ns if k[0] != "_"))
c = compile("q * 2", "<s>", "eval")
print(eval(c, {"q": 21}), c.co_filename, c.co_name, c.co_names)
def f():
    loc = 1
    exec("loc = 2; new = 3")
    return loc, sorted(locals())
print(f())
def g():
    x = 1
    d = locals()
    d["x"] = 99
    return x, locals()["x"], d is locals()
print(g())
class K:
    a = 1
    locals()["b"] = 2
print(K.b)
print("globals" in dir(__builtins__), globals() is globals(), globals()["__name__"], __name__)
for s in ["eval('x = 1')", "eval('')", "exec('x = ')", "eval(5)", "exec(5)", "compile('a', 'b', 'c')", "eval('1', 5)", "eval('nope')", "exec('raise KeyError(1)')", "compile(5, 's', 'exec')", "eval('1\\x00')"]:
    try:
        eval(s)
    except Exception as e:
        print(s, "->", type(e).__name__ + ":", e)
import __future__
print(eval("  1"), eval(b"2"), eval("(1,\n2)"))
exec(compile("import sys as _s; print(_s.__name__)", "m", "single"))
exec(compile("5 + 5", "m", "single"))
import sys
print(sys._getframe().f_code.co_name, (lambda: sys._getframe(1).f_lineno)())
