"""Aliases: one version, or two with the share of the other.

Developer guide, "Implement Lambda canary deployments using a weighted alias": at most two versions, both published,
with the same execution role and dead-letter queue.
"""

from typing import Any, Dict, Optional, Tuple

from . import extras
from .common import LATEST, check_revision, conflict, find_unqualified, invalid, missing, page
from .model import Alias, Function


def create_alias(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function = find_unqualified(ctx, params)
    name = params["Name"]
    if name in function.aliases:
        raise conflict(f"Alias already exists: {function.aliases[name].arn}")
    weights = _weights(params.get("RoutingConfig"))
    _check(function, params["FunctionVersion"], weights)
    alias = Alias(function, name, params["FunctionVersion"], params.get("Description") or "", weights)
    function.aliases[name] = alias
    ctx.routing.changed(alias, "CreateAlias")
    return alias.wire()


def update_alias(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    """Members left out stay, the weights too."""
    function, alias = find_alias(ctx, params)
    check_revision(params.get("RevisionId"), alias.revision_id, "GetFunction/GetAlias")
    version = params.get("FunctionVersion") or alias.version
    weights = alias.weights if params.get("RoutingConfig") is None else _weights(params["RoutingConfig"])
    _check(function, version, weights)
    if version != alias.version:
        extras.allocate_again(ctx, function, alias.name)
    alias.version, alias.weights = version, weights
    if params.get("Description") is not None:
        alias.description = params["Description"]
    alias.carry.clear()
    alias.changed()
    ctx.routing.changed(alias, "UpdateAlias")
    return alias.wire()


def _weights(routing: Optional[Dict[str, Any]]) -> Dict[str, float]:
    return {version: float(weight) for version, weight in ((routing or {}).get("AdditionalVersionWeights") or {}).items()}


def _check(function: Function, version: str, weights: Dict[str, float]) -> None:
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if weights and version == LATEST:
        raise invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    for number, weight in weights.items():
        if number == version:
            raise invalid(f"Invalid function version {number}. Function version {number} is already included in routing "
                          "configuration.")
        if not 0 <= weight <= 1:
            raise invalid(f"Invalid weight {weight} of version {number}: it must be between 0.0 and 1.0")
    for number in (version, *weights):
        if function.version(number) is None:
            raise missing(f"Function not found: {function.arn}:{number}")
    for number in weights:
        first, second = function.version(version), function.version(number)
        assert first is not None and second is not None
        if first.config["Role"] != second.config["Role"]:
            raise invalid("Specified versions must be associated with the same execution role")
        if first.config["DeadLetterConfig"].get("TargetArn") != second.config["DeadLetterConfig"].get("TargetArn"):
            raise invalid("Specified versions must have the same dead letter queue configuration")


def find_alias(ctx: Any, params: Dict[str, Any]) -> Tuple[Function, Alias]:
    function = find_unqualified(ctx, params)
    alias = function.aliases.get(params["Name"])
    if alias is None:
        raise missing(f"Cannot find alias arn: {function.arn}:{params['Name']}")
    return function, alias


def get_alias(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    return find_alias(ctx, params)[1].wire()


def delete_alias(ctx: Any, params: Dict[str, Any]) -> None:
    """An alias that isn't there is no error; its policy, URL and concurrency go along."""
    function = find_unqualified(ctx, params)
    if function.aliases.pop(params["Name"], None):
        for owned in (function.policies, function.urls, function.provisioned, function.invoke_configs):
            owned.pop(params["Name"], None)
        ctx.routing.look(function, "DeleteAlias")


def list_aliases(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    function = find_unqualified(ctx, params)
    wanted = params.get("FunctionVersion")
    return page([alias.wire() for _, alias in sorted(function.aliases.items())
                 if wanted is None or wanted in alias.versions], params, "Aliases", 50)


OPERATIONS = {
    "CreateAlias": create_alias,
    "UpdateAlias": update_alias,
    "GetAlias": get_alias,
    "DeleteAlias": delete_alias,
    "ListAliases": list_aliases,
}
