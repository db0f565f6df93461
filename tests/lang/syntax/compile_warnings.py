import warnings
def attempt(src):
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        compile(src, "s", "exec")
        print(repr(src), [(x.category.__name__, str(x.message), x.lineno) for x in w])
for s in ["x is 1", "x is 'a'", "x is not ()", "assert (1, 'a')", "1()", "[1]('a')", "'a' 1" if False else "'\\d'", "b'\\q'", "(1, 2)[1.5]" if False else "[1, 2]['a']", "(1)(2)", "x = 1if 2else 3", "'a'[b'c']", "f'{1}'()", "{1: 2}()", "None()", "try: pass\nfinally:\n  return_ = 1", "def f():\n  try: pass\n  finally: return 1", "for x in y:\n  try: pass\n  finally: break", "'\\777'", "x is x", "1 is 1"]:
    attempt(s)
