import asyncio
async def work(n, d):
    await asyncio.sleep(d)
    return n
async def fail():
    await asyncio.sleep(0)
    raise ValueError("task failed")
async def main():
    print(await asyncio.gather(work(1, 0.02), work(2, 0.01), work(3, 0)))
    t = asyncio.create_task(work("cancelled", 10))
    await asyncio.sleep(0)
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        print("cancelled", t.cancelled())
    r = await asyncio.gather(fail(), work(5, 0), return_exceptions=True)
    print(r)
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(5)
    except TimeoutError:
        print("timeout")
    q = asyncio.Queue()
    async def producer():
        for i in range(3):
            await q.put(i)
        await q.put(None)
    async with asyncio.TaskGroup() as tg:
        tg.create_task(producer())
        out = []
        while (x := await q.get()) is not None:
            out.append(x)
    print(out)
    try:
        async with asyncio.TaskGroup() as tg:
            tg.create_task(fail())
            tg.create_task(work(1, 5))
    except* ValueError as eg:
        print(eg.exceptions)
asyncio.run(main())
