import sys, os.path as osp
from math import pi as PI, floor
import collections.abc
print(osp.join("a", "b"), floor(PI), collections.abc.Sized.__name__, "math" in sys.modules)
for s in ["import no_such_mod", "from math import nope", "import math.sub", "from . import x", "from no.such import y", "import math as m; m.zzz"]:
    try:
        exec(s, {"__name__": "t", "__package__": None} if "from ." not in s else {"__name__": "t"})
    except Exception as e:
        print(type(e).__name__, e)
import types
m = types.ModuleType("fake", "doc")
m.value = 5
sys.modules["fake"] = m
import fake
from fake import value
print(fake.value, value, fake, fake.__doc__)
m.__getattr__ = lambda name: "dynamic " + name
print(fake.anything)
from fake import other
print(other)
sys.modules["blocked"] = None
try:
    import blocked
except ImportError as e:
    print(e, e.name)
import tempfile, os
with tempfile.TemporaryDirectory() as d:
    os.mkdir(d + "/pkg")
    open(d + "/pkg/__init__.py", "w").write("from . import sub\nfrom .sub import func\n__all__ = ['func', 'star']\nstar = 1\n_hidden = 2\n")
    open(d + "/pkg/sub.py", "w").write("def func(): return __name__\nfrom . import __name__ as parent\n")
    open(d + "/broken.py", "w").write("x = 1\ny = (\n")
    open(d + "/raises.py", "w").write("raise RuntimeError('at import')\n")
    open(d + "/circ_a.py", "w").write("import circ_b\nfrom circ_b import missing\n")
    open(d + "/circ_b.py", "w").write("import circ_a\n")
    sys.path.insert(0, d)
    import pkg
    print(pkg.func(), pkg.sub.parent, pkg.__path__ == [d + "/pkg"], pkg.__package__, pkg.sub.__spec__.name)
    ns = {}
    exec("from pkg import *", ns)
    print(sorted(k for k in ns if k[0] != "_"))
    for n in ("broken", "raises", "circ_a"):
        try:
            __import__(n)
        except Exception as e:
            print(type(e).__name__, str(e).split("(")[0].strip(), n in sys.modules)
    import importlib
    open(d + "/changing.py", "w").write("v = 1")
    import changing
    print(changing.v, importlib.import_module("pkg.sub") is pkg.sub)
