n = 3
g = (x * n for x in range(4) if x % 2)
n = 10
print(list(g))
print(sum(x * y for x in range(3) for y in range(3) if x != y))
print(any(x > 2 for x in range(5)), all(x < 5 for x in range(5)))
def f(): return (i for i in [1, 2])
print(f().__name__, type(f()).__name__)
try:
    (x for x in 5)
except TypeError as e:
    print(e)
print(dict((k, v) for k, v in zip("ab", range(2))))
