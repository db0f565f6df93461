import traceback
def show(src):
    ns = {"d": {"a": [1]}, "f": lambda *a: a[5], "obj": object(), "n": 0, "x": "s"}
    try:
        exec(compile(src, "<src>", "exec"), ns)
    except Exception as e:
        import linecache
        linecache.cache["<src>"] = (len(src), None, src.splitlines(True), "<src>")
        tb = traceback.TracebackException.from_exception(e)
        print("".join(tb.format()))
show("d['a'][0]['b']")
show("y = 1 + n / n * 2")
show("f(1, 2)")
show("obj.attr.more")
show("result = (x +\n    n)")
show("a = d['zz']")
show("for i in n:\n    pass")
show("n()")
show("a, b = 1, 2, 3")
show("del d['q']")
show("x[0] = 1")
show("[i / 0 for i in range(3)]")
show("assert n, 'message'")
show("raise ValueError('multi\\nline')")
show("def g():\n    def h():\n        return undefined\n    return h()\ng()")
show("print(f'{n / n}')")
show("import nope")
show("-x")
show("x < n")
show("with n: pass")
