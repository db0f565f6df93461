class A:
    def __new__(cls, *a, **k):
        print("new", cls.__name__, a, k)
        return super().__new__(cls)
    def __init__(self, x=0): self.x = x
print(A(5).x)
class B:
    def __new__(cls): return 42
    def __init__(self): print("never")
print(B())
class T(tuple):
    def __new__(cls, *a): return super().__new__(cls, a)
    def __init__(self, *a): self.extra = len(a)
t = T(1, 2)
print(t, t.extra, type(t).__name__)
class I(int):
    def __new__(cls, v): return super().__new__(cls, v * 2)
print(I(4), I(4) + 1, type(I(4) + 1).__name__, repr(I(4)))
class BadInit:
    def __init__(self): return 5
try:
    BadInit()
except TypeError as e:
    print(e)
for f in [lambda: object(1), lambda: object.__new__(int), lambda: int.__new__(str), lambda: object.__new__(5), lambda: object.__new__(), lambda: type.__call__(int, "a"), lambda: A.__init__()]:
    try:
        f()
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
class L(list):
    def append(self, x): super().append(x * 2)
l = L([1]); l.append(2)
print(l, l + [1], type(l + [1]).__name__, L.__mro__[1])
class D(dict):
    def __missing__(self, k): return k * 2
print(D()[4], D(a=1), D().get(4))
class S(str):
    def upper(self): return "custom"
print(S("x").upper(), S("x") + "y", {S("k"): 1}["k"])
