x = 5
print(x if x > 3 else 0, (lambda a, *b, c=1, **d: (a, b, c, d))(1, 2, c=3, e=4), [1, 2, 3][1:][0], (1, 2)[0], {"a": [1]}["a"][0], "abc"[1].upper())
print(1 + 2 * 3 ** 2 // 4 - 5 % 3, -2 ** 2, 2 ** -1, 2 ** 3 ** 2, not True or True, 1 | 2 & 3 ^ 4, 1 << 2 + 1, ~1 + 1, 5 > 3 == True, (5 > 3) == True, 3 in [3] == True, 1 if True else 2 if False else 3)
print(1 < x < 10, 1 < x > 2, x == 5 != 6, "a" "b" 'c', b"a" b"b", 'it''s', r"\n", "\
continued", """triple
quoted""", 0xFF, 0o17, 0b11, 1e3, 1_0.0_1, 1j, ..., None, __debug__)
def order(n): print(n, end=" "); return n
r = order(1) + order(2) * order(3)
d = {order("k"): order("v")}
[order(0), order(1)][order(0)] = order(9)
f = lambda *a, **k: None
f(order("a"), *[order("b")], c=order("c"), **{"d": order("d")})
print()
a = [1, 2, 3]
a[order(0)], a[order(1)] = order("x"), order("y")
print(a)
i = 0
a[i] = i = 2
print(a, i)
x = y = [1]
x += [2]
print(y)
def side():
    print("called", end=" ")
    return False
print(False and side(), True or side(), side() or 1, 1 < 0 < side())
assert True, "not shown"
try:
    assert x == 0, f"message {x}"
except AssertionError as e:
    print(e)
del x
try:
    x
except NameError as e:
    print(e)
if True: pass; print("semi"); print("colon")
while True:
    break
else:
    print("not reached")
for i in []: pass
else: print("for else")
for i in range(3):
    if i == 1: continue
    if i == 2: break
else: print("no")
print(i)
with open("/dev/null") as f1, open("/dev/null") as f2: print(f1.closed)
print(f1.closed)
print(*[1, 2], *"ab", sep="-", end="!\n")
