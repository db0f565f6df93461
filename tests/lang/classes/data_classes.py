from dataclasses import dataclass, field, fields, asdict, astuple, replace, FrozenInstanceError, KW_ONLY, InitVar
@dataclass(order=True)
class P:
    x: int
    y: int = 0
    tags: list = field(default_factory=list, compare=False, repr=False)
p = P(1, 2)
print(p, p == P(1, 2), p < P(1, 3), asdict(p), astuple(p), replace(p, y=9), [f.name for f in fields(P)])
@dataclass(frozen=True, slots=True)
class F:
    a: int
    _: KW_ONLY
    b: str = "b"
f = F(1, b="z")
try:
    f.a = 2
except FrozenInstanceError as e:
    print("frozen:", e)
print(f, hash(f) == hash(F(1, b="z")), F.__slots__)
@dataclass
class I:
    x: InitVar[int]
    y: int = field(init=False)
    def __post_init__(self, x): self.y = x * 2
print(I(4))
for body in ["x: list = []", "x: int = 1\n    y: int"]:
    try:
        exec(f"@dataclass\nclass Bad:\n    {body}")
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
try:
    P()
except TypeError as e:
    print(e)
@dataclass
class Sub(P):
    z: str = "z"
print(Sub(1), P.__match_args__)
