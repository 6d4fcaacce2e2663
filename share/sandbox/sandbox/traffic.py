"""What the listeners' rules do with requests, and when they lose some.

A *hole* is a time in which a rule that once had healthy targets sends
requests to a target group without one, or has no weight above 0 at all. It is
looked for whenever a rule, a registration or a target's health changes, so
that none is too short to be seen. (A real load balancer then tries unhealthy
targets too, "fail-open"; that isn't service.)
"""

import contextlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Callable, Deque, Dict, Iterator, List, Optional, Set

CHANGES_KEPT = 1000


@dataclass(eq=False)
class Rule:
    arn: str
    listener_arn: str
    balancer: str                # name
    port: int
    priority: str                # "default" or a number
    backend: Any                 # moto's, which has the target groups
    weights: Dict[str, int] = field(default_factory=dict)    # target group ARN -> weight
    had_traffic: bool = False
    open: Dict[str, Dict[str, Any]] = field(default_factory=dict)    # "" or group ARN -> its present hole

    @property
    def label(self) -> str:
        return f"{self.balancer}:{self.port}/{self.priority}"

    def name_of(self, group_arn: str) -> str:
        group = self.backend.target_groups.get(group_arn)
        return group.name if group else group_arn

    def serving(self, group_arn: str) -> int:
        from .patches.elbv2.targets import serving
        group = self.backend.target_groups.get(group_arn)
        return serving(group) if group else 0

    def needed(self) -> List[str]:
        """The groups that requests go to."""
        return [arn for arn, weight in self.weights.items() if weight > 0]

    def why(self, _group_arn: str) -> str:
        """What is wrong with a group that serves nothing."""
        return "no healthy target"

    def wire(self) -> Dict[str, Any]:
        total = sum(self.weights.values())
        return {"rule": self.arn, "listener": self.listener_arn, "label": self.label, "had_traffic": self.had_traffic,
                "groups": [{"group": self.name_of(arn), "arn": arn, "weight": weight,
                            "percent": round(100 * weight / total, 3) if total else 0, "serving": self.serving(arn)}
                           for arn, weight in self.weights.items()]}


