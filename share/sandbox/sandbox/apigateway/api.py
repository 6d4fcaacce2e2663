"""The operations of API Gateway v2 that deploying needs, on the sandbox's clock.

API reference "API Gateway V2", developer guide "Working with HTTP APIs" (stages, deployments, stage variables).
Members have their names of the wire. What AWS shows is kept as it is shown.
"""

import copy
import json
import re
import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..access import Key
from ..errors import AwsError, of_kind
from ..http import Response
from ..protocol import operation_model
from ..world import World

Things = Dict[str, Dict[str, Any]]

# Maps that an update changes one by one: a member left out stays, an empty value takes it away.
MERGED = ("stageVariables", "requestParameters", "routeSettings")
VARIABLE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]*")
STAGE_NAME = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")
ROUTE_KEY = re.compile(r"\$default|\$connect|\$disconnect|(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) /\S*")
PAGE, LARGEST_PAGE = 100, 500


@dataclass(eq=False)
class Api:
    shown: Dict[str, Any]
    integrations: Things = field(default_factory=dict)
    routes: Things = field(default_factory=dict)
    stages: Things = field(default_factory=dict)
    deployments: Things = field(default_factory=dict)
    contents: Dict[str, Tuple[Things, Things]] = field(default_factory=dict)    # deployment -> integrations, routes

    @property
    def id(self) -> str:
        return self.shown["apiId"]


@dataclass(eq=False)
class Store:
    account: str
    region: str
    apis: Dict[str, Api] = field(default_factory=dict)


@dataclass
class Context:
    world: World
    store: Store

    def api(self, params: Dict[str, Any]) -> Api:
        api = self.store.apis.get(params["apiId"])
        if api is None:
            raise absent(f"Invalid API identifier specified {self.store.account}:{params['apiId']}")
        return api

    def look(self, cause: str) -> None:
        """What a stage calls may have changed."""
        from . import live
        live.look(self.world, cause)

    def date(self) -> str:
        return datetime.fromtimestamp(self.world.date(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


KINDS = {"Route": ("routes", "routeId"), "Integration": ("integrations", "integrationId"), "Stage": ("stages", "stageName"),
         "Deployment": ("deployments", "deploymentId")}
Handler = Callable[[Context, Dict[str, Any]], Optional[Dict[str, Any]]]


def absent(message: str) -> AwsError:
    return AwsError("NotFoundException", message, 404)


def bad(message: str) -> AwsError:
    return AwsError("BadRequestException", message)


def conflict(message: str) -> AwsError:
    return AwsError("ConflictException", message, 409)


def new_id(length: int = 7) -> str:
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(length))


def _given(params: Dict[str, Any], *without: str) -> Dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None and name not in ("apiId", *without)}


def _change(thing: Dict[str, Any], params: Dict[str, Any], *without: str) -> None:
    for name, value in _given(params, *without).items():
        if name in MERGED:
            merged = {**thing.get(name, {}), **value}
            thing[name] = {key: item for key, item in merged.items() if item != ""}
        else:
            thing[name] = value


def _find(things: Things, name: str, kind: str) -> Dict[str, Any]:
    if name not in things:
        raise absent(f"Invalid {kind} identifier specified")
    return things[name]


def _list(items: List[Dict[str, Any]], params: Dict[str, Any]) -> Dict[str, Any]:
    try:
        start, size = int(params.get("nextToken") or 0), int(params.get("maxResults") or PAGE)
    except ValueError:
        raise bad("Invalid value for maxResults or nextToken") from None
    if not 1 <= size <= LARGEST_PAGE:
        raise bad(f"maxResults must be between 1 and {LARGEST_PAGE}")
    shown: Dict[str, Any] = {"items": items[start:start + size]}
    if start + size < len(items):
        shown["nextToken"] = str(start + size)
    return shown


# ---- APIs

