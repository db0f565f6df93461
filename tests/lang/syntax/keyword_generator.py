for s in ['dict(a = i for i in range(10))','f(a=b for x in y)','f(1, a=b+1 for x in y)','f(a.b = i for i in y)','f(a=1 for x in y, z)']:
    try: compile(s,'x','exec'); print('ok')
    except SyntaxError as e: print(s, e.msg, e.offset, e.end_offset)
