"""What autoscaling would do, when a test says so: {"cluster": "demo", "service": "web", "desired": 6}."""

import sys
from typing import Any, Dict

from .conditions import find_service

MEMBERS = {"cluster", "service", "region", "account", "desired"}


def scale(world: Any, body: Dict[str, Any]) -> Dict[str, Any]:
    """Set a service's count within its scalable target's limits, unless that is suspended or not there."""
    unknown = set(body) - MEMBERS
    if unknown:
        raise ValueError(f"unknown member: {', '.join(sorted(unknown))}; there are {', '.join(sorted(MEMBERS))}")
    service = find_service(world, {**body, "name": body["service"]})
    if service is None or service.status != "ACTIVE":
        return {"scaled": False, "why": "no such service", "desired": None}
    models = sys.modules.get("moto.applicationautoscaling.models")
    targets = models.applicationautoscaling_backends[service.store.account][service.store.region].targets if models else {}
    target = targets.get("ecs:service:DesiredCount", {}).get(f"service/{service.cluster.name}/{service.name}")
    if target is None:
        return {"scaled": False, "why": "no scalable target", "desired": service.desired}
    wanted = min(max(body["desired"], target.min_capacity), target.max_capacity)
    way = "Out" if wanted > service.desired else "In"
    if target.suspended_state.get(f"DynamicScaling{way}Suspended"):
        return {"scaled": False, "why": "suspended", "desired": service.desired}
    service.desired = wanted
    world.ecs.scheduler.poke(service)
    return {"scaled": True, "why": "", "desired": wanted}
