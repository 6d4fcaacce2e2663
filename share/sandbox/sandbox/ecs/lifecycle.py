"""The life of one task, from PROVISIONING to STOPPED.

Each step sets the timer for the next. How long they take, and whether they
succeed, says the first behaviour that matches the task when it is launched.
"""

import random
import re
import uuid
from typing import Any, Callable, Dict, List, Optional

from ..world import World
from . import targets
from .model import Cluster, Deployment, Service, Task, TaskDefinition

BEHAVIOUR_MEMBERS = {
    "match", "times",
    "skip",            # so many matching tasks first are left to the other rules
    "provision", "pull", "activate", "healthy", "stop",     # seconds, instead of the timing's
    "no_launch",       # text of an event instead of a task, see Lifecycle.refuse_launch
    "start_error",     # stoppedReason of a task that doesn't leave PROVISIONING
    "pull_error",      # same for the image: "CannotPullContainerError: " comes before it
    "never_running",   # stays in ACTIVATING
    "exit_after",      # seconds RUNNING until the main container exits
    "exit_code", "reason",   # of the container
    "stop_reason",     # stoppedReason instead of "Essential container in task exited"
    "health",          # "unhealthy": health checks fail
    "health_of",       # "container": its own check fails, not the load balancer's
    "health_reason",   # "Health checks failed with these codes: [500]"
    "health_code",     # the target's, "Target.ResponseCodeMismatch"; unless given, as the reason suggests
    "target_healthy",  # seconds a target is initial, instead of the timing's
    "log",             # lines the main container writes, or {"container": lines}
}
MATCH_MEMBERS = {"image", "family", "service", "cluster"}


def find_behaviour(rules: List[Dict[str, Any]], definition: TaskDefinition, cluster: Cluster,
                   service: Optional[Service]) -> Dict[str, Any]:
    """The first rule that fits and has turns left, which costs it one."""
    facts = {"image": definition.image(), "family": definition.family, "cluster": cluster.name,
             "service": service.name if service else ""}
    for rule in rules:
        if rule.get("times", 1) <= 0:
            continue
        if all(re.search(pattern, facts[what]) for what, pattern in rule.get("match", {}).items()):
            if rule.get("skip", 0) > 0:
                rule["skip"] -= 1
                continue
            if "times" in rule:
                rule["times"] -= 1
            return rule
    return {}


