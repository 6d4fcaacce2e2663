"""Random templates made of statements, for template-diff.py: which variable a name means, loops, macros, white space.

Few names in many nested blocks, so that they shadow, are set too late, or in one branch only.
"""

NAMES = ["a", "b", "c", "x", "y", "q"]  # a, b, c have values
SPACES = ["", "", "", " ", "\n", "\t", "\r\n", "  \n\t", "\n\n ", "\r", "\u00a0", "\x0b"]
TEXTS = ["", "", ".", "-", "t", "é", "🙂", "{ ", "}", "%", "#", " { ", "{ ", "% }", "}}", "%}", "#}", "'", "\"", "\\n", "{'", "a b", "##", "//", "<&>"]
RAWS = ["{{ x }}", "{% if %}", "{# c", "#}", "{%- endfor -%}", "{{", "}}", "{% raw %}", " ", "\n", "é", "{%+ x +%}", "'"]
ESCAPES = ["\\n", "\\t", "\\\\", "\\'", "\\\"", "\\x41", "\\u00e9", "\\U0001F642", "\\101", "\\0", "\\7", "\\12", "\\a", "\\b", "\\f", "\\v", "\\r",
           "\\q", "\\ ", "\\\n", "\\8", "\\{", "\\%", "{{", "}}", "%}", "{%", "#}", "{#", "\n", "é", "z", "\\377", "\\400", "\\777", "\r\n", "\r", "\t"]
BAD_ESCAPES = ["\\N", "\\x4", "\\u12", "\\ud83d", "\\U00110000", "\\x", "\\N{"]
FILTERS = ["upper", "trim", "replace('a', 'Z')", "indent(1)", "title", "length", "default('D')", "list|join('.')", "reverse", "int", "center(5)",
           "replace(a|string, '<')", "default(x|default('X'))", "truncate(3, true, y|default('~'))", "join(c|default(1)|string)"]
LOOP = ["index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0", "previtem|default('-')", "nextitem|default('-')",
        "cycle('o', 'e', 7)", "changed(a|default(0))", "changed(loop.index // 2)", "changed()", "previtem", "nextitem", "nextitem is defined",
        "previtem is undefined", "cycle()", "cycle(*[1, 2])", "changed(1, x|default(2))", "zz|default('Z')", "zz", "__len__|default(1)", "changed",
        "cycle", "_length|default(3)", "depth0|string", "index is odd", "revindex0 * 2"]
LITERALS = ["1", "'l'", "[1, 2]", "(1, 2)", "[[1, 2], [3, 4]]", "[1, [2, 3]]", "{'a': 1}", "none", "true", "range(3)", "'ab'", "[]", "''", "2.5"]


