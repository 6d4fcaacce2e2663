"""What a task touches outside ECS: target groups, log streams, alarms.

They live in moto's backends. A backend nobody has imported is empty, and
importing one takes up to two seconds: so it is only looked up.
"""

import sys
from typing import Any, Dict, List, Optional, Tuple

from ..world import World
from .model import Task

DEFAULT_WHY = "Health checks failed with these codes: [500]"

def _backend(service: str, account: str, region: str) -> Any:
    """moto's backend of a service, None when nobody has used it yet."""
    models = sys.modules.get(f"moto.{service}.models")
    return getattr(models, f"{service}_backends")[account][region] if models else None


def target_group(store: Any, arn: str) -> Any:
    """moto's target group, or None."""
    backend = _backend("elbv2", store.account, store.region)
    return backend.target_groups.get(arn) if backend else None


def register(world: World, task: Task) -> None:
    for balancer in task.load_balancers:
        group = target_group(task.store, balancer.get("targetGroupArn", ""))
        if group is None:
            continue
        group.register([{"Id": task.address, "Port": balancer.get("containerPort", 80)}])
        _set_behaviour(world, task, group)
        task.event(world.date(), f"registered 1 targets in (target-group {balancer['targetGroupArn']})")


def _set_behaviour(world: World, task: Task, group: Any) -> None:
    """How a new target fares is up to its task's behaviour."""
    from ..patches.elbv2 import targets
    target = group.targets[task.address]
    if task.behaviour.get("health") == "unhealthy":
        targets.set_health(group, target, "unhealthy", task.behaviour.get("health_reason", DEFAULT_WHY),
                           task.behaviour.get("health_code", ""))
    if task.behaviour.get("target_healthy") is not None:
        targets.begin_checks(group, target, round(task.behaviour["target_healthy"] * 1000))


def healthy_after_ms(world: World, task: Task) -> int:
    """How long the load balancer's health checks take, 0 when there is none."""
    if not any(target_group(task.store, balancer.get("targetGroupArn", "")) for balancer in task.load_balancers):
        return 0
    seconds = task.behaviour.get("target_healthy")
    return world.ms("target_healthy") if seconds is None else round(seconds * 1000)


def deregister(world: World, task: Task) -> bool:
    """True when there was something to drain."""
    drained = False
    for balancer in task.load_balancers:
        group = target_group(task.store, balancer.get("targetGroupArn", ""))
        if group is not None and task.address in group.targets:
            group.deregister([{"Id": task.address}], f"task {task.id} stops ({task.stopped_reason})")
            drained = True
            task.event(world.date(), f"deregistered 1 targets in (target-group {balancer['targetGroupArn']})")
    return drained


def _log_options(task: Task, container: Dict[str, Any]) -> Optional[Dict[str, str]]:
    configuration = container.get("logConfiguration") or {}
    return configuration.get("options", {}) if configuration.get("logDriver") == "awslogs" else None


def missing_log_group(world: World, task: Task) -> Optional[str]:
    """The group a container logs to, when it must exist and doesn't."""
    if world.config["log_groups"] != "require":
        return None
    for container in task.definition.containers:
        options = _log_options(task, container)
        if options and options.get("awslogs-create-group") != "true":
            backend = _backend("logs", task.store.account, options.get("awslogs-region", task.store.region))
            if backend is None or options.get("awslogs-group") not in backend.groups:
                return options.get("awslogs-group")
    return None


def write_log(world: World, task: Task) -> None:
    """Write the behaviour's log lines as <prefix>/<container>/<task id>, after timing.log."""
    lines = task.behaviour.get("log") or []
    by_container = lines if isinstance(lines, dict) else {task.definition.main_container()["name"]: lines}
    for container in task.definition.containers:
        options = _log_options(task, container)
        mine = by_container.get(container["name"])
        if mine and options and options.get("awslogs-group"):
            world.timers.after(world.ms("log"), lambda container=container, options=options, mine=mine: _write(
                world, task, container, options, mine))


def _write(world: World, task: Task, container: Dict[str, Any], options: Dict[str, str], lines: List[str]) -> None:
    from moto.logs.models import logs_backends
    backend = logs_backends[task.store.account][options.get("awslogs-region", task.store.region)]
    group = options["awslogs-group"]
    if group not in backend.groups:
        backend.create_log_group(group, {})
    stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container['name']}/{task.id}"
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    at = round(world.date() * 1000)
    backend.put_log_events(group, stream, [{"timestamp": at, "message": line} for line in lines])


def alarm_in(store: Any, names: List[str]) -> List[str]:
    """Those of the named CloudWatch alarms that are in ALARM."""
    backend = _backend("cloudwatch", store.account, store.region)
    alarms = backend.alarms if backend else {}
    return [name for name in names if name in alarms and alarms[name].state_value == "ALARM"]


def check_load_balancers(store: Any, containers: List[Dict[str, Any]],
                         balancers: List[Dict[str, Any]]) -> Optional[Tuple[str, str]]:
    """(code, message) of what AWS finds wrong with a service's loadBalancers."""
    by_name = {container["name"]: container for container in containers}
    for balancer in balancers:
        arn, name = balancer.get("targetGroupArn"), balancer.get("containerName", "")
        if name not in by_name:
            return "InvalidParameterException", f"The container {name} does not exist in the task definition."
        ports = [mapping.get("containerPort") for mapping in by_name[name].get("portMappings", [])]
        if balancer.get("containerPort") not in ports:
            return ("InvalidParameterException", f"The container {name} did not have a container port "
                    f"{balancer.get('containerPort')} defined.")
        if arn:
            group = target_group(store, arn)
            if group is None:
                return ("InvalidParameterException", f"The target group with targetGroupArn {arn} does not exist.")
            if not group.load_balancer_arns:
                return ("InvalidParameterException", f"The target group with targetGroupArn {arn} does not have an "
                        "associated load balancer.")
    return None
