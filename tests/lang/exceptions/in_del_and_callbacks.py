import sys, weakref
got = []
sys.unraisablehook = lambda u: got.append((type(u.exc_value).__name__, str(u.exc_value), u.err_msg is not None))
class D:
    def __del__(self): raise RuntimeError("del")
D()
class W: pass
w = W(); r = weakref.ref(w, lambda x: 1 / 0); del w
def g():
    try: yield
    finally: raise KeyError("gen")
it = g(); next(it); del it
print(got)
class E:
    def __del__(self):
        try:
            raise ValueError
        except ValueError:
            pass
try:
    raise KeyError("kept")
except KeyError:
    e = E(); del e
    print(repr(sys.exception()))
class F:
    def __del__(self): print("del sees", sys.exception())
def f():
    x = F()
    raise IndexError("leaving")
try:
    f()
except IndexError as e:
    print("caught", e)
