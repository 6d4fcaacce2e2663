"""Is a request well-formed by botocore's model?

The wire itself is judged, before any parser is lenient about it: a "3" for
an integer is wrong in JSON. Members the model doesn't know count as wrong
too, although AWS skips them silently, since a client that sends one believes
in a setting that does nothing.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Dict, List, Optional, Set, Tuple
from urllib.parse import parse_qs

from botocore.model import Shape, StructureShape

from . import wireform
from .errors import AwsError, of_kind
from .http import Request
from .protocol import Operation, service_model


@dataclass
class Problem:
    path: str      # containerDefinitions.1.member.name, as AWS writes it
    kind: str      # syntax, type, required, unknown, enum, length, range, pattern, union, header
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def check(operation: Operation, request: Request) -> Tuple[Dict[str, Any], List[Problem]]:
    """The parameters of a request, and what is wrong with it."""
    assert operation.model is not None
    shape = operation.model.input_shape
    problems: List[Problem] = []
    if operation.protocol == "json":
        params = _json_body(request.body, problems)
        problems += _json_headers(operation, request)
    elif operation.protocol == "query":
        params = _query_body(operation, request, problems)
    elif operation.protocol.startswith("rest"):
        params = _rest_parts(operation, request, problems)
    else:
        return {}, []
    if shape is None:
        if params and operation.protocol == "json":
            problems += [Problem(name, "unknown", "unknown member") for name in params]
        return params, problems
    if not any(problem.kind == "syntax" for problem in problems):
        # The body of a REST-XML request stays unread: nothing here writes one.
        # Lambda's patterns hold for the whole value; other models have some that are meant for a part.
        walk(shape, params, "", problems, operation.protocol != "rest-xml", operation.service == "lambda")
    return params, problems


def refusal(operation: Operation, problems: List[Problem]) -> AwsError:
    """The error AWS gives for the worst of these."""
    first = problems[0]
    for kind in ("syntax", "header", "type", "unknown"):
        for problem in problems:
            if problem.kind == kind:
                return of_kind("serialization", str(problem), operation.service, operation.protocol)
    text = "; ".join(str(problem) for problem in problems)
    noun = "error" if len(problems) == 1 else "errors"
    message = f"{len(problems)} validation {noun} detected: {text}"
    if operation.service == "ecs":
        register = operation.name in ("RegisterTaskDefinition", "DeregisterTaskDefinition")
        return AwsError("ClientException" if register else "InvalidParameterException", message)
    if operation.service == "logs":
        return AwsError("InvalidParameterException", message)
    if operation.service == "lambda":
        return AwsError("ValidationException" if first.kind != "required" else "InvalidParameterValueException", message)
    if operation.service == "apigatewayv2":
        return AwsError("BadRequestException", message)
    if operation.protocol == "query":
        return AwsError("ValidationError", message)
    return AwsError("ValidationException", message)


# ---- reading the wire

def _json_body(body: bytes, problems: List[Problem]) -> Dict[str, Any]:
    try:
        value = json.loads(body or b"", object_pairs_hook=_no_duplicates)
    except _Duplicate as error:
        problems.append(Problem(str(error), "syntax", "member given twice"))
        return {}
    except ValueError as error:
        problems.append(Problem("", "syntax", f"the body is not JSON: {error}"))
        return {}
    if not isinstance(value, dict):
        problems.append(Problem("", "syntax", "the body is not a JSON object"))
        return {}
    return value


class _Duplicate(Exception):
    pass


def _no_duplicates(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Duplicate(next(name for name in names if names.count(name) > 1))
    return result


def _json_headers(operation: Operation, request: Request) -> List[Problem]:
    model = service_model(operation.service)
    assert model is not None
    problems = []
    version = model.metadata.get("jsonVersion", "1.0")
    sent = request.headers.get("content-type", "")
    if sent != f"application/x-amz-json-{version}":
        problems.append(Problem("Content-Type", "header", f"'{sent}' where 'application/x-amz-json-{version}' is due"))
    target = f"{model.metadata.get('targetPrefix')}.{operation.name}"
    if request.headers.get("x-amz-target") != target:
        problems.append(Problem("X-Amz-Target", "header", f"'{target}' is due"))
    if request.method != "POST" or request.path != "/":
        problems.append(Problem("", "header", f"'{request.method} {request.path}' where 'POST /' is due"))
    return problems


def _query_body(operation: Operation, request: Request, problems: List[Problem]) -> Dict[str, Any]:
    text = request.body.decode("utf-8", "replace") if request.body else request.query
    fields = {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}
    fields.pop("Action", None)
    version = fields.pop("Version", None)
    model = service_model(operation.service)
    assert model is not None and operation.model is not None
    if version != model.api_version:
        problems.append(Problem("Version", "header", f"'{version}' where '{model.api_version}' is due"))
    if request.body and not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        problems.append(Problem("Content-Type", "header", "'application/x-www-form-urlencoded' is due"))
    shape = operation.model.input_shape
    params, unread = wireform.parse(shape, fields) if shape else ({}, list(fields))
    problems += [Problem(name, "unknown", "unknown parameter") for name in unread]
    return params


def _rest_parts(operation: Operation, request: Request, problems: List[Problem]) -> Dict[str, Any]:
    assert operation.model is not None
    shape = operation.model.input_shape
    if shape is None:
        return {}
    query = parse_qs(request.query, keep_blank_values=True)
    params: Dict[str, Any] = {}
    if operation.protocol == "rest-json":
        problems += _rest_wire(operation, request, set(query))
    for name, member in shape.members.items():
        where, wire = member.serialization.get("location"), member.serialization.get("name", name)
        if where == "uri" and wire in operation.path_values:
            params[wire] = wireform.scalar(member, operation.path_values[wire])
        elif where == "querystring" and wire in query:
            if member.type_name == "list":
                params[wire] = [wireform.scalar(member.member, value) for value in query[wire]]
            elif member.type_name != "map":
                params[wire] = wireform.scalar(member, query[wire][-1])
        elif where == "header" and wire.lower() in request.headers:
            params[wire] = wireform.scalar(member, request.headers[wire.lower()])
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name != "structure":
        params[payload] = request.body
    elif request.body and operation.protocol == "rest-json":
        body = _json_body(request.body, problems)
        if payload:
            params[shape.members[payload].serialization.get("name", payload)] = body
        else:
            params.update(body)
    return params


def _rest_wire(operation: Operation, request: Request, query: Set[str]) -> List[Problem]:
    """Query parameters nobody reads, bodies nobody expects, and JSON that says it is something else."""
    assert operation.model is not None
    shape = operation.model.input_shape
    places = [(member.serialization.get("location"), member.serialization.get("name", name))
              for name, member in shape.members.items()]
    fixed = {item.partition("=")[0] for item in operation.model.http["requestUri"].partition("?")[2].split("&")}
    known = fixed | {wire for where, wire in places if where == "querystring"}
    problems = [Problem(name, "unknown", "unknown query parameter") for name in sorted(query - known)]
    takes_body = any(where is None for where, _ in places)
    if request.body and not takes_body:
        problems.append(Problem("", "unknown", f"{operation.name} has no body"))
    content = request.headers.get("content-type", "application/json").partition(";")[0]
    payload = shape.serialization.get("payload")
    raw = payload and shape.members[payload].type_name != "structure"
    if request.body and takes_body and not raw and content != "application/json":
        problems.append(Problem("Content-Type", "header", f"'{content}' where 'application/json' is due"))
    return problems


# ---- judging

_PYTHON_TYPES = {
    "string": (str,), "character": (str,), "blob": (str, bytes), "boolean": (bool,),
    "integer": (int,), "long": (int,), "float": (int, float), "double": (int, float),
    "timestamp": (int, float, str), "list": (list,), "map": (dict,), "structure": (dict,),
}


def walk(shape: Shape, value: Any, path: str, problems: List[Problem], required_body: bool = True,
         whole: bool = False) -> None:
    """Compare a value with its shape, appending to `problems`."""
    if value is None or getattr(shape, "is_document_type", False):
        return
    kind = shape.type_name
    if not isinstance(value, _PYTHON_TYPES.get(kind, (object,))) or (isinstance(value, bool) and kind != "boolean"):
        problems.append(Problem(path, "type", f"{type(value).__name__} value where {kind} is due"))
        return
    if kind == "structure":
        _walk_structure(shape, value, path, problems, required_body, whole)
    elif kind == "list":
        _check_size(shape, len(value), value, path, problems, "length")
        for index, item in enumerate(value, 1):
            if item is None:
                problems.append(Problem(f"{path}.{index}", "type", "null in a list"))
            walk(shape.member, item, f"{path}.{index}.member" if path else str(index), problems, True, whole)
    elif kind == "map":
        _check_size(shape, len(value), value, path, problems, "length")
        for key, item in value.items():
            walk(shape.key, key, f"{path}.key", problems, True, whole)
            walk(shape.value, item, f"{path}.{key}", problems, True, whole)
    elif kind == "string":
        _walk_string(shape, value, path, problems, whole)
    elif kind == "blob" and isinstance(value, str):
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            problems.append(Problem(path, "type", "not base64"))
    elif kind in ("integer", "long", "float", "double"):
        _check_size(shape, value, value, path, problems, "range")


def _walk_structure(shape: StructureShape, value: Dict[str, Any], path: str,
                    problems: List[Problem], required_body: bool, whole: bool) -> None:
    prefix = path + "." if path else ""
    members = _wire_members(shape)
    for name, item in value.items():
        if name in members:
            walk(members[name], item, prefix + name, problems, True, whole)
        else:
            problems.append(Problem(prefix + name, "unknown", "unknown member"))
    for name in shape.required_members:
        member = shape.members[name]
        wire = member.serialization.get("name", name)
        if not required_body and member.serialization.get("location") is None:
            continue
        if value.get(wire) is None and value.get(name) is None:
            problems.append(Problem("", "required", f"Value null at '{prefix}{wire}' failed to satisfy constraint: "
                                    "Member must not be null"))
    if getattr(shape, "is_tagged_union", False) and sum(item is not None for item in value.values()) != 1:
        problems.append(Problem(path, "union", "exactly one member must be set"))


@lru_cache(maxsize=None)
def _wire_members(shape: StructureShape) -> Dict[str, Shape]:
    members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
    payload = shape.serialization.get("payload")
    if payload:
        members[payload] = shape.members[payload]
    return members


def _walk_string(shape: Shape, value: str, path: str, problems: List[Problem], whole: bool) -> None:
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        _constraint(value, path, "enum", f"Member must satisfy enum value set: [{', '.join(allowed)}]", problems)
    _check_size(shape, len(value), value, path, problems, "length")
    pattern = _pattern(shape.metadata.get("pattern"))
    if pattern and not (pattern.fullmatch(value) if whole else pattern.search(value)):
        _constraint(value, path, "pattern", "Member must satisfy regular expression pattern: "
                    + shape.metadata["pattern"], problems)


@lru_cache(maxsize=None)
def _pattern(text: Optional[str]) -> "Optional[re.Pattern[str]]":
    """Python's re lacks some of Java's classes; such patterns aren't checked."""
    try:
        return re.compile(text) if text else None
    except re.error:
        return None


def _check_size(shape: Shape, size: float, value: Any, path: str, problems: List[Problem], kind: str) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    what = "value" if kind == "range" else "length"
    if low is not None and size < low:
        _constraint(value, path, kind, f"Member must have {what} greater than or equal to {low}", problems)
    if high is not None and size > high:
        _constraint(value, path, kind, f"Member must have {what} less than or equal to {high}", problems)


def _constraint(value: Any, path: str, kind: str, text: str, problems: List[Problem]) -> None:
    shown = str(value) if len(str(value)) <= 200 else str(value)[:200] + "..."
    problems.append(Problem("", kind, f"Value '{shown}' at '{path}' failed to satisfy constraint: {text}"))
