"""Tasks: list, describe, stop, run."""

from typing import Any, Dict, List

from ..errors import AwsError
from . import placement
from .common import client_error, invalid, page
from .definitions import find_definition
from .model import Task, short


MAX_RUN = 10


def list_tasks(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    cluster = ctx.store.cluster(params)
    status = params.get("desiredStatus") or "RUNNING"
    started_by, family, service = params.get("startedBy"), params.get("family"), params.get("serviceName")
    if started_by and (family or service):
        raise invalid("startedBy cannot be combined with other filters.")
    tasks = cluster.tasks.values()
    if service:
        if short(service) not in cluster.services:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        wanted = short(service)
        tasks = [task for task in tasks if task.service and task.service.name == wanted]
    arns = [task.arn for task in tasks
            if task.desired_status == status
            and started_by in (None, task.started_by)
            and family in (None, task.definition.family)
            and params.get("launchType") in (None, task.launch_type)]
    return page(arns, params, "taskArns")


def describe_tasks(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    if not params["tasks"]:
        raise invalid("Tasks cannot be empty.")
    if len(params["tasks"]) > 100:
        raise invalid("Tasks cannot have more than 100 elements.")
    cluster = ctx.store.cluster(params)
    tags = "TAGS" in (params.get("include") or [])
    found: List[Dict[str, Any]] = []
    failures: List[Dict[str, str]] = []
    for reference in params["tasks"]:
        task = cluster.tasks.get(short(reference))
        if task is None:
            failures.append({"arn": ctx.store.arn(f"task/{cluster.name}/{short(reference)}"), "reason": "MISSING"})
        else:
            found.append(task.wire(tags))
    return {"tasks": found, "failures": failures}


def stop_task(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    task = ctx.store.cluster(params).tasks.get(short(params["task"]))
    if task is None:
        raise invalid("The referenced task was not found.")
    ctx.scheduler.lifecycle.stop(task, "UserInitiated", params.get("reason") or "Task stopped by user")
    return {"task": task.wire()}


def run_task(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    cluster = ctx.store.cluster(params)
    definition = find_definition(ctx.store, params["taskDefinition"])
    if not definition.active:
        raise client_error("TaskDefinition is inactive")
    network = params.get("networkConfiguration")
    if definition.body.get("networkMode") == "awsvpc" and not network:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    overrides = params.get("overrides") or {}
    for override in overrides.get("containerOverrides") or []:
        if override.get("name") not in [container["name"] for container in definition.containers]:
            raise invalid(f"Override for container named {override.get('name')} is not a container in the TaskDefinition.")
    if not 1 <= (params.get("count") or 1) <= MAX_RUN:
        raise invalid("count must be between 1 and 10.")
    token = params.get("clientToken")
    known = cluster.run_tokens.get(token) if token else None
    if known:
        if known[0] != params:
            raise AwsError("ConflictException", "The RunTask request could not be processed due to conflicts: the "
                           "clientToken was used with other parameters.")
        return {"tasks": [task.wire(True) for task in known[1]], "failures": []}
    strategy = params.get("capacityProviderStrategy")
    if not strategy and not params.get("launchType"):
        strategy = cluster.default_strategy
    started: List[Task] = []
    failures: List[Dict[str, str]] = []
    for _ in range(params.get("count") or 1):
        launch_type, provider = placement.next_place(strategy, params.get("launchType"), started)
        if placement.room(ctx.world, ctx.store, provider or launch_type) <= 0:
            failures.append({"reason": "Capacity is unavailable at this time. Please try again later or in a different "
                             "availability zone" if launch_type == "FARGATE" else "RESOURCE:CPU"})
            continue
        started.append(ctx.scheduler.lifecycle.launch(
            ctx.store, cluster, definition, launch_type, provider, network=network,
            group=params.get("group") or f"family:{definition.family}", started_by=params.get("startedBy") or "",
            tags=params.get("tags"), overrides=overrides))
    if token:
        cluster.run_tokens[token] = (params, started)
    return {"tasks": [task.wire(True) for task in started], "failures": failures}


OPERATIONS = {
    "DescribeTasks": describe_tasks,
    "ListTasks": list_tasks,
    "RunTask": run_task,
    "StopTask": stop_task,
}
