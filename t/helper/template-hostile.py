#!/usr/bin/env python3
"""Render templates that ask for too much, each in a process with little memory.

usage: template-hostile.py <git-gitops> [show]

A case is a name, a template, and what must come of it: a text, or "!rule words of the message".
Time is bounded by the limits that are asserted; the timeout is for the day when they fail.
"""
import os
import re
import resource
import subprocess
import sys
import tempfile

MEMORY = 700 << 20  # bytes of address space; the limit on values is 256 MB
SECONDS = 120
STEPS = "!template-limit does too much work"
MEM = "!template-limit needs too much memory"
STRING = "!template-limit a string is too long"
ROUNDS = "!template-limit loops run for too long"
DEEP = "!template-limit nested too deeply"
CALLS = "!template-limit calls are nested too deeply"
OUTPUT = "!template-limit the output is too long"
BIG = "!template-limit an integer is too large"
SYNTAX = "!template-syntax "


def nested(depth, begin, inner, end):
    return begin * depth + inner + end * depth


CASES = [
    # loops
    ("a loop", "{% for i in range(10 ** 8) %}{% endfor %}", ROUNDS),
    ("loops in loops", nested(6, "{% for i in range(100) %}", "", "{% endfor %}"), ROUNDS),
    ("loops in loops over lists", "{% set l = range(1000)|list %}" + nested(3, "{% for i in l %}", "x", "{% endfor %}"), ROUNDS),
    ("a filtered loop", "{% for i in range(10 ** 8) if false %}{% endfor %}", ROUNDS),
    ("a filtered loop, else", "{% for i in range(10 ** 6 - 1) if false %}{% else %}none{% endfor %}", "none"),
    ("a loop over a long text", "{% for i in 's' * 10 ** 7 %}{% endfor %}", ROUNDS),
    ("a list of a range", "{{ range(10 ** 9)|list }}", MEM),
    ("the length of a range", "{{ range(10 ** 15)|length }}", str(10 ** 15)),
    ("the last of a range", "{{ range(10 ** 15)|last }}", str(10 ** 15 - 1)),
    ("the sum of a range", "{{ range(10 ** 15)|sum }}", STEPS),
    ("the maximum of a range", "{{ range(10 ** 15)|max }}", STEPS),
    ("in a range", "{{ 10 ** 14 in range(10 ** 15) }} {{ -1 in range(10 ** 15) }}", "True False"),
    ("in a range, not by number", "{{ 'a' in range(10 ** 15) }}", STEPS),
    ("a list in lists, doubled", "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}", MEM),
    ("a list doubled", "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = ns.l + ns.l %}{% endfor %}", MEM),
    ("a list that grows in its loop", "{% set l = [1] %}{% for i in l %}{% set _ = l.append(1) %}{% endfor %}", ROUNDS),
    ("a list that extends itself", "{% set l = [1] %}{% for i in range(64) %}{% set _ = l.extend(l) %}{% endfor %}", MEM),
    ("a dict of dicts, doubled", "{% set ns = namespace(d={}) %}{% for i in range(64) %}{% set ns.d = {'a': ns.d, 'b': ns.d} %}{% endfor %}{{ ns.d|tojson }}", OUTPUT),
    ("doubled, compared", "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(64) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}", STEPS),
    ("doubled, printed by pprint", "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|pprint }}", "!template-limit "),
    ("doubled, sorted", "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ [ns.l, ns.l]|sort|length }}", "2"),
    ("a list in itself", "{% set l = [] %}{% set _ = l.append(l) %}{{ l }}", "!template-limit a value is nested too deeply"),
    ("a list in itself, as JSON", "{% set l = [] %}{% set _ = l.append(l) %}{{ l|tojson }}", "!template-"),
    ("lists in each other, compared", "{% set a = [] %}{% set b = [a] %}{% set _ = a.append(b) %}{{ [a] == [b] }}", "!template-limit "),
    ("batch", "{{ range(10 ** 9)|batch(2)|list }}", MEM),
    ("batch of one, filled", "{{ [1]|batch(10 ** 9, 'x')|list }}", "!template-limit a batch is too large"),
    ("slice", "{{ [1]|slice(10 ** 9)|list }}", MEM),
    ("slice, filled", "{{ [1]|slice(10 ** 8, 'x')|list }}", MEM),
    ("generators in generators", "{% set ns = namespace(l=[1, 2]) %}{% for i in range(300000) %}{% set ns.l = ns.l|map('string') %}{% endfor %}{{ ns.l|list }}", "!template-limit "),
    ("unique", "{{ range(10 ** 9)|unique|list }}", MEM),
    ("groupby", "{{ range(10 ** 8)|groupby('x', default=1)|length }}", "!template-limit "),
    ("sort, backwards", "{{ range(10 ** 9)|reverse|sort|first }}", MEM),
    ("join", "{{ range(10 ** 9)|join }}", "!template-limit "),
    ("cycle", "{% for i in range(3) %}{{ loop.cycle(*range(10 ** 9)) }}{% endfor %}", "!template-limit "),
    ("a dict of a range", "{{ dict.fromkeys(range(10 ** 9)) }}", "!template-unsupported "),
    ("many members", "{% set d = {} %}{% for i in range(10 ** 6 - 1) %}{% set _ = d.update({i: 's' * 1000}) %}{% endfor %}", "!template-limit "),
    ("recursive loop over itself", "{% set l = [] %}{% set _ = l.append(l) %}{% for x in l recursive %}{{ loop(x) }}{% endfor %}", CALLS),
    ("recursive loop, broad", "{% set l = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0] %}{% for x in l recursive %}{{ loop(l) if loop.depth < 9 }}{% endfor %}", ROUNDS),
    # text
    ("a text repeated", "{{ 's' * 10 ** 9 }}", STRING),
    ("a text repeated too often", "{{ 's' * 10 ** 30 }}", "!template-"),
    ("a text doubled", "{% set ns = namespace(s='s') %}{% for i in range(64) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", STRING),
    ("a text doubled by +", "{% set ns = namespace(s='s') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", STRING),
    ("blocks doubled", "{% set a = 'x' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40, "!template-limit "),
    ("many texts of medium length", "{% set l = [] %}{% for i in range(1000) %}{% set _ = l.append('s' * 10 ** 6 ~ i) %}{% endfor %}", MEM),
    ("replace", "{{ ('a' * 10 ** 5)|replace('a', 'b' * 10 ** 5) }}", STRING),
    ("replace nothing", "{{ ('a' * 10 ** 6).replace('', 'b' * 100) }}", STRING),
    ("join with long texts", "{{ (('a' * 10 ** 5)|list)|join('b' * 10 ** 5) }}", STRING),
    ("join by a method", "{{ ('b' * 10 ** 5).join('a' * 10 ** 5) }}", STRING),
    ("center", "{{ 's'|center(10 ** 9) }}", STRING),
    ("center, method", "{{ 's'.center(10 ** 18) }}", STRING),
    ("ljust", "{{ 's'.ljust(10 ** 9, 'é') }}", STRING),
    ("zfill", "{{ '1'.zfill(10 ** 9) }}", STRING),
    ("expandtabs", "{{ '\\t\\t'.expandtabs(10 ** 9) }}", STRING),
    ("indent", "{{ ('\\n' * 10 ** 6)|indent(1000, blank=true) }}", STRING),
    ("indent by much", "{{ 'a\\nb'|indent(10 ** 10) }}", STRING),
    ("wordwrap", "{{ ('a' * 10 ** 5)|wordwrap(1, wrapstring='b' * 1000) }}", STRING),
    ("wordwrap, words", "{{ ('a ' * 10 ** 6)|wordwrap(3)|length }}", str(2 * 10 ** 6 - 1)),
    ("wordwrap, hyphens", "{{ ('-' * 10 ** 5)|wordwrap(5)|length }}", str(10 ** 5 + 10 ** 5 // 5 - 1)),
    ("wordwrap, hyphens and letters", "{{ ('a-' * 50000)|wordwrap(9)|length > 0 }}", "True"),
    ("escape", "{{ ('<' * 16000000)|e }}", STRING),
    ("urlencode", "{{ ('é' * 8000000)|urlencode }}", STRING),
    ("tojson", "{{ ('<' * 16000000)|tojson }}", OUTPUT),
    ("upper of what grows", "{{ ('ΐ' * 8000000).upper() }}", STRING),
    ("split", "{{ ('a,' * 8000000).split(',') }}", MEM),
    ("list of a text", "{{ ('é' * 8000000)|list }}", MEM),
    ("partition of a long text", "{{ ('a' * 10 ** 7).partition('b')|length }}", "3"),
    ("count, naive search", "{{ ('a' * 10 ** 7).count('a' * 10 ** 6 ~ 'b') }}", "0"),
    ("find, naive search", "{{ ('ab' * 10 ** 6).find('ab' * 10 ** 5 ~ 'c') }}", "-1"),
    ("split, naive search", "{{ ('a' * 10 ** 6).split('a' * 10 ** 5 ~ 'b')|length }}", "1"),
    ("in, naive search", "{{ 'a' * 10 ** 6 ~ 'b' in 'a' * 10 ** 7 }}", "False"),
    ("strip many characters", "{{ ('a' * 10 ** 6).strip('b' * 10 ** 6 ~ 'a')|length }}", STEPS),
    ("pprint", "{{ ('a b ' * 10 ** 6)|pprint|length > 10 }}", MEM),
    ("truncate", "{{ ('a' * 10 ** 7)|truncate(10 ** 7 - 9, true)|length }}", str(10 ** 7 - 9)),
    ("items of a text by index", "{% set s = 'é' * 10 ** 6 %}{% for i in range(10 ** 6) %}{{ s[i] }}{% endfor %}", "!template-limit "),
    ("the output", "{% set s = 's' * 10 ** 6 %}{% for i in range(100) %}{{ s }}{% endfor %}", OUTPUT),
    # formats
    ("% width", "{{ '%1000000000d' % 1 }}", STRING),
    ("% precision", "{{ '%.1000000000f' % 1 }}", "!template-"),
    ("% star", "{{ '%*d' % (10 ** 9, 1) }}", STRING),
    ("% star precision", "{{ '%.*f' % (10 ** 9, 1) }}", "!template-"),
    ("% many", "{{ ('%99999s' * 1000) % (('a' * 1000)|list) }}", "!template-"),
    ("% width beyond all", "{{ '%99999999999999999999d' % 1 }}", "!template-"),
    ("format width", "{{ '{:1000000000}'.format(1) }}", STRING),
    ("format precision", "{{ '{:.1000000000f}'.format(1) }}", "!template-"),
    ("format, nested width", "{{ '{:{}}'.format(1, 10 ** 9) }}", STRING),
    ("format, many", "{{ ('{:99999}' * 1000).format(*range(1000)) }}", STRING),
    ("format, index", "{{ '{99999999999999999999}'.format(1) }}", "!template-"),
    ("format, deep fields", "{{ ('{0' ~ '[0]' * 100000 ~ '}').format([1]) }}", "!template-"),
    ("round", "{{ 1.5|round(10 ** 9) }}", "1.5"),
    ("round an integer to digits beyond all", "{{ (10 ** 4000)|round(-(10 ** 9)) }}", "0"),
    # numbers
    ("towers", "{{ 9 ** (9 ** 9) }}", BIG),
    ("towers of variables", "{% set x = 10 %}{{ x ** (x ** x) }}", BIG),
    ("squares", "{% set ns = namespace(n=3) %}{% for i in range(64) %}{% set ns.n = ns.n * ns.n %}{% endfor %}", BIG),
    ("big divisions", "{% set n = 10 ** 4400 %}{% for i in range(10 ** 5) %}{% set _ = n // (n - 1) %}{% endfor %}", "!template-limit "),
    ("big powers", "{% for i in range(10 ** 5) %}{% set _ = 7 ** 5000 %}{% endfor %}", "!template-limit "),
    ("a huge literal", "{{ " + "9" * 100000 + " }}", SYNTAX + "the number is too large"),
    ("a huge literal in hex", "{{ 0x" + "f" * 1000000 + " }}", SYNTAX + "the number is too large"),
    ("a huge float", "{{ 1" + "0" * 100000 + ".5 }}", "inf"),
    ("a long fraction", "{{ 1." + "3" * 1000000 + " }}", "1.3333333333333333"),
    ("a text to a huge integer", "{{ ('9' * 10 ** 6)|int }}", "!template-"),
    ("a negative shift of digits", "{{ 2 ** -(10 ** 9) }}", "0.0"),
    # calls
    ("a macro calls itself", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", CALLS),
    ("macros call each other", "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}", CALLS),
    ("a macro calls itself twice", "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}", MEM),
    ("callers in callers", "{% macro m(n) %}{% if n %}{% set c = caller %}{% call m(n - 1) %}{{ c() }}{{ c() }}{% endcall %}{% else %}{{ caller() }}{% endif %}{% endmacro %}{% call m(100) %}x{% endcall %}", "!template-limit "),
    ("by its default", "{% macro m(a=m()) %}{% endmacro %}{{ m() }}", "!template-"),
    ("many arguments", "{% macro m() %}{{ varargs|length }}{% endmacro %}{{ m(*range(10 ** 9)) }}", MEM),
    ("many arguments, written", "{% macro m() %}{{ varargs|length }}{% endmacro %}{{ m(" + "1," * 100000 + ") }}", "100000"),
    ("many keywords", "{% macro m() %}{{ kwargs|length }}{% endmacro %}{{ m(" + ",".join("k%d=1" % i for i in range(20000)) + ") }}", "20000"),
    ("macros in macros", nested(60, "{% macro m() %}", "x", "{% endmacro %}{{ m() }}"), "x"),
    # syntax
    ("parentheses", "{{ " + nested(100000, "(", "1", ")") + " }}", DEEP),
    ("parentheses, open", "{{ " + "(" * 100000, DEEP),
    ("lists", "{{ " + nested(100000, "[", "", "]") + " }}", DEEP),
    ("dicts", "{{ " + nested(100000, "{1:", "1", "}") + " }}", DEEP),
    ("minus", "{{ " + "-" * 100000 + "1 }}", DEEP),
    ("not", "{{ " + "not " * 100000 + "1 }}", DEEP),
    ("filters", "{{ 1" + "|string" * 100000 + " }}", DEEP),
    ("attributes", "{{ x" + ".a" * 100000 + " }}", DEEP),
    ("subscripts", "{{ x" + "[0]" * 100000 + " }}", DEEP),
    ("calls", "{{ x" + "()" * 100000 + " }}", DEEP),
    ("sums", "{{ 1" + "+1" * 100000 + " }}", DEEP),
    ("powers", "{{ 1" + "**1" * 100000 + " }}", DEEP),
    ("ands", "{{ 1" + " and 1" * 100000 + " }}", DEEP),
    ("conditions", "{{ 1" + " if 1 else 1" * 100000 + " }}", DEEP),
    ("conditions, inner", "{{ " + nested(100000, "1 if (", "1", ") else 1") + " }}", DEEP),
    ("tests", "{{ 1" + " is defined" * 100000 + " }}", SYNTAX + "tests cannot be chained"),
    ("texts joined", "{{ 'a'" + " ~ 'b'" * 100000 + " }}", "a" + "b" * 100000),
    ("comparisons", "{{ 1" + " <= 1" * 100000 + " }}", "True"),
    ("adjacent texts", "{{ 'a'" + " 'b'" * 100000 + " }}", "a" + "b" * 100000),
    ("a long list", "{{ [" + "1," * 300000 + "]|length }}", "300000"),
    ("a long dict", "{{ {" + ",".join("%d:1" % i for i in range(100000)) + "}|length }}", "100000"),
    ("ifs", nested(100000, "{% if 1 %}", "", "{% endif %}"), DEEP),
    ("fors", nested(100000, "{% for i in [1] %}", "", "{% endfor %}"), DEEP),
    ("ifs, open", "{% if 1 %}" * 100000, DEEP),
    ("elifs", "{% if 0 %}" + "{% elif 0 %}" * 20000 + "{% else %}e{% endif %}", "e"),
    ("withs", nested(100000, "{% with a = 1 %}", "", "{% endwith %}"), DEEP),
    ("a long name", "{{ " + "a" * 10 ** 6 + " }}", "!template-undefined is undefined"),
    ("a long filter name", "{{ 1|" + "a" * 10 ** 6 + " }}", SYNTAX + "no filter named"),
    ("a long tag", "{% " + "a" * 10 ** 6 + " %}", SYNTAX + "unknown tag"),
    ("many names", "".join("{%% set a%d = 1 %%}" % i for i in range(70000)), "!template-limit too many variables"),
    ("many statements", "{% if 1 %}x{% endif %}{{ 1 }}" * 50000, "x1" * 50000),
    ("many braces", "{" * 10 ** 6, "!template-"),
    ("many starts", "{{" * 50000, "!template-"),
    ("comments", "{# c #}" * 200000, ""),
    ("raws", "{% raw %}{{{% endraw %}" * 100000, "{{" * 100000),
    ("a comment that is open", "{#" * 100000, SYNTAX + "missing end of comment"),
    ("white space", "{{ 1 -}}" + " " * 10 ** 7 + "x", "1x"),
    ("much white space before tags", (" " * 100 + "{%- if 1 -%}" + " " * 100 + "{%- endif -%}") * 10000, ""),
]


def render(tool, template):
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as f:
        f.write(template)
        f.flush()
        done = subprocess.run([tool, "render", "--template", f.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)))
        errors = done.stderr.decode("utf-8", "replace").replace(f.name, os.path.basename("t"))
        return done.returncode, done.stdout.decode("utf-8"), errors


def judge(want, status, out, errors):
    """What is wrong, or None."""
    if not want.startswith("!"):
        return None if status == 0 and out == want else "expected the text %r" % want[:60]
    rule, words = want[1:].split(" ", 1) if " " in want else (want[1:], "")
    first = next((e for e in errors.split("\n") if re.search(r": error: ", e)), "")
    if status != 1 or out:
        return "expected an error"
    return None if words in first and "[" + rule in first else "expected %s: %s" % (rule, words)


def main():
    bad = 0
    for name, template, want in CASES:
        try:
            status, out, errors = render(sys.argv[1], template)
            why = judge(want, status, out, errors)
        except subprocess.TimeoutExpired:
            status, out, errors, why = -1, "", "", "no end"
        if why or sys.argv[2:] == ["show"]:
            print("%s: %s; got %d, %r, %r" % (name, why or "ok", status, out[:60], errors[:160]))
        bad += why is not None
    print("%d templates, %d not as they should be" % (len(CASES), bad))
    sys.exit(1 if bad else 0)


main()
