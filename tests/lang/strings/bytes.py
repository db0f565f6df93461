b = b"hello\x00\xff"
print(b, b[0], b[1:3], b.hex(), b.hex(" ", 2), bytes.fromhex("de ad"), bytes(3), bytes([1, 2]), bytes("é", "utf8"), b.find(b"l"), b.count(108), b"a" + b"b", b"ab" * 2, 104 in b, b"ell" in b)
print(b"a,b".split(b","), b" x ".strip(), b"abc".upper(), b"abc".replace(b"b", b"X"), b"%s %d" % (b"x", 5), b"%b" % b"q", b"abc".startswith(b"a"), b"abc".decode(), b"-".join([b"a", b"b"]), b"abc".isalpha(), b"a\nb".splitlines(), b"abc"[::-1], b"A1".swapcase(), b"x".center(5, b"*"))
ba = bytearray(b"abc")
ba.append(100); ba.extend(b"ef"); ba[0] = 65; ba[1:2] = b"XYZ"; del ba[-1]
print(ba, ba.pop(), ba.decode(), bytes(ba), len(ba), bytearray(2), ba == b"AXYZcd", ba.find(b"Z"), bytearray(b"x") + b"y")
ba += b"!"; ba *= 2; ba.insert(0, 1); ba.reverse(); print(ba, ba.hex())
for s in ["bytes([256])", "bytes(-1)", "bytes('a')", "b'a' + 'b'", "b'a'[5]", "bytes.fromhex('zz')", "bytes.fromhex('a')", "bytearray(b'a').append(256)", "bytearray(b'a').append('x')", "b'a'.join(['x'])", "b'a' < 'b'", "bytes([1, 'a'])", "bytes(1.5)", "b'%d' % 'x'", "b'abc'.index(b'z')", "bytearray().pop()", "b'a'.split('a')", "bytes(10**15)", "b'ab'.decode('nope')", "hash(bytearray())", "'a' in b'abc'", "300 in b'abc'", "eval('b\"é\"')"]:
    try:
        print(s, "=", eval(s))
    except Exception as e:
        print(s, "->", type(e).__name__ + ":", e if not isinstance(e, SyntaxError) else e.msg)
