s = "abcdefghij"
print(s[2:5], s[:3], s[7:], s[-3:], s[:-3], s[::2], s[::-1], s[8:2:-2], s[100:], s[-100:2], s[5:2], s[True], s[slice(1, 4)], s[:], s[::3], s[-1:-4:-1], s[2:-2:2])
print("a" * 0, "a" * -1, "ab" + "" + "cd", "a" in "cat", "" in "", "cat" not in "dog", "abc" == "abc", "abc" is not None, "a" < "b" < "c", "apple" < "banana", "A" < "a", "10" < "9", min("hello"), max("hello"), sorted("cab"), list("ab"), tuple("xy"), set("aaa"))
t = ""
for i in range(10): t += str(i)
print(t, len(t), hash(t) == hash("0123456789"), t.join("ab"), "".join(reversed(t)), "".join(sorted(t, reverse=True)))
print("x".join(["a"]), ", ".join(str(i) for i in range(3)), "ab\n".rstrip(), "%s" % "tail", "a,b;c".replace(",", ";").split(";"), "one two".split(maxsplit=0), " x y ".split(" "), "aXbXc".split("X", 1), "abc".split("abc"), "k=v=w".partition("="), "line1\n\nline3".split("\n"))
big = "xy" * 100000
print(len(big), big.count("xy"), big.find("yx"), big.rfind("yx"), big[99999:100001], big == "xy" * 100000, len(big.replace("x", "")), big.index("y", 1000), len(big.split("y")))
u = "aé日🎉"
print(u[1], u[2], u[3], u[::-1], len(u), u.find("日"), u.replace("日", "x"), u.encode(), [ord(c) for c in u], u * 2, u + "b", u.split("é"), u in u + "z", u.upper(), sorted(u), u.center(8, "日"))
it = iter("ab"); print(next(it), list(it)); print(*"abc", sep="|"); a, b = "xy"; print(a, b)
print(str(), str(b"abc"), str(b"abc", "ascii"), str(object=5), str(1.0), str(None), str([1, "a"]), repr("it's"), repr('say "hi"'), repr("both'\""), repr("\\"), repr("\r\n"), repr("\u2028"), repr("\U000e0001"))
