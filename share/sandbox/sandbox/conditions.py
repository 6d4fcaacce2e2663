"""Waiting for something to become true, instead of sleeping and hoping."""

import asyncio
import re
from typing import Any, Dict, Optional, Tuple

from .alarms import SYNONYMS
from .ecs.model import Service
from .lambda_ import overview
from .world import World

DEFAULT_TIMEOUT = 30.0


async def wait(world: World, body: Dict[str, Any]) -> Tuple[bool, Dict[str, Any]]:
    """Wait until all conditions hold: `calls`, `service`, `function`, `traffic`, …; `timeout` in real seconds."""
    unknown = set(body) - {"calls", "service", "task", "event", "traffic", "alarm", "function", "mapping", "timeout", "clock"}
    if unknown or len(body) == 0:
        raise ValueError(f"unknown condition: {', '.join(sorted(unknown)) or 'none given'}")
    loop = asyncio.get_running_loop()
    deadline = loop.time() + body.get("timeout", DEFAULT_TIMEOUT)
    while True:
        world.advance()
        changed = world.changed
        met, saw = _holds(world, body)
        left = deadline - loop.time()
        if met or left <= 0:
            return met, saw
        next_at = world.timers.next_at()
        pause = world.clock.real_seconds_until(next_at) if next_at is not None else None
        try:
            await asyncio.wait_for(changed.wait(), left if pause is None else max(0.001, min(left, pause)))
            await asyncio.sleep(0.003)    # a burst of requests is looked at once
        except asyncio.TimeoutError:
            pass


def _holds(world: World, body: Dict[str, Any]) -> Tuple[bool, Dict[str, Any]]:
    met, saw = True, {}
    if "calls" in body:
        wanted = dict(body["calls"])
        count = wanted.pop("count", 1)
        saw["calls"] = sum("status" in record for record in
                           world.calls.find({name: str(value) for name, value in wanted.items()}))
        met = met and saw["calls"] >= count
    if "service" in body:
        service = find_service(world, body["service"])
        saw["service"] = _state(service)
        met = met and _service_is(service, saw["service"], body["service"])
    if "event" in body:
        service = find_service(world, body["event"])
        texts = [event["message"] for event in service.events] if service else []
        saw["events"] = texts[:10]
        met = met and any(re.search(body["event"]["match"], text) for text in texts)
    if "task" in body:
        wanted = body["task"]
        saw["tasks"] = [{"family": task.definition.family, "status": task.last_status, "group": task.group}
                        for store in world.ecs.stores.values() for cluster in store.clusters.values()
                        for task in cluster.tasks.values()]
        met = met and sum(all(task[name] == value for name, value in wanted.items() if name != "count")
                          for task in saw["tasks"]) >= wanted.get("count", 1)
    if "traffic" in body:
        met = met and _traffic_is(world, body["traffic"], saw)
    for name, present in (("function", overview.functions), ("mapping", overview.mappings)):
        if name in body:
            saw[name] = present(world)
            met = met and any(overview.fits(item, body[name]) for item in saw[name])
    if "alarm" in body:
        wanted = body["alarm"]
        saw["alarms"] = [alarm for alarm in world.alarms.wire()["alarms"] if alarm["name"] == wanted["name"]]
        met = met and any(alarm["state"] == wanted["state"] for alarm in saw["alarms"])
    return met, saw


def _traffic_is(world: World, wanted: Dict[str, Any], saw: Dict[str, Any]) -> bool:
    """{"rule": label or ARN, "group": name, "weight": n, "serving": n}; or alias and version for rule and group"""
    wanted = {SYNONYMS.get(name, name): value for name, value in wanted.items()}
    unknown = set(wanted) - {"rule", "group", "weight", "serving", "percent"}
    if unknown:
        raise ValueError(f"unknown member of a traffic condition: {', '.join(sorted(unknown))}")
    groups = [group for rule in world.traffic.find(wanted.get("rule")) for group in rule.wire()["groups"]
              if wanted.get("group") in (None, group["group"], group["arn"])]
    saw["traffic"] = groups
    return any(all(group[name] == wanted[name] for name in ("weight", "serving", "percent") if name in wanted)
               for group in groups)


def find_service(world: World, wanted: Dict[str, Any]) -> Optional[Service]:
    for (account, region), store in world.ecs.stores.items():
        if wanted.get("region") not in (None, region) or wanted.get("account") not in (None, account):
            continue
        for cluster in store.clusters.values():
            if wanted.get("cluster") in (None, cluster.name) and wanted["name"] in cluster.services:
                return cluster.services[wanted["name"]]
    return None


def _state(service: Optional[Service]) -> Dict[str, Any]:
    if service is None:
        return {"status": "ABSENT"}
    shown = service.wire()
    first = shown["deployments"][0] if shown["deployments"] else {}
    return {
        "status": service.status, "running": shown["runningCount"], "pending": shown["pendingCount"],
        "desired": service.desired, "rollout": first.get("rolloutState"), "failed": first.get("failedTasks"),
        "deployment": service.history[0].status if service.history else None,
        "stage": service.history[0].rollout.stage if service.history and service.history[0].rollout else None,
        "deployments": len(shown["deployments"]), "steady": service.steady,
        "taskDefinition": service.revision.get("taskDefinition", "").rpartition("/")[2],
    }


def _service_is(service: Optional[Service], state: Dict[str, Any], wanted: Dict[str, Any]) -> bool:
    where = ("cluster", "name", "region", "account")
    for name, value in wanted.items():
        if name in where:
            continue
        if name not in state and service is not None:
            raise ValueError(f"unknown member of a service condition: {name}; there are {', '.join(state)}")
        if name == "failed":
            if (state.get(name) or 0) < value:
                return False
        elif state.get(name) != value:
            return False
    return True
