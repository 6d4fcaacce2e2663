"""Actions of listeners and rules: checked as AWS does, shown as AWS does.

From the API reference: Action, ForwardActionConfig, TargetGroupTuple,
AuthenticateOidcActionConfig, ModifyListener, ModifyRule; the errors' codes
are those listed there. moto takes any weight, forgets which groups a changed
listener uses, and shows an OIDC client's secret.
"""

import inspect
from typing import Any, Callable, Dict, List, Optional, Tuple

from moto.elbv2 import models
from moto.elbv2.exceptions import ELBClientError
from moto.moto_api._internal import mock_random

from .. import Current, replace
from . import targets

MAX_WEIGHT = 999
MAX_TARGET_GROUPS = 5
MAX_STICKY_SECONDS = 604800
FINAL = ("forward", "fixed-response", "redirect")
# The checks need to know what the actions are for.
CHECKED = ("create_listener", "create_rule", "modify_listener", "modify_rule")
# What changes the rules and groups that belong together, and AWS's name for it.
LINKING = {"create_listener": "CreateListener", "create_rule": "CreateRule", "modify_listener": "ModifyListener",
           "modify_rule": "ModifyRule", "delete_rule": "DeleteRule", "delete_listener": "DeleteListener",
           "delete_load_balancer": "DeleteLoadBalancer"}


def install() -> None:
    replace(models.FakeRule, "__init__", _short_arn)
    for name in LINKING:
        replace(models.ELBv2Backend, name, lambda original, name=name: _operation(original, name))


