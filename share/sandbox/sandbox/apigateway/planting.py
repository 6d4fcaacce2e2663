"""APIs for the control API's `seed`, deployed at once.

    {"apis": {"shop": {"routes": {"GET /x": "arn:...", "POST /x": null}, "protocol": "HTTP",
                       "stages": {"$default": {"autoDeploy": true}, "prod": {"stageVariables": {"a": "b"}}}}}}

Routes with the same URI share an integration; null is none.
"""

from typing import Any, Dict

from . import api as api_

MEMBERS = {"routes", "stages", "protocol"}


def apis(world: Any, wanted: Dict[str, Dict[str, Any]], account: str, region: str) -> Dict[str, Any]:
    """Returns {"shop": {"id": "…", "routes": {"GET /x": "…"}, "integrations": {"arn:…": "…"}}}."""
    ctx = world.apigateway.context(account, region)
    usual, world.timing["deployment"] = world.timing["deployment"], 0
    try:
        return {name: _api(ctx, name, what) for name, what in wanted.items()}
    finally:
        world.timing["deployment"] = usual


def _api(ctx: api_.Context, name: str, what: Dict[str, Any]) -> Dict[str, Any]:
    if set(what) - MEMBERS:
        raise ValueError(f"unknown member: {', '.join(sorted(set(what) - MEMBERS))}; there are {', '.join(sorted(MEMBERS))}")
    protocol = what.get("protocol", "HTTP")
    shown = api_.create_api(ctx, {"name": name, "protocolType": protocol,
                                  **({"routeSelectionExpression": "$request.body.action"} if protocol != "HTTP" else {})})
    of: Dict[str, Any] = {"apiId": shown["apiId"]}
    integrations: Dict[str, str] = {}
    routes = {}
    for key, uri in what.get("routes", {}).items():
        if uri and uri not in integrations:
            kind = "AWS_PROXY" if uri.startswith("arn:") else "HTTP_PROXY"
            integrations[uri] = api_.create_integration(ctx, {
                **of, "integrationType": kind, "integrationUri": uri, "integrationMethod": "POST",
                "payloadFormatVersion": "2.0" if kind == "AWS_PROXY" else "1.0"})["integrationId"]
        routes[key] = api_.create_route(ctx, {**of, "routeKey": key, **(
            {"target": "integrations/" + integrations[uri]} if uri else {})})["routeId"]
    for stage, members in what.get("stages", {"$default": {"autoDeploy": True}}).items():
        api_.create_stage(ctx, {**of, "stageName": stage, **members})
        if not members.get("autoDeploy"):
            api_.create_deployment(ctx, {**of, "stageName": stage})
    return {"id": shown["apiId"], "routes": routes, "integrations": integrations}
