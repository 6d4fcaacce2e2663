"""Every change to moto: one module for each service, and the way to make one.

moto is pinned, and a name that isn't there any more stops the sandbox instead
of being patched into the void.
"""

import importlib
from typing import Any, Callable, Set

from ..world import World


class MotoChanged(Exception):
    """This moto isn't the one the patches were written for."""


class Current:
    """The world the patches act in. moto's backends are global to the process,
    so there is one; a zygote's child brings its own."""

    world: World
    installed: Set[str] = set()


# Service -> its module here. Each brings half a second of moto with it, so it waits until it is asked for.
MODULES = {"elbv2": "elbv2", "cloudwatch": "cloudwatch", "application-autoscaling": "autoscaling"}


def use(world: World) -> None:
    Current.world = world


def prepare(service: str) -> None:
    """Before the first request to a service."""
    if service in MODULES and service not in Current.installed:
        Current.installed.add(service)
        importlib.import_module(f".{MODULES[service]}", __name__).install()


def now() -> int:
    """Sandbox milliseconds."""
    return Current.world.timers.now


def replace(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Set owner.name to make(what it was)."""
    original = owner.__dict__.get(name)
    if original is None:
        raise MotoChanged(f"{owner.__module__}.{owner.__name__} has no '{name}'")
    setattr(owner, name, make(original))
