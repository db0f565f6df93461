class Stack[T]:
    def __init__(self) -> None: self.items: list[T] = []
    def push(self, x: T) -> None: self.items.append(x)
    def pop(self) -> T: return self.items.pop()
s = Stack[int]()
s.push(1)
print(s.pop(), s.__orig_class__, Stack[int], Stack.__type_params__, Stack[int].__args__, Stack.__mro__[1].__name__)
class Pair[K, V](dict[K, V]):
    def swap(self) -> "Pair[V, K]": return Pair({v: k for k, v in self.items()})
print(Pair[str, int](a=1).swap(), Pair.__orig_bases__, Pair[int, str].__origin__.__name__)
def ident[T](x: T, *args: T, **kw: T) -> list[T]: return [x, *args]
print(ident(1, 2), ident.__annotations__["x"], ident.__type_params__)
class Meta(type): pass
class M[T](metaclass=Meta): attr = T
print(M.attr, type(M).__name__)
def bounded[T: int | str, U: (int, bytes)](a: T, b: U): pass
t, u = bounded.__type_params__
print(t.__bound__, u.__constraints__)
async def acoro[T](x: T): return x
def agen[T](x: T): yield x
print(acoro.__type_params__, list(agen(1)))
class Outer[T]:
    class Inner[U]:
        def m[V](self): return T, U, V
print(Outer.Inner().m())
for bad in ["Stack[int, str]", "Stack[()]", "Pair[int]"]:
    try:
        eval(bad)
    except TypeError as e:
        print(e)
for src in ["class A[T, T]: pass", "def f[T: (yield)](): pass", "type X[T] = (yield)", "class A[T=int, U]: pass", "def f[T](): nonlocal T", "type X[T: (x := 1)] = T", "class A[*T: int]: pass", "class A[]: pass"]:
    try:
        compile(src, "s", "exec")
        print("ok")
    except SyntaxError as e:
        print(e.msg)
type A[T] = list[T]; type B = int
print(A[int].__origin__, A[int].__value__ if hasattr(A[int], "__value__") else None, B | None, A.__type_params__, isinstance(A, __import__("typing").TypeAliasType))
