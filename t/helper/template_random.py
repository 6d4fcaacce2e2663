"""Random templates and values that mostly make sense, for template-diff.py.

The same seed makes the same cases, whatever the version of Python.
"""
import json
import random

import template_statements

WORDS = ["alpha", "Beta", "", "gamma delta", "x", "A-b_c", "123", "-4.5", "é ß", "l1\nl2", "<&'\">", "a,b,c", "  pad "]
NAMES = ["a", "b", "c", "s", "t", "n", "m", "f", "l", "k", "d", "e", "u", "p"]
MISSING = ["nope", "zz"]
TESTS0 = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "true", "false",
          "iterable", "sequence", "mapping", "odd", "even", "lower", "upper", "escaped", "callable"]
TESTS1 = ["divisibleby", "eq", "ne", "lt", "le", "gt", "ge", "in", "equalto", "lessthan", "greaterthan"]
STR_FILTERS = ["upper", "lower", "capitalize", "title", "trim", "length", "wordcount", "string", "list", "first", "last",
               "reverse", "int", "float", "urlencode", "tojson", "escape", "center(9)", "truncate(5)", "truncate(4, true, '.', 0)",
               "replace('a', 'Z')", "replace('l', '', 1)", "indent", "indent(2, true)", "default('q')", "default('q', true)",
               "join('-')", "sort|join", "unique|join", "batch(2)|list", "slice(3)|list", "min", "max", "forceescape", "safe",
               "wordwrap(7)", "d", "e", "count", "trim('a')", "map('upper')|join", "select|list", "format", "tojson(1)",
               "string|length", "filesizeformat", "pprint"]
LIST_FILTERS = ["length", "first", "last", "list", "sort", "sort(reverse=true)", "reverse|list", "unique|list", "join", "join(', ')",
                "sum", "min", "max", "tojson", "tojson(2)", "batch(2)|list", "batch(3, 'f')|list", "slice(2)|list", "slice(3, 0)|list",
                "map('string')|list", "map('upper')|list", "map('int')|sum", "select|list", "reject|list", "select('string')|list",
                "select('number')|list", "reject('none')|list", "select('gt', 1)|list", "select('odd')|list", "string", "count",
                "map('default', 'x')|list", "map('length')|list", "default([])", "join('|')|upper", "map('tojson')|join(',')",
                "sort|first", "sort(case_sensitive=true)", "map('float')|list", "unique(true)|list", "max|string", "list|tojson",
                "groupby(0)|list", "pprint", "map('join')|list", "sum(start=1)"]
DICT_FILTERS = ["length", "list", "dictsort", "dictsort(true)", "dictsort(by='value')", "dictsort(reverse=true)", "tojson", "tojson(1)",
                "items|list", "first", "join(',')", "string", "sort", "map('upper')|list", "urlencode", "default(1)", "min", "pprint",
                "dictsort|map('first')|list"]
NUM_FILTERS = ["abs", "int", "float", "round", "round(1)", "round(1, 'floor')", "round(2, 'ceil')", "string", "tojson", "filesizeformat",
               "filesizeformat(true)", "default(3)", "string|length", "round|int", "round(-1)", "urlencode", "e", "upper", "title", "pprint"]
STR_METHODS = ["upper()", "lower()", "title()", "capitalize()", "swapcase()", "strip()", "lstrip('a ')", "rstrip('x')", "split()",
               "split(',')", "split('a', 1)", "rsplit('a', 1)", "splitlines()", "partition('a')", "rpartition(',')", "replace('a', 'b')",
               "startswith('a')", "endswith('x')", "find('a')", "rfind('a')", "count('a')", "center(8)", "ljust(6, '.')", "rjust(6)",
               "zfill(6)", "isalpha()", "isdigit()", "isalnum()", "islower()", "isupper()", "istitle()", "isspace()", "format(1, 2)",
               "join(['p', 'q'])", "removeprefix('a')", "expandtabs()", "casefold()", "isidentifier()", "index('a')", "split(none, 1)",
               "rsplit(none, 1)", "isnumeric()", "isdecimal()", "isascii()", "isprintable()", "removesuffix('a')", "nope()"]
DICT_METHODS = ["items()|list", "keys()|list", "values()|list", "get('x')", "get('a', 0)", "copy()", "items()", "keys()", "values()", "pop('x', 1)"]
LIST_METHODS = ["index(1)", "count(1)", "copy()", "count('a')"]
BINARY = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">", "<=", ">=", "and", "or", "in", "not in", "**"]
LOOP = ["index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "previtem|default('-')",
        "nextitem|default('-')", "cycle('o', 'e')", "changed(i)", "depth0"]
