from dataclasses import dataclass, make_dataclass, is_dataclass, field
@dataclass(eq=False)
class NoEq: x: int = 0
print(NoEq() == NoEq(), is_dataclass(NoEq), is_dataclass(NoEq()))
P = make_dataclass("P", [("x", int), ("y", int, field(default=3))])
print(P(1), P.__annotations__)
@dataclass(unsafe_hash=True, kw_only=True)
class K:
    a: int
    b: list = field(default_factory=list, hash=False)
print(K(a=1), hash(K(a=1)) == hash(K(a=1, b=[2])))
@dataclass
class Node:
    value: int
    next: "Node | None" = None
n = Node(1); n.next = n
print(n)
@dataclass(slots=True, weakref_slot=True)
class W: v: int
import weakref
w = W(1); print(weakref.ref(w)() is w, hasattr(w, "__dict__"))
@dataclass(repr=False, match_args=False)
class R: a: int
print(hasattr(R, "__match_args__"), "R object at" in repr(R(1)))
