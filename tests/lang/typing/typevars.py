from typing import TypeVar, ParamSpec, TypeVarTuple, Generic, NoDefault, Unpack, Callable, Union, Optional
T = TypeVar("T"); C = TypeVar("C", covariant=True); K = TypeVar("K", contravariant=True)
I = TypeVar("I", infer_variance=True); S = TypeVar("S", int, str); D = TypeVar("D", default=int)
print(T, C, K, I, S, D)
print(S.__constraints__, T.__constraints__, T.__default__, D.__default__, T.has_default(), D.has_default())
P = ParamSpec("P")
print(P.args, P.kwargs, P.args.__origin__ is P, P.args == P.args, P.args == P.kwargs)
Ts = TypeVarTuple("Ts")
print(list(Ts), Unpack[Ts])
class G(Generic[T, S]): pass
print(G[int, str], G.__parameters__, G[T, int].__parameters__, G[T, int][bytes])
for bad in [lambda: G[int], lambda: TypeVar("X", int), lambda: TypeVar(3), lambda: TypeVar("X", covariant=True, contravariant=True),
            lambda: Generic[int], lambda: Generic[T, T], lambda: type("Z", (T,), {})]:
    try:
        print(bad())
    except TypeError as e:
        print("TypeError:", e)
    except ValueError as e:
        print("ValueError:", e)
print(list[T][int], dict[str, T][int], Callable[[T], int][str], (T | int)[str], Optional[T][int])
print(int | str, int | None, Union[int, str] == int | str, type(int | str), Union)
print(tuple[int, ...], list[int] == list[int], hash(list[int]) == hash(list[int]), list[int].__origin__, list[int]([1, 2]))
import pickle
print(pickle.loads(pickle.dumps(T)) is T, NoDefault, type(NoDefault)() is NoDefault)
print(T.evaluate_bound, S.evaluate_constraints(4), T.__module__)
