def ev(e):
    match e:
        case ("+", l, r): return ev(l) + ev(r)
        case ("*", l, r): return ev(l) * ev(r)
        case ("neg", x): return -ev(x)
        case ("let", str(n), v, b): return (n, ev(v), b)
        case int() | float() as n: return n
        case {"value": v, **kw} if not kw: return ev(v)
        case [only]: return ev(only)
        case _: raise ValueError(f"bad {e!r}")
print(ev(("+", 1, ("*", 2, ("neg", 3)))), ev({"value": 5}), ev([[7]]), ev(("let", "x", 1, None)))
try:
    ev({"value": 1, "z": 2})
except ValueError as e:
    print(e)
def http(r):
    match r:
        case {"status": 200 | 201, "body": {"items": [first, *_]}}: return f"first {first}"
        case {"status": int(s)} if 400 <= s < 500: return f"client {s}"
        case {"status": s}: return f"status {s}"
print(http({"status": 200, "body": {"items": [1, 2]}}), http({"status": 404}), http({"status": 500}), http({}))
match 5, "x":
    case int(a), str(b) if (c := a + 1) > 5: print(a, b, c)
match [1, [2, [3, 4]]]:
    case [a, [b, [*c]]]: print(a, b, c)
x = 1
match x:
    case 2: print("no")
print("fallthrough")
match (y := 3):
    case 3 as z: print(y, z)
class Seq:
    def __len__(self): return 2
    def __getitem__(self, i):
        if i > 1: raise IndexError
        return i
match Seq():
    case [_, _]: print("matched")
    case _: print("not a Sequence")
import collections.abc
collections.abc.Sequence.register(Seq)
match Seq():
    case [a, b]: print("registered", a, b)
match -0.0:
    case 0: print("zero")
match "abc":
    case str(x) if x.startswith("z"): print("z")
    case str(x): print(x)
match {"a": None}:
    case {"a": None, "b": _}: print("both")
    case {"a": None}: print("a none")
def capture_after_fail(v):
    match v:
        case [a, 0]: return "zero", a
        case [a, b]: return a, b
print(capture_after_fail([1, 0]), capture_after_fail([2, 3]))
