# Cycles of contexts, mutated UnicodeErrors, lines after clean-up code, traceback entries of imports.
import sys, traceback


def cycle():
    try:
        raise ValueError(1)
    except ValueError as e:
        e.__context__ = e
        raise TypeError(2)


try:
    cycle()
except TypeError as e:
    print(repr(e.__context__), e.__context__.__context__ is e.__context__)


class Evil(str):
    def __str__(self):
        del exc.object
        return self


exc = UnicodeEncodeError("utf-8", "x", 0, 1, Evil("reason"))
try:
    print(str(exc))
except TypeError as e:
    print(e)


def line_after(f):
    try:
        f()
    except Exception as e:
        frame = e.__traceback__.tb_next.tb_frame
        print(f.__name__, frame.f_lineno - frame.f_code.co_firstlineno)


def in_except():
    try:
        1 / 0
    except:
        1 / 0
        pass


def other_except():
    try:
        1 / 0
    except TypeError as e:
        pass


def in_finally():
    try:
        1 / 0
    finally:
        pass


class Nothing:
    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass


def after_with():
    with Nothing():
        1 / 0
        pass


for f in (in_except, other_except, in_finally, after_with):
    line_after(f)

try:
    import no_such_module
except ImportError as e:
    print(len(traceback.extract_tb(e.__traceback__)), e)

e = SyntaxError("m", ("f", 1, 2, "t", 3, 4))
e.__init__("n", ("g", 5, 6, "u"))
print(e.filename, e.lineno, e.end_lineno, e._metadata)


def kw(first, second=1, *, third=2):
    pass


for call in (lambda: kw(firt=1), lambda: kw(1, 2, 3, x=4), lambda: kw(1, 2, 3, third=4)):
    try:
        call()
    except TypeError as e:
        print(e)
