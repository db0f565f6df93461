from string.templatelib import Template, Interpolation
name, n = "world", 3
t = t"hello {name}! {n:>5} {n + 1!r} end"
print(type(t).__name__, t.strings, t.values)
for i in t.interpolations:
    print(i.value, i.expression, i.conversion, repr(i.format_spec))
for part in t:
    print(type(part).__name__)
print((t"a{n}" + t"b{n}").strings)
print(t"{n=}".strings, t"{n=}".interpolations[0].conversion)
try:
    t"a" + "b"
except TypeError as e:
    print(e)
match t"{n}".interpolations[0]:
    case Interpolation(v, e): print(v, e)
print(t"".strings, t"{{}}".strings, list(t""))
print(Template("a", Interpolation(1, "x"), "b").values)
print(t"{name!r:{n}}".interpolations[0].format_spec)
print(repr(t"x{n}"))
