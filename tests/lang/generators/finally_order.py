log = []
def g():
    try:
        yield 1
        yield 2
    finally:
        log.append("cleanup")
for x in g():
    log.append(x)
    break
log.append("after")
print(log)
def nested():
    try:
        try:
            yield 1
        finally:
            log.append("inner")
    finally:
        log.append("outer")
it = nested()
next(it)
del it
print(log)
def yields_on_close():
    try:
        yield
    except GeneratorExit:
        yield
y = yields_on_close()
next(y)
try:
    y.close()
except RuntimeError as e:
    print(e)
