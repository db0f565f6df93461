import asyncio
class CM:
    def __init__(self, name, swallow=False):
        self.name, self.swallow = name, swallow
    async def __aenter__(self):
        print("enter", self.name)
        return self
    async def __aexit__(self, t, v, tb):
        print("exit", self.name, t.__name__ if t else None)
        return self.swallow
class Range:
    def __init__(self, n): self.i, self.n = 0, n
    def __aiter__(self): return self
    async def __anext__(self):
        if self.i == self.n: raise StopAsyncIteration
        self.i += 1
        await asyncio.sleep(0)
        return self.i
async def main():
    async with CM("a") as a, CM("b", True):
        print(a.name)
        raise KeyError("x")
    async for i in Range(3):
        if i == 2: continue
        print(i)
    else:
        print("else")
    print([i async for i in Range(4) if i % 2])
    print({i: i * i async for i in Range(3)})
    try:
        async for x in 5: pass
    except TypeError as e:
        print(e)
    try:
        async with 5: pass
    except TypeError as e:
        print(e)
asyncio.run(main())
