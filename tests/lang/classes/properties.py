class C:
    def __init__(self): self._x = 0
    @property
    def x(self):
        """The x."""
        return self._x
    @x.setter
    def x(self, v):
        if v < 0: raise ValueError("negative")
        self._x = v
    @x.deleter
    def x(self): print("deleted")
    @property
    def ro(self): return 1
    wo = property(fset=lambda self, v: print("wo", v))
c = C()
c.x = 5
print(c.x, C.x.__doc__, type(C.x).__name__, C.x.__name__)
del c.x
c.wo = 3
for f in [lambda: setattr(c, "x", -1), lambda: setattr(c, "ro", 1), lambda: delattr(c, "ro"), lambda: c.wo]:
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
class D(C):
    @C.x.getter
    def x(self): return "overridden"
print(D().x)
import functools
class E:
    calls = 0
    @functools.cached_property
    def cp(self):
        E.calls += 1
        return E.calls
e = E()
print(e.cp, e.cp, E.calls)
