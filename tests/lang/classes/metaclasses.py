class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        print("prepare", name, kw)
        return {"injected": 1}
    def __new__(mcs, name, bases, ns, **kw):
        print("new", name, sorted(k for k in ns if not k.startswith("__")))
        return super().__new__(mcs, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw):
        print("init", name, kw)
        super().__init__(name, bases, ns)
    def __call__(cls, *a):
        print("call", a)
        return super().__call__(*a)
    def __instancecheck__(cls, o): return o == 5
    def __subclasscheck__(cls, o): return o is int
    def __getattr__(cls, n): return "meta " + n
    def __len__(cls): return 3
    @property
    def prop(cls): return cls.__name__.lower()
class A(metaclass=Meta, flag=True):
    x = 1
class B(A): pass
a = A()
print(A.injected, A.missing, len(A), A.prop, isinstance(5, A), issubclass(int, B), type(B))
try:
    a.prop
except AttributeError as e:
    print(e)
class Other(type): pass
try:
    class C(A, metaclass=Other): pass
except TypeError as e:
    print(e)
T = type("T", (A,), {"y": 2})
print(T.y, type(T) is Meta)
def func_meta(name, bases, ns): return (name, bases, sorted(k for k in ns if k[0] != "_"))
class F(metaclass=func_meta):
    k = 1
print(F)
try:
    type("x")(); type(1, 2)
except TypeError as e:
    print(e)
try:
    type(1, (), {})
except TypeError as e:
    print(e)
try:
    class G(flag=1): pass
except TypeError as e:
    print(e)
print(type("a", (), {"__slots__": ()})().__class__)
