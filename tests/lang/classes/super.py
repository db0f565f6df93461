class Base:
    name = "base"
    def __init__(self, x): self.x = x
    @classmethod
    def make(cls, x): return cls(x)
    @property
    def p(self): return "p" + str(self.x)
class Child(Base):
    def __init__(self, x):
        super().__init__(x)
        self.inner = [super(Child, self).name for _ in range(2)]
    @classmethod
    def make(cls, x): return super().make(x * 2)
    @property
    def p(self): return super().p + "!"
c = Child.make(3)
print(c.x, c.p, c.inner)
print(repr(super(Child, c))[:16], super(Child, c).__thisclass__.__name__, super(Child, c).__self__ is c)
for f in [lambda: super(), lambda: super(int, c), lambda: super(5), lambda: super(Child, c).zzz]:
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
def outside(self): return super().p
try:
    outside(c)
except RuntimeError as e:
    print(e)
class M(type):
    def __call__(cls, *a): return super().__call__(*a)
class N(metaclass=M):
    def f(self): return __class__
print(N().f() is N)
