"""BLUE_GREEN, LINEAR and CANARY: deployments in stages whose traffic ECS shifts itself.

Developer guide: "Amazon ECS blue/green service deployments workflow", "canary deployments", "linear deployments"; API
reference: ServiceDeployment.lifecycleStage, DeploymentLifecycleHook. The new revision is *green*, the one that serves *blue*.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from . import breaker, hooks, shifting
from .common import invalid
from .hooks import Hook
from .model import Deployment, Service, ServiceDeployment

STRATEGIES = ("BLUE_GREEN", "LINEAR", "CANARY")
ALARM_POLL = 100
# API reference: for Network Load Balancers ECS adds so much to each shift.
NETWORK_MINUTES = 10
_LINEAR = {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6}
_CANARY = {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10}

# (stage, percent of production traffic that goes to green in it or None, minutes it lasts)
Stage = Tuple[str, Optional[float], float]


@dataclass(eq=False)
class Rollout:
    """Where a native deployment is. `until`: the stage lasts at least to this (sandbox ms)."""

    stages: List[Stage]
    green: Deployment
    blue: Optional[Deployment]
    at: int = -1
    until: int = 0
    hooks: List[Hook] = field(default_factory=list)
    production: float = 0.0              # percent of traffic to green
    test: float = 0.0
    rolling_back: bool = False
    requested: str = ""                  # why StopServiceDeployment or a hook asked for a rollback

    @property
    def stage(self) -> str:
        return self.stages[self.at][0] if 0 <= self.at < len(self.stages) else ""


def is_native(configuration: Dict[str, Any]) -> bool:
    return configuration.get("strategy", "ROLLING") in STRATEGIES


def merge(now: Dict[str, Any], wanted: Dict[str, Any]) -> Dict[str, Any]:
    """What UpdateService makes of both: a change of the strategy drops what belongs to the one before."""
    merged = {**now, **wanted}
    if wanted.get("strategy", now.get("strategy")) != now.get("strategy"):
        for name in ("linearConfiguration", "canaryConfiguration"):
            if name not in wanted:
                merged.pop(name, None)
    return merged


def check(store: Any, configuration: Dict[str, Any], revision: Dict[str, Any]) -> None:
    """What CreateService and UpdateService refuse."""
    strategy = configuration.get("strategy", "ROLLING")
    for name, wanted in (("linearConfiguration", "LINEAR"), ("canaryConfiguration", "CANARY")):
        if configuration.get(name) and strategy != wanted:
            raise invalid(f"{name} is only valid with the {wanted} deployment strategy.")
    hooks.check(configuration.get("lifecycleHooks") or [])
    if not is_native(configuration):
        return
    linear = {**_LINEAR, **(configuration.get("linearConfiguration") or {})}
    canary = {**_CANARY, **(configuration.get("canaryConfiguration") or {})}
    for name, value, least, most in (
            ("bakeTimeInMinutes", configuration.get("bakeTimeInMinutes") or 0, 0, 1440),
            ("stepPercent", linear["stepPercent"], 3, 100), ("canaryPercent", canary["canaryPercent"], 0.1, 100),
            ("stepBakeTimeInMinutes", linear["stepBakeTimeInMinutes"], 0, 1440),
            ("canaryBakeTimeInMinutes", canary["canaryBakeTimeInMinutes"], 0, 1440)):
        if not least <= value <= most:
            raise invalid(f"{name} must be between {least} and {most}.")
        if "Percent" in name and abs(value * 10 - round(value * 10)) > 1e-6:
            raise invalid(f"{name} must be a multiple of 0.1.")
    shifting.check(store, strategy, revision)


def _stages(configuration: Dict[str, Any], blue: Optional[Deployment], reconcile: bool) -> List[Stage]:
    found: List[Stage] = [("RECONCILE_SERVICE", None, 0)] if reconcile else []
    found += [("PRE_SCALE_UP", None, 0), ("SCALE_UP", None, 0), ("POST_SCALE_UP", None, 0),
              ("TEST_TRAFFIC_SHIFT", None, 0), ("POST_TEST_TRAFFIC_SHIFT", None, 0)]
    steps: List[Tuple[float, float]] = [(100.0, 0)]
    if blue is not None and configuration["strategy"] == "LINEAR":
        linear = {**_LINEAR, **(configuration.get("linearConfiguration") or {})}
        count = math.ceil(100 / linear["stepPercent"] - 1e-9)
        steps = [(round(min(100.0, linear["stepPercent"] * number), 1), linear["stepBakeTimeInMinutes"])
                 for number in range(1, count)] + steps
    if blue is not None and configuration["strategy"] == "CANARY":
        canary = {**_CANARY, **(configuration.get("canaryConfiguration") or {})}
        if canary["canaryPercent"] < 100:
            steps.insert(0, (canary["canaryPercent"], canary["canaryBakeTimeInMinutes"]))
    for percent, minutes in steps:
        found += [("PRE_PRODUCTION_TRAFFIC_SHIFT", None, 0), ("PRODUCTION_TRAFFIC_SHIFT", percent, minutes)]
    found.append(("POST_PRODUCTION_TRAFFIC_SHIFT", None, 0))
    if blue is not None:
        found.append(("BAKE_TIME", None, configuration.get("bakeTimeInMinutes") or 0))
    return found + [("CLEAN_UP", None, 0)]


def begin(scheduler: Any, service: Service, record: ServiceDeployment) -> None:
    """A deployment was made by Scheduler.start_deployment."""
    green, blue = record.target, service.last_good
    if blue not in service.deployments:
        blue = None
    others = [item for item in service.deployments if item not in (green, blue) and item.tasks()]
    green.balancers = shifting.resolve(green.revision, blue.balancers or blue.revision.get("loadBalancers")
                                       if blue else None)
    green.desired = 0
    for item in others:
        item.desired = 0
    record.status = "PENDING"
    record.sources = [blue] if blue else []
    record.rollout = Rollout(_stages(record.configuration, blue, bool(others)), green, blue)


def running(service: Service) -> Optional[Rollout]:
    record = service.history[0] if service.history else None
    return record.rollout if record and not record.final else None


def look(scheduler: Any, service: Service) -> None:
    """One look of the scheduler at a service with a native strategy."""
    rollout = running(service)
    if rollout:
        _judge(scheduler, service, rollout)
    rollout = running(service)
    while rollout and not service.history[0].final and _stage_done(scheduler, service, rollout):
        _enter(scheduler, service, rollout, rollout.at + 1)
    rollout = running(service)
    for item in service.deployments:
        if rollout is None and item is service.primary and item.rollout_state != "FAILED":
            item.desired = service.desired
        elif item.desired and item.rollout_state != "FAILED":
            item.desired = service.desired
        _scale(scheduler, service, item)
    for item in service.deployments[1:]:
        if not item.desired and not item.tasks() and not (rollout and item is rollout.blue and not rollout.rolling_back):
            service.deployments.remove(item)
    steady = all(len(item.tasks()) == item.desired and all(task.healthy for task in item.tasks())
                 for item in service.deployments)
    if steady and not rollout and not service.steady:
        service.event(scheduler.world.date(), "has reached a steady state.")
    service.steady = steady and not rollout
    if rollout:
        if rollout.until > scheduler.world.timers.now:
            scheduler.poke(service, rollout.until - scheduler.world.timers.now)
        if (service.configuration.get("alarms") or {}).get("enable"):
            scheduler.poke(service, ALARM_POLL)


def _scale(scheduler: Any, service: Service, item: Deployment) -> None:
    mine = [task for task in item.tasks() if task.wanted]
    surplus = sorted(mine, key=lambda task: not task.healthy)[item.desired:]
    scheduler.stop_tasks(service, surplus, f"deployment {item.id}")
    missing = item.desired - len(mine)
    if missing > 0 and item.rollout_state != "FAILED":
        now = scheduler.world.timers.now
        if now < item.backoff_until:
            scheduler.poke(service, item.backoff_until - now)
        else:
            scheduler.place(service, item, item.definition, item.revision, missing, mine)


def _judge(scheduler: Any, service: Service, rollout: Rollout) -> None:
    """Alarms, the circuit breaker, hooks and requests may end it."""
    if rollout.rolling_back:
        return
    if rollout.requested:
        return roll_back(scheduler, service, rollout.requested)
    hooks.expire(scheduler.world, rollout.hooks)
    bad = hooks.failed(rollout.hooks)
    if bad:
        what = "timed out" if bad.status == "TIMED_OUT" else "failed"
        return fail(scheduler, service, f"lifecycle hook {bad.id} {what} at {bad.stage}", True)
    failed = breaker.verdict(service, rollout.green)
    if failed:
        fail(scheduler, service, *failed)


def _healthy(service: Service, item: Deployment) -> bool:
    wanted = [task for task in item.tasks() if task.wanted]
    return len(wanted) == service.desired and all(task.healthy for task in wanted)


def _stage_done(scheduler: Any, service: Service, rollout: Rollout) -> bool:
    if scheduler.world.timers.now < rollout.until or not all(hook.done for hook in rollout.hooks):
        return False
    if rollout.stage == "SCALE_UP":
        return _healthy(service, rollout.blue if rollout.rolling_back and rollout.blue else rollout.green)
    leaving = []
    if rollout.stage == "RECONCILE_SERVICE":
        leaving = [item for item in service.deployments if item not in (rollout.green, rollout.blue)]
    elif rollout.stage == "CLEAN_UP":
        leaving = [item for item in service.deployments if item is not service.primary]
    return not any(item.tasks() for item in leaving)


def _enter(scheduler: Any, service: Service, rollout: Rollout, at: int) -> None:
    world, record = scheduler.world, service.history[0]
    rollout.at = at
    record.status = "ROLLBACK_IN_PROGRESS" if rollout.rolling_back else "IN_PROGRESS"
    record.updated_at = world.date()
    if at == len(rollout.stages):
        return _finish(scheduler, service, rollout)
    stage, percent, minutes = rollout.stages[at]
    lasts = world.ms("stage") + round(minutes * world.ms("minute"))
    green, blue = rollout.green, rollout.blue
    if stage in ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT") and shifting.is_network(service.store, green.revision):
        lasts += NETWORK_MINUTES * world.ms("minute")
    if stage == "RECONCILE_SERVICE" and blue:
        _shift(scheduler, service, rollout, production=0, test=0)
    elif stage == "SCALE_UP" and not rollout.rolling_back:
        green.desired = service.desired
    elif stage == "SCALE_UP" and blue:
        blue.desired = service.desired
    elif stage == "TEST_TRAFFIC_SHIFT":
        _shift(scheduler, service, rollout, test=100)
    elif stage == "PRODUCTION_TRAFFIC_SHIFT":
        _shift(scheduler, service, rollout, production=percent or 0, test=0 if rollout.rolling_back else None)
    elif stage == "CLEAN_UP":
        for item in service.deployments:
            item.desired = service.desired if item is service.primary else 0
    rollout.until = world.timers.now + lasts
    rollout.hooks = [] if rollout.rolling_back else hooks.begin(
        world, record.configuration.get("lifecycleHooks") or [], stage, lambda: scheduler.poke(service, 0))


def _shift(scheduler: Any, service: Service, rollout: Rollout, production: Optional[float] = None,
           test: Optional[float] = None) -> None:
    target = rollout.green.balancers or []
    if production is not None:
        rollout.production = production
        shifting.shift(scheduler.world, service.store, rollout.green.revision, "productionListenerRule", target, production)
    if test is not None:
        rollout.test = test
        shifting.shift(scheduler.world, service.store, rollout.green.revision, "testListenerRule", target, test)


def _finish(scheduler: Any, service: Service, rollout: Rollout) -> None:
    record = service.history[0]
    if rollout.rolling_back:
        return scheduler.finish(service, "ROLLBACK_SUCCESSFUL", record.reason)
    green = rollout.green
    green.rollout_state, green.reason = "COMPLETED", f"ECS deployment {green.id} completed."
    green.updated_at = scheduler.world.date()
    green.failed_tasks = green.failures = 0
    service.last_good = green
    service.event(scheduler.world.date(), f"(deployment {green.id}) deployment completed.")
    scheduler.finish(service, "SUCCESSFUL")


def fail(scheduler: Any, service: Service, why: str, rollback: bool) -> None:
    """The deployment has failed; `rollback` as its alarms or circuit breaker are configured."""
    rollout = running(service)
    assert rollout is not None
    breaker.fail(scheduler.world, service, rollout.green, why)
    if not rollback or rollout.blue is None:
        rollout.green.desired = 0 if rollout.blue is None else rollout.green.desired
        scheduler.finish(service, "ROLLBACK_FAILED" if rollback else "STOPPED", rollout.green.reason)
        return
    roll_back(scheduler, service, rollout.green.reason)


def roll_back(scheduler: Any, service: Service, why: str) -> None:
    """Blue up if it isn't, all traffic to blue, then green away."""
    rollout, record = running(service), service.history[0]
    assert rollout is not None
    blue = rollout.blue
    if blue is None:
        rollout.green.rollout_state = "FAILED"
        return scheduler.finish(service, "ROLLBACK_FAILED", why)
    rollout.rolling_back, rollout.hooks, rollout.requested = True, [], ""
    rollout.green.rollout_state = "FAILED"
    if not rollout.green.reason or "in progress" in rollout.green.reason:
        rollout.green.reason = f"ECS deployment failed: {why}"
    record.status, record.reason, record.updated_at = "ROLLBACK_IN_PROGRESS", why, scheduler.world.date()
    record.rollback = {"reason": why, "startedAt": scheduler.world.date(), "serviceRevisionArn": blue.revision_arn}
    service.event(scheduler.world.date(), f"rolling back to deployment {blue.id}.")
    service.deployments.remove(blue)
    service.deployments.insert(0, blue)
    blue.status, rollout.green.status = "PRIMARY", "ACTIVE"
    blue.desired = service.desired
    service.revision = dict(blue.revision)
    rollout.stages = [("SCALE_UP", None, 0), ("PRODUCTION_TRAFFIC_SHIFT", 0.0, 0), ("CLEAN_UP", None, 0)]
    rollout.at, rollout.until = -1, 0
    scheduler.poke(service, 0)


def owner(world: Any, arn: str) -> Optional[Service]:
    """The service whose deployment moves this rule or listener right now."""
    for store in world.ecs.stores.values():
        for cluster in store.clusters.values():
            for service in cluster.services.values():
                rollout = running(service)
                if rollout and any(arn == rule for name in ("productionListenerRule", "testListenerRule")
                                   for rule, _ in shifting.rules(rollout.green.revision, name)):
                    return service
    return None
