src = "def f():\n" + "".join(f"    v{i} = {i}\n" for i in range(1000)) + "    return sum([" + ", ".join(f"v{i}" for i in range(1000)) + "])\n"
ns = {}
exec(src, ns)
print(ns["f"]())
src = "def g(" + ", ".join(f"a{i}={i}" for i in range(500)) + "): return a0 + a499"
exec(src, ns)
print(ns["g"](), ns["g"](1, a499=1))
src = "x = " + " + ".join(str(i) for i in range(300))
exec(src, ns)
print(ns["x"])
exec("big = {" + ", ".join(f"{i}: '{i}'" for i in range(2000)) + "}", ns)
print(len(ns["big"]), ns["big"][1999])
exec("def h(x):\n" + "".join(f"    {'el' if i else ''}if x == {i}: return 'r{i}'\n" for i in range(300)), ns)
print(ns["h"](299), ns["h"](300))
exec("t = " + "(" * 20 + "1," + "),"[:1] * 20, ns)
print(len(ns["t"]))
fs = []
exec("\n".join(f"def fn{i}(): return {i}\nfs.append(fn{i})" for i in range(300)), {"fs": fs})
print(sum(f() for f in fs))
