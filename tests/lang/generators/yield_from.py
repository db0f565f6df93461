def inner():
    try:
        x = yield 1
        print("inner got", x)
        y = yield 2
        print("inner got", y)
    except RuntimeError as e:
        print("inner caught", e)
        yield 99
    return "result"

def outer():
    r = yield from inner()
    print("outer", r)
    yield from [10, 20]
    yield from "ab"
    return r

g = outer()
print(next(g), g.send("one"), g.throw(RuntimeError("boom")))
print(list(g))
def ret():
    yield
    return 1, 2
def deleg():
    v = yield from ret()
    print(v)
list(deleg())
class It:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration("from iterator")
        return self.n
def d2():
    print((yield from It()))
print(list(d2()))
