#!/usr/bin/env python3
"""Print unicode-tables.inc: what Python's str methods know of code points.

Run by hand when the tables should follow another version of Unicode:
	python3 lib/template/unicode.py >lib/template/unicode-tables.inc
"""
import unicodedata

CPS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]

PROPS = {
    "alpha": str.isalpha,
    "decimal": str.isdecimal,
    "digit": str.isdigit,
    "numeric": str.isnumeric,
    "lower": lambda s: unicodedata.category(s) != "Lt" and s.islower(),
    "upper": lambda s: unicodedata.category(s) != "Lt" and s.isupper(),
    "title": lambda s: unicodedata.category(s) == "Lt",
    "printable": str.isprintable,
    "case_ignorable": lambda s: unicodedata.category(s) in ("Mn", "Me", "Cf", "Lm", "Sk")
    or s in "'.:^`\u00b7\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a",
    "id_start": str.isidentifier,
    "id_continue": lambda s: ("a" + s).isidentifier(),
    "wide": lambda s: unicodedata.east_asian_width(s) in "WF",
}
CASES = {"lower": str.lower, "upper": str.upper, "title": str.title, "fold": str.casefold}


def ranges(test):
    out = []
    for c in CPS:
        if c < 0x80 or not test(chr(c)):
            continue
        if out and (out[-1][1] == c - 1 or (c == 0xE000 and out[-1][1] == 0xD7FF)):
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def cases(fn):
    runs, specials = [], []
    for c in CPS:
        to = fn(chr(c))
        if c < 0x80 or to == chr(c):
            continue
        if len(to) > 1:
            specials.append((c, [ord(x) for x in to]))
            continue
        delta = ord(to) - c
        last = runs[-1] if runs else None
        if last and last[3] == delta and (
            (last[2] in (0, 1) and last[1] == c - 1) or (last[2] in (0, 2) and last[1] == c - 2)
        ):
            last[2] = c - last[1]
            last[1] = c
        else:
            runs.append([c, c, 0, delta])
    return runs, specials


def show(cells):
    line = "\t"
    for cell in cells:
        if len(line) + len(cell) > 90:
            print(line.rstrip())
            line = "\t"
        line += cell + " "
    print(line.rstrip())


def main():
    print("/* Made by unicode.py from Unicode %s; code points below 0x80 are left out. */"
          % unicodedata.unidata_version)
    print("/* clang-format off */")
    for name, test in PROPS.items():
        if name == "wide":
            continue
        print("static const struct cp_range cp_%s_ranges[] = {" % name)
        show("{ 0x%x, 0x%x }," % r for r in map(tuple, ranges(test)))
        print("};")
    for name, fn in CASES.items():
        runs, specials = cases(fn)
        print("static const struct case_run %s_runs[] = {" % name)
        show("{ 0x%x, 0x%x, %d, %d }," % (a, b, step or 1, delta) for a, b, step, delta in runs)
        print("};")
        print("static const struct case_special %s_specials[] = {" % name)
        show("{ 0x%x, { 0x%x, 0x%x, 0x%x } }," % (c, *(to + [0] * (3 - len(to))))
             for c, to in specials or [(0x110000, [0])])
        print("};")
    print("/* clang-format on */")


main()
