"""Task sets: services whose deployments somebody else steers (EXTERNAL)."""

import copy
import math
import random
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from ..errors import AwsError
from .common import check_tags, invalid
from .model import Service, Task, TaskDefinition, counts
from .revisions import check_revision, choose_place, usable_definition

MAX_TASK_SETS = 5

# CreateService takes these with the ECS controller only; here CreateTaskSet does.
OF_THE_TASK_SET = ("taskDefinition", "networkConfiguration", "loadBalancers", "serviceRegistries", "launchType",
                   "capacityProviderStrategy", "platformVersion")


@dataclass(eq=False)
class TaskSet:
    id: str
    arn: str
    service: Service
    definition: TaskDefinition
    revision: Dict[str, Any]                # OF_THE_TASK_SET, as Deployment.revision
    scale: Dict[str, Any]
    created_at: float
    updated_at: float
    stable_at: float
    status: str = "ACTIVE"
    stability: str = "STABILIZING"
    external_id: Optional[str] = None
    client_token: Optional[str] = None
    tags: List[Dict[str, str]] = field(default_factory=list)
    backoff_until: int = 0                  # no new tasks before (sandbox ms)
    failures_in_row: int = 0                # for the back-off

    def event(self, at: float, text: str) -> None:
        self.service.event(at, text, f", taskSet {self.id}")

    @property
    def desired(self) -> int:
        """computedDesiredCount: rounded up, and following the service's count."""
        if self.status == "DRAINING":
            return 0
        return math.ceil(self.service.desired * self.scale["value"] / 100 - 1e-9)

    def tasks(self) -> List[Task]:
        return [task for task in self.service.live_tasks if task.deployment is self]

    def wire(self, tags: bool = False) -> Dict[str, Any]:
        running, pending = counts(self.tasks())
        shown = {
            "id": self.id, "taskSetArn": self.arn, "serviceArn": self.service.arn,
            "clusterArn": self.service.cluster.arn, "startedBy": "", "status": self.status,
            "computedDesiredCount": self.desired, "runningCount": running, "pendingCount": pending,
            "createdAt": self.created_at, "updatedAt": self.updated_at, "scale": self.scale,
            "stabilityStatus": self.stability, "stabilityStatusAt": self.stable_at, "loadBalancers": [],
            "serviceRegistries": [], "tags": self.tags if tags else [],
            **{name: value for name, value in self.revision.items() if value is not None},
        }
        if self.external_id is not None:
            shown["externalId"] = self.external_id
        return shown


def reconcile(scheduler: Any, service: Service) -> None:
    """One look of the scheduler at an EXTERNAL service."""
    for task_set in list(service.task_sets):
        mine = [task for task in task_set.tasks() if task.wanted]
        surplus = sorted(mine, key=lambda task: not task.healthy)[task_set.desired:]
        scheduler.stop_tasks(service, surplus, f"taskSet {task_set.id}")
        missing = task_set.desired - len(mine)
        if missing > 0:
            now = scheduler.world.timers.now
            if now < task_set.backoff_until:
                scheduler.poke(service, task_set.backoff_until - now)
            else:
                scheduler.place(service, task_set, task_set.definition, task_set.revision, missing, mine)
        live = task_set.tasks()
        if task_set.status == "DRAINING" and not live:
            service.task_sets.remove(task_set)
            continue
        # Those that still stop don't matter (TaskSet, stabilityStatus).
        wanted = [task for task in live if task.wanted]
        steady = len(wanted) == task_set.desired and all(task.healthy for task in wanted)
        if steady and task_set.stability != "STEADY_STATE" and task_set.desired:
            task_set.event(scheduler.world.date(), "has reached a steady state.")
        _set_stability(task_set, "STEADY_STATE" if steady else "STABILIZING", scheduler.world.date())
    steady = all(item.stability == "STEADY_STATE" for item in service.task_sets)
    if steady and not service.steady:
        service.event(scheduler.world.date(), "has reached a steady state.")
    service.steady = steady


def _set_stability(task_set: TaskSet, state: str, at: float) -> None:
    if task_set.stability != state:
        task_set.stability, task_set.stable_at, task_set.updated_at = state, at, at


def check_external_service(params: Dict[str, Any]) -> None:
    for name in OF_THE_TASK_SET + ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"):
        if params.get(name):
            raise invalid(f"{name} is not supported with the EXTERNAL deployment controller; specify it on the task set.")
    if params.get("schedulingStrategy") == "DAEMON":
        raise invalid("The DAEMON scheduling strategy is not supported with the EXTERNAL deployment controller.")
    configuration = params.get("deploymentConfiguration") or {}
    for name in ("deploymentCircuitBreaker", "alarms"):
        if (configuration.get(name) or {}).get("enable"):
            raise invalid(f"{name} is not supported with the EXTERNAL deployment controller.")
    if configuration.get("strategy", "ROLLING") != "ROLLING" or configuration.get("lifecycleHooks"):
        raise invalid("Deployment strategies and lifecycle hooks are not supported with the EXTERNAL deployment controller.")