def create_api(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    """With `target`: an integration, the $default route and a $default stage that deploys by itself (quick create)."""
    name, http = new_id(10), params["protocolType"] == "HTTP"
    if not http and not params.get("routeSelectionExpression"):
        raise bad("RouteSelectionExpression is required for WEBSOCKET APIs")
    api = Api({"apiKeySelectionExpression": "$request.header.x-api-key", "disableExecuteApiEndpoint": False,
               "routeSelectionExpression": "$request.method $request.path", "ipAddressType": "ipv4", "tags": {},
               **_given(params, "target", "routeKey", "credentialsArn"), "apiId": name, "createdDate": ctx.date(),
               "apiEndpoint": f"{'https' if http else 'wss'}://{name}.execute-api.{ctx.store.region}.amazonaws.com"})
    ctx.store.apis[name] = api
    if params.get("target"):
        integration = create_integration(ctx, {
            "apiId": name, "integrationType": "AWS_PROXY" if ":lambda:" in params["target"] else "HTTP_PROXY",
            "integrationUri": params["target"], "payloadFormatVersion": "2.0"})
        create_route(ctx, {"apiId": name, "routeKey": params.get("routeKey") or "$default",
                           "target": "integrations/" + integration["integrationId"]})
        create_stage(ctx, {"apiId": name, "stageName": "$default", "autoDeploy": True})
        for thing in (*api.integrations.values(), *api.routes.values(), *api.stages.values()):
            thing["apiGatewayManaged"] = True
    return api.shown


def get_api(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    return ctx.api(params).shown


def get_apis(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    return _list([api.shown for api in ctx.store.apis.values()], params)


def update_api(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    api = ctx.api(params)
    _change(api.shown, params, "target", "routeKey", "credentialsArn")
    return api.shown


def delete_api(ctx: Context, params: Dict[str, Any]) -> None:
    del ctx.store.apis[ctx.api(params).id]


# ---- integrations

def create_integration(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    api = ctx.api(params)
    integration = {"connectionType": "INTERNET", "timeoutInMillis": 30000 if api.shown["protocolType"] == "HTTP" else 29000,
                   **_given(params), "integrationId": new_id()}
    if integration["integrationType"] == "AWS_PROXY":
        integration.setdefault("integrationMethod", "POST")
    _check_integration(api, integration)
    api.integrations[integration["integrationId"]] = integration
    _deploy_itself(ctx, api)
    return integration


def _check_integration(api: Api, integration: Dict[str, Any]) -> None:
    if integration["integrationType"] == "MOCK" or integration.get("integrationSubtype"):
        return
    if api.shown["protocolType"] == "HTTP" and integration["integrationType"] not in ("AWS_PROXY", "HTTP_PROXY"):
        raise bad("HTTP APIs support the integration types AWS_PROXY and HTTP_PROXY only")
    uri = integration.get("integrationUri")
    if not uri:
        raise bad("IntegrationUri is required for this integration")
    if integration["integrationType"] != "AWS_PROXY":
        return
    if api.shown["protocolType"] == "HTTP" and not integration.get("payloadFormatVersion"):
        raise bad("PayloadFormatVersion is a required parameter for integration")
    if not re.match(r"arn:aws[\w-]*:(lambda|apigateway):", uri):
        raise bad("Invalid ARN specified in the request. The URI is not that of a Lambda function: " + uri)


def get_integration(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    return _find(ctx.api(params).integrations, params["integrationId"], "Integration")


def get_integrations(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    return _list(list(ctx.api(params).integrations.values()), params)


def update_integration(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    api, integration = ctx.api(params), get_integration(ctx, params)
    changed = copy.deepcopy(integration)
    _change(changed, params)
    _check_integration(api, changed)
    integration.update(changed)
    _deploy_itself(ctx, api)
    return integration


def delete_integration(ctx: Context, params: Dict[str, Any]) -> None:
    api, integration = ctx.api(params), get_integration(ctx, params)
    name = integration["integrationId"]
    if any(route.get("target") == "integrations/" + name for route in api.routes.values()):
        raise conflict(f"Cannot delete Integration '{name}' because it is referenced by a Route.")
    del api.integrations[name]
    _deploy_itself(ctx, api)


# ---- routes

def create_route(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    api = ctx.api(params)
    route = {"apiKeyRequired": False, "authorizationType": "NONE", **_given(params), "routeId": new_id()}
    _check_route(api, route)
    api.routes[route["routeId"]] = route
    _deploy_itself(ctx, api)
    return route


def _check_route(api: Api, route: Dict[str, Any]) -> None:
    key = route["routeKey"]
    if api.shown["protocolType"] == "HTTP" and not ROUTE_KEY.fullmatch(key):
        raise bad("The provided route key is not formatted properly for HTTP protocol. Format should be \"<HTTP METHOD> "
                  f"/<RESOURCE PATH>\" or \"$default\": {key}")
    if any(other is not route and other["routeId"] != route["routeId"] and other["routeKey"] == key
           for other in api.routes.values()):
        raise conflict(f"Route with key {key} already exists for this API")
    target = route.get("target")
    if target and target.partition("/")[0] != "integrations":
        raise bad(f"Invalid target: {target}")
    if target and target.partition("/")[2] not in api.integrations:
        raise bad(f"Integration {target.partition('/')[2]} does not exist")


def get_route(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    return _find(ctx.api(params).routes, params["routeId"], "Route")


def get_routes(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    return _list(list(ctx.api(params).routes.values()), params)


def update_route(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    api, route = ctx.api(params), get_route(ctx, params)
    changed = copy.deepcopy(route)
    _change(changed, params)
    if changed.get("target") == "":
        del changed["target"]
    _check_route(api, changed)
    route.clear()
    route.update(changed)
    _deploy_itself(ctx, api)
    return route


def delete_route(ctx: Context, params: Dict[str, Any]) -> None:
    api, route = ctx.api(params), get_route(ctx, params)
    del api.routes[route["routeId"]]
    _deploy_itself(ctx, api)


# ---- stages and deployments

def create_stage(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    api, name = ctx.api(params), params["stageName"]
    if not STAGE_NAME.fullmatch(name):
        raise bad("Stage name only allows a-zA-Z0-9_- and $default: " + name)
    if name in api.stages:
        raise conflict("Stage already exists")
    stage = {"autoDeploy": False, "defaultRouteSettings": {"detailedMetricsEnabled": False}, "routeSettings": {},
             "stageVariables": {}, "tags": {}, **_given(params), "createdDate": ctx.date(), "lastUpdatedDate": ctx.date()}
    _check_stage(api, stage, params)
    api.stages[name] = stage
    if stage["autoDeploy"]:
        _deploy_itself(ctx, api, name)
    return stage


def _check_stage(api: Api, stage: Dict[str, Any], params: Dict[str, Any]) -> None:
    for name, value in (params.get("stageVariables") or {}).items():
        if not re.fullmatch(r"\w+", name) or not VARIABLE.fullmatch(value):
            raise bad(f"Stage variable '{name}' has an invalid value: {value}. Please use values with alphanumeric "
                      "characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', ',', and '@'.")
    if params.get("deploymentId"):
        if stage["autoDeploy"]:
            raise bad(f"Deployment ID cannot be set on stage '{stage['stageName']}' because AutoDeploy is enabled")
        if params["deploymentId"] not in api.deployments:
            raise bad("Deployment ID does not exist: " + params["deploymentId"])


def get_stage(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    return _find(ctx.api(params).stages, params["stageName"], "stage")


def get_stages(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    return _list(list(ctx.api(params).stages.values()), params)


def update_stage(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    api, stage = ctx.api(params), get_stage(ctx, params)
    changed = copy.deepcopy(stage)
    _change(changed, params)
    _check_stage(api, changed, params)
    stage.update(changed, lastUpdatedDate=ctx.date())
    if stage["autoDeploy"]:
        _deploy_itself(ctx, api, stage["stageName"])
    return stage


def delete_stage(ctx: Context, params: Dict[str, Any]) -> None:
    stage = get_stage(ctx, params)
    del ctx.api(params).stages[stage["stageName"]]


def create_deployment(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    api = ctx.api(params)
    stage = _find(api.stages, params["stageName"], "stage") if params.get("stageName") else None
    if stage and stage["autoDeploy"]:
        raise bad(f"Deployment cannot be created for stage '{stage['stageName']}' because AutoDeploy is enabled")
    if not api.routes:
        raise bad("At least one route is required before deploying the Api.")
    return _deploy(ctx, api, stage, params.get("description"), False)


def _deploy_itself(ctx: Context, api: Api, only: Optional[str] = None) -> None:
    """The stages with autoDeploy get what there is now."""
    for name, stage in api.stages.items():
        if stage["autoDeploy"] and only in (None, name) and api.routes:
            _deploy(ctx, api, stage, "Automatic deployment triggered by changes to the Api configuration", True)


def _deploy(ctx: Context, api: Api, stage: Optional[Dict[str, Any]], description: Optional[str],
            itself: bool) -> Dict[str, Any]:
    name = new_id(6)
    deployment = {"deploymentId": name, "autoDeployed": itself, "createdDate": ctx.date(), "deploymentStatus": "PENDING"}
    if description:
        deployment["description"] = description
    api.deployments[name] = deployment
    api.contents[name] = copy.deepcopy((api.integrations, api.routes))

    def done() -> None:
        deployment["deploymentStatus"] = "DEPLOYED"
        if stage is not None:
            stage["deploymentId"] = name
            stage["lastUpdatedDate"] = ctx.date()
            if itself:
                stage["lastDeploymentStatusMessage"] = f"Successfully deployed stage with deployment ID '{name}'"
            ctx.look("deployment")
    if ctx.world.ms("deployment"):
        ctx.world.timers.after(ctx.world.ms("deployment"), done)
    else:
        done()
    return deployment


def get_deployment(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    return _find(ctx.api(params).deployments, params["deploymentId"], "Deployment")


def get_deployments(ctx: Context, params: Dict[str, Any]) -> Dict[str, Any]:
    return _list(list(reversed(ctx.api(params).deployments.values())), params)


def delete_deployment(ctx: Context, params: Dict[str, Any]) -> None:
    api, deployment = ctx.api(params), get_deployment(ctx, params)
    if any(stage.get("deploymentId") == deployment["deploymentId"] for stage in api.stages.values()):
        raise bad("Active stages pointing to this deployment must be moved or deleted")
    del api.deployments[deployment["deploymentId"]]


OPERATIONS: Dict[str, Handler] = {
    "CreateApi": create_api, "GetApi": get_api, "GetApis": get_apis, "UpdateApi": update_api, "DeleteApi": delete_api,
    "CreateIntegration": create_integration, "GetIntegration": get_integration, "GetIntegrations": get_integrations,
    "UpdateIntegration": update_integration, "DeleteIntegration": delete_integration,
    "CreateRoute": create_route, "GetRoute": get_route, "GetRoutes": get_routes, "UpdateRoute": update_route,
    "DeleteRoute": delete_route,
    "CreateStage": create_stage, "GetStage": get_stage, "GetStages": get_stages, "UpdateStage": update_stage,
    "DeleteStage": delete_stage,
    "CreateDeployment": create_deployment, "GetDeployment": get_deployment, "GetDeployments": get_deployments,
    "DeleteDeployment": delete_deployment,
}


class ApiGateway:
    def __init__(self, world: World) -> None:
        self.world = world
        self.reset()

    def reset(self) -> None:
        self.stores: Dict[Tuple[str, str], Store] = {}

    def context(self, account: str, region: str) -> Context:
        if (account, region) not in self.stores:
            self.stores[account, region] = Store(account, region)
        return Context(self.world, self.stores[account, region])

    def answer(self, operation: str, params: Dict[str, Any], key: Key, region: str) -> Response:
        handler = OPERATIONS.get(operation)
        if handler is None:
            raise of_kind("unknown-operation", f"{operation} is not implemented in the sandbox", "apigatewayv2", "rest-json")
        ctx = self.context(key.account, region)
        result = handler(ctx, params)
        if operation in ("UpdateStage", "DeleteStage", "DeleteApi"):
            ctx.look(operation)
        model = operation_model("apigatewayv2", operation)
        assert model is not None
        return Response(model.http["responseCode"], {"Content-Type": "application/json"},
                        b"" if result is None else json.dumps(result).encode())

    def resource(self, operation: str, params: Dict[str, Any], _account: str, region: str) -> str:
        """The ARN a denial names."""
        path = f"/{params['apiId']}" if params.get("apiId") else ""
        for noun, (folder, member) in KINDS.items():
            if operation.rstrip("s").endswith(noun):
                path += f"/{folder}" + ("" if operation.startswith("Create") or not params.get(member) else f"/{params[member]}")
        return f"arn:aws:apigateway:{region}::/apis{path}"
