def count(n):
    i = 0
    while i < n:
        yield i
        i += 1

g = count(3)
print(iter(g) is g, next(g), next(g), next(g))
try:
    next(g)
except StopIteration as e:
    print("stop", e.value)
print(list(count(4)), sum(count(101)))
print([*count(2), *count(3)])
a, *b = count(5)
print(a, b)
