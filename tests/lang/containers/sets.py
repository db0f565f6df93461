s = {3, 1, 2}
s.add(4); s.update([5], {6}); s.discard(100); s.remove(1)
print(sorted(s), len(s), 3 in s, s | {9} == {2, 3, 4, 5, 6, 9}, sorted(s & {2, 3}), sorted(s - {2}), sorted(s ^ {2, 10}), s >= {2}, s > s, s.isdisjoint({99}), {1} < {1, 2})
print(set(), frozenset([1]), frozenset(), {1} == frozenset([1]), hash(frozenset([1, 2])) == hash(frozenset([2, 1])), {frozenset([1]): 2}, type({1} | frozenset([2])).__name__, type(frozenset([2]) | {1}).__name__, {1, 1.0, True})
s = {1}; s |= {2}; s &= {2, 3}; s ^= {7}; s -= {7}; print(s, s.copy(), s.pop(), s, set("a"), {*()})
print({1, 2}.union([3], (4,)), {1, 2, 3}.intersection([2, 3], [3]), {1, 2}.difference([1]), {1}.symmetric_difference([2]) == {1, 2}, {1}.issubset([1, 2]), {1, 2}.issuperset([1]), {frozenset({1})} == {frozenset({1})}, {1} in [{1}])
for e in ["{[]}", "{1}.remove(2)", "set().pop()", "{1} | [2]", "{1} < [1]", "set(5)", "{1}.add([])", "hash({1})", "frozenset([1]).add(2)", "{1}[0]", "{1} + {2}", "set(1, 2)", "{1}.union(5)"]:
    try:
        print(e, "=", eval(e))
    except Exception as x:
        print(e, "->", type(x).__name__ + ":", x)
s = {1, 2, 3}
try:
    for x in s: s.add(x + 10)
except RuntimeError as e:
    print(e)
print({1} in {frozenset({1})}, set([1, 2]) == {2, 1}, bool(set()), sorted(map(sorted, [{2, 1}, {3}])))
