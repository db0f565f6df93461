import math
from fractions import Fraction
print(math.sumprod([1, 2, 3], [4, 5, 6]), math.sumprod([1, 2.5], [2, 4]), math.sumprod([], []))
print(math.sumprod([10**18, 1.5, 2], [10, 2, Fraction(1, 2)]), math.sumprod([True, 2.0], [3, False]))
print(math.sumprod([1e308, 1.0, -1e308], [10, 1, 10]) if False else math.sumprod([float("inf"), 1], [1, 2]))
print(math.sumprod((-5, -5, -5), (7, 1.5, -5)))
for a in [([1], [1, 2]), (1, [2])]:
    try:
        print(math.sumprod(*a))
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
tiny = math.ulp(0.0)
for x, y in [(-tiny, 0.0), (tiny, -0.0), (-tiny, -0.0), (0.0, -1.0), (1.0, 2.0), (tiny, 0.0)]:
    print(math.nextafter(x, y), math.nextafter(x, y, steps=1), math.nextafter(x, y, steps=2))
for p in [(-0.0, -math.inf), (0.0, -math.inf), (-0.0, math.inf), (0.0, 0.0)]:
    print(pow(*p))
try:
    (-0.0) ** -3.0
except ZeroDivisionError as e:
    print(e)
class S(str):
    def __float__(self): return float(str(self)) + 1
print(float(S("8")), float("8"))
class F(float): pass
try:
    F(x=0)
except TypeError as e:
    print(e)
import sys
sys.set_int_max_str_digits(700)
for text in ["9" * 701, "9" * 701 + "x", "9" * 600 + "x" + "9" * 600, "1_0" * 400]:
    try:
        print(int(text) > 0)
    except ValueError as e:
        print(str(e)[:60])
try:
    print(len(str(10**700)))
except ValueError as e:
    print(e)
print(len(str(10**699)))
