print(abs(-5), bin(5), chr(97), divmod(7, 3), hash("a") == hash("a"), hex(255), isinstance(1, (str, int)), len("abc"), oct(8), ord("a"), pow(2, 3), repr("x"), round(3.14159, 2), type(1).__name__, callable(len), id(1) == id(1))
print(dir(type("E", (), {"a": 1}))[-1], vars(type("E", (), {"a": 1}))["a"], getattr([], "append").__name__, hasattr(1, "real"), issubclass(bool, int), format(255, "x"), format(3.5), ascii("é"), bool([]), bytes(2), complex(1, 2), frozenset(), list(range(3)), str(1.5), tuple("ab"), sorted([2, 1]))
print(len.__name__, len.__doc__ is not None, len, print, type(len).__name__, [].append.__self__, int.__name__, type.__name__, object.__name__, str.__doc__ is not None, len.__module__, [].append.__qualname__, dict.fromkeys.__qualname__)
print(print("a", "b", sep=","), print(), end="\n")
class Meta(type): pass
print(object() == object(), type(object()) is object, NotImplemented, Ellipsis, type(None), type(...), type(NotImplemented), type(type(len)), type(lambda: 0), type((lambda: (yield))()))
try:
    bool(NotImplemented)
except TypeError as e:
    print(e)
import builtins
print(builtins.len is len, sorted(n for n in dir(builtins) if n.startswith("a")))
builtins.custom_name = 7
print(custom_name)
print(f"{__name__} {__doc__}", __file__.endswith(".py"), __spec__)
print(input.__name__, open.__name__, sum.__text_signature__, max.__name__, help.__class__.__name__, exit.__class__.__name__)
import io, sys
sys.stdin = io.StringIO("typed\n")
print(input("prompt> "))
try:
    input()
except EOFError as e:
    print(e)
