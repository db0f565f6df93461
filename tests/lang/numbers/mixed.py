from fractions import Fraction
from decimal import Decimal
print(Fraction(1, 3) + Fraction(1, 6), Fraction("0.25"), Fraction(1, 3) * 3 == 1, Decimal("0.1") + Decimal("0.2"), Decimal(1) / Decimal(7))
print(1 + 1.5, 1 + 1j, True + 1.0, 1 == True, {1: "a", 1.0: "b", True: "c"}, sum([0.1] * 3), sum([1, 2.5]), isinstance(True, int))
print(3 .__class__, 1..__class__, 1.0.is_integer(), 0x10.real, 5 .real)
print(1 < 2 < 3, 1 < 3 < 2, 1 == 1 != 2, not 1 == 2, 1 if 0 else 2, 0 or "x", 1 and 2, None or 0, [] and 1, not [], 1 is not None)
print(min(3, 1, 2), max("abc"), min([[1, 2], [1]]), max({"a": 1, "b": 5}, key={"a": 1, "b": 5}.get), min([], default="d"), sum([[1], [2]], []), abs(-3.5), pow(2, 10))
print(int.__mro__, bool.__mro__, type(type), (1).__add__(2), (1).__add__("a"), (1.5).__radd__(1))
