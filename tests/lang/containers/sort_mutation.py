import random
class C:
    def __lt__(self, other):
        if L and random.random() < 0.75: L.pop()
        else: L.append(3)
        return random.random() < 0.5
L = [C() for _ in range(50)]
try:
    L.sort()
except ValueError as e:
    print(e)
from functools import cmp_to_key
def mutating(x, y):
    L.append(3); L.pop()
    return (x > y) - (x < y)
L = [1, 2, 3]
try:
    L.sort(key=cmp_to_key(mutating))
except ValueError as e:
    print(e, L)
class Seq:
    def __getitem__(self, i):
        if i < 3: return i
        raise IndexError
it = iter(Seq()); print(it.__length_hint__(), list(it))
class MySuper: msg = "mine"
class A:
    def f(self): return super().msg
globals()["super"] = MySuper
print(A().f())
