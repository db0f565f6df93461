name, n, x = "world", 42, 3.14159
print(f"hello {name}! {n:5d}|{n:<5}|{n:^5}|{n:05}|{x:.2f}|{x:10.3e}")
print(f"{name!r} {name!s} {name!a} {'é'!a} {n=} {x = :.1f} {name = !r}")
print(f"{{}} {{{n}}} {n:{'>'}{10}} {n:{10}d}")
print(f"{'nested ' + f'{n + 1}'} {[i for i in range(3)]} {(lambda: 5)()}")
print(f"{n!r:>6}" f" joined " "plain" rf"\n{n}")
print(f'''{
    n  # comment
}''')
print(f"{'a' 'b'} {"same quotes"} {"\n".join(["x", "y"])!r}")
class F:
    def __format__(self, spec): return f"F<{spec}>"
print(f"{F()} {F():abc} {F():{n}}")
print(f"{1,2} {n if n else 0} {n:=^9} {1_000_000:,} {255:#x} {0.5:%}")
print(f"{'x':*<{n // 8}}", f"{n:{n:{''}}}"[:10])
