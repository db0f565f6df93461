import copy, datetime, string, random, struct, hashlib, base64, textwrap, pprint, bisect, heapq, statistics, contextvars, pickle, time
a = [1, [2, {"k": (3,)}]]; b = copy.deepcopy(a); b[1][0] = 9; print(a, b, copy.copy(a)[1] is a[1])
print(datetime.date(2024, 2, 29) + datetime.timedelta(days=366), datetime.datetime(2024, 1, 1, 12).isoformat(), datetime.datetime(2024, 3, 1).strftime("%Y/%m/%d %A"), datetime.timedelta(hours=25))
random.seed(42); print(random.random(), random.randint(1, 100), random.choice("abc"), random.sample(range(10), 3))
print(struct.pack("<IhB", 1, -2, 3), struct.unpack(">H", b"\x01\x02"), struct.calcsize("qi"), hashlib.sha256(b"a").hexdigest()[:16], hashlib.md5(b"a").hexdigest(), base64.b64encode(b"hello"), base64.b64decode("aGk="))
print(textwrap.fill("the quick brown fox", 10), textwrap.dedent("  a\n   b"), string.Template("$x ${y}").substitute(x=1, y=2), string.ascii_lowercase[:5])
pprint.pprint({"b": [1] * 30, "a": {"nested": "x" * 60, "other": "y" * 20}})
h = [3, 1, 2]; heapq.heapify(h); print(heapq.heappop(h), heapq.nlargest(2, [1, 5, 3]), bisect.bisect([1, 2, 3], 2), statistics.mean([1, 2, 4]), statistics.median([1, 3, 2]))
v = contextvars.ContextVar("v", default=0); tok = v.set(5); ctx = contextvars.copy_context(); v.reset(tok); print(v.get(), ctx[v], ctx.run(v.get))
class P:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return self.x == o.x
for proto in range(6): assert pickle.loads(pickle.dumps([1, "a", 2.5, None, {"k": P(1)}, (1,), {1, 2}, b"x", 10 ** 30], proto)) == [1, "a", 2.5, None, {"k": P(1)}, (1,), {1, 2}, b"x", 10 ** 30]
try:
    pickle.dumps(lambda: 0)
except Exception as e:
    print(type(e).__name__)
print(time.strftime("%Y", time.gmtime(0)), time.monotonic() <= time.monotonic(), datetime.datetime.fromisoformat("2024-05-06T07:08:09+00:00"))
