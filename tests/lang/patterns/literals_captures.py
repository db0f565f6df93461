def f(x):
    match x:
        case 0: return "zero"
        case -1: return "minus one"
        case 1.5: return "float"
        case "s" | b"b": return "text"
        case None: return "none"
        case True: return "true"
        case 3 + 4j: return "complex"
        case int(n) if n > 100: return f"big {n}"
        case int(): return "int"
        case str() as s: return "str " + s
        case _: return "other"
for v in [0, -1, 1.5, "s", b"b", None, True, 3 + 4j, 101, 7, "abc", [], False]:
    print(repr(v), "->", f(v))
