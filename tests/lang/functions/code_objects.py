# Code objects: equality, docstrings, copies, what marshal and renaming keep.
import marshal

a = compile("x + 1", "one.py", "eval")
b = compile("x + 1", "two.py", "eval")
print(a == b, hash(a) == hash(b), a == compile("x + 2", "one.py", "eval"), a != b)


def f(x, /, y=2, *rest, z, **more):
    "Doc."
    inner = lambda: (x, z)
    return inner


code = f.__code__
print(code.co_name, code.co_qualname, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
print(code.co_varnames, code.co_cellvars, code.co_freevars, code.co_nlocals)
print(f.__doc__, f(1, z=3)())
f.__code__ = (lambda: 5).__code__
print(f.__doc__, f())
del f.__doc__
print(f.__doc__)


def plain():
    pass


print(plain.__doc__)
plain.__doc__ = "New."
print(plain.__doc__)

source = """
def g(x, *y, z=3):
    'G.'
    try:
        return [x / y[0], y, z, 10**30, 'é', b'b', 1j, ..., (1, (2,)), {1, 2} > {1}]
    except ZeroDivisionError as e:
        return e.__traceback__.tb_lineno
class C:
    attribute = [i for i in range(3)]
"""
c = compile(source, "made.py", "exec")
again = marshal.loads(marshal.dumps(c))
print(again == c, again.co_filename)
space = {}
exec(again, space)
g = space["g"]
print(g(1, 2), g(1, 0), g.__doc__, g.__code__.co_filename, g.__code__.co_firstlineno, space["C"].attribute)
renamed = c.replace(co_filename="other.py", co_name="renamed")
print(renamed.co_filename, renamed.co_name, renamed == c)
print([line for *_, line in code.co_lines() if line][0] >= code.co_firstlineno)
data = marshal.dumps(c)
refused = 0
for n in range(1, len(data), 7):
    try:
        marshal.loads(data[:n])
    except (EOFError, ValueError, TypeError):
        refused += 1
print(refused == len(range(1, len(data), 7)))
