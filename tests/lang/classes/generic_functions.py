from functools import singledispatchmethod, wraps, partialmethod, cache
class F:
    @singledispatchmethod
    def show(self, x): return f"any {x}"
    @show.register
    def _(self, x: int): return f"int {x}"
    def base(self, a, b): return (a, b)
    fixed = partialmethod(base, 1)
print(F().show(1), F().show("s"), F().fixed(2))
def deco(f):
    @wraps(f)
    def inner(*a, **k):
        """inner doc"""
        return f(*a, **k)
    return inner
@deco
def documented(x):
    """original doc"""
    return x
print(documented.__name__, documented.__doc__, documented.__wrapped__(3))
@cache
def expensive(n):
    print("computing", n)
    return n * n
print(expensive(3), expensive(3), expensive.cache_info().hits)
class Deco:
    def __init__(self, f): self.f = f; self.n = 0
    def __call__(self, *a): self.n += 1; return self.f(*a)
@Deco
def counted(x): return x + 1
counted(1); print(counted(2), counted.n)
@staticmethod
def plain(x): return x
print(plain(4), plain.__func__(5))
@(lambda f: lambda: f() + "!")
def expr_decorated(): return "expr"
print(expr_decorated())
