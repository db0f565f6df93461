import asyncio, contextvars
var = contextvars.ContextVar("var", default="none")
async def child(n):
    var.set(n)
    await asyncio.sleep(0)
    return var.get()
async def main():
    var.set("main")
    print(await asyncio.gather(child(1), child(2)), var.get())
    lock = asyncio.Lock()
    order = []
    async def crit(n):
        async with lock:
            order.append(("in", n))
            await asyncio.sleep(0)
            order.append(("out", n))
    await asyncio.gather(*(crit(i) for i in range(3)))
    print(order)
    ev = asyncio.Event()
    async def waiter():
        await ev.wait()
        return "woken"
    t = asyncio.create_task(waiter(), name="W")
    await asyncio.sleep(0)
    ev.set()
    print(await t, t.get_name(), t.done())
    sem = asyncio.Semaphore(2)
    running = peak = 0
    async def limited():
        nonlocal running, peak
        async with sem:
            running += 1; peak = max(peak, running)
            await asyncio.sleep(0.001)
            running -= 1
    await asyncio.gather(*(limited() for _ in range(5)))
    print(peak)
    done, pending = await asyncio.wait([asyncio.create_task(asyncio.sleep(0, "x"))])
    print([d.result() for d in done], pending)
    try:
        await asyncio.wait_for(asyncio.sleep(1), 0.005)
    except TimeoutError as e:
        print("wait_for", repr(e))
    f = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(f.set_result, "future")
    print(await f)
    r = await asyncio.to_thread(lambda: "thread " + var.get())
    print(r)
    async for x in asyncio.as_completed([asyncio.sleep(0.002, 2), asyncio.sleep(0, 1)]):
        print(await x)
asyncio.run(main())
with asyncio.Runner() as r:
    print(r.run(asyncio.sleep(0, "runner")))
