"""Threads that compute at the same time: a histogram of Collatz lengths, split over a pool.

Usage: threads.py [limit] [threads]
"""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from queue import Queue


def collatz_lengths(start, stop):
    """Histogram of the lengths of the Collatz sequences of a range."""
    histogram = {}
    for number in range(start, stop):
        length = 0
        while number != 1:
            number = number // 2 if number % 2 == 0 else 3 * number + 1
            length += 1
        histogram[length] = histogram.get(length, 0) + 1
    return histogram


class Total:
    """A histogram that threads add to under a lock."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}

    def add(self, histogram):
        with self.lock:
            for length, count in histogram.items():
                self.counts[length] = self.counts.get(length, 0) + count


def with_pool(limit, threads, step=1000):
    total = Total()
    with ThreadPoolExecutor(max_workers=threads) as pool:
        starts = range(1, limit, step)
        for histogram in pool.map(lambda start: collatz_lengths(start, min(start + step, limit)), starts):
            total.add(histogram)
    return total.counts


def with_queue(limit, threads, step=1000):
    work, total = Queue(maxsize=2 * threads), Total()

    def worker():
        while (start := work.get()) is not None:
            total.add(collatz_lengths(start, min(start + step, limit)))

    workers = [threading.Thread(target=worker) for _ in range(threads)]
    for thread in workers:
        thread.start()
    for start in range(1, limit, step):
        work.put(start)
    for _ in workers:
        work.put(None)
    for thread in workers:
        thread.join()
    return total.counts


def main(limit, threads):
    results = []
    for name, run in [("one thread", lambda: collatz_lengths(1, limit)),
                      (f"pool of {threads}", lambda: with_pool(limit, threads)),
                      (f"queue of {threads}", lambda: with_queue(limit, threads))]:
        start = time.perf_counter()
        results.append(run())
        print(f"{name:12} {time.perf_counter() - start:7.3f} s", file=sys.stderr)
    assert results[0] == results[1] == results[2]
    counts = results[0]
    print(f"{sum(counts.values())} sequences, longest {max(counts)}, most frequent "
          f"{max(counts, key=lambda length: (counts[length], length))}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000,
         int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count() or 2)
