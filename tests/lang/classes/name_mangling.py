class A:
    __x = 1
    def get(self): return self.__x
    def __priv(self): return "priv"
    def call(self): return self.__priv()
    def kw(self, __arg): return __arg
    def loc(self):
        __v = 3
        return locals()
    __dunder__ = 5
a = A()
print(a.get(), a.call(), a.kw(2), sorted(a.loc()), A.__dunder__, A._A__x)
try:
    a.__x
except AttributeError as e:
    print(e)
class __Private:
    __y = 2
print(__Private._Private__y)
