import sys
def direct(n): return direct(n + 1)
def a(n): return b(n)
def b(n): return a(n)
class R:
    def __getattr__(self, name): return getattr(self, name + "x")
    def __repr__(self): return repr(self)
    def __eq__(self, o): return self == o
    def __call__(self): return self()
    def __len__(self): return len(self)
    def __getitem__(self, i): return self[i]
    def __add__(self, o): return self + o
    def __iter__(self): return iter(self)
    def __hash__(self): return hash(self)
    def __str__(self): return str(self)
r = R()
for f in [lambda: direct(0), lambda: a(0), lambda: r.q, lambda: repr(r), lambda: r == r.__class__(), lambda: r(), lambda: len(r), lambda: r[0], lambda: r + 1, lambda: iter(r), lambda: hash(r), lambda: str(r)]:
    try:
        f()
        print("no error")
    except RecursionError as e:
        print("RecursionError", str(e)[:32])
l = []
for _ in range(100000): l = [l]
try:
    repr(l)
except RecursionError:
    print("deep repr")
try:
    l == [[]]
    print("eq done")
except RecursionError:
    print("deep eq")
del l
t = ()
for _ in range(100000): t = (t,)
try:
    hash(t); print("hash done")
except RecursionError:
    print("hash done")
del t
print(sys.getrecursionlimit())
sys.setrecursionlimit(50)
def d(n):
    return 0 if n == 0 else 1 + d(n - 1)
try:
    d(100)
except RecursionError:
    print("limit 50")
sys.setrecursionlimit(5000)
print(d(3000))
try:
    sys.setrecursionlimit(0)
except ValueError as e:
    print(e)
