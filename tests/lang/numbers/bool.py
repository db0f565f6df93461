print(True + 1, True & False, True | 1, True ^ True, type(True & True).__name__, type(True & 1).__name__, not 0, bool(""), bool("0"), bool(0.0), bool([0]), int(True), str(True), True == 1, hash(True), repr(False), f"{True:d}", f"{True}", "%d %s" % (True, True))
print(isinstance(True, int), bool.__bases__, True.real, -True, abs(False), True * "a", [1, 2][True], sum([True, True]), max(True, 2), bool(object()), True < 2, sorted([True, False, 2]))
import warnings
warnings.simplefilter("ignore")
print(~True)
try:
    class B(bool): pass
except TypeError as e:
    print(e)
for f in [lambda: bool(1, 2), lambda: bool(x=1)]:
    try:
        f()
    except TypeError as e:
        print(e)
class L:
    def __len__(self): return 0
class B:
    def __bool__(self): return False
print(bool(L()), bool(B()), 1 if L() else 2, not B(), L() or "or", (B() and "and") is not None, any([L(), B()]), all([]))
