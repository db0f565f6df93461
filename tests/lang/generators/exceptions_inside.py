def g():
    try:
        yield 1
    except ValueError as e:
        print("in gen:", e, repr(e.__context__))
        yield 2
    yield 3
it = g(); next(it)
try:
    {}["outer"]
except KeyError:
    print(it.throw(ValueError("thrown")))
print(next(it))
def handler():
    try:
        raise KeyError("a")
    except KeyError:
        yield __import__("sys").exception()
        raise
h = handler()
print(repr(next(h)), __import__("sys").exception())
try:
    next(h)
except KeyError as e:
    print("reraised", e)
def fin():
    try: yield 1
    finally: yield 2
f = fin(); next(f)
print(f.throw(ValueError), end=" ")
try:
    next(f)
except ValueError:
    print("after finally")
for bad in [lambda: g().throw(5), lambda: g().throw("s"), lambda: g().throw(ValueError, None, 5), lambda: g().send(), lambda: g().throw()]:
    try:
        bad()
    except (TypeError, DeprecationWarning) as e:
        print(e)
def ctx():
    with open("/dev/null") as fh:
        yield fh
c = ctx(); fh = next(c); c.close(); print(fh.closed)
