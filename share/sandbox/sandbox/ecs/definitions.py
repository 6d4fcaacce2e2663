"""Task definitions."""

import copy
import re
from typing import Any, Dict, List, Optional

from ..errors import AwsError
from .common import check_tags, client_error, invalid, page
from .model import TaskDefinition

# "Task CPU and memory", Amazon ECS task definition parameters for Fargate.
FARGATE_MEMORY = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4097, 1024)),
    1024: set(range(2048, 8193, 1024)),
    2048: set(range(4096, 16385, 1024)),
    4096: set(range(8192, 30721, 1024)),
    8192: set(range(16384, 61441, 4096)),
    16384: set(range(32768, 122881, 8192)),
    32768: {61440, 122880, 184320, 249856},
}

# What AWS fills in for a container that leaves it out.
_CONTAINER_DEFAULTS: Dict[str, Any] = {
    "cpu": 0, "portMappings": [], "essential": True, "environment": [], "mountPoints": [], "volumesFrom": [],
    "systemControls": [],
}


def find_definition(store: Any, reference: str) -> TaskDefinition:
    """By ARN, family:revision, or family (its newest active revision)."""
    name = reference.rpartition("task-definition/")[2]
    family, _, revision = name.partition(":")
    revisions = store.families.get(family, [])
    if revision:
        if revision.isdigit() and 1 <= int(revision) <= len(revisions):
            found = revisions[int(revision) - 1]
            if found.body["status"] != "DELETED":
                return found
    else:
        for found in reversed(revisions):
            if found.active:
                return found
    raise client_error("Unable to describe task definition.")


