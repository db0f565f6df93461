import warnings, operator
warnings.simplefilter('error')
class A:
    def __index__(self): return 'x'
    def __int__(self): return 'x'
    def __float__(self): return 'x'
    def __complex__(self): return 'x'
    def __len__(self): return 'x'
    def __length_hint__(self): return 'x'
    def __bool__(self): return 'x'
    def __hash__(self): return 'x'
    def __str__(self): return 1
    def __repr__(self): return 1
    def __format__(self, s): return 1
    def __bytes__(self): return 1
    def __trunc__(self): return 'x'
    def __iter__(self): return 1
class B:
    def __index__(self): return True
class C:
    def __int__(self): return True
class F(float): pass
class D:
    def __float__(self): return F(1)
class CC(complex): pass
class E:
    def __complex__(self): return CC(1)
class F2(float):
    def __float__(self): return self
class I2(int):
    def __int__(self): return self
import math
def t(f,*a):
    try: print(f.__name__, repr(f(*a)))
    except BaseException as e: print(f.__name__, type(e).__name__, e)
a=A()
for f in (operator.index,int,float,complex,len,operator.length_hint,bool,hash,str,repr,ascii,format,bytes,iter,list,math.trunc,math.floor,math.sqrt,range,bin,chr): t(f,a)
for f in (operator.index,int,float,complex,bytes,range): t(f,B())
t(int,C()); t(float,D()); t(complex,E()); t(float,F2(2)); t(int,I2(3)); t(math.sqrt,D()); t(complex,D())
t(slice(None).indices, a)
t([1].__getitem__, a)
