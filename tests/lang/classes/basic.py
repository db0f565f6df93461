class A:
    count = 0
    def __init__(self, x): self.x = x; A.count += 1
    def __repr__(self): return f"A({self.x})"
    def __eq__(self, o): return isinstance(o, A) and self.x == o.x
a, b = A(1), A(1)
print(a, a == b, a != b, a is b, A.count, a.count, A.__hash__)
a.count = 50
print(A.count, a.count, a.__dict__)
del a.count
print(a.count)
try:
    del a.count
except AttributeError as e:
    print(e)
try:
    a.nope
except AttributeError as e:
    print(e, e.name, e.obj is a)
try:
    A.nope
except AttributeError as e:
    print(e)
try:
    hash(a)
except TypeError as e:
    print(e)
try:
    a < b
except TypeError as e:
    print(e)
print(A.__name__, A.__module__, A.__bases__, A.__mro__, type(A), type(a) is A, isinstance(a, A))
A.new = lambda self: "added"
print(a.new())
class Empty: pass
e = Empty()
e.a, e.b = 1, 2
print(vars(e), dir(e)[-2:], sorted(k for k in vars(Empty)))
setattr(e, "with space", 3)
print(getattr(e, "with space"), hasattr(e, "zz"), getattr(e, "zz", "dflt"))
e.__dict__ = {"q": 9}
print(e.q)
try:
    e.__dict__ = 5
except TypeError as x:
    print(x)
try:
    (5).x = 1
except AttributeError as x:
    print(x)
try:
    object().x = 1
except AttributeError as x:
    print(x)
