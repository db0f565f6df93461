l = [3, 1, 2]
l.append(5); l.extend([7, 8]); l.insert(1, 9); l += (10,)
print(l, l.pop(), l.pop(0), l.index(2), l.count(9), len(l), l[1:3], l[::-1], l[-1], 9 in l)
l.sort(); print(l); l.sort(reverse=True, key=lambda x: x % 5); print(l); l.reverse(); print(l)
l[1:3] = [100]; print(l); l[::2] = [0] * len(l[::2]); print(l); del l[0]; del l[-2:]; print(l)
print([1, 2] + [3], [0] * 3, [1, 2] == [1, 2], [1, 2] < [1, 3], [[]] * 2, sorted([3, 1, 2]), sorted("bca", reverse=True), list(reversed([1, 2])), [1, [2, [3]]], [1].copy(), list("ab"))
a = [1]; a.append(a); print(a, repr(a))
x = [1, 2, 3]; x[5:] = [4]; x[:0] = [0]; print(x); x *= 2; print(x); x.clear(); print(x)
print(sorted([(1, "b"), (1, "a")]), sorted(["B", "a"], key=str.lower), sorted([1, True, 0.5]), [*map(str, [1, 2])], list(zip([1, 2], "ab")), list(enumerate("ab", 1)), list(filter(None, [0, 1, ""])))
for s in ["[1][5]", "[1]['a']", "[].pop()", "[1].pop(5)", "[1].remove(2)", "[1].index(5)", "[1] + 'a'", "[1] * 'a'", "[1, 'a'].sort()", "[3, 1].sort(5)", "[].insert()", "[1, 2, 3].__setitem__(slice(0, 3, 2), [1])", "[].extend(5)", "[1][1.5]", "list(5)", "list(1, 2)", "sorted([1], key=5)", "[1] < 5", "[] == 5", "[1].__delitem__(5)", "[0] * 10**12 and 1" if False else "[][0]", "[1,2][0:1:0]", "zip([1], [1, 2], strict=True).__next__() and list(zip([1], [1, 2], strict=True))"]:
    try:
        print(s, "=", eval(s))
    except Exception as e:
        print(s, "->", type(e).__name__ + ":", e)
class K:
    def __init__(self, v): self.v = v
    def __lt__(self, o): return self.v < o.v
    def __repr__(self): return f"K{self.v}"
print(sorted([K(3), K(1), K(2)]), min(K(3), K(1)))
def evil():
    l = [3, 2, 1]
    def key(x): l.append(0); return x
    try: l.sort(key=key)
    except ValueError as e: print(e)
evil()
