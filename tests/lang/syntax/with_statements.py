class CM:
    def __init__(self, n, swallow=False, fail=None): self.n, self.s, self.f = n, swallow, fail
    def __enter__(self):
        print("enter", self.n)
        if self.f == "enter": raise ValueError("enter failed")
        return self.n
    def __exit__(self, t, v, tb):
        print("exit", self.n, t and t.__name__, tb is not None)
        if self.f == "exit": raise TypeError("exit failed")
        return self.s
with CM(1) as a, CM(2) as b: print(a, b)
with (CM(3), CM(4, swallow=True)): raise KeyError("k")
print("swallowed")
try:
    with CM(5): raise KeyError("k")
except KeyError as e:
    print(repr(e))
try:
    with CM(6), CM(7, fail="enter"): pass
except ValueError as e:
    print(e)
try:
    with CM(8, fail="exit"): raise KeyError("orig")
except TypeError as e:
    print(e, repr(e.__context__))
def f():
    with CM(9): return "from with"
print(f())
for i in range(2):
    with CM(10 + i):
        if i == 0: continue
        break
for bad in ["with 5: pass", "class A: __enter__ = lambda s: 1\nwith A(): pass"]:
    try:
        exec(bad)
    except TypeError as e:
        print(e)
with CM((1, 2)) as (x, y): print(x, y)
from contextlib import contextmanager, suppress, ExitStack, closing, nullcontext, redirect_stdout
@contextmanager
def gen():
    print("setup")
    try: yield "v"
    except KeyError: print("caught inside")
    finally: print("teardown")
with gen() as v: raise KeyError
with suppress(ZeroDivisionError): 1 / 0
with ExitStack() as st:
    st.enter_context(CM(20)); st.callback(print, "callback")
import io
buf = io.StringIO()
with redirect_stdout(buf): print("captured")
print(repr(buf.getvalue()))
