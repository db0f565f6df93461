class A:
    def __await__(self):
        x = yield "from A"
        return x + 1
async def f():
    return await A()
c = f()
print(c.send(None))
try:
    c.send(41)
except StopIteration as e:
    print(e.value)
async def bad():
    await 5
try:
    bad().send(None)
except TypeError as e:
    print(e)
class B:
    def __await__(self): return 7
async def bad2():
    await B()
try:
    bad2().send(None)
except TypeError as e:
    print(e)
async def noniter():
    for x in f(): pass
c = noniter()
try:
    c.send(None)
except TypeError as e:
    print(e)
