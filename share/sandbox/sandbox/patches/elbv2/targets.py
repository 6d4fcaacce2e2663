"""Targets: initial -> healthy | unhealthy -> draining -> gone; unused without a load balancer.

moto's targets are healthy at once and gone at once. Each change of one's
state is told to world.traffic, which looks for rules left without a target.

A target of moto is a dictionary; ours are the members `since` (sandbox ms,
when health checks began), `wait` (until the first verdict), `health`, `code`,
`why` (of an unhealthy one) and `draining` (since when).
"""

import re
from typing import Any, Callable, Dict, List, Optional, Tuple

from moto.elbv2 import models
from moto.elbv2.exceptions import ELBClientError

from ...errors import AwsError
from ...lambda_ import policy
from .. import Current, now, replace

State = Tuple[str, Optional[str], Optional[str]]
# Those that traffic reaches. Without health checks it reaches every target.
SERVING = ("healthy", "unavailable")
AWS_DRAIN = 300


def install() -> None:
    replace(models.FakeTargetGroup, "register", _register)
    replace(models.FakeTargetGroup, "deregister", _deregister)
    replace(models.FakeTargetGroup, "health_for", _health_for)
    replace(models.ELBv2Backend, "register_targets", _register_targets)


def state(group: Any, target: Dict[str, Any]) -> State:
    """(State, Reason, Description) of a registered target at this instant."""
    if "draining" in target:
        return "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"
    if not group.load_balancer_arns:
        return "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
    if str(group.health_check_enabled).lower() == "false":
        return "unavailable", "Target.HealthCheckDisabled", "Health checks are not enabled for this target"
    passed = now() - target.get("since", 0)
    if passed < target.get("wait", 0):
        if passed * 2 < target["wait"]:
            return "initial", "Elb.RegistrationInProgress", "Target registration is in progress"
        return "initial", "Elb.InitialHealthChecking", "Initial health checks in progress"
    if target.get("health", "healthy") == "unhealthy":
        return "unhealthy", target.get("code", "Target.FailedHealthChecks"), target.get("why", "Health checks failed")
    return "healthy", None, None


def serving(group: Any) -> int:
    """How many targets take new requests."""
    return sum(state(group, target)[0] in SERVING for target in group.targets.values())


def code_of(why: str) -> str:
    """The reason that goes with a description of failed health checks."""
    if "timed out" in why:
        return "Target.Timeout"
    return "Target.ResponseCodeMismatch" if "codes" in why else "Target.FailedHealthChecks"


def set_health(group: Any, target: Dict[str, Any], health: str, why: str = "", code: str = "") -> None:
    """What health checks say of a target from now on."""
    target["health"] = health
    target["why"] = why or "Health checks failed"
    target["code"] = code or code_of(target["why"])


def begin_checks(group: Any, target: Dict[str, Any], wait_ms: Optional[int] = None) -> None:
    """Health checks start over: the target is registered, or its group got a load balancer."""
    target["since"] = now()
    target["wait"] = target.get("wait", Current.world.ms("target_healthy")) if wait_ms is None else wait_ms
    Current.world.timers.after(target["wait"], lambda: Current.world.traffic.targets_changed(
        group, f"health checks of {target['Id']}"))


def _register(original: Callable[..., Any]) -> Callable[..., Any]:
    def register(self: Any, targets: List[Dict[str, Any]]) -> None:
        known = dict(self.targets)
        original(self, targets)
        for target in targets:
            former = known.get(target["Id"])
            if former is not None and "draining" not in former:
                self.targets[target["Id"]] = former    # registered already: nothing happens
            else:
                begin_checks(self, self.targets[target["Id"]])
    return register


def _register_targets(original: Callable[..., Any]) -> Callable[..., Any]:
    def register_targets(self: Any, target_group_arn: str, instances: List[Any]) -> None:
        group = self.target_groups.get(target_group_arn)
        if group is not None and group.target_type == "lambda" and len(
                {target["Id"] for target in instances}
                | {name for name, target in group.targets.items() if "draining" not in target}) > 1:
            raise ELBClientError("TooManyTargets", "A target group of the type lambda can have one target only")
        if group is not None and group.target_type == "lambda":
            for target in instances:
                _check_function(group, target["Id"])
        original(self, target_group_arn, instances)
        Current.world.traffic.targets_changed(group, "RegisterTargets")
    return register_targets


def _check_function(group: Any, arn: str) -> None:
    """The function, version or alias must let load balancers in (guide "Lambda functions as targets")."""
    match = re.fullmatch(r"arn:aws[\w-]*:lambda:([\w-]+):(\d{12}):function:([\w-]+)(?::(\$LATEST|[\w-]+))?", arn)
    if match is None or match[1] != group.region_name:
        raise ELBClientError("InvalidTarget", f"The following targets are not valid Lambda functions of this region: '{arn}'")
    function = Current.world.lambda_.store(match[2], match[1]).functions.get(match[3])
    if function is None or function.version(match[4]) is None or not policy.allows(
            function, match[4], "elasticloadbalancing.amazonaws.com", group.arn, now()):
        raise AwsError("AccessDenied", f"elasticloadbalancing principal does not have permission to invoke {arn} from "
                       f"target group {group.arn}", 403)


def _deregister(_original: Callable[..., Any]) -> Callable[..., Any]:
    def deregister(self: Any, targets: List[Dict[str, Any]], cause: str = "DeregisterTargets") -> None:
        for target in targets:
            known = self.targets.get(target["Id"])
            if known is None:
                raise models.InvalidTargetError()
            if "draining" not in known:
                known["draining"] = now()
                Current.world.timers.after(drain_ms(self), lambda group=self, target=known: _gone(group, target))
        Current.world.traffic.targets_changed(
            self, cause + ": " + ", ".join(target["Id"] for target in targets))
    return deregister


def drain_ms(group: Any) -> int:
    """The deregistration delay: the group's own when timing.drain is null."""
    if Current.world.timing["drain"] is not None:
        return Current.world.ms("drain")
    return round(float(group.attributes.get("deregistration_delay.timeout_seconds", AWS_DRAIN)) * 1000)


def _gone(group: Any, target: Dict[str, Any]) -> None:
    if group.targets.get(target["Id"]) is target:
        group.deregistered_targets[target["Id"]] = group.targets.pop(target["Id"])


def _health_for(original: Callable[..., Any]) -> Callable[..., Any]:
    def health_for(self: Any, target: Dict[str, Any], ec2_backend: Any) -> Any:
        known = self.targets.get(target["Id"])
        if known is None or target.get("Port", known["Port"]) != known["Port"]:
            return models.FakeHealthStatus(target["Id"], target.get("Port", self.port), self.health_check_port, "unused",
                                           "Target.NotRegistered", "Target is not registered to the target group")
        where = state(self, known)
        if where[0] == "healthy":
            return original(self, target, ec2_backend)    # a stopped instance
        return models.FakeHealthStatus(known["Id"], known["Port"], self.health_check_port, *where)
    return health_for
