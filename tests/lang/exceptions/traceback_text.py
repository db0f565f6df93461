import traceback
def level3(x):
    return x["key"] + undefined_name
def level2(a):
    return level3(a)
def level1():
    level2({"key": 1})
try:
    level1()
except NameError:
    print(traceback.format_exc())
try:
    value = (1 +
             2 + "three")
except TypeError:
    print(traceback.format_exc())
class A: pass
try:
    A().b.c
except AttributeError:
    print(traceback.format_exc())
def rec(n): return rec(n + 1)
try:
    rec(0)
except RecursionError:
    lines = traceback.format_exc().splitlines()
    print(lines[0], lines[-2], lines[-1], sep="\n")
try:
    try:
        [][1]
    except IndexError as e:
        raise KeyError("second") from e
except KeyError:
    print(traceback.format_exc())
try:
    print(1 / 0 * (3 + 4))
except ZeroDivisionError:
    print(traceback.format_exc())
