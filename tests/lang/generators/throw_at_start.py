def f():
    try: yield 1
    except ValueError: print('no')
async def co(): pass
for e in (ValueError, StopIteration, GeneratorExit):
    g=f()
    try: g.throw(e)
    except BaseException as x:
        tb=x.__traceback__; print(type(x).__name__, x)
        while tb: print(' ', tb.tb_frame.f_code.co_name, tb.tb_lineno); tb=tb.tb_next
    print(list(g), g.gi_frame)
    c=co()
    try: c.throw(e)
    except BaseException as x:
        tb=x.__traceback__; print(type(x).__name__, x)
        while tb: print(' ', tb.tb_frame.f_code.co_name, tb.tb_lineno); tb=tb.tb_next
