class H:
    def __init__(self, h, e): self.h, self.e = h, e
    def __hash__(self): return self.h
    def __eq__(self, o): return self.e == getattr(o, "e", o)
    def __repr__(self): return f"H{self.h, self.e}"
d = {H(1, "a"): 1, H(1, "b"): 2, H(2, "a"): 3}
print(len(d), d[H(1, "b")], H(1, "z") in d, d.pop(H(1, "a")), list(d))
s = {H(5, i) for i in range(20)}
print(len(s), H(5, 7) in s, H(5, 99) in s)
print({1: "a", 1.0: "b", True: "c"}, {0, False, 0.0, 0j}, {"a": 1, b"a": 2}, hash(10 ** 20) == hash(float(10 ** 20)), {float("nan"): 1, float("nan"): 2}.__len__())
n = float("nan"); print(n in [n], [n] == [n], n == n, {n: 1}[n], (n,) == (n,), [n].index(n), [n].count(n))
class NoHash:
    def __eq__(self, o): return True
class Back(NoHash):
    __hash__ = object.__hash__
try:
    {NoHash()}
except TypeError as e:
    print(e)
print(len({Back()}), 1 == NoHash(), NoHash() != 1, [NoHash()] == [5], NoHash() in [1])
class NE:
    def __ne__(self, o): return "custom ne"
print(NE() != 1, NE() == 1)
class BigHash:
    def __hash__(self): return 2 ** 100
print(hash(BigHash()) == hash(2 ** 100))
class NegHash:
    def __hash__(self): return -1
print(hash(NegHash()), hash(-1), hash(-2), hash(()) == hash(()), hash((1, 2)) != hash((2, 1)), hash(None) == hash(None), hash(frozenset()) == hash(frozenset()))
print([] == (), (1, 2) == [1, 2], {1: 2} == {1: 2}, "1" == 1, None == 0, [1, [2]] == [1, [2]], {1, 2} == frozenset({2, 1}), range(0) == [], b"a" == "a", b"a" == bytearray(b"a"), 1.0 == 1, [1, 2] != [1, 3], (1,) < (1, 0), [] < [0], "a" != "b")
