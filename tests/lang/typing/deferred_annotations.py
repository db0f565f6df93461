import annotationlib
from annotationlib import Format
def f(a: undefined, b: list[int] = []) -> "str": pass
try:
    f.__annotations__
except NameError as e:
    print(e)
print(annotationlib.get_annotations(f, format=Format.STRING))
fr = annotationlib.get_annotations(f, format=Format.FORWARDREF)
print(fr["a"].__forward_arg__, fr["b"], fr["return"])
undefined = int
print(f.__annotations__)
class C:
    x: int
    y: "list[C]"
    z: C = None
    if False:
        never: int
print(C.__annotations__)
m: int = 5
n: str
print(__annotations__ if "__annotations__" in globals() else "lazy", __annotate__(1))
class D(C): pass
print(D.__annotations__)
print(f.__annotate__ is not None, C.__annotate__ is not None, D.__annotate__)
f.__annotations__ = {"q": 1}
print(f.__annotations__, f.__annotate__)
def loc():
    v: undefined_thing = 3
    return v
print(loc(), loc.__annotations__)
