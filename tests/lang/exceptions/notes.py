e = ValueError("x")
print(hasattr(e, "__notes__"))
e.add_note("one")
e.add_note("two")
print(e.__notes__)
try:
    e.add_note(5)
except TypeError as t:
    print(t)
import traceback
print("".join(traceback.format_exception(e)), end="")
