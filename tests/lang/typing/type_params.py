def first[T](x: list[T]) -> T: return x[0]
print(first([3]), first.__type_params__, first.__type_params__[0].__name__)
class Box[T: (int, str), *Ts, **P]:
    def m[U: int = bool](self, u: U): return U
t, ts, p = Box.__type_params__
print(t, ts, p, t.__constraints__, t.__bound__, p.__default__, ts.has_default())
u = Box[int, [bytes]]().m(1)
print(u.__bound__, u.__default__, u.__infer_variance__, u.__covariant__)
print(Box.__orig_bases__, Box.__parameters__)
print(Box[int, str, float, [bytes]])
type Alias[K, V = int] = dict[K, list[V]]
print(Alias, Alias.__value__, Alias.__type_params__, Alias[str], Alias[str, int].__args__)
type Rec = list[Rec] | int
print(Rec.__value__, Rec.__name__, Rec.__module__)
type Lazy = undefined_name
try:
    Lazy.__value__
except NameError as e:
    print(e)
class B[T: undefined_bound]: pass
try:
    B.__type_params__[0].__bound__
except NameError as e:
    print(e)
def outer[T]():
    def inner() -> T: return T
    return inner()
print(outer(), Box.m.__qualname__)