def check_external_update(params: Dict[str, Any]) -> None:
    allowed = {"cluster", "service", "desiredCount", "healthCheckGracePeriodSeconds", "placementConstraints",
               "placementStrategy", "enableECSManagedTags", "propagateTags", "enableExecuteCommand"}
    if any(value not in (None, False) for name, value in params.items() if name not in allowed):
        raise invalid("Invalid arguments to update service with EXTERNAL deployment controller. Only desired count, "
                      "placement, health check grace period and tag settings can be updated.")


def _external(ctx: Any, params: Dict[str, Any]) -> Service:
    service = ctx.store.service(params)
    if service.controller != "EXTERNAL":
        raise AwsError("UnsupportedFeatureException", "The service does not use the EXTERNAL deployment controller.")
    return service


def _find(service: Service, reference: str) -> TaskSet:
    for task_set in service.task_sets:
        if reference in (task_set.arn, task_set.id):
            return task_set
    raise AwsError("TaskSetNotFoundException", "The specified task set was not found.")


def create_task_set(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    service = _external(ctx, params)
    if service.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    token = params.get("clientToken")
    if token is not None and (len(token) > 36 or not token.isascii()):
        raise invalid("clientToken must be up to 36 ASCII characters.")
    for task_set in service.task_sets:
        if token and task_set.client_token == token:
            return {"taskSet": task_set.wire(True)}
    if len(service.task_sets) >= MAX_TASK_SETS:
        raise invalid("5 deployments exist on the service. Unable to create new task set. Wait for an existing task set "
                      "to be deleted and try again.")
    definition = usable_definition(ctx, params["taskDefinition"])
    revision = {name: copy.deepcopy(params[name]) for name in OF_THE_TASK_SET if params.get(name) is not None}
    revision["taskDefinition"] = definition.arn
    choose_place(service.cluster, params, revision)
    if len(revision.get("loadBalancers") or []) > 1:
        raise invalid("Multiple load balancers are not supported with the EXTERNAL deployment controller.")
    check_revision(ctx, revision, definition)
    check_tags(params.get("tags") or [])
    scale = {"value": 0.0, "unit": "PERCENT", **(params.get("scale") or {})}
    _check_scale(scale)
    identity = f"ecs-svc/{random.randrange(10**18, 10**19)}"
    now = ctx.world.date()
    task_set = TaskSet(
        identity, ctx.store.arn(f"task-set/{service.cluster.name}/{service.name}/{identity}"), service, definition,
        revision, scale, now, now, now, external_id=params.get("externalId"), client_token=token,
        tags=list(params.get("tags") or []))
    if ctx.world.config["fresh_task_sets"] == "steady":
        task_set.stability = "STEADY_STATE"
    service.task_sets.append(task_set)
    ctx.scheduler.poke(service)
    return {"taskSet": task_set.wire(True)}


def _check_scale(scale: Dict[str, Any]) -> None:
    if not 0 <= scale["value"] <= 100:
        raise invalid("The scale value must be between 0 and 100 percent.")


def describe_task_sets(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    service = _external(ctx, params)
    wanted = params.get("taskSets")
    tags = "TAGS" in (params.get("include") or [])
    found = [item for item in service.task_sets if not wanted or item.arn in wanted or item.id in wanted]
    known = {name for item in found for name in (item.arn, item.id)}
    return {"taskSets": [item.wire(tags) for item in found],
            "failures": [{"arn": name, "reason": "MISSING"} for name in wanted or [] if name not in known]}


def update_task_set(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    service = _external(ctx, params)
    task_set = _find(service, params["taskSet"])
    scale = {"value": 0.0, "unit": "PERCENT", **params["scale"]}
    _check_scale(scale)
    if task_set.status == "DRAINING":
        raise invalid("The task set is DRAINING.")
    task_set.scale, task_set.updated_at = scale, ctx.world.date()
    _set_stability(task_set, "STABILIZING", ctx.world.date())
    ctx.scheduler.poke(service)
    return {"taskSet": task_set.wire(True)}


def delete_task_set(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    service = _external(ctx, params)
    task_set = _find(service, params["taskSet"])
    if not params.get("force") and task_set.scale["value"] > 0:
        raise invalid("The task set cannot be deleted while it is scaled above 0; use force.")
    if task_set.status == "PRIMARY":
        service.revision = {}    # without a primary task set these are null
    if task_set.status != "DRAINING":
        task_set.status, task_set.updated_at = "DRAINING", ctx.world.date()
    ctx.scheduler.poke(service)
    return {"taskSet": task_set.wire(True)}


def update_service_primary_task_set(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    service = _external(ctx, params)
    task_set = _find(service, params["primaryTaskSet"])
    if task_set.status == "DRAINING":
        raise invalid("The task set is DRAINING and cannot become PRIMARY.")
    for item in service.task_sets:
        if item.status == "PRIMARY":
            item.status = "ACTIVE"
    task_set.status = "PRIMARY"
    task_set.updated_at = ctx.world.date()
    service.revision = copy.deepcopy(task_set.revision)
    return {"taskSet": task_set.wire(True)}


OPERATIONS = {
    "CreateTaskSet": create_task_set,
    "DeleteTaskSet": delete_task_set,
    "DescribeTaskSets": describe_task_sets,
    "UpdateServicePrimaryTaskSet": update_service_primary_task_set,
    "UpdateTaskSet": update_task_set,
}
