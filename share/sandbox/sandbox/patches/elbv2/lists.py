"""Describing: pages of PageSize behind an opaque Marker, rules by priority, no silent gaps, each type's own ARN."""

import base64
from typing import Any, Callable, List, Optional, Tuple

from moto.core.responses import ActionResult
from moto.elbv2 import models, responses
from moto.elbv2.exceptions import ELBClientError

from .. import replace

# API reference: PageSize is 1 to 400.
PAGE = 400
SHORT_TYPE = {"network": "net", "gateway": "gwy"}


def install() -> None:
    owner = responses.ELBV2Response
    replace(owner, "describe_load_balancers", lambda _original: _load_balancers)
    replace(owner, "describe_listeners", lambda _original: _listeners)
    replace(owner, "describe_rules", lambda _original: _rules)
    replace(owner, "describe_target_groups", lambda _original: _target_groups)
    replace(models.ELBv2Backend, "describe_rules", _by_priority)
    replace(models.ELBv2Backend, "create_load_balancer", _create_load_balancer)


def _page(response: Any, items: List[Any]) -> Tuple[List[Any], Optional[str]]:
    """The marker names the last item of the page before."""
    marker, size = response._get_param("Marker"), response._get_int_param("PageSize", PAGE)
    start = 0
    if marker:
        try:
            last = base64.b64decode(marker, validate=True).decode()
            start = [item.arn for item in items].index(last) + 1
        except ValueError:
            raise ELBClientError("ValidationError", "The marker is not valid") from None
    found = items[start:start + size]
    more = len(items) > start + size
    return found, base64.b64encode(found[-1].arn.encode()).decode() if more else None


def _answer(response: Any, member: str, items: List[Any]) -> ActionResult:
    found, marker = _page(response, items)
    return ActionResult({member: found, "NextMarker": marker})


def _load_balancers(self: Any) -> ActionResult:
    arns, names = self._get_param("LoadBalancerArns", []), self._get_param("Names", [])
    backend = self.elbv2_backend
    for arn in arns:
        if arn not in backend.load_balancers:
            raise models.LoadBalancerNotFoundError()
    for name in names:
        if all(balancer.name != name for balancer in backend.load_balancers.values()):
            raise ELBClientError("LoadBalancerNotFound", f"Load balancers '[{name}]' not found")
    return _answer(self, "LoadBalancers", list(backend.describe_load_balancers(arns, names)))


def _listeners(self: Any) -> ActionResult:
    balancer, arns = self._get_param("LoadBalancerArn"), self._get_param("ListenerArns", [])
    if not balancer and not arns:
        raise responses.ListenerOrBalancerMissingError()
    found = list(self.elbv2_backend.describe_listeners(balancer, arns))
    if len(found) < len(set(arns)):
        raise ELBClientError("ListenerNotFound", "One or more listeners not found")
    return _answer(self, "Listeners", found)


def _rules(self: Any) -> ActionResult:
    found = self.elbv2_backend.describe_rules(self._get_param("ListenerArn"), self._get_param("RuleArns"))
    return _answer(self, "Rules", list(found))


def _target_groups(self: Any) -> ActionResult:
    found = self.elbv2_backend.describe_target_groups(
        self._get_param("LoadBalancerArn"), self._get_param("TargetGroupArns", []), self._get_param("Names", []))
    return _answer(self, "TargetGroups", list(found))


def _by_priority(original: Callable[..., Any]) -> Callable[..., Any]:
    def describe_rules(self: Any, *positional: Any, **named: Any) -> List[Any]:
        return sorted(original(self, *positional, **named),
                      key=lambda rule: (rule.is_default, 0 if rule.is_default else int(rule.priority)))
    return describe_rules


def _create_load_balancer(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_load_balancer(self: Any, name: str, *positional: Any, **named: Any) -> Any:
        if any(balancer.name == name for balancer in self.load_balancers.values()):
            raise models.DuplicateLoadBalancerName()
        balancer = original(self, name, *positional, **named)
        if balancer.type != "application":    # moto: always app/
            del self.load_balancers[balancer.arn]
            balancer.arn = balancer.arn.replace(":loadbalancer/app/", f":loadbalancer/{SHORT_TYPE[balancer.type]}/")
            self.load_balancers[balancer.arn] = balancer
        return balancer
    return create_load_balancer
