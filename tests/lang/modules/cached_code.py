# Compiled modules are kept in __pycache__ and used from there, unless that is switched off.
import importlib
import importlib.util
import os
import sys
import tempfile

with tempfile.TemporaryDirectory() as folder:
    sys.path.insert(0, folder)

    def write(name, text):
        path = os.path.join(folder, name + ".py")
        with open(path, "w") as file:
            file.write(text)
        # A file that was just written could change again within the resolution of its time.
        os.utime(path, (1_000_000_000, 1_000_000_000))
        importlib.invalidate_caches()
        return path

    sys.dont_write_bytecode = False
    sys.pycache_prefix = None
    path = write("first", "def f(): return 'first'\nvalue = 1\n")
    import first

    cached = importlib.util.cache_from_source(path)
    print(first.f(), first.value, os.path.exists(cached), first.__cached__ == cached)
    print(os.listdir(os.path.join(folder, "__pycache__")) == [os.path.basename(cached)])

    # Same size and time as the source that is cached: the cached code runs.
    write("first", "def f(): return 'other'\nvalue = 2\n")
    del sys.modules["first"]
    import first as again

    print(again.f(), again.value, again.f.__code__.co_filename == path)

    # Another time: compiled anew.
    os.utime(path, (1_000_000_100, 1_000_000_100))
    importlib.invalidate_caches()
    del sys.modules["first"]
    import first as changed

    print(changed.f(), changed.value)

    # A damaged file.
    with open(cached, "wb") as file:
        file.write(b"nothing")
    del sys.modules["first"]
    import first as repaired

    print(repaired.f(), os.path.getsize(cached) > 20)

    sys.dont_write_bytecode = True
    path = write("second", "value = 2\n")
    import second

    print(second.value, os.path.exists(importlib.util.cache_from_source(path)))

    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.path.join(folder, "prefix")
    path = write("third", "value = 3\n")
    import third

    cached = importlib.util.cache_from_source(path)
    print(third.value, cached.startswith(sys.pycache_prefix), os.path.exists(cached))
