"""What the control API's `lambda` shows: functions, versions, aliases, mappings."""

from typing import Any, Dict, Iterator, Tuple

from .model import Function, Version


def _functions(world: Any) -> Iterator[Tuple[Any, Function]]:
    for store in world.lambda_.stores.values():
        for function in store.functions.values():
            yield store, function


def wire(world: Any) -> Dict[str, Any]:
    return {
        "functions": [{
            "name": function.name, "region": store.region, "arn": function.arn, "package": function.package,
            "versions": {version.number: {"state": version.state, "update": version.update,
                                          "sha256": version.code.sha256} for version in function.all_versions()},
            "aliases": {alias.name: alias.split() for alias in function.aliases.values()},
            "policies": {qualifier or "$LATEST": [item["Sid"] for item in statements]
                         for qualifier, statements in function.policies.items()},
        } for store, function in _functions(world)],
        "mappings": [mapping.wire() for store in world.lambda_.stores.values() for mapping in store.mappings.values()],
        "rules": world.lambda_.lifecycle.rules,
    }


def text(world: Any) -> str:
    """`us-east-1 hello Active/Successful versions=1,2 live=1:0.9,2:0.1`, and a line for each mapping."""
    lines = []
    for store, function in _functions(world):
        numbers = ",".join(_numbered(version) for version in function.versions.values()) or "-"
        aliases = "".join(f" {alias.name}=" + ",".join(f"{number}:{round(share, 6):g}" for number, share in
                                                       alias.split().items())
                          for _, alias in sorted(function.aliases.items()))
        lines.append(f"{store.region} {function.name} {function.latest.state}/{function.latest.update} "
                     f"versions={numbers}{aliases}\n")
    for store in world.lambda_.stores.values():
        for mapping in store.mappings.values():
            lines.append(f"{store.region} {mapping.function_arn.partition(':function:')[2]} < "
                         f"{mapping.config.get('EventSourceArn', 'self-managed')} {mapping.state}\n")
    return "".join(lines)


def _numbered(version: Version) -> str:
    return version.number if version.state == "Active" else f"{version.number}({version.state})"
