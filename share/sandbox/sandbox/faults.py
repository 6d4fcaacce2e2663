"""What a test wants to go wrong, and when."""

import itertools
import re
from typing import Any, Dict, List, Optional

from .errors import KINDS, AwsError, of_kind
from .http import Request, Response
from .protocol import Operation

ACTIONS = ("error", "delay", "reset", "reset-after", "close", "close-after", "hang", "truncate", "drip", "raw",
           "throttle", "denied", "expired", "internal", "unavailable", "skew")

# Actions that answer (or not) before the operation is carried out.
_MESSAGES = {
    "throttle": "Rate exceeded",
    "expired": "The security token included in the request is expired",
    "internal": "The request processing has failed because of an unknown error, exception or failure.",
}


class FaultError(ValueError):
    """A fault nobody could inject; the control API answers 400."""


class Faults:
    """Rules in the order given; the first that matches and isn't used up acts.

    {"match": {"service", "op" (regular expressions), "region", "key",
               "body" (searched in the raw body)},
     "skip": n, "times": n, "every": n,
     "action": {"type": ..., ...}, "name": "..."}
    """

    def __init__(self) -> None:
        self.rules: List[Dict[str, Any]] = []
        self._ids = itertools.count(1)

    def clear(self) -> None:
        self.rules.clear()

    def add(self, rule: Dict[str, Any]) -> Dict[str, Any]:
        unknown = set(rule) - {"match", "skip", "times", "every", "action", "name"}
        if unknown:
            raise FaultError(f"unknown member of a fault: {', '.join(sorted(unknown))}")
        match = rule.get("match", {})
        unknown = set(match) - {"service", "op", "region", "key", "body"}
        if unknown:
            raise FaultError(f"unknown member of a fault's match: {', '.join(sorted(unknown))}")
        action = rule.get("action", {})
        if action.get("type") not in ACTIONS and action.get("type") not in KINDS:
            raise FaultError(f"action type must be one of {', '.join(ACTIONS)}")
        for key in ("service", "op", "body"):
            re.compile(match.get(key, ""))
        kept = {"id": next(self._ids), "seen": 0, "hits": 0, **rule}
        self.rules.append(kept)
        return kept

    def take(self, operation: Operation, region: str, key: str, request: Request) -> Optional[Dict[str, Any]]:
        for rule in self.rules:
            if not _matches(rule.get("match", {}), operation, region, key, request):
                continue
            if rule.get("times") is not None and rule["hits"] >= rule["times"]:
                continue
            rule["seen"] += 1
            turn = rule["seen"] - rule.get("skip", 0)
            if turn <= 0 or (turn - 1) % rule.get("every", 1):
                continue
            rule["hits"] += 1
            return rule
        return None


def _matches(match: Dict[str, Any], operation: Operation, region: str, key: str, request: Request) -> bool:
    return (re.fullmatch(match.get("service", ".*"), operation.service) is not None
            and re.fullmatch(match.get("op", ".*"), operation.name) is not None
            and match.get("region", region) == region
            and match.get("key", key) == key
            and ("body" not in match or re.search(match["body"].encode(), request.body) is not None))


def instead(action: Dict[str, Any], operation: Operation, denied: AwsError) -> Optional[Response]:
    """The answer in place of carrying the operation out, if it comes to that.

    Modelled errors are raised. None: go on and carry it out.
    """
    kind = action["type"]
    if kind == "reset":
        return Response(reset=True)
    if kind in ("close", "hang"):
        return Response(close=True)
    if kind == "raw":
        return Response(action.get("status", 200), dict(action.get("headers", {})), action.get("body", "").encode())
    if kind == "unavailable":
        return Response(503, {"Content-Type": "text/html"}, b"<html><body><b>Http/1.1 Service Unavailable</b></body></html>")
    if kind == "error":
        raise AwsError(action["code"], action.get("message", ""), action.get("status", 400))
    if kind == "denied":
        raise AwsError(denied.code, action.get("message", denied.message), denied.status)
    if kind in KINDS:
        message = action.get("message", _MESSAGES.get(kind, kind))
        error = of_kind(kind, message, operation.service, operation.protocol)
        if "retry_after" in action:
            error.headers["Retry-After"] = str(action["retry_after"])
        raise error
    return None


def afterwards(action: Dict[str, Any], response: Response) -> Response:
    """The operation was carried out; what does the client get to see of it?"""
    kind = action["type"]
    if kind == "reset-after":
        response.reset = True
    elif kind == "close-after":
        response.close = True
    elif kind == "truncate":
        response.truncate = action.get("bytes", len(response.body) // 2)
    elif kind == "drip":
        response.drip = action.get("per_byte", 0.01)
    return response
