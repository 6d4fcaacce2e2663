"""Aliases as rules of world.traffic: `hello:live` sends so many percent to each version.

So alarms go off at weights, changes are listed and waited for, and an alias that names a version that isn't there
or isn't Active is a hole, whatever that version's weight.
"""

from typing import Any, Dict, List

from ..traffic import Rule
from .model import Alias, Function


class AliasRule(Rule):
    """A rule whose groups are versions, their weights percentages."""

    alias: Alias

    @property
    def label(self) -> str:
        return f"{self.alias.function.name}:{self.alias.name}"

    def name_of(self, group_arn: str) -> str:
        return group_arn.rpartition(":")[2]

    def serving(self, group_arn: str) -> int:
        version = self.alias.function.version(self.name_of(group_arn))
        return int(version is not None and version.state == "Active")

    def needed(self) -> List[str]:
        return list(self.weights)

    def why(self, group_arn: str) -> str:
        version = self.alias.function.version(self.name_of(group_arn))
        return f"version {self.name_of(group_arn)} is {version.state if version else 'missing'}"


class Routing:
    def __init__(self, world: Any) -> None:
        self.world = world

    def changed(self, alias: Alias, cause: str) -> None:
        """An alias is new, or has other versions or weights."""
        rule = self.world.traffic.rules.get(alias.arn)
        if rule is None:
            rule = AliasRule(alias.arn, alias.arn, alias.function.name, 0, alias.name, alias.function.store)
            rule.alias, rule.had_traffic = alias, True
        weights: Dict[str, Any] = {}
        for number, share in alias.split().items():
            percent = round(share * 100, 6)
            weights[f"{alias.function.arn}:{number}"] = int(percent) if percent == int(percent) else percent
        self.world.traffic.own_rule_changed(rule, weights, cause)

    def look(self, function: Function, cause: str) -> None:
        """A version changed its state, or something is gone."""
        from ..apigateway import live
        gone = [rule for rule in self.world.traffic.rules.values() if isinstance(rule, AliasRule)
                and rule.alias.function is function and (
                    function.deleted or function.aliases.get(rule.alias.name) is not rule.alias)]
        for rule in gone:
            self.world.traffic.own_rule_gone(rule)
        for alias in () if function.deleted else function.aliases.values():
            rule = self.world.traffic.rules.get(alias.arn)
            if rule:
                self.world.traffic.look(rule, cause)
        live.look(self.world, cause)
