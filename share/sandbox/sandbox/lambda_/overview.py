"""What the control API's `lambda` shows, and its `wait` waits for: functions, versions, aliases, mappings."""

from typing import Any, Dict, Iterator, List, Tuple

from .model import Function, Version


def _functions(world: Any) -> Iterator[Tuple[Any, Function]]:
    for store in world.lambda_.stores.values():
        for function in store.functions.values():
            yield store, function


def named(world: Any, what: Dict[str, Any]) -> List[Function]:
    """Those of a name, perhaps of one region and account only; ValueError if there are none."""
    found = [function for store, function in _functions(world) if function.name == what.get("function")
             and what.get("region") in (None, store.region) and what.get("account") in (None, store.account)]
    if not found:
        raise ValueError(f"no function '{what.get('function')}'")
    return found


def functions(world: Any) -> List[Dict[str, Any]]:
    return [{
        "name": function.name, "region": store.region, "arn": function.arn, "package": function.package,
        "state": function.latest.state, "update": function.latest.update,
        "versions": {version.number: {"state": version.state, "sha256": version.code.sha256}
                     for version in function.versions.values()},
        "aliases": {alias.name: alias.split() for alias in function.aliases.values()},
        "policies": {qualifier or "$LATEST": [item["Sid"] for item in statements]
                     for qualifier, statements in function.policies.items()},
        "sources": {qualifier or "$LATEST": [item.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn")
                                             for item in statements] for qualifier, statements in function.policies.items()},
    } for store, function in _functions(world)]


def mappings(world: Any) -> List[Dict[str, Any]]:
    return [{"uuid": mapping.uuid, "function": mapping.function_arn.partition(":function:")[2], "state": mapping.state,
             "source": mapping.config.get("EventSourceArn", "self-managed"), "config": mapping.wire()}
            for store in world.lambda_.stores.values() for mapping in store.mappings.values()]


def fits(item: Dict[str, Any], wanted: Dict[str, Any]) -> bool:
    """Does a function or mapping have these members? A member that is an object needs only those that are named."""
    for name, value in wanted.items():
        if name not in item:
            return False
        if isinstance(value, dict) and isinstance(item[name], dict):
            if not fits(item[name], value):
                return False
        elif item[name] != value:
            return False
    return True


def wire(world: Any) -> Dict[str, Any]:
    return {"functions": functions(world), "mappings": mappings(world), "rules": world.lambda_.lifecycle.rules}


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
    for item in mappings(world):
        region = item["config"]["FunctionArn"].split(":")[3]
        lines.append(f"{region} {item['function']} < {item['source']} {item['state']}\n")
    return "".join(lines)


def _numbered(version: Version) -> str:
    return version.number if version.state == "Active" else f"{version.number}({version.state})"
