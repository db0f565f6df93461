if (n := len("hello")) > 3: print(n)
data = iter([1, 2, 3, 0, 4])
while (v := next(data)): print(v, end=" ")
print()
print([y for x in range(6) if (y := x * x) % 2], y)
def f():
    print(z := 5, (a := 1, b := 2), a, b)
    return z
f()
x = (y := 3) + (y := 4)
print(x, y)
def g(p=(q := 8)): return p
print(g(), q)
for src in ["x := 1", "(a.b := 1)", "(a[0] := 1)", "f(a=b:=1)", "lambda: (x := 1)", "def f(a = b := 1): pass"]:
    try:
        compile(src, "s", "exec"); print("ok")
    except SyntaxError as e:
        print(e.msg)
