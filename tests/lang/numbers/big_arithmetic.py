a = 123456789 ** 20
b = 987654321 ** 15
print(a * b % (10 ** 30), a // b, a % b, divmod(-a, b)[0], a - b > 0, a & b, (a | b) % 1000007, a ^ b == b ^ a, ~a + a)
print(pow(a, b, 10 ** 20 + 39), a.bit_length(), -a >> 100, a << 64 == a * 2 ** 64, int(str(a)) == a, hash(a) == hash(a + 0), a == float(a), int(1e30))
f = 1
for i in range(1, 101): f *= i
print(f, len(str(f)))
import math
print(math.factorial(50), math.isqrt(10 ** 60), math.gcd(a, b), math.lcm(12, 18, 30), math.prod(range(1, 30)), math.log2(2 ** 2000), math.log10(10 ** 500), math.comb(200, 100), math.perm(20, 5))
print(a / b, (10 ** 30) / (3 * 10 ** 29), float(a) > 1e100, int.from_bytes(a.to_bytes(100, "little", signed=True), "little", signed=True) == a, f"{a:,}"[:20], f"{a:x}"[:20], f"{a:e}", round(a, -150) % 10 ** 150)
for i in [2 ** 62 - 1, 2 ** 62, 2 ** 63, 2 ** 64, -2 ** 62, -2 ** 62 - 1, -2 ** 63]:
    print(i, i + 1, i - 1, -i, i * i, i // 3, i % 7, i == i + 0, hash(i))
x = 2 ** 62
x -= 1; x += 1; x *= 2; x //= 2
print(x, x is not None, [x, x + 1].index(x + 1), {x: 1}[2 ** 62])
def collatz(n):
    c = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        c += 1
    return c
print(collatz(2 ** 70 - 1), sum(int(d) for d in str(2 ** 1000)), int("9" * 100) + 1 == 10 ** 100)
