import warnings
warnings.simplefilter("error")
async def f(): pass
import sys, gc
caught = []
sys.unraisablehook = lambda u: caught.append(str(u.exc_value))
f()
gc.collect()
print(caught)
c = f()
c.close()
print(len(caught))
