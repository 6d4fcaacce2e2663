"""Load balancers from a few words, and targets that turn unhealthy, for the control API."""

import sys
from typing import Any, Dict, List, Tuple

from .world import World

LISTENER_MEMBERS = {"port", "protocol", "forward", "sticky", "rules", "actions"}
BALANCER_MEMBERS = {"name", "type", "listeners", "free", "lambda"}
RULE_MEMBERS = {"priority", "path", "host", "forward", "sticky", "actions"}


def build(wanted: Dict[str, Any], account: str, region: str) -> Tuple[str, Dict[str, Any]]:
    """{"name": "lb", "type": "application", "listeners": [{"port": 80, "forward": {"blue": 100, "green": 0}, "rules":
    [{"priority": 10, "path": "/api/*", "forward": {...}}]}], "free": ["spare"]}: made with what it needs.

    Target groups are made as they are named, `free` ones without a rule, those in `lambda` for one function each.
    Returns the name and all ARNs by name: {"arn", "groups", "listeners", "rules"}.
    """
    _known(wanted, BALANCER_MEMBERS)
    from moto.ec2.models import ec2_backends
    from moto.elbv2.models import elbv2_backends
    backend = elbv2_backends[account][region]
    subnets = [subnet for subnet in ec2_backends[account][region].describe_subnets() if str(subnet.default_for_az).lower() == "true"]
    kind, name = wanted.get("type", "application"), wanted.get("name", "lb")
    balancer = backend.create_load_balancer(name, [], [subnet.id for subnet in subnets[:2]], loadbalancer_type=kind)
    made: Dict[str, Any] = {"arn": balancer.arn, "groups": {}, "listeners": {}, "rules": {}}

    def group(group_name: str) -> str:
        for known in backend.target_groups.values():
            if known.name == group_name:
                made["groups"][group_name] = known.arn
                return known.arn
        if group_name in wanted.get("lambda", ()):
            new = backend.create_target_group(group_name, target_type="lambda", protocol=None, port=None, vpc_id=None)
            made["groups"][group_name] = new.arn
            return new.arn
        new = backend.create_target_group(
            group_name, protocol="TCP" if kind == "network" else "HTTP", port="80", vpc_id=subnets[0].vpc_id,
            target_type="ip")
        made["groups"][group_name] = new.arn
        return new.arn

    def actions(of: Dict[str, Any]) -> List[Dict[str, Any]]:
        if "actions" in of:
            return of["actions"]
        forward: Dict[str, Any] = {"TargetGroups": [
            {"TargetGroupArn": group(named), "Weight": weight} for named, weight in of["forward"].items()]}
        if of.get("sticky"):
            forward["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": of["sticky"]}
        return [{"Type": "forward", "ForwardConfig": forward}]

    for named in [*wanted.get("free", []), *wanted.get("lambda", [])]:
        group(named)
    for item in wanted.get("listeners", []):
        _known(item, LISTENER_MEMBERS)
        port = item.get("port", 80)
        protocol = item.get("protocol", "TCP" if kind == "network" else "HTTP")
        certificate = f"arn:aws:iam::{account}:server-certificate/sandbox" if protocol in ("HTTPS", "TLS") else None
        listener = backend.create_listener(balancer.arn, protocol, port, None, certificate, actions(item))
        made["listeners"][str(port)] = listener.arn
        made["rules"][f"{name}:{port}/default"] = next(rule.arn for rule in listener.rules.values() if rule.is_default)
        for number, rule in enumerate(item.get("rules", []), 1):
            _known(rule, RULE_MEMBERS)
            priority = rule.get("priority", number)
            conditions = [{"Field": "host-header", "HostHeaderConfig": {"Values": [rule["host"]]}}] if "host" in rule \
                else [{"Field": "path-pattern", "PathPatternConfig": {"Values": [rule.get("path", "/*")]}}]
            made["rules"][f"{name}:{port}/{priority}"] = backend.create_rule(
                listener.arn, conditions, priority, actions(rule)).arn
    return name, made


def _known(what: Dict[str, Any], members: "set[str]") -> None:
    unknown = set(what) - members
    if unknown:
        raise ValueError(f"unknown member: {', '.join(sorted(unknown))}; there are {', '.join(sorted(members))}")


def set_targets(world: World, body: Dict[str, Any]) -> Dict[str, Any]:
    """Give some or all targets of a group another health; ECS replaces the tasks of unhealthy ones, unless
    `replace` is false."""
    group = _group(body["group"])
    from .patches.elbv2.targets import set_health
    chosen = [target for target in group.targets.values()
              if "draining" not in target and body.get("target") in (None, target["Id"])][:body.get("count")]
    for target in chosen:
        set_health(group, target, body["health"], body.get("reason", ""), body.get("code", ""))
        world.traffic.targets_changed(group, f"{target['Id']} became {body['health']}")
    if body["health"] == "unhealthy" and body.get("replace", True):
        addresses = {target["Id"]: target for target in chosen}
        for store in world.ecs.stores.values():
            for cluster in store.clusters.values():
                for task in list(cluster.tasks.values()):
                    if task.wanted and task.address in addresses and task.service:
                        world.ecs.scheduler.lifecycle.target_failed(task, addresses[task.address]["why"])
    return {"targets": [target["Id"] for target in chosen]}


def _group(name: str) -> Any:
    """moto's target group of this name or ARN, wherever it is."""
    models = sys.modules.get("moto.elbv2.models")
    for regions in models.elbv2_backends.values() if models else ():
        for backend in regions.values():
            for group in backend.target_groups.values():
                if name in (group.name, group.arn):
                    return group
    raise ValueError(f"no target group '{name}'")
