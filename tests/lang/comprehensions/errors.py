for src in ["[x for x in 1]", "{x: y for x, y in [(1,)]}", "[y for x in range(2)]", "{[]: 1 for _ in [1]}", "{[] for _ in [1]}"]:
    try:
        eval(src)
    except Exception as e:
        print(type(e).__name__, e)
for src in ["[x := 1 for x in []]", "[(yield) for x in []]", "{**a for a in []}", "[*a for a in []]", "[i for i in range(3) if (j := i) for k in (j := 5,)]"]:
    try:
        compile(src, "s", "eval")
    except SyntaxError as e:
        print(e.msg)
