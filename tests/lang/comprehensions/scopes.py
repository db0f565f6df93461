x = "outer"
print([x for x in range(3)], x)
print({k: v for k, v in [("a", 1), ("b", 2)]}, {c for c in "aab"} == {"a", "b"})
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
fs = [lambda i=i: i for i in range(3)]
print([f() for f in fs])
class C:
    y = 5
    lst = [z for z in range(y)]
    try:
        bad = [y for _ in range(1)]
    except NameError as e:
        print(e)
print(C.lst)
print([[i * j for j in range(3)] for i in range(3)])
print([(a, b) for a in range(3) for b in range(a)])
print([last := n for n in range(4)], last)
def f():
    return [locals_ for locals_ in [1]], sorted(locals())
print(f())