class Traffic:
    def __init__(self, world: Any) -> None:
        self.world = world
        self.watchers: List[Callable[[Rule], None]] = []    # called after a rule's weights changed
        self.reset()

    def reset(self) -> None:
        self.rules: Dict[str, Rule] = {}
        self.users: Dict[str, Set[str]] = {}    # target group ARN -> rules
        self.holes: List[Dict[str, Any]] = []
        self.violations: List[Dict[str, Any]] = []
        self.who = ""                           # who changes rules, if not a client
        self.changes: Deque[Dict[str, Any]] = deque(maxlen=CHANGES_KEPT)

    # ---- what happened

    @contextlib.contextmanager
    def by(self, who: str) -> Iterator[None]:
        """Changes within are not a client's."""
        self.who = who
        try:
            yield
        finally:
            self.who = ""

    def touched(self, rule: Any, listener_arn: str, operation: str) -> None:
        """A client changed or deleted a rule: who owns it while its weights move?"""
        from .ecs import native
        if self.who:
            return
        for arn in {rule.arn, listener_arn} if rule.is_default else {rule.arn}:
            service = native.owner(self.world, arn)
            if service:
                self.violations.append({"at": self._at(), "rule": rule.arn, "operation": operation,
                                        "service": f"{service.cluster.name}/{service.name}"})

    def rules_changed(self, backend: Any, found: List[Any], cause: str) -> None:
        """All (load balancer, listener, rule) that an account has in a region now."""
        cause = f"{self.who} {cause}".lstrip()
        seen: Set[str] = set()
        changed = []
        for balancer, listener, real in found:
            weights: Dict[str, int] = {}
            for action in real.actions:
                if action.type == "forward":
                    weights = {group["TargetGroupArn"]: int(group.get("Weight", 1))
                               for group in action.data["ForwardConfig"]["TargetGroups"]}
            if not weights:
                continue
            seen.add(real.arn)
            rule = self.rules.get(real.arn)
            if rule is None:
                rule = self.rules[real.arn] = Rule(real.arn, listener.arn, balancer.name, int(listener.port),
                                                   str(real.priority), backend)
            rule.priority = str(real.priority)
            if rule.weights != weights:
                rule.weights = weights
                changed.append(rule)
        for arn in [arn for arn, rule in self.rules.items() if rule.backend is backend and arn not in seen]:
            self._close(self.rules[arn], set())
            del self.rules[arn]
        self.users.clear()
        for rule in self.rules.values():
            for arn in rule.weights:
                self.users.setdefault(arn, set()).add(rule.arn)
        for rule in self.rules.values():
            if rule.backend is backend:
                self.look(rule, cause)
        for rule in changed:
            self._note(rule, cause)

    def own_rule_changed(self, rule: Rule, weights: Dict[str, Any], cause: str) -> None:
        """A rule of ours (an alias of Lambda) is new or has other weights."""
        self.rules[rule.arn] = rule
        changed = rule.weights != weights
        rule.weights = weights
        self.look(rule, cause)
        if changed:
            self._note(rule, cause)

    def own_rule_gone(self, rule: Rule) -> None:
        self._close(rule, set())
        del self.rules[rule.arn]

    def _note(self, rule: Rule, cause: str) -> None:
        self.changes.append({"at": self._at(), "rule": rule.arn, "label": rule.label, "cause": cause,
                             "weights": {rule.name_of(arn): weight for arn, weight in rule.weights.items()}})
        for watcher in self.watchers:
            watcher(rule)

    def targets_changed(self, group: Any, cause: str) -> None:
        """Targets of a group came, went, or changed their health."""
        for arn in self.users.get(group.arn, ()):
            self.look(self.rules[arn], cause)

    def look(self, rule: Rule, cause: str) -> None:
        """Is there a hole now, or none any more?"""
        serving = {arn: rule.serving(arn) for arn in rule.needed()}
        if not rule.had_traffic:
            rule.had_traffic = any(serving.values())
            if not rule.had_traffic:
                return
        bad = {arn for arn, count in serving.items() if count == 0} if serving else {""}
        self._close(rule, bad)
        total = sum(rule.weights.values())
        for arn in bad - set(rule.open):
            hole = {"rule": rule.arn, "label": rule.label, "group": rule.name_of(arn) if arn else None,
                    "percent": round(100 * rule.weights[arn] / total, 3) if arn else 100.0,
                    "why": rule.why(arn) if arn else "no weight above 0", "cause": cause, "from": self._at(),
                    "until": None}
            rule.open[arn] = hole
            self.holes.append(hole)

    def _close(self, rule: Rule, still_bad: Set[str]) -> None:
        for arn in set(rule.open) - still_bad:
            rule.open.pop(arn)["until"] = self._at()

    def _at(self) -> float:
        return self.world.timers.now / 1000

    # ---- what the control API shows

    def wire(self) -> Dict[str, Any]:
        return {"rules": [rule.wire() for rule in self.rules.values()], "changes": list(self.changes)}

    def text(self) -> str:
        """One line for each change of weights: `0.350 lb:80/default ModifyListener blue=90 green=10`."""
        return "".join(f"{item['at']:.3f} {item['label']} {item['cause']} "
                       + " ".join(f"{name}={weight}" for name, weight in item["weights"].items()) + "\n"
                       for item in self.changes)

    def holes_of(self, rule: Optional[str]) -> List[Dict[str, Any]]:
        return [hole for hole in self.holes if rule in (None, hole["rule"], hole["label"])]

    def clear_holes(self) -> None:
        """Forget; a hole that is still open begins anew."""
        self.holes.clear()
        for rule in self.rules.values():
            rule.open.clear()
            self.look(rule, "still open")

    def find(self, rule: Optional[str]) -> List[Rule]:
        """Rules by ARN, by listener's ARN (its default rule), or by label; all of them for None."""
        return [item for item in self.rules.values()
                if rule in (None, item.arn, item.label) or (rule == item.listener_arn and item.priority == "default")]


def as_text(holes: List[Dict[str, Any]]) -> str:
    """One line for each hole."""
    return "".join(f"{hole['from']:.3f}-{'' if hole['until'] is None else format(hole['until'], '.3f')} "
                   f"{hole['label']} {hole['group'] or '-'} {hole['percent']:g}% {hole['why']} ({hole['cause']})\n"
                   for hole in holes)
