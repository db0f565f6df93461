import inspect
def g():
    x = 1
    yield x
    x = 2
    yield x
it = g()
print(inspect.getgeneratorstate(it), it.gi_running, it.gi_yieldfrom)
next(it)
print(inspect.getgeneratorstate(it), inspect.getgeneratorlocals(it))
next(it)
print(inspect.getgeneratorlocals(it))
it.close()
print(inspect.getgeneratorstate(it), it.gi_frame)
print(it.__name__, it.__qualname__, g.__code__.co_name)
def reentrant():
    yield next(me)
me = reentrant()
try:
    next(me)
except ValueError as e:
    print(e)
