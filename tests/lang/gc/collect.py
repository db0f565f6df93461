import gc
class Node:
    def __init__(self): self.link = None
gc.collect()
def cycle():
    a, b = Node(), Node()
    a.link, b.link = b, a
    return id(a)
for _ in range(10): cycle()
print(gc.collect() > 0, gc.isenabled())
gc.disable(); print(gc.isenabled()); gc.enable()
print(gc.is_tracked([]), gc.is_tracked(1))
l = []
l.append(l)
del l
def f():
    try:
        raise ValueError
    except ValueError as e:
        keep = e
    return "returned"
print(f())
gc.collect()
print(len(gc.garbage), gc.get_threshold()[0] > 0)
cells = []
def closure():
    def inner(): return inner
    return 1
for _ in range(1000): closure()
gc.collect()
print("ok")
