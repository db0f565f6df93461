def read(lines):
    for line in lines:
        yield line.strip()
def numbers(it):
    for x in it:
        try:
            yield int(x)
        except ValueError:
            yield from (ord(c) for c in x)
def running(it):
    total = 0
    for x in it:
        total += x
        yield total
print(list(running(numbers(read([" 1", "2 ", "ab", "3"])))))
def primes():
    found = []
    n = 2
    while True:
        if all(n % p for p in found):
            found.append(n)
            yield n
        n += 1
import itertools
print(list(itertools.islice(primes(), 10)))
def tree(t):
    if t:
        l, v, r = t
        yield from tree(l)
        yield v
        yield from tree(r)
print(list(tree((((), 1, ()), 2, ((), 3, ((), 4, ()))))))
def deep(n):
    if n: yield from deep(n - 1)
    yield n
print(sum(deep(200)))
def co():
    total = 0.0
    count = 0
    avg = None
    while True:
        x = yield avg
        if x is None: return total
        total += x; count += 1
        avg = total / count
c = co(); next(c)
print(c.send(10), c.send(20))
try:
    c.send(None)
except StopIteration as e:
    print(e.value)
def permute(s):
    if len(s) <= 1: yield s
    else:
        for i, c in enumerate(s):
            for rest in permute(s[:i] + s[i + 1:]): yield c + rest
print(list(permute("abc")))
g = (x for x in range(3))
print(2 in g, list(g), max(x * x for x in range(-3, 2)))
