t = (1, 2, 3)
print(t, (1,), (), t[0], t[-1], t[1:], t + (4,), t * 2, 2 in t, len(t), t.index(2), t.count(1), t == (1, 2, 3), t < (1, 3), hash(t) == hash((1, 2, 3)), tuple("ab"), t[::-1], ((1, 2), 3))
x = 1, 2
a, b = x; a, b = b, a
print(x, a, b, () == (), (1) == 1, tuple([1]), [(i, j) for i, j in [(1, 2)]])
for e in ["(1,)[5]", "(1,)['a']", "(1,) + [2]", "(1,).index(5)", "hash(([],))", "tuple(5)", "(1,) < 1", "(1, 'a') < (1, 2)", "(1,).append", "t.__setitem__"]:
    try:
        print(e, "=", eval(e))
    except Exception as x:
        print(e, "->", type(x).__name__ + ":", x)
try:
    t[0] = 1
except TypeError as e:
    print(e)
try:
    del t[0]
except TypeError as e:
    print(e)
t2 = ([],)
try:
    t2[0] += [1]
except TypeError as e:
    print(e, t2)
from collections import namedtuple
P = namedtuple("P", "x y", defaults=[5])
p = P(1)
print(p, p.x, p[1], p._replace(x=9), p._asdict(), P._fields, p == (1, 5), P._make([7, 8]), isinstance(p, tuple))
try:
    P()
except TypeError as e:
    print(e)
