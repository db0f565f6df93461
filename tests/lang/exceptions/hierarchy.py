for c in [ArithmeticError, LookupError, OSError, ImportError, RuntimeError, SyntaxError, UnicodeError, Warning, ValueError, BlockingIOError, ConnectionResetError, ModuleNotFoundError, RecursionError, NotImplementedError, IndentationError, TabError, UnboundLocalError, StopAsyncIteration, EncodingWarning, PythonFinalizationError, TimeoutError, BaseExceptionGroup, ExceptionGroup, GeneratorExit, FloatingPointError, BufferError]:
    print(c.__name__, [b.__name__ for b in c.__mro__[1:-1]])
print(IOError is OSError, EnvironmentError is OSError)
for n in [1, 2, 4, 10, 11, 13, 17, 20, 21, 32, 104, 110, 111]:
    print(n, type(OSError(n, "m")).__name__)
print(repr(OSError(1, "a", "f")), OSError(1, "a", "f"), OSError(1, "a", "f", None, "g"), repr(OSError("only")), OSError(1, 2, 3, 4, 5).args)
s = SyntaxError("msg", ("f.py", 3, 5, "text", 3, 8)); print(s, s.lineno, s.text, repr(s), s.end_offset)
print(repr(BaseException()), BaseException(1, 2), repr(KeyError("a")), KeyError("a", "b"), str(UnicodeEncodeError("ascii", "é", 0, 1, "r")), ImportError("x", path="p").path)
try:
    UnicodeDecodeError(1)
except TypeError as e:
    print(e)
try:
    ValueError(a=1)
except TypeError as e:
    print(e)
e = ValueError(1)
e.args = (2, 3)
print(e, e.args)
e.custom = 1; print(e.__dict__)
try:
    e.__cause__ = 5
except TypeError as x:
    print(x)
try:
    e.__traceback__ = 5
except TypeError as x:
    print(x)
