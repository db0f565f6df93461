class A:
    def __add__(self, o): return "A.add"
    def __radd__(self, o): return "A.radd"
    def __eq__(self, o): return "A.eq"
    def __lt__(self, o): return "A.lt"
    def __gt__(self, o): return "A.gt"
    __hash__ = None
class B(A):
    def __radd__(self, o): return "B.radd"
    def __eq__(self, o): return "B.eq"
    def __gt__(self, o): return "B.gt"
print(A() + B(), B() + A(), A() == B(), A() < B(), 1 + A(), 1 == A(), 5 > A())
class N:
    def __add__(self, o): return NotImplemented
    def __eq__(self, o): return NotImplemented
try:
    N() + N()
except TypeError as e:
    print(e)
n = N()
print(n == n, n == N(), n != n)
class M(int):
    def __radd__(self, o): return "M.radd"
print(1 + M(2), M(2) + 1, type(M(2) + 1).__name__)
class Bad:
    def __bool__(self): return 1
    def __len__(self): return -1
    def __index__(self): return "a"
    def __repr__(self): return 5
    def __hash__(self): return "h"
    def __iter__(self): return 5
    def __int__(self): return "s"
    def __contains__(self, k): return [1]
b = Bad()
for f in [lambda: bool(b), lambda: len(b), lambda: [1][b], lambda: repr(b), lambda: hash(b), lambda: iter(b), lambda: int(b), lambda: 1 in b, lambda: [*b]]:
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
class NoneOps:
    __add__ = None
    __iter__ = None
    __contains__ = None
for f in [lambda: NoneOps() + 1, lambda: iter(NoneOps()), lambda: 1 in NoneOps()]:
    try:
        f()
    except TypeError as e:
        print(e)
