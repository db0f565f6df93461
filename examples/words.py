"""Text processing: tokens by regular expression, counts, an index, wrapping, a Markov chain.

Usage: words.py [file]; without a file it reads the text of the Zen of Python several times.
"""

import codecs
import contextlib
import io
import re
import sys
import textwrap
from collections import Counter, defaultdict

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def sample():
    with contextlib.redirect_stdout(io.StringIO()):
        import this
    return codecs.decode(this.s, "rot13")


def tokens(text):
    return [match.group().casefold() for match in WORD.finditer(text)]


def index(text):
    """Word -> numbers of the lines where it occurs."""
    lines = defaultdict(list)
    for number, line in enumerate(text.splitlines(), 1):
        for word in dict.fromkeys(tokens(line)):
            lines[word].append(number)
    return lines


def chain(words):
    """Word -> the words that follow it, most frequent first."""
    following = defaultdict(Counter)
    for word, after in zip(words, words[1:]):
        following[word][after] += 1
    return {word: [w for w, _ in counter.most_common()] for word, counter in following.items()}


def babble(following, word, count):
    """Walk along the chain; each word's followers are taken in turn."""
    turns = Counter()
    for _ in range(count):
        yield word
        choices = following.get(word)
        if not choices:
            return
        turns[word] += 1
        word = choices[(turns[word] - 1) % len(choices)]


def main(path):
    if path:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    else:
        text = sample() * 50
    words = tokens(text)
    counts = Counter(words)
    print(f"{len(text)} characters, {len(words)} words, {len(counts)} different ones")
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:8]:
        bar = "#" * round(40 * count / counts.most_common(1)[0][1])
        print(f"{word:>10} {count:6,} {bar}")
    longest = max(counts, key=lambda word: (len(word), word))
    print(f"longest word: {longest!r}, in lines {index(text)[longest][:5]}")
    palindromes = sorted({word for word in counts if len(word) > 2 and word == word[::-1]})
    print("palindromes:", ", ".join(palindromes) or "none")
    sentence = " ".join(babble(chain(words), words[0], 40)).capitalize() + "."
    print(textwrap.fill(sentence, width=60, initial_indent="  ", subsequent_indent="  "))
    table = str.maketrans({c: None for c in "aeiou"})
    print("without vowels:", sentence[:40].translate(table))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
