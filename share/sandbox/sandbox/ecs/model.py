"""Clusters, services, deployments and tasks, and how AWS shows them.

Dates are epoch seconds, as on the wire. A task is *live* until its
lastStatus is STOPPED, and *wanted* while its desiredStatus is RUNNING.
"""

import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Deque, Dict, List, Optional, Tuple

from ..clock import Timer

# What a new deployment is made from; a change of one starts one, except for
# those in QUIET (aws: UpdateService, "triggers a new service deployment").
REVISION_MEMBERS = (
    "taskDefinition", "launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration",
    "loadBalancers", "serviceRegistries", "serviceConnectConfiguration", "volumeConfigurations",
    "vpcLatticeConfigurations",
)
QUIET = ("launchType", "capacityProviderStrategy")

# What a service shows as it was asked for.
ECHOED_MEMBERS = (
    "placementConstraints", "placementStrategy", "healthCheckGracePeriodSeconds", "schedulingStrategy",
    "deploymentController", "enableECSManagedTags", "propagateTags", "enableExecuteCommand",
    "availabilityZoneRebalancing",
)

MAX_EVENTS = 100
STARTING = ("PROVISIONING", "PENDING", "ACTIVATING")


@dataclass(eq=False)
class Cluster:
    name: str
    arn: str
    capacity_providers: List[str] = field(default_factory=list)
    default_strategy: List[Dict[str, Any]] = field(default_factory=list)
    settings: List[Dict[str, Any]] = field(default_factory=list)
    tags: List[Dict[str, str]] = field(default_factory=list)
    status: str = "ACTIVE"
    services: Dict[str, "Service"] = field(default_factory=dict)
    tasks: Dict[str, "Task"] = field(default_factory=dict)
    # clientToken of RunTask -> its parameters and tasks
    run_tokens: Dict[str, Tuple[Dict[str, Any], List["Task"]]] = field(default_factory=dict)

    def wire(self, include: List[str]) -> Dict[str, Any]:
        active = [service for service in self.services.values() if service.status != "INACTIVE"]
        live = [task for task in self.tasks.values() if task.live]
        shown = {
            "clusterArn": self.arn, "clusterName": self.name, "status": self.status,
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": sum(task.last_status == "RUNNING" for task in live),
            "pendingTasksCount": sum(task.last_status in STARTING for task in live),
            "activeServicesCount": len(active), "statistics": [], "tags": [],
            "settings": self.settings if "SETTINGS" in include else [],
            "capacityProviders": self.capacity_providers,
            "defaultCapacityProviderStrategy": self.default_strategy,
        }
        if "TAGS" in include:
            shown["tags"] = self.tags
        return shown


@dataclass(eq=False)
class TaskDefinition:
    family: str
    revision: int
    arn: str
    body: Dict[str, Any]                    # as DescribeTaskDefinition shows it
    tags: List[Dict[str, str]] = field(default_factory=list)

    @property
    def active(self) -> bool:
        return self.body["status"] == "ACTIVE"

    @property
    def containers(self) -> List[Dict[str, Any]]:
        return self.body["containerDefinitions"]

    def image(self) -> str:
        return self.main_container().get("image", "")

    def main_container(self) -> Dict[str, Any]:
        return next((item for item in self.containers if item.get("essential", True)), self.containers[0])


