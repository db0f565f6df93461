"""Generators as a pipeline: primes, windows over a stream, delegation, and values sent in.

Usage: pipeline.py [limit]
"""

import sys
from itertools import islice


def primes():
    """All primes, by a sieve that grows: each composite waits for its smallest factor."""
    waiting = {}
    number = 2
    while True:
        factors = waiting.pop(number, None)
        if factors is None:
            yield number
            waiting[number * number] = [number]
        else:
            for factor in factors:
                waiting.setdefault(number + factor, []).append(factor)
        number += 1


def take_until(limit, stream):
    for item in stream:
        if item > limit:
            return
        yield item


def windows(stream, size):
    """Neighbors in a stream, as tuples."""
    stream = iter(stream)
    window = tuple(islice(stream, size))
    if len(window) == size:
        yield window
    for item in stream:
        window = window[1:] + (item,)
        yield window


def running_mean():
    """Takes numbers by send() and gives the mean of what it has seen."""
    count, total, mean = 0, 0.0, None
    while True:
        value = yield mean
        if value is None:
            return count, mean
        count += 1
        total += value
        mean = total / count


def report(name):
    """Delegates to running_mean and tells what it returned."""
    count, mean = yield from running_mean()
    print(f"{name}: {count} values, mean {mean:.4f}")


def tree(depth, label="1"):
    """The paths of a binary tree, in order, by recursive generators."""
    if depth:
        yield from tree(depth - 1, label + "0")
    yield label
    if depth:
        yield from tree(depth - 1, label + "1")


def main(limit):
    gaps = {}
    twins = 0
    meter = report("gaps between primes")
    next(meter)
    for low, high in windows(take_until(limit, primes()), 2):
        gap = high - low
        twins += gap == 2
        gaps[gap] = gaps.get(gap, 0) + 1
        meter.send(gap)
    try:
        meter.send(None)
    except StopIteration:
        pass
    print(f"{twins} pairs of twins below {limit}")
    common = sorted(gaps.items(), key=lambda item: (-item[1], item[0]))[:5]
    print("most common gaps:", ", ".join(f"{gap} ({count})" for gap, count in common))
    paths = list(tree(10))
    print(f"{len(paths)} nodes, first {paths[0]}, middle {paths[len(paths) // 2]}, last {paths[-1]}")
    print("squares:", *(n * n for n in islice(primes(), 8)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
