"""What a service's or task set's tasks are made from, and whether AWS would."""

import copy
from typing import Any, Dict

from ..errors import AwsError
from . import targets
from .common import client_error, invalid
from .definitions import find_definition
from .model import Cluster, TaskDefinition


def usable_definition(ctx: Any, reference: str) -> TaskDefinition:
    try:
        definition = find_definition(ctx.store, reference)
    except AwsError:
        raise client_error("TaskDefinition not found.") from None
    if not definition.active:
        raise client_error("TaskDefinition is inactive")
    return definition


def choose_place(cluster: Cluster, params: Dict[str, Any], revision: Dict[str, Any]) -> None:
    """Launch type or capacity providers: as given, or the cluster's default, or EC2."""
    strategy = params.get("capacityProviderStrategy")
    if strategy and params.get("launchType"):
        raise invalid("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try "
                      "again.")
    for item in strategy or []:
        if item["capacityProvider"] not in cluster.capacity_providers:
            raise invalid("The specified capacity provider strategy cannot contain a capacity provider that is not "
                          "associated with the cluster. Associate the capacity provider with the cluster and try again.")
    if strategy:
        revision.pop("launchType", None)
    elif not params.get("launchType"):
        if cluster.default_strategy:
            revision["capacityProviderStrategy"] = copy.deepcopy(cluster.default_strategy)
        else:
            revision["launchType"] = "EC2"
    if uses_fargate(revision):
        revision.setdefault("platformVersion", "LATEST")


def uses_fargate(revision: Dict[str, Any]) -> bool:
    return revision.get("launchType") == "FARGATE" or any(
        item["capacityProvider"].startswith("FARGATE") for item in revision.get("capacityProviderStrategy") or [])


def check_revision(ctx: Any, revision: Dict[str, Any], definition: TaskDefinition) -> None:
    if definition.body.get("networkMode") == "awsvpc" and not revision.get("networkConfiguration"):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if definition.body.get("networkMode") != "awsvpc" and revision.get("networkConfiguration"):
        raise invalid("Network Configuration is not valid for the given networkMode of this task definition.")
    network = (revision.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    if revision.get("networkConfiguration") and not network.get("subnets"):
        raise invalid("subnets can not be empty.")
    if len(network.get("subnets", [])) > 16:
        raise invalid("subnets can have at most 16 items.")
    if len(network.get("securityGroups", [])) > 5:
        raise invalid("securityGroups can have at most 5 items.")
    if uses_fargate(revision) and "FARGATE" not in definition.body["compatibilities"]:
        raise invalid("Task definition does not support launch_type FARGATE.")
    wrong = targets.check_load_balancers(ctx.store, definition.containers, revision.get("loadBalancers") or [])
    if wrong:
        raise AwsError(*wrong)
