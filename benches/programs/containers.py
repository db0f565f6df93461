"""Dictionaries, lists, sets and tuples."""


def run():
    counts = {}
    for i in range(200_000):
        key = i * 7919 % 5003
        counts[key] = counts.get(key, 0) + 1
    pairs = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    squares = [a * a for a, _ in pairs if a % 3]
    seen = set()
    for n in squares:
        seen.add(n % 1009)
    stack = []
    for n in range(100_000):
        stack.append(n)
        if n % 3 == 0:
            stack.pop()
    merged = {k: v for k, v in pairs} | {-n - 1: n for n in seen}
    return len(stack) == 66_666 and len(merged) == len(pairs) + len(seen)
