# Closing a suspended generator: what its body notices and what it does not.
import sys

log = []


def plain():
    yield 1
    yield 2
    log.append("never")


def guarded():
    try:
        yield 1
    finally:
        log.append("finally")


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        log.append("exit")
        raise


def outer(inner):
    yield from inner
    log.append("never")


def managed():
    class M:
        def __enter__(self):
            return self

        def __exit__(self, t, v, tb):
            log.append(t and t.__name__)
    with M():
        yield 1


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append("del " + self.name)


def holds():
    a = Noisy("a")
    b = Noisy("b")
    yield a
    yield b


for make in (plain, guarded, stubborn, managed, lambda: outer(guarded()), lambda: outer(iter([1, 2])), lambda: outer(plain())):
    g = make()
    next(g)
    print(g.close(), g.gi_frame, list(g), log)
    log.clear()

g = holds()
next(g)
g.close()
print(sorted(log))
log.clear()
print(any(x > 2 for x in range(10)), next(x for x in iter([5, 6])))

g = plain()
next(g)
frame = g.gi_frame
g.close()
print(frame.f_code.co_name, g.gi_frame)
try:
    g.throw(ValueError("late"))
except ValueError as e:
    print("raised", e)


def traced():
    yield 1


g = traced()
next(g)
events = []
sys.settrace(lambda f, e, a: events.append(e) or None)
g.close()
sys.settrace(None)
print(g.gi_running, next(g, "done"))
