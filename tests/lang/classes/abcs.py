from abc import ABC, abstractmethod, ABCMeta
class Shape(ABC):
    @abstractmethod
    def area(self): ...
    @property
    @abstractmethod
    def name(self): ...
class Sq(Shape):
    def area(self): return 4
for c in (Shape, Sq):
    try:
        c()
    except TypeError as e:
        print(e)
class Full(Sq):
    name = "full"
print(Full().area(), Shape.__abstractmethods__ == {"area", "name"})
class Duck(metaclass=ABCMeta):
    @classmethod
    def __subclasshook__(cls, C): return hasattr(C, "quack") or NotImplemented
class D:
    def quack(self): pass
print(issubclass(D, Duck), isinstance(D(), Duck), isinstance(1, Duck))
@Shape.register
class Virtual: pass
print(isinstance(Virtual(), Shape), Shape in Virtual.__mro__)
from collections.abc import Iterable, Sized, Hashable, Mapping, Sequence, MutableMapping, Callable, Iterator
print([issubclass(t, Iterable) for t in (list, int, str, dict)], isinstance([], Hashable), isinstance(len, Callable), issubclass(dict, MutableMapping), issubclass(range, Sequence))
class Seq(Sequence):
    def __getitem__(self, i): return [1, 2, 3][i]
    def __len__(self): return 3
s = Seq()
print(list(s), 2 in s, s.index(3), list(reversed(s)), s.count(1))
class Map(MutableMapping):
    def __init__(self): self.d = {}
    def __getitem__(self, k): return self.d[k]
    def __setitem__(self, k, v): self.d[k] = v
    def __delitem__(self, k): del self.d[k]
    def __iter__(self): return iter(self.d)
    def __len__(self): return len(self.d)
m = Map(); m.update(a=1, b=2); print(m.pop("a"), dict(m), m.setdefault("z", 3), m.get("q"), m == {"b": 2, "z": 3})
