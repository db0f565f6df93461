out = []
for i in range(5):
    for j in range(5):
        if j == 2: break
        if (i + j) % 2: continue
        out.append((i, j))
    else:
        out.append("never")
    if i == 3: break
else:
    out.append("never")
print(out)
n = 0
while n < 3:
    n += 1
    if n == 2: continue
    print(n)
else:
    print("while else")
for x, (y, *z) in [(1, (2, 3, 4)), (5, "ab")]: print(x, y, z)
for d["k"] in ({},) if False else []: pass
lst = [0, 0]
for lst[1] in range(3): pass
print(lst)
class O: pass
o = O()
for o.attr in "xyz": pass
print(o.attr)
for i in range(3):
    i = 100
print(i)
def f():
    for i in range(3):
        try:
            continue
        finally:
            print("f", i, end=" ")
    while True:
        try:
            break
        finally:
            print("w")
    for i in range(10):
        with __import__("contextlib").nullcontext():
            if i == 3: return i
print(f())
for x in *range(2), *"a": print(x, end=" ")
print()
it = iter(range(10))
for x in it:
    print(x, next(it, None), end="; ")
print()
total = 0
for i in range(100000): total += i & 3
print(total)
i = 0
while i < 100000: i += 1
print(i)
