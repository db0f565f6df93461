# compile() of syntax trees, changed and made by hand.
import ast

SOURCE = '''
class A:
    """doc"""
    x: int = 3
    def f(self, a, /, b=2, *c, d=4, **e) -> int:
        return f"{a!r:>{b}} {b} \\u00e9 {{}} {d}"
def gen(n):
    for i in range(n):
        if i == 1: continue
        elif i > 3: break
        else: got = yield i
    yield from [-1, 1.5, 2j, b"x", None, ..., 10**30, "\\ud800"]
print(A().f(1), A.__doc__)
print(ascii(list(gen(5))), {k: v for k, v in zip("ab", "cd")}, (lambda *a, k=1: (a, k))(2))
match {"a": [1, 2, 3], "k": A()}:
    case {"a": [1, *rest], "k": A(x=3) as q, **kw} if rest: print(rest, kw)
try:
    try: 1/0
    except* ZeroDivisionError as e: raise
except ExceptionGroup as e: print(repr(e))
type T[X: int] = list[X]
print(T, not 1 < 2 <= 3)
'''
exec(compile(ast.parse(SOURCE), "<tree>", "exec"), {"__name__": "m"})


class Double(ast.NodeTransformer):
    def visit_Constant(self, node):
        if isinstance(node.value, int):
            return ast.copy_location(ast.Constant(node.value * 2), node)
        return node


tree = Double().visit(ast.parse("[1, 2, 3 + 4]", mode="eval"))
print(eval(compile(tree, "<tree>", "eval")))

tree = ast.parse("def f():\n    x = 1\n    return (x +\n        undefined_name.foo(3))\nf()")
try:
    exec(compile(tree, "<tree>", "exec"), {})
except NameError as e:
    tb = e.__traceback__.tb_next
    while tb:
        print(tb.tb_frame.f_code.co_name, tb.tb_lineno)
        tb = tb.tb_next

tree = ast.Expression(ast.Name("@x", ast.Load()))
ast.fix_missing_locations(tree)
print(eval(compile(tree, "", "eval"), {"@x": 5}))

at = {"lineno": 1, "col_offset": 0}
for bad in [
    ast.Module([ast.Pass()], []),
    ast.Module((), []),
    ast.Expression(ast.Constant(1, **at)),
    ast.Module([ast.If(ast.Constant(1, **at), [], [], **at)], []),
    ast.Module([ast.Delete([], **at)], []),
    ast.Module([ast.Raise(None, ast.Constant(1, **at), **at)], []),
    ast.Module([ast.Expr(ast.Constant([], **at), **at)], []),
    ast.Module([ast.Expr(ast.Dict([None], [], **at), **at)], []),
]:
    try:
        compile(bad, "", "exec")
        print("compiled")
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)

import asyncio, inspect

code = compile("import asyncio\nx = 1\nawait asyncio.sleep(0)\nx += 1", "<await>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
print(bool(code.co_flags & inspect.CO_COROUTINE))
ns = {}
asyncio.run(eval(code, ns))
print(ns["x"])
