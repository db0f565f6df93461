"""Float arithmetic on lists: bodies that attract each other."""

SUN = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 40.0]
PLANETS = [[i * 1.5 + 1.0, i * 0.25, -0.5 * i, 0.01 * i, 1.0 / (i + 1), 0.02, 0.001 * i] for i in range(4)]


def step(bodies, dt):
    for i, a in enumerate(bodies):
        for b in bodies[i + 1:]:
            dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
            force = dt / ((dx * dx + dy * dy + dz * dz) ** 1.5 + 0.01)
            fa, fb = b[6] * force, a[6] * force
            a[3] -= dx * fa
            a[4] -= dy * fa
            a[5] -= dz * fa
            b[3] += dx * fb
            b[4] += dy * fb
            b[5] += dz * fb
    for a in bodies:
        a[0] += dt * a[3]
        a[1] += dt * a[4]
        a[2] += dt * a[5]


def run():
    bodies = [SUN[:]] + [p[:] for p in PLANETS]
    for _ in range(6000):
        step(bodies, 0.002)
    return round(sum(b[0] for b in bodies), 6) == round(sum(b[0] for b in bodies), 6)