class Statements:
    def __init__(self, maker):
        self.m, self.pick, self.chance, self.below = maker, maker.pick, maker.chance, maker.below
        self.loops = self.macros = self.size = 0

    # --- pieces -----------------------------------------------------------------

    def space(self):
        return self.pick(SPACES) if self.chance(0.5) else ""

    def tag(self, body):
        if self.chance(0.75):
            return "{%% %s %%}" % body
        return self.space() + "{%%%s%s%s%s%s%%}" % (self.pick(["", "-", "+", "-"]), self.pick(["", " ", "\n", "\t"]), body,
                                                   self.pick(["", " ", "\n", " \r\n"]), self.pick(["", "-", "+"])) + self.space()

    def out(self, body):
        if self.chance(0.75):
            return "{{ %s }}" % body
        return self.space() + "{{%s%s%s%s%s}}" % (self.pick(["", "-", "+"]), self.pick(["", " ", "\n"]), body, self.pick(["", " ", "\n"]),
                                                 self.pick(["", "-"])) + self.space()

    def text(self):
        k = self.below(12)
        if k == 0:
            return self.space() + "{#%s%s%s#}" % (self.pick(["", "-", "+", " "]), self.pick(["", " c ", "{{ x }}", "{% if %}", "'", "{# ", "-", "\n", "%}", "+"]),
                                                 self.pick(["", "-", "+", " "])) + self.space()
        if k == 1:
            return self.space() + "{%%%s raw %s%%}%s{%%%s endraw %s%%}" % (
                self.pick(["", "-", "+"]), self.pick(["", "-"]) if self.chance(0.95) else "+", self.space() + self.pick(RAWS) + self.pick(RAWS) + self.space(),
                self.pick(["", "-", "+"]), self.pick(["", "-", "+"])) + self.space()
        return self.space() + self.pick(TEXTS) + self.space()

    def quoted(self):
        quote = self.pick("'\"")
        return quote + "".join(self.pick(ESCAPES if self.chance(0.98) else BAD_ESCAPES) for _ in range(self.below(4))) + quote

    def name(self):
        if self.chance(0.03):
            return self.pick(["loop", "caller", "varargs", "kwargs", "range", "dict", "é", "_", "self_", "m", "namespace", "ns"])
        return self.pick(NAMES)

    def read(self):
        name = self.name()
        k = self.below(10)
        if k < 5:
            return "%s|default('%s')" % (name, self.pick(["u", "-"]))
        if k == 5:
            return "%s is defined" % name
        if k == 6:
            return "%s if %s is defined else '!'" % (name, name)
        if k == 7:
            return "(%s or 0) if %s is defined else '?'" % (name, name)
        return name

    def value(self):
        k = self.below(14)
        if k < 4:
            return self.pick(LITERALS)
        if k < 7:
            return self.read()
        if k == 7 and self.loops:
            return "loop.%s" % self.pick(LOOP)
        if k == 8:
            return "%s ~ %s" % (self.pick(NAMES[:3]), self.pick(["1", "'s'", "(%s)" % self.read()]))
        if k == 9:
            return "[%s, %s]" % (self.read(), self.pick(LITERALS))
        if k == 10:
            return self.quoted()
        if k == 11 and self.macros:
            return self.call()
        if k == 12:
            return "%s, %s" % (self.pick(LITERALS), self.pick(NAMES))
        return self.pick(["n", "l", "p", "d", "s"])

    def call(self):
        name = "m" if self.chance(0.7) else self.pick(["m2", "x", "m"])
        return "%s(%s)" % (name, ", ".join(self.pick([
            "", "1", "1, 2", "1, 2, 3", "x=1", "a=5", "%s" % self.pick(NAMES), "*l", "**d", "1, *l", "b=2, **e", "*[1, 2], **{'x': 3}", "y=1, x=2",
            "(%s)" % self.read(), "z=1", "1, x=2", "caller=none" if self.chance(0.1) else "", "*'ab'", "1,"]) for _ in range(1)))

    def target(self):
        return self.pick(["a", "b", "x", "y", "x", "q", "a, b", "x, y", "x, (y, q)", "(x, y)", "x, x", "(x, (y,))", "(x,)", "a, (b, c)", "é"])

    def iterable(self):
        return self.pick(["l", "p", "[1, 2, 3]", "range(3)", "d", "d.items()", "[]", "a", "x|default([])", "'ab'", "[[1, 2], [3, 4]]",
                          "[(1, (2, 3)), (4, (5, 6))]", "u", "[[1], [2]]", "n", "1, 2", "[1, 1, 2, 2, 1]", "{}", "[x|default(1), a]", "k", "e|dictsort",
                          "[[1, [2]], [3, [4]]]", "[1, 2]|map('string')", "k|batch(2)", "((1, 2) if c else [a])", "loop|default([])", "p|reverse"])

    # --- statements ---------------------------------------------------------------

    def block(self, depth):
        return "".join(self.statement(depth - 1) for _ in range(1 + self.below(3)))

    def if_(self, depth):
        cond = lambda: self.pick(["c", "n > 3", "true", "false", "x is defined", self.read(), "not a", "loop.first|default(0)" if self.loops else "m",
                                  "a == 1", "none", "x is defined and x", "y|default(false)", "n is odd", "x", "(x, y) is defined"])
        text = self.tag("if " + cond()) + self.block(depth)
        while self.chance(0.35):
            text += self.tag("elif " + cond()) + self.block(depth)
        if self.chance(0.5):
            text += self.tag("else") + self.block(depth)
        return text + self.tag("endif")

    def for_(self, depth):
        head = "for %s in %s" % (self.pick(NAMES), self.iterable())
        if self.chance(0.3):
            head = "for %s in %s" % (self.pick(["a, b", "x, y", "(x, y)", "x, x", "y, x", "a, (b, c)", "x, (y, q)", "(x, (y, a))", "x, y, q"]), self.pick(
                ["p", "d.items()", "[[1, 2], [3, 4]]", "e|dictsort", "[(1, (2, 3)), (4, (5, 6))]", "['ab', 'cd']", "[[1, 'xy']]", "[[1, 2, 3]]", "{'kv': 1}", "[(x, y)]"]))
        if self.chance(0.3):
            head += " if " + self.pick(["true", "x is defined", "x", "a != 2", self.read(), "loop is defined", "loop", "loop.index", "c", "not x|default(0)",
                                        "y|default(1)", "m", "q is undefined"])
        recursive = self.chance(0.2)
        if recursive:
            head = self.pick([head, "for x in [1, [2, [3, 4]], [5]]", "for x in [[], [[]], [[[]]]]", "for x in [1, [2, []], 3] if x"]) + " recursive"
        self.loops += 1
        body = self.block(depth)
        if recursive:
            inner = self.out(self.pick(["loop(x)", "loop(x) if x is sequence else x", "loop([1, 2]) if loop.depth < 3", "loop.depth", "loop(x)|upper",
                                        "loop(x[1:]) if loop.depth < 4 else '.'", "loop([])", "loop(x|default([]))", "loop()", "loop(1)", "loop(x, 2)",
                                        "loop([a, x]) if loop.depth0 < 2 else x"]))
            body = inner + body if self.chance(0.5) else body + inner
        self.loops -= 1
        text = self.tag(head) + body
        if self.chance(0.3):
            text += self.tag("else") + self.block(depth)
        return text + self.tag("endfor")

    def set_(self, depth):
        k = self.below(10)
        if k < 6:
            return self.tag("set %s = %s" % (self.name(), self.value()) if self.chance(0.7) else "set %s = %s" % (self.target(), self.pick(
                ["1, 2", "[3, 4]", "'ab'", "1, (2, 3)", "[[1], 2]", "(1, [2])", "y|default(1), x|default(2)", "(5,)", "b, a", "b, (a, c)", self.value()])))
        if k < 8:
            return self.tag("set %s%s" % (self.name(), " | " + self.pick(FILTERS) if self.chance(0.5) else "")) + self.block(depth) + self.tag("endset")
        if k == 8:
            return self.tag("set ns = namespace(%s)" % self.pick(["", "v=1", "x=a", "**d", "d", "v=[]", "{'v': 2}, x=3", "[('v', 1)]"])) + self.block(depth) + \
                self.out(self.pick(["ns.v|default('w')", "ns.x", "ns", "ns['v']", "ns is mapping", "ns.v is defined"]))
        return self.pick([self.tag("set ns.%s = %s" % (self.pick(["v", "x", "y"]), self.value())),
                          self.tag("set ns.v%s" % self.pick(["", " | upper", "|trim|length"])) + self.block(depth) + self.tag("endset"),
                          self.tag("set ns.v, x = 1, 2"), self.tag("set x, (ns.v) = l") if self.chance(0.1) else "",
                          self.tag("set x.v = 1") if self.chance(0.1) else "", self.tag("set %s.v" % self.name()) + "t" + self.tag("endset") if self.chance(0.2) else ""])

    def macro(self, depth):
        sig = self.pick(["", "", "x", "x, y=2", "x, y=x", "x=a", "x=y, y=1", "a, b=a, c=b", "x, caller=none", "x=q", "y=1, x=y", "a=1, x=a|default(9)",
                         "x," if self.chance(0.1) else "x", "q=loop|default(1)", "varargs", "kwargs=1", "caller='k'", "b, y=[b, c]", "x='é', y=(1, 2)"])
        name = self.pick(["m", "m", "m2", "x"])
        self.macros += 1
        loops, self.loops = self.loops, 0
        body = self.block(depth)
        self.loops = loops
        for _ in range(self.below(3)):
            body += self.out(self.pick(["varargs", "kwargs", "varargs|length", "kwargs|dictsort", "caller()", "caller is defined", "caller(1)",
                                        "caller() if caller else 'n'", "caller(x|default(1), y=2)", "x|default('X')", "a|default('A')",
                                        "caller(caller(1))", "caller()|upper", "m.name", "m.arguments", "m.catch_varargs", "m.caller", "m.catch_kwargs"]))
        text = self.tag("macro %s(%s)" % (name, sig)) + body + self.tag("endmacro")
        for _ in range(self.below(3)):
            text += self.use(depth)
        return text

    def use(self, depth):
        if self.chance(0.5):
            return self.out(self.call() + self.pick(["", "", "|upper", "|length", " ~ x|default('')"]))
        return self.tag("call%s %s" % (self.pick(["", "", "(x)", "(x, y=a)", "(q=1)", "(*x)", "()", "(a, b)", "(caller=1)"] if self.chance(0.97) else ["(x, x)", "(*x)", "(caller)"]), self.call())) + \
            self.block(depth) + self.tag("endcall")

    def with_(self, depth):
        return self.tag("with" + self.pick([" x = (%s)" % self.value(), " x = a, a = 2", " a = x|default(1), x = a", " x = 1, y = x|default(3)", "", " x, y = (1, 2)",
                                            " a = a", " q = loop|default('L')", " x = 1, x = 2", " x = 1," if self.chance(0.1) else " y = x"])) + self.block(depth) + self.tag("endwith")

    def statement(self, depth):
        self.size += 1
        k = self.below(24)
        if depth <= 0 or self.size > 40:
            k = k % 8
        if k < 2:
            return self.text()
        if k < 6:
            return self.out(self.read() if not self.loops or self.chance(0.5) else "loop.%s" % self.pick(LOOP))
        if k == 6:
            return self.tag("set %s = %s" % (self.name(), self.value()))
        if k == 7:
            return self.out(self.pick([self.value(), self.quoted(), self.quoted() + "|pprint", self.read()])) if self.chance(0.9) else \
                self.tag("print %s" % self.value())
        if k < 11:
            return self.if_(depth)
        if k < 15:
            return self.for_(depth)
        if k < 18:
            return self.set_(depth)
        if k < 20:
            return self.macro(depth)
        if k == 20:
            return self.with_(depth)
        if k == 21:
            return self.tag("filter " + self.pick(FILTERS) + ("|" + self.pick(FILTERS) if self.chance(0.3) else "")) + self.block(depth) + self.tag("endfilter")
        return self.use(depth) if self.macros else self.block(depth)

    def template(self):
        self.loops = self.macros = self.size = 0
        return self.block(2 + self.below(4))
