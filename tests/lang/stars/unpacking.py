a, *b, c = range(6)
print(a, b, c)
*a, = "xyz"
print(a)
(x, (y, *z)), w = (1, (2, 3, 4)), 5
print(x, y, z, w)
print([*range(3), *"ab"], (*[1], 2), {*[1, 1]}, {**{"a": 1}, "b": 2, **{"a": 3}})
for first, *rest in [(1, 2, 3), "ab"]: print(first, rest)
for bad in ["a, b = [1]", "a, b = 1, 2, 3", "a, *b, c = [1]", "a, b = 5", "[a, b] = {}", "a, b = iter([1,2,3,4])"]:
    try:
        exec(bad)
    except Exception as e:
        print(type(e).__name__, e)
for src in ["*a", "*a = 1", "a, *b, *c = 1", "del *a", "f(**a, *b)", "print(*a, b=1, *c)", "*a, b = c = *d,"]:
    try:
        compile(src, "s", "exec"); print("ok")
    except SyntaxError as e:
        print(e.msg)
d = {}
d["k"], d["l"] = d, 2
print(d["l"], list(d))
i = 0
i, lst = 1, [0, 0]
i, lst[i] = 0, 9
print(i, lst)
x = y = z = []
print(x is y is z)
