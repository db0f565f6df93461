import gc, weakref
gc.disable()
log = []
class Node:
    def __init__(self, n): self.n, self.refs = n, []
    def __del__(self): log.append(self.n)
def ring(k):
    ns = [Node(i) for i in range(k)]
    for a, b in zip(ns, ns[1:] + ns[:1]): a.refs.append(b)
    return weakref.ref(ns[0])
w = ring(3)
print(w() is not None, log)
gc.collect()
print(w(), sorted(log))
log.clear()
def closure_cycle():
    n = Node("closure")
    def f(): return f, n
    return weakref.ref(n)
w = closure_cycle(); gc.collect(); print(w(), log)
log.clear()
def dict_cycle():
    d = {"n": Node("dict")}; d["self"] = d
dict_cycle(); gc.collect(); print(log)
log.clear()
def gen_cycle():
    n = Node("gen")
    def g():
        me = yield
        yield n, me
    it = g(); next(it); it.send(it)
gen_cycle(); gc.collect(); print(log)
log.clear()
def exc_cycle():
    n = Node("exc")
    try:
        raise ValueError
    except ValueError as e:
        kept = e
        n.e = kept
exc_cycle(); gc.collect(); print(log)
log.clear()
def class_cycle():
    class C:
        n = Node("class")
    C.me = C()
class_cycle(); gc.collect(); gc.collect(); print(log)
log.clear()
class Res:
    keep = None
    def __init__(self): self.me = self
    def __del__(self): Res.keep = self; log.append("res")
Res(); gc.collect(); print(log, Res.keep is not None)
Res.keep = None; gc.collect(); print(log)
print(len(gc.get_referents([1, 2])) , gc.get_count().__class__.__name__, gc.is_finalized(Node("x")))
gc.enable()
