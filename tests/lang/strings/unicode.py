s = "naïve café 日本語 🎉"
print(len(s), s.upper(), s[::-1], s.encode("utf-8"), s.encode("utf-16-le")[:8], list(s[-5:]), s.isprintable())
import unicodedata
print(unicodedata.name("é"), unicodedata.normalize("NFD", "é") == "e\u0301", unicodedata.category("A"), unicodedata.lookup("SNOWMAN"), unicodedata.numeric("½"), unicodedata.east_asian_width("日"))
print("\ud800".encode("utf-8", "surrogatepass"), b"\xff".decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape"), repr("\ud800"), b"a\xffb".decode("utf-8", "replace"), b"a\xffb".decode("utf-8", "ignore"), b"\xe9".decode("latin-1"))
print("é" == "e\u0301", "a" < "é" < "日" < "🎉", hash("é") == hash("é"), {"é": 1}["é"], "日本".center(6, "x"), f"{'日':>4}", "É".lower(), "ÿ".upper(), "µ".upper())
変数 = 5
print(変数, "變".isidentifier(), "１２".isdecimal(), int("１２"), float("１.５"))
for b in [b"\xff", b"\xc3", b"\xe2\x82", b"\xf0\x90", b"a\x80", b"\xed\xa0\x80", b"\xc0\x80"]:
    try:
        b.decode()
    except UnicodeDecodeError as e:
        print(e)
