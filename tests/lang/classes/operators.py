class V:
    def __init__(self, x): self.x = x
    def __add__(self, o): return V(self.x + o.x) if isinstance(o, V) else NotImplemented
    def __radd__(self, o): return f"radd {o}"
    def __iadd__(self, o): self.x += 100; return self
    def __neg__(self): return V(-self.x)
    def __matmul__(self, o): return "matmul"
    def __pow__(self, o, m=None): return ("pow", o, m)
    def __lt__(self, o): return self.x < o.x
    def __getitem__(self, k): return ("item", k)
    def __setitem__(self, k, v): print("set", k, v)
    def __delitem__(self, k): print("del", k)
    def __contains__(self, k): return k == 1
    def __len__(self): return 0
    def __call__(self, *a, **k): return a, k
    def __bool__(self): return True
    def __index__(self): return 2
    def __int__(self): return 7
    def __float__(self): return 7.5
    def __round__(self, n=None): return ("round", n)
    def __divmod__(self, o): return "divmod"
    def __reversed__(self): return "rev"
    def __format__(self, s): return "fmt:" + s
    def __bytes__(self): return b"bytes"
    def __repr__(self): return f"V({self.x})"
v = V(1)
print(v + V(2), 5 + v, -v, v @ v, v ** 2, pow(v, 2, 3), v < V(2), v > V(0), v[1:2], v[..., 1], 1 in v, 5 in v, bool(v))
v[0] = 1; del v[0]
print(v(1, a=2), [10, 20, 30][v], int(v), float(v), round(v), round(v, 2), divmod(v, 1), reversed(v), f"{v:abc}", bytes(v))
v += 1
print(v, hex(v), "ab" * V(0), range(v))
for s in ["v + 5", "v - 1", "1 - v", "v >= 1", "v ** 'a' and v & 1", "~v", "+v", "v @ 1 + 1", "[] + v", "None + 1", "1 + 'a'", "'a' + 1", "[1] + (2,)", "'a' * 'b'", "1 < 'a'", "[] < {}", "1 @ 2", "-'a'", "~1.5", "{} | 1", "1 in 5", "len(5)", "abs('a')", "'a' % 1", "5[0]", "5[0] = 1" if False else "(5)[0]", "del_ = 1" if False else "iter(5)", "next(5)", "reversed(5)", "round('a')", "divmod(1, 'a')", "pow(2, -1, 4)", "pow(2.0, 1, 3)", "1 << -1", "1.5 << 1", "1 // 0", "1 % 0", "1.0 // 0", "0.0 ** -1", "0 ** -1", "1j / 0", "int('x')", "float('x')", "complex('x')", "int([])", "float([])", "chr(-1)", "ord('ab')", "bytes([256])", "hash([])", "hash({})", "range(1, 2, 0)", "slice()", "'abc'['a']", "[1]['a']", "(1,)[1.0]", "{}['k']", "[].pop()", "{}.popitem()", "set().pop()", "[].index(1)", "'a'.index('b')", "[].remove(1)", "{1}.remove(2)", "max([])", "min()", "sum('ab')", "sum(['a'], '')", "zip(1)", "map()", "enumerate()", "sorted(5)", "int('5', 99)", "''.join([1])", "isinstance()", "getattr(1)", "open()", "print(sep=1)", "__import__('no_such_module_x')", "eval('1 +')", "bytes('a')", "str(b'a', 'nope')", "b'a' + 'a'", "'%d' % 'a'", "'%s %s' % 1", "'%s' % (1, 2)", "'{} {}'.format(1)", "'{a}'.format()", "'{0.x}'.format(1)"]:
    try:
        print(s, "=", eval(s))
    except Exception as e:
        print(s, "->", type(e).__name__ + ":", e)
