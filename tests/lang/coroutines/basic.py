import types
@types.coroutine
def pause(v):
    r = yield v
    return r
async def inner(n):
    x = await pause(("inner", n))
    return x * 2
async def main():
    a = await inner(1)
    b = await inner(2)
    return a + b
c = main()
print(c.send(None))
print(c.send(10))
try:
    c.send(5)
except StopIteration as e:
    print("result", e.value)
try:
    c.send(None)
except RuntimeError as e:
    print(e)
print(type(c).__name__, c.cr_frame, c.cr_running)
