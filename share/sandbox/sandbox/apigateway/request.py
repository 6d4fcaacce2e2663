"""A request through an API: stage, route, integration, function, version.

Developer guide, "Routing API requests" of HTTP APIs: the most specific route counts, a greedy variable less than any
other match, $default when none matches.
"""

import json
import re
from typing import Any, Dict, List, Optional, Tuple

from ..errors import AwsError
from .api import Api, Store
from .live import filled, function_of


def send(world: Any, body: Dict[str, Any]) -> Dict[str, Any]:
    """{"api", "stage" ($default), "method" (GET), "path" (/)}: {"status", "route", "function", "version", "message"}."""
    found = next(((store, store.apis[body["api"]]) for store in world.apigateway.stores.values()
                  if body["api"] in store.apis), None)
    stage = found and found[1].stages.get(body.get("stage", "$default"))
    if not found or not stage:
        return {"status": 404, "message": "Not Found: no such API or stage"}
    store, api = found
    integrations, routes = api.contents.get(stage.get("deploymentId", ""), ({}, {}))
    route = _choose(list(routes.values()), body.get("method", "GET"), body.get("path", "/"))
    if route is None:
        return {"status": 404, "message": "Not Found: no route"}
    answer: Dict[str, Any] = {"route": route["routeKey"], "status": 500}
    integration = integrations.get((route.get("target") or "").partition("/")[2])
    if integration is None:
        return {**answer, "message": "Internal Server Error: the route has no integration"}
    uri = filled(integration.get("integrationUri", ""), stage)
    if integration["integrationType"] != "AWS_PROXY" or integration.get("integrationSubtype"):
        return {**answer, "status": 200, "uri": uri}
    return {**answer, **_invoke(world, store, api, stage, route, uri)}


def _choose(routes: List[Dict[str, Any]], method: str, path: str) -> Optional[Dict[str, Any]]:
    best: Tuple[Any, Optional[Dict[str, Any]]] = ((-1,), None)
    for route in routes:
        wanted, _, pattern = route["routeKey"].partition(" ")
        if wanted == "$default":
            rank: Any = (0,)
        elif wanted not in ("ANY", method) or not _pattern(pattern).fullmatch(path):
            continue
        else:
            parts = pattern.split("/")
            rank = (1 if parts[-1].endswith("+}") else 2, [not part.startswith("{") for part in parts], wanted != "ANY")
        if rank > best[0]:
            best = (rank, route)
    return best[1]


def _pattern(path: str) -> "re.Pattern[str]":
    parts = re.split(r"(\{[^}]*\})", path)
    return re.compile("".join(".+" if part.endswith("+}") else "[^/]+" if part.startswith("{") else re.escape(part)
                              for part in parts))


def _invoke(world: Any, store: Store, api: Api, stage: Dict[str, Any], route: Dict[str, Any], uri: str) -> Dict[str, Any]:
    found = function_of(world, store, api, stage, route["routeKey"], uri)
    if not found["allowed"]:
        return {"function": found["function"], "message": "Internal Server Error: "
                + ("not permitted" if found["function"] else f"no function: {uri}")}
    try:
        response = world.lambda_.call("Invoke", {"FunctionName": found["function"], "Payload": json.dumps(
            {"routeKey": route["routeKey"]}).encode()}, store.account, store.region)
    except AwsError as error:
        return {"function": found["function"], "message": f"Internal Server Error: {error.message}"}
    return {"status": 500 if "X-Amz-Function-Error" in response.headers else 200, "function": found["function"],
            "version": response.headers["X-Amz-Executed-Version"]}