FORMATS = ["%s", "%r", "%d", "%5s|", "%-4s|", "%.2f", "%05d", "%x", "%e", "%g", "%c", "%+d", "%s-%s", "%%"]
SPECS = ["", ":>6", ":<6", ":^6", ":05", ":.2f", ":,", ":x", ":e", ":g", ":.3", ":+d", ":s", "!r", "!s:>4", ":%", ":b", ":*^7"]
SPACE = ["", "-", "+"]
ODD = ["1e999", "'nan'|float", "0", "1", "-1", "3", "7", "true", "none", "'x'", "''", "2.5", "nope", "l", "d", "n", "s", "'é🙂'", "10 ** 20", "range(2)", "('a', 'b')"]
CHARS = ["'a'", "' '", "'\\t'", "'ß'", "'ǅ'", "'Σ'", "'É'", "'🙂'", "'\\n'", "'\\r'", "'-'", "'7'", "'½'", "'\\u2028'", "'e\\u0301'", "'B'"]
# name and parameters of filters, and of methods of strings ("-": no name)
FILTERS = {"batch": "linecount fill_with", "center": "width", "default": "default_value boolean", "dictsort": "case_sensitive by reverse",
           "float": "default", "groupby": "attribute default", "indent": "width first blank", "int": "default base", "join": "d attribute",
           "max": "case_sensitive attribute", "replace": "old new count", "round": "precision method", "sort": "reverse case_sensitive attribute",
           "sum": "attribute start", "tojson": "indent", "trim": "chars", "truncate": "length killwords end leeway",
           "unique": "case_sensitive attribute", "wordwrap": "width break_long_words wrapstring break_on_hyphens", "pprint": "",
           "filesizeformat": "binary", "title": "", "urlencode": "", "wordcount": "", "reverse": "", "items": "", "length": ""}
