def f(x):
    match x:
        case []: return "empty"
        case [a]: return f"one {a}"
        case [1, 2, *rest]: return f"12 {rest}"
        case (a, [b, *_], c): return f"nested {a} {b} {c}"
        case [first, *mid, last]: return f"{first} {mid} {last}"
        case _: return "no"
for v in [[], [5], (1, 2), [1, 2, 3, 4], (0, [1, 2], 3), range(4), "abc", b"abc", {1: 2}, iter([1]), [[1], 2]]:
    if not hasattr(v, "__next__"):
        print(v, "->", f(v))
    else:
        print("iterator ->", f(v))
from collections import deque
print(f(deque([1, 2, 9])))
from array import array
print(f(array("i", [7])))
