import enum
class Color(enum.Enum):
    RED = 1
    GREEN = 2
class ns:
    k = "key"
def f(v):
    match v:
        case Color.RED: return "red"
        case ns.k: return "ns"
        case (Color.GREEN, x) if x: return f"green {x}"
        case [("a" | "b") as letter, *_]: return letter
    return None
for v in [Color.RED, "key", (Color.GREEN, 1), (Color.GREEN, 0), ["b", 3], 1]:
    print(f(v))
for src in ["match x:\n case a: pass\n case b: pass", "match x:\n case [a, a]: pass", "match x:\n case a | 1: pass", "match x:\n case {**r, 'a': 1}: pass", "match x:\n case 1 | [b]: pass", "match x:\n case {'a': 1, 'a': 2}: pass", "match x:\n case [*a, *b]: pass"]:
    try:
        compile(src, "s", "exec")
        print("compiled")
    except SyntaxError as e:
        print(e.msg)
match = {"case": 1}
match["case"] += 1
print(match)
