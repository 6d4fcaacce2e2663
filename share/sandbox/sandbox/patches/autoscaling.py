"""Application Auto Scaling: targets that are our ECS's services, suspended states, pages.

moto asks its own ECS whether a service exists, forgets members of the suspended state, and has a second page at most.
API reference: RegisterScalableTarget, DescribeScalableTargets, DeregisterScalableTarget, SuspendedState.
"""

import json
from typing import Any, Callable, Dict

from moto.applicationautoscaling import models, responses
from moto.core.exceptions import JsonRESTError

from . import Current, replace

SUSPENDED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
PAGE = 50


def install() -> None:
    owner = models.ApplicationAutoscalingBackend
    replace(owner, "_ecs_service_exists_for_target", lambda _original: _service_exists)
    replace(owner, "register_scalable_target", _register)
    replace(owner, "deregister_scalable_target", _deregister)
    replace(responses.ApplicationAutoScalingResponse, "describe_scalable_targets", lambda _original: _describe)


def _service_exists(self: Any, r_id: str) -> bool:
    parts = r_id.split("/")
    store = Current.world.ecs.store(self.account_id, self.region_name)
    cluster = store.clusters.get(parts[1]) if len(parts) == 3 and parts[0] == "service" else None
    service = cluster.services.get(parts[2]) if cluster else None
    if service is None or service.status == "INACTIVE":
        raise models.AWSValidationException(f"ECS service doesn't exist: {r_id}")
    return True


def _register(original: Callable[..., Any]) -> Callable[..., Any]:
    def register(self: Any, namespace: str, r_id: str, dimension: str, **named: Any) -> Any:
        former = self.targets.get(dimension, {}).get(r_id)
        if former is None and (named.get("min_capacity") is None or named.get("max_capacity") is None):
            raise models.AWSValidationException("MinCapacity and MaxCapacity are required to register a scalable target")
        least = named.get("min_capacity") if named.get("min_capacity") is not None else former.min_capacity
        most = named.get("max_capacity") if named.get("max_capacity") is not None else former.max_capacity
        if least > most:
            raise models.AWSValidationException("Maximum capacity cannot be less than minimum capacity")
        before: Dict[str, bool] = dict(former.suspended_state) if former else {name: False for name in SUSPENDED}
        named["suspended_state"] = {**before, **(named.get("suspended_state") or {})}
        return original(self, namespace, r_id, dimension, **named)
    return register


def _deregister(original: Callable[..., Any]) -> Callable[..., Any]:
    def deregister(self: Any, namespace: str, r_id: str, dimension: str) -> None:
        if r_id not in self.targets.get(dimension, {}):
            raise JsonRESTError("ObjectNotFoundException", f"No scalable target found for service namespace: {namespace}, "
                                f"resource ID: {r_id}, scalable dimension: {dimension}")
        original(self, namespace, r_id, dimension)
    return deregister


def _describe(self: Any) -> str:
    self._validate_params()
    found = self.applicationautoscaling_backend.describe_scalable_targets(
        self._get_param("ServiceNamespace"), self._get_param("ResourceIds"), self._get_param("ScalableDimension"))
    try:
        start = int(self._get_param("NextToken") or 0)
    except ValueError:
        raise JsonRESTError("InvalidNextTokenException", "The next token is not valid") from None
    size = self._get_int_param("MaxResults") or PAGE
    answer = {"ScalableTargets": [responses._build_target(target) for target in found[start:start + size]]}
    if len(found) > start + size:
        answer["NextToken"] = str(start + size)
    return json.dumps(answer)
