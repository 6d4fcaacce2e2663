"""The form encoding of the Query protocol, read by the model's shapes."""

import re
from typing import Any, Dict, List, Set, Tuple

from botocore.model import Shape


def parse(shape: Shape, fields: Dict[str, str]) -> Tuple[Dict[str, Any], List[str]]:
    """Nested parameters, and the names of the fields that no member explains."""
    used: Set[str] = set()
    params = _structure(shape, fields, "", used)
    return params, [name for name in fields if name not in used]


def scalar(shape: Shape, text: str) -> Any:
    """Text as the shape's type where it is one; else as it is, for validate to reject."""
    kind = shape.type_name
    if kind in ("integer", "long") and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind in ("float", "double"):
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _structure(shape: Shape, fields: Dict[str, str], prefix: str, used: Set[str]) -> Dict[str, Any]:
    found = {}
    for name, member in shape.members.items():
        wire = member.serialization.get("name", name)
        path = f"{prefix}.{wire}" if prefix else wire
        if _present(fields, path):
            found[wire] = _value(member, fields, path, used)
    return found


def _present(fields: Dict[str, str], path: str) -> bool:
    return path in fields or any(name.startswith(path + ".") for name in fields)


def _value(shape: Shape, fields: Dict[str, str], path: str, used: Set[str]) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, fields, path, used)
    if shape.type_name == "list":
        base = path if shape.serialization.get("flattened") else f"{path}.{shape.member.serialization.get('name', 'member')}"
        return [_value(shape.member, fields, item, used) for item in _numbered(fields, path, base, used)]
    if shape.type_name == "map":
        base = path if shape.serialization.get("flattened") else f"{path}.entry"
        key = shape.key.serialization.get("name", "key")
        value = shape.value.serialization.get("name", "value")
        result = {}
        for item in _numbered(fields, path, base, used):
            used.add(f"{item}.{key}")
            result[fields.get(f"{item}.{key}", "")] = _value(shape.value, fields, f"{item}.{value}", used)
        return result
    used.add(path)
    return scalar(shape, fields.get(path, ""))


def _numbered(fields: Dict[str, str], path: str, base: str, used: Set[str]) -> List[str]:
    """base.1, base.2 ... as long as there are fields below; `path=` is the empty list."""
    if fields.get(path) == "":
        used.add(path)
        return []
    items = []
    while _present(fields, f"{base}.{len(items) + 1}"):
        items.append(f"{base}.{len(items) + 1}")
    return items
