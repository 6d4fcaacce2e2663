"""Invoke: which version of an alias runs, and what it answers.

Over any number of invocations each version gets exactly its share, so that a test can count; AWS chooses at random.
An answer is {"version", "event"}, unless a rule of the control API's `lambda` has a `payload` or an `error`.
"""

import json
from typing import Any, Dict

from ..errors import AwsError
from ..http import Response
from .common import USER, conflict, find, missing
from .model import Alias


def invoke(ctx: Any, params: Dict[str, Any]) -> Response:
    function, qualifier = find(ctx, params)
    alias = function.aliases.get(qualifier)
    version = function.version(_choose(alias) if alias else qualifier)
    if version is None:
        raise missing(f"Function not found: {function.arn}:{qualifier}")
    if version.state == "Inactive":
        ctx.lifecycle.wake(version)
    if version.state != "Active":
        raise conflict("The operation cannot be performed at this time. The function is currently in the following state: "
                       + version.state)
    if function.reserved == 0:
        raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429, {
            "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", **USER})
    headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": version.number}
    kind = params.get("X-Amz-Invocation-Type") or "RequestResponse"
    if kind != "RequestResponse":
        return Response(202 if kind == "Event" else 204, headers, b"")
    try:
        event = json.loads(params.get("Payload") or b"{}")
    except ValueError as error:
        raise AwsError("InvalidRequestContentException", f"Could not parse request body into json: {error}", 400,
                       dict(USER)) from None
    rule = ctx.lifecycle.rule_for("invoke", function.name, version.number)
    answer: Any = rule.get("payload", {"version": version.number, "event": event})
    if rule.get("error"):
        headers["X-Amz-Function-Error"] = "Unhandled"
        answer = rule.get("payload", {"errorMessage": rule["error"], "errorType": "Error"})
    return Response(200, headers, json.dumps(answer).encode())


def _choose(alias: Alias) -> str:
    """The version that is owed most."""
    for number, share in alias.split().items():
        alias.carry[number] = alias.carry.get(number, 0.0) + share
    chosen = max(alias.carry, key=lambda number: (round(alias.carry[number], 9), number == alias.version))
    alias.carry[chosen] -= 1
    return chosen


OPERATIONS = {"Invoke": invoke}
