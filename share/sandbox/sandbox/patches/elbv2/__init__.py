"""Load balancers: what moto takes without looking, and targets that take time.

    actions   forward actions are checked, and shown as AWS shows them
    targets   initial, healthy, unhealthy, draining, unused
    lists     pages, order, and what isn't there
"""

from . import actions, lists, targets


def install() -> None:
    targets.install()
    actions.install()
    lists.install()
