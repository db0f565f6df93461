def f(x):
    match x:
        case {"op": "add", "args": [a, b]}: return a + b
        case {"op": str(op), **rest}: return op, rest
        case {1: _, 2: _}: return "both"
        case {}: return "mapping"
        case _: return "no"
for v in [{"op": "add", "args": [1, 2]}, {"op": "neg", "x": 1}, {1: 0, 2: 0, 3: 0}, {}, {"z": 1}, 5]:
    print(f(v))
from collections import OrderedDict, defaultdict
print(f(OrderedDict(op="o")))
d = defaultdict(list)
match d:
    case {"missing": x}: print("found", x)
    case _: print("not found", dict(d))
