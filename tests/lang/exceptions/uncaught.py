print("start")
def f(): raise LookupError("uncaught")
f()
