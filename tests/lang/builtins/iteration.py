print(list(map(lambda a, b: a + b, [1, 2], [3, 4, 5])), list(filter(str.isdigit, "a1b2")), list(zip("ab", [1, 2], (3, 4))), list(enumerate("ab", start=5)), sum(range(5), 10), list(reversed("abc")), sorted({"b": 1, "a": 2}), any([]), all([]), max([1, 5, 3], key=lambda x: -x))
it = iter([1, 2])
print(next(it), next(it), next(it, "default"))
print(list(iter(lambda c=[0]: c.__setitem__(0, c[0] + 1) or c[0], 4)))
class Seq:
    def __getitem__(self, i):
        if i >= 3: raise IndexError
        return i * 10
print(list(Seq()), 20 in Seq(), [*Seq()], max(Seq()), list(reversed([1, 2])))
class It:
    def __init__(self): self.n = 3
    def __iter__(self): return self
    def __next__(self):
        if not self.n: raise StopIteration
        self.n -= 1
        return self.n
print(list(It()), tuple(It()), sum(It()), dict(zip(It(), It())), min(It()))
class BadIter:
    def __iter__(self): return iter([1, 2])
    def __length_hint__(self): return "x"
try:
    list(BadIter())
except TypeError as e:
    print(e)
import operator
print(operator.length_hint([1, 2]), operator.length_hint(It(), 7))
m = map(str, [1, 2, 3]); next(m); print(list(m), list(m))
print(repr(zip())[:4], type(iter([])).__name__, type(iter({})).__name__, type(iter(range(1))).__name__, type(iter(set())).__name__, type(reversed([])).__name__)
print(list(map(None.__class__.__eq__, [None], [None])), list(zip(*[[1, 2], [3, 4]])), [x for t in zip([1, 2], [3, 4]) for x in t])
