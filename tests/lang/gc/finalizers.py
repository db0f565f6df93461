import gc, sys
class D:
    def __init__(self, n): self.n = n
    def __del__(self): print("del", self.n)
d = D(1); del d
d = D(2); d = None
def f():
    x = D(3)
    print("in f")
f()
[D(4)]
l = [D(5), D(6)]
l.clear()
print("cleared")
a = D(7); a.self = a
del a
print("cycle pending")
gc.collect()
class R:
    saved = []
    def __del__(self): R.saved.append(self); print("resurrect")
r = R(); del r
print(len(R.saved))
R.saved.clear()
print("done")
class Bad:
    def __del__(self): raise ValueError("in del")
hook = []
sys.unraisablehook = lambda u: hook.append((type(u.exc_value).__name__, str(u.exc_value)))
b = Bad(); del b
print(hook)
