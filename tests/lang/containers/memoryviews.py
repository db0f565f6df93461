b = bytearray(b"abcdef")
m = memoryview(b)
print(m[0], m[1:3].tobytes(), len(m), m.format, m.itemsize, m.nbytes, m.readonly, m.shape, m.ndim, m.tolist(), m[::-2].tobytes(), m == b"abcdef", 97 in m)
m[0] = 90; m[1:3] = b"XY"
print(b, m.hex(), bytes(m))
try:
    b.append(1)
except BufferError as e:
    print(e)
m.release()
b.append(1)
print(b)
for f in [lambda: m[0], lambda: memoryview("a"), lambda: memoryview(b"ab").__setitem__(0, 1), lambda: memoryview(bytearray(2)).__setitem__(0, 300), lambda: memoryview(bytearray(2)).__setitem__(slice(0, 2), b"abc"), lambda: memoryview(b"a")[5], lambda: memoryview(b"abc").cast("I"), lambda: memoryview(b"a")["x"]]:
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
c = memoryview(bytes(range(8))).cast("H")
print(c.tolist(), c.itemsize, c.shape, c[1], memoryview(b"12345678").cast("B", [2, 4]).tolist())
with memoryview(b"ctx") as v: print(v.tobytes())
print(hash(memoryview(b"a")) == hash(b"a"), memoryview(b"ab").toreadonly().readonly)
from array import array
a = array("i", [1, 2, 3]); v = memoryview(a); v[0] = 10; print(a, v.tolist(), v.format)
