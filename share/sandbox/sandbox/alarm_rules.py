"""The language of composite alarms: ALARM("errors") AND NOT (OK(a) OR INSUFFICIENT_DATA(b)), TRUE, FALSE,
AT_LEAST(2, ALARM, (a, b, c)), AT_LEAST(50%, NOT ALARM, (a, b)).

API reference: PutCompositeAlarm, AlarmRule.
"""

import re
from typing import Callable, List, Set

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
MAX_LENGTH = 10240
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[(),]|[^\s(),"]+)')
_KEYWORDS = ("AND", "OR", "NOT", "TRUE", "FALSE", "AT_LEAST", *STATES)


class RuleError(ValueError):
    """Not a rule; says why."""


class Rule:
    """A parsed rule: `names` of its alarms (or ARNs), and evaluate()."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise RuleError("the rule is too long")
        self.names: Set[str] = set()
        self._tokens = _tokens(text)
        self._at = 0
        self._holds = self._either(0)
        if self._at != len(self._tokens):
            raise RuleError(f"unexpected '{self._tokens[self._at]}'")

    def evaluate(self, state_of: Callable[[str], str]) -> bool:
        """state_of(name) is the state of a child, "" when there is none."""
        return self._holds(state_of)

    def _next(self, *wanted: str) -> str:
        if self._at == len(self._tokens):
            raise RuleError(f"unexpected end, expected {' or '.join(wanted) or 'more'}")
        token = self._tokens[self._at]
        if wanted and token not in wanted:
            raise RuleError(f"unexpected '{token}', expected {' or '.join(wanted)}")
        self._at += 1
        return token

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _either(self, depth: int) -> Callable[..., bool]:
        parts = [self._both(depth)]
        while self._peek() == "OR":
            self._at += 1
            parts.append(self._both(depth))
        return lambda state_of: any(part(state_of) for part in parts)

    def _both(self, depth: int) -> Callable[..., bool]:
        parts = [self._one(depth)]
        while self._peek() == "AND":
            self._at += 1
            parts.append(self._one(depth))
        return lambda state_of: all(part(state_of) for part in parts)

    def _one(self, depth: int) -> Callable[..., bool]:
        if depth > 100:
            raise RuleError("too many parentheses")
        token = self._next("(", "NOT", "TRUE", "FALSE", "AT_LEAST", *STATES)
        if token == "(":
            inner = self._either(depth + 1)
            self._next(")")
            return inner
        if token == "NOT":
            negated = self._one(depth + 1)
            return lambda state_of: not negated(state_of)
        if token in ("TRUE", "FALSE"):
            return lambda state_of: token == "TRUE"
        if token == "AT_LEAST":
            return self._at_least()
        self._next("(")
        name = self._name()
        self._next(")")
        return lambda state_of: state_of(name) == token

    def _at_least(self) -> Callable[..., bool]:
        self._next("(")
        amount = self._next()
        if not re.fullmatch(r"[1-9]\d*%?", amount):
            raise RuleError(f"'{amount}' is not a number or percentage")
        self._next(",")
        negated = self._peek() == "NOT"
        self._at += negated
        state = self._next(*STATES)
        self._next(",")
        self._next("(")
        names: List[str] = [self._name()]
        while self._peek() == ",":
            self._at += 1
            names.append(self._name())
        self._next(")")
        self._next(")")
        least = len(names) * int(amount[:-1]) / 100 if amount.endswith("%") else int(amount)
        return lambda state_of: sum((state_of(name) == state) != negated for name in names) >= least

    def _name(self) -> str:
        token = self._next()
        if token.startswith('"'):
            token = re.sub(r"\\(.)", r"\1", token[1:-1])
        elif token in (*_KEYWORDS, "(", ")", ","):
            raise RuleError(f"'{token}' is not the name of an alarm")
        self.names.add(token)
        return token


def _tokens(text: str) -> List[str]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise RuleError(f"unexpected '{text[at:at + 10]}'")
        found.append(match[1])
        at = match.end()
    return found
