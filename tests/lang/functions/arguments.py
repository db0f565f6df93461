def f(a, b=2, /, c=3, *args, d, e=5, **kw): return a, b, c, args, d, e, kw
print(f(1, d=4), f(1, 2, 3, 4, 5, d=6, z=7), f(1, d=1, **{"a": 1, "b": 2}))
print(f(*[1, 2], *(3, 4), d=0, **{"x": 1}, **{"y": 2}))
def g(a, b): pass
def h(*, k): pass
def p(a, /): pass
def n(): pass
def dflt(a, b=1, *, c=2): pass
calls = ["f()", "f(1)", "g(1)", "g()", "g(1, 2, 3)", "g(1, b=2, a=3)", "g(1, c=2)", "h()", "h(1)", "h(k=1, j=2)", "p(a=1)", "n(1)", "n(1, 2, x=3)",
         "g(*5)", "g(**5)", "g(**{1: 2})", "g(1, **{'a': 1})", "f(1, d=1, **{'z': 1}, **{'z': 2})", "dflt()", "dflt(1, 2, 3)", "dflt(1, 2, 3, c=4)", "dflt(b=1)", "(lambda x: x)()", "5()", "'s'(1)", "None()", "g(b=1)"]
for c in calls:
    try:
        eval(c); print(c, "ok")
    except TypeError as e:
        print(c, "->", e)
class M:
    def m(self, a): pass
    def z(): pass
for c in ["M().m()", "M().m(1, 2)", "M().z()", "M.m()", "M(1)"]:
    try:
        eval(c)
    except TypeError as e:
        print(c, "->", e)
def mutable(x, acc=[]):
    acc.append(x); return acc
print(mutable(1), mutable(2))