@dataclass(eq=False)
class Deployment:
    """One entry of a service's deployments[]."""

    id: str
    service: "Service"
    definition: TaskDefinition
    revision: Dict[str, Any]                # REVISION_MEMBERS
    revision_arn: str
    created_at: float
    status: str = "PRIMARY"
    rollout_state: str = "IN_PROGRESS"
    reason: str = ""
    failed_tasks: int = 0                   # as shown, reset by a healthy task
    failures: int = 0                       # as the breaker counts, see breaker.py
    desired: int = 0
    rollback_of: Optional["Deployment"] = None
    updated_at: float = 0.0
    backoff_until: int = 0                  # no new tasks before (sandbox ms)
    failures_in_row: int = 0                # for the back-off
    # loadBalancers with the target groups that are really its own, see shifting.resolve()
    balancers: Optional[List[Dict[str, Any]]] = None

    def event(self, at: float, text: str) -> None:
        self.service.event(at, text)

    def tasks(self) -> List["Task"]:
        return [task for task in self.service.live_tasks if task.deployment is self]

    def wire(self) -> Dict[str, Any]:
        running, pending = counts(self.tasks())
        shown = {
            "id": self.id, "status": self.status, "taskDefinition": self.definition.arn,
            "desiredCount": self.desired, "runningCount": running, "pendingCount": pending,
            "failedTasks": self.failed_tasks, "createdAt": self.created_at, "updatedAt": self.updated_at,
            "rolloutState": self.rollout_state, "rolloutStateReason": self.reason,
        }
        for name in ("launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration",
                     "serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"):
            if self.revision.get(name) is not None:
                shown[name] = self.revision[name]
        if "platformVersion" in shown:
            shown["platformFamily"] = "Linux"
        return shown


@dataclass(eq=False)
class Service:
    name: str
    arn: str
    cluster: Cluster
    store: Any                              # api.Store, whose account and region it lives in
    desired: int
    created_at: float
    created_by: str
    revision: Dict[str, Any]                # REVISION_MEMBERS as last asked for
    echoed: Dict[str, Any]                  # ECHOED_MEMBERS
    configuration: Dict[str, Any]           # deploymentConfiguration
    tags: List[Dict[str, str]] = field(default_factory=list)
    client_token: Optional[str] = None
    status: str = "ACTIVE"
    deployments: List[Deployment] = field(default_factory=list)
    live_tasks: List["Task"] = field(default_factory=list)
    events: Deque[Dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_EVENTS))
    history: List["ServiceDeployment"] = field(default_factory=list)   # newest first
    task_sets: List[Any] = field(default_factory=list)
    last_good: Optional[Deployment] = None
    steady: bool = False
    no_room_said: int = -10**9              # when the last "unable to place" event was written
    timer: Optional[Timer] = None           # next look of the scheduler

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]

    @property
    def controller(self) -> str:
        return self.echoed["deploymentController"]["type"]

    def event(self, at: float, text: str, part: str = "") -> None:
        """`part`: the task set it is about, ", taskSet ecs-svc/1"."""
        self.events.appendleft({"id": str(uuid.uuid4()), "createdAt": at,
                                "message": f"(service {self.name}{part}) {text}"})

    def wire(self, tags: bool = True) -> Dict[str, Any]:
        running, pending = counts(self.live_tasks)
        shown = {
            "serviceArn": self.arn, "serviceName": self.name, "clusterArn": self.cluster.arn, "status": self.status,
            "desiredCount": self.desired, "runningCount": running, "pendingCount": pending,
            "createdAt": self.created_at, "createdBy": self.created_by,
            "deploymentConfiguration": self.configuration,
            "deployments": [deployment.wire() for deployment in self.deployments],
            "events": list(self.events),
            **self.echoed,
        }
        for name in REVISION_MEMBERS:
            if self.revision.get(name) is not None and name not in ("serviceConnectConfiguration",
                                                                    "volumeConfigurations",
                                                                    "vpcLatticeConfigurations"):
                shown[name] = self.revision[name]
        if self.task_sets:
            shown["taskSets"] = [task_set.wire() for task_set in self.task_sets]
        if self.history and self.controller == "ECS":
            shown["currentServiceDeployment"] = self.history[0].arn
        if tags and self.tags:
            shown["tags"] = self.tags
        return shown


