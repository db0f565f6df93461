eg = ExceptionGroup("msg", [ValueError(1), ExceptionGroup("inner", [TypeError(2), ValueError(3)])])
print(eg, repr(eg), eg.message, len(eg.exceptions))
m, r = eg.split(ValueError)
print(repr(m), repr(r))
print(repr(eg.subgroup(TypeError)), eg.subgroup(KeyError))
print(repr(eg.subgroup(lambda e: isinstance(e, ValueError) and e.args[0] == 3)))
print(type(BaseExceptionGroup("b", [ValueError()])).__name__, type(BaseExceptionGroup("b", [KeyboardInterrupt()])).__name__)
for bad in [lambda: ExceptionGroup("x", []), lambda: ExceptionGroup("x", 5), lambda: ExceptionGroup("x", [1]), lambda: ExceptionGroup(1, [ValueError()]), lambda: ExceptionGroup("x", [KeyboardInterrupt()]), lambda: ExceptionGroup("x")]:
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, e)
class MyGroup(ExceptionGroup):
    def derive(self, excs): return MyGroup(self.message, excs)
a, b = MyGroup("mine", [ValueError(), KeyError()]).split(KeyError)
print(type(a).__name__, type(b).__name__)
