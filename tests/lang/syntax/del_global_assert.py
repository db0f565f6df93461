x = [1, 2, 3, 4]
del x[0], x[-1]
print(x)
class A: pass
a = A(); a.b = A(); a.b.c = 1
del a.b.c
print(vars(a.b))
del (a, x)
for name in ("a", "x"):
    print(name in globals())
def f():
    global made
    made = 1
    del made
    try:
        made
    except NameError as e:
        print(e)
f()
def g():
    for i in range(2): pass
    del i
    try:
        i
    except UnboundLocalError as e:
        print(e)
g()
[p, q] = (r, s) = "ab"
del [p, q], r
print(s)
for expr in ["assert 0", "assert 0, 'm'", "assert [], {'a': 1}", "assert (), ('t',)"]:
    try:
        exec(expr)
    except AssertionError as e:
        print(repr(e))
def h(a):
    del a
    return locals()
print(h(1))
try:
    del undefined_thing
except NameError as e:
    print(e)
x: int
try:
    x
except NameError as e:
    print(e)
x: int = 3
(y): str = "s"
d = {}
d["k"]: int = 5
print(x, y, d)
