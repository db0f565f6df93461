"""Planets around a sun: leapfrog integration, and how well the energy is kept.

Usage: nbody.py [steps]
"""

import sys
from math import pi, sqrt

# Masses in solar masses, distances in astronomical units, time in years: then G is 4 pi**2.
G = 4 * pi * pi

PLANETS = [
    # name, mass, distance from the sun
    ("Mercury", 1.66e-7, 0.387),
    ("Venus", 2.45e-6, 0.723),
    ("Earth", 3.00e-6, 1.000),
    ("Mars", 3.23e-7, 1.524),
    ("Jupiter", 9.55e-4, 5.203),
    ("Saturn", 2.86e-4, 9.537),
]


class Body:
    __slots__ = ("name", "mass", "x", "y", "z", "vx", "vy", "vz")

    def __init__(self, name, mass, x=0.0, vy=0.0, tilt=0.0):
        self.name = name
        self.mass = mass
        self.x, self.y, self.z = x, 0.0, 0.0
        self.vx, self.vy, self.vz = 0.0, vy, vy * tilt


def build():
    sun = Body("Sun", 1.0)
    bodies = [sun]
    for number, (name, mass, distance) in enumerate(PLANETS):
        # A circular orbit, each in a slightly different plane.
        bodies.append(Body(name, mass, distance, sqrt(G / distance), 0.01 * number))
    # The whole system stays where it is.
    sun.vy = -sum(b.mass * b.vy for b in bodies[1:])
    sun.vz = -sum(b.mass * b.vz for b in bodies[1:])
    return bodies


def kick(pairs, dt):
    """Change the speeds by what the bodies do to each other in dt."""
    for a, b in pairs:
        dx = a.x - b.x
        dy = a.y - b.y
        dz = a.z - b.z
        square = dx * dx + dy * dy + dz * dz
        pull = G * dt / (square * sqrt(square))
        to_a = pull * b.mass
        to_b = pull * a.mass
        a.vx -= dx * to_a
        a.vy -= dy * to_a
        a.vz -= dz * to_a
        b.vx += dx * to_b
        b.vy += dy * to_b
        b.vz += dz * to_b


def drift(bodies, dt):
    for b in bodies:
        b.x += dt * b.vx
        b.y += dt * b.vy
        b.z += dt * b.vz


def energy(bodies, pairs):
    total = sum(0.5 * b.mass * (b.vx**2 + b.vy**2 + b.vz**2) for b in bodies)
    for a, b in pairs:
        total -= G * a.mass * b.mass / sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.z - b.z) ** 2)
    return total


def main(steps):
    bodies = build()
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    before = energy(bodies, pairs)
    dt = 1 / 1000
    drift(bodies, dt / 2)
    for _ in range(steps - 1):
        kick(pairs, dt)
        drift(bodies, dt)
    kick(pairs, dt)
    drift(bodies, dt / 2)
    after = energy(bodies, pairs)
    print(f"{steps} steps, {steps * dt:g} years")
    for b in bodies:
        print(f"{b.name:8} {b.x:10.6f} {b.y:10.6f} {b.z:10.6f}")
    print(f"relative change of energy: {abs(after / before - 1):.1e}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