METHODS = {"center": 2, "count": 3, "endswith": 3, "expandtabs": 1, "find": 3, "index": 3, "join": 1, "ljust": 2, "lstrip": 1, "partition": 1,
           "removeprefix": 1, "removesuffix": 1, "replace": 3, "rfind": 3, "rjust": 2, "rpartition": 1, "rsplit": 2, "split": 2,
           "splitlines": 1, "startswith": 3, "strip": 1, "zfill": 1, "swapcase": 0, "title": 0, "capitalize": 0, "casefold": 0, "istitle": 0}


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.loops = 0

    def pick(self, items):
        return items[int(self.r.random() * len(items))]

    def chance(self, p):
        return self.r.random() < p

    def below(self, n):
        return int(self.r.random() * n)

    # --- values ---------------------------------------------------------------

    def scalar(self):
        kind = self.below(6)
        if kind == 0:
            return self.below(40) - 10
        if kind == 1:
            return (self.below(2000) - 700) / self.pick([2, 4, 10, 100, 3])
        if kind == 2:
            return self.pick([True, False, None])
        return self.pick(WORDS)

    def value(self, depth):
        if depth <= 0 or self.chance(0.4):
            return self.scalar()
        if self.chance(0.5):
            same = self.below(3)
            n = self.below(5)
            if same == 0:
                return [self.below(10) for _ in range(n)]
            if same == 1:
                return [self.pick(WORDS) for _ in range(n)]
            return [self.value(depth - 1) for _ in range(n)]
        return {self.pick(["a", "b", "x", "name", "Z", "k y"]): self.value(depth - 1) for _ in range(self.below(4))}

    def values(self):
        return {
            "a": self.value(3), "b": self.value(2), "c": self.scalar(), "s": self.pick(WORDS), "t": self.pick(WORDS),
            "n": self.below(30) - 8, "m": self.below(5), "f": (self.below(900) - 300) / 8, "l": [self.below(9) for _ in range(self.below(5))],
            "k": [self.pick(WORDS) for _ in range(self.below(5))],
            "d": {w: self.value(1) for w in ["a", "x", "b"][: self.below(4)]},
            "e": {w: self.below(7) for w in ["y", "x", "B"][: self.below(4)]},
            "u": [{"n": self.pick(WORDS), "v": self.below(4), "w": self.value(1)} for _ in range(self.below(4))],
            "p": [[self.pick(WORDS), self.below(5)] for _ in range(self.below(4))],
        }

    # --- expressions ----------------------------------------------------------

    def literal(self):
        return self.pick(["1", "2", "0", "-3", "2.5", "0.1", "1e3", "'a'", "'ab c'", "\"it's\"", "''", "true", "false", "none", "[1, 2]",
                          "['b', 'A']", "[]", "{'a': 1}", "{}", "(1, 2)", "(1,)", "range(3)", "10 ** 20", "'é'", "'x\\ny'", "()", "1e999", "('nan'|float)"])

    def string(self, depth):
        k = self.below(8)
        if k < 3 or depth <= 0:
            return self.pick(["s", "t", "'abc'", "'A b'", "k[0]", "'a,b'", "k|join('-')", "s ~ t"])
        if k == 3:
            return "%s ~ %s" % (self.operand(depth - 1), self.operand(depth - 1))
        if k == 4:
            return "(%s)|%s" % (self.string(depth - 1), self.pick(STR_FILTERS))
        if k == 5:
            return "(%s).%s" % (self.string(depth - 1), self.pick(STR_METHODS))
        if k == 6:
            return "(%s)[%s]" % (self.string(depth - 1), self.slice())
        return self.pick(["('%s' %% %s)" % (self.pick(FORMATS), self.operand(depth - 1)),
                          "'%s'|format(%s)" % (self.pick(FORMATS), self.operand(depth - 1)),
                          "'{%s}'.format(%s)" % (self.pick(SPECS), self.operand(depth - 1))])

    def number(self, depth):
        k = self.below(6)
        if k < 2 or depth <= 0:
            return self.pick(["n", "m", "f", "3", "-2", "1.5", "0", "l|sum", "l|length", "s|length", "true", "10 ** 18"])
        if k < 4:
            return "(%s %s %s)" % (self.number(depth - 1), self.pick(["+", "-", "*", "/", "//", "%"]), self.number(depth - 1))
        if k == 4:
            return "(%s)|%s" % (self.number(depth - 1), self.pick(NUM_FILTERS))
        return "-(%s)" % self.number(depth - 1)

    def sequence(self, depth):
        k = self.below(9)
        if k < 3 or depth <= 0:
            return self.pick(["l", "k", "u", "p", "a", "[1, 'b', none]", "range(m)", "[3, 1, 2]", "s|list", "d|list"])
        if k == 3:
            return "(%s)|%s" % (self.sequence(depth - 1), self.pick(LIST_FILTERS))
        if k == 4:
            return "[%s, %s]" % (self.operand(depth - 1), self.operand(depth - 1))
        if k == 5:
            return "(%s)[%s]" % (self.sequence(depth - 1), self.slice())
        if k == 6:
            return "u|%s" % self.pick(["map(attribute='n')|list", "selectattr('v')|list", "selectattr('v', 'gt', 1)|map(attribute='n')|list",
                                       "rejectattr('v', 'odd')|list|length", "groupby('v')|list", "sort(attribute='v')|list",
                                       "sort(attribute='n,v')|map(attribute='v')|list", "map(attribute='zz', default=1)|list",
                                       "sum('v')", "max(attribute='v')", "unique(attribute='v')|list", "groupby('n')|map('first')|list",
                                       "map(attribute='w')|list", "sort(attribute='w')|list", "selectattr('w', 'none')|list"])
        if k == 7:
            return "(%s).%s" % (self.sequence(depth - 1), self.pick(LIST_METHODS))
        return "(%s + %s)" % (self.sequence(depth - 1), self.sequence(depth - 1))

    def mapping(self, depth):
        k = self.below(5)
        if k < 2 or depth <= 0:
            return self.pick(["d", "e", "{'x': 1, 'a': 'b'}", "{}", "u[0]", "dict(a=1, b=n)"])
        if k == 2:
            return "(%s)|%s" % (self.mapping(depth - 1), self.pick(DICT_FILTERS))
        if k == 3:
            return "(%s).%s" % (self.mapping(depth - 1), self.pick(DICT_METHODS))
        return "{'q': %s, %s: 2}" % (self.operand(depth - 1), self.pick(["1", "'z'", "s", "n", "none", "l"]))

    def slice(self):
        return self.pick(["0", "1", "-1", "5", "m", "n", ":2", "1:", "::-1", "1:3", "::2", "-2:", ":-1", "m:", "'a'", "none", "9:2:-1"])

    def test(self, depth):
        if self.chance(0.5):
            return "%s is %s%s" % (self.atom(depth - 1), self.pick(["", "not "]), self.pick(TESTS0))
        return "%s is %s%s(%s)" % (self.atom(depth - 1), self.pick(["", "not "]), self.pick(TESTS1), self.operand(depth - 1))

    def atom(self, depth):
        e = self.expr(depth)
        return e if e.isalnum() else "(%s)" % e

    def operand(self, depth):
        return self.atom(depth)

    def expr(self, depth):
        if depth <= 0:
            if self.loops and self.chance(0.3):
                return self.pick(["i", "j", "loop.index"][: 1 + 2 * (self.loops > 1)] + ["loop.%s" % self.pick(LOOP)])
            return self.pick([self.pick(NAMES), self.pick(NAMES), self.literal(), self.pick(MISSING) if self.chance(0.1) else "s"])
        k = self.below(16)
        if k < 3:
            return self.string(depth)
        if k < 5:
            return self.number(depth)
        if k < 8:
            return self.sequence(depth)
        if k == 8:
            return self.mapping(depth)
        if k == 9:
            return "%s if %s else %s" % (self.operand(depth - 1), self.operand(depth - 1), self.operand(depth - 1))
        if k == 10:
            return "not %s" % self.atom(depth - 1)
        if k == 11:
            return self.test(depth)
        if k == 12:
            op = self.pick(BINARY)
            if op == "**":
                return "%s ** %s" % (self.pick(["n", "m", "2", "f", "-2"]), self.pick(["m", "2", "-1", "0", "0.5"]))
            if op == "*":
                return "%s * %s" % (self.operand(depth - 1), self.pick(["m", "2", "0", "-1", "f"]))
            return "%s %s %s" % (self.operand(depth - 1), op, self.operand(depth - 1))
        if k == 13:
            return "%s < %s <= %s" % (self.number(depth - 1), self.number(depth - 1), self.number(depth - 1))
        if k == 14:
            return "%s%s" % (self.atom(depth - 1), self.pick([".a", ".x", "['a']", "[0]", "[-1]", ".zz|default('Q')", "[1:]", ".n", ".0",
                                                               " is defined", ".a.b is defined"]))
        return "%s|%s" % (self.atom(depth - 1), self.pick(self.pick([STR_FILTERS, LIST_FILTERS, DICT_FILTERS, NUM_FILTERS])))

    # --- odd arguments ----------------------------------------------------------

    def chars(self):
        return "(%s)" % " ~ ".join(self.pick(CHARS) for _ in range(1 + self.below(5)))

    def spec(self):
        """A format specification, for .format(); often none that there is."""
        return self.pick(["", "", "*<", "^", "0>", ">", "=", "_="]) + self.pick(["", "", "+", "-", " "]) + self.pick(["", "", "", "z", "#"]) + \
            self.pick(["", "", "0"]) + self.pick(["", "", "1", "6", "14"]) + self.pick(["", "", ",", "_"]) + \
            self.pick(["", "", ".0", ".1", ".3", ".12"]) + self.pick(["", "", "d", "f", "e", "g", "G", "%", "x", "o", "b", "n", "c", "s"])

    def percent(self):
        return "%" + self.pick(["", "", "-", "+", " ", "0", "#", "+0", "-#"]) + self.pick(["", "", "1", "8", "*"]) + \
            self.pick(["", "", ".0", ".2", ".10", "."]) + self.pick(["", "", "", "l"]) + self.pick(list("ssdiuxXofFeEgGcra%"))

    def odd(self):
        k = self.below(8)
        value = self.pick(["s", "t", "n", "f", "l", "k", "d", "u", "a", "b", "c", "p", "-n", "10 ** 20", "n / 7", self.chars()])
        if k < 3:
            name = self.pick(sorted(FILTERS))
            params = FILTERS[name].split()
            args, named = [], False
            for param in params[: self.below(len(params) + 1)]:
                named = named or self.chance(0.2)
                args.append(("%s=" % param if named else "") + self.pick(ODD))
            return "%s|%s%s%s" % (value if value[0] != "-" else "(%s)" % value, name, "(%s)" % ", ".join(args) if args else "",
                                  "|list" if name in ("batch", "unique", "items", "reverse") else "")
        if k < 5:
            name = self.pick(sorted(METHODS))
            args = [self.pick(ODD + CHARS) for _ in range(self.below(METHODS[name] + 1))]
            return "%s.%s(%s)" % (self.pick(["s", "t", self.chars()]), name, ", ".join(args))
        if k == 5:
            return "'[{:%s}]'.format(%s)" % (self.spec(), value)
        if k == 6:
            return "'[%s]' %% %s" % (self.percent(), self.pick([value, "(%s,)" % value, "(%s, %s)" % (self.pick(ODD), value)]))
        return "%s[%s:%s:%s]" % (self.pick(["s", "l", "k", "range(9)", self.chars()]), self.pick(["", "1", "-2", "n", "none"]),
                                 self.pick(["", "3", "-1", "m"]), self.pick(["", "-1", "2", "-3", "0"]))

    # --- statements -----------------------------------------------------------

    def text(self):
        return self.pick(["", " ", "\n", "text ", "{ }", "  \n  ", "\"q\": ", ", ", "é", "\n\n", "}} %} #}", "{# c #}", "{#- c -#}", "a\r\nb"])

    def tag(self, body):
        return "{%%%s %s %s%%}" % (self.pick(SPACE) if self.chance(0.3) else "", body, self.pick(SPACE) if self.chance(0.3) else "")

    def output(self):
        return "{{%s %s %s}}" % ("-" if self.chance(0.1) else "", self.expr(self.below(4)), "-" if self.chance(0.1) else "")

    def block(self, depth):
        return "".join(self.statement(depth - 1) for _ in range(1 + self.below(3)))

    def loop(self, depth):
        target, over = self.pick([("i", self.sequence(2)), ("i", self.pick(["l", "k", "range(4)", "d", "s", "u"])), ("i, j", "d.items()"), ("i, j", "p"),
                                  ("i", "l|map('string')"), ("i, j", "e|dictsort"), ("i", "k|batch(2)"), ("j, i", "p|reverse"), ("i", "u|map(attribute='v')")])
        test = " if %s" % self.pick(["i", "i != 2", "i is string", "true", "loop is undefined", "i in l", "m"]) if self.chance(0.2) else ""
        self.loops += 1
        body = self.block(depth)
        self.loops -= 1
        tail = self.tag("else") + self.text() if self.chance(0.3) else ""
        return self.tag("for %s in %s%s" % (target, over, test)) + body + tail + self.tag("endfor")

    def macro(self, depth):
        name = self.pick(["mac", "helper"])
        sig = self.pick(["", "x", "x, y=2", "x, y=n, z='q'"])
        body = self.pick(["", "{{ x }}", "{{ x|default('dx') }}{{ y|default('dy') }}", "{{ varargs }}", "{{ kwargs }}"]) + \
            (self.pick(["{{ caller() }}", "[{{ caller(1) if caller else '' }}]"]) if self.chance(0.3) else "")
        call = self.pick(["%s()", "%s(1)", "%s(s, y=3)", "%s(1, 2, 3, 4)", "%s(x=l)", "%s(1, q=2)", "%s(*l)", "%s(**e)"]) % name
        text = self.tag("macro %s(%s)" % (name, sig)) + body + self.tag("endmacro")
        if self.chance(0.3):
            return text + self.tag("call%s %s" % (self.pick(["", "(v)"]), call)) + self.text() + self.pick(["", "{{ v|default('-') }}", "{{ n }}"]) + self.tag("endcall")
        return text + "{{ %s }}" % call

    def statement(self, depth):
        k = self.below(14)
        if k < 3 or depth <= 0:
            return self.text() + self.output()
        if k == 3:
            return self.text()
        if k < 6:
            return self.tag("if %s" % self.expr(2)) + self.block(depth) + \
                (self.tag("elif %s" % self.expr(1)) + self.block(depth) if self.chance(0.3) else "") + \
                (self.tag("else") + self.block(depth) if self.chance(0.5) else "") + self.tag("endif")
        if k < 9:
            return self.loop(depth)
        if k == 9:
            name = self.pick(["v", "s", "n", "q"])
            return self.tag("set %s = %s" % (name, self.expr(2))) + "{{ %s }}" % name
        if k == 10:
            return self.tag("set v%s" % self.pick(["", " | upper", " | trim | length"])) + self.block(depth) + self.tag("endset") + "{{ v }}"
        if k == 11:
            return self.tag("with v = %s, w = n" % self.expr(1)) + "{{ v }}" + self.block(depth) + self.tag("endwith")
        if k == 12:
            return self.tag("filter %s" % self.pick(["upper", "trim", "replace('a', 'b')", "indent(2)", "title", "length"])) + self.block(depth) + self.tag("endfilter")
        if self.chance(0.5):
            return self.macro(depth)
        return self.tag("set ns = namespace(c=0)") + self.tag("for i in l") + self.tag("set ns.c = ns.c + i") + self.tag("endfor") + "{{ ns.c }}" + \
            (self.tag("raw") + "{{ x }}" + self.tag("endraw") if self.chance(0.2) else "")


def cases(count, seed):
    maker = Maker(seed)
    statements = template_statements.Statements(maker)
    values = "{}"
    for n in range(count):
        if n % 5 == 0:
            values = json.dumps(maker.values(), ensure_ascii=False)
        if n % 2 == 0:
            yield statements.template(), values
        elif n % 3 == 0:
            yield "{{ %s }}" % maker.odd(), values
        elif maker.chance(0.6):
            yield maker.output(), values
        else:
            yield maker.block(3), values
