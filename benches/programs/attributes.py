"""Attribute reads and writes of every kind: slots, instance, class, module, property."""

import math


class Base:
    shared = 3

    def __init__(self):
        self.a = 1
        self.b = 2

    @property
    def double(self):
        return self.a + self.a


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self):
        self.x = 1
        self.y = 2


class Derived(Base):
    def get(self):
        return self.a


def run():
    o, s = Derived(), Slotted()
    total = 0
    for i in range(150_000):
        total += o.a + o.b + o.shared + s.x + s.y
        o.a = i & 7
        s.x = o.get() + o.double
        if math.pi < 3:
            total = 0
    return total > 0
