"""Load balancers: targets that take time, weights that are checked.

moto's targets are healthy at once and gone at once, it takes any weight, and
forgets which target groups a changed listener uses.
"""

from typing import Any, Callable, Dict, List

from moto.elbv2 import models
from moto.elbv2.exceptions import ELBClientError

from . import Current, now, replace

MAX_WEIGHT = 999
MAX_TARGET_GROUPS = 5


def install() -> None:
    replace(models.FakeTargetGroup, "register", _register)
    replace(models.FakeTargetGroup, "deregister", _deregister)
    replace(models.FakeTargetGroup, "health_for", _health_for)
    replace(models.ELBv2Backend, "describe_target_health", _describe_target_health)
    replace(models.ELBv2Backend, "_validate_actions", _validate_actions)
    replace(models.ELBv2Backend, "modify_listener", _modify_listener)
    for name in ("create_listener", "create_rule", "modify_rule", "delete_rule", "delete_listener",
                 "delete_load_balancer"):
        replace(models.ELBv2Backend, name, _then_relink)


# ---- targets: initial -> healthy | unhealthy -> draining -> gone

def _register(original: Callable[..., Any]) -> Callable[..., Any]:
    def register(self: Any, targets: List[Dict[str, Any]]) -> None:
        original(self, targets)
        for target in targets:
            self.targets[target["Id"]]["sandbox_since"] = now()
    return register


def _deregister(_original: Callable[..., Any]) -> Callable[..., Any]:
    def deregister(self: Any, targets: List[Dict[str, Any]]) -> None:
        for target in targets:
            known = self.targets.get(target["Id"])
            if known is None:
                raise models.InvalidTargetError()
            known.setdefault("sandbox_draining", now())
    return deregister


def _sweep(group: Any) -> None:
    drain = Current.world.ms("drain")
    for name, target in list(group.targets.items()):
        if "sandbox_draining" in target and now() - target["sandbox_draining"] >= drain:
            group.deregistered_targets[name] = group.targets.pop(name)


def _describe_target_health(original: Callable[..., Any]) -> Callable[..., Any]:
    def describe_target_health(self: Any, target_group_arn: str, targets: List[Dict[str, Any]]) -> Any:
        group = self.target_groups.get(target_group_arn)
        if group is not None:
            _sweep(group)
        return original(self, target_group_arn, targets)
    return describe_target_health


def _health_for(original: Callable[..., Any]) -> Callable[..., Any]:
    def health_for(self: Any, target: Dict[str, Any], ec2_backend: Any) -> Any:
        known = self.targets.get(target["Id"])
        if known is None:
            return original(self, target, ec2_backend)

        def health(*state: str) -> Any:
            return models.FakeHealthStatus(known["Id"], known["Port"], self.health_check_port, *state)

        if "sandbox_draining" in known:
            return health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
        if not self.load_balancer_arns:
            return health("unused", "Target.NotInUse",
                          "Target group is not configured to receive traffic from the load balancer")
        if now() - known.get("sandbox_since", 0) < Current.world.ms("target_healthy"):
            return health("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
        if known.get("sandbox_health", "healthy") != "healthy":
            return health("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]")
        return original(self, target, ec2_backend)
    return health_for


# ---- forward actions

def _groups_of(action: Dict[str, Any]) -> List[Dict[str, Any]]:
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups")
    if groups:
        return groups
    return [{"TargetGroupArn": action["TargetGroupArn"]}] if action.get("TargetGroupArn") else []


def _validate_actions(original: Callable[..., Any]) -> Callable[..., Any]:
    def validate(self: Any, actions: List[Any]) -> None:
        original(self, actions)
        for action in actions:
            groups = _groups_of(action.data)
            if len(groups) > MAX_TARGET_GROUPS:
                raise ELBClientError("TooManyTargetGroups", "A rule can forward to at most 5 target groups")
            if len(groups) > 1 and action.data.get("TargetGroupArn"):
                raise ELBClientError("InvalidLoadBalancerAction", "You cannot specify both a target group ARN and a "
                                     "forward configuration with several target groups")
            for group in groups:
                if group["TargetGroupArn"] not in self.target_groups:
                    raise models.ActionTargetGroupNotFoundError(group["TargetGroupArn"])
                if not 0 <= int(group.get("Weight", 1)) <= MAX_WEIGHT:
                    raise ELBClientError("ValidationError", f"Weight '{group['Weight']}' must be between 0 and 999")
    return validate


def _modify_listener(original: Callable[..., Any]) -> Callable[..., Any]:
    def modify_listener(self: Any, *positional: Any, **named: Any) -> Any:
        actions = named.get("actions") or (positional[5] if len(positional) > 5 else None) or []
        self._validate_actions([models.FakeAction(action) for action in actions])
        result = original(self, *positional, **named)
        _relink(self)
        return result
    return modify_listener


def _then_relink(original: Callable[..., Any]) -> Callable[..., Any]:
    def changed(self: Any, *positional: Any, **named: Any) -> Any:
        result = original(self, *positional, **named)
        _relink(self)
        return result
    return changed


def _relink(backend: Any) -> None:
    """Write down anew which load balancers use which target group."""
    users: Dict[str, List[str]] = {}
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            actions = list(listener.default_actions)
            for rule in listener.rules.values():
                actions += rule.actions
            for action in actions:
                for group in _groups_of(action.data):
                    arns = users.setdefault(group["TargetGroupArn"], [])
                    if balancer.arn not in arns:
                        arns.append(balancer.arn)
    for arn, group in backend.target_groups.items():
        group.load_balancer_arns = users.get(arn, [])
