class S:
    __slots__ = ("a", "b")
    def __init__(self): self.a = 1
s = S()
print(s.a)
for f in [lambda: s.b, lambda: setattr(s, "c", 1), lambda: s.__dict__, lambda: delattr(s, "b")]:
    try:
        f()
    except AttributeError as e:
        print(e)
class T(S):
    __slots__ = ["c"]
t = T()
t.c = 3
print(t.c, T.__slots__, type(S.a).__name__, S.a)
class U(S): pass
u = U()
u.anything = 1
print(u.__dict__)
class D:
    __slots__ = ("x", "__dict__")
d = D(); d.x = 1; d.y = 2
print(d.__dict__)
for body in ["__slots__ = ('a', 5)", "__slots__ = ('1a',)", "__slots__ = ('a',); a = 1", "__slots__ = ('__dict__', '__dict__')"]:
    try:
        exec("class X:\n " + body)
    except Exception as e:
        print(type(e).__name__, e)
class W: __slots__ = ("__weakref__",)
import weakref
w = W(); print(weakref.ref(w)() is w)
try:
    weakref.ref(s)
except TypeError as e:
    print(e)
class P1: __slots__ = ("x",)
class P2: __slots__ = ("y",)
try:
    class Q(P1, P2): pass
except TypeError as e:
    print(e)
class Mangled:
    __slots__ = ("__private",)
    def __init__(self): self.__private = 1
print(Mangled()._Mangled__private)
