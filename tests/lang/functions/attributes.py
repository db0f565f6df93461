def f(a: int, b=1, *c, d=2, **e) -> str:
    """Doc."""
    local = 1
    return a
print(f.__name__, f.__qualname__, f.__doc__, f.__defaults__, f.__kwdefaults__, f.__annotations__, f.__module__)
c = f.__code__
print(c.co_argcount, c.co_kwonlyargcount, c.co_posonlyargcount, c.co_varnames, c.co_nlocals, c.co_flags & 0xff, c.co_name)
f.custom = 5
print(f.__dict__, vars(f))
f.__name__ = "renamed"
print(f.__name__, f.__qualname__)
f.__defaults__ = (9,)
print(f(1), f.__defaults__)
try:
    f.__code__ = 5
except TypeError as e:
    print(e)
try:
    f.__name__ = 5
except TypeError as e:
    print(e)
def g(): return "g body"
def h(): return "h body"
g.__code__ = h.__code__
print(g())
import inspect
print(inspect.signature(f), inspect.signature(len), inspect.signature(lambda x, /, y=1, *, z: 0))
class K:
    def m(self): pass
    @classmethod
    def cm(cls): return cls.__name__
    @staticmethod
    def sm(x): return x
k = K()
print(k.m.__func__ is K.m, k.m.__self__ is k, k.m == k.m, K.cm(), k.cm(), K.sm(1), k.sm(2), K.m.__qualname__)
print((lambda: 0).__name__, (lambda: 0).__qualname__)
def outer():
    class L:
        def m(self): pass
    return L.m
print(outer().__qualname__)
