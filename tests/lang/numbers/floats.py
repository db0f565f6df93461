print(0.1 + 0.2, 1e16, 1e15, 123456789012345680.0, 1e-5, 0.0001, 1.0, -0.0, 1e300 * 1e10, -1e400, float("nan"), 5e-324, 1.7976931348623157e308)
print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2, divmod(7.5, 2), 2.0 ** 0.5, (-8.0) ** (1 / 3), 1e308 * 10 == float("inf"))
print(float("1e3"), float(" -inf "), float("1_0.5"), float("nan") == float("nan"), (0.5).hex(), float.fromhex("0x1.8p1"), (2.5).as_integer_ratio(), (3.0).is_integer())
print(round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1234.5, -2), round(1e20), round(0.5), round(1.5), type(round(2.5, 0)).__name__)
print(f"{3.14159:.2f} {1e10:g} {1e-10:g} {123456.789:,.1f} {0.5:%} {1.5:e} {float('inf'):f} {-0.0:+} {3.0:.0f} {2.5:.0f} {1e100:.3g}")
print("%.3f %5.1f %e %g %r" % (1.0, 2.25, 12345.678, 1e-7, 0.1), str(1e22), repr(1e21), 1.5e300.__repr__())
print(hash(1.0) == hash(1), hash(0.5), hash(float("inf")), 1.5 == 3 / 2, 0.1 == 0.1, 1e16 + 1, int(1e20), max(1.0, 1), min(float("nan"), 1))
for f in [lambda: 1.0 / 0, lambda: 1.0 % 0, lambda: 2.0 ** 5000, lambda: float("abc"), lambda: float(""), lambda: (-2.0) ** 0.5, lambda: round(float("nan")), lambda: round(float("inf")), lambda: float("inf").as_integer_ratio(), lambda: float(None), lambda: f"{1.5:d}", lambda: f"{1.5:z<q}"]:
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
import math
print(math.floor(-1.5), math.ceil(1.2), math.trunc(-1.9), math.fsum([0.1] * 10), math.isclose(0.1 + 0.2, 0.3), math.inf, math.nan, math.copysign(1, -0.0), math.gcd(12, 18), math.factorial(20), math.isqrt(99), math.comb(5, 2), math.hypot(3, 4))
