class K:
    hashes = 0
    def __init__(self, n): self.n = n
    def __hash__(self):
        K.hashes += 1
        return self.n
    def __eq__(self, other): return self.n == other.n
d = dict.fromkeys(map(K, range(5)))
print(K.hashes)
s = set(d); f = frozenset(d); s.difference(d); s.symmetric_difference_update(d)
dict.fromkeys(set(d)); dict.fromkeys(f, 1); dict.fromkeys(d)
print(K.hashes, len(s))
class T(set):
    def __new__(cls, arg, more=None): return super().__new__(cls, arg)
print(T([1]))
try:
    T([1], more=2)
except TypeError as e:
    print(e)
import sys
class Endless:
    def __iter__(self): return self
    def __next__(self): raise StopIteration
    def __length_hint__(self): return sys.maxsize
l = [1, 2]
l.extend(Endless())
print(l)
