print(10 ** 30, -7 // 2, -7 % 3, 7 % -3, divmod(-7, 2), 2 ** 100 - 2 ** 99, 1 << 70, (1 << 70) >> 68, -1 >> 100)
print(0b1010, 0o17, 0xff, 1_000, int("0b11", 0), int("ff", 16), int(" 12 "), int("-1_0"), int(3.99), int(-3.99), int(b"12"))
print((5).bit_length(), (255).bit_count(), (1023).to_bytes(2, "big"), int.from_bytes(b"\x01\x00", "little"), (-5).__abs__(), (6).as_integer_ratio())
print(5 & 3, 5 | 3, 5 ^ 3, ~5, -5 & 0xff, True + True, bin(-10), hex(255), oct(8), pow(3, 200, 7), pow(3, -1, 7))
print(123456789 ** 5, 10 ** 20 // 3, 10 ** 40 % 97, -(10 ** 20) // 7, (10 ** 40).bit_length(), hash(2 ** 61 - 1), hash(-1), hash(2 ** 64))
print(str(10 ** 50), f"{10**20:,}", f"{255:08b}", "%x" % 10 ** 20, 1 == 1.0, 2 ** 53 + 1 == float(2 ** 53 + 1), 10 ** 400 > 1e308)
for f in [lambda: 1 << 10 ** 20, lambda: int("1" * 5000), lambda: str(10 ** 5000), lambda: float(10 ** 400), lambda: (256).to_bytes(1, "big"), lambda: (-1).to_bytes(1, "big"), lambda: int("12a"), lambda: int("", 10), lambda: int("1", 1), lambda: int(float("nan")), lambda: int(float("inf")), lambda: int("5", 2), lambda: 10 ** 400 / 3.0]:
    try:
        print(f())
    except (ValueError, OverflowError, MemoryError) as e:
        print(type(e).__name__, e)
print((10 ** 400) / (10 ** 399), 7 / 2, 6 / 3, -7 / 2, 1 / 3, 2 ** -1, 0 ** 0, round(12345, -2), round(15, -1), round(25, -1))
import sys
print(sys.maxsize, sys.int_info.bits_per_digit > 0, (2 ** 63 - 1) + 1, -2 ** 63 - 1, 4611686018427387904 * 2, 3037000500 ** 2)
