import sys, inspect
def inner():
    f = sys._getframe()
    return f.f_code.co_name, f.f_back.f_code.co_name, sorted(f.f_back.f_locals), f.f_lineno - f.f_code.co_firstlineno
def outer():
    a, b = 1, 2
    return inner()
print(outer())
def write_through():
    x = 1
    sys._getframe().f_locals["x"] = 99
    return x
print(write_through())
def tb():
    try:
        raise ValueError
    except ValueError as e:
        return e.__traceback__
t = tb()
print(t.tb_frame.f_code.co_name, t.tb_lineno - tb.__code__.co_firstlineno, t.tb_next, t.tb_frame.f_locals.keys())
def caller(): return inspect.currentframe().f_back.f_code.co_name
def calls(): return caller()
print(calls(), inspect.stack()[0].function)
def deep(n):
    if n: return deep(n - 1)
    f, d = sys._getframe(), 0
    while f: f, d = f.f_back, d + 1
    return d
print(deep(10))
try:
    sys._getframe(1000)
except ValueError as e:
    print(e)
class T: pass
e = ValueError("x").with_traceback(None)
print(e.__traceback__)
def f(a, b): c = a; return list(locals().items())
print(f(1, 2))
