from typing import Protocol, TypedDict, NamedTuple, Literal, Annotated, Any, ClassVar, Final, get_type_hints, get_args, get_origin, runtime_checkable, cast, overload, NewType, TYPE_CHECKING, Self, Required, NotRequired
@runtime_checkable
class HasLen(Protocol):
    def __len__(self) -> int: ...
print(isinstance([], HasLen), isinstance(5, HasLen), issubclass(dict, HasLen))
class TD(TypedDict, total=False):
    x: Required[int]
    y: str
print(TD(x=1, y="a"), TD.__required_keys__, TD.__optional_keys__, TD.__annotations__)
class NT(NamedTuple):
    a: int
    b: str = "d"
print(NT(1), NT._field_defaults, NT.__annotations__)
print(Literal[1, "a"], Annotated[int, "meta"], get_args(dict[str, int]), get_origin(list[int]), get_args(Literal[1, 2]), ClassVar[int], Final)
class C:
    x: "int"
    y: list["C"]
    z: Annotated[int, 5]
print(get_type_hints(C), get_type_hints(C, include_extras=True)["z"], TYPE_CHECKING)
U = NewType("U", int)
print(U(5), U, cast(int, "x"), Any, Self)
try:
    class Bad(Protocol, list): pass
except TypeError as e:
    print(e)
try:
    HasLen()
except TypeError as e:
    print(e)
for f in [lambda: Literal[1]()  if False else int[str], lambda: list[int]["x"], lambda: isinstance([], list[int]), lambda: Any(), lambda: get_args(5), lambda: Annotated[int]]:
    try:
        print(f())
    except TypeError as e:
        print(e)