@dataclass(eq=False)
class ServiceDeployment:
    """What ListServiceDeployments shows: one change, its rollback included."""

    arn: str
    service: Service
    target: Deployment
    sources: List[Deployment]
    created_at: float
    configuration: Dict[str, Any]
    status: str = "IN_PROGRESS"
    reason: str = ""
    started_at: float = 0.0
    updated_at: float = 0.0
    finished_at: Optional[float] = None
    stopped_at: Optional[float] = None
    rollback: Optional[Dict[str, Any]] = None
    triggered_alarms: List[str] = field(default_factory=list)
    breaker_state: str = "MONITORING"
    rollout: Any = None                     # native.Rollout, unless it is a rolling deployment

    @property
    def final(self) -> bool:
        return self.status in ("SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")


@dataclass(eq=False)
class Task:
    id: str
    arn: str
    cluster: Cluster
    store: Any
    definition: TaskDefinition
    group: str
    started_by: str
    created_at: float
    launch_type: str
    service: Optional[Service] = None
    deployment: Any = None                  # Deployment or TaskSet
    provider: Optional[str] = None
    subnet: str = ""
    address: str = ""
    load_balancers: List[Dict[str, Any]] = field(default_factory=list)
    behaviour: Dict[str, Any] = field(default_factory=dict)
    tags: List[Dict[str, str]] = field(default_factory=list)
    overrides: Dict[str, Any] = field(default_factory=dict)
    last_status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    healthy: bool = False                   # counts for a deployment
    failed: bool = False                    # counts against it
    health: str = "UNKNOWN"
    dates: Dict[str, float] = field(default_factory=dict)
    stop_code: str = ""
    stopped_reason: str = ""
    containers: List[Dict[str, Any]] = field(default_factory=list)
    running_since: int = 0                  # sandbox ms
    version: int = 1
    timer: Optional[Timer] = None

    @property
    def live(self) -> bool:
        return self.last_status != "STOPPED"

    @property
    def wanted(self) -> bool:
        return self.desired_status == "RUNNING"

    def event(self, at: float, text: str) -> None:
        """An event of its service, if it has one."""
        if self.deployment:
            self.deployment.event(at, text)

    def wire(self, tags: bool = False) -> Dict[str, Any]:
        shown = {
            "taskArn": self.arn, "clusterArn": self.cluster.arn, "taskDefinitionArn": self.definition.arn,
            "lastStatus": self.last_status, "desiredStatus": self.desired_status, "healthStatus": self.health,
            "group": self.group, "startedBy": self.started_by, "launchType": self.launch_type,
            "createdAt": self.created_at, "version": self.version, "containers": self.containers,
            "overrides": self.overrides, "attachments": self._attachments(), "attributes": [],
            "availabilityZone": f"{self.store.region}a", "enableExecuteCommand": False,
            "cpu": self.definition.body.get("cpu", "0"), "memory": self.definition.body.get("memory", "0"),
            "tags": self.tags if tags else [], **self.dates,
        }
        if self.launch_type == "FARGATE":
            shown["platformVersion"], shown["platformFamily"] = "1.4.0", "Linux"
        if self.provider:
            shown["capacityProviderName"] = self.provider
        if self.stop_code:
            shown["stopCode"] = self.stop_code
        if self.stopped_reason:
            shown["stoppedReason"] = self.stopped_reason
        return shown

    def _attachments(self) -> List[Dict[str, Any]]:
        if not self.address:
            return []
        status = "ATTACHED" if self.live else "DELETED"
        return [{"id": self.id[:8], "type": "ElasticNetworkInterface", "status": status, "details": [
            {"name": "subnetId", "value": self.subnet},
            {"name": "privateIPv4Address", "value": self.address}]}]


def counts(tasks: List[Task]) -> "tuple[int, int]":
    """(running, pending) as services and deployments show them."""
    running = sum(task.last_status == "RUNNING" for task in tasks)
    pending = sum(task.last_status in STARTING and task.wanted for task in tasks)
    return running, pending


def short(reference: str) -> str:
    """The last part of an ARN, or the name itself."""
    return reference.rsplit("/", 1)[-1]
