d = {"a": 1, "b": 2}
d["c"] = 3; d.update(d=4, **{"e": 5}); d |= {"f": 6}
print(d, d.get("z"), d.get("z", 0), d.pop("a"), d.pop("zz", None), d.popitem(), d.setdefault("b", 9), d.setdefault("n", []), len(d), "b" in d)
print(list(d), list(d.values()), list(d.items()), d.keys() & {"b", "q"}, d.keys() | {"q"} == {"b", "c", "d", "e", "n", "q"}, {**d}, dict([("x", 1)]), dict(x=1), dict.fromkeys("ab", 0), {1: 2} | {1: 3})
del d["b"]; print(d, d == dict(d), {1: 2} == {1: 2.0}, {} == [], list(reversed({"a": 1, "b": 2})), {"k": d}, d.copy() is d, bool({}))
c = {}; c["me"] = c; print(c)
k = {1: "i", "1": "s", (1, 2): "t", None: "n", 1.5: "f", frozenset([1]): "fs"}
print(k[1], k[True], k[(1, 2)], k[None], k[frozenset({1})], {True: "x"}[1])
print(d.keys(), d.values(), d.items(), type(d.keys()).__name__, ("c", 3) in d.items(), d.items() == d.items(), d.keys().mapping)
for s in ["{}['k']", "{[]: 1}", "{}.popitem()", "dict(5)", "dict([1])", "dict([(1, 2, 3)])", "{}.pop('x')", "{}.update(5)", "{1: 2} | 5", "{1} < {}", "{} < {}", "{}.fromkeys(5)", "dict(**{1: 2})", "{}[[]]", "[] in {}", "{}.get([])", "del_({})" if False else "{}.__delitem__('q')", "{'a': 1}.a", "dict(1, 2)", "{}.setdefault()"]:
    try:
        print(s, "=", eval(s))
    except Exception as e:
        print(s, "->", type(e).__name__ + ":", e)
d = dict.fromkeys(range(10))
try:
    for i in d: d[i + 100] = 1
except RuntimeError as e:
    print(e)
try:
    for i in d: del d[i]
except RuntimeError as e:
    print(e)
it = iter({1: 1, 2: 2}); print(it.__length_hint__(), next(it))
class H:
    def __hash__(self): return 1
    def __eq__(self, o): raise ValueError("eq!")
try:
    {H(): 1, H(): 2}
except ValueError as e:
    print(e)
big = {i: i for i in range(1000)}
for i in range(0, 1000, 2): del big[i]
print(len(big), sum(big), list(big)[:3], 500 in big, 501 in big)
