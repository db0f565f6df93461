print((lambda: 1)(), (lambda x, y=2: x + y)(1), (lambda *a, **k: (a, k))(1, b=2), [f(3) for f in [lambda x: x, lambda x: x ** 2]])
def f(x, cache={}):
    cache[x] = True
    return len(cache)
print(f(1), f(2), f(1), f.__defaults__)
n = 10
def late(a=n): return a
n = 20
print(late())
def kw(*, a=1, b): return a, b
print(kw(b=2), kw.__kwdefaults__)
fib = lambda n: n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(15))
compose = lambda *fs: lambda x: __import__("functools").reduce(lambda a, f: f(a), fs, x)
print(compose(str, len, lambda x: x * 2)(12345))
print(sorted(["bb", "a", "ccc"], key=lambda s: (-len(s), s)), (lambda: (yield))().__class__.__name__)
def outer(x):
    return lambda y: (lambda z: x + y + z)
print(outer(1)(2)(3))
print((lambda x: lambda x: x)(1)(2), (lambda a, /, b, *, c: a + b + c)(1, b=2, c=3))
