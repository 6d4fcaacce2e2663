"""When a rolling deployment has failed, and what ECS does then.

Documented: "Amazon ECS deployment circuit breaker", and in the API reference
DeploymentCircuitBreaker and ThresholdConfiguration.
"""

import math
from typing import Optional, Tuple

from ..world import World
from . import targets
from .model import Deployment, Service


def threshold(service: Service) -> int:
    """How many failures a deployment of this service survives, plus one."""
    breaker = service.configuration.get("deploymentCircuitBreaker") or {}
    wanted = breaker.get("thresholdConfiguration") or {}
    value = wanted.get("value", 50)
    kind = wanted.get("type", "BOUNDED_PERCENT")
    if kind == "COUNT":
        return max(1, value)
    count = math.ceil(service.desired * value / 100)
    if kind == "UNBOUNDED_PERCENT":
        return max(1, count)
    return min(max(3, count), 200)


def verdict(service: Service, deployment: Deployment) -> Optional[Tuple[str, bool]]:
    """(why it failed, whether to roll back), or None while it may go on."""
    alarms = service.configuration.get("alarms") or {}
    if alarms.get("enable"):
        raised = targets.alarm_in(service.store, alarms.get("alarmNames", []))
        if raised:
            if service.history:
                service.history[0].triggered_alarms = raised
            return "alarm detected", bool(alarms.get("rollback"))
    breaker = service.configuration.get("deploymentCircuitBreaker") or {}
    if breaker.get("enable") and deployment.failures >= threshold(service):
        if service.history:
            service.history[0].breaker_state = "TRIGGERED"
        return "tasks failed to start", bool(breaker.get("rollback"))
    return None


def fail(world: World, service: Service, deployment: Deployment, why: str) -> None:
    """Mark a deployment as failed; the scheduler starts none of its tasks any more."""
    deployment.rollout_state = "FAILED"
    if why == "tasks failed to start":
        deployment.reason = "ECS deployment circuit breaker: tasks failed to start."
    else:
        deployment.reason = f"ECS deployment failed: {why}."
    deployment.updated_at = world.date()
    service.event(world.date(), f"(deployment {deployment.id}) deployment failed: {why}.")
