import functools, random
data = [("b", 2), ("a", 2), ("c", 1)]
print(sorted(data), sorted(data, key=lambda t: t[1]), sorted(data, key=lambda t: t[1], reverse=True), sorted(data, key=lambda t: (t[1], t[0])))
random.seed(1)
l = [random.randrange(1000) for _ in range(500)]
s = sorted(l)
print(all(a <= b for a, b in zip(s, s[1:])), len(s), sorted(l, reverse=True) == s[::-1], sorted(s) == s, sorted(s[::-1]) == s)
print(sorted([3.5, 1, 2.25, True]), sorted("hello world".split(), key=len), sorted(["B", "a", "C"], key=str.casefold), sorted([[2, 1], [1, 2], [1]]), sorted({3: 1, 1: 2}), sorted((x for x in "cab")))
print(sorted([5, 2, 8], key=functools.cmp_to_key(lambda a, b: b - a)), min([3, 1, 2], key=lambda x: -x), sorted([None, None], key=lambda x: 0), sorted([float("inf"), -float("inf"), 0]))
class E:
    def __init__(self, v, tag): self.v, self.tag = v, tag
    def __lt__(self, o): return self.v < o.v
es = [E(1, "a"), E(0, "b"), E(1, "c"), E(0, "d")]
print("".join(e.tag for e in sorted(es)), "".join(e.tag for e in sorted(es, reverse=True)))
class Bad:
    def __lt__(self, o): raise ValueError("cmp")
b = [Bad(), Bad()]
try:
    b.sort()
except ValueError as e:
    print(e, len(b))
for x in ["sorted([1, 'a'])", "sorted([1j, 2])", "[1, 2].sort(None)", "sorted()", "sorted([1], reverse='x')", "sorted([{}, {}])", "max([1, 'a'])", "sorted([1, None])", "min(1)", "max()"]:
    try:
        print(x, eval(x))
    except (TypeError, ValueError) as e:
        print(x, "->", e)
l = [5, 3, 1]; print(l.sort(), l); l.sort(key=str, reverse=True); print(l)
