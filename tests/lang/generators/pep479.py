def bad():
    yield 1
    raise StopIteration("x")
g = bad()
print(next(g))
try:
    next(g)
except RuntimeError as e:
    print(e, repr(e.__cause__), e.__cause__ is e.__context__)
