"""What each stage really calls: its deployment's routes, stage variables filled in, and whether Lambda lets it.

A route of a stage that once could call its function, and can't any more, is a hole, as one of a load balancer's rule
is; what isn't in the stage's deployment any more is none.
"""

import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

from ..lambda_.policy import allows
from ..traffic import Rule
from .api import Api, Store

FUNCTION = re.compile(r"(?:arn:aws[\w-]*:apigateway:[\w-]+:lambda:path/2015-03-31/functions/)?"
                      r"(arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:([\w-]+)(?::(\$LATEST|[\w-]+))?)(?:/invocations)?")


def stages(world: Any) -> List[Dict[str, Any]]:
    """[{"api", "stage", "deployment", "routes": {key: {"uri", "function", "allowed"}}, "integrations", "deployments"}]"""
    return [{"api": api.id, "name": api.shown["name"], "region": store.region, "stage": stage["stageName"],
             "deployment": stage.get("deploymentId"), "variables": stage["stageVariables"],
             "routes": _routes(world, store, api, stage), "deployments": len(api.deployments),
             "integrations": [{"uri": item.get("integrationUri"), "description": item.get("description")}
                              for item in api.integrations.values()]} for store, api, stage in _stages(world)]


def _stages(world: Any) -> Iterator[Tuple[Store, Api, Dict[str, Any]]]:
    for store in world.apigateway.stores.values():
        for api in store.apis.values():
            for stage in api.stages.values():
                yield store, api, stage


def filled(uri: str, stage: Dict[str, Any]) -> str:
    return re.sub(r"\$\{stageVariables\.(\w+)\}", lambda match: stage["stageVariables"].get(match[1], ""), uri)


def _routes(world: Any, store: Store, api: Api, stage: Dict[str, Any]) -> Dict[str, Any]:
    integrations, routes = api.contents.get(stage.get("deploymentId", ""), ({}, {}))
    found = {}
    for route in routes.values():
        integration = integrations.get((route.get("target") or "").partition("/")[2])
        uri = filled((integration or {}).get("integrationUri") or "", stage)
        found[route["routeKey"]] = {"uri": uri, **function_of(world, store, api, stage, route["routeKey"], uri)}
    return found


def function_of(world: Any, store: Store, api: Api, stage: Dict[str, Any], key: str, uri: str) -> Dict[str, Any]:
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


# ---- holes

class RouteRule(Rule):
    """A route of a stage as a rule with one target: what it calls."""

    world: Any
    place: Tuple[Store, Api, Dict[str, Any], str]

    @property
    def label(self) -> str:
        _, api, stage, key = self.place
        return f"{api.shown['name']}/{stage['stageName']} {key}"

    def name_of(self, group_arn: str) -> str:
        return group_arn

    def serving(self, group_arn: str) -> int:
        store, api, stage, key = self.place
        route = _routes(self.world, store, api, stage).get(key)
        if route is None:
            return 0
        # a URL answers, as far as is known here
        return int(route["allowed"] if route["function"] else bool(route["uri"].startswith("http")))

    def why(self, group_arn: str) -> str:
        return "the route can't call it"


def look(world: Any, cause: str) -> None:
    """Something has changed that decides which stage can call what."""
    rules, seen = world.traffic.rules, set()
    for store, api, stage in _stages(world):
        for key, found in _routes(world, store, api, stage).items():
            arn = f"arn:aws:apigateway:{store.region}::/apis/{api.id}/stages/{stage['stageName']}/{key}"
            seen.add(arn)
            rule = rules.get(arn)
            if rule is None:
                rule = RouteRule(arn, arn, api.shown["name"], 0, key, api)
                rule.world, rule.place = world, (store, api, stage, key)
            world.traffic.own_rule_changed(rule, {found["function"] or found["uri"] or "nothing": 100}, cause)
    for rule in [rule for rule in rules.values() if isinstance(rule, RouteRule) and rule.arn not in seen]:
        world.traffic.own_rule_gone(rule)
