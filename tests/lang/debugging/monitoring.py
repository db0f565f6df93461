# sys.monitoring: tools, events, callbacks, DISABLE.
import sys

m = sys.monitoring
ev = m.events


def attempt(f, *args):
    try:
        print(f.__name__, args[:1], f(*args))
    except (ValueError, TypeError, OverflowError) as e:
        print(f.__name__, type(e).__name__, e)


attempt(m.use_tool_id, 6, "x")
attempt(m.use_tool_id, 1, 2)
attempt(m.use_tool_id, 1, "one")
attempt(m.use_tool_id, 1, "one")
attempt(m.get_tool, 1)
attempt(m.get_tool, 3)
attempt(m.set_events, 2, ev.LINE)
attempt(m.set_events, 1, 1 << 30)
attempt(m.set_events, 1, ev.C_RETURN)
attempt(m.register_callback, 1, 3, print)
attempt(m.register_callback, 1, 1, print)
attempt(m.register_callback, 1, 1, None)
print(m.get_events(1), m._all_events())


def work(n):
    total = 0
    for i in range(n):
        total += i
    return total


def bad():
    raise KeyError("k")


def caller():
    work(3)
    try: bad()
    except KeyError:
        pass


names = ["PY_START", "PY_RETURN", "LINE", "RAISE", "EXCEPTION_HANDLED", "PY_UNWIND", "CALL", "C_RETURN"]
for name in names:
    def callback(code, *args, name=name):
        if code.co_name not in ("work", "bad", "caller"):
            return
        if name == "LINE":
            args = (args[0] - code.co_firstlineno,)
        else:
            args = [a if isinstance(a, (int, KeyError)) else type(a).__name__ for a in args[1:]]
        print(name, code.co_name, *args)

    m.register_callback(1, getattr(ev, name), callback)
m.set_events(1, ev.PY_START | ev.PY_RETURN | ev.LINE | ev.RAISE | ev.EXCEPTION_HANDLED | ev.PY_UNWIND | ev.CALL)
caller()
m.set_events(1, 0)
print(m.get_events(1))

seen = []


def once(code, line):
    seen.append(line - code.co_firstlineno)
    return m.DISABLE


m.register_callback(1, ev.LINE, once)
m.set_local_events(1, work.__code__, ev.LINE)
work(3)
work(3)
print(seen, m.get_local_events(1, work.__code__))
m.restart_events()
work(1)
print(seen)
m.free_tool_id(1)
print(m.get_tool(1))
work(1)
print(len(seen))
