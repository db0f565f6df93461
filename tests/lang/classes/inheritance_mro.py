class A:
    def m(self): return "A"
class B(A):
    def m(self): return "B" + super().m()
class C(A):
    def m(self): return "C" + super().m()
class D(B, C):
    def m(self): return "D" + super().m()
print(D().m(), [c.__name__ for c in D.__mro__])
for bases in [(A, B), (A, A), (int, str), (bool,), (5,), (type(None),)]:
    try:
        type("X", bases, {})
    except TypeError as e:
        print(e)
class E(D): pass
print(issubclass(E, A), issubclass(A, E), isinstance(E(), (int, C)), E.__base__)
B.m = lambda self: "patched"
print(E().m())
class P: pass
class Q(P): pass
class R(P):
    def hi(self): return "hi"
q = Q()
q.__class__ = R
print(q.hi(), type(q).__name__)
try:
    q.__class__ = int
except TypeError as e:
    print(e)
Q.__bases__ = (R,)
print(Q().hi())
print(A.__subclasses__() == [B, C])
try:
    isinstance(1, 5)
except TypeError as e:
    print(e)
try:
    issubclass(1, int)
except TypeError as e:
    print(e)
class X:
    def __mro_entries__(self, bases): return (A,)
class Y(X()): pass
print(Y.__bases__, Y.__orig_bases__[0].__class__.__name__)
