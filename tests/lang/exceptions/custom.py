class AppError(Exception):
    def __init__(self, code, *rest):
        super().__init__(code, *rest)
        self.code = code
    def __str__(self): return f"code {self.code}"
class Sub(AppError): pass
try:
    raise Sub(5, "x")
except AppError as e:
    print(e, repr(e), e.args, e.code)
try:
    raise Sub
except TypeError as e:
    print(e)
try:
    try:
        raise KeyError
    except (ValueError, "str"):
        pass
except TypeError as e:
    print(e)
try:
    try:
        raise KeyError("orig")
    except 5:
        pass
except TypeError as e:
    print(e, repr(e.__context__))
class Weird(BaseException): pass
try:
    raise Weird("w")
except Exception:
    print("no")
except BaseException as e:
    print("base", repr(e))
print(issubclass(KeyboardInterrupt, Exception), FileNotFoundError.__mro__[1].__name__)
print(OSError(17, "e").__class__.__name__, repr(UnicodeDecodeError("utf8", b"ab\xff", 2, 3, "why")), UnicodeDecodeError("utf8", b"ab\xff", 2, 3, "why"))
s = StopIteration(3); print(s.value); print(SystemExit(4).code, ImportError("m", name="n", path="p").name)
print(AttributeError("a", name="n", obj=1).name, NameError("x", name="y").name)
