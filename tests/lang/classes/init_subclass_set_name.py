class Plugin:
    registry = []
    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry.append((cls.__name__, tag))
class A(Plugin, tag="a"): pass
class B(A): pass
print(Plugin.registry)
try:
    class Bad(Plugin, wrong=1): pass
except TypeError as e:
    print(e)
class Desc:
    def __set_name__(self, owner, name):
        self.name = name
        print("set_name", owner.__name__, name)
    def __get__(self, obj, owner=None): return (self.name, obj is None, owner.__name__)
class C:
    d = Desc()
    e = Desc()
print(C.d, C().e)
class Broken:
    def __set_name__(self, owner, name): raise ValueError("nope")
try:
    class D: x = Broken()
except ValueError as e:
    print(e, e.__notes__)
C.late = Desc()
try:
    C.late
except AttributeError as e:
    print(e)
class K:
    def __class_getitem__(cls, item): return f"{cls.__name__}[{item}]"
print(K[int], K[1, 2])
try:
    A[1]
except TypeError as e:
    print(e)
