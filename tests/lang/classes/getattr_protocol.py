class Proxy:
    def __init__(self, t): object.__setattr__(self, "_t", t)
    def __getattr__(self, n): return getattr(self._t, n)
    def __setattr__(self, n, v): setattr(self._t, n, v)
    def __len__(self): return len(self._t)
class T:
    v = 1
    def __len__(self): return 9
t = T(); p = Proxy(t)
p.new = 5
print(p.v, t.new, len(p), p.__class__.__name__)
class Lazy:
    def __getattr__(self, n):
        if n.startswith("auto_"):
            v = n[5:]
            setattr(self, n, v)
            return v
        raise AttributeError(f"no {n}")
l = Lazy()
print(l.auto_x, l.__dict__)
try:
    l.other
except AttributeError as e:
    print(e)
print(getattr(l, "other", "default"), hasattr(l, "other"))
class BadGA:
    @property
    def p(self): return self.missing
    def __getattr__(self, n): return "ga:" + n
print(BadGA().p)
class Raises:
    def __getattr__(self, n): raise ValueError("not attribute error")
try:
    hasattr(Raises(), "x")
except ValueError as e:
    print(e)
# Special methods are looked up on the type.
t.__len__ = lambda: 100
print(len(t), t.__len__())
import operator
for f in [lambda: getattr(t, 5), lambda: setattr(t, 5, 1), lambda: getattr(t), lambda: delattr(t, "zz")]:
    try:
        f()
    except (TypeError, AttributeError) as e:
        print(e)
