"""Every change to moto, in one place; a name that isn't there stops the start."""

from .world import World


class MotoChanged(Exception):
    """The pinned moto isn't the one these patches were written for."""


def install(world: World) -> None:
    """Filled in by the modules that patch a service; see PATCHES."""
    for patch in PATCHES:
        patch(world)


PATCHES: list = []