def groups_of(action: Dict[str, Any]) -> List[Dict[str, Any]]:
    """[{TargetGroupArn, Weight}] of a forward action, however it was written."""
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups")
    if groups:
        return groups
    return [{"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}] if action.get("TargetGroupArn") else []


def _short_arn(original: Callable[..., Any]) -> Callable[..., Any]:
    def init(self: Any, *positional: Any, **named: Any) -> None:
        original(self, *positional, **named)
        self.arn = self.arn.rpartition("/")[0] + "/" + mock_random.get_random_hex(16)    # moto: id(self)
    return init


def _operation(original: Callable[..., Any], name: str) -> Callable[..., Any]:
    signature = inspect.signature(original)

    def operation(self: Any, *positional: Any, **named: Any) -> Any:
        given = signature.bind(self, *positional, **named).arguments
        if name in ("modify_rule", "delete_rule"):
            _refuse_default(self, given.get("rule_arn") or given["arn"])
        if name == "create_listener":
            _refuse_same_port(self, given)
        touched = _touched(self, name, given)
        if name in CHECKED:
            _check(self, given.get("actions") or [], *_place(self, given))
        result = original(self, *positional, **named)
        relink(self, LINKING[name])
        for rule, listener_arn in touched:
            Current.world.traffic.touched(rule, listener_arn, LINKING[name])
        return result
    return operation


def _touched(backend: Any, name: str, given: Dict[str, Any]) -> List[Tuple[Any, str]]:
    """(rule, its listener) of all rules an operation changes or deletes."""
    arns = {given.get(key) for key in ("arn", "rule_arn", "listener_arn")} if not name.startswith("create") else set()
    return [(rule, listener.arn) for balancer in backend.load_balancers.values()
            for listener in balancer.listeners.values() for rule in listener.rules.values()
            if rule.arn in arns or balancer.arn in arns
            or (listener.arn in arns and (rule.is_default or name == "delete_listener"))]


def _refuse_default(backend: Any, rule_arn: str) -> None:
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            if any(rule.is_default and rule.arn == rule_arn for rule in listener.rules.values()):
                raise ELBClientError("OperationNotPermitted", f"Default rule '{rule_arn}' cannot be modified")


def _refuse_same_port(backend: Any, given: Dict[str, Any]) -> None:
    balancer = backend.load_balancers.get(given["load_balancer_arn"])
    for listener in balancer.listeners.values() if balancer else ():
        if str(listener.port) == str(given["port"]):
            raise models.DuplicateListenerError()


def _place(backend: Any, given: Dict[str, Any]) -> Tuple[Any, Optional[str], List[Any]]:
    """(load balancer, the listener's protocol, the actions there are now)."""
    rule_arn = given.get("rule_arn")
    listener_arn = given.get("listener_arn") or (given.get("arn") if not rule_arn else None)
    for balancer in backend.load_balancers.values():
        if balancer.arn == given.get("load_balancer_arn"):
            return balancer, given.get("protocol"), []
        for listener in balancer.listeners.values():
            if listener.arn == listener_arn:
                former = listener.default_actions if "listener_arn" not in given else []
                return balancer, given.get("protocol") or listener.protocol, former
            for rule in listener.rules.values():
                if rule.arn == rule_arn:
                    return balancer, listener.protocol, rule.actions
    return None, None, []


def _check(backend: Any, actions: List[Dict[str, Any]], balancer: Any, protocol: Optional[str],
           former: List[Any]) -> None:
    """Refuse what AWS refuses; afterwards the actions are as AWS shows them."""
    if balancer is None or not actions:
        return    # moto says what is missing
    final = [action for action in actions if action.get("Type") in FINAL]
    if len(final) != 1 or int(final[0].get("Order") or len(actions)) < max(
            int(action.get("Order") or 0) for action in actions):
        raise ELBClientError("InvalidLoadBalancerAction", "Each rule must include exactly one of the following types of "
                             "actions: forward, fixed-response, or redirect, and it must be the last action")
    for action in actions:
        if action.get("Type") == "forward":
            _check_forward(backend, action, balancer)
        if str(action.get("Type")).startswith("authenticate-") and protocol != "HTTPS":
            raise ELBClientError("InvalidLoadBalancerAction", f"Actions of type '{action['Type']}' are supported only on "
                                 "HTTPS listeners")
        if action.get("Type") == "authenticate-oidc":
            _check_oidc(action.get("AuthenticateOidcConfig") or {}, former)
        if balancer.type == "network" and action.get("Type") != "forward":
            raise ELBClientError("InvalidLoadBalancerAction",
                                 f"Action type '{action.get('Type')}' is not supported by network load balancers")
    for action in actions:
        if action.get("Type") == "forward":
            _normalize(action)


def _check_forward(backend: Any, action: Dict[str, Any], balancer: Any) -> None:
    groups, single = groups_of(action), action.get("TargetGroupArn")
    if not groups:
        raise ELBClientError("InvalidLoadBalancerAction", "A forward action must name at least one target group")
    if len(groups) > MAX_TARGET_GROUPS:
        raise ELBClientError("TooManyTargetGroups", "A rule can forward to at most 5 target groups")
    arns = [group["TargetGroupArn"] for group in groups]
    if single and arns != [single]:
        raise ELBClientError("InvalidLoadBalancerAction", "If you specify both ForwardConfig and TargetGroupArn, you can "
                             "specify only one target group using ForwardConfig and it must be the same target group "
                             "specified in TargetGroupArn")
    if len(set(arns)) != len(arns):
        raise ELBClientError("InvalidLoadBalancerAction", "A target group can be named only once in an action")
    for arn in arns:
        if arn not in backend.target_groups:
            raise models.ActionTargetGroupNotFoundError(arn)
    for group in groups:
        if not 0 <= int(group.get("Weight", 1)) <= MAX_WEIGHT:
            raise ELBClientError("ValidationError", f"Weight '{group['Weight']}' must be between 0 and 999")
    if balancer.type != "network" and any(backend.target_groups[arn].protocol not in ("HTTP", "HTTPS", None)
                                          for arn in arns):
        raise ELBClientError("IncompatibleProtocols", "The protocol of a target group is not compatible with the listener")
    elsewhere = [arn for arn in arns if set(backend.target_groups[arn].load_balancer_arns) - {balancer.arn}]
    if elsewhere:
        raise ELBClientError("TargetGroupAssociationLimit", "The following target groups cannot be associated with more "
                             "than one load balancer: " + ", ".join(elsewhere))
    sticky = (action.get("ForwardConfig") or {}).get("TargetGroupStickinessConfig") or {}
    if str(sticky.get("Enabled")).lower() == "true" and not 1 <= int(
            sticky.get("DurationSeconds") or 0) <= MAX_STICKY_SECONDS:
        raise ELBClientError("ValidationError", "The stickiness duration must be between 1 and 604800 seconds")


def _check_oidc(config: Dict[str, Any], former: List[Any]) -> None:
    """A secret, or the one there already is; it is kept but never shown."""
    keep = str(config.pop("UseExistingClientSecret", "")).lower() == "true"
    secret = config.pop("ClientSecret", None)
    if secret is not None and keep:
        raise ELBClientError("InvalidLoadBalancerAction",
                             "ClientSecret and UseExistingClientSecret cannot be specified together")
    if secret is None and not (keep and any(action.type == "authenticate-oidc" for action in former)):
        raise ELBClientError("InvalidLoadBalancerAction", "A ClientSecret must be specified for authenticate-oidc")


def _normalize(action: Dict[str, Any]) -> None:
    """One group is shown both ways, several in ForwardConfig only."""
    groups = [{"TargetGroupArn": group["TargetGroupArn"], "Weight": int(group.get("Weight", 1))}
              for group in groups_of(action)]
    sticky = (action.get("ForwardConfig") or {}).get("TargetGroupStickinessConfig") or {"Enabled": False}
    action["ForwardConfig"] = {"TargetGroups": groups, "TargetGroupStickinessConfig": sticky}
    if len(groups) == 1:
        action["TargetGroupArn"] = groups[0]["TargetGroupArn"]
    else:
        action.pop("TargetGroupArn", None)


def relink(backend: Any, cause: str) -> None:
    """Write down anew which load balancers use which target group, and tell world.traffic."""
    users: Dict[str, List[str]] = {}
    rules: List[Any] = []
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                rules.append((balancer, listener, rule))
                for action in rule.actions:
                    for group in groups_of(action.data):
                        arns = users.setdefault(group["TargetGroupArn"], [])
                        if balancer.arn not in arns:
                            arns.append(balancer.arn)
    for arn, group in backend.target_groups.items():
        group.load_balancer_arns = users.get(arn, [])
        if group.load_balancer_arns and not getattr(group, "sandbox_linked", False):
            for target in group.targets.values():
                targets.begin_checks(group, target)
        group.sandbox_linked = bool(group.load_balancer_arns)
    Current.world.traffic.rules_changed(backend, rules, cause)
