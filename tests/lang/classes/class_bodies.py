x = "module"
class A:
    print("body runs", __qualname__, __module__)
    x = x + "!"
    for i in range(3): pass
    def f(self): return x
    g = lambda self: self.x
    if True:
        cond = 1
    else:
        never = 1
    del i
    class Inner:
        y = 2
    z = Inner.y
print(A.x, A().f(), A().g(), A.cond, A.z, hasattr(A, "i"), A.Inner.__qualname__)
def make(v):
    class Local:
        val = v
        def get(self): return v, __class__.__name__
    return Local
print(make(1).val, make(2)().get(), make(1) is make(1), make.__name__)
class WithDoc:
    """Documentation."""
    __slots__ = ()
print(WithDoc.__doc__, A.__doc__, WithDoc.__dict__["__slots__"], A.__firstlineno__, A.__static_attributes__)
def deco(cls):
    cls.decorated = cls.__name__
    return cls
@deco
class D: pass
print(D.decorated)
try:
    class Err:
        a = 1
        raise ValueError("in body")
except ValueError as e:
    print(e)
class Self:
    def m(self):
        self.attr = 1
        self.other: int = 2
print(sorted(Self.__static_attributes__))
