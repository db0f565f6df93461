def run(excs):
    try:
        raise ExceptionGroup("eg", excs)
    except* ValueError as e:
        print("V", e.exceptions)
    except* (TypeError, KeyError) as e:
        print("TK", e.exceptions)
    else:
        print("else")
    finally:
        print("finally")
run([ValueError(1), TypeError(2), ValueError(3)])
try:
    run([OSError(4), ValueError(5)])
except ExceptionGroup as e:
    print("rest", e.exceptions)
try:
    raise ValueError("naked")
except* ValueError as e:
    print(type(e).__name__, repr(e.exceptions[0]), repr(e.message))
try:
    try:
        raise ExceptionGroup("nested", [ValueError(1), ExceptionGroup("in", [KeyError(2), ValueError(3)])])
    except* ValueError as e:
        print(e.exceptions, e.exceptions[1].exceptions)
        raise RuntimeError("new")
except ExceptionGroup as e:
    print(repr(e))
for src in ["try: pass\nexcept* ValueError: pass\nexcept KeyError: pass", "try: pass\nexcept*: pass", "for x in y:\n try: pass\n except* E: break"]:
    try:
        compile(src, "s", "exec")
    except SyntaxError as e:
        print(e.msg)
