class L(list):
    def __iadd__(self, o): print("iadd"); return super().__iadd__(o)
l = L([1]); l += [2]; print(l)
t = (1,); u = t; t += (2,); print(t, u)
a = [1]; b = a; a += "xy"; print(b)
a *= 2; print(b)
x = 10; x //= 3; x **= 3; x %= 5; x <<= 3; x |= 1; x ^= 3; x &= 0xff; x -= 1; x >>= 1; print(x)
f = 1.0; f /= 4; f += 1; print(f)
s = "a"; s += "b"; s *= 3; print(s)
d = {"n": 1}; d["n"] += 5; d |= {"m": 2}; print(d)
class P:
    v = 1
p = P(); p.v += 1; print(p.v, P.v)
class M:
    def __matmul__(self, o): return "mm"
m = M(); m @= 1; print(m)
calls = []
def idx(): calls.append("idx"); return 0
def obj(): calls.append("obj"); return q
q = [1]
obj()[idx()] += 5
print(q, calls)
for e in ["x += 'a'", "l -= [1]", "s -= 'a'", "d += {}", "undefined_x += 1", "t[0] += 1", "p.zz += 1", "q[9] += 1", "None += 1" if False else "x @= 1"]:
    try:
        exec(e)
    except Exception as ex:
        print(e, "->", type(ex).__name__ + ":", ex)
st = {1}; st2 = st; st |= {2}; print(st2)
st &= {2}; st -= {9}; st ^= {3}; print(st2 == {2, 3})
