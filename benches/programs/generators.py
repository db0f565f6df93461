"""Generators, comprehensions, iterator chains, exceptions."""


def numbers(n):
    for i in range(n):
        yield i


def flat(depth, n):
    if depth == 0:
        yield from range(n)
    else:
        yield from flat(depth - 1, n)


def averaged():
    total, count = 0, 0
    value = yield
    while True:
        total += value
        count += 1
        value = yield total / count


def run():
    total = sum(i * 2 for i in numbers(150_000) if i % 2)
    total += sum(flat(6, 40_000))
    mean = averaged()
    next(mean)
    for i in range(60_000):
        last = mean.send(i)
    missed = 0
    for i in range(30_000):
        try:
            if i % 3 == 0:
                raise KeyError(i)
        except KeyError:
            missed += 1
    return missed == 10_000 and last == 29_999.5 and total > 0
