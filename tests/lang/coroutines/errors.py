async def co(): return 1
for src in ["await x", "def f(): await x", "async with x: pass", "async def f():\n return [await z for z in y]", "def f(): return [await z for z in y]", "async def f(): yield 1; return 2", "async def f(): yield from x", "[x async for x in y]", "async def f(): return (await x, [i async for i in y])", "lambda: await x", "async lambda: 1", "def f():\n async for x in y: pass", "async def f():\n def g(): await x"]:
    try:
        compile(src, "s", "exec")
        print(repr(src), "ok")
    except SyntaxError as e:
        print(repr(src), e.msg)
c = co()
try:
    next(c)
except TypeError as e:
    print(e)
try:
    iter(c)
except TypeError as e:
    print(e)
try:
    c.send(1)
except TypeError as e:
    print(e)
c.close()
try:
    c.send(None)
except RuntimeError as e:
    print(e)
async def ag(): yield 1
g = ag()
try:
    iter(g)
except TypeError as e:
    print(e)
try:
    g.__anext__().send(5)
except (TypeError, StopIteration) as e:
    print(type(e).__name__, e)
class BadAiter:
    def __aiter__(self): return 5
async def m1():
    async for _ in BadAiter(): pass
class BadAnext:
    def __aiter__(self): return self
    def __anext__(self): return 5
async def m2():
    async for _ in BadAnext(): pass
class BadEnter:
    def __aenter__(self): return 5
    def __aexit__(self, *a): return 5
async def m3():
    async with BadEnter(): pass
async def m4():
    with BadEnter(): pass
class Half:
    async def __aenter__(self): return 1
async def m5():
    async with Half(): pass
for m in (m1, m2, m3, m4, m5):
    try:
        m().send(None)
    except TypeError as e:
        print(e)
import inspect
print(inspect.iscoroutinefunction(co), inspect.isasyncgenfunction(ag), inspect.isawaitable(c), type(g).__name__)
