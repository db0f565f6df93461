l = [1, 2, 3]
out = []
for x in l:
    out.append(x)
    if x < 3 and len(l) < 10: l.append(x + 10)
print(out)
l = [1, 2, 3, 4]
for x in l: l.remove(x)
print(l)
l = [1, 2, 3]; it = iter(l); next(it); l.clear(); print(list(it)); l.append(5); print(list(it))
d = {1: 1, 2: 2}
for k in list(d): del d[k]
print(d)
d = {"a": 1}
for k in d: d[k] = 2
print(d)
class Grow:
    def __init__(self, l): self.l = l
    def __eq__(self, o): self.l.append(0) if len(self.l) < 5 else None; return False
    __hash__ = object.__hash__
l = []
l.extend([Grow(l), Grow(l)])
print(5 in l, len(l))
class Shrink:
    def __init__(self, l): self.l = l
    def __eq__(self, o): self.l.clear(); return False
    __hash__ = None
l = []; l.extend([Shrink(l)] * 3)
print(l == [1, 2, 3], l)
l = [1, 2, 3]
l[:] = (l.append(9) or x for x in l[:])
print(l)
s = [1, 2, 3]
try:
    s.sort(key=lambda x: s.pop() if len(s) > 1 else x)
except (ValueError, IndexError) as e:
    print(type(e).__name__, e)
def gen():
    for i in range(3):
        yield i
        lst.append(i)
lst = []
lst.extend(gen())
print(lst)
