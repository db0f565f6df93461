import weakref, gc
class A:
    def __repr__(self): return "A()"
a = A()
r = weakref.ref(a, lambda w: print("callback", w() is None))
print(r() is a, weakref.getweakrefcount(a), r == weakref.ref(a), weakref.ref(a) is weakref.ref(a))
p = weakref.proxy(a)
a.x = 5
print(p.x, p)
del a
print(r())
try:
    p.x
except ReferenceError as e:
    print(e)
d = weakref.WeakValueDictionary()
k = weakref.WeakKeyDictionary()
s = weakref.WeakSet()
o = A(); d["o"] = o; k[o] = 1; s.add(o)
print(len(d), len(k), len(s))
del o
gc.collect()
print(len(d), len(k), len(s))
x = A(); x.me = x
w = weakref.ref(x)
del x
print(w() is not None)
gc.collect()
print(w())
class M:
    def meth(self): return "m"
m = M()
wm = weakref.WeakMethod(m.meth)
print(wm()())
del m
print(wm())
f = weakref.finalize(t := A(), print, "finalized", 1)
print(f.alive)
del t
print(f.alive)
for bad in (5, "s", (), None, []):
    try:
        weakref.ref(bad)
    except TypeError as e:
        print(e)
