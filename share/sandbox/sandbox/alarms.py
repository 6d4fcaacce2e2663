"""Alarms whose states tests choose, and when: at once, at a time, or when traffic moves.

    {"name": "errors", "state": "ALARM", "reason": "5xx", "in": 5, "for": 2}
    {"name": "errors", "state": "ALARM", "when": {"rule": "lb:80/default", "group": "green", "weight": 10}, "in": 0.5}
    {"name": "errors", "state": "ALARM", "when": {"alias": "hello:live", "version": "2", "percent": 10}}

`in` counts from now, or from the moment the weight is reached (at once when
it is there already); `for` so many seconds, then OK again.
"""

import sys
from typing import Any, Dict, Iterator, List, Tuple

from .traffic import Rule

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
MEMBERS = {"name", "state", "reason", "in", "for", "when", "region", "account"}
WHEN_MEMBERS = {"rule", "group", "weight", "percent"}
# An alias of Lambda is a rule whose groups are versions, see lambda_/routing.py.
SYNONYMS = {"alias": "rule", "version": "group"}


class Alarms:
    def __init__(self, world: Any) -> None:
        self.world = world
        self.waiting: List[Dict[str, Any]] = []
        world.traffic.watchers.append(self._weights_changed)

    def reset(self) -> None:
        self.waiting.clear()

    # ---- what tests ask for

    def schedule(self, wanted: Dict[str, Any]) -> None:
        _only(wanted, MEMBERS)
        if wanted.get("state") not in STATES:
            raise ValueError(f"state must be one of {', '.join(STATES)}")
        if not any(alarm.name == wanted.get("name") for _, alarm in self._matching(wanted)):
            raise ValueError(f"no alarm '{wanted.get('name')}'")
        wanted = dict(wanted)
        if wanted.get("when"):
            wanted["when"] = {SYNONYMS.get(name, name): value for name, value in wanted["when"].items()}
            _only(wanted["when"], WHEN_MEMBERS)
            if not {"weight", "percent"} & set(wanted["when"]):
                raise ValueError("when needs a weight or a percent")
            self.waiting.append(wanted)
            for rule in self.world.traffic.find(wanted["when"].get("rule")):
                self._weights_changed(rule)
        else:
            self._start(wanted)

    def _start(self, wanted: Dict[str, Any]) -> None:
        delay = round(wanted.get("in", 0) * 1000)
        if delay:
            self.world.timers.after(delay, lambda: self._set(wanted))
        else:
            self._set(wanted)

    def _set(self, wanted: Dict[str, Any]) -> None:
        for backend, alarm in self._matching(wanted):
            backend.set_alarm_state(alarm.name, wanted.get("reason", "set by a test"), None, wanted["state"])
        if wanted.get("for"):
            self.world.timers.after(round(wanted["for"] * 1000), lambda: self._set(
                {**wanted, "state": "OK", "reason": "no longer set by a test", "for": None}))

    def _weights_changed(self, rule: Rule) -> None:
        groups = rule.wire()["groups"]
        for wanted in list(self.waiting):
            when = wanted["when"]
            if rule not in self.world.traffic.find(when.get("rule")):
                continue
            for group in groups:
                if when.get("group") in (None, group["group"], group["arn"]) and all(
                        group[name] >= when[name] for name in ("weight", "percent") if name in when):
                    self.waiting.remove(wanted)
                    self._start(wanted)
                    break

    # ---- moto's alarms

    def _backends(self, wanted: Dict[str, Any]) -> Iterator[Any]:
        models = sys.modules.get("moto.cloudwatch.models")
        for account, regions in models.cloudwatch_backends.items() if models else ():
            for region, backend in regions.items():
                if wanted.get("region") in (None, region) and wanted.get("account") in (None, account):
                    yield backend

    def _matching(self, wanted: Dict[str, Any]) -> List[Tuple[Any, Any]]:
        return [(backend, backend.alarms[wanted["name"]]) for backend in self._backends(wanted)
                if wanted["name"] in backend.alarms]

    def wire(self) -> Dict[str, Any]:
        return {"alarms": [{"name": alarm.name, "region": backend.region_name, "state": alarm.state_value,
                            "reason": alarm.state_reason, "rule": alarm.rule}
                           for backend in self._backends({}) for alarm in backend.alarms.values()],
                "waiting": self.waiting}


def plant(wanted: Dict[str, Any], account: str, region: str) -> None:
    """{"errors": "OK", "any": {"rule": "ALARM(errors)"}}: make alarms of no metric to speak of."""
    from moto.cloudwatch.models import cloudwatch_backends
    backend = cloudwatch_backends[account][region]
    for name, what in wanted.items():
        composite = what if isinstance(what, dict) else {}
        _only(composite, {"rule"})
        if not composite and what not in STATES:
            raise ValueError(f"an alarm is one of {', '.join(STATES)}, or {{\"rule\": ...}}")
        backend.put_metric_alarm(
            name, None if composite else "Sandbox", None if composite else "Errors",
            None if composite else "GreaterThanThreshold", None if composite else 1, None if composite else 60,
            None if composite else 0.0, None if composite else "Sum", None, [], [], rule=composite.get("rule"))
        if not composite:
            backend.set_alarm_state(name, "set by a test", None, what)


def _only(what: Dict[str, Any], known: "set[str]") -> None:
    unknown = set(what) - known
    if unknown:
        raise ValueError(f"unknown member: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
