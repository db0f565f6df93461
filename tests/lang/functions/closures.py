def counter():
    n = 0
    def inc(by=1):
        nonlocal n
        n += by
        return n
    def get(): return n
    return inc, get
inc, get = counter()
inc(); inc(5)
print(get(), inc.__closure__[0].cell_contents, inc.__code__.co_freevars)
def outer():
    def show(): return late
    try:
        show()
    except NameError as e:
        print(e)
    late = 1
    return show()
print(outer())
def local():
    try:
        print(x)
    except UnboundLocalError as e:
        print(e)
    x = 1
    del x
    try:
        x
    except UnboundLocalError as e:
        print(e)
local()
def make(): return [lambda x: x + i for i in range(3)]
print([f(10) for f in make()])
g = 1
def glob():
    global g, fresh
    g += 1
    fresh = "new"
glob()
print(g, fresh)
def dec(n):
    def wrap(f):
        def inner(*a): return f(*a) * n
        return inner
    return wrap
@dec(3)
@dec(2)
def six(x): return x
print(six(1))
class C:
    x = "class"
    def m(self): return x
x = "global"
print(C().m())
for src in ["def f():\n nonlocal x", "nonlocal x", "def f(x):\n global x", "def f():\n x = 1\n global x", "def f():\n print(x)\n nonlocal x"]:
    try:
        compile(src, "s", "exec"); print("ok")
    except SyntaxError as e:
        print(e.msg)
