"""Services: create, update, delete, describe, list."""

import copy
import re
from typing import Any, Dict, List, Tuple

from ..errors import AwsError
from . import native, task_sets
from .common import check_tags, invalid, page
from .model import ECHOED_MEMBERS, QUIET, REVISION_MEMBERS, Cluster, Service, TaskDefinition, short
from .revisions import check_revision, choose_place, usable_definition

# Deployments that aren't over: their tasks may be draining, or be protected. The wording is known from the field.
MAX_DEPLOYMENTS = 5

_CONFIGURATION_DEFAULTS: Dict[str, Any] = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING", "bakeTimeInMinutes": 0,
}


def create_service(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    cluster = ctx.store.cluster(params)
    name = params["serviceName"]
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
        raise invalid("Service name must be 1 to 255 characters: letters, numbers, underscores, and hyphens.")
    token = params.get("clientToken")
    if token is not None and (len(token) > 36 or not token.isascii()):
        raise invalid("clientToken must be up to 36 ASCII characters.")
    existing = cluster.services.get(name)
    if existing and existing.status == "DRAINING":
        raise invalid("Unable to Start a service that is still Draining.")
    if existing and existing.status == "ACTIVE":
        if token and token == existing.client_token:
            return {"service": existing.wire()}
        raise invalid("Creation of service was not idempotent.")

    controller = (params.get("deploymentController") or {}).get("type", "ECS")
    if params.get("desiredCount") is None and params.get("schedulingStrategy") != "DAEMON" and controller == "ECS":
        raise invalid("desiredCount must be specified for REPLICA services.")
    configuration = {**copy.deepcopy(_CONFIGURATION_DEFAULTS), **(params.get("deploymentConfiguration") or {})}
    desired = params.get("desiredCount") or 0
    definition = None
    revision: Dict[str, Any] = {}
    if controller == "ECS":
        definition, revision = _first_revision(ctx, cluster, params)
        _check_configuration(configuration, desired)
        native.check(ctx.store, configuration, revision)
    elif controller == "EXTERNAL":
        task_sets.check_external_service(params)
    else:
        raise AwsError("UnsupportedFeatureException", f"The sandbox has no {controller} deployment controller.")
    check_tags(params.get("tags") or [])

    echoed = {key: copy.deepcopy(params[key]) for key in ECHOED_MEMBERS if params.get(key) is not None}
    for key, default in (("schedulingStrategy", "REPLICA"), ("deploymentController", {"type": "ECS"}),
                         ("enableECSManagedTags", False), ("propagateTags", "NONE"), ("enableExecuteCommand", False),
                         ("placementConstraints", []), ("placementStrategy", []),
                         ("availabilityZoneRebalancing", "ENABLED")):
        echoed.setdefault(key, default)
    service = Service(
        name, ctx.store.arn(f"service/{cluster.name}/{name}"), cluster, ctx.store, desired, ctx.world.date(), ctx.caller,
        revision, echoed, configuration, list(params.get("tags") or []), token)
    cluster.services[name] = service
    if definition:
        ctx.scheduler.start_deployment(service, definition, revision)
    return {"service": service.wire()}


def _first_revision(ctx: Any, cluster: Cluster, params: Dict[str, Any]) -> Tuple[TaskDefinition, Dict[str, Any]]:
    if not params.get("taskDefinition"):
        raise invalid("TaskDefinition cannot be blank.")
    definition = usable_definition(ctx, params["taskDefinition"])
    revision = {key: copy.deepcopy(params[key]) for key in REVISION_MEMBERS if params.get(key) is not None}
    revision["taskDefinition"] = definition.arn
    choose_place(cluster, params, revision)
    check_revision(ctx, revision, definition)
    revision.setdefault("loadBalancers", [])
    revision.setdefault("serviceRegistries", [])
    return definition, revision


def _check_configuration(configuration: Dict[str, Any], desired: int) -> None:
    least, most = configuration["minimumHealthyPercent"], configuration["maximumPercent"]
    if most < 100:
        raise invalid("maximumPercent must be 100 or more.")
    if least < 0 or least > 100:
        raise invalid("minimumHealthyPercent must be between 0 and 100.")
    if most == least:
        raise invalid("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.")


def update_service(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    service = ctx.store.service(params)
    if service.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    if service.controller == "EXTERNAL":
        return _update_external(ctx, service, params)
    definition = service.primary.definition
    revision = dict(service.revision)
    if params.get("taskDefinition"):
        definition = usable_definition(ctx, params["taskDefinition"])
        revision["taskDefinition"] = definition.arn
    for key in REVISION_MEMBERS[1:]:
        if params.get(key) is not None:
            revision[key] = copy.deepcopy(params[key])
    if params.get("capacityProviderStrategy"):
        choose_place(service.cluster, params, revision)
    configuration = native.merge(service.configuration, params.get("deploymentConfiguration") or {})
    desired = service.desired if params.get("desiredCount") is None else params["desiredCount"]
    _check_configuration(configuration, desired)
    check_revision(ctx, revision, definition)
    native.check(ctx.store, configuration, revision)
    changed = params.get("forceNewDeployment") or any(
        revision.get(key) != service.revision.get(key) for key in REVISION_MEMBERS if key not in QUIET)
    if changed and len(service.deployments) >= MAX_DEPLOYMENTS:
        raise invalid(f"{MAX_DEPLOYMENTS} active deployments exist, unable to create new deployment.")

    service.configuration, service.desired = configuration, desired
    _set_echoed(service, params)
    if changed:
        ctx.scheduler.start_deployment(service, definition, revision)
    else:
        service.revision = revision
        service.primary.revision = dict(revision)
        service.primary.desired = desired
        service.primary.updated_at = ctx.world.date()
        ctx.scheduler.poke(service)
    return {"service": service.wire()}


def _set_echoed(service: Service, params: Dict[str, Any]) -> None:
    for key in ECHOED_MEMBERS:
        if params.get(key) is not None and key not in ("schedulingStrategy", "deploymentController"):
            service.echoed[key] = copy.deepcopy(params[key])


def _update_external(ctx: Any, service: Service, params: Dict[str, Any]) -> Dict[str, Any]:
    task_sets.check_external_update(params)
    if params.get("desiredCount") is not None:
        service.desired = params["desiredCount"]
    _set_echoed(service, params)
    ctx.scheduler.poke(service)
    return {"service": service.wire()}


def delete_service(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    service = ctx.store.service(params)
    if service.status == "INACTIVE":
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.status == "ACTIVE":
        if not params.get("force"):
            if service.desired > 0:
                raise invalid("The service cannot be stopped while it is scaled above 0.")
            if len(service.deployments) > 1 or service.live_tasks or service.task_sets:
                raise invalid("The service cannot be stopped while deployments are active.")
        service.status = "DRAINING"
        service.desired = 0
        for deployment in service.deployments:
            deployment.desired = 0
        ctx.scheduler.poke(service)
    return {"service": service.wire()}


def describe_services(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    if not params["services"]:
        raise invalid("Services cannot be empty.")
    if len(params["services"]) > 10:
        raise invalid("Services cannot have more than 10 elements.")
    cluster = ctx.store.cluster(params)
    tags = "TAGS" in (params.get("include") or [])
    found: List[Dict[str, Any]] = []
    failures: List[Dict[str, str]] = []
    for reference in params["services"]:
        service = cluster.services.get(short(reference))
        if service is None:
            failures.append({"arn": ctx.store.arn(f"service/{cluster.name}/{short(reference)}"), "reason": "MISSING"})
        else:
            found.append(service.wire(tags))
    return {"services": found, "failures": failures}


def list_services(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    cluster = ctx.store.cluster(params)
    launch_type, strategy = params.get("launchType"), params.get("schedulingStrategy")
    arns = [service.arn for service in cluster.services.values() if service.status != "INACTIVE"
            and launch_type in (None, service.revision.get("launchType"))
            and strategy in (None, service.echoed["schedulingStrategy"])]
    return page(arns, params, "serviceArns", 10)


OPERATIONS = {
    "CreateService": create_service,
    "DeleteService": delete_service,
    "DescribeServices": describe_services,
    "ListServices": list_services,
    "UpdateService": update_service,
}
