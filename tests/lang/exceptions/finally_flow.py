def f(kind):
    for i in range(3):
        try:
            if kind == "return": return "returned"
            if kind == "break": break
            if kind == "continue": continue
            if kind == "raise": raise ValueError("v")
        except ValueError:
            return "handled"
        else:
            pass
        finally:
            print("finally", i, kind)
    else:
        return "else"
    return "end"
for k in ["return", "break", "continue", "raise", "none"]:
    print(f(k))
def override():
    try:
        return 1
    finally:
        return 2
print(override())
def nested():
    try:
        try:
            raise KeyError("a")
        finally:
            print("inner finally")
    except KeyError as e:
        print("outer", e)
        try:
            raise IndexError("b")
        except IndexError as e2:
            print(repr(e2.__context__))
nested()
import sys
print(sys.exc_info())
try:
    raise OSError(2, "No such file", "name.txt")
except OSError as e:
    print(type(e).__name__, e.errno, e.strerror, e.filename, e, sys.exception() is e)
