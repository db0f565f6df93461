# frame.f_locals of functions writes through (PEP 667).
import sys


def f(a):
    b = 2

    def inner():
        return a, b

    view = sys._getframe().f_locals
    print(type(view).__name__, view["a"], sorted(view))
    view["a"] = 10
    view["b"] = 20
    view["extra"] = 30
    print(a, b, inner(), view["extra"], "extra" in view, len(view))
    print(view.pop("extra"), "extra" in view, view.get("nope", "default"))
    for attempt in (
        lambda: view["nope"],
        lambda: view.pop("a"),
        lambda: view.pop("zz"),
        lambda: view.__delitem__("b"),
        lambda: hash(view),
        lambda: view[[]],
        lambda: view.update(1),
    ):
        try:
            print(attempt())
        except Exception as e:
            print(type(e).__name__, e)
    view.update({"a": 5})
    print(a, view == sys._getframe().f_locals, view == {}, (view | {"q": 1})["q"])
    later = 1
    return view


v = f(1)
print(v["later"], v["a"])


def outer():
    x = "old"
    change()
    return x


def change():
    sys._getframe(1).f_locals["x"] = "new"


print(outer())


def gen():
    y = 1
    yield y
    yield y


g = gen()
next(g)
g.gi_frame.f_locals["y"] = 7
print(next(g))
print(sys._getframe().f_locals is globals())
