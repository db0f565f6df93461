"""Strings: building, splitting, searching, formatting."""


def run():
    words = [f"word{i % 97}" for i in range(30_000)]
    text = " ".join(words)
    found = 0
    for part in text.split(" "):
        if part.startswith("word1") or part.endswith("9"):
            found += 1
    out = []
    for i, w in enumerate(words):
        out.append(w.upper() + ":" + str(i) if i & 1 else f"{w:>10}|{i:05d}")
    joined = "\n".join(out)
    letters = 0
    for c in joined:
        if c == "W":
            letters += 1
    return letters == 15_000 and found > 0 and joined.replace("WORD", "w").count("w") == 30_000