class Lifecycle:
    def __init__(self, world: World, poke: Callable[..., None]) -> None:
        self.world = world
        self.poke = poke

    # ---- starting

    def behaviour(self, definition: TaskDefinition, cluster: Cluster, service: Optional[Service]) -> Dict[str, Any]:
        return find_behaviour(self.world.behaviours, definition, cluster, service)

    def refuse_launch(self, service: Service, deployment: Any, text: str) -> None:
        """The scheduler can't make a task: an event, and "failed to launch ..." counts as a failed task."""
        deployment.event(self.world.date(), text)
        if text.startswith("failed to launch"):
            self._count_failure(deployment)
        else:
            deployment.backoff_until = self.world.timers.now + self.world.ms("place")
        self.poke(service, deployment.backoff_until - self.world.timers.now)

    def launch(self, store: Any, cluster: Cluster, definition: TaskDefinition, launch_type: str,
               provider: Optional[str] = None, service: Optional[Service] = None, deployment: Any = None,
               network: Optional[Dict[str, Any]] = None, load_balancers: Optional[List[Dict[str, Any]]] = None,
               group: str = "", started_by: str = "", tags: Optional[List[Dict[str, str]]] = None,
               behaviour: Optional[Dict[str, Any]] = None, overrides: Optional[Dict[str, Any]] = None) -> Task:
        task_id = uuid.uuid4().hex
        task = Task(
            id=task_id, arn=store.arn(f"task/{cluster.name}/{task_id}"), cluster=cluster, store=store,
            definition=definition, group=group or f"service:{service.name if service else ''}", started_by=started_by,
            created_at=self.world.date(), launch_type=launch_type, service=service, deployment=deployment,
            provider=provider, load_balancers=load_balancers or [], tags=list(tags or []), overrides=overrides or {},
            behaviour=self.behaviour(definition, cluster, service) if behaviour is None else behaviour)
        subnets = (network or {}).get("awsvpcConfiguration", {}).get("subnets") or []
        if subnets:
            task.subnet, has_room = store.pick_subnet(subnets)
            if has_room:
                task.address = ".".join(str(part) for part in (10, *random.choices(range(1, 255), k=3)))
        task.containers = [{
            "containerArn": store.arn(f"container/{cluster.name}/{task_id}/{uuid.uuid4()}"), "taskArn": task.arn,
            "name": container["name"], "image": container.get("image", ""), "lastStatus": "PENDING",
            "healthStatus": "UNKNOWN", "cpu": str(container.get("cpu", 0)),
            "networkInterfaces": [{"attachmentId": task_id[:8], "privateIpv4Address": task.address}]
            if task.address else [],
        } for container in definition.containers]
        cluster.tasks[task_id] = task
        store.count(task, +1)
        if service:
            service.live_tasks.append(task)
        self._after(task, "provision", self._provisioned)
        return task

    def _after(self, task: Task, step: str, action: Callable[[Task], None]) -> None:
        seconds = task.behaviour.get(step)
        delay = self.world.ms(step) if seconds is None else round(seconds * 1000)
        self._in(task, delay, action)

    def _in(self, task: Task, delay_ms: int, action: Callable[[Task], None]) -> None:
        if task.timer:
            task.timer.cancel()
        task.timer = self.world.timers.after(delay_ms, lambda: action(task))

    def _enter(self, task: Task, status: str) -> None:
        task.last_status = status
        task.version += 1

    def _provisioned(self, task: Task) -> None:
        if task.behaviour.get("start_error"):
            return self.fail_to_start(task, task.behaviour["start_error"])
        if task.subnet and not task.address:
            return self.fail_to_start(task, (
                f"Unexpected EC2 error while attempting to Create Network Interface in subnet '{task.subnet}': "
                f"InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to "
                f"satisfy the request."))
        missing = targets.missing_log_group(self.world, task)
        if missing:
            return self.fail_to_start(task, (
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                "failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not "
                f"exist. : exit status 1 ({missing})"))
        self._enter(task, "PENDING")
        task.dates["pullStartedAt"] = self.world.date()
        self._after(task, "pull", self._pulled)

    def _pulled(self, task: Task) -> None:
        if task.behaviour.get("pull_error"):
            text = task.behaviour["pull_error"]
            text = text if text.startswith("CannotPullContainerError") else f"CannotPullContainerError: {text}"
            task.containers[0]["reason"] = text
            return self.fail_to_start(task, text)
        task.dates["pullStoppedAt"] = self.world.date()
        self._enter(task, "ACTIVATING")
        if not task.behaviour.get("never_running"):
            self._after(task, "activate", self._activated)

    def _activated(self, task: Task) -> None:
        self._enter(task, "RUNNING")
        now = self.world.date()
        task.running_since = self.world.timers.now
        task.dates.update(startedAt=now, connectivityAt=now)
        for container in task.containers:
            container["lastStatus"] = "RUNNING"
        targets.register(self.world, task)
        targets.write_log(self.world, task)
        wait = self.world.ms("healthy") if task.behaviour.get("healthy") is None \
            else round(task.behaviour["healthy"] * 1000)
        wait = max(wait, targets.healthy_after_ms(self.world, task))
        exit_after = self._exit_after_ms(task)
        if exit_after is not None and exit_after <= wait:
            self._in(task, exit_after, self._exited)
        elif task.behaviour.get("health") == "unhealthy":
            grace = (task.service.echoed.get("healthCheckGracePeriodSeconds") or 0) if task.service else 0
            self._in(task, max(wait, grace * 1000), self._unhealthy)
        else:
            self._in(task, wait, self._became_healthy)

    def _exit_after_ms(self, task: Task) -> Optional[int]:
        seconds = task.behaviour.get("exit_after")
        return None if seconds is None else round(seconds * 1000)

    def _became_healthy(self, task: Task) -> None:
        task.healthy = True
        task.timer = None
        if any(container.get("healthCheck") for container in task.definition.containers):
            task.health = "HEALTHY"
            for container in task.containers:
                container["healthStatus"] = "HEALTHY"
        exit_after = self._exit_after_ms(task)
        if exit_after is not None:
            self._in(task, task.running_since + exit_after - self.world.timers.now, self._exited)
        if task.service:
            task.deployment.failures_in_row = 0
            if isinstance(task.deployment, Deployment):
                task.deployment.failed_tasks = 0
                breaker = task.service.configuration.get("deploymentCircuitBreaker") or {}
                if breaker.get("resetOnHealthyTask", True):
                    task.deployment.failures = 0
            self.poke(task.service, 0)

    # ---- ending

    def _exited(self, task: Task) -> None:
        main = task.definition.main_container()["name"]
        for container in task.containers:
            if container["name"] == main:
                container["exitCode"] = task.behaviour.get("exit_code", 1)
                if task.behaviour.get("reason"):
                    container["reason"] = task.behaviour["reason"]
            else:
                container["exitCode"] = 143
        task.failed = True
        self.stop(task, "EssentialContainerExited",
                  task.behaviour.get("stop_reason", "Essential container in task exited"), exited=True)

    def target_failed(self, task: Task, why: str) -> None:
        """Its target became unhealthy: ECS replaces the task."""
        self._after(task, "target_replaced", lambda item: self._unhealthy(item, why))

    def _unhealthy(self, task: Task, why: str = "") -> None:
        task.failed = True
        if task.load_balancers and task.behaviour.get("health_of") != "container":
            group = task.load_balancers[0].get("targetGroupArn", "")
            why = why or task.behaviour.get("health_reason", targets.DEFAULT_WHY)
            task.event(self.world.date(), (
                f"(port {task.load_balancers[0].get('containerPort')}) is unhealthy in (target-group {group}) "
                f"due to (reason {why})."))
            reason = f"Task failed ELB health checks in (target-group {group})"
        else:
            task.health = "UNHEALTHY"
            task.event(self.world.date(), f"(task {task.id}) failed container health checks.")
            reason = "Task failed container health checks"
        self.stop(task, "ServiceSchedulerInitiated", reason)

    def fail_to_start(self, task: Task, reason: str) -> None:
        task.failed = True
        self.stop(task, "TaskFailedToStart", reason, exited=True)

    def stop(self, task: Task, code: str, reason: str, exited: bool = False) -> None:
        """Ask a task to stop; `exited`: its containers already have."""
        if not task.wanted:
            return
        was = task.last_status
        task.desired_status = "STOPPED"
        task.stop_code, task.stopped_reason, task.healthy = code, reason, False
        task.dates["stoppingAt"] = self.world.date()
        self._enter(task, "DEACTIVATING")
        if targets.deregister(self.world, task):
            self._after(task, "drain", lambda t: self._stopping(t, exited))
        elif exited or was != "RUNNING":
            self._in(task, 0, self._deprovision)
        else:
            self._stopping(task, exited)
        if task.service:
            if task.failed:
                self._count_failure(task.deployment)
            self.poke(task.service, 0)

    def _stopping(self, task: Task, exited: bool) -> None:
        self._enter(task, "STOPPING")
        if exited:
            self._in(task, 0, self._deprovision)
        else:
            self._after(task, "stop", self._deprovision)

    def _deprovision(self, task: Task) -> None:
        for container in task.containers:
            if container["lastStatus"] == "RUNNING":
                container.setdefault("exitCode", 143)
            container["lastStatus"] = "STOPPED"
        task.dates.setdefault("executionStoppedAt", self.world.date())
        self._enter(task, "DEPROVISIONING")
        self._after(task, "deprovision", self._stopped)

    def _stopped(self, task: Task) -> None:
        self._enter(task, "STOPPED")
        task.dates["stoppedAt"] = self.world.date()
        task.store.count(task, -1)
        task.timer = self.world.timers.after(self.world.ms("stopped_kept"),
                                             lambda: task.cluster.tasks.pop(task.id, None) and None)
        service = task.service
        if service is None:
            return
        service.live_tasks.remove(task)
        self.poke(service, 0)

    def _count_failure(self, deployment: Any) -> None:
        """Of a deployment or task set: its next tasks wait, for longer each time."""
        deployment.failures_in_row += 1
        doublings = max(0, deployment.failures_in_row - 5)
        delay = min(self.world.ms("retry") * 2 ** min(doublings, 20), self.world.ms("retry_max"))
        deployment.backoff_until = self.world.timers.now + delay
        if deployment.failures_in_row == 6:
            deployment.event(self.world.date(), "is unable to consistently start tasks successfully. For more information, "
                          "see the Troubleshooting section of the Amazon ECS Developer Guide.")
        if isinstance(deployment, Deployment) and deployment.rollout_state == "IN_PROGRESS":
            deployment.failed_tasks += 1
            deployment.failures += 1
