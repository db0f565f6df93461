import copy, pickle
class P:
    def __init__(self, x): self.x = x
    def __repr__(self): return f"P({self.x!r})"
class S:
    __slots__ = ("a", "b")
class R:
    def __reduce__(self): return (P, ("from reduce",))
class G:
    def __init__(self): self.data, self.cache = 1, 2
    def __getstate__(self): return {"data": self.data}
    def __setstate__(self, s): self.__dict__.update(s); self.restored = True
class N(tuple):
    def __new__(cls, a, b): return super().__new__(cls, (a, b))
    def __getnewargs__(self): return self[0], self[1]
p = P([1]); q = copy.copy(p); d = copy.deepcopy(p)
print(q.x is p.x, d.x is p.x, pickle.loads(pickle.dumps(p)))
s = S(); s.a = 1
c = copy.copy(s); print(c.a, hasattr(c, "b"))
print(copy.copy(R()), pickle.loads(pickle.dumps(R())), vars(pickle.loads(pickle.dumps(G()))), copy.deepcopy(N(1, [2])))
loop = [1]; loop.append(loop); l2 = copy.deepcopy(loop); print(l2[1] is l2)
print(object().__reduce_ex__(2)[0].__name__, pickle.loads(pickle.dumps(len)) is len, pickle.loads(pickle.dumps(P)) is P)
class Bad:
    def __copy__(self): return "copied"
    def __deepcopy__(self, memo): return "deep"
print(copy.copy(Bad()), copy.deepcopy(Bad()), copy.replace.__name__)
