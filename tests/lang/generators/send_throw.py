def echo():
    received = []
    while True:
        try:
            x = yield len(received)
            received.append(x)
        except ValueError as e:
            received.append(("caught", str(e)))
        except GeneratorExit:
            print("closing", received)
            return "closed"

g = echo()
print(next(g))
print(g.send("a"), g.send("b"))
print(g.throw(ValueError("bad")))
print(g.close())
print(g.close())
h = echo()
try:
    h.send(1)
except TypeError as e:
    print(e)
try:
    h.throw(KeyError("k"))
except KeyError as e:
    print("KeyError", e)
try:
    next(h)
except StopIteration:
    print("finished")
