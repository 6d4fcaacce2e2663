"""The listener rules that ECS moves itself, for native deployments."""

from typing import Any, Dict, List, Optional, Tuple

from ..errors import AwsError
from .common import invalid
from .targets import _backend

ROLE_MEMBERS = ("alternateTargetGroupArn", "productionListenerRule", "roleArn")


def check(store: Any, strategy: str, revision: Dict[str, Any]) -> None:
    """What CreateService and UpdateService refuse of a native strategy's load balancers."""
    balancers = revision.get("loadBalancers") or []
    connected = (revision.get("serviceConnectConfiguration") or {}).get("enabled")
    if strategy in ("LINEAR", "CANARY") and not balancers and not connected:
        raise invalid(f"The {strategy} deployment strategy needs a load balancer or Service Connect.")
    for balancer in balancers:
        advanced = balancer.get("advancedConfiguration") or {}
        for name in ROLE_MEMBERS:
            if not advanced.get(name):
                raise invalid(f"advancedConfiguration.{name} must be specified for the {strategy} deployment strategy.")
        backend = _backend("elbv2", store.account, store.region)
        if backend is None or advanced["alternateTargetGroupArn"] not in backend.target_groups:
            raise invalid(f"The target group with targetGroupArn {advanced['alternateTargetGroupArn']} does not exist.")
        for name in ("productionListenerRule", "testListenerRule"):
            if advanced.get(name) and _rule(backend, advanced[name]) is None:
                raise invalid(f"The {name} {advanced[name]} does not exist.")


def resolve(revision: Dict[str, Any], former: Optional[List[Dict[str, Any]]]) -> List[Dict[str, Any]]:
    """loadBalancers with the target group each has for a revision: the one the former revision doesn't use."""
    used = {balancer["targetGroupArn"] for balancer in former or [] if balancer.get("targetGroupArn")}
    resolved = []
    for balancer in revision.get("loadBalancers") or []:
        other = (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
        if other and balancer.get("targetGroupArn") in used:
            balancer = {**balancer, "targetGroupArn": other}
        resolved.append(balancer)
    return resolved


def rules(revision: Dict[str, Any], name: str) -> List[Tuple[str, Tuple[str, str]]]:
    """(rule or listener ARN, the two groups) of all production or test listener rules."""
    found = []
    for balancer in revision.get("loadBalancers") or []:
        advanced = balancer.get("advancedConfiguration") or {}
        if advanced.get(name):
            found.append((advanced[name], (balancer["targetGroupArn"], advanced["alternateTargetGroupArn"])))
    return found


def _rule(backend: Any, arn: str) -> Any:
    """(listener, rule) by the rule's ARN, or the default rule by the listener's."""
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                if rule.arn == arn or (listener.arn == arn and rule.is_default):
                    return listener, rule
    return None


def is_network(store: Any, revision: Dict[str, Any]) -> bool:
    backend = _backend("elbv2", store.account, store.region)
    return any(":listener/net/" in arn or ":listener-rule/net/" in arn
               for arn, _ in rules(revision, "productionListenerRule")) and backend is not None


def shift(world: Any, store: Any, revision: Dict[str, Any], name: str, target: List[Dict[str, Any]],
          percent: float) -> None:
    """Give the groups of `target` that percentage of the rules named, and the other groups the rest."""
    wanted = {balancer["targetGroupArn"] for balancer in target}
    backend = _backend("elbv2", store.account, store.region)
    factor = 1 if float(percent).is_integer() else 10
    for arn, groups in rules(revision, name):
        found = _rule(backend, arn) if backend else None
        if found is None:
            raise AwsError("InvalidParameterException", f"The {name} {arn} does not exist.")
        listener, rule = found
        actions = []
        for action in rule.actions:
            data = {key: value for key, value in action.data.items() if key != "TargetGroupArn"}
            if action.type == "forward":
                kept = [group for group in data["ForwardConfig"]["TargetGroups"] if group["TargetGroupArn"] not in groups]
                data["ForwardConfig"] = {**data["ForwardConfig"], "TargetGroups": kept + [
                    {"TargetGroupArn": group,
                     "Weight": round((percent if group in wanted else 100 - percent) * factor)} for group in groups]}
            if action.type == "authenticate-oidc":
                data["AuthenticateOidcConfig"] = {**data["AuthenticateOidcConfig"], "UseExistingClientSecret": True}
            actions.append(data)
        with world.traffic.by("ECS"):
            if rule.is_default:
                backend.modify_listener(listener.arn, None, None, None, [], actions)
            else:
                backend.modify_rule(rule.arn, [], actions)
