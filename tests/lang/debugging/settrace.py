# Trace and profile functions: call, line, return and exception events of functions, generators and classes.
import sys


def show(frame, event, arg):
    if event == "exception":
        arg = arg[0].__name__
    print(frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno, arg)
    return show


def numbers(n):
    for i in range(n):
        yield i


def loop():
    total = 0
    it = numbers(3)
    total += next(it)
    total += next(it)
    while total < 4:
        total += 1
    return [
        total
        for _ in (1, 2)
    ]


def fail():
    raise ValueError("no")


class C:
    def __init__(self):
        self.x = 1


def handles():
    C()
    sorted([2, 1], key=lambda v: v)
    try: fail()
    except ValueError:
        return 1
    finally:
        w = 2


sys.settrace(show)
loop()
handles()
sys.settrace(None)
loop()
print(sys.gettrace())


def profile(frame, event, arg):
    print("profile", frame.f_code.co_name, event, getattr(arg, "__name__", arg))


sys.setprofile(profile)
handles()
len([])
sys.setprofile(None)


def only_calls(frame, event, arg):
    print("call of", frame.f_code.co_name)


sys.settrace(only_calls)
fail_result = None
try:
    fail()
except ValueError as e:
    fail_result = e
sys.settrace(None)
print(fail_result)


def broken(frame, event, arg):
    raise RuntimeError("trace function failed")


sys.settrace(broken)
try:
    loop()
except RuntimeError as e:
    print(e, sys.gettrace())
sys.settrace(None)
