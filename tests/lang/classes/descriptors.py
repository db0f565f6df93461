class Data:
    def __get__(self, o, t): return "data get" if o is not None else self
    def __set__(self, o, v): print("set", v)
    def __delete__(self, o): print("delete")
class NonData:
    def __get__(self, o, t): return "nondata get"
class C:
    d = Data()
    n = NonData()
c = C()
c.__dict__.update(d="inst d", n="inst n")
print(c.d, c.n, C.n)
c.d = 5
del c.d
print(c.__dict__)
class RO:
    def __get__(self, o, t): return 1
    def __set__(self, o, v): raise AttributeError("read only")
class NoDel:
    def __set__(self, o, v): pass
class E:
    r = RO()
    nd = NoDel()
try:
    E().r = 1
except AttributeError as e:
    print(e)
try:
    del E().nd
except AttributeError as e:
    print(e)
class GA:
    def __getattribute__(self, n):
        if n == "special": return "intercepted"
        return super().__getattribute__(n)
    def __getattr__(self, n): return "fallback " + n
    def __setattr__(self, n, v): object.__setattr__(self, n, v * 2)
    def __delattr__(self, n): print("del", n)
g = GA()
g.x = 4
print(g.x, g.special, g.zz)
del g.x
class D2:
    def __dir__(self): return ["b", "a"]
print(dir(D2()))
print(type(C.__dict__).__name__, type(int.__add__).__name__, type("".join).__name__, type(str.join).__name__, type(int.real).__name__, type(dict.fromkeys).__name__)
print(int.__add__(2, 3), str.upper("a"), list.__len__([1]))
for f in [lambda: str.upper(5), lambda: int.__add__("a", 1), lambda: str.upper(), lambda: list.append([])]:
    try:
        f()
    except TypeError as e:
        print(e)
