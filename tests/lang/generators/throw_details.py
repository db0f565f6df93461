import sys, warnings
def names(f):
    out = []
    while f and f.f_code.co_name != "<module>":
        out.append(f.f_code.co_name); f = f.f_back
    return out
def inner():
    try:
        yield 1
    except KeyError:
        print("inner sees", names(sys._getframe()))
        yield 2
def outer():
    r = yield from inner()
    print("inner gave", r)
    yield 3
g = outer()
print(next(g), g.throw(KeyError("k")), next(g))
class Custom:
    def __iter__(self): return self
    def __next__(self): return "item"
    def throw(self, *a):
        print("throw", a, names(sys._getframe()))
        raise StopIteration("done")
def outer2():
    print("got", (yield from Custom()))
    yield "end"
g = outer2()
print(next(g), g.throw(ValueError("v")))
def handling():
    try:
        raise KeyError("a")
    except KeyError:
        yield
g = handling(); next(g)
try:
    g.throw(ValueError)
except ValueError as e:
    print(repr(e.__context__))
g = handling(); next(g)
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    try:
        g.throw(ValueError, TypeError(1), None)
    except ValueError as e:
        print(repr(e), w[0].category.__name__, w[0].message)
class E(Exception):
    def __new__(cls, *a): return cls
def boring(): yield 1
g = boring()
try:
    g.throw(E)
except TypeError as e:
    print(str(e).replace("__main__.", ""))
print(list(g))
f = lambda: (yield 1)
g = f(); next(g)
try:
    g.send("sent")
except StopIteration as e:
    print(e.value)
g = boring(); frame = g.gi_frame; list(g)
print(frame.f_back)
def bad():
    try:
        yield
    finally:
        yield 2
g = bad(); next(g)
try:
    g.close()
except RuntimeError as e:
    print(e)
a = ValueError("again"); a.__context__ = KeyError("before")
try:
    try:
        raise TypeError("handled")
    except TypeError:
        raise a
except ValueError as e:
    print(repr(e.__context__))
