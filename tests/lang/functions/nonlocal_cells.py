def outer():
    x = 0
    class C:
        nonlocal x
        x = 5
        y = x
    def mid():
        def inner():
            nonlocal x
            x += 1
            return x
        return inner
    i = mid()
    i()
    return x, C.y, hasattr(C, "x")
print(outer())
def swap():
    a, b = 1, 2
    def do():
        nonlocal a, b
        a, b = b, a
    do()
    return a, b
print(swap())
def delcell():
    v = 1
    def get(): return v
    def rm():
        nonlocal v
        del v
    rm()
    try:
        get()
    except NameError as e:
        print(type(e).__name__, e)
delcell()
def loop():
    out = []
    for i in range(3):
        def f(i=i): return i
        def g(): return i
        out.append((f(), g))
    return [(a, b()) for a, b in out]
print(loop())
def params(a, *b, **c):
    def show(): return a, b, c
    a = a + 1
    return show()
print(params(1, 2, d=3))
def gen():
    total = 0
    def add(n):
        nonlocal total
        total += n
    for i in range(3):
        add(i)
        yield total
print(list(gen()))
def cell_api():
    x = 1
    def f(): return x
    c = f.__closure__[0]
    c.cell_contents = 42
    print(f(), x)
    del c.cell_contents
    try:
        c.cell_contents
    except ValueError as e:
        print(e)
cell_api()
import types
print(types.CellType(3).cell_contents, types.CellType(1) == types.CellType(1))
