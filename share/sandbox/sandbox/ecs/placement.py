"""Where the next task of a service goes, and whether there is room."""

from typing import Any, Dict, List, Optional, Tuple

from ..world import World
from .model import Service, Task

# Fargate has no end; a cluster has no EC2 instances unless capacity says so.
_UNLIMITED = 1 << 30
_BUILT_IN = {"FARGATE": _UNLIMITED, "FARGATE_SPOT": _UNLIMITED}


def room(world: World, store: Any, place: str) -> int:
    """How many more tasks fit on a capacity provider or launch type."""
    return world.capacity.get(place, _BUILT_IN.get(place, 0)) - store.live_on.get(place, 0)


def no_room_message(place: str) -> str:
    if place.startswith("FARGATE"):
        return ("was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in "
                "a different availability zone. For more information, see the Troubleshooting section of the Amazon ECS "
                "Developer Guide.")
    return ("was unable to place a task because no container instance met all of its requirements. Reason: No Container "
            "Instances were found in your capacity. For more information, see the Troubleshooting section of the Amazon "
            "ECS Developer Guide.")


def next_place(strategy: Optional[List[Dict[str, Any]]], launch_type: Optional[str],
               placed: List[Task]) -> Tuple[str, Optional[str]]:
    """(launch type, capacity provider) of the next task after those placed.

    A strategy fills every base first, then the weights in proportion. As on
    AWS, a provider without room is not replaced by the next one.
    """
    if not strategy:
        return launch_type or "EC2", None
    count = {item["capacityProvider"]: 0 for item in strategy}
    for task in placed:
        if task.provider in count:
            count[task.provider] += 1
    chosen = None
    for item in strategy:
        if count[item["capacityProvider"]] < (item.get("base") or 0):
            chosen = item
            break
    if chosen is None:
        weighted = [item for item in strategy if (item.get("weight") or 0) > 0] or strategy[:1]
        chosen = min(weighted, key=lambda item: (count[item["capacityProvider"]] - (item.get("base") or 0))
                     / (item.get("weight") or 1))
    provider = chosen["capacityProvider"]
    return ("FARGATE" if provider.startswith("FARGATE") else "EC2"), provider


def say_no_room(world: World, service: Service, deployment: Any, place: str) -> None:
    """The event, not more often than every few tries."""
    if world.timers.now - service.no_room_said >= 5 * world.ms("place"):
        service.no_room_said = world.timers.now
        deployment.event(world.date(), no_room_message(place))
