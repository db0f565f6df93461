import json, re
print(json.dumps({"a": [1, 2.5, None, True, "é\n"], "b": {}}), json.loads('{"x": [1, 2, {"y": null}], "z": 1e3}'), json.dumps([1, 2], indent=2), json.dumps({"b": 1, "a": 2}, sort_keys=True))
for s in ['{"a": }', "[1, 2", "", "nul", '{"a" 1}']:
    try:
        json.loads(s)
    except json.JSONDecodeError as e:
        print(e)
try:
    json.dumps({1, 2})
except TypeError as e:
    print(e)
print(re.findall(r"\d+", "a1b22c333"), re.sub(r"(\w)(\d)", r"\2\1", "a1 b2"), re.match(r"(?P<y>\d{4})-(?P<m>\d\d)", "2024-05").groupdict(), re.split(r"[,;]\s*", "a, b;c"), re.search("x", "abc"), re.fullmatch("a+", "aaa").span())
print(re.compile(r"a.c", re.S | re.I).pattern, re.sub("a", lambda m: m.group().upper(), "banana"), [m.start() for m in re.finditer("a", "banana")], re.escape("a.b*c"), re.match("(a)|(b)", "b").groups())
try:
    re.compile("(")
except re.PatternError as e:
    print(e)
print(re.match(r"(?i:A)b", "ab"), re.findall(r"(?<=@)\w+", "x@y @z"), re.sub(r"\bfoo\b", "bar", "foo food foo", count=1))
