def t(f,*a,**k):
    try: print(repr(f(*a,**k)))
    except Exception as e: print(type(e).__name__, e)
t([1].sort,5); t([1].sort, None, True); t([].sort, foo=1); t([].append); t([].append,1,2); t([].insert,1); t({}.get); t("".join); t([].sort,1,key=2); t(sorted); t(sorted,1,2); t(sorted,[1],2)
t([].copy,1); t({}.items,1); t((1).bit_length,1); t("a".upper,1); t(print,1,foo=2); t(len); t(len,1,2); t(int,1,2,3); t("a".split,1,2,3); t("a".encode,1,2,3); t("a".encode,foo=1)
t(sum,[1],start=1,foo=2); t(sum); t(max); t(open); t(enumerate); t(enumerate,1,2,3); t(range); t(isinstance,1); t(getattr,1); t(pow,1); t(round); t(divmod,1)
t([].extend, x=1); t([].index); t([].pop,1,2); t(dict.fromkeys); t("a".replace,"b"); t("a".replace,1,2)
def n(*, x): pass
t(n,1,2,x=3); t(n,1,2,y=3); t(n,1)
def m(a,*,x): pass
t(m,1,2,x=3);t(m,1,2,3,y=4);t(m,1,2)
def o(): pass
t(o,1,x=3)
def q(a): pass
t(q,1,2,a=3); t(q,1,2,b=3); t(q,1,b=3)
def p(a,/): pass
t(p,1,a=2); t(p,a=2)
