import threading
d, l, s = {}, [], set()
def work(k):
    for i in range(500):
        d[(k, i)] = i
        l.append((k, i))
        s.add((k, i))
        if i % 3 == 0: d.pop((k, i))
ts = [threading.Thread(target=work, args=(k,)) for k in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(len(d), len(l), len(s), sorted(l) == sorted((k, i) for k in range(4) for i in range(500)))
class C: pass
c = C()
def attrs(k):
    for i in range(100): setattr(c, f"a{k}_{i}", i)
ts = [threading.Thread(target=attrs, args=(k,)) for k in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(len(vars(c)))
def gen():
    for i in range(100): yield i
results = []
def consume(): results.append(sum(gen()))
ts = [threading.Thread(target=consume) for _ in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(results)
