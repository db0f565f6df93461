for src in ["f'{'", "f'}'", "f'{}'", "f'{a b}'", "f'{a!x}'", "f'{a!}'", "f'{a:{b}'", "f'{lambda x: 1}'", "f'{*a}'", "f'{a=!r:^5}'", "f'{a:'", "f'{=}'"]:
    try:
        compile(src, "s", "eval")
        print(src, "ok")
    except SyntaxError as e:
        print(src, e.msg)
for src in ["f'{5:s}'", "f'{\"a\":d}'", "f'{[]:5}'", "f'{3.5:d}'", "f'{undefined}'", "f'{5:.2d}'", "f'{5:,s}'"]:
    try:
        print(eval(src))
    except Exception as e:
        print(type(e).__name__, e)
