# What the matcher of re does with repeats, choices that are given up, groups and the limits of a search.
import re

CASES = [
    (r"(ae)*+a", "aea"), (r"(?!(..)c)", "ab"), (r"((a)|b)*", "ab"), (r"(?:(a)|(b))+?c", "abac"),
    (r"(a+)(a+)b", "aaaab"), (r"(a*?)(a*)$", "aaa"), (r"(?>a+)ab", "aaab"), (r"(?>a+)b", "aaab"),
    (r"(\w+)\s+\1", "is is it"), (r"(a)?(?(1)b|c)", "ab"), (r"(a)?(?(1)b|c)", "c"), (r"(?:a|ab)(?:c|bcd)(d*)", "abcd"),
    (r"(?<=ab)c", "abc"), (r"(?<!ab)c", "abcc"), (r"x*?y{2,3}?z", "xyyyz"), (r"(?:x*)*y", "xxz"), (r"(?:a?)*?$", "aa"),
    (r"[^\W\d_]+", "1_äöa2"), (r"\bfoo\b", "a foo."), (r"^b$", "a\nb\nc"), (r"(?m)^b$", "a\nb\nc"), (r"\Bx", "ax"),
    (r"(?i)straSSE", "STRASSe"), (r"(?i)[k-l]+", "K\u212al"), (r"\d{2,3}?\d", "12345"), (r".*c.*d", "abcdabcx"),
    (r"a.b", "a\nb"), (r"(?s)a.b", "a\nb"), (r"[a-f]{3}x", "abcdefx"), ("€+", "a€€"), ("[€-₿]", "x₿"), (r"\U0001f600", "a😀"),
    (r"agg|ttt[ac]", "gattta"), (r"(a|b|c|d|e|f|g|h|i|j)k", "abcjk"), (r"(?:(?:ab)+c)*d", "ababcabcd"), (r"(?=(a+))a*b\1", "baaabac"),
]
for pattern, text in CASES:
    m = re.search(pattern, text)
    print(ascii(pattern), m and (m.span(), m.groups(), m.lastindex))
    m = re.fullmatch(pattern, text)
    print("   full", m and m.groups())

print(re.findall(r"a*", "baac"), re.findall(r"\b|b", "b b"), re.split(r"(x)|y", "axbyc"))
print(re.sub(r"(?P<n>\d)(.)?", r"<\g<n>\2>", "1a2b3"), re.subn("b*", "-", "abc"))
print([m.span() for m in re.finditer(r"ab|a", "aababb")])
p = re.compile("^b|c$")
print(p.search("abc", 1), p.search("abc", 0, 2), p.match("abcd", 2, 3))
print(re.search(rb"[\x80-\xff]+", b"a\x80\xffb"), re.fullmatch(rb"(?iL)[^bc]", b"B"), re.fullmatch(rb"(?iL)b", b"B"))
print(len(re.sub("(?:a|b)*", "", "ab" * 50000)), re.match("(?:a|(b))*c", "ab" * 20000 + "c").end())
