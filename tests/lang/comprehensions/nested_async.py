import asyncio
async def agen(n):
    for i in range(n):
        yield i
async def double(x):
    await asyncio.sleep(0)
    return x * 2
async def main():
    print([[j async for j in agen(i)] for i in range(3)])
    print([await double(x) for x in range(3)], {await double(x) for x in (1, 1)}, {x: await double(x) async for x in agen(2)})
    print([y async for x in agen(4) if x % 2 for y in [x, await double(x)]])
    g = (await double(x) for x in range(2))
    print(type(g).__name__, [v async for v in g])
    print(sum([x async for x in agen(5)]), await anext(agen(1)))
    fs = [lambda: x async for x in agen(2)]
    print([f() for f in fs])
    try:
        [1 / x async for x in agen(2)]
    except ZeroDivisionError as e:
        print(e)
asyncio.run(main())
print([[(i, j, k) for k in range(j)] for i in range(2) for j in range(3)], {(i, j): i * j for i in range(2) for j in range(2)})
print([x for row in [[1, 2], [3]] for x in row if x != 2], [(lambda y: y + i)(1) for i in range(2)], [[x for x in range(x)] for x in range(3)])
m = [[1, 2], [3, 4]]
print([[r[i] for r in m] for i in range(2)], {k: [v for v in range(k)] for k in range(3)}, list(x for x in (y for y in range(3))))
def f(n): return [n for n in range(n)], n
print(f(3))
class K:
    vals = [1, 2]
    out = [v * 2 for v in vals]
    nested = [[v for v in range(w)] for w in vals]
print(K.out, K.nested)
