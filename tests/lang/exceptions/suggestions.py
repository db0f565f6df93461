import traceback
class A:
    def __init__(self): self.alpha = 1
def show(f):
    try: f()
    except Exception as e: print(traceback.format_exception_only(e)[-1], end="")
alphabet = 1
show(lambda: A().alpa)
show(lambda: alphabt)
show(lambda: sytem)
import math
show(lambda: math.sqr)
def imp():
    from math import sqr
show(imp)
show(lambda: [].appendd)
show(lambda: (1).foo)
def kw(first, second): pass
show(lambda: kw(firt=1))
show(lambda: "a".spli)
