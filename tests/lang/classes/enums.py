from enum import Enum, IntEnum, Flag, auto, StrEnum, unique
class Color(Enum):
    RED = 1
    GREEN = 2
    ALIAS = 1
    def describe(self): return self.name.lower()
print(Color.RED, repr(Color.GREEN), Color(1), Color["GREEN"], Color.ALIAS is Color.RED, list(Color), len(Color), Color.RED.describe())
print(Color.RED.name, Color.RED.value, Color.RED in Color, isinstance(Color.RED, Color), Color.__members__.keys())
for f in [lambda: Color(5), lambda: Color["X"], lambda: setattr(Color, "RED", 3), lambda: Color.RED < Color.GREEN]:
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
class N(IntEnum):
    A = auto()
    B = auto()
print(N.A + 1, N.B > N.A, f"{N.A}", str(N.B), repr(N.B), sorted([N.B, N.A]))
class Perm(Flag):
    R = auto(); W = auto(); X = auto()
    RW = R | W
p = Perm.R | Perm.X
print(p, repr(p), Perm.R in p, ~p, p & Perm.R, Perm(0), list(p), Perm.RW)
class S(StrEnum):
    HELLO = auto()
print(S.HELLO, S.HELLO == "hello", S.HELLO.upper())
class Planet(Enum):
    EARTH = (5.9, 6.3)
    def __init__(self, mass, radius): self.mass = mass
print(Planet.EARTH.mass)
try:
    @unique
    class Dup(Enum):
        A = 1; B = 1
except ValueError as e:
    print(e)
try:
    class Ext(Color): Z = 9
except TypeError as e:
    print(e)
F = Enum("F", "ONE TWO")
print(list(F), {Color.RED: 1}[Color.RED])
