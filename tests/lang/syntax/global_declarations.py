code = """
x = 7
def f():
    x = 1
    def g():
        global x
        def i():
            def h(): return x
            return h()
        return i()
    return g()
"""
spaces = {}, {}
exec(code + "result = f()", *spaces)
print(spaces[1]["result"], "x" in spaces[0], "x" in spaces[1])
def run():
    exec("y = 1\ndef g():\n    global y\n    return y\nprint(g())")
    print(y)
run()
print(f"{1 + 2 = # a comment
}")
print(f'{"# none" = }', f'''{
3 # three
=}''')
class P:
    __eq__ = property(lambda self: self.missing)
print(P() == P())
import re
for body in ["case -0j ** 0: pass", "case 1 + 1 ** 2j: pass", "case {-1 ** 2: 0}: pass", "case -1 + 2j: pass"]:
    try:
        compile("match 0:\n " + body, "m", "exec")
        print("ok")
    except SyntaxError as e:
        print(e.msg, e.lineno, e.offset)
for s in [r"f'\{1}'", r"f'\d'", r"f'{1}\ '"]:
    import warnings
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        print(repr(eval(s)), w[0].message)
