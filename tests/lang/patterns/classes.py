from dataclasses import dataclass
@dataclass
class Point:
    x: int
    y: int
class Old:
    __match_args__ = ("a", "b")
    def __init__(self, a, b): self.a, self.b = a, b
def f(v):
    match v:
        case Point(0, 0): return "origin"
        case Point(x, y=0): return f"on x {x}"
        case Point(x=px) if px > 10: return f"far {px}"
        case Point(): return "point"
        case Old(1, b=b): return f"old {b}"
        case dict(): return "dict"
        case float(x) | complex(real=x): return f"num {x}"
        case bool(b): return f"bool {b}"
        case _: return "?"
for v in [Point(0, 0), Point(3, 0), Point(11, 2), Point(1, 1), Old(1, 5), Old(2, 2), {}, 2.5, True, 1j + 2]:
    print(f(v))
try:
    match Point(1, 2):
        case Point(1, 2, 3): pass
except TypeError as e:
    print(e)
try:
    match 5:
        case int(1, 2): pass
except TypeError as e:
    print(e)
class NoArgs: pass
try:
    match NoArgs():
        case NoArgs(1): pass
except TypeError as e:
    print(e)
try:
    match 1:
        case len(): pass
except TypeError as e:
    print(e)
try:
    match Old(1, 2):
        case Old(1, a=1): pass
except TypeError as e:
    print(e)
