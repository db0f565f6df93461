from collections import Counter, defaultdict, OrderedDict, deque, ChainMap
c = Counter("mississippi"); print(c.most_common(2), c["z"], c + Counter("m"), c - Counter("ssss"), sorted(c.elements())[:3], c.total())
d = defaultdict(list); d["a"].append(1); print(d, d["b"], dict(d))
o = OrderedDict(a=1, b=2); o.move_to_end("a"); print(o, o.popitem(last=False), list(o))
q = deque([1, 2, 3], maxlen=3); q.append(4); q.appendleft(0); q.rotate(1); print(q, q[0], list(reversed(q)), q.pop(), q.popleft(), deque("ab") + deque("c"), q.maxlen)
try:
    deque().pop()
except IndexError as e:
    print(e)
m = ChainMap({"a": 1}, {"a": 2, "b": 3}); print(m["a"], m["b"], dict(m), m.new_child({"c": 1})["c"])
import itertools as it, functools as ft, operator as op
print(list(it.chain([1], [2])), list(it.islice(it.count(5), 3)), list(it.permutations("abc", 2))[:3], list(it.combinations(range(4), 2))[:3], list(it.product("ab", repeat=2))[:3], [(k, list(g)) for k, g in it.groupby("aabc")], list(it.accumulate([1, 2, 3])), list(it.zip_longest("ab", "c")), list(it.pairwise("abc")), list(it.batched("abcde", 2)), list(it.takewhile(lambda x: x < 2, [1, 2, 1])), list(it.starmap(pow, [(2, 3)])))
print(ft.reduce(op.mul, [1, 2, 3, 4]), ft.partial(pow, 2)(5), op.itemgetter(1, 0)("ab"), op.attrgetter("real")(5), op.methodcaller("upper")("a"))
@ft.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(90), fib.cache_info())
@ft.singledispatch
def show(x): return "object"
@show.register
def _(x: int): return "int"
@show.register(str)
def _(x): return "str"
print(show(1), show("a"), show([]), show(True))
@ft.total_ordering
class T:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return self.x == o.x
    def __lt__(self, o): return self.x < o.x
print(T(1) >= T(0), T(1) <= T(0))
