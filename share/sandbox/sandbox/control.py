"""The control API: JSON under /_sandbox/, for tests only, unsigned.

GET shows, POST changes, DELETE clears. README.md has an example of each.
"""

import json
from typing import Any, Callable, Dict, List, Optional
from urllib.parse import parse_qsl

from . import balancing, conditions, scaling, seed, traffic
from .apigateway import live, request as api_request
from .calls import as_line
from .ecs import hooks
from .ecs.lifecycle import BEHAVIOUR_MEMBERS, MATCH_MEMBERS
from .ecs.model import Service
from .lambda_ import lifecycle, overview
from .http import Request, Response
from .world import World


class ControlError(ValueError):
    """A request nobody can carry out: 400 with its text."""


class Control:
    def __init__(self, world: World, moto: Any) -> None:
        self.world = world
        self.moto = moto
        self._things: Dict[str, Callable[[str, Any, Dict[str, str]], Any]] = {
            "reset": self._reset, "clock": self._clock, "timing": self._timing, "config": self._config,
            "behaviours": self._behaviours, "capacity": self._capacity, "addresses": self._addresses,
            "interrupt": self._interrupt, "faults": self._faults, "keys": self._keys, "roles": self._roles,
            "targets": self._targets, "traffic": self._traffic, "holes": self._holes,
            "apis": lambda _method, _body, _query: live.stages(self.world),
            "request": lambda _method, body, _query: api_request.send(self.world, body or {}), "lambda": self._lambda, "images": self._images,
            "alarms": self._alarms, "hooks": self._hooks, "violations": self._violations,
            "autoscale": lambda _method, body, _query: scaling.scale(self.world, body or {}),
            "calls": self._calls, "services": self._services, "stats": self._stats, "seed": self._seed,
        }

    async def answer(self, request: Request) -> Response:
        what = request.path[len("/_sandbox/"):].strip("/")
        query = dict(parse_qsl(request.query))
        try:
            body = json.loads(request.body) if request.body else None
            if what == "wait":
                return await self._wait(body or {})
            if what not in self._things:
                raise ControlError(f"no such thing: '{what}'; there are {', '.join(sorted(self._things))}, wait")
            self.world.advance()
            result = self._things[what](request.method, body, query)
            self.world.notify()
        except Exception as error:
            if not isinstance(error, (ValueError, KeyError, TypeError, AttributeError)) and not hasattr(error, "code"):
                raise    # not a refusal of moto's either
            text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            return _json({"error": text}, 400)
        if isinstance(result, str):
            return Response(200, {"Content-Type": "text/plain"}, result.encode())
        return _json(result)

    # ---- time

    def _reset(self, _method: str, body: Any, _query: Dict[str, str]) -> Any:
        body = body or {}
        self.moto.reset()
        self.world.reset(body.get("speed", 1.0), body.get("manual", False))
        return {}

    def _clock(self, _method: str, body: Any, _query: Dict[str, str]) -> Any:
        clock = self.world.clock
        if body:
            _only(body, {"speed", "manual", "advance"})
            clock.change(body.get("speed"), body.get("manual"))
            clock.advance(body.get("advance", 0))
            self.world.advance()
        return {"now": clock.now() / 1000, "speed": clock.speed, "manual": clock.manual}

    def _timing(self, _method: str, body: Any, _query: Dict[str, str]) -> Any:
        return self._update(self.world.timing, body)

    def _config(self, _method: str, body: Any, _query: Dict[str, str]) -> Any:
        return self._update(self.world.config, body)

    def _update(self, settings: Dict[str, Any], body: Optional[Dict[str, Any]]) -> Dict[str, Any]:
        _only(body or {}, set(settings))
        settings.update(body or {})
        return settings

    # ---- how tasks fare

    def _behaviours(self, method: str, body: Any, _query: Dict[str, str]) -> Any:
        rules = self.world.behaviours
        if method == "DELETE":
            rules.clear()
        elif body:
            new = _listed(body)
            for rule in new:
                _only(rule, BEHAVIOUR_MEMBERS)
                _only(rule.get("match", {}), MATCH_MEMBERS)
            rules[:0] = new     # the newest wins
        return rules

    def _capacity(self, method: str, body: Any, _query: Dict[str, str]) -> Any:
        return self._limits(self.world.capacity, method, body)

    def _addresses(self, method: str, body: Any, _query: Dict[str, str]) -> Any:
        return self._limits(self.world.addresses, method, body)

    def _limits(self, limits: Dict[str, int], method: str, body: Any) -> Dict[str, int]:
        """{"name": n}; null lifts the limit."""
        if method == "DELETE":
            limits.clear()
        for name, limit in (body or {}).items():
            if limit is None:
                limits.pop(name, None)
            else:
                limits[name] = int(limit)
        return limits

    def _interrupt(self, _method: str, body: Any, _query: Dict[str, str]) -> Any:
        """Take running tasks away: {"provider": "FARGATE_SPOT", "count": 1}."""
        body = body or {}
        _only(body, {"provider", "count", "service", "code", "reason"})
        code = body.get("code", "SpotInterruption")
        reason = body.get("reason", "Your Spot Task was interrupted." if code == "SpotInterruption" else code)
        taken = []
        for task in self._all_tasks():
            if len(taken) == body.get("count", 1):
                break
            if body.get("provider", "FARGATE_SPOT") not in (task.provider, task.launch_type) or not task.wanted:
                continue
            if task.last_status != "RUNNING" or body.get("service") not in (None, task.service and task.service.name):
                continue
            self.world.ecs.scheduler.lifecycle.stop(task, code, reason)
            taken.append(task.arn)
        return {"tasks": taken}

    def _targets(self, _method: str, body: Any, _query: Dict[str, str]) -> Any:
        """{"group": "blue", "health": "unhealthy", "reason": "Request timed out", "count": 1}."""
        body = body or {}
        _only(body, {"group", "health", "reason", "code", "count", "replace", "target"})
        if body.get("health") not in ("healthy", "unhealthy"):
            raise ControlError("health must be healthy or unhealthy")
        return balancing.set_targets(self.world, body)

    def _traffic(self, _method: str, _body: Any, query: Dict[str, str]) -> Any:
        return self.world.traffic.text() if query.get("format") == "text" else self.world.traffic.wire()

    def _holes(self, method: str, _body: Any, query: Dict[str, str]) -> Any:
        if method == "DELETE":
            self.world.traffic.clear_holes()
        found = self.world.traffic.holes_of(query.get("rule"))
        return traffic.as_text(found) if query.get("format") == "text" else found

    def _hooks(self, method: str, body: Any, _query: Dict[str, str]) -> Any:
        if method == "DELETE":
            self.world.hooks.clear()
        for rule in reversed(_listed(body)) if body else ():
            _only(rule, hooks.RULE_MEMBERS)
            if rule.get("result", "SUCCEEDED") not in hooks.RESULTS:
                raise ControlError(f"result must be one of {', '.join(hooks.RESULTS)}")
            self.world.hooks.insert(0, rule)
        return self.world.hooks

    def _violations(self, method: str, _body: Any, _query: Dict[str, str]) -> Any:
        if method == "DELETE":
            self.world.traffic.violations.clear()
        return self.world.traffic.violations

    def _alarms(self, method: str, body: Any, _query: Dict[str, str]) -> Any:
        if method == "DELETE":
            self.world.alarms.reset()
        for wanted in _listed(body) if body else ():
            self.world.alarms.schedule(wanted)
        return self.world.alarms.wire()

    # ---- Lambda

    def _lambda(self, method: str, body: Any, query: Dict[str, str]) -> Any:
        """GET: what there is; POST: how functions fare, see lambda_/lifecycle.py."""
        if method == "DELETE":
            self.world.lambda_.lifecycle.rules.clear()
        elif body:
            new = _listed(body)
            for what in [item["set"] for item in new if "set" in item]:
                _only(what, lifecycle.SET_MEMBERS)
                for function in overview.named(self.world, what):
                    self.world.lambda_.lifecycle.set_state(function, what)
            new = [item for item in new if "set" not in item]
            for rule in new:
                _only(rule, lifecycle.RULE_MEMBERS)
                _only(rule.get("match", {}), lifecycle.MATCH_MEMBERS)
                lifecycle.check_rule(rule)
            self.world.lambda_.lifecycle.rules[:0] = new     # the newest wins
        return overview.text(self.world) if query.get("format") == "text" else overview.wire(self.world)

    def _images(self, method: str, body: Any, _query: Dict[str, str]) -> Any:
        """{"123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1": "sha256:...", or null: no such image}."""
        if method == "DELETE":
            self.world.images.clear()
        self.world.images.update(body or {})
        return self.world.images

    def _all_tasks(self) -> List[Any]:
        return [task for store in self.world.ecs.stores.values() for cluster in store.clusters.values()
                for task in cluster.tasks.values()]

    # ---- requests

    def _faults(self, method: str, body: Any, _query: Dict[str, str]) -> Any:
        if method == "DELETE":
            self.world.faults.clear()
        elif body:
            return [self.world.faults.add(rule) for rule in _listed(body)]
        return self.world.faults.rules

    def _keys(self, _method: str, body: Any, _query: Dict[str, str]) -> Any:
        """{"AKID": {"secret", "account", "user", "token", "expires", "allow", "deny"}}; null takes a key away."""
        for name, what in (body or {}).items():
            if what is None:
                self.world.access.keys.pop(name, None)
            else:
                _only(what, {"secret", "account", "user", "arn", "token", "expires", "allow", "deny"})
                self.world.access.set_key(name, what)
        return {name: {"arn": key.arn, "expires": key.expires} for name, key in self.world.access.keys.items()}

    def _roles(self, _method: str, body: Any, _query: Dict[str, str]) -> Any:
        for name, what in (body or {}).items():
            if what is None:
                self.world.access.roles.pop(name, None)
            else:
                _only(what, {"account", "allow", "deny", "trust", "external_id", "max_duration"})
                self.world.access.set_role(name, what)
        return sorted(self.world.access.roles)

    def _calls(self, method: str, _body: Any, query: Dict[str, str]) -> Any:
        if method == "DELETE":
            self.world.calls.clear()
        found = list(self.world.calls.find(query))
        if query.get("format") == "text":
            return "".join(as_line(record) + "\n" for record in found)
        return found

    def _stats(self, _method: str, _body: Any, _query: Dict[str, str]) -> Any:
        calls = self.world.calls
        return {
            "calls": len(calls.records), "invalid": sum(bool(record.get("invalid")) for record in calls.records),
            "in_flight": calls.in_flight, "peak_in_flight": calls.peak_in_flight,
            "services": len(self._all_services()), "tasks": len(self._all_tasks()), "moto_loaded": self.moto.loaded,
        }

    # ---- what is there

    def _all_services(self) -> List[Service]:
        return [service for store in self.world.ecs.stores.values() for cluster in store.clusters.values()
                for service in cluster.services.values()]

    def _services(self, _method: str, _body: Any, query: Dict[str, str]) -> Any:
        """All services, wherever they are; format=text for one line each."""
        lines, found = [], []
        for service in self._all_services():
            shown = service.wire()
            found.append(shown)
            rollout = service.deployments[0].rollout_state if service.deployments else "-"
            definition = service.revision.get("taskDefinition", "-").rpartition("/")[2]
            lines.append(f"{service.store.region} {service.cluster.name}/{service.name} {service.status} "
                         f"{shown['runningCount']}/{service.desired} {definition} {rollout}\n")
        return "".join(lines) if query.get("format") == "text" else found

    def _seed(self, _method: str, body: Any, _query: Dict[str, str]) -> Any:
        return seed.plant(self.world, self.moto, body or {})

    async def _wait(self, body: Dict[str, Any]) -> Response:
        met, saw = await conditions.wait(self.world, body)
        return _json({"ok": met, **saw}, 200 if met else 408)


def _json(value: Any, status: int = 200) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(value, default=str).encode() + b"\n")


def _listed(body: Any) -> List[Dict[str, Any]]:
    return body if isinstance(body, list) else [body]


def _only(what: Dict[str, Any], known: "set[str]") -> None:
    unknown = set(what) - known
    if unknown:
        raise ControlError(f"unknown member: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")


