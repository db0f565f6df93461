"""Classes at work: abstract base, properties, operators, pattern matching, dataclasses, sorting.

Usage: shapes.py [count]
"""

import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import total_ordering
from math import pi, sqrt


@total_ordering
class Shape(ABC):
    @property
    @abstractmethod
    def area(self):
        ...

    @abstractmethod
    def __mul__(self, factor):
        ...

    def __lt__(self, other):
        return self.area < other.area

    def __eq__(self, other):
        return isinstance(other, Shape) and self.area == other.area

    __hash__ = None


@dataclass(eq=False)
class Circle(Shape):
    radius: float

    @property
    def area(self):
        return pi * self.radius**2

    def __mul__(self, factor):
        return Circle(self.radius * factor)


@dataclass(eq=False)
class Rectangle(Shape):
    width: float
    height: float

    @property
    def area(self):
        return self.width * self.height

    def __mul__(self, factor):
        return type(self)(self.width * factor, self.height * factor)


class Square(Rectangle):
    def __init__(self, side, _height=None):
        super().__init__(side, side)


@dataclass(eq=False)
class Triangle(Shape):
    a: float
    b: float
    c: float

    def __post_init__(self):
        longest = max(self.a, self.b, self.c)
        if 2 * longest >= self.a + self.b + self.c:
            raise ValueError(f"no triangle has the sides {self.a}, {self.b}, {self.c}")

    @property
    def area(self):
        s = (self.a + self.b + self.c) / 2
        return sqrt(s * (s - self.a) * (s - self.b) * (s - self.c))

    def __mul__(self, factor):
        return Triangle(self.a * factor, self.b * factor, self.c * factor)


def describe(shape):
    match shape:
        case Circle(radius=r) if r > 10:
            return f"large circle of radius {r:.1f}"
        case Circle(radius=r):
            return f"circle of radius {r:.1f}"
        case Square(width=side):
            return f"square of side {side:.1f}"
        case Rectangle(width=w, height=h):
            return f"rectangle of {w:.1f} by {h:.1f}"
        case Triangle():
            return f"triangle with area {shape.area:.2f}"
        case _:
            return "something else"


def shapes(count):
    """Shapes of all kinds from a small generator of pseudo-random numbers."""
    state = 12345
    for number in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        size = 1 + state % 100 / 10
        match number % 4:
            case 0:
                yield Circle(size)
            case 1:
                yield Rectangle(size, size / 2)
            case 2:
                yield Square(size)
            case _:
                yield Triangle(size, size, size * 1.5) * 2


def main(count):
    found = sorted(shapes(count))
    print(f"{count} shapes, {sum(s.area for s in found):.3f} in all")
    for shape in found[:3] + found[-3:]:
        print("  " + describe(shape))
    kinds = {}
    for shape in found:
        kinds.setdefault(type(shape).__name__, []).append(shape.area)
    for kind, areas in sorted(kinds.items()):
        print(f"  {kind:10} {len(areas):6} mean area {sum(areas) / len(areas):8.3f}")
    try:
        Triangle(1, 2, 4)
    except ValueError as error:
        print("refused:", error)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
