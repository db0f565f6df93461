r = range(2, 20, 3)
print(r, list(r), len(r), r[1], r[-1], r[1:3], r[::-1], 5 in r, 6 in r, r.index(8), r.count(5), range(0) == range(5, 5), hash(range(3)) == hash(range(0, 3)), range(5).start, bool(range(0)), list(reversed(range(3))), list(range(5, 0, -2)), range(10 ** 20)[10 ** 19], len(range(-5, 5)))
s = slice(1, 10, 2)
print(s, s.start, s.stop, s.step, s.indices(5), slice(None), slice(5) == slice(None, 5, None), hash(slice(1)) == hash(slice(1)), slice(-3, None).indices(2))
class G:
    def __getitem__(self, k): return k
g = G()
print(g[1:2], g[::], g[1:2, 3], g[...], g[1:2:3, ::-1], g[()], g[*[1, 2]], g[1, *[2]])
for e in ["range()", "range('a')", "range(1.5)", "range(1, 2, 0)", "range(3)[5]", "range(3).index(9)", "slice(1, 2, 0).indices(5)", "range(10**30).__len__()", "range(3)['a']", "[1, 2, 3][::0]", "slice(1).indices(-1)", "range(3) + range(2)", "range(3) < range(4)", "slice('a').indices(3)", "range(1, 2, 3, 4)"]:
    try:
        print(e, "=", eval(e))
    except Exception as x:
        print(e, "->", type(x).__name__ + ":", x)
it = iter(range(3)); next(it); print(list(it), range(3).__reduce__()[1])
