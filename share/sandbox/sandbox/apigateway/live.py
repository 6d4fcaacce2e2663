"""What each stage really calls: its deployment's routes, stage variables filled in, and whether Lambda lets it."""

import re
from typing import Any, Dict, List, Optional

from ..lambda_.policy import allows
from .api import Api, Store

FUNCTION = re.compile(r"(?:arn:aws[\w-]*:apigateway:[\w-]+:lambda:path/2015-03-31/functions/)?"
                      r"(arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:([\w-]+)(?::(\$LATEST|[\w-]+))?)(?:/invocations)?")


def stages(world: Any) -> List[Dict[str, Any]]:
    """[{"api", "stage", "deployment", "routes": {key: {"uri", "function", "allowed"}}}]"""
    return [{"api": api.id, "name": api.shown["name"], "region": store.region, "stage": name,
             "deployment": stage.get("deploymentId"), "variables": stage["stageVariables"],
             "routes": _routes(world, store, api, stage)}
            for store in world.apigateway.stores.values() for api in store.apis.values()
            for name, stage in api.stages.items()]


def _routes(world: Any, store: Store, api: Api, stage: Dict[str, Any]) -> Dict[str, Any]:
    integrations, routes = api.contents.get(stage.get("deploymentId", ""), ({}, {}))
    found = {}
    for route in routes.values():
        integration = integrations.get((route.get("target") or "").partition("/")[2])
        uri = re.sub(r"\$\{stageVariables\.(\w+)\}", lambda match: stage["stageVariables"].get(match[1], ""),
                     (integration or {}).get("integrationUri") or "")
        found[route["routeKey"]] = {"uri": uri, **_function(world, store, api, stage, route["routeKey"], uri)}
    return found


def _function(world: Any, store: Store, api: Api, stage: Dict[str, Any], key: str, uri: str) -> Dict[str, Any]:
    match = FUNCTION.fullmatch(uri)
    if match is None:
        return {"function": None, "allowed": None}
    function = world.lambda_.store(store.account, store.region).functions.get(match[2])
    method, _, path = key.partition(" ")
    path = re.sub(r"\{[^}]*\}", "x", path)
    source = f"arn:aws:execute-api:{store.region}:{store.account}:{api.id}/{stage['stageName']}/" + (
        method if method.startswith("$") else f"{'GET' if method == 'ANY' else method}{path}")
    qualifier: Optional[str] = match[3]
    there = function is not None and function.version(qualifier) is not None
    return {"function": match[1], "allowed": bool(there and allows(function, qualifier, "apigateway.amazonaws.com", source,
                                                                  world.timers.now))}
