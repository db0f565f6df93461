z = 3 + 4j
print(z, abs(z), z.real, z.imag, z.conjugate(), z * 2, z / 2j, z ** 2, -z, z == 3 + 4j, complex(1, -0.0), 1j * 1j, complex("1+2j"), complex("-j"))
print(repr(complex(0, 0)), 1e20j, complex(float("nan"), 1), complex(1.5, float("-inf")), hash(1 + 0j) == hash(1), bool(0j), z + 1, 1 - z, f"{z:.2f}", 2 ** 1j)
for s in ["z < z", "z // 1", "z % 1", "int(z)", "float(z)", "complex('1 + 2j')", "complex([])", "complex('a', 1)", "z / 0", "round(z)", "0j ** -1", "divmod(z, 1)", "0j ** 1j"]:
    try:
        print(eval(s))
    except Exception as e:
        print(type(e).__name__, e)
import cmath
print(cmath.sqrt(-1), cmath.phase(1j) > 1.57, cmath.exp(0))