def register_task_definition(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    _check(params)
    body = copy.deepcopy({key: value for key, value in params.items() if key != "tags"})
    body["containerDefinitions"] = [_complete_container(item, body) for item in body["containerDefinitions"]]
    body.setdefault("volumes", [])
    body.setdefault("placementConstraints", [])
    check_tags(params.get("tags") or [])
    revisions = ctx.store.families.setdefault(body["family"], [])
    revision = len(revisions) + 1
    arn = ctx.store.arn(f"task-definition/{body['family']}:{revision}")
    fargate = body.get("networkMode") == "awsvpc" and body.get("cpu") and body.get("memory")
    body.update(taskDefinitionArn=arn, revision=revision, status="ACTIVE", requiresAttributes=[],
                compatibilities=["EC2", "FARGATE"] if fargate else ["EC2"],
                registeredAt=ctx.world.date(), registeredBy=ctx.caller)
    definition = TaskDefinition(body["family"], revision, arn, body, list(params.get("tags") or []))
    revisions.append(definition)
    return {"taskDefinition": body, "tags": definition.tags}


def _complete_container(container: Dict[str, Any], body: Dict[str, Any]) -> Dict[str, Any]:
    whole = {**copy.deepcopy(_CONTAINER_DEFAULTS), **container}
    for mapping in whole["portMappings"]:
        mapping.setdefault("protocol", "tcp")
        mapping.setdefault("hostPort", mapping.get("containerPort", 0) if body.get("networkMode") == "awsvpc" else 0)
    return whole


def _check(params: Dict[str, Any]) -> None:
    containers = params["containerDefinitions"]
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", params["family"]):
        raise client_error("Family should not contain invalid characters. Valid characters are 'a-zA-Z0-9_-'. The "
                           "family name must be between 1 and 255 characters.")
    if not containers:
        raise client_error("Container list cannot be empty.")
    names = [container.get("name", "") for container in containers]
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
            raise client_error("Container.name should not be null or empty." if not name else
                               f"Invalid container name '{name}'. Up to 255 letters (uppercase and lowercase), numbers, "
                               "underscores, and hyphens are allowed.")
        if names.count(name) > 1:
            raise client_error(f"Invalid 'containerDefinitions' setting: container name '{name}' is not unique.")
    for container in containers:
        if not container.get("image"):
            raise client_error("Container.image should not be null or empty.")
        if not params.get("memory") and not container.get("memory") and not container.get("memoryReservation"):
            raise client_error(f"Invalid setting for container '{container['name']}'. At least one of 'memory' or "
                               "'memoryReservation' must be specified.")
    if not any(container.get("essential", True) for container in containers):
        raise client_error("A task definition must have at least one essential container.")
    if "FARGATE" in (params.get("requiresCompatibilities") or []):
        _check_fargate(params)


def _check_fargate(params: Dict[str, Any]) -> None:
    if params.get("networkMode") != "awsvpc":
        raise client_error("Fargate only supports network mode 'awsvpc'.")
    cpu, memory = _cpu_units(params.get("cpu")), _mebibytes(params.get("memory"))
    if cpu is None:
        raise client_error("Fargate requires that 'cpu' be defined at the task level.")
    if memory is None:
        raise client_error("Fargate requires that 'memory' be defined at the task level.")
    if memory not in FARGATE_MEMORY.get(cpu, ()):
        raise client_error("No Fargate configuration exists for given values: "
                           f"{params['cpu']} CPU, {params['memory']} memory.")
    for container in params["containerDefinitions"]:
        driver = (container.get("logConfiguration") or {}).get("logDriver")
        if driver == "awslogs" and not params.get("executionRoleArn"):
            raise client_error("Fargate requires task definition to have execution role ARN to support log driver "
                               "awslogs.")
        if container.get("secrets") and not params.get("executionRoleArn"):
            raise client_error("When you are specifying container secrets, you must also specify a value for "
                               "'executionRoleArn'.")
        if container.get("privileged"):
            raise client_error("Fargate does not support privileged containers.")


def _cpu_units(text: Optional[str]) -> Optional[int]:
    match = re.fullmatch(r"\s*([\d.]+)\s*(vcpu)?\s*", text or "", re.IGNORECASE)
    if not match:
        return None
    return round(float(match[1]) * 1024) if match[2] else int(float(match[1]))


def _mebibytes(text: Optional[str]) -> Optional[int]:
    match = re.fullmatch(r"\s*([\d.]+)\s*(gb)?\s*", text or "", re.IGNORECASE)
    if not match:
        return None
    return round(float(match[1]) * 1024) if match[2] else int(float(match[1]))


def describe_task_definition(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    definition = find_definition(ctx.store, params["taskDefinition"])
    result: Dict[str, Any] = {"taskDefinition": definition.body}
    if "TAGS" in (params.get("include") or []):
        result["tags"] = definition.tags
    return result


def deregister_task_definition(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    definition = find_definition(ctx.store, params["taskDefinition"])
    definition.body["status"] = "INACTIVE"
    definition.body["deregisteredAt"] = ctx.world.date()
    return {"taskDefinition": definition.body}


def delete_task_definitions(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    deleted: List[Dict[str, Any]] = []
    failures: List[Dict[str, str]] = []
    if len(params["taskDefinitions"]) > 10:
        raise invalid("taskDefinitions cannot have more than 10 elements.")
    for reference in params["taskDefinitions"]:
        try:
            definition = find_definition(ctx.store, reference)
        except AwsError:
            failures.append({"arn": reference, "reason": "MISSING"})
            continue
        if definition.active:
            failures.append({"arn": definition.arn, "reason": "ACTIVE", "detail": "The specified task definition is "
                             "still in ACTIVE status. Please deregister the target and try again."})
            continue
        used = any(task.live and task.definition is definition
                   for cluster in ctx.store.clusters.values() for task in cluster.tasks.values())
        definition.body["status"] = "DELETE_IN_PROGRESS" if used else "DELETED"
        deleted.append({**definition.body, "status": "DELETE_IN_PROGRESS"})
    return {"taskDefinitions": deleted, "failures": failures}


def list_task_definitions(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    status = params.get("status") or "ACTIVE"
    prefix = params.get("familyPrefix")
    arns = [definition.arn for family in sorted(ctx.store.families) if prefix in (None, family)
            for definition in ctx.store.families[family] if definition.body["status"] == status]
    if params.get("sort") == "DESC":
        arns.reverse()
    return page(arns, params, "taskDefinitionArns")


def list_task_definition_families(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    status = params.get("status") or "ACTIVE"
    prefix = params.get("familyPrefix") or ""
    names = [name for name in sorted(ctx.store.families) if name.startswith(prefix)
             and (status == "ALL" or any(item.active for item in ctx.store.families[name]) == (status == "ACTIVE"))]
    return page(names, params, "families")


OPERATIONS = {
    "DeleteTaskDefinitions": delete_task_definitions,
    "DeregisterTaskDefinition": deregister_task_definition,
    "DescribeTaskDefinition": describe_task_definition,
    "ListTaskDefinitionFamilies": list_task_definition_families,
    "ListTaskDefinitions": list_task_definitions,
    "RegisterTaskDefinition": register_task_definition,
}
