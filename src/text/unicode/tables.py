#!/usr/bin/env python3
"""Write src/text/unicode/ucd16.bin: the Unicode 16 facts that Python 3.14 knows, as compact tables.

Run with a CPython 3.14 from the repository root.  The answers are asked from that interpreter,
code point by code point, so the tables hold exactly what Python programs expect; the layout is
described in src/text/unicode/table.rs, which reads the file.
"""

import struct
import sys
import unicodedata as ud

assert ud.unidata_version == "16.0.0", ud.unidata_version

CATEGORIES = "Cn Lu Ll Lt Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Lm Lo Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So".split()
BIDI = ["", "L", "LRE", "LRO", "R", "AL", "RLE", "RLO", "PDF", "EN", "ES", "ET", "AN", "CS", "NSM", "BN",
        "B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"]
WIDTHS = ["F", "H", "W", "Na", "A", "N"]
TAGS = ["", "<font>", "<noBreak>", "<initial>", "<medial>", "<final>", "<isolated>", "<circle>", "<super>",
        "<sub>", "<vertical>", "<wide>", "<narrow>", "<small>", "<square>", "<fraction>", "<compat>"]

FLAG_NAMES = ["ALPHA", "LOWER", "UPPER", "TITLE", "CASED", "IGNORABLE", "SPACE", "PRINTABLE", "XID_START",
              "XID_CONTINUE", "DECIMAL", "DIGIT", "NUMERIC", "MIRRORED", "SPECIAL_CASE", "HAS_NAME",
              "NFC_CHECK", "NFKC_CHECK", "NFD_CHANGES", "NFKD_CHANGES"]
FLAG = {name: 1 << bit for bit, name in enumerate(FLAG_NAMES)}
BLOCK_BITS = 7
LIMIT = 0x110000

chars = [chr(cp) for cp in range(LIMIT)]

# Canonical pairs that compose, and their second halves (which make a text "maybe" unnormalized).
pairs = []
decompositions = []
for cp, c in enumerate(chars):
    text = ud.decomposition(c)
    if not text or 0xAC00 <= cp < 0xD7A4:
        continue
    parts = text.split()
    tag = parts.pop(0) if parts[0].startswith("<") else ""
    seq = [int(p, 16) for p in parts]
    decompositions.append((cp, TAGS.index(tag), seq))
    if not tag and len(seq) == 2 and ud.normalize("NFC", "".join(map(chr, seq))) == c:
        pairs.append((seq[0], seq[1], cp))
second = {b for _, b, _ in pairs} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))

special = []
records = {}
index = []
for cp, c in enumerate(chars):
    flags = 0

    def flag(name, condition):
        global flags
        if condition:
            flags |= FLAG[name]

    flag("ALPHA", c.isalpha())
    flag("LOWER", c.islower())
    flag("UPPER", c.isupper())
    flag("TITLE", ud.category(c) == "Lt")
    flag("SPACE", c.isspace())
    flag("PRINTABLE", c.isprintable())
    flag("XID_START", c.isidentifier())
    flag("XID_CONTINUE", ("a" + c).isidentifier())
    flag("DECIMAL", c.isdecimal())
    flag("DIGIT", c.isdigit())
    flag("NUMERIC", c.isnumeric())
    flag("MIRRORED", ud.mirrored(c))
    flag("HAS_NAME", ud.name(c, None) is not None)
    # The only place where Cased and Case_Ignorable show is the choice of the final sigma.
    alone = (c + "\u03a3").lower().endswith("\u03c2")
    after = ("A" + c + "\u03a3").lower().endswith("\u03c2")
    flag("CASED", alone)
    flag("IGNORABLE", after and not alone)
    flag("NFC_CHECK", not ud.is_normalized("NFC", c) or cp in second)
    flag("NFKC_CHECK", not ud.is_normalized("NFKC", c) or cp in second)
    flag("NFD_CHANGES", not ud.is_normalized("NFD", c))
    flag("NFKD_CHANGES", not ud.is_normalized("NFKD", c))
    if flags & FLAG["DIGIT"]:
        digit = ud.digit(c)
    else:
        digit = 0
    numeric = ud.numeric(c, 0.0)

    upper, lower, title, fold = c.upper(), c.lower(), c.title(), c.casefold()
    if max(len(upper), len(lower), len(title), len(fold)) > 1 or fold != lower:
        flags |= FLAG["SPECIAL_CASE"]
        special.append((cp, [list(map(ord, s)) for s in (upper, lower, title, fold)]))
        deltas = (0, 0, 0)
    else:
        deltas = (ord(upper) - cp, ord(lower) - cp, ord(title) - cp)
    record = struct.pack(
        "<IBBBBdiiiBxxx", flags, CATEGORIES.index(ud.category(c)), ud.combining(c), BIDI.index(ud.bidirectional(c)),
        WIDTHS.index(ud.east_asian_width(c)), numeric, *deltas, digit)
    index.append(records.setdefault(record, len(records)))

blocks = {}
stage1 = []
stage2 = []
for start in range(0, LIMIT, 1 << BLOCK_BITS):
    block = tuple(index[start:start + (1 << BLOCK_BITS)])
    if block not in blocks:
        blocks[block] = len(blocks)
        stage2.extend(block)
    stage1.append(blocks[block])
assert len(blocks) < 65536 and len(records) < 65536


def u16s(values):
    return struct.pack(f"<{len(values)}H", *values)


def u32s(values):
    return struct.pack(f"<{len(values)}I", *values)


# Sequences: each user holds an offset into `pool` and a length.
pool = []
pool_at = {}


def pooled(seq):
    key = tuple(seq)
    if key not in pool_at:
        pool_at[key] = len(pool)
        pool.extend(seq)
    return pool_at[key]


decomposition_rows = []
for cp, tag, seq in decompositions:
    decomposition_rows += [cp, pooled(seq) | len(seq) << 20 | tag << 26]
special_rows = []
for cp, sequences in special:
    special_rows.append(cp)
    special_rows += [pooled(s) | len(s) << 20 for s in sequences]
pair_rows = [x for row in sorted(pairs) for x in row]

sections = [
    u16s(stage1),
    u16s(stage2),
    b"".join(records),
    u32s(decomposition_rows),
    u32s(special_rows),
    u32s(pair_rows),
    u32s(pool),
]
header = []
offset = 4 * 2 * len(sections)
body = b""
for data in sections:
    data += b"\0" * (-len(data) % 8)
    header += [offset + len(body), len(data)]
    body += data
with open("src/text/unicode/ucd16.bin", "wb") as out:
    out.write(u32s(header) + body)
print(len(body), "bytes;", len(records), "records;", len(blocks), "blocks;", [len(s) for s in sections], file=sys.stderr)
