import asyncio
async def agen(n):
    try:
        for i in range(n):
            got = yield i
            if got: print("got", got)
    finally:
        print("agen done")
async def main():
    g = agen(3)
    print(await g.__anext__(), await g.asend("hello"))
    await g.aclose()
    try:
        await g.__anext__()
    except StopAsyncIteration:
        print("exhausted")
    h = agen(5)
    await anext(h)
    try:
        await h.athrow(KeyError("z"))
    except KeyError as e:
        print("thrown", e)
    print(await anext(h, "default"))
    print([x * 2 async for x in agen(3)])
    ag = (x async for x in agen(2))
    print(type(ag).__name__, [x async for x in ag])
    async def bad():
        yield 1
        raise StopAsyncIteration
    try:
        async for _ in bad(): pass
    except RuntimeError as e:
        print(e)
asyncio.run(main())
